"""A project that Docker Compose made, beside Ergon."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench.peers import compose_program
from tools.messages import Impossible

Json = dict[str, Any]


class Composed:
    """One Compose project, from a file of its own."""

    def __init__(self, folder: Path, host: str, project: str, file: Json) -> None:
        try:
            self._program = compose_program()
        except Impossible as why:
            pytest.skip(str(why))
        self.file = folder / "compose.yaml"
        self.file.write_text(json.dumps(file))
        self._command = [str(self._program), "--project-name", project, "--file", str(self.file)]
        self._environment = {**os.environ, "DOCKER_HOST": host}

    def up(self, *arguments: str) -> None:
        """Bring it up, and return when it runs."""
        self._run("up", "--detach", *arguments)

    def _run(self, *arguments: str) -> str:
        ran = subprocess.run(
            [*self._command, *arguments], env=self._environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout
