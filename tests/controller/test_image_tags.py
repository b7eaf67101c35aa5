"""Tags follow from rules and from what is known of a project."""

import subprocess
from pathlib import Path

import pytest

from controller import git
from controller.errors import ServiceError
from controller.image_tags import Facts, references, tag_of

ALL = Facts(version="1.4.0+7", described="v1.3.0-5-g5f2c1ab", content="5f2c1ab0c4d35f2c1ab0c4d3")


@pytest.mark.parametrize(
    ("names", "rules", "expected"),
    [
        ([], [], ("web:latest", "web:1.4.0-7")),
        (["shop/web"], [], ("shop/web:latest", "shop/web:1.4.0-7")),
        (["shop/web:2"], [], ("shop/web:2",)),
        (["shop/web:2"], ["latest"], ("shop/web:2", "shop/web:latest")),
        (["a/web", "b/web"], ["latest"], ("a/web:latest", "b/web:latest")),
        (["registry:5000/web"], ["git"], ("registry:5000/web:v1.3.0-5-g5f2c1ab",)),
        ([], ["hash"], ("web:5f2c1ab0c4d3",)),
        ([], ["latest", "latest"], ("web:latest",)),
    ],
)
def test_names_and_rules_give_references(names: list[str], rules: list[str], expected: tuple[str, ...]) -> None:
    assert references(names, rules, ALL, "web") == expected


def test_without_a_version_there_is_only_the_latest() -> None:
    assert references([], [], Facts(), "web") == ("web:latest",)


@pytest.mark.parametrize(
    ("sprint", "tag"),
    [
        ("Ergon_Docker_Sprint", "sprint-ergon-docker"),
        ("checkout redesign", "sprint-checkout-redesign"),
        ("Sprint", "sprint-sprint"),
    ],
)
def test_a_sprints_name_becomes_a_label(sprint: str, tag: str) -> None:
    assert tag_of(f"sprint={sprint}", Facts()) == tag


@pytest.mark.parametrize("rule", ["version", "git", "hash", "sprint", "sprint=!", "newest"])
def test_a_rule_that_gives_no_tag_is_refused(rule: str) -> None:
    with pytest.raises(ServiceError, match="rule"):
        references([], [rule], Facts(), "web")


@pytest.mark.parametrize("name", ["Shop/Web", "shop/web:", "shop//", "web@sha256:1", "web:a b", ""])
def test_what_is_no_reference_is_refused(name: str) -> None:
    with pytest.raises(ServiceError, match="no image reference"):
        references([name], ["latest"], ALL, "web")


def commit(folder: Path) -> None:
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v1"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(folder), *who, *words], check=True)


def test_a_repository_is_described_without_running_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    commit(tmp_path)
    proof = tmp_path / "ran"
    with (tmp_path / ".git" / "config").open("a") as config:
        config.write(f'[core]\n\tfsmonitor = "touch {proof}"\n\thooksPath = {tmp_path}\n')

    assert git.described(tmp_path) == "v1"
    assert len(git.revision(tmp_path)) == 40
    assert not proof.exists()


def test_what_is_in_no_repository_has_no_description(tmp_path: Path) -> None:
    assert git.described(tmp_path) == ""
