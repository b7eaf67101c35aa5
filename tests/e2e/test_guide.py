"""The guide, done word for word as a reader would do it."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.busybox import file_system
from tests.e2e.hands import Hands
from tests.e2e.harness import ERGON, ROOT
from tests.e2e.private_engine import PrivateEngine
from tests.e2e.transcript import File, missing, steps

pytestmark = pytest.mark.docker

IMAGES = (("busybox", "1.36"), ("busybox", "1.37"))


@pytest.fixture
def desk(private_engine: PrivateEngine, private_hands: Hands) -> Iterator[dict[str, str]]:
    """The reader's environment: an empty Docker engine with the images of the guide, and `ergon` on the path."""
    client = docker.APIClient(base_url=private_engine.host, version="auto")
    for container in client.containers(all=True):
        private_hands.remove(container["Id"])
    for repository, tag in IMAGES:
        client.import_image_from_data(file_system(), repository=repository, tag=tag, changes=['CMD ["sh"]'])
    # A socket's path is short by law (108 bytes), so not below pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="ergon-guide-") as state:
        environment = os.environ | {
            "ERGON_STATE_DIR": state,
            "DOCKER_HOST": private_engine.host,
            "PATH": f"{ERGON.parent}:{os.environ['PATH']}",
        }
        yield environment
        for last in ("down --all --volumes --yes", "shutdown"):
            subprocess.run([ERGON, *last.split()], env=environment, capture_output=True, check=False)
    for container in client.containers(all=True):
        private_hands.remove(container["Id"])
    for repository, tag in IMAGES:
        client.remove_image(f"{repository}:{tag}", force=True)
    client.close()


def test_every_command_of_the_guide_does_what_the_guide_says(desk: dict[str, str], tmp_path: Path) -> None:
    for step in steps(ROOT / "docs" / "guide.md"):
        if isinstance(step, File):
            (tmp_path / step.name).write_text(step.text)
            continue
        # In bash, as the reader: the page shows pipes and exit codes.
        ran = subprocess.run(
            ["bash", "-c", step.line], env=desk, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        output = ran.stdout + ran.stderr

        assert ran.returncode == 0, f"$ {step.line}\n{output}"
        assert missing(step, output) == [], f"$ {step.line}\n{output}"
