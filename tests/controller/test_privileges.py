"""The privilege policy of a host: who may ask what of it, and what becomes of what asks more."""

from pathlib import Path

import pytest

from controller.errors import ServiceError
from store import audit
from tests.controller.running import Host, Running, container

BAD = {"privileged": True, "ports": ["80:80"]}


def write(state_dir: Path, text: str, mode: int = 0o600) -> None:
    file = state_dir / "policy.yaml"
    file.write_text(text)
    file.chmod(mode)


async def test_without_a_policy_what_exceeds_the_baseline_is_told_and_done(running: Running) -> None:
    answer = await running.apply(container("web", **BAD))
    await running.until_ready()

    conditions = {one["type"]: one for one in (await running.row("web"))["conditions"]}
    assert [problem["path"] for problem in answer["warnings"]] == [["spec", "privileged"], ["spec", "ports", 0]]
    assert (conditions["PolicyViolated"]["reason"], running.phase("web")) == ("Warned", "Ready")


async def test_under_a_policy_all_is_denied_at_once_and_nothing_is_stored(host: Host, running: Running) -> None:
    write(host.state_dir, "default: baseline")

    with pytest.raises(ServiceError) as refused:
        await running.apply(container("web", **BAD), container("ok"), actor="ann")

    assert (refused.value.status, len(refused.value.problems)) == (403, 2)
    assert "privileged: a privileged container is root on the host; name what it needs" in refused.value.message
    assert running.runtime.records.resources == {}


async def test_a_denial_is_recorded_with_who_asked(host: Host, running: Running) -> None:
    write(host.state_dir, "default: baseline")
    with pytest.raises(ServiceError):
        await running.apply(container("web", **BAD), actor="ann")

    [deed] = await running.store.read(audit.recent)
    assert (deed.actor, deed.verb, deed.detail) == ("ann", "deny", "spec.privileged, spec.ports.0")


async def test_a_dry_run_is_denied_the_same(host: Host, running: Running) -> None:
    write(host.state_dir, "default: baseline")

    with pytest.raises(ServiceError, match="host port 80 is outside"):
        await running.service.plan(documents=[container("web", **BAD)])


async def test_a_namespace_can_have_its_own_profile(host: Host, running: Running) -> None:
    write(host.state_dir, "namespaces: {shop: privileged}")
    await running.apply(container("web", **BAD))
    await running.until_ready()

    assert "PolicyViolated" not in {one["type"] for one in (await running.row("web"))["conditions"]}


async def test_what_is_allowed_here_is_allowed(host: Host, running: Running) -> None:
    write(host.state_dir, "allowed: {host_ports: [1, 65535]}")

    assert (await running.apply(container("web", ports=["80:80"])))["results"][0]["outcome"] == "created"


async def test_what_runs_already_goes_on_and_says_that_it_would_be_denied(host: Host, running: Running) -> None:
    await running.apply(container("web", **BAD))
    await running.until_ready()
    identity = host.id_of("shop-web-1")

    write(host.state_dir, "default: baseline")
    await running.act("restart", "web")
    await running.pass_time(30)

    conditions = {one["type"]: one for one in (await running.row("web"))["conditions"]}
    assert (conditions["PolicyViolated"]["reason"], host.id_of("shop-web-1")) == ("Denied", identity)


async def test_no_new_container_is_made_of_it(host: Host, running: Running) -> None:
    await running.apply(container("web", **BAD))
    await running.until_ready()
    write(host.state_dir, "default: baseline")

    host.docker.rm("shop-web-1")
    await running.pass_time(120)

    row = await running.row("web")
    assert (host.states(), row["phase"], row["reason"]) == ({}, "Held", "PolicyDenied")


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ("default: baseline", 0o666, "may be written by others"),
        ("default: bassline", 0o600, "default"),
        ("defaul: baseline", 0o600, "defaul"),
        ("a: [", 0o600, "not YAML"),
    ],
)
async def test_a_policy_that_can_not_be_relied_on_lets_nothing_be_declared(
    host: Host, running: Running, text: str, mode: int, why: str
) -> None:
    write(host.state_dir, text, mode)

    with pytest.raises(ServiceError, match=why):
        await running.apply(container("web"))


async def test_the_policy_can_be_chosen_for_one_controller(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERGON_POLICY", "restricted")

    with pytest.raises(ServiceError, match="read_only: read-only root"):
        await running.apply(container("web"))


async def test_what_exceeds_it_can_be_asked_beforehand(running: Running) -> None:
    answer = await running.service.explain_policy(documents=[container("web", **BAD)])

    assert (len(answer["problems"]), answer["denies"]) == (2, False)
