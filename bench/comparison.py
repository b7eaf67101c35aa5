"""Who sees what: the same changes behind the back of Ergon and of Docker Compose, as a page of the documentation.

Run it with an engine: `python -m tools.engine run --apart -- python -m bench.comparison --write docs/comparison.md`.
"""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from bench import comparison_page
from bench.comparison_page import Verdict
from bench.peers import compose_program
from tests.e2e.conftest import installation
from tests.e2e.hands import Hands
from tests.e2e.images import Images
from tests.e2e.mutations import MUTATIONS, Mutation, Place, filled, subnet_of
from tests.e2e.scene import Scene, named, of_one
from tools.messages import Impossible

Json = dict[str, Any]

# The strongest first: what is recreated is created and started on the way.
_DEEDS = (("Recreat", "recreates"), ("Creat", "creates"), ("Remov", "removes"), ("Start", "starts"))
_AT_ONCE = 4
_SUBNETS = 200


def compare(host: str) -> list[Verdict]:
    """Return what Ergon and Compose say about each mutation, done to containers of their own."""
    with closing(Hands(host)) as hands, closing(Images(host)) as images:
        ergon = _asked_of_ergon(hands, images, host)
        compose = _asked_of_compose(hands, images, host)
    return [Verdict(name, *ergon[name], compose[name]) for name in MUTATIONS]


def _asked_of_ergon(hands: Hands, images: Images, host: str) -> Mapping[str, tuple[tuple[str, ...], bool]]:
    with installation(hands, host) as ergon:
        scene = Scene(ergon, hands, images["plain"], images["env"])
        scene.set_up()
        scene.pause()
        scene.meddle()
        found = named(ergon.diff().json)
        scene.resume()
        scene.wait_for_repairs()
        left = {name for name, _, _ in named(ergon.ask("diff", live=True))}
        spares = {name: scene.place(name).spare for name in MUTATIONS}
    return {
        name: (
            tuple(sorted({path.replace(spares[name], "NAME") for _, path, _ in of_one(found, name)})),
            name not in left,
        )
        for name in MUTATIONS
    }


def _asked_of_compose(hands: Hands, images: Images, host: str) -> Mapping[str, str]:
    with _project(hands) as (project, folder):
        places = {name: Place(project, name, folder, images["plain"], images["env"]) for name in MUTATIONS}
        _prepare(hands, images["plain"], places)
        file = folder / "compose.yaml"
        # JSON is YAML, and needs no library to be written.
        file.write_text(comparison_page.as_json(_compose_file(images["plain"], places)))
        compose = _Compose(host, project, file)
        compose.run("up", "--detach")
        with ThreadPoolExecutor(_AT_ONCE) as several:
            list(several.map(lambda name: MUTATIONS[name].does(hands, places[name]), MUTATIONS))
            said = list(several.map(compose.would_do, MUTATIONS))
    return dict(zip(MUTATIONS, said, strict=True))


@contextmanager
def _project(hands: Hands) -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory(prefix="ergon-comparison-") as folder:
        project = Path(folder).name.lower().replace("_", "x")
        try:
            yield project, Path(folder)
        finally:
            hands.clear(project)


def _prepare(hands: Hands, image: str, places: Mapping[str, Place]) -> None:
    for name, place in places.items():
        if MUTATIONS[name].needs == "tag":
            repository, _, tag = place.tag.partition(":")
            hands.api.tag(image, repository, tag)
        if MUTATIONS[name].needs in ("config", "secret"):
            place.file.write_text("as declared\n")


def _compose_file(image: str, places: Mapping[str, Place]) -> Json:
    file: Json = {"services": {}, "networks": {}, "volumes": {}, "configs": {}, "secrets": {}}
    for name, mutation in MUTATIONS.items():
        words = {"name": name, "spare": places[name].spare, "subnet": subnet_of(name, _SUBNETS)}
        service: Json = {"image": places[name].tag if mutation.needs == "tag" else image}
        service |= filled(mutation.spec, **words)
        if "networks" not in service:
            service["network_mode"] = "bridge"
        file["services"][name] = service
        for kind, declared in _needed(name, mutation, words, places[name]):
            file[kind] |= declared
    return file


def _needed(name: str, mutation: Mutation, words: Mapping[str, str], place: Place) -> Iterator[tuple[str, Json]]:
    match mutation.needs:
        case "network":
            yield "networks", {name: {}}
        case "networks":
            yield "networks", {name: {}, f"{name}-2": {}}
        case "subnet":
            yield "networks", {name: {"ipam": {"config": [{"subnet": f"{words['subnet']}.0/24"}]}}}
        case "volume":
            yield "volumes", {name: {}}
        case "config" | "secret" as kind:
            yield f"{kind}s", {name: {"file": str(place.file)}}


class _Compose:
    def __init__(self, host: str, project: str, file: Path) -> None:
        self._command = [str(compose_program()), "--project-name", project, "--file", str(file)]
        self._environment = {**os.environ, "DOCKER_HOST": host}

    def run(self, *arguments: str) -> None:
        """Run a command that has to succeed.

        Raises:
            Impossible: it failed.
        """
        ended = self._ended(arguments)
        if ended.returncode != 0:
            raise Impossible(f"docker compose {arguments[0]} failed: {ended.stderr.strip()[-400:]}")

    def would_do(self, service: str) -> str:
        """Return what a dry run of `up` says it would do about one service."""
        ended = self._ended(("--dry-run", "up", "--detach", "--no-deps", service))
        if ended.returncode != 0:
            return "fails"
        # Asked for one service alone, it speaks of no other service's containers.
        words = [line for line in (ended.stdout + ended.stderr).splitlines() if "Container" in line]
        return next((deed for word, deed in _DEEDS if any(word in line for line in words)), "")

    def _ended(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command, *arguments], env=self._environment, capture_output=True, text=True, check=False
        )


def main() -> None:
    """Compare, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there instead of printing it")
    given = parser.parse_args()
    host = os.environ.get("ERGON_TEST_DOCKER_HOST") or os.environ.get("DOCKER_HOST", "")
    with closing(Hands(host)) as hands:
        engine = str(hands.api.version()["Version"])
    page = comparison_page.page(compare(host), engine)
    if given.write:
        given.write.write_text(page)
    else:
        print(page)


if __name__ == "__main__":
    main()
