"""What the other commands ask of the controller, and what they say."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.cli.main import COMMANDS
from controller.errors import ServiceError
from tests.console.canned import (
    FakeController,
    change,
    deed,
    difference,
    event,
    field,
    instance,
    resource,
    run,
    run_that_ended,
    status_of,
)

STATE_FILE = """
apiVersion: ergon/v1
kind: Container
metadata: {name: web, namespace: shop}
spec: {image: "shop/web:1.5"}
"""


def outcome(name: str, what: str, kind: str = "Container") -> dict[str, object]:
    return {"kind": kind, "namespace": "shop", "name": name, "outcome": what, "generation": 1}


@pytest.fixture
def state_file(tmp_path: Path) -> str:
    path = tmp_path / "web.yaml"
    path.write_text(STATE_FILE)
    return str(path)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = run(FakeController(), command, "--help")

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: ergon {command}")


def test_apply_sends_what_files_declare_and_tells_what_became_of_it(state_file: str) -> None:
    answer = {"results": [outcome("web", "created"), outcome("old", "pruned")], "resource_version": 7}
    controller = FakeController(apply=answer)

    result = run(controller, "apply", state_file, "--prune")

    (asked,) = controller.asked_for("apply")
    assert result.stdout == "container/shop/web created\ncontainer/shop/old pruned\n"
    assert (asked["sources"], asked["prune"]) == ([state_file], True)


def test_apply_reads_standard_input() -> None:
    controller = FakeController(apply={"results": [], "resource_version": 7})

    run(controller, "apply", "-", stdin=STATE_FILE)

    assert "web" in [one["metadata"]["name"] for one in controller.asked_for("apply")[0]["documents"]]


def test_apply_dry_run_shows_the_difference_exits_2_and_applies_nothing(state_file: str) -> None:
    controller = FakeController(plan=difference(change("web", "create", "recreate")))

    result = run(controller, "apply", state_file, "--dry-run")

    assert (result.exit_code, controller.asked_for("apply")) == (2, [])
    assert "+ container/web\n" in result.stdout
    assert "Plan 3f2a91c0d4e7: " in result.stdout


def test_apply_of_a_plan_passes_its_id_on(state_file: str) -> None:
    controller = FakeController(apply={"results": [], "resource_version": 7})

    run(controller, "apply", state_file, "--plan", "3f2a91c0d4e7")

    assert [asked["plan"] for asked in controller.asked_for("apply")] == ["3f2a91c0d4e7"]


def test_a_plan_that_does_not_hold_any_more_is_refused_with_what_has_moved(state_file: str) -> None:
    moved = "plan 3f2a91c0d4e7 does not hold any more:\ncontainer/shop/web: generation is 5 now and was 4"
    controller = FakeController(apply=ServiceError(moved, "`ergon diff FILE...` shows what would be done now", 409))

    result = run(controller, "apply", state_file, "--plan", "3f2a91c0d4e7")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "error: plan 3f2a91c0d4e7 does not hold any more:\n"
        "  container/shop/web: generation is 5 now and was 4\n"
        "hint: `ergon diff FILE...` shows what would be done now\n"
    )


def test_a_plan_is_either_shown_or_carried_out(state_file: str) -> None:
    result = run(FakeController(), "apply", state_file, "--dry-run", "--plan", "3f2a91c0d4e7")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        1,
        "error: --dry-run shows a plan and --plan carries one out: choose one of them",
    )


def test_apply_of_a_wrong_file_names_every_place_and_asks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(STATE_FILE.replace("image", "imgae"))
    controller = FakeController()

    result = run(controller, "apply", str(path))

    assert (result.exit_code, controller.asked) == (1, [])
    assert f"error: {path}:5:8: " in result.stderr
    assert 'did you mean "image"?' in result.stderr


def test_validate_as_json_lists_the_problems(tmp_path: Path) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(STATE_FILE.replace("image", "imgae"))

    result = run(FakeController(), "validate", str(path), "--json")

    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["valid"]) == (1, False)
    assert answer["problems"]


def test_config_names_the_place_of_each_value(state_file: str) -> None:
    shown = run(FakeController(), "config", state_file)

    image = next(line for line in shown.stdout.splitlines() if line.startswith("  image: "))
    policy = next(line for line in shown.stdout.splitlines() if line.startswith("  restart.policy: "))
    assert f"# {state_file}:" in image
    assert policy.split("#") == ['  restart.policy: "always"'.ljust(policy.index("#")), " default"]


def test_config_shows_documents_that_can_be_applied_again(state_file: str, tmp_path: Path) -> None:
    shown = run(FakeController(), "config", "--yaml", state_file)
    again = tmp_path / "again.yaml"
    again.write_text(shown.stdout)

    assert "image: shop/web:1.5" in shown.stdout
    assert run(FakeController(), "validate", str(again)).exit_code == 0


def test_schema_is_json() -> None:
    result = run(FakeController(), "schema")

    assert json.loads(result.stdout)


@pytest.mark.parametrize("verb", ["start", "stop", "restart"])
def test_acting_passes_names_on_as_they_were_typed(verb: str) -> None:
    controller = FakeController(**{verb: {"results": [outcome("web", "restarting")]}})

    result = run(controller, verb, "web", "container/db", "-n", "shop")

    assert result.stdout == "container/shop/web restarting\n"
    assert controller.asked_for(verb) == [{"names": ["web", "container/db"], "namespace": "shop"}]


def test_pause_takes_a_duration_and_a_reason() -> None:
    controller = FakeController(pause={"results": [outcome("web", "paused")]})

    run(controller, "pause", "web", "--for", "2h", "--reason", "looking into it")

    [asked] = controller.asked_for("pause")
    assert (asked["names"], asked["for_s"], asked["reason"]) == (["web"], 7200.0, "looking into it")
    assert asked["actor"]


@pytest.mark.parametrize(
    ("words", "names", "namespace", "everything"),
    [(["web", "-n", "shop"], ["web"], "shop", False), (["-n", "shop"], [], "shop", False), (["--all"], [], None, True)],
)
def test_resume_is_about_names_a_namespace_or_everything(
    words: list[str], names: list[str], namespace: str | None, everything: bool
) -> None:
    controller = FakeController(resume={"results": [outcome("web", "resumed")]})

    run(controller, "resume", *words)

    [asked] = controller.asked_for("resume")
    assert (asked["names"], asked["namespace"], asked["all"]) == (names, namespace, everything)


@pytest.mark.parametrize("words", [[], ["web", "--all"], ["-n", "shop", "--all"]])
def test_resume_of_nothing_or_of_too_much_is_refused(words: list[str]) -> None:
    result = run(FakeController(), "resume", *words)

    assert (result.exit_code, "--all" in result.stderr) == (1, True)


def test_scale_takes_several_names_with_their_numbers() -> None:
    controller = FakeController(scale={"results": [outcome("web", "scaled")]})

    run(controller, "scale", "web=3", "shop/db=0")

    assert [(one["name"], one["replicas"]) for one in controller.asked_for("scale")] == [("web", 3), ("shop/db", 0)]


def test_delete_with_wait_returns_when_the_resources_are_gone() -> None:
    looks = iter([status_of(resource("web")), status_of(resource("web")), status_of()])
    controller = FakeController(
        ready={}, delete={"results": [outcome("web", "deleting")]}, status=lambda **_: next(looks)
    )

    result = run(controller, "delete", "web", "--wait")

    assert (result.exit_code, result.stdout) == (0, "container/shop/web deleting\n")
    assert len(controller.asked_for("status")) == 3


def test_down_with_everything_asks_for_certainty_when_nobody_can_be_asked() -> None:
    controller = FakeController()

    result = run(controller, "down", "--all", stdin="")

    assert (result.exit_code, controller.asked) == (1, [])
    assert "this needs --yes" in result.stderr


def test_down_of_a_namespace_keeps_volumes_unless_told_otherwise() -> None:
    controller = FakeController(down={"results": []})

    result = run(controller, "down", "-n", "shop")

    assert result.stdout == "Nothing to remove.\n"
    assert controller.asked_for("down") == [{"namespace": "shop", "documents": None, "all": False, "volumes": False}]


def test_events_are_a_table_with_how_long_ago_and_how_often() -> None:
    answer = {"events": [event("Started"), event("CrashLooping", type="Warning", count=5, message="exit 1")]}

    result = run(FakeController(events=answer), "events")

    assert result.stdout == (
        "AGO  TYPE     REASON        ABOUT               MESSAGE\n"
        "2m   Normal   Started       container/shop/web  container started\n"
        "2m   Warning  CrashLooping  container/shop/web  exit 1 (x5)\n"
    )


def test_followed_events_are_a_line_each_and_since_is_a_time() -> None:
    controller = FakeController(events=[event("Started")])

    result = run(controller, "events", "web", "--follow", "--since", "10m")

    assert result.stdout.endswith("shop-web-1  Started  container started\n")
    assert controller.asked_for("events") == [
        {"namespace": None, "name": "web", "since": "2026-05-04T11:50:00+00:00", "follow": True}
    ]


def log_line(container: str, text: str) -> dict[str, str]:
    return {"instance": container, "time": "2026-05-04T12:00:00Z", "stream": "stdout", "text": text}


def test_logs_of_one_container_are_its_lines_alone() -> None:
    controller = FakeController(status=status_of(resource("web")), logs=[log_line("shop-web-1", "hello")])

    assert run(controller, "logs", "web").stdout == "hello\n"


def test_logs_of_several_containers_say_whose_line_it_is() -> None:
    lines = [log_line("shop-web-1", "hello"), log_line("shop-web-2", "world")]
    controller = FakeController(status=status_of(resource("web", desired=2)), logs=lines)

    assert run(controller, "logs", "web").stdout == "shop-web-1 | hello\nshop-web-2 | world\n"


def test_the_log_of_an_ended_run_says_whose_it_was() -> None:
    controller = FakeController(logs=[log_line("shop-web-1", "hello"), log_line("shop-web-1", "-- ended: exit 1")])

    assert run(controller, "logs", "web", "--previous").stdout == "shop-web-1 | hello\nshop-web-1 | -- ended: exit 1\n"
    assert controller.asked_for("logs")[0]["previous"] == 1


def test_an_ended_run_can_not_be_followed() -> None:
    result = run(FakeController(), "logs", "web", "--previous", "2", "--follow")

    assert (result.exit_code, "neither --follow nor --since" in result.stderr) == (1, True)


def test_raw_logs_pass_through_what_the_container_wrote() -> None:
    controller = FakeController(status=status_of(resource("web")), logs=[log_line("shop-web-1", "\x1b[31mred")])

    assert run(controller, "logs", "web", "--raw").stdout == "\x1b[31mred\n"


def test_describe_tells_all_that_is_known_on_one_page() -> None:
    condition = {
        "type": "Ready",
        "status": "False",
        "reason": "Starting",
        "message": "waits for db",
        "observed_generation": 1,
        "last_transition": "2026-05-04T11:59:00Z",
    }
    status = resource("web", ready=False, phase="Progressing", message="waits for db", conditions=[condition])
    answer = {
        "resource": {"spec": {"image": "shop/web:1.4", "environment": {"A": "b"}, "command": ["run"]}},
        "status": status,
        "instances": [instance("shop-web-1", ports=["8080->80/tcp"])],
        "runs": [],
        "update": None,
        "events": [event("Started")],
        "changes": [change("web", "start", "restart", field("status.state", "exited", "running", cause="drift"))],
        "actions": [deed()],
        "exits": [run_that_ended()],
    }

    result = run(FakeController(describe=answer), "describe", "web")

    assert result.stdout == (
        "container/shop/web\n"
        "  Status:     Progressing\n"
        "  Message:    waits for db\n"
        "  Ready:      1/1\n"
        "  Generation: 1 (acted on: 1)\n"
        "  Restarts:   0\n"
        "\n"
        "Conditions\n"
        "TYPE   STATUS  REASON    SINCE  MESSAGE\n"
        "Ready  False   Starting  60s    waits for db\n"
        "\n"
        "Instances\n"
        "NAME        CONTAINER     STATE    HEALTH   RESTARTS  UP   PORTS         FINDING\n"
        "shop-web-1  3f2a91c0d4e7  running  healthy  0         30m  8080->80/tcp\n"
        "\n"
        "Declared\n"
        "  image: shop/web:1.4\n"
        "  environment:\n"
        "    A: b\n"
        '  command: ["run"]\n'
        "\n"
        "Exits\n"
        "AGO  CONTAINER     CODE  OOM  COUNTED  REASON  CAUSE\n"
        "30m  3f2a91c0d4e7  1     no   yes      exit 1  env-missing: A is not set\n"
        "\n"
        "Actions\n"
        "AGO  ACTION  OUTCOME  REASON\n"
        "30m  Start   done     declared but not started\n"
        "\n"
        "Differences\n"
        "~ container/web\n"
        "    status.state  exited -> running  recreate\n"
        "      changed outside Ergon\n"
        "    => step 1: start, now; interruption: none\n"
        "\n"
        "Events\n"
        "AGO  TYPE    REASON   ABOUT               MESSAGE\n"
        "2m   Normal  Started  container/shop/web  container started\n"
    )


def test_doctor_says_how_to_mend_and_exits_1_when_something_is_wrong() -> None:
    good = {"name": "docker", "ok": True, "message": "answers", "fix": ""}
    bad = {"name": "state-folder", "ok": False, "message": "open to others", "fix": "chmod 700 /srv/ergon"}

    result = run(FakeController(doctor={"checks": [good, bad]}), "doctor")

    assert (result.exit_code, result.stdout) == (
        1,
        "ok    docker: answers\nFAIL  state-folder: open to others\n      fix: chmod 700 /srv/ergon\n",
    )


def test_version_names_what_runs() -> None:
    answer = json.loads(run(FakeController(ready={}), "version", "--json").stdout)

    assert (answer["controller"], answer["docker"]) == ("1.2.3", "20.10.24")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell: str) -> None:
    assert "_ERGON_COMPLETE" in run(FakeController(), "completion", shell).stdout


def test_describe_tells_how_the_newest_update_stands() -> None:
    state = {"generation": 3, "state": "rolled-back", "since": "2026-05-04T11:58:00Z", "failure": "x", "from": 2}
    answer: dict[str, Any] = {name: [] for name in ("instances", "runs", "exits", "actions", "changes", "events")}
    page = {"resource": {"spec": {}}, "status": resource("web"), "update": state | {"running": {"2": 3}}}

    result = run(FakeController(describe=answer | page), "describe", "web")

    assert "Update:     generation 3 rolled-back since 2m; running: 3 on generation 2" in result.output


def test_rollback_says_where_it_goes_and_what_to_know() -> None:
    answer = {"to": 2, "notes": ["shop.yaml still declares generation 3"], "plan": None}
    controller = FakeController(rollback=answer | {"results": [outcome("web", "rolled back")]})

    result = run(controller, "rollback", "web", "--to", "2")

    assert result.stdout == "container/shop/web rolled back to generation 2\n"
    assert "note: shop.yaml still declares generation 3" in result.stderr
    assert controller.asked_for("rollback")[0]["to"] == 2
