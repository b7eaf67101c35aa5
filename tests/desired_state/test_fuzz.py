"""No text whatsoever makes loading fail in another way than by its own error."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from desired_state.loader import load
from desired_state.problems import StateFileError
from tests.desired_state.texts import container

GOOD = "---\n".join(
    [
        container(
            "image: &image nginx:1.27\nports: ['8080:80', {target: 443}]\nenvironment: {A: 1, B: '${V:-x}'}\n"
            "depends_on: {db: {condition: service_healthy}}\nprobes: {readiness: {http: {port: 80}, interval: 2s}}\n"
            "deploy: {resources: {limits: {memory: 256M}}}\nvolumes: ['data:/data']\nulimits: {nofile: 9}"
        ),
        container("<<: &x {image: y}\nhealthcheck: {test: [CMD, echo]}", name="db"),
        "apiVersion: ergon/v1\nkind: Volume\nmetadata: {name: data}\n",
        "apiVersion: ergon/v1\nkind: Image\nmetadata: {name: web}\nspec: {build: {context: .}}\n",
    ]
)
marks = st.sampled_from(
    ["&a ", "*a", "<<: ", "!!str ", "- ", "? ", "| ", "{", "}", "[", "]", "\n", "\t", "'", '"', "--- "]
)
values = st.sampled_from(["$", "${A}", "null", "-1", "~", "1e309", "true", "0x1", "[[a]]", "{a: {b: c}}", "''"])


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = GOOD
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 30)))
        text = text[:start] + draw(marks | values | st.text(max_size=3)) + text[end:]
    return text


def test_the_text_that_is_mutated_is_good() -> None:
    assert len(load(["-"], stdin=GOOD, environment={}).resources) == 5


@given(mutated() | st.text() | st.binary())
def test_any_text_loads_or_is_refused(text: str | bytes) -> None:
    with contextlib.suppress(StateFileError):
        load(["-"], stdin=text, environment={})


@given(mutated())
def test_a_refusal_speaks_plainly(text: str) -> None:
    try:
        load(["-"], stdin=text, environment={})
    except StateFileError as error:
        said = str(error)
    else:
        return

    assert "Input should be" not in said
    assert "not accepted here" not in said
