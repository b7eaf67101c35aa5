"""A failed build is explained by its step, its line and its cause, as builders and package managers word them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from dockerfiles.build_failures.explaining import explain
from dockerfiles.build_failures.instructions import instructions
from dockerfiles.build_failures.packages import bringing

RECORDED: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "build_failures" / "recorded.yaml").read_text()
)


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: str(case["name"]))
def test_what_was_really_said_is_understood(case: dict[str, Any]) -> None:
    found = explain(case["step"], case["why"], case["said"].splitlines(), case["dockerfile"])

    assert (found.cause.code, found.line, found.cause.package) == (case["code"], case["line"], case["package"])


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: str(case["name"]))
def test_every_cause_quotes_what_shows_it_and_fills_its_texts(case: dict[str, Any]) -> None:
    found = explain(case["step"], case["why"], case["said"].splitlines(), case["dockerfile"]).cause

    assert found.evidence
    assert found.evidence in f"{case['why']}\n{case['said']}" or " | " in found.evidence
    assert not {"{", "}"} & set(found.text + found.advice)


def test_instructions_are_counted_as_builders_count_them() -> None:
    dockerfile = """# syntax

ARG A=1
FROM base

# why
RUN one \\
  # between
  && two
RUN <<EOF
RUN no
EOF
CMD ["x"]
"""

    found = [(one.number, one.line, one.text) for one in instructions(dockerfile)]

    assert found == [
        (1, 3, "ARG A=1"),
        (2, 4, "FROM base"),
        (3, 7, "RUN one && two"),
        (4, 10, "RUN <<EOF"),
        (5, 13, 'CMD ["x"]'),
    ]


def test_of_two_equal_steps_the_classic_builders_number_decides() -> None:
    twice = "FROM base AS one\nRUN make\nFROM base\nRUN make\n"

    assert explain("Step 4/4 : RUN make", "", [], twice).line == 4


def test_a_failure_without_telling_words_quotes_the_last_ones() -> None:
    found = explain("Step 2/2 : RUN ./go", "returned a non-zero code: 3", ["a", "b", "c", "d"], "FROM x\nRUN ./go\n")

    assert (found.cause.text, found.cause.evidence) == ("its command ended with code 3", "b | c | d")


@pytest.mark.parametrize(
    ("sort", "name", "package"),
    [
        ("header", "openssl/ssl.h", "libssl-dev"),
        ("program", "x86_64-linux-gnu-gcc", "build-essential"),
        ("module", "libxml-2.0", "libxml2-dev"),
        ("library", "pq", "libpq-dev"),
        ("header", "h", ""),
        ("program", "libssl", ""),
    ],
)
def test_a_package_is_named_only_for_a_whole_name_of_the_right_sort(sort: Any, name: str, package: str) -> None:
    assert bringing(sort, name) == package
