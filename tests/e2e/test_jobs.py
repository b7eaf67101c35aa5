"""Jobs, scheduled runs, steps before a start, hooks and order, on a real engine."""

from datetime import datetime
from typing import Any

import pytest

from tests.e2e.conftest import installation
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json, wait_for
from tests.e2e.images import PLAIN, Images
from tests.e2e.private_engine import PrivateEngine

pytestmark = pytest.mark.docker

OFF: Json = {"network_mode": "none"}


def shell(text: str) -> list[str]:
    return ["sh", "-c", text]


def test_a_job_completes_is_tidied_away_and_is_not_run_again(ergon: Ergon, hands: Hands, image: str) -> None:
    job = ergon.container("job", image, command=shell("echo done"), restart="never", ttl_after_finished="100ms", **OFF)
    ergon.apply(job)

    waited = ergon.run("wait", "job", "-n", ergon.namespace, "--for", "complete", "--timeout", "60s")

    assert waited.code == 0, waited.stderr
    wait_for(lambda: hands.state(f"{ergon.namespace}-job-1") == "absent", "the container to be tidied away")
    [ran] = ergon.wait_until("job", phase="Completed")["instances"]
    ergon.kill()
    ergon.start_and_wait()
    [shown] = ergon.wait_until("job", phase="Completed")["instances"]
    assert (shown["exit_code"], shown["started_at"]) == (0, ran["started_at"])
    # A busy daemon lists for a moment what it no longer finds.
    wait_for(lambda: hands.names(ergon.namespace) == [], "the list to be empty")
    assert ergon.changes() == []


def test_a_failing_job_and_an_endless_one_fail_with_their_reasons(ergon: Ergon, image: str) -> None:
    retry = {"policy": "on-failure", "backoff_limit": 2, "backoff": {"initial": "100ms", "max": "100ms"}}
    failing = ergon.container("failing", image, command=shell("exit 3"), restart=retry, **OFF)
    endless = ergon.container("endless", image, restart="never", active_deadline="500ms", **OFF)
    ergon.apply(failing, endless)

    given_up = ergon.wait_until("failing", phase="Failed", reason="AttemptsExhausted")
    cut_off = ergon.wait_until("endless", phase="Failed", reason="DeadlineExceeded")
    waited = ergon.run("wait", "failing", "-n", ergon.namespace, "--for", "complete")

    assert (given_up["restarts"], given_up["instances"][0]["exit_code"]) == (2, 3)
    assert cut_off["instances"][0]["state"] == "exited"
    assert (waited.code, "failed" in waited.complaint) == (1, True)
    assert ergon.changes() == []


def test_a_run_that_is_asked_for_is_run_once_though_the_controller_is_killed(
    ergon: Ergon, hands: Hands, image: str
) -> None:
    # At midnight of new year: whatever runs here was asked for.
    backup = ergon.container("backup", image, command=shell("echo saved"), schedule="0 0 1 1 *", **OFF)
    ergon.apply(backup)
    ergon.wait_until("backup", phase="Scheduled")

    triggered = ergon.run("trigger", "backup", "-n", ergon.namespace)
    ergon.kill()
    ergon.start_and_wait()
    runs = wait_for(lambda: ended(ergon, "backup"), "the run to end")

    assert triggered.code == 0, triggered.stderr
    assert [(run["number"], run["state"], run["exit_code"]) for run in runs] == [(1, "succeeded", 0)]
    assert hands.names(ergon.namespace) == [f"{ergon.namespace}-backup-1"]
    assert hands.api.logs(f"{ergon.namespace}-backup-1") == b"saved\n"
    assert "Next run:" in ergon.run("describe", "backup", "-n", ergon.namespace).stdout


def ended(ergon: Ergon, name: str) -> list[Json]:
    """Return the runs of a scheduled container once none of them lives, [] before."""
    runs: list[Json] = ergon.ask("describe", name=name, namespace=ergon.namespace)["runs"]
    return runs if runs and all(run["ended_at"] for run in runs) else []


def test_steps_come_before_the_start_and_share_its_volumes(ergon: Ergon, hands: Hands, image: str) -> None:
    steps = [{"command": shell("echo one > /data/log")}, {"command": shell("echo two >> /data/log")}]
    web = ergon.container(
        "web", image, command=shell("cat /data/log; exec sleep 1000"), pre_start=steps, volumes=["data:/data"], **OFF
    )
    ergon.apply(ergon.volume("data"), web)
    ergon.settle()
    hands.kill_process(f"{ergon.namespace}-web-1")
    wait_for(lambda: ergon.resources()["web"]["restarts"] == 1, "the container to be restarted")
    ergon.settle()

    names = hands.names(ergon.namespace)
    assert names == [f"{ergon.namespace}-web-{name}" for name in ("1", "init-1", "init-2")]
    assert hands.api.logs(names[0]) == b"one\ntwo\n" * 2


def test_hooks_run_inside_and_what_they_print_is_told(ergon: Ergon, hands: Hands, image: str) -> None:
    hooks = {
        "post_start": [
            {"command": shell('echo "$$WHO was here"; echo begun > /data/log'), "environment": {"WHO": "me"}}
        ],
        "pre_stop": [{"command": shell("echo ended >> /data/log; cat /data/log")}],
    }
    ergon.apply(ergon.volume("data"), ergon.container("web", image, volumes=["data:/data"], **OFF, **hooks))
    ergon.settle()
    ergon.run("stop", "web", "-n", ergon.namespace)
    wait_for(lambda: hands.state(f"{ergon.namespace}-web-1") == "exited", "the container to be stopped")

    told = ergon.ask("events", name="web", namespace=ergon.namespace)["events"]
    messages = [event["message"] for event in told if event["reason"] == "HookSucceeded"]
    assert [message.rpartition("ended well: ")[2] for message in messages] == ["me was here", "begun\nended"]


def test_a_hook_that_fails_fails_the_container(ergon: Ergon, image: str) -> None:
    hook = {"command": shell("echo no route; exit 3")}
    ergon.apply(ergon.container("web", image, post_start=[hook], **OFF))

    row = ergon.wait_until("web", phase="CrashLooping")

    assert "exited with code 3: no route" in row["message"]


@pytest.fixture
def chain(private_engine: PrivateEngine, private_hands: Hands, private_images: Images) -> Any:
    """A web that needs a db, on an engine that may be stopped."""
    with installation(private_hands, private_engine.host, private_engine.inside) as ergon:
        ergon.start_and_wait()
        needs = {"db": {"condition": "service_started", "restart": True}}
        ergon.apply(
            ergon.container("web", private_images[PLAIN], depends_on=needs, **OFF),
            ergon.container("db", private_images[PLAIN], **OFF),
        )
        ergon.settle()
        yield ergon


def test_order_holds_after_the_daemon_was_away_a_restart_is_followed_and_the_way_down_is_the_other_way_round(
    chain: Ergon, private_engine: PrivateEngine, private_hands: Hands
) -> None:
    web, db = (f"{chain.namespace}-{name}-1" for name in ("web", "db"))
    before = started(private_hands, web)
    private_engine.restart()
    wait_for(lambda: private_hands.state(web) == "running" and started(private_hands, web) > before, "web to be back")
    chain.settle()
    after_outage = started(private_hands, db) < started(private_hands, web)

    before = started(private_hands, web)
    chain.run("restart", "db", "-n", chain.namespace)
    wait_for(lambda: started(private_hands, web) > before, "web to follow db")
    chain.settle()
    followed = started(private_hands, db) < started(private_hands, web)

    chain.run("shutdown", "--stop-containers")
    stopped = [datetime.fromisoformat(private_hands.inspect(name)["State"]["FinishedAt"][:26]) for name in (web, db)]

    assert (after_outage, followed, stopped == sorted(stopped)) == (True, True, True)


def started(hands: Hands, container: str) -> str:
    return str(hands.inspect(container)["State"]["StartedAt"])
