"""Which package manager a project uses, and whether its lock still fits."""

import pytest

from dockerfiles.languages.node.managers import manager
from dockerfiles.languages.node.manifest import read
from dockerfiles.tree import in_memory

ASKS = '{"dependencies": {"left": "^1.2.0"}}'
YARN = '# yarn lockfile v1\n\nleft@^1.0.0, left@%s:\n  version "1.3.0"\n'
BERRY = '__metadata:\n  version: 8\n\n"left@npm:%s":\n  version: 1.3.0\n'
PNPM = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      left:\n        specifier: %s\n"
NPM = '{"lockfileVersion": 3, "packages": {"": {}, "node_modules/left": {"version": "%s"}}}'
BUN = '{"workspaces": {"": {"dependencies": {\n"left": "%s",\n}}}}'


@pytest.mark.parametrize(
    ("path", "lock", "fits", "stale"),
    [
        ("yarn.lock", YARN, "^1.2.0", "^1.9.0"),
        ("yarn.lock", BERRY, "^1.2.0", "^1.9.0"),
        ("pnpm-lock.yaml", PNPM, "^1.2.0", "^1.9.0"),
        ("package-lock.json", NPM, "1.3.0", "1.1.0"),
        ("bun.lock", BUN, "^1.2.0", "^1.9.0"),
    ],
)
def test_a_lock_fits_as_its_own_manager_sees_it(path: str, lock: str, fits: str, stale: str) -> None:
    for wanted, frozen in ((fits, True), (stale, False)):
        tree = in_memory({"package.json": ASKS, path: lock % wanted})

        assert manager(tree, read(tree)).frozen is frozen


def test_a_package_that_a_lock_has_not_is_named_with_its_line() -> None:
    tree = in_memory(
        {"package.json": '{"dependencies": {\n"left": "1",\n"right": "2"}}', "package-lock.json": NPM % "1.0.0"}
    )

    (caution,) = manager(tree, read(tree)).cautions

    assert (caution.code, caution.line) == ("stale-lock", 3)
    assert "right" in caution.text


@pytest.mark.parametrize(
    ("files", "name", "version"),
    [
        ({"package.json": '{"packageManager": "pnpm@8.6.1+sha256.ab"}', "yarn.lock": ""}, "pnpm", "8.6.1"),
        ({"package.json": "{}", "pnpm-lock.yaml": "lockfileVersion: 5.4\n"}, "pnpm", "7.33.7"),
        ({"package.json": "{}", "pnpm-lock.yaml": "lockfileVersion: '6.0'\n"}, "pnpm", "8.15.9"),
        ({"package.json": "{}", "yarn.lock": "# yarn lockfile v1\n"}, "yarn", "1.22.22"),
        ({"package.json": "{}", "bun.lockb": "\0"}, "bun", "1.3.3"),
        ({"package.json": '{"engines": {"pnpm": "9.1.0"}}'}, "pnpm", "9.1.0"),
        ({"package.json": '{"scripts": {"start": "bun run x.ts"}}'}, "bun", "1.3.3"),
        ({"package.json": "{}"}, "npm", ""),
    ],
)
def test_the_manager_and_its_version_are_those_the_files_name(files: dict[str, str], name: str, version: str) -> None:
    tree = in_memory(files)

    found = manager(tree, read(tree))

    assert (found.name, found.version) == (name, version)
