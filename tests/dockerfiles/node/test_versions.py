"""Which release of Node is taken."""

import pytest

from dockerfiles.language import Wishes
from dockerfiles.languages.node import versions
from dockerfiles.languages.node.manifest import read
from dockerfiles.tree import in_memory


@pytest.mark.parametrize(
    ("files", "value"),
    [
        ({}, "24.21"),
        ({".nvmrc": "# for all\nv20.11.1\n"}, "20.11.1"),
        ({".nvmrc": "lts/hydrogen\n"}, "18.20"),
        ({".node-version": "22"}, "22.23"),
        ({".tool-versions": "python 3.12\nnodejs 20.9.0 # pinned"}, "20.9.0"),
        ({"mise.toml": '[tools]\nnode = "22"\n'}, "22.23"),
        ({"package.json": '{"engines": {"node": ">=14"}}'}, "24.21"),
        ({"package.json": '{"engines": {"node": ">= 18 < 21"}}'}, "20.20"),
        ({"package.json": '{"engines": {"node": "^16 || ^18"}}'}, "18.20"),
        ({"package.json": '{"engines": {"node": "20.x"}}'}, "20.20"),
        ({"package.json": '{"engines": {"node": "~20.9.0"}}'}, "20.9.0"),
        ({"package.json": '{"volta": {"node": "18.19.0"}, "engines": {"node": ">=20"}}'}, "18.19.0"),
        ({"package.json": '{"engines": {"node": "something new"}}'}, "24.21"),
    ],
)
def test_the_version_is_the_one_that_is_asked_for(files: dict[str, str], value: str) -> None:
    tree = in_memory({"index.js": "", **files})

    assert versions.node(tree, read(tree), Wishes()).version.value == value


def test_a_release_without_fixes_is_taken_with_a_warning() -> None:
    tree = in_memory({".nvmrc": "14"})
    found = versions.node(tree, read(tree), Wishes())

    assert found.version.value == "14.21"
    assert [caution.code for caution in found.cautions] == ["node-ended"]
    assert versions.image("14.21").reference == "node:14.21-bullseye-slim"


def test_what_the_user_says_goes_before_every_file() -> None:
    tree = in_memory({".nvmrc": "18"})

    assert versions.node(tree, read(tree), Wishes(version="22")).version.value == "22.23"
