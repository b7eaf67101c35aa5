"""What others made is taken over as it is, kept as declared from then on, and given back."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.composed import Composed
from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Finished, wait_for
from tests.e2e.images import Images
from tests.e2e.specs import SPECS, dress_of

pytestmark = pytest.mark.docker

Json = dict[str, Any]


def test_a_container_made_by_hand_is_adopted_without_a_restart_and_started_again_when_killed(
    ergon: Ergon, hands: Hands, images: Images, tmp_path: Path
) -> None:
    container = run_by_hand(hands, images, ergon.namespace)
    before = lasting(hands, container)
    imported = done(ergon.run("import", before["Name"][1:], "-n", ergon.namespace, "--as", "db"))
    file = written(tmp_path, imported.stdout)
    done(ergon.run("validate", file))

    done(ergon.run("adopt", "-f", file, "--yes"))
    ergon.settle()

    assert lasting(hands, container) == before
    assert policy(hands, container) == "no"
    assert done(ergon.diff("--live")).json["changes"] == []
    hands.kill_process(container)
    ergon.wait_until("db", restarts=1, ready=True)
    assert [one for _, one in hands.containers(ergon.namespace)] == [container]


def test_what_differs_too_much_is_replaced_only_when_asked_and_keeps_its_data(
    ergon: Ergon, hands: Hands, images: Images, tmp_path: Path
) -> None:
    container = run_by_hand(hands, images, ergon.namespace)
    before, volumes = lasting(hands, container), volumes_of(hands, container)
    file = written(tmp_path, done(ergon.run("import", container, "-n", ergon.namespace, "--as", "db")).stdout)
    written(tmp_path, Path(file).read_text().replace("FLAVOUR: sweet", "FLAVOUR: sour"))
    shown, refused = ergon.run("adopt", "-f", file, "--dry-run", "--json"), ergon.run("adopt", "-f", file, "--yes")
    fields = {field["path"]: field["effect"] for change in shown.json["changes"] for field in change["fields"]}
    assert fields["spec.environment.FLAVOUR"] == "recreate"
    assert (shown.code, refused.code, lasting(hands, container)) == (2, 1, before)

    done(ergon.run("adopt", "-f", file, "--yes", "--replace"))
    wait_for(lambda: hands.state(container) == "absent", "the adopted container to be replaced")
    ergon.settle()

    [(name, successor)] = hands.containers(ergon.namespace)
    assert name == f"{ergon.namespace}-by-hand"
    assert volumes_of(hands, successor) == volumes


def test_a_released_container_is_as_it_was(ergon: Ergon, hands: Hands, images: Images) -> None:
    container = run_by_hand(hands, images, ergon.namespace)
    before = lasting(hands, container)
    done(ergon.run("adopt", container, "-n", ergon.namespace, "--as", "db", "--yes"))
    ergon.settle()

    done(ergon.run("release", "db"))

    assert (lasting(hands, container), policy(hands, container)) == (before, "always")
    assert "db" not in ergon.resources()


def test_a_compose_project_is_adopted_whole(ergon: Ergon, hands: Hands, image: str, host: str, tmp_path: Path) -> None:
    project = ergon.namespace
    healthy = {"healthcheck": {"test": ["CMD", "true"], "interval": "1s"}}
    db = {"image": image, "volumes": ["data:/data"], "networks": ["back"], "restart": "unless-stopped", **healthy}
    web = {"image": image, "ports": ["127.0.0.1::8080"], "networks": ["back", "default"], "deploy": {"replicas": 2}}
    web |= {
        "depends_on": {"db": {"condition": "service_healthy"}},
        "environment": {"A": "1"},
        "labels": {"tier": "web"},
    }
    side = {"image": image, "network_mode": "service:db", "mem_limit": "32m"}
    file = {"services": {"db": db, "web": web, "side": side}, "networks": {"back": {}}, "volumes": {"data": {}}}
    Composed(tmp_path, host, project, file).up()
    containers = dict(hands.containers(project))
    before = {name: lasting(hands, one) for name, one in containers.items()}
    networks = {one["Name"]: one["Id"] for one in hands.api.networks() if project in one["Name"]}
    imported = done(ergon.run("import", "--compose-project", project)).stdout
    state = written(tmp_path, imported)
    from_its_own_file = ergon.run("adopt", "-f", str(tmp_path / "compose.yaml"), "-n", project, "--dry-run", "--json")
    assert {change["action"] for change in from_its_own_file.json["changes"]} == {"adopt"}

    done(ergon.run("adopt", "-f", state, "--yes"))
    ergon.settle()

    assert {name: lasting(hands, one) for name, one in hands.containers(project)} == before
    assert {one["Name"]: one["Id"] for one in hands.api.networks() if project in one["Name"]} == networks
    assert done(ergon.diff("--live")).json["changes"] == []
    assert done(ergon.run("import", "--compose-project", project)).stdout == imported
    hands.api.remove_container(containers[f"{project}-web-2"], force=True)
    wait_for(lambda: hands.state(f"{project}-web-2") == "running", "the second web to be there again")
    ergon.settle()
    done(ergon.run("down", state, "--volumes", "--yes", "--wait"))
    assert hands.containers(project) == []
    assert [one["Name"] for one in hands.api.networks() if project in one["Name"]] == []


def test_labels_and_adoption_rebuild_a_lost_store(
    idle_ergon: Ergon, installed: Any, host: str, hands: Hands, images: Images
) -> None:
    lost, found = idle_ergon, installed(host)
    lost.start_and_wait()
    specified = [lost.container(name, images[dress_of(name)], **spec) for name, spec in SPECS.items()]
    networks = [lost.network(name) for name in ("default", "inside", "outside")]
    lost.apply(*networks, lost.volume("data"), *specified)
    lost.settle()
    before = {name: lasting(hands, one) for name, one in hands.containers(lost.namespace)}
    lost.kill()
    found.start_and_wait()

    plan = found.run("adopt", "--labelled", "-n", lost.namespace, "--dry-run", "--json")
    done(found.run("adopt", "--labelled", "-n", lost.namespace, "--yes"))
    found.settle()

    assert [change for change in plan.json["changes"] if change["action"] != "adopt"] == []
    assert {name: lasting(hands, one) for name, one in hands.containers(lost.namespace)} == before
    assert done(found.diff("--live")).json["changes"] == []


def run_by_hand(hands: Hands, images: Images, prefix: str) -> str:
    """Run a container as a person would, with what people give to theirs, on an image that brings much itself."""
    hands.api.create_network(f"{prefix}-net")
    hands.api.create_volume(f"{prefix}-kept")
    config = hands.api.create_host_config(
        restart_policy={"Name": "always"},
        mem_limit="64m",
        port_bindings={8080: ("127.0.0.1", None)},
        binds=[f"{prefix}-kept:/srv/kept", "/etc/hostname:/srv/name:ro"],
        network_mode=f"{prefix}-net",
        cap_add=["NET_ADMIN"],
    )
    return hands.run(
        images["dressed"],
        f"{prefix}-by-hand",
        environment={"FLAVOUR": "sweet", "PRICE": "$5"},
        labels={"made": "by hand"},
        ports=[8080],
        host_config=config,
    )


def lasting(hands: Hands, container: str) -> Json:
    """Return all about a container but Docker's own restart policy, mounts in one order."""
    found = hands.lasting(container)
    host = {name: value for name, value in found["HostConfig"].items() if name != "RestartPolicy"}
    return found | {"HostConfig": host, "Mounts": sorted(found["Mounts"], key=lambda mount: str(mount["Destination"]))}


def policy(hands: Hands, container: str) -> str:
    return str(hands.inspect(container)["HostConfig"]["RestartPolicy"]["Name"])


def volumes_of(hands: Hands, container: str) -> set[str]:
    return {mount["Name"] for mount in hands.inspect(container)["Mounts"] if mount["Type"] == "volume"}


def written(folder: Path, text: str) -> str:
    """Return the path of a state file with this text."""
    path = folder / "state.yaml"
    path.write_text(text)
    return str(path)


def done(finished: Finished) -> Finished:
    """Return a command that ended well."""
    assert finished.code == 0, finished.stderr + finished.stdout
    return finished
