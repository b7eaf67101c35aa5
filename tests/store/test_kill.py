"""Whatever was acknowledged survives the writer's sudden death."""

import subprocess
import sys
from pathlib import Path

from store import observations
from store.database import Store

# Prints a number only after it is committed. It never stops by itself.
WRITER = """
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from store import observations
from store.database import Store

store = Store.open(Path(sys.argv[1]))
now = datetime.now(UTC)
for number in count(int(sys.argv[2])):
    store.write_sync(lambda session: observations.put(session, "kill", str(number), "x" * 500, now))
    print(number, flush=True)
"""
KILLS = 3
ACKNOWLEDGED_PER_LIFE = 150


def test_no_acknowledged_commit_is_lost(state_dir: Path) -> None:
    acknowledged: list[int] = []
    for life in range(KILLS):
        acknowledged += live_and_die(state_dir, first=life * 1_000_000)

        # Nobody opened it for writing since: the reader itself has to cope with what was left behind.
        with Store.open_readonly(state_dir) as store:
            found = store.read_sync(lambda session: observations.of(session, "kill"))
        assert {str(number) for number in acknowledged} <= set(found)


def live_and_die(state_dir: Path, first: int) -> list[int]:
    """Let a writer write until it acknowledged enough, kill it in the middle, and return what it acknowledged."""
    command = [sys.executable, "-c", WRITER, str(state_dir), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        acknowledged = [int(process.stdout.readline()) for _ in range(ACKNOWLEDGED_PER_LIFE)]
        process.kill()
        return acknowledged + [int(line) for line in process.stdout if line.endswith("\n")]


def test_the_lock_dies_with_its_holder(state_dir: Path) -> None:
    live_and_die(state_dir, first=0)

    with Store.open(state_dir) as store:
        assert store.epoch
