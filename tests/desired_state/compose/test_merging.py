"""Several Compose files, `extends` and `include` become one, by the rules of the specification."""

from pathlib import Path
from typing import Any

import pytest

from desired_state.container import ContainerSpec
from desired_state.loader import load
from desired_state.problems import StateFileError


def specs(folder: Path, *files: str, **more: Any) -> dict[str, dict[str, Any]]:
    """Return what each service of the files (compose.yaml, override-1.yaml...) is declared as."""
    names = ["compose.yaml", *(f"override-{number}.yaml" for number in range(1, len(files)))]
    for name, text in zip(names, files, strict=True):
        (folder / name).write_text(text)
    loaded = load([folder / name for name in names], environment=more.pop("environment", {}), **more)
    return {one.key.name: one.spec.declared() for one in loaded.resources if isinstance(one.spec, ContainerSpec)}


def web(attributes: str) -> str:
    return f"services: {{web: {{image: x, {attributes}}}}}"


@pytest.mark.parametrize(
    ("field", "first", "second", "merged"),
    [
        ("environment", "[A=1, B=2]", "{B: 3}", {"A": "1", "B": "3"}),
        ("labels", "{a: b}", "[c=d]", {"a": "b", "c": "d"}),
        ("command", "[a, b]", "[c]", ["c"]),
        ("dns", "192.0.2.1", "[192.0.2.2]", ["192.0.2.1", "192.0.2.2"]),
        ("cap_add", "[A, B]", "[B, C]", ["A", "B", "C"]),
        ("expose", "[80]", "[80, 90]", ["80", "90"]),
        ("networks", "[default]", "{default: {aliases: [a]}}", {"default": {"aliases": ["a"]}}),
        ("logging", "{driver: a, options: {b: c}}", "{driver: d}", {"driver": "d"}),
        (
            "logging",
            "{driver: a, options: {b: c}}",
            "{options: {d: e}}",
            {"driver": "a", "options": {"b": "c", "d": "e"}},
        ),
        (
            "ports",
            '["80:80"]',
            '["80:80", "90:90"]',
            [{"target": 80, "published": "80"}, {"target": 90, "published": "90"}],
        ),
        ("tmpfs", "/a", "!override [/b]", ["/b"]),
        ("user", "root", "null", "root"),
    ],
)
def test_a_later_file_is_merged_over_an_earlier(
    tmp_path: Path, field: str, first: str, second: str, merged: Any
) -> None:
    found = specs(tmp_path, web(f"{field}: {first}"), web(f"{field}: {second}"))

    assert found["web"][field] == merged


def test_mounts_are_told_apart_by_where_they_are_in_the_container(tmp_path: Path) -> None:
    found = specs(tmp_path, web("volumes: [/a:/x, /b:/y]"), web("volumes: [{type: bind, source: /c, target: /x}]"))

    assert [(mount["source"], mount["target"]) for mount in found["web"]["volumes"]] == [("/c", "/x"), ("/b", "/y")]


def test_what_is_reset_is_gone(tmp_path: Path) -> None:
    found = specs(
        tmp_path,
        web("ports: ['80'], environment: {A: 1, B: 2}"),
        web("ports: !reset [], environment: {A: !reset null}"),
    )

    assert ("ports" in found["web"], found["web"]["environment"]) == (False, {"B": "2"})


def test_an_override_in_a_folder_comes_after_what_it_overrides(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(web("user: first"))
    (tmp_path / "compose.override.yaml").write_text(web("user: second"))

    [_, one] = load([tmp_path], environment={}).resources

    assert one.spec.declared()["user"] == "second"


def test_a_service_extends_one_of_another_file_whose_paths_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "common.yaml").write_text(
        "services: {base: {image: x, environment: {A: 1}, volumes: ['./in:/in']}}"
    )

    found = specs(tmp_path, "services: {web: {extends: {file: base/common.yaml, service: base}, environment: {B: 2}}}")

    assert found["web"]["environment"] == {"A": "1", "B": "2"}
    assert found["web"]["volumes"][0]["source"] == str(tmp_path / "base" / "in")


def test_extends_in_a_circle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateFileError, match="extends forms a cycle: a -> b -> a"):
        specs(tmp_path, "services: {a: {image: x, extends: b}, b: {extends: a}}")


def test_included_files_add_their_services(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "compose.yaml").write_text("services: {db: {image: db, env_file: db.env}}")
    (tmp_path / "other" / "db.env").write_text("A=1")

    found = specs(tmp_path, "include: [other/compose.yaml]\nservices: {web: {image: x, depends_on: [db]}}")

    assert (sorted(found), found["db"]["environment"]) == (["db", "web"], {"A": "1"})


def test_what_is_included_and_declared_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("services: {web: {image: y}}")

    with pytest.raises(StateFileError, match=r"services\.web is included from"):
        specs(tmp_path, "include: [other.yaml]\nservices: {web: {image: x}}")


def test_an_include_of_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateFileError, match="nested too deeply, or in a circle"):
        specs(tmp_path, "include: [compose.yaml]\nservices: {}")


def test_variables_come_from_the_environment_before_the_folder_s_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file")

    found = specs(tmp_path, web("user: '$A-$B-${C:-default}'"), environment={"A": "shell"})

    assert found["web"]["user"] == "shell-file-default"


def test_a_variable_without_a_value_is_taken_from_there_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file")

    assert specs(tmp_path, web("environment: [A]"))["web"]["environment"] == {"A": "file"}


@pytest.mark.parametrize(
    ("profiles", "environment", "names"),
    [((), {}, ["web"]), (("debug",), {}, ["debug", "web"]), ((), {"COMPOSE_PROFILES": "debug,x"}, ["debug", "web"])],
)
def test_profiles_choose_services(
    tmp_path: Path, profiles: tuple[str, ...], environment: dict[str, str], names: list[str]
) -> None:
    text = "services: {web: {image: x}, debug: {image: y, profiles: [debug]}}"

    assert sorted(specs(tmp_path, text, profiles=profiles, environment=environment)) == names
