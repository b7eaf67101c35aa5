"""An engine to find."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.fake_engine import FakeEngine, serving


@pytest.fixture
def fake_engine(tmp_path: Path) -> Iterator[FakeEngine]:
    with serving(tmp_path / "docker.sock") as engine:
        yield engine
