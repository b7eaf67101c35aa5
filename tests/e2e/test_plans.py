"""Asking changes nothing, tells what happened a moment ago, and a plan is carried out as it was shown or not at all."""

import json
from pathlib import Path

import pytest

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json
from tests.e2e.proxy import CountingProxy

pytestmark = pytest.mark.docker


def every_kind(ergon: Ergon, image: str, **web: object) -> list[Json]:
    """Return a resource of each kind; the containers use all others."""
    web = {"networks": ["back"], "volumes": ["data:/data"], "configs": [{"source": "page", "target": "/page"}], **web}
    return [
        ergon.document("Image", "base", {"reference": image, "pull_policy": "missing"}),
        ergon.document("Config", "page", {"content": "hello"}),
        ergon.document("Secret", "token", {"file": str(ergon.state_dir / "token")}),
        ergon.network("back"),
        ergon.volume("data"),
        ergon.container("web", image, secrets=["token"], **web),
        ergon.container("probe", image, network_mode="service:web"),
    ]


def written(ergon: Ergon, name: str, documents: list[Json]) -> str:
    path = ergon.state_dir / name
    path.write_text("\n---\n".join(json.dumps(document) for document in documents))
    return str(path)


@pytest.fixture
def shop(idle_ergon: Ergon, proxy: CountingProxy, image: str) -> Ergon:
    """One resource of each kind that runs, seen through the proxy."""
    Path(idle_ergon.state_dir / "token").write_text("opensesame")
    idle_ergon.start_and_wait()
    idle_ergon.apply(*every_kind(idle_ergon, image))
    idle_ergon.settle()
    return idle_ergon


def test_asking_makes_no_writing_call_with_and_without_a_controller(
    shop: Ergon, proxy: CountingProxy, hands: Hands, image: str
) -> None:
    other = written(shop, "other.yaml", every_kind(shop, image, mem_limit="64m", command=["sleep", "7"])[3:])
    questions = (
        *(("diff", "--live"), ("diff", "web", "-n", shop.namespace), ("diff", other, "--prune")),
        *(("apply", "--dry-run", other), ("validate", other), ("config", other)),
    )
    shop.ask("pause", names=["container/web"], namespace=shop.namespace, reason="hold still")
    hands.api.stop(f"{shop.namespace}-web-1")
    before, codes = len(proxy.writes), []

    for _ in ("with a controller", "without"):
        codes += [shop.run(*question).code for question in questions]
        shop.kill()

    assert proxy.writes[before:] == []
    assert set(codes) == {0, 2}
    assert hands.state(f"{shop.namespace}-web-1") == "exited"


def test_a_change_of_a_moment_ago_is_in_the_next_diff(ergon: Ergon, hands: Hands, image: str) -> None:
    ergon.apply(ergon.container("web", image))
    ergon.settle()
    ergon.ask("pause", names=["web"], namespace=ergon.namespace, reason="hold still")
    seen = []
    for shares in range(512, 552):
        hands.api.update_container(f"{ergon.namespace}-web-1", cpu_shares=shares)
        seen += [field["observed"] for change in ergon.changes() for field in change["fields"]]

    assert seen == list(range(512, 552))


def test_a_plan_is_carried_out_as_shown_and_refused_when_things_have_moved(
    ergon: Ergon, hands: Hands, image: str
) -> None:
    name = f"{ergon.namespace}-web-1"
    ergon.apply(ergon.container("web", image))
    ergon.settle()
    ergon.ask("pause", names=["web"], namespace=ergon.namespace, reason="hold still")
    path = written(ergon, "next.yaml", [ergon.container("web", image, mem_limit="64m")])
    stale = ergon.run("diff", path, "--json").json["plan"]
    hands.api.rename(name, f"{name}-mine")

    refused = ergon.run("apply", path, "--plan", stale)
    undisturbed = ergon.resources()["web"]["generation"]
    good = ergon.run("apply", path, "--dry-run", "--json").json["plan"]
    applied = ergon.run("apply", path, "--plan", good)
    ergon.ask("resume", names=["web"], namespace=ergon.namespace)
    ergon.settle()

    assert (refused.code, undisturbed) == (1, 1)
    assert f"container/{ergon.namespace}/web: {name}: name differs now and did not" in refused.stderr
    assert applied.code == 0, applied.stderr
    assert hands.inspect(name)["HostConfig"]["Memory"] == 64 << 20


def test_up_ends_with_the_reason_when_nothing_can_get_on(idle_ergon: Ergon, image: str) -> None:
    path = written(idle_ergon, "shop.yaml", [idle_ergon.container("web", image, command=["no-such-program"])])
    try:
        ended = idle_ergon.run("up", "-d", path, "--timeout", "10m")
    finally:
        idle_ergon.run("shutdown")

    assert ended.code == 1
    assert "no-such-program" in ended.stderr
    assert "nothing goes on" in ended.stderr
