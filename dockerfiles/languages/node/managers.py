"""Package managers: which one a project uses, whether its lock file still fits, and the commands for each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from dockerfiles.analysis import Caution, Evidence
from dockerfiles.languages.node.manifest import Manifest
from dockerfiles.languages.node.versions import allows
from dockerfiles.tree import Text, Tree

Name = Literal["npm", "pnpm", "yarn", "bun"]

# The newest of each line that works with the locks of that line.
_PNPM = {
    "5.1": "5.18.11",
    "5.2": "5.18.11",
    "5.3": "6.35.1",
    "5.4": "7.33.7",
    "6.0": "8.15.9",
    "6.1": "8.15.9",
    "9.0": "9.15.9",
}
_NEWEST = {"pnpm": "9.15.9", "yarn": "1.22.22", "bun": "1.3.3"}
_PNPM_LINES = ("11.28.0", "10.34.0", "9.15.9", "8.15.9", "7.33.7", "6.35.1")
_BERRY = {"4": "2.4.3", "5": "3.2.4", "6": "3.8.7", "7": "3.8.7", "8": "4.9.2", "9": "4.9.2"}
_LOCKS: tuple[tuple[str, Name], ...] = (
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)
_LOCAL = (
    "file:",
    "link:",
    "workspace:",
    "portal:",
    "git",
    "http",
    "github:",
    "npm:",
    "catalog:",
    "patch:",
    "./",
    "../",
    "*",
)


_SPECIFIER = re.compile(r"^ +'?([@\w./-]+)'?:[ ]*\n +specifier: ['\"]?([^'\"\n]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Manager:
    """The package manager. `lock` is "" where there is none; `stale` says why it no longer fits, "" if it does."""

    name: Name = "npm"
    version: str = ""
    lock: str = ""
    stale: str = ""
    modern_yarn: bool = False
    plug_and_play: bool = False
    brings_itself: bool = False
    evidence: tuple[Evidence, ...] = ()
    cautions: tuple[Caution, ...] = field(default=())

    @property
    def frozen(self) -> bool:
        """Whether exactly what the lock says is installed."""
        return bool(self.lock) and not self.stale


def manager(tree: Tree, manifest: Manifest) -> Manager:
    """Return how the packages at the root of a tree (of a workspace, if there is one) are installed."""
    locks = [lock for lock in _LOCKS if tree.has(lock[0])]
    name, evidence = _named(manifest, locks)
    lock = next((path for path, owner in locks if owner == name), "")
    text = tree.text(lock) if lock and lock != "bun.lockb" else None
    modern = name == "yarn" and _is_modern(tree, manifest, text)
    stale = _stale(name, text, manifest)
    return Manager(
        name,
        _version(name, manifest, text, modern=modern),
        lock,
        stale[0],
        modern,
        modern and _plug_and_play(tree),
        name == "yarn" and tree.has_folder(".yarn/releases"),
        tuple(evidence),
        tuple(_cautions(manifest, tree, lock, stale)),
    )


def _named(manifest: Manifest, locks: list[tuple[str, Name]]) -> tuple[Name, list[Evidence]]:
    declared = manifest.package_manager.partition("@")[0]
    if declared in {"npm", "pnpm", "yarn", "bun"}:
        line = manifest.line("packageManager")
        return _as_name(declared), [
            Evidence("package_manager", manifest.path, line, manifest.package_manager, "packageManager")
        ]
    if locks:
        path, name = locks[0]
        return name, [Evidence("package_manager", path, 0, path, "lock file")]
    for name in ("pnpm", "yarn", "bun"):
        if name in manifest.engines:
            line = manifest.line("engines", name)
            return _as_name(name), [Evidence("package_manager", manifest.path, line, manifest.engines[name], "engines")]
    if any(
        re.search(r"\bbun (?:run|x|--)|\bbun \S+\.[jt]sx?\b|\bbunx ", script) for script in manifest.scripts.values()
    ):
        return "bun", [Evidence("package_manager", manifest.path, manifest.line("scripts"), "bun", "scripts")]
    return "npm", []


def _as_name(text: str) -> Name:
    match text:
        case "pnpm" | "yarn" | "bun":
            return text
        case _:
            return "npm"


def _is_modern(tree: Tree, manifest: Manifest, lock: Text | None) -> bool:
    declared = manifest.package_manager.partition("@")[2]
    if manifest.package_manager.startswith("yarn@"):
        return not declared.startswith(("0.", "1."))
    return tree.has(".yarnrc.yml") or (lock is not None and "__metadata:" in lock.content[:600])


def _plug_and_play(tree: Tree) -> bool:
    settings = tree.text(".yarnrc.yml")
    linker = re.search(r"^nodeLinker:\s*[\"']?([\w-]+)", settings.content, re.MULTILINE) if settings else None
    return linker is None or linker[1] == "pnp"


def _version(name: Name, manifest: Manifest, lock: Text | None, *, modern: bool) -> str:
    declared, _, version = manifest.package_manager.partition("@")
    version = version.partition("+")[0]
    if declared == name and re.fullmatch(r"\d+\.\d+\.\d+[\w.-]*", version):
        return version
    if found := re.fullmatch(r"[\^~>=v\s]*(\d+\.\d+\.\d+)", manifest.engines.get(name, "")):
        exact = manifest.engines[name] == found[1]
        if exact:
            return found[1]
    match name:
        case "pnpm":
            return _pnpm(manifest, lock)
        case "yarn":
            return _yarn(lock) if modern else _NEWEST["yarn"]
        case "bun":
            return _NEWEST["bun"]
        case _:
            return ""


def _pnpm(manifest: Manifest, lock: Text | None) -> str:
    if wanted := manifest.engines.get("pnpm"):
        for version in _PNPM_LINES:
            if allows(wanted, version) and (version != _PNPM_LINES[0] or not lock):
                return version
    found = re.search(r"^lockfileVersion:\s*['\"]?([\d.]+)", lock.content, re.MULTILINE) if lock else None
    if found is None:
        return _NEWEST["pnpm"]
    if found[1] == "9.0" and manifest.field("pnpm", "onlyBuiltDependencies") is not None:
        return "10.34.0"
    return _PNPM.get(found[1], _NEWEST["pnpm"])


def _yarn(lock: Text | None) -> str:
    found = re.search(r"__metadata:\s*\n\s+version: (\d+)", lock.content) if lock else None
    return _BERRY.get(found[1] if found else "8", "4.9.2")


def _stale(name: Name, lock: Text | None, manifest: Manifest) -> tuple[str, int]:
    """Return what the manifest asks for and the lock does not have, with its line in the manifest."""
    if lock is None:
        return "", 0
    wanted = {**manifest.development, **manifest.dependencies}
    for package, wish in sorted(wanted.items()):
        if wish.startswith(_LOCAL):
            continue
        if missing := _MISSING[name](lock, package, wish):
            return missing, manifest.line_of(package)
    return "", 0


def _missing_in_npm(lock: Text, package: str, wish: str) -> str:
    """npm accepts every locked version that is in the range, whatever range it was locked for."""
    # What `overrides` and aliases make of a package is npm's to say; a cut lock says nothing about what is absent.
    if f'"{package}"' not in lock.content and f'node_modules/{package}"' not in lock.content:
        return "" if _is_cut(lock) else f'it has no "{package}"'
    key = re.escape(package)
    new = re.search(rf'"node_modules/{key}":\s*\{{\s*"version":\s*"([^"]+)"', lock.content)
    old = re.search(rf'"{key}":\s*\{{\s*"version":\s*"([^"]+)"', lock.content)
    found = new or old
    if found and re.match(r"^[\^~>=<v\d]", wish) and _is_exact(found[1]) and not allows(wish, found[1]):
        return f'it has "{package}" in {found[1]}, and {wish} is wanted'
    return ""


def _missing_in_yarn(lock: Text, package: str, wish: str) -> str:
    """Yarn wants every range as it is written among the keys of the lock."""
    if _is_cut(lock) or any(_is_key(lock.content, f"{package}@{kind}{wish}") for kind in ("", "npm:")):
        return ""
    if f"{package}@" not in lock.content:
        return f'it has no "{package}"'
    return f'it has "{package}" for another range, and {wish} is wanted'


def _is_key(content: str, text: str) -> bool:
    at = content.find(text)
    while at >= 0:
        if (
            content[at - 1 : at] in {"", "\n", '"', " ", ","}
            and content[at + len(text) : at + len(text) + 1] in '",: \n'
        ):
            return True
        at = content.find(text, at + 1)
    return False


def _missing_in_pnpm(lock: Text, package: str, wish: str) -> str:
    specifiers = _specifiers(lock.content).get(package)
    if specifiers:
        return "" if wish in specifiers else f'it has "{package}" for {specifiers[0]}, and {wish} is wanted'
    names = (f"/{package}@", f"/{package}/", f" {package}:", f" '{package}':", f" '{package}@")
    if _is_cut(lock) or any(name in lock.content for name in names):
        return ""
    return f'it has no "{package}"'


@lru_cache(maxsize=2)
def _specifiers(content: str) -> dict[str, list[str]]:
    """Return the ranges that a lock of pnpm was made for, by package, those of all members of a workspace."""
    found: dict[str, list[str]] = {}
    for name, wish in _SPECIFIER.findall(content):
        found.setdefault(name, []).append(wish)
    return found


def _missing_in_bun(lock: Text, package: str, wish: str) -> str:
    ranges = re.findall(rf'^\s*"{re.escape(package)}":\s*"([^"]+)"', lock.content, re.MULTILINE)
    if wish in ranges or (f'"{package}"' in lock.content and not ranges):
        return ""
    if ranges:
        return f'it has "{package}" for {ranges[0]}, and {wish} is wanted'
    return "" if _is_cut(lock) else f'it has no "{package}"'


_MISSING = {"npm": _missing_in_npm, "yarn": _missing_in_yarn, "pnpm": _missing_in_pnpm, "bun": _missing_in_bun}


def _is_cut(lock: Text) -> bool:
    """Whether the end of a long lock was not read."""
    return len(lock.content) > 200_000


def _is_exact(version: str) -> bool:
    return bool(re.fullmatch(r"\d+\.\d+\.\d+[\w.+-]*", version))


def _cautions(manifest: Manifest, tree: Tree, lock: str, stale: tuple[str, int]) -> Iterator[Caution]:
    if stale[0]:
        text = f"{lock} is out of date: {stale[0]}; the build resolves versions anew until it is brought up to date"
        yield Caution("stale-lock", manifest.path, stale[1], text)
    if not lock and (manifest.dependencies or manifest.development):
        text = "there is no lock file: what is installed may differ from one build to the next"
        yield Caution("no-lock", manifest.path, 0, text)
    locks = [path for path, _ in _LOCKS if tree.has(path)]
    if len({owner for path, owner in _LOCKS if path in locks}) > 1:
        text = f"several lock files ({', '.join(locks)}): {lock or 'none'} is used"
        yield Caution("two-locks", tree.whole(lock or locks[0]), 0, text)
