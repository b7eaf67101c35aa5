"""`ergon status`."""

import json

from tests.console.canned import FakeController, instance, resource, run, status_of

ALL_IS_WELL = status_of(
    resource("web", desired=2, running=2),
    resource("back", "Network"),
    unmanaged=({"name": "proxy", "container_id": "a", "image": "nginx", "state": "running"},),
)


def test_resources_are_an_aligned_table_and_unmanaged_containers_a_line() -> None:
    result = run(FakeController(status=ALL_IS_WELL), "status")

    assert result.stdout == (
        "NAMESPACE  NAME           READY  STATUS  RESTARTS  UP   MESSAGE\n"
        "shop       container/web  2/2    Ready   0         30m\n"
        "shop       network/back   yes    Ready   -         -\n"
        "\n"
        "Not managed by Ergon (1): proxy (running)\n"
    )


def test_trouble_is_told_in_the_row_and_drift_has_a_column_while_there_is_any() -> None:
    broken = resource("db", ready=False, phase="CrashLooping", running=0, drift=2, message="exit 1: no space left")

    result = run(FakeController(status=status_of(broken)), "status")

    assert result.stdout == (
        "NAMESPACE  NAME          READY  STATUS        RESTARTS  DRIFT  UP   MESSAGE\n"
        "shop       container/db  0/1    CrashLooping  0         2      30m  exit 1: no space left\n"
    )


def test_a_message_too_long_for_the_terminal_goes_under_its_row() -> None:
    broken = resource("db", ready=False, phase="CrashLooping", message="exit 1: cannot open /data: permission denied")

    result = run(FakeController(status=status_of(broken)), "status", width=64)

    assert result.stdout == (
        "NAMESPACE  NAME          READY  STATUS        RESTARTS  UP\n"
        "shop       container/db  1/1    CrashLooping  0         30m\n"
        "    exit 1: cannot open /data: permission denied\n"
    )


def test_json_is_the_answer_as_it_came() -> None:
    result = run(FakeController(status=ALL_IS_WELL), "status", "--json")

    assert json.loads(result.stdout) == ALL_IS_WELL


def test_a_named_resource_is_shown_without_the_host_around_it() -> None:
    controller = FakeController(status=ALL_IS_WELL)

    result = run(controller, "status", "container/web")

    assert "Not managed" not in result.stdout
    assert controller.asked_for("status") == [{"namespace": None, "name": "container/web"}]


def test_up_is_how_long_the_youngest_instance_has_run() -> None:
    old = instance("shop-web-1", started_at="2026-05-01T12:00:00Z")
    young = instance("shop-web-2", started_at="2026-05-04T11:59:50Z")

    result = run(FakeController(status=status_of(resource("web", instances=[old, young]))), "status")

    assert " 10s" in result.stdout


def test_an_empty_store_is_said_in_words() -> None:
    result = run(FakeController(), "status")

    assert result.stdout == "Nothing is declared.\n"


def test_what_keeps_ergon_from_working_goes_to_standard_error() -> None:
    alone = status_of(
        controller={"running": False, "pid": None, "version": None},
        engine={"reachable": False, "version": "", "api_version": "", "message": "no daemon at /run/docker.sock"},
    )

    result = run(FakeController(status=alone), "status")

    assert result.stderr == (
        "warning: no controller runs, so nothing is kept as declared; start one with `ergon up` or `ergon run`\n"
        "warning: Docker cannot be reached: no daemon at /run/docker.sock\n"
    )


def test_only_the_chosen_namespace_is_asked_for() -> None:
    controller = FakeController()

    run(controller, "status", "-n", "prod")

    assert controller.asked_for("status") == [{"namespace": "prod", "name": None}]


def test_one_resource_is_shown_with_what_the_companions_of_its_containers_found() -> None:
    redis = {"type": "redis", "server": "", "port": 6379, "status": "listening"}
    ill = instance("shop-db-2", health="unhealthy", finding="disk-full: The disk is full")
    db = resource("db", desired=2, running=2, instances=[instance("shop-db-1", services=[redis]), ill])

    result = run(FakeController(status=status_of(db)), "status", "db")

    assert result.stdout == (
        "NAMESPACE  NAME          READY  STATUS  HEALTH       RESTARTS  UP   MESSAGE\n"
        "shop       container/db  2/2    Ready   1/2 healthy  0         30m  disk-full: The disk is full\n"
        "\n"
        "Containers\n"
        "CONTAINER  STATE    HEALTH     SERVICES    FINDING\n"
        "shop-db-1  running  healthy    redis:6379\n"
        "shop-db-2  running  unhealthy  -           disk-full: The disk is full\n"
    )
