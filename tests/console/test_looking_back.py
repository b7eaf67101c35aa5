"""What `why`, `history`, `drift` and `audit` print of what the controller answers."""

from pathlib import Path
from typing import Any

import pytest

from tests.console.canned import FakeController, change, difference, resource, run, status_of

Json = dict[str, Any]
WEB = {"kind": "Container", "namespace": "shop", "name": "web"}


def explained(*deeds: Json, since: str | None = "2026-05-04T11:00:00Z") -> Json:
    one = {"name": "shop-web-1", "container_id": "3f2a91c0d4e7" + "0" * 52, "state": "running", "deeds": list(deeds)}
    return {**WEB, "recorded_since": since, "containers": [one]}


def done(what: str, reason: str, *evidence: Json, **parts: Any) -> Json:
    return {
        "what": what,
        "at": "2026-05-04T11:58:00Z",
        "outcome": "done",
        "error": "",
        "reason": reason,
        "evidence": list(evidence),
        **parts,
    }


def shown(kind: str, text: str, at: str | None = None) -> Json:
    return {"kind": kind, "at": at, "text": text, "details": {}}


def test_why_prints_each_deed_with_its_reason_and_what_shows_it() -> None:
    end = shown("exit", "its run ended with exit code 3: exit 3", "2026-05-04T11:57:59Z")
    controller = FakeController(why=explained(done("restarted", "exited with code 3", end)))

    result = run(controller, "why", "web")

    assert result.stdout.splitlines() == [
        "container/shop/web",
        "",
        "shop-web-1  running  3f2a91c0d4e7",
        "  restarted     2m ago (2026-05-04 11:58:00Z)  exited with code 3",
        "      its run ended with exit code 3: exit 3, 2m1s ago (2026-05-04 11:57:59Z)",
    ]


def test_why_leaves_small_steps_out_unless_asked_or_failed() -> None:
    failed = done("accepted", "now at generation 2", outcome="failed", error="the disk is full")
    controller = FakeController(why=explained(done("renamed", "named x, should be y"), failed))

    assert "renamed" not in run(controller, "why", "web").stdout
    assert "[failed]\n      the disk is full" in run(controller, "why", "web").stdout
    assert "renamed" in run(controller, "why", "web", "--steps").stdout


def test_why_says_that_something_is_not_recorded() -> None:
    result = run(FakeController(why=explained()), "why", "web")

    assert "not recorded; the record of this resource goes back 1h" in result.stdout


def test_why_says_how_many_older_deeds_there_are() -> None:
    controller = FakeController(why=explained(*[done("restarted", "exited with code 3")] * 7))

    result = run(controller, "why", "web", "--last", "2")

    assert result.stdout.count("restarted") == 2
    assert result.stderr == "5 older deeds; show more with --last 7\n"


def test_history_prints_who_declared_what_and_what_came_of_it() -> None:
    revision = {
        "generation": 2,
        "created_at": "2026-05-04T11:00:00Z",
        "actor": "ann",
        "source": "/srv/web.yaml",
        "current": True,
        "deleted_at": None,
        "running": 1,
        "changes": [{"path": "spec.image", "old": "a:1", "new": "a:2"}],
        "images": [{"reference": "a:2", "image_id": "sha256:" + "b" * 64, "digest": "a@sha256:c", "first_used": None}],
        "outcome": {"state": "ready", "message": "", "at": "2026-05-04T11:00:03Z", "took_s": 3.0},
        "crashes": {"count": 3, "last_at": "2026-05-04T11:30:00Z", "last_cause": "exit 1: env-missing: A is not set"},
    }

    result = run(FakeController(history={**WEB, "revisions": [revision]}), "history", "web")

    assert result.stdout.splitlines() == [
        "container/shop/web",
        "* 2  1h ago by ann  ready after 3s, 1 running",
        "     declared in /srv/web.yaml",
        "     spec.image: a:1 -> a:2",
        "     ran with a:2 (bbbbbbbbbbbb, a@sha256:c)",
        "     crashed 3 times, the last time 30m ago: exit 1: env-missing: A is not set",
    ]


@pytest.mark.parametrize(
    ("resolved_at", "resolution", "ending"),
    [
        (None, "", "still differs"),
        ("2026-05-04T11:00:00Z", "repaired by Ergon", "repaired by Ergon at once"),
        ("2026-05-04T11:10:00Z", "undone outside Ergon", "undone outside Ergon after 10m"),
        ("2026-05-04T11:10:00Z", "", "ended; how is not recorded, after 10m"),
    ],
)
def test_drift_prints_how_each_difference_ended(resolved_at: str | None, resolution: str, ending: str) -> None:
    row = {
        "container": "shop-web-1",
        "path": "spec.mem_limit",
        "declared": 128 << 20,
        "observed": 64 << 20,
        "cause": "drift",
        "evidence": "docker container update at 11:00:00Z",
        "generation": 1,
        "first_seen": "2026-05-04T11:00:00Z",
        "resolved_at": resolved_at,
        "resolution": resolution,
    }

    lines = run(FakeController(drift={**WEB, "drift": [row]}), "drift", "web").stdout.splitlines()

    assert lines[1] == "  spec.mem_limit of shop-web-1: 128M -> 64M"
    assert lines[3].strip() == ending


def audited(verified: Json | None) -> Json:
    record = {"seq": 7, "at": "2026-05-04T11:00:00Z", "actor": "ann", "verb": "scale", **WEB, "detail": "scaled to 3"}
    return {"records": [record], "verified": verified}


def test_audit_lists_who_did_what() -> None:
    result = run(FakeController(audit=audited(None)), "audit")

    assert result.stdout.splitlines()[1].split() == [
        *("7", "1h", "ann", "scale", "container/shop/web", "scaled", "to", "3")
    ]


def test_a_broken_trail_is_an_error() -> None:
    verified = {"whole": False, "first_broken": 5, "rows": 4, "begins_after": 0, "newest": 5, "hash": ""}

    result = run(FakeController(audit=audited(verified)), "audit", "--verify")

    assert result.exit_code == 1
    assert "The trail is broken: row 5 was edited" in result.stdout


def test_a_whole_trail_gives_its_hash_to_be_kept_elsewhere() -> None:
    verified = {"whole": True, "first_broken": None, "rows": 7, "begins_after": 3, "newest": 10, "hash": "abc"}

    result = run(FakeController(audit=audited(verified)), "audit", "--verify")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-2:] == [
        "The trail is whole: 7 rows, the newest is 10. Rows up to 3 were removed for their age.",
        "Its hash, to be kept elsewhere: abc",
    ]


def test_status_of_then_is_asked_for_by_the_record_and_says_when_nobody_looked() -> None:
    message = "no controller ran then; what is shown is the last that was known"
    answer = {
        **status_of(resource("web", started_at="2026-05-04T10:00:00Z", recorded_at="2026-05-04T10:00:00Z")),
        "at": "2026-05-04T11:50:00Z",
        "engine": {"reachable": False, "version": "", "api_version": "", "message": message},
    }
    controller = FakeController(status_at=answer)

    result = run(controller, "status", "--at", "10m ago")

    assert controller.asked_for("status_at")[0]["at"] == "2026-05-04T11:50:00+00:00"
    assert "web" in result.stdout
    assert result.stderr == f"note: {message}\n"


def test_diff_of_then_exits_2_when_something_differed() -> None:
    answer = {**difference(change("web", "start")), "at": "2026-05-04T11:50:00Z", "notes": ["db is left out"]}

    result = run(FakeController(diff_at=answer), "diff", "--at", "10m ago", "web")

    assert result.exit_code == 2
    assert result.stderr == "note: db is left out\n"


def test_files_are_not_compared_with_the_past_by_diff() -> None:
    result = run(FakeController(), "diff", "--at", "10m ago", "web.yaml")

    assert result.exit_code == 1
    assert "ergon simulate --at" in result.stderr


@pytest.fixture
def state_file(tmp_path: Path) -> str:
    path = tmp_path / "web.yaml"
    path.write_text("{apiVersion: ergon/v1, kind: Container, metadata: {name: web}, spec: {image: a}}")
    return str(path)


def test_simulate_sends_files_and_time_and_exits_2_when_something_would_be_done(state_file: str) -> None:
    answer = {**difference(change("web", "create")), "at": "2026-05-04T11:50:00Z", "notes": []}
    controller = FakeController(simulate=answer)

    result = run(controller, "simulate", state_file, "--at", "10m ago")
    [asked] = controller.asked_for("simulate")

    assert result.exit_code == 2
    assert (asked["at"], asked["sources"]) == ("2026-05-04T11:50:00+00:00", [])
    assert {document["kind"] for document in asked["documents"]} == {"Container", "Network"}


def test_a_saved_snapshot_is_its_owners_alone_and_is_sent_when_planned_against(tmp_path: Path, state_file: str) -> None:
    snapshot = {"taken_at": "2026-05-04T11:50:00Z", "resources": []}
    nothing = {**difference(), "at": "2026-05-04T11:50:00Z", "notes": []}
    controller = FakeController(snapshot=snapshot, simulate=nothing)
    path = tmp_path / "host.json"

    saved = run(controller, "simulate", "--save-snapshot", str(path))
    planned = run(controller, "simulate", state_file, "--snapshot", str(path))

    assert (saved.exit_code, planned.exit_code) == (0, 0)
    assert path.stat().st_mode & 0o777 == 0o600
    assert controller.asked_for("simulate")[0]["snapshot"] == snapshot
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("content", "complaint"), [(None, "cannot read"), ("{", "is not JSON"), ("[]", "holds no snapshot")]
)
def test_a_snapshot_that_is_none_is_refused(tmp_path: Path, content: str | None, complaint: str) -> None:
    path = tmp_path / "host.json"
    if content is not None:
        path.write_text(content)

    result = run(FakeController(), "simulate", "--snapshot", str(path))

    assert result.exit_code == 1
    assert complaint in result.stderr
