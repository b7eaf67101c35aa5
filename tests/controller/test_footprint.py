"""What the controller needed for a while it gives back, and what it never uses it never loads."""

import subprocess
import sys

import pytest

from controller.clock import VirtualClock
from controller.footprint import give_back_memory

MIB = 2**20


class Over(Exception):
    """As many looks were taken as the test is about."""


class Looks(VirtualClock):
    """A clock on which nobody waits, for so many looks."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.left = count

    async def sleep(self, seconds: float) -> None:
        if not self.left:
            raise Over
        self.left -= 1


async def trims(sizes: list[int], looks: int) -> int:
    """Return how often memory was given back when each reading is the next of these sizes, in MiB."""
    seen, trimmed = iter(sizes), list[None]()

    with pytest.raises(Over):
        await give_back_memory(Looks(looks), lambda: next(seen) * MIB, lambda: trimmed.append(None))
    return len(trimmed)


async def test_memory_is_given_back_when_the_process_has_grown() -> None:
    assert await trims([100, 90, 110, 95], looks=2) == 2


async def test_nothing_is_done_while_it_stays_as_it_is() -> None:
    assert await trims([100, 90, 91, 90, 91, 90], looks=4) == 1


def test_a_controller_loads_nothing_for_terminals_and_nothing_that_reads_projects() -> None:
    unwanted = {"rich", "pygments", "dockerfiles", "jinja2", "python_on_whales"}
    code = f"import sys, controller.__main__; print(sorted({unwanted} & set(sys.modules)))"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"
