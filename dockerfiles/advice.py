"""What an existing Dockerfile could do better, each with its line: the differences that matter, none of taste."""

import re
from collections.abc import Iterator

from dockerfiles.analysis import Analysis, Caution
from dockerfiles.existing import Declaration, Instruction
from dockerfiles.tree import Tree

# Servers that are made for one developer: they reload, they serve one request at a time, they tell their secrets.
DEV_SERVER = re.compile(
    r"\b(manage\.py runserver|flask run|react-scripts start|vite(?! build)|ng serve|vue-cli-service serve|next dev|"
    r"nuxt dev|astro (dev|preview)|gatsby develop|webpack(-dev-server| serve)|nodemon|ts-node(-dev)?|tsx watch|"
    r"npm run (dev|develop|serve)|yarn (dev|develop)|pnpm dev|php artisan serve|php -S|cargo watch|air|"
    r"hugo server|storybook dev|nx serve|expo start|parcel serve|rails s(erver)? -e development|--reload)(?![\w-])"
)
_SECRET = re.compile(
    r"(?i)\b\w*(SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIAL)\w*\s*[= ]\s*[\"']?([^\s\"']+)"
)
_APT = re.compile(r"\bapt(-get)? install\b")


def advice(declared: Declaration, analysis: Analysis, tree: Tree) -> list[Caution]:
    """Return what a reader of the file should know, by line. Empty for one that was generated."""
    if declared.generated:
        return []
    found = [*_wrong(declared, analysis, tree), *_better(declared)]
    return sorted(found, key=lambda each: (each.line, each.code))


def misfits(declared: Declaration, analysis: Analysis, tree: Tree) -> list[Caution]:
    """Return only where the file no longer fits the project."""
    return sorted(_wrong(declared, analysis, tree), key=lambda each: (each.line, each.code))


def _wrong(declared: Declaration, analysis: Analysis, tree: Tree) -> Iterator[Caution]:
    yield from _missing_sources(declared, tree)
    known = {port.port for port in analysis.ports}
    if known and declared.ports and not known & {port for port, _ in declared.ports}:
        text = f"it exposes {declared.ports[0][0]}, and the application listens on {min(known)}"
        yield Caution("dockerfile-port", declared.path, declared.ports[0][1], text)
    yield from _other_version(declared, analysis)


def _missing_sources(declared: Declaration, tree: Tree) -> Iterator[Caution]:
    # Whether the context is the project or the application's folder is not said in the file.
    trees = (tree, tree.project)
    for each in declared.instructions:
        if each.word not in {"COPY", "ADD"} or "--from" in each.rest or "<<" in each.rest or each.rest.startswith("["):
            continue
        sources = [word for word in each.rest.split() if not word.startswith("--")][:-1]
        for source in sources:
            path = source.strip("/").removeprefix("./")
            if not path or path == "." or re.search(r"[*?$\[:]", path):
                continue
            if not any(one.has(path) or one.has_folder(path) for one in trees):
                yield Caution("dockerfile-missing", declared.path, each.line, f"it copies {source}, which is not there")


def _other_version(declared: Declaration, analysis: Analysis) -> Iterator[Caution]:
    wanted, source = analysis.language_version.value, analysis.language_version.source
    if not wanted or not source or source.startswith(declared.path):
        return
    for image, line in declared.bases:
        repository, _, tag = image.rpartition(":")
        version = re.match(r"\d+(?:\.\d+)*", tag)
        if version and _is_of(repository, analysis.language) and not _same(version[0], wanted):
            text = f"it builds on {image}, and {source} asks for {analysis.language} {wanted}"
            yield Caution("dockerfile-version", declared.path, line, text)


def _is_of(repository: str, language: str) -> bool:
    name = repository.rpartition("/")[2]
    return name in {"go": {"golang"}, "javascript": {"node"}, "typescript": {"node"}}.get(language, {language})


def _same(one: str, other: str) -> bool:
    pairs = zip(one.split("."), other.split("."), strict=False)
    return all(left == right for left, right in pairs)


def _better(declared: Declaration) -> Iterator[Caution]:
    for image, line in declared.bases:
        if image != "scratch" and "@" not in image and image.rpartition("/")[2].partition(":")[2] in {"", "latest"}:
            yield Caution(
                "dockerfile-tag", declared.path, line, f"{image or 'the base'} has no fixed tag: builds change"
            )
    user = declared.said("USER")
    if user is None or user.rest.partition(":")[0] in {"root", "0"}:
        line = user.line if user else 0
        yield Caution("dockerfile-root", declared.path, line, "it runs as root; add USER with a number")
    if declared.said("HEALTHCHECK") is None and declared.ports:
        yield Caution("dockerfile-health", declared.path, 0, "nothing asks for its health; add HEALTHCHECK")
    for each in declared.instructions:
        yield from _about(each, declared)


def _about(each: Instruction, declared: Declaration) -> Iterator[Caution]:
    def caution(code: str, text: str) -> Caution:
        return Caution(f"dockerfile-{code}", declared.path, each.line, text)

    if each.word in {"CMD", "ENTRYPOINT"}:
        if not each.rest.startswith("["):
            yield caution("shell", "a shell runs it and keeps its signals; write the command in JSON form")
        if dev := DEV_SERVER.search(" ".join(re.sub(r"[\"',\[\]]", " ", each.rest).split())):
            yield caution("dev-server", f"`{dev[0]}` is a server for development")
    if each.word in {"ENV", "ARG"} and (secret := _SECRET.search(each.rest)):
        yield caution("secret", f"{secret[0].split('=')[0].split()[0]} stays in the image, for everyone who has it")
    if each.word == "RUN" and _APT.search(each.rest) and "/var/lib/apt/lists" not in each.rest:
        yield caution("lists", "apt's lists stay in the layer; remove /var/lib/apt/lists/* in the same RUN")
    if each.word == "ADD" and not re.search(r"https?://|git@|\.tar|\.tgz|\.t?xz", each.rest):
        yield caution("add", "ADD also unpacks and downloads; COPY says what is meant")
