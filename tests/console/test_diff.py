"""`ergon diff`."""

import json
from pathlib import Path

import click
import pytest

from tests.console.canned import FakeController, change, difference, field, run

STATE_FILE = """
apiVersion: ergon/v1
kind: Container
metadata: {name: web, namespace: shop}
spec: {image: "shop/web:1.5"}
"""


def test_differences_read_like_a_review() -> None:
    image = field("spec.image", "shop/web:1.4", "shop/web:1.5")
    memory, swap = (
        field(
            f"spec.{limit}",
            64 << 20,
            256 << 20,
            cause="drift",
            effect="in-place",
            since="2026-05-04T11:57:00Z",
            evidence="docker container update at 11:57:00Z",
        )
        for limit in ("mem_limit", "memswap_limit")
    )
    answer = difference(
        change("back", "create", kind="Network"),
        change(
            "web", "replace", "recreate", image, instance="shop-web-1", order=2, interruption="up to 10 s stop grace"
        ),
        change("db", "update", "in-place", memory, swap, instance="shop-db-1"),
        change("old", "delete", kind="Volume", namespace="attic"),
    )

    result = run(FakeController(diff=answer), "diff")

    assert result.stdout == (
        "namespace shop\n"
        "+ network/back\n"
        "    => step 1: create, now\n"
        "\n"
        "~ container/web (shop-web-1)\n"
        "    spec.image  shop/web:1.4 -> shop/web:1.5  recreate\n"
        "      the declaration changed\n"
        "    => step 2: replace by a new container, now; interruption: up to 10 s stop grace\n"
        "\n"
        "~ container/db (shop-db-1)\n"
        "    spec.mem_limit      64M -> 256M  in place\n"
        "    spec.memswap_limit  64M -> 256M  in place\n"
        "      changed outside Ergon, 3m ago: docker container update at 11:57:00Z\n"
        "    => step 1: update in place, now; interruption: none\n"
        "\n"
        "namespace attic\n"
        "- volume/old\n"
        "    => step 1: delete, now\n"
        "\n"
        "Plan 3f2a91c0d4e7: 1 to create, 1 to change in place, 1 to replace, 1 to delete.\n"
    )


WHEN: dict[str, tuple[dict[str, object], str]] = {
    "now": ({"word": "now"}, "start, now; interruption: none"),
    "the others of a rollout first": ({"word": "turn"}, "start, now; interruption: none"),
    "backoff": (
        {"word": "backoff", "at": "2026-05-04T12:00:12Z", "why": "exited with code 1"},
        "start, in 12s after backoff: exited with code 1; interruption: none",
    ),
    "held": (
        {"word": "held", "at": "2026-05-04T12:00:48Z", "why": "port 80 is taken"},
        "start, held (tried again in 48s): port 80 is taken; interruption: none",
    ),
    "held by a person": (
        {"word": "held", "why": "the name is taken"},
        "start, held: the name is taken; interruption: none",
    ),
    "a dependency": (
        {"word": "waits", "why": "waits for db to be healthy"},
        "start, waits for db to be healthy; interruption: none",
    ),
    "a network": (
        {"word": "waits", "why": "network back is not there yet"},
        "start, waits: network back is not there yet; interruption: none",
    ),
    "a pause": (
        {"word": "paused", "at": "2026-05-04T14:00:00Z", "why": "debugging"},
        "start, when the pause ends in 2h: debugging; interruption: none",
    ),
    "for ever": (
        {"word": "never", "why": "gave up after 3 restarts"},
        "start, given up: gave up after 3 restarts; interruption: none",
    ),
    "a moment": ({"word": "later", "at": "2026-05-04T12:00:05Z"}, "start, in 5s; interruption: none"),
}


@pytest.mark.parametrize("case", WHEN)
def test_each_change_says_when_it_is_made_and_what_it_waits_for(case: str) -> None:
    when, told = WHEN[case]
    answer = difference(change("web", "start", "restart", when={"at": None, "why": "", **when}))

    result = run(FakeController(diff=answer), "diff")

    assert f"    => step 1: {told}\n" in result.stdout


def test_a_difference_exits_2() -> None:
    result = run(FakeController(diff=difference(change("web", "start", "restart"))), "diff")

    assert result.exit_code == 2


def test_no_difference_exits_0_and_says_so() -> None:
    result = run(FakeController(diff=difference()), "diff")

    assert (result.exit_code, result.stdout) == (0, "In sync: everything runs as declared.\n")


def test_replicas_that_differ_alike_are_told_once() -> None:
    image = field("spec.image", "a", "b")
    twins = [change("web", "replace", "recreate", image, instance=f"shop-web-{slot}") for slot in (1, 2)]

    result = run(FakeController(diff=difference(*twins)), "diff")

    assert "~ container/web (shop-web-1, shop-web-2)\n" in result.stdout
    assert result.stdout.count("spec.image") == 1


def test_drift_that_is_only_reported_has_a_mark_of_its_own() -> None:
    labels = field("spec.labels.tier", "back", "front", cause="drift")

    result = run(FakeController(diff=difference(change("web", "none", "none", labels))), "diff")

    assert "! container/web\n" in result.stdout
    assert "    => leave as it is\n" in result.stdout
    assert "Plan 3f2a91c0d4e7: nothing to delete, 1 only told.\n" in result.stdout


def test_a_list_shows_the_members_that_differ() -> None:
    old = ["nginx", "-c", "/etc/nginx.conf", "-g", "daemon on;"]
    command = field("spec.command", old, [*old[:-1], "daemon off;"])

    result = run(FakeController(diff=difference(change("web", "replace", "recreate", command))), "diff")

    assert (
        "    spec.command  recreate\n"
        "        - -g\n"
        "      - - daemon on;\n"
        "      + - daemon off;\n"
        "      the declaration changed\n" in result.stdout
    )


def test_a_list_that_was_not_there_is_shown_whole() -> None:
    command = field("spec.command", None, ["nginx", "-g"])

    result = run(FakeController(diff=difference(change("web", "replace", "recreate", command))), "diff")

    assert "    spec.command  recreate\n      + - nginx\n      + - -g\n" in result.stdout


def test_of_a_long_text_only_the_lines_that_differ_are_shown() -> None:
    old = [f"line {number}" for number in range(20)]
    new = [*old[:10], "another line", *old[11:]]
    text = field("spec.content", "\n".join(old), "\n".join(new), effect="in-place")

    result = run(FakeController(diff=difference(change("web", "update", "in-place", text))), "diff")

    assert (
        "    spec.content  in place\n"
        "        line 9\n"
        "      - line 10\n"
        "      + another line\n"
        "        line 11\n"
        "      the declaration changed\n" in result.stdout
    )


def test_a_map_shows_the_keys_that_differ() -> None:
    options = field("spec.driver_opts", {"type": "nfs", "o": "ro"}, {"type": "nfs", "o": "rw"})

    result = run(FakeController(diff=difference(change("data", "none", "none", options, kind="Volume"))), "diff")

    assert "    spec.driver_opts\n        type: nfs\n      - o: ro\n      + o: rw\n" in result.stdout


def test_absent_and_empty_values_are_written_out() -> None:
    fields = (field("spec.environment.DEBUG", True, ""), field("spec.labels.tier", None, "front"))

    result = run(FakeController(diff=difference(change("web", "replace", "recreate", *fields))), "diff")

    assert '    spec.environment.DEBUG  true    -> ""     recreate\n' in result.stdout
    assert "    spec.labels.tier        (unset) -> front  recreate\n" in result.stdout


def test_processors_are_whole_ones_as_people_write_them() -> None:
    cpus = field("spec.cpus", 10**9, 5 * 10**8, effect="in-place")

    result = run(FakeController(diff=difference(change("web", "update", "in-place", cpus))), "diff")

    assert "    spec.cpus  1 -> 0.5  in place\n" in result.stdout


def test_values_too_long_for_the_terminal_are_put_one_below_the_other() -> None:
    url = field("spec.environment.URL", "postgres://one.example.com/shop", "postgres://two.example.com/shop")

    result = run(FakeController(diff=difference(change("web", "replace", "recreate", url))), "diff", width=60)

    assert (
        "    spec.environment.URL  recreate\n"
        "      - postgres://one.example.com/shop\n"
        "      + postgres://two.example.com/shop\n" in result.stdout
    )


def test_json_is_the_answer_as_it_came() -> None:
    answer = difference(change("web", "start", "restart", field("status.state", "exited", "running", cause="drift")))

    result = run(FakeController(diff=answer), "diff", "--json")

    assert json.loads(result.stdout) == answer


def test_names_and_live_are_passed_on() -> None:
    controller = FakeController(diff=difference())

    run(controller, "diff", "web", "db", "-n", "shop", "--live")

    assert controller.asked_for("diff") == [{"namespace": "shop", "name": ["web", "db"], "live": True, "all": False}]


def test_colours_are_for_terminals() -> None:
    answer = difference(change("web", "replace", "recreate", field("spec.image", "a", "b")))

    plain = run(FakeController(diff=answer), "diff")
    coloured = run(FakeController(diff=answer), "diff", colour=True)

    assert "\x1b" not in plain.stdout
    assert click.unstyle(coloured.stdout) == plain.stdout != coloured.stdout


def test_what_others_declare_may_not_steer_the_terminal() -> None:
    evil = [field("spec.command", ["\x1b[2J"], ["\x1b]0;"]), field("spec.labels.\x1b[A", "\x1b[B", "a\nb\x1b[C")]

    result = run(FakeController(diff=difference(change("web", "replace", "recreate", *evil))), "diff", width=200)

    assert "\x1b" not in result.stdout


def test_files_are_compared_as_they_would_be_applied(tmp_path: Path) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(STATE_FILE)
    controller = FakeController(plan=difference(change("web", "replace", "recreate")))

    result = run(controller, "diff", str(path), "--prune")

    (asked,) = controller.asked_for("plan")
    assert result.exit_code == 2
    assert ("Container", "web") in {(one["kind"], one["metadata"]["name"]) for one in asked["documents"]}
    assert (asked["sources"], asked["prune"]) == ([str(path)], True)


def test_a_path_that_is_not_there_is_not_taken_for_a_name() -> None:
    result = run(FakeController(), "diff", "missing.yaml")

    assert result.exit_code == 1
    assert "missing.yaml" in result.stderr


def test_prune_without_files_is_a_usage_error() -> None:
    result = run(FakeController(), "diff", "--prune")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, "error: --prune needs files to compare with")


def test_a_plan_says_that_nothing_is_deleted() -> None:
    result = run(FakeController(diff=difference(change("web", "start"))), "diff")

    assert result.stdout.endswith("Plan 3f2a91c0d4e7: 1 to start, nothing to delete.\n")
