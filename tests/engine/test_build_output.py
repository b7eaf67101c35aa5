"""The classic builder's output is read line by line, however it is cut into pieces."""

import pytest

from engine.calls.building import Lines


def read(*pieces: str) -> list[str]:
    lines = Lines()
    return [text for piece in pieces for text in lines.take(piece)] + list(lines.rest())


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        (["one\ntwo\n"], ["one", "two"]),
        (["\x1b[91m/bin/sh: ", "\x1b[0m\x1b[91mgcc: not found\n\x1b[0m"], ["/bin/sh: gcc: not found"]),
        (["no end"], ["no end"]),
        (["10 %\r20 %\r\n"], ["20 %"]),
        (["---> Using cache\n", " ---> Running in 1f\n", "Removing intermediate container 1f\n"], ["---> Using cache"]),
        (["\n", "", " \n"], []),
    ],
)
def test_pieces_become_lines(pieces: list[str], lines: list[str]) -> None:
    assert read(*pieces) == lines
