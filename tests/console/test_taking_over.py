"""The commands that write down, take over, give back and hand out."""

from pathlib import Path
from typing import Any

import pytest

from controller.client import Json
from controller.errors import ServiceError
from desired_state.loader import load
from tests.console.canned import FakeController, field, run
from tests.console.canned import change as canned_change


def plan(*changes: Json, obstacles: tuple[str, ...] = (), **more: Any) -> Json:
    adopted = [
        {"kind": "Container", "namespace": "shop", "name": "db", "instance": "db", "container_id": "3f2a" + "0" * 60}
    ]
    answer = {"in_sync": False, "changes": list(changes), "obstacles": list(obstacles), "replaces": 0}
    return {**answer, "adopted": adopted, "results": [], "resource_version": 0, **more}


def change(action: str, *fields: Json) -> Json:
    return canned_change("db", action, "none", *fields, instance="db")


def imported(spec: Json, **more: Any) -> Json:
    metadata = {"name": "db", "namespace": "shop", "labels": {}, "annotations": {}}
    document = {"apiVersion": "ergon/v1", "kind": "Container", "metadata": metadata, "spec": spec}
    return {"documents": [document], "remarks": [], "hidden": [], **more}


def hidden(*variables: str) -> list[Json]:
    return [{"kind": "Container", "namespace": "shop", "name": "db", "variable": one} for one in variables]


def test_adopt_says_what_it_means_and_does_nothing_when_nobody_can_be_asked() -> None:
    controller = FakeController(adopt=plan(change("adopt", field("spec.cap_add", ["NET_ADMIN"], None))))

    result = run(controller, "adopt", "db", "--as", "db", "-n", "shop")

    assert result.stdout.splitlines() == [
        "namespace shop",
        "+ container/db (db)",
        '    spec.cap_add: ["NET_ADMIN"]',
        "      not declared: a new container would not have it",
        "    Taken over as it is.",
    ]
    assert "add --yes" in result.stderr
    assert [asked["dry_run"] for asked in controller.asked_for("adopt")] == [True]


def test_adopt_with_yes_takes_over() -> None:
    controller = FakeController(adopt=plan(change("adopt")))

    result = run(controller, "adopt", "db", "--as", "db", "--yes")

    assert (result.exit_code, result.stdout) == (0, "container/shop/db adopted\n")
    assert [asked["dry_run"] for asked in controller.asked_for("adopt")] == [True, False]


@pytest.mark.parametrize(("action", "code"), [("adopt", 0), ("replace", 2)])
def test_a_dry_run_says_by_its_exit_code_whether_something_differs(action: str, code: int) -> None:
    result = run(FakeController(adopt=plan(change(action))), "adopt", "db", "--dry-run")

    assert result.exit_code == code


def test_what_stands_against_it_is_told() -> None:
    refused = ServiceError('"db" is a copy', "leave it out", 409)

    def adopt(*, dry_run: bool, **_: Any) -> Json:
        if not dry_run:
            raise refused
        return plan(obstacles=('"db" is a copy',))

    result = run(FakeController(adopt=adopt), "adopt", "db")

    assert (result.exit_code, result.stderr) == (1, 'error: "db" is a copy\nhint: leave it out\n')


@pytest.mark.parametrize("arguments", [[], ["db", "-f", "x.yaml"], ["db", "--compose-project", "shop"]])
def test_adopt_wants_to_know_what(arguments: list[str]) -> None:
    result = run(FakeController(), "adopt", *arguments)

    assert (result.exit_code, result.stderr.startswith("error: ")) == (1, True)


def test_import_prints_a_state_file_with_its_remarks() -> None:
    remark = {"kind": "Container", "namespace": "shop", "name": "db", "field": "image", "text": "it moved"}
    controller = FakeController(import_containers=imported({"image": "x", "ports": [{"target": 80}]}, remarks=[remark]))

    result = run(controller, "import", "db")

    assert result.stdout.splitlines()[-4:] == ["spec:", "  # it moved", "  image: x", "  ports: ['80']"]


def test_import_leaves_secrets_out_and_says_so() -> None:
    answer = imported({"image": "x", "environment": {"PASSWORD": None}}, hidden=hidden("PASSWORD"))
    controller = FakeController(import_containers=answer)

    result = run(controller, "import", "db")

    assert "  # PASSWORD looks secret and is not shown" in result.stdout
    assert "db: PASSWORD" in result.stderr
    assert controller.asked_for("import_containers")[0]["secrets"] is False


def test_import_writes_secrets_to_files_that_the_state_file_names(tmp_path: Path) -> None:
    environment = {"A": "1", "PASSWORD": "it's $mine"}
    answer = imported({"image": "x", "environment": environment}, hidden=hidden("PASSWORD"))
    folder = tmp_path / "secrets"

    result = run(FakeController(import_containers=answer), "import", "db", "--secrets", str(folder))

    [file] = folder.iterdir()
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "it's" not in result.stdout + result.stderr
    state = tmp_path / "state.yaml"
    state.write_text(result.stdout)
    [_, db] = load([state], environment={}).resources
    assert db.spec.declared()["environment"] == {**environment}


def test_import_overwrites_no_file_of_secrets(tmp_path: Path) -> None:
    answer = imported({"image": "x", "environment": {"PASSWORD": "x"}}, hidden=hidden("PASSWORD"))
    (tmp_path / "shop-db.env").write_text("mine")

    result = run(FakeController(import_containers=answer), "import", "db", "--secrets", str(tmp_path))

    assert (result.exit_code, "is there already" in result.stderr) == (1, True)
    assert (tmp_path / "shop-db.env").read_text() == "mine"


def test_release_says_what_became_of_it() -> None:
    released = {"results": [{"kind": "Container", "namespace": "shop", "name": "db", "outcome": "released"}]}

    assert run(FakeController(release=released), "release", "db").stdout == "container/shop/db released\n"


def test_export_prints_state_files_or_a_compose_file() -> None:
    spec = {"image": "x", "probes": {"readiness": {"tcp": {"port": 80}}}}
    controller = FakeController(export={"documents": imported(spec)["documents"]})

    state, compose = run(controller, "export"), run(controller, "export", "--format", "compose")

    assert "kind: Container" in state.stdout
    assert compose.stdout.splitlines()[:3] == [
        "# db: probes can't be said in a Compose file",
        "name: shop",
        "services:",
    ]
    assert [asked["needs"] for asked in controller.asked_for("export")] == [False, True]


def test_export_shows_variables_that_look_secret_only_when_asked() -> None:
    spec = {"image": "x", "environment": {"A": "1", "PASSWORD": "hunter2"}}

    discreet = run(FakeController(export={"documents": imported(dict(spec))["documents"]}), "export")
    spec = {"image": "x", "environment": {"A": "1", "PASSWORD": "hunter2"}}
    open_ = run(FakeController(export={"documents": imported(spec)["documents"]}), "export", "--show-secrets")

    assert "hunter2" not in discreet.stdout
    assert ("PASSWORD: null" in discreet.stdout, "db: PASSWORD" in discreet.stderr) == (True, True)
    assert "hunter2" in open_.stdout


def test_export_of_several_namespaces_is_no_compose_file() -> None:
    documents = imported({"image": "x"})["documents"]
    other = {**documents[0], "metadata": {**documents[0]["metadata"], "namespace": "other"}}
    controller = FakeController(export={"documents": [*documents, other]})

    result = run(controller, "export", "--format", "compose")

    assert (result.exit_code, "choose one with -n" in result.stderr) == (1, True)


def test_compose_config_prints_what_a_compose_file_becomes(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("name: shop\nservices:\n  web: {image: x, develop: {}}\n  debug: {image: y, profiles: [debug]}")

    result = run(FakeController(), "compose", "config", str(file))
    more = run(FakeController(), "compose", "config", "--profile", "debug", str(file))

    assert (
        result.stderr == f'warning: {file}:3:19: service "web": develop is left out: it is for `docker compose watch`\n'
    )
    assert ("name: debug" in result.stdout, "name: debug" in more.stdout) == (False, True)


def test_a_compose_file_is_applied_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("name: shop\nservices: {web: {image: x}}")
    controller = FakeController(apply={"results": [], "resource_version": 1})

    run(controller, "apply", str(file))

    [asked] = controller.asked_for("apply")
    assert [document["kind"] for document in asked["documents"]] == ["Network", "Container"]
    assert asked["sources"] == [str(file)]
