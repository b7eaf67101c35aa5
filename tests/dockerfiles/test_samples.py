"""What is found in the sample projects and made of them. Their files say what is expected: see samples.py."""

import pytest

from dockerfiles.analysis import as_json
from tests.dockerfiles.linting import complaints
from tests.dockerfiles.samples import Sample, differences, every, failure, generated

SAMPLES = every()
_BESIDES = {"error", "wishes", "applications", "runs"}

each = pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])


@each
def test_the_facts_are_those_known_beforehand(sample: Sample) -> None:
    if error := sample.expected.get("error"):
        assert (failure(sample) or {}).get("error") == error
        return
    made = [as_json(one.analysis) for one in generated(sample)]
    facts = {key: value for key, value in sample.expected.items() if key not in _BESIDES}
    expected = sample.expected.get("applications", [facts])

    assert list(differences(expected, made)) == []


@each
def test_the_dockerfile_is_the_one_that_was_reviewed(sample: Sample) -> None:
    if sample.expected.get("error"):
        assert not sample.goldens
        return
    made = generated(sample)
    roots = {one.analysis.root if len(made) > 1 else "": one.dockerfile for one in made}

    assert roots == sample.goldens, "if this is wanted: python -m tests.dockerfiles.goldens"


@each
def test_every_line_of_the_dockerfile_is_explained(sample: Sample) -> None:
    for one in [] if sample.expected.get("error") else generated(sample):
        lines = one.dockerfile.split("\n")

        assert all(lines[each.line - 1] == each.instruction.split("\n")[0] for each in one.explanation)
        assert all(each.why for each in one.explanation)


def test_all_dockerfiles_lint_clean() -> None:
    texts = {f"{sample.name} {root}".strip(): text for sample in SAMPLES for root, text in sample.goldens.items()}

    assert complaints(texts) == []
