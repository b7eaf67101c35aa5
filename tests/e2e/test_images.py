"""Images from a real registry: pulled once, followed when they move, refused in clear words, built by content."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.harness import Ergon, Json, wait_for
from tests.e2e.registry import PASSWORD, PROGRAM, USER, FaultyProxy, Pusher, Registry

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(PROGRAM is None, reason="there is no docker-registry (apt-get install docker-registry)"),
]


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with closing(Registry()) as registry:
        yield registry


@pytest.fixture(scope="module")
def pusher(host: str, image: str, registry: Registry) -> Iterator[Pusher]:
    with closing(Pusher(host, image)) as pusher:
        yield pusher
        pusher.forget(registry.address)


@pytest.fixture
def repository(registry: Registry, ergon: Ergon) -> str:
    """A repository of the test's own."""
    return f"{registry.address}/{ergon.namespace}/web"


def web(ergon: Ergon, reference: str | Json, **spec: object) -> Json:
    return ergon.container("web", reference, network_mode="none", **spec)  # type: ignore[arg-type]


def image_changes(ergon: Ergon) -> list[Json]:
    return [field for change in ergon.changes() for field in change["fields"] if field["cause"] == "image"]


def test_an_image_is_pulled_and_its_resource_says_which(ergon: Ergon, pusher: Pusher, repository: str) -> None:
    pusher.push(f"{repository}:1", "one")
    ergon.apply(ergon.image("app", reference=f"{repository}:1"), web(ergon, {"resource": "app"}))
    ergon.settle()

    assert ergon.resources()["app"]["message"].startswith(f"{repository}:1 is sha256:")
    assert pusher.content(f"{ergon.namespace}-web-1") == "one"


def test_a_tag_that_moved_in_the_registry_is_followed(ergon: Ergon, pusher: Pusher, repository: str) -> None:
    pusher.push(f"{repository}:1", "one")
    ergon.apply(web(ergon, f"{repository}:1"))
    ergon.settle()
    pusher.move(f"{repository}:1", "two")

    ergon.apply(web(ergon, f"{repository}:1", image_policy="auto"))

    wait_for(lambda: runs(ergon, pusher) == "two", "the moved tag to run", ergon.what_is_left)
    ergon.settle()


def test_a_tag_that_moved_waits_for_a_word_where_that_is_asked_for(
    ergon: Ergon, pusher: Pusher, repository: str
) -> None:
    pusher.push(f"{repository}:1", "one")
    ergon.apply(web(ergon, f"{repository}:1"))
    ergon.settle()
    pusher.move(f"{repository}:1", "two")

    ergon.apply(web(ergon, f"{repository}:1", image_policy="notify"))
    told = wait_for(lambda: image_changes(ergon), "the moved tag to be told", ergon.what_is_left)

    assert [(one["path"], one["policy"]) for one in told] == [("spec.image", "ask")]
    assert told[0]["declared"].startswith(f"{repository}:1@")
    assert runs(ergon, pusher) == "one"

    assert ergon.run("approve", "web", "-n", ergon.namespace).code == 0
    wait_for(lambda: runs(ergon, pusher) == "two", "the approved image to run", ergon.what_is_left)
    ergon.settle()


def test_the_newest_version_in_a_range_is_run(ergon: Ergon, pusher: Pusher, repository: str) -> None:
    for version in ("1.0.0", "1.2.0", "1.10.0", "2.0.0"):
        pusher.push(f"{repository}:{version}", version)

    ergon.apply(web(ergon, f"{repository}:1.0.0", image_policy={"semver": "^1"}))

    wait_for(lambda: runs(ergon, pusher) == "1.10.0", "the newest version to run", ergon.what_is_left)
    ergon.settle()


def test_an_image_that_is_not_there_is_told_and_what_runs_goes_on(
    ergon: Ergon, pusher: Pusher, repository: str
) -> None:
    pusher.push(f"{repository}:1", "one")
    ergon.apply(web(ergon, f"{repository}:1"))
    ergon.settle()

    ergon.apply(web(ergon, f"{repository}:nope"))
    row = wait_for(lambda: failed_row(ergon), "the failed pull to be told", ergon.what_is_left)

    assert f"cannot pull {repository}:nope" in row["message"]
    assert "check its name and tag" in row["message"]
    assert (row["running"], runs(ergon, pusher)) == (1, "one")


def test_a_registry_that_asks_to_wait_is_not_asked_again_at_once(
    ergon: Ergon, registry: Registry, pusher: Pusher, repository: str
) -> None:
    pusher.push(f"{repository}:1.0.0", "one")
    with closing(FaultyProxy(registry)) as proxy:
        proxy.fault = lambda path: (429, {"Retry-After": "600"}) if "/tags/" in path else None
        reference = f"{repository}:1.0.0".replace(registry.address, proxy.address)
        ergon.apply(web(ergon, reference, image_policy={"semver": "^1"}))
        ergon.settle()
        condition = wait_for(lambda: condition_of(ergon, "RegistryAsked"), "the refusal to be told")
        ergon.apply(web(ergon, reference, image_policy={"semver": "^1"}, environment={"A": "1"}))
        ergon.settle()
        pusher.forget(proxy.address)

    assert "asks to wait" in condition["message"]
    assert sum("/tags/" in one for one in proxy.asked) == 1


def test_a_private_registry_is_told_as_that_and_used_once_one_is_logged_in(
    idle_ergon: Ergon, host: str, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with closing(Registry(with_password=True)) as private, closing(Pusher(host, image)) as pusher:
        reference = f"{private.address}/web:1"
        pusher.push(reference, "private", login=True)
        idle_ergon.start_and_wait()
        idle_ergon.apply(web(idle_ergon, reference))
        row = wait_for(lambda: failed_row(idle_ergon), "the refusal to be told", idle_ergon.what_is_left)

        secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        (tmp_path / "config.json").write_text(json.dumps({"auths": {private.address: {"auth": secret}}}))
        idle_ergon.apply(web(idle_ergon, reference))
        idle_ergon.settle()

        assert f"docker login {private.address}" in row["message"]
        assert PASSWORD not in idle_ergon.log.read_text()
        assert runs(idle_ergon, pusher) == "private"
        idle_ergon.kill()
        pusher.forget(private.address)


@pytest.fixture
def context(tmp_path: Path, image: str) -> Path:
    """A folder to build from."""
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\nCOPY app /app\nLABEL content=built\n")
    (tmp_path / "app").write_text("one")
    return tmp_path


def built(ergon: Ergon, context: Path, **build: object) -> list[Json]:
    spec = {"reference": f"{ergon.namespace}/app:1", "build": {"context": str(context), **build}}
    return [ergon.image("app", **spec), web(ergon, {"resource": "app"})]


def test_a_build_is_done_once_for_each_content(ergon: Ergon, context: Path) -> None:
    ergon.apply(*built(ergon, context))
    ergon.settle()
    ergon.restart()
    ergon.apply(*built(ergon, context))
    ergon.settle()
    same = builds(ergon)
    (context / "app").write_text("two")

    ergon.apply(*built(ergon, context))
    wait_for(lambda: builds(ergon) == 2, "the changed content to be built", ergon.what_is_left)
    ergon.settle()

    assert same == 1


def test_a_build_that_fails_names_its_step_and_keeps_what_runs(ergon: Ergon, context: Path, image: str) -> None:
    ergon.apply(*built(ergon, context))
    ergon.settle()
    (context / "Dockerfile").write_text(f'FROM {image}\nRUN ["sh", "-c", "echo so bad; false"]\n')

    ergon.apply(*built(ergon, context))
    row = wait_for(lambda: failed_row(ergon, "app"), "the failed build to be told", ergon.what_is_left)

    assert "Step 2/" in row["message"]
    assert "its last words: so bad" in row["message"]
    assert ergon.resources()["web"]["running"] == 1


@pytest.fixture
def buildx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the docker command has buildx; beside a docker that was only unpacked it has to be pointed at."""
    pytest.importorskip("python_on_whales")
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("BuildKit needs the docker command")
    beside = Path(docker).resolve().parent.parent / "libexec" / "docker" / "cli-plugins"
    (tmp_path / "config.json").write_text(json.dumps({"cliPluginsExtraDirs": [str(beside)]}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return subprocess.run([docker, "buildx", "version"], capture_output=True, check=False).returncode == 0


def test_a_build_that_needs_buildkit_gets_it_or_says_what_is_missing(
    buildx: bool, idle_ergon: Ergon, context: Path, image: str
) -> None:
    (context / "token").write_text("hush")
    (context / "Dockerfile").write_text(
        f"FROM {image}\nLABEL content=built\n"
        "RUN --mount=type=secret,id=t sh -c 'test \"$(cat /run/secrets/t)\" = hush'\n"
    )
    idle_ergon.start_and_wait()

    idle_ergon.apply(*built(idle_ergon, context, secrets=[{"id": "t", "file": str(context / "token")}]))

    if buildx:
        idle_ergon.settle()
    else:
        failed = wait_for(lambda: failed_row(idle_ergon, "app"), "the lack to be told", idle_ergon.what_is_left)
        assert "the docker command has no buildx" in failed["message"]


def test_a_step_that_fails_under_buildkit_is_named(buildx: bool, idle_ergon: Ergon, context: Path, image: str) -> None:
    if not buildx:
        pytest.skip("the docker command has no buildx")
    (context / "Dockerfile").write_text(f"FROM {image}\nRUN sh -c 'echo so bad; false'\n")
    idle_ergon.start_and_wait()

    idle_ergon.apply(*built(idle_ergon, context, builder="buildkit"))
    row = wait_for(lambda: failed_row(idle_ergon, "app"), "the failed build to be told", idle_ergon.what_is_left)

    assert "RUN sh -c" in row["message"]
    assert "so bad" in row["message"]


def test_images_that_nothing_needs_are_collected_and_no_others(ergon: Ergon, pusher: Pusher, repository: str) -> None:
    pusher.push(f"{repository}:1", "one")
    pusher.push(f"{repository}:mine", "mine", keep=True)
    ergon.apply(web(ergon, f"{repository}:1"))
    ergon.settle()
    kept = ergon.run("gc", "images", "--json").json["images"]
    ergon.run("delete", "container/web", "-n", ergon.namespace)
    wait_for(lambda: "web" not in ergon.resources(), "the container to go")

    shown = ergon.run("gc", "images")
    there = pusher.has(f"{repository}:1")
    removed = ergon.run("gc", "images", "--confirm")

    assert [one["outcome"] for one in kept] == ["kept"]
    assert there
    assert "--confirm" in shown.stderr
    assert removed.stdout.splitlines()[-1].startswith("Removed 1 image")
    assert not pusher.has(f"{repository}:1")
    assert pusher.has(f"{repository}:mine")


# what there is to see


def runs(ergon: Ergon, pusher: Pusher) -> str:
    """Return the content of the image that the container runs, "" while there is none."""
    instances = ergon.resources().get("web", {}).get("instances", [])
    running = [one["name"] for one in instances if one["state"] == "running"]
    return pusher.content(running[-1]) if running else ""


def failed_row(ergon: Ergon, name: str = "web") -> Json | None:
    row = ergon.resources().get(name, {})
    return row if "cannot" in row.get("message", "") else None


def condition_of(ergon: Ergon, kind: str) -> Json | None:
    conditions = ergon.resources().get("web", {}).get("conditions", [])
    return next((one for one in conditions if one["type"] == kind), None)


def builds(ergon: Ergon) -> int:
    events = ergon.ask("events", namespace=ergon.namespace, follow=False)["events"]
    return sum(one["count"] for one in events if one["reason"] == "Built")
