"""Why a container fails is said by its companion, on a real engine, and no longer when it has stopped failing."""

import pytest
from docker.errors import APIError

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json, wait_for

pytestmark = pytest.mark.docker

SLEEPS = "trap 'exit 0' TERM; while :; do sleep 1 & wait $$!; done"
# Asks its database each second, and says so as any client does.
ASKS = (
    "trap 'exit 0' TERM; while :; do "
    'wget -q -O /dev/null http://db:8080/ 2>/tmp/said && : || echo "ERROR db:8080: $$(cat /tmp/said)" >&2; '
    "sleep 1 & wait $$!; done"
)
SERVES = "trap 'exit 0' TERM; mkdir -p /tmp/www; echo ok > /tmp/www/index.html; httpd -f -p 8080 -h /tmp/www & wait $$!"
EATS = "sleep 1; x=a; while :; do x=$$x$$x$$x; done"


def test_a_dependency_that_is_down_is_named_until_it_is_back(ergon: Ergon, image: str) -> None:
    ergon.apply(
        ergon.container("db", image, command=["sh", "-c", SERVES]),
        ergon.container("web", image, command=["sh", "-c", ASKS], depends_on=["db"]),
    )
    ergon.settle()
    assert findings(ergon, "web") == []

    ergon.run("stop", "db", "-n", ergon.namespace)
    found = wait_for(lambda: findings(ergon, "web"), "the dependent's finding")

    assert found[0]["rule"] == "dependency-down"
    assert found[0]["related"] == [f"{ergon.namespace}-db-1"]
    shown = wait_for(lambda: in_status(ergon, "web"), "the finding in the status")
    assert shown.startswith("dependency-down")

    ergon.run("start", "db", "-n", ergon.namespace)
    wait_for(lambda: not findings(ergon, "web"), "the finding to clear", lambda: findings(ergon, "web"))
    wait_for(lambda: not in_status(ergon, "web"), "the status to be clear of it")


def test_an_oom_kill_is_told_from_a_kill_by_hand(ergon: Ergon, hands: Hands, image: str) -> None:
    ergon.apply(
        ergon.container("eats", image, command=["sh", "-c", EATS], mem_limit="16M", memswap_limit="16M", restart="no"),
        ergon.container("killed", image, command=["sh", "-c", SLEEPS], restart="no"),
    )
    name = f"{ergon.namespace}-killed-1"
    wait_for(lambda: hands.state(name) == "running", "the container to run")
    hands.api.kill(name)

    wait_for(lambda: top(ergon, "eats") == "oom-killed", "the OOM kill to be found", lambda: findings(ergon, "eats"))
    wait_for(lambda: top(ergon, "killed") == "killed-by-user", "the kill by hand to be found")
    said = ergon.run("ci", "debug", "eats", "-n", ergon.namespace)
    assert "OOMKilled=true" in said.stdout


def test_why_a_container_was_never_started_is_said_of_those_too_that_ergon_does_not_manage(
    ergon: Ergon, hands: Hands, image: str
) -> None:
    name = f"{ergon.namespace}-foreign"
    made = hands.api.create_container(image, ["nonsense"], name=name)
    try:
        with pytest.raises(APIError):
            hands.api.start(made["Id"])

        (found,) = asked(ergon, name)["findings"]

        assert found["rule"] == "command-not-found"
        assert "nonsense" in found["cause"]
    finally:
        hands.api.remove_container(made["Id"], force=True)


def top(ergon: Ergon, name: str) -> str:
    return next((str(one["rule"]) for one in findings(ergon, name)), "")


def findings(ergon: Ergon, name: str) -> list[Json]:
    return list(asked(ergon, name, "-n", ergon.namespace)["findings"])


def asked(ergon: Ergon, *arguments: str) -> Json:
    said = ergon.run("ci", "debug", *arguments, "--json")
    assert said.code == 0, said.stderr
    return dict(said.json)


def in_status(ergon: Ergon, name: str) -> str:
    rows = ergon.ask("status", names=[name], namespace=ergon.namespace)["resources"]
    return next((one["finding"] for row in rows if row["name"] == name for one in row["instances"]), "")
