"""What a builder can build for is checked before it is asked to."""

from types import SimpleNamespace
from typing import Any

import pytest

from engine.calls.buildkit import Daemon, can_build
from engine.errors import NotSupported

# As buildx shows the daemon's own builder on an x86 machine.
NATIVE = ("linux/amd64", "linux/amd64/v2", "linux/amd64/v3", "linux/386")


def builder(*platforms: str, driver: str = "docker") -> Any:
    return SimpleNamespace(name="default", driver=driver, nodes=[SimpleNamespace(platforms=list(platforms))])


def test_the_platforms_that_are_missing_are_named_with_those_there_are() -> None:
    with pytest.raises(
        NotSupported, match=r"for linux/arm64/v8: the builder default builds for linux/amd64, .*qemu-user"
    ):
        can_build("web:1", ["linux/amd64", "linux/arm64/v8"], builder(*NATIVE), Daemon(""))


@pytest.mark.parametrize(
    ("driver", "keeps_platforms"), [("docker-container", False), ("docker", True)], ids=["own builder", "containerd"]
)
def test_several_platforms_need_a_builder_that_keeps_them(driver: str, *, keeps_platforms: bool) -> None:
    both = ["linux/amd64", "linux/arm64"]
    with pytest.raises(NotSupported, match="one at a time"):
        can_build("web:1", both, builder(*both), Daemon(""))

    can_build("web:1", both, builder("linux/amd64*", "linux/arm64*", driver=driver), Daemon("", keeps_platforms))


def test_a_builder_that_says_nothing_of_platforms_is_asked() -> None:
    can_build("web:1", ["linux/arm64"], builder(), Daemon(""))
