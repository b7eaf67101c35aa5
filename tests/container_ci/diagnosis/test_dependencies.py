"""What can't be reached is named by its container, with what is wrong with that one."""

from datetime import timedelta

from container_ci.diagnosis.diagnose import diagnose
from container_ci.diagnosis.situation import Neighbour
from observed_state.container import Attachment, PublishedPort
from observed_state.finding import Finding, Quote
from tests.container_ci.diagnosis.scenes import START, ended, listens, neighbour, rules, running, top

REFUSED = "ERROR cannot reach db:5432: Connection refused"
UNKNOWN = 'ERROR could not translate host name "db" to address: Name or service not known'
OTHER = {"other": Attachment("other", "n2")}


def test_a_dependency_that_is_down_is_named_with_its_own_finding() -> None:
    own = Finding(
        "oom-killed",
        "Killed",
        "it needed more than 64 MiB",
        0.98,
        "critical",
        (Quote("e1", "inspect.State", "OOMKilled=true"),),
    )
    db = neighbour("db", "exited", code=137)
    down = Neighbour(db.name, db.aliases, db.container, db.ports, own)

    for text in (REFUSED, UNKNOWN):
        (finding,) = diagnose(ended(1, text, neighbours=[down])).findings

        assert (finding.rule, finding.related) == ("dependency-down", ("shop-db-1",))
        assert "it needed more than 64 MiB" in finding.cause
        assert "exited with code 137" in finding.cause
        assert [one.source for one in finding.evidence] == [
            "log:stderr",
            "inspect:shop-db-1",
            "shop-db-1:inspect.State",
        ]


def test_a_dependency_that_is_up_again_is_no_finding() -> None:
    down, up = (
        running(REFUSED, neighbours=[one])
        for one in (neighbour("db", "exited"), neighbour("db", started_at=START + timedelta(seconds=59.5)))
    )

    assert rules(down) == ["dependency-down"]
    assert rules(up) == []


def test_an_address_means_the_container_that_has_it() -> None:
    text = "ERROR connect ECONNREFUSED 172.18.0.2:5432"

    (finding,) = diagnose(ended(1, text, neighbours=[neighbour("db", "exited")])).findings

    assert finding.related == ("shop-db-1",)


def test_a_wrong_port_of_a_running_container_is_corrected() -> None:
    (finding,) = diagnose(ended(1, REFUSED, neighbours=[neighbour("db", port=6432)])).findings

    assert finding.rule == "dependency-refused"
    assert any("6432" in text for text in finding.advice)


def test_two_containers_without_a_common_network_are_told_so() -> None:
    (finding,) = diagnose(ended(1, UNKNOWN, neighbours=[neighbour("db", networks=OTHER)])).findings

    assert finding.rule == "dns-failure"
    assert "web and shop-db-1 share no network" in finding.cause


def test_a_name_on_the_default_network_is_not_known_and_the_cause_is_the_network() -> None:
    situation = ended(1, UNKNOWN, networks={"bridge": Attachment("bridge", "n0")})

    assert "the default network resolves no names" in diagnose(situation).findings[0].cause


def test_localhost_means_another_container_when_that_serves_the_port() -> None:
    text = "ERROR connection to 127.0.0.1:5432 failed: Connection refused"

    (finding,) = diagnose(ended(1, text, neighbours=[neighbour("db", port=5432)])).findings

    assert finding.rule == "dependency-localhost"
    assert finding.related == ("shop-db-1",)
    assert "use the name db instead of 127.0.0.1" in finding.advice


def test_a_refusal_without_a_name_is_joined_through_the_variables() -> None:
    config = {"Env": ["DATABASE_URL=postgres://shop:hunter2secret@db:5432/shop"]}
    text = "ConnectionError: [Errno 111] Connection refused"

    (finding,) = diagnose(ended(1, text, config=config, neighbours=[neighbour("db", "exited")])).findings

    assert finding.rule == "dependency-down"


def test_what_healed_or_is_long_past_does_not_count() -> None:
    assert rules(running(f"{REFUSED}\nINFO connected to db:5432")) == []
    assert rules(running(f"{REFUSED}\nINFO retrying, not connected")) == ["dependency-refused"]
    assert rules(running(REFUSED, health="healthy")) == []


def test_a_port_that_only_the_container_itself_reaches_is_found_from_its_sockets() -> None:
    bound = {"PortBindings": {"8000/tcp": [{"HostPort": "80"}]}}
    published = (PublishedPort(8000, "tcp", "", 80),)
    alone = listens(8000, status="loopback-only", kind="uvicorn")

    assert rules(running(host=bound, ports=published, discovery=alone)) == ["listen-loopback-only"]
    assert rules(running(host=bound, ports=published, discovery=listens(9000))) == ["published-port-not-listened"]
    assert rules(running(host=bound, ports=published, discovery=listens(9000), age_s=5)) == []
    assert rules(running(host=bound, ports=published, discovery=listens(8000))) == []
    assert rules(running(discovery=alone)) == []


def test_a_young_server_without_a_port_is_still_starting() -> None:
    bound = {"PortBindings": {"8080/tcp": [{"HostPort": "80"}]}}

    assert top(running(host=bound, discovery=listens(8080, status="starting"))) == "not-listening-yet"


def test_clients_with_a_wrong_password_are_no_fault_of_the_server() -> None:
    text = 'FATAL:  password authentication failed for user "shop"'

    assert rules(running(text, argv=("postgres",))) == []
    assert rules(running(text)) == ["auth-failed"]
