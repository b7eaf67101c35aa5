"""Which folders a workspace declares, whichever tool it is of."""

from collections.abc import Mapping

import pytest

from dockerfiles.tree import in_memory
from dockerfiles.workspaces import declared, workspace_of

MEMBERS = {f"{folder}/package.json": "{}" for folder in ("apps/a", "apps/b", "apps/deep/c", "libs/d")}
PNPM = "packages:\n  # all\n  - 'apps/*'\n  - libs/d\ncatalog:\n  - x\n"


@pytest.mark.parametrize(
    ("files", "members"),
    [
        ({"package.json": '{"workspaces": ["apps/*"]}'}, ("apps/a", "apps/b")),
        ({"package.json": '{"workspaces": {"packages": ["./apps/**", "!apps/b"]}}'}, ("apps/a", "apps/deep/c")),
        (
            {"pnpm-workspace.yaml": "packages:\n  # all\n  - 'apps/*'\n  - libs/d\ncatalog:\n  - x\n"},
            ("apps/a", "apps/b", "libs/d"),
        ),
        ({"lerna.json": '{"packages": ["libs/*"]}'}, ("libs/d",)),
        ({"rush.json": '{"projects": [{"projectFolder": "apps/b"}]} // all'}, ("apps/b",)),
    ],
)
def test_members_are_the_folders_that_are_declared(files: Mapping[str, str], members: tuple[str, ...]) -> None:
    found = declared(in_memory({**MEMBERS, **files}))

    assert found is not None
    assert found.members == members


def test_a_member_knows_its_workspace_and_what_is_no_member_has_none() -> None:
    tree = in_memory({**MEMBERS, "package.json": '{"workspaces": ["apps/*"]}'})
    found = workspace_of(tree.at("apps/b"))

    assert found is not None
    assert found.file == "package.json"
    assert workspace_of(tree.at("libs/d")) is None
    assert workspace_of(tree) is None
