"""`ergon diff`."""

import json
from pathlib import Path

from console.cli.changes import summary
from tests.console.canned import FakeController, change, difference, field, run

STATE_FILE = """
apiVersion: ergon/v1
kind: Container
metadata: {name: web, namespace: shop}
spec: {image: "shop/web:1.5"}
"""


def test_differences_read_like_a_review() -> None:
    image = field("spec.image", "shop/web:1.4", "shop/web:1.5", evidence="web.yaml")
    memory = field(
        "spec.mem_limit", 64 << 20, 256 << 20, cause="drift", since="2026-05-04T11:57:00Z", evidence="docker update"
    )
    answer = difference(
        change("web", "replace", "recreate", image, instance="shop-web-1"),
        change("db", "update", "in-place", memory, instance="shop-db-1"),
        change("data", "create", kind="Volume"),
        change("old", "delete", kind="Network"),
    )

    result = run(FakeController(diff=answer), "diff")

    assert result.stdout == (
        "~ container/shop/web (shop-web-1): replace by a new container\n"
        "    spec.image: shop/web:1.4 -> shop/web:1.5\n"
        "      the declaration changed: web.yaml\n"
        "\n"
        "~ container/shop/db (shop-db-1): update in place, it keeps running\n"
        "    spec.mem_limit: 64M -> 256M\n"
        "      changed outside Ergon, 3m ago: docker update\n"
        "\n"
        "+ volume/shop/data: create\n"
        "\n"
        "- network/shop/old: delete\n"
        "\n"
        "4 differences: 1 to replace, 1 to update, 1 to create, 1 to delete.\n"
    )


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

    assert result.stdout.startswith("~ container/shop/web (shop-web-1, shop-web-2): replace by a new container\n")
    assert result.stdout.count("spec.image") == 1


def test_drift_that_is_only_reported_has_a_mark_of_its_own() -> None:
    labels = field("spec.labels.tier", "back", "front", cause="drift")

    result = run(FakeController(diff=difference(change("web", "none", "none", labels))), "diff")

    assert result.stdout.startswith("! container/shop/web: leave as it is\n")


def test_absent_and_structured_values_are_written_out() -> None:
    command = field("spec.command", None, ["nginx", "-g", "daemon off;"])
    empty = field("spec.environment.DEBUG", True, "")

    result = run(FakeController(diff=difference(change("web", "replace", "recreate", command, empty))), "diff")

    assert '    spec.command: (unset) -> ["nginx", "-g", "daemon off;"]\n' in result.stdout
    assert '    spec.environment.DEBUG: true -> ""\n' in result.stdout


def test_values_too_long_for_the_terminal_are_put_one_below_the_other() -> None:
    url = field("spec.environment.URL", "postgres://one.example.com/shop", "postgres://two.example.com/shop")

    result = run(FakeController(diff=difference(change("web", "replace", "recreate", url))), "diff", width=60)

    assert (
        "    spec.environment.URL:\n"
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


def test_fields_with_different_effects_each_say_theirs() -> None:
    image = field("spec.image", "a", "b")
    memory = field("spec.mem_limit", 1 << 20, 2 << 20, effect="in-place")

    result = run(FakeController(diff=difference(change("web", "replace", "recreate", image, memory))), "diff")

    assert "      [recreate] the declaration changed\n" in result.stdout
    assert "      [in-place] the declaration changed\n" in result.stdout


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


def test_the_summary_counts_one_difference_as_one() -> None:
    assert summary([change("web", "start")]) == "1 difference: 1 to start."
