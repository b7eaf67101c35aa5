"""Starting is fast: what a command does not need, it does not load."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"pydantic", "sqlmodel", "sqlalchemy", "docker", "fastapi", "uvicorn", "rich", "anyio", "asyncio", "yaml"}

SCRIPT = """
import sys
from tests.console.canned import FakeController, change, difference, resource, run, status_of

WHY = {"kind": "Container", "namespace": "shop", "name": "web", "recorded_since": None, "containers": []}
STATUS, DIFF = status_of(resource("web")), difference(change("web", "start"))
controller = FakeController(status=STATUS, diff=DIFF, logs=[], why=WHY)
result = run(controller, *sys.argv[1:])
assert not result.stderr, result.stderr
print(*sys.modules)
"""


@pytest.mark.parametrize(
    "arguments", [["status"], ["diff"], ["diff", "web"], ["wait"], ["logs", "web"], ["why", "web"], ["--help"]]
)
def test_commands_answered_by_the_controller_load_nothing_heavy(arguments: list[str]) -> None:
    program = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)

    assert not HEAVY & set(done.stdout.split())
