"""What is told of the past is what happened: a container's life, looked back on, and planned against elsewhere."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.conftest import Install, installation
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json, wait_for

pytestmark = pytest.mark.docker


@dataclass(frozen=True)
class Life:
    """What was done to `web`, with a moment in each of its times of peace."""

    ergon: Ergon
    declared: list[Json]
    first_peace: str
    killed: str
    second_peace: str
    snapshot: Path


@pytest.fixture(scope="module")
def life(host: str, hands: Hands, image: str) -> Iterator[Life]:
    """A controller whose container was made, killed, changed by hand and replaced."""
    with installation(hands, host) as ergon:
        ergon.start_and_wait()
        environment = {"MODE": "a", "API_TOKEN": "hunter2"}
        web = ergon.container("web", image, environment=environment, network_mode="none", mem_limit="64M")
        ergon.apply(web)
        ergon.settle()
        first_peace = peace(ergon)

        container = f"{ergon.namespace}-web-1"
        killed = hands.inspect(container)["Id"]
        hands.kill_process(container)
        wait_for(lambda: "restarted" in whats(ergon), "the restart to be on record", lambda: whats(ergon))
        ergon.settle()
        hands.api.update_container(container, mem_limit=48 << 20)
        wait_for(lambda: "updated" in whats(ergon), "the repair to be on record", lambda: whats(ergon))

        changed = {**web, "spec": {**web["spec"], "environment": {"MODE": "b", "API_TOKEN": "hunter3"}}}
        ergon.apply(changed)
        ergon.settle()
        wait_for(lambda: "removed" in whats(ergon), "the former container to be gone", lambda: whats(ergon))
        second_peace = peace(ergon)
        snapshot = ergon.state_dir / "host.json"
        saved = ergon.run("simulate", "--save-snapshot", str(snapshot))
        assert saved.code == 0, saved.stderr
        yield Life(ergon, [changed], first_peace, killed, second_peace, snapshot)


def whats(ergon: Ergon) -> list[str]:
    """Return the deeds on `web`'s container, newest first."""
    answer = ergon.ask("why", name="web", namespace=ergon.namespace)
    return [deed["what"] for container in answer["containers"] for deed in container["deeds"]]


def peace(ergon: Ergon) -> str:
    """Return a moment by which it is on record how everything stands."""

    def recorded() -> str | None:
        now = datetime.now(UTC).isoformat()
        found = ergon.run("status", "--at", now, "--json")
        rows = found.json["resources"] if found.code == 0 else []
        return now if rows and all(map(is_alone_and_ready, rows)) else None

    return wait_for(recorded, "the record of how things stand")


def is_alone_and_ready(row: Json) -> bool:
    return bool(row["ready"]) and row["observed_generation"] == row["generation"] and len(row["instances"]) == 1


def test_why_tells_each_deed_with_what_shows_it(life: Life) -> None:
    shown = life.ergon.run("why", "web", "--json", "-n", life.ergon.namespace)
    container = shown.json["containers"][0]
    by_what = {deed["what"]: deed for deed in reversed(container["deeds"])}

    [end] = [one for one in by_what["restarted"]["evidence"] if one["kind"] == "exit"]
    assert (end["details"]["exit_code"], end["details"]["counted"]) == (137, True)
    assert any("docker container update" in one["text"] for one in by_what["updated"]["evidence"])
    replaced = [one["text"] for one in by_what["replaced"]["evidence"]]
    assert "spec.environment.MODE: a -> b" in replaced
    assert any(text.startswith("generation 2 was declared by") and "applied.yaml" in text for text in replaced)


def test_history_tells_what_changed_and_what_each_revision_ran_with(life: Life, hands: Hands, image: str) -> None:
    newest, first = life.ergon.run("history", "web", "--json", "-n", life.ergon.namespace).json["revisions"]

    assert {"path": "spec.environment.MODE", "old": "a", "new": "b"} in newest["changes"]
    assert [one["image_id"] for one in newest["images"]] == [hands.image_id(image)]
    assert (newest["outcome"]["state"], first["outcome"]["state"]) == ("ready", "ready")


def test_drift_tells_what_somebody_changed_and_how_it_ended(life: Life) -> None:
    rows = life.ergon.run("drift", "web", "--since", "1h", "--json", "-n", life.ergon.namespace).json["drift"]
    [limit] = [row for row in rows if row["path"] == "spec.mem_limit"]

    assert (limit["observed"], limit["resolution"]) == (48 << 20, "repaired by Ergon")
    assert "docker container update" in limit["evidence"]


def test_status_and_diff_tell_how_it_was(life: Life, hands: Hands) -> None:
    then = life.ergon.run("status", "--at", life.first_peace, "--json").json["resources"]
    now = life.ergon.run("status", "--at", life.second_peace, "--json").json["resources"]
    different = life.ergon.run("diff", "--at", life.first_peace, "--json")

    assert [one["container_id"] for row in then for one in row["instances"]] == [life.killed]
    current = hands.inspect(f"{life.ergon.namespace}-web-1")["Id"]
    assert [one["container_id"] for row in now for one in row["instances"]] == [current]
    assert (different.code, different.json["changes"]) == (0, [])


def test_before_the_record_there_is_a_clear_error(life: Life) -> None:
    refused = life.ergon.run("status", "--at", "2001-01-01")

    assert refused.code == 1
    assert "how things stood is recorded since" in refused.complaint


def test_a_snapshot_is_planned_against_where_no_engine_is(life: Life, installed: Install, tmp_path: Path) -> None:
    elsewhere = installed("unix:///nonexistent/docker.sock")
    same, other = tmp_path / "same.yaml", tmp_path / "other.yaml"
    [web] = life.declared
    same.write_text(json.dumps(web))
    other.write_text(json.dumps({**web, "spec": {**web["spec"], "user": "1000"}}))

    nothing = elsewhere.run("simulate", str(same), "--snapshot", str(life.snapshot), "--json")
    something = elsewhere.run("simulate", str(other), "--snapshot", str(life.snapshot), "--json")

    assert (nothing.code, nothing.json["changes"]) == (0, [])
    assert something.code == 2
    assert [one["path"] for one in something.json["changes"][0]["fields"]] == ["spec.user"]


def test_a_file_is_planned_against_the_past(life: Life, tmp_path: Path) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(json.dumps(life.declared[0]))

    then = life.ergon.run("simulate", str(path), "--at", life.first_peace, "--json")
    now = life.ergon.run("simulate", str(path), "--json")

    assert "spec.environment.MODE" in {one["path"] for change in then.json["changes"] for one in change["fields"]}
    assert now.json["changes"] == []


def test_no_secret_is_told(life: Life) -> None:
    ergon = life.ergon
    told = [ergon.run(*words, "-n", ergon.namespace).stdout for words in (["why", "web"], ["history", "web"])]

    assert "hunter" not in "".join(told) + life.snapshot.read_text()


def test_the_audit_trail_is_whole(life: Life) -> None:
    checked = life.ergon.run("audit", "--verify", "--json")

    assert (checked.code, checked.json["verified"]["whole"]) == (0, True)
    assert [one["verb"] for one in checked.json["records"]][:2] == ["create", "apply"]


def test_what_was_deleted_is_still_told(life: Life) -> None:
    ergon = life.ergon
    ergon.run("delete", "web", "-n", ergon.namespace)
    wait_for(lambda: not ergon.resources(), "the deletion")

    assert "removed" in ergon.run("why", "web", "-n", ergon.namespace).stdout
    [newest, _] = ergon.run("history", "web", "--json", "-n", ergon.namespace).json["revisions"]
    assert newest["deleted_at"]
    then = ergon.run("status", "--at", life.second_peace, "--json").json["resources"]
    assert [row["name"] for row in then] == ["web"]
