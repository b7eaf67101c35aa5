"""That no text of a project can be more than a value in a Dockerfile."""

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerfiles.analysis import Analysis, Command, Healthcheck, Port, Variable
from dockerfiles.existing import read
from dockerfiles.quoting import command, exec_form, paths, value
from dockerfiles.recipe import Base, Copy, Env, Recipe, Run, Runtime, Stage, Workdir
from dockerfiles.rendering import dockerfile

HOSTILE = 'x\nRUN rm -rf / \\\n"; $(id) `id` ${HOME}\r\n\u2028\u202e]'


@given(st.text(max_size=60))
def test_a_value_stays_in_its_line_and_expands_nothing_but_path(text: str) -> None:
    written = value(text)

    assert written.isprintable()
    if written.startswith('"'):
        bare = written[1:-1].replace("\\\\", "").replace('\\"', "").replace("\\$", "")
        assert '"' not in bare
        assert "$" not in bare.replace("$PATH", "").replace("${PATH}", "")


@given(st.lists(st.text(max_size=20), min_size=1))
def test_the_exec_form_is_one_line_of_json_with_the_same_words(words: list[str]) -> None:
    written = exec_form(words)

    assert written.isprintable()
    assert json.loads(written) == words


@pytest.mark.parametrize(
    ("names", "target", "written"),
    [
        (["go.mod", "go.sum"], "./", "go.mod go.sum ./"),
        (["a", "b"], "/srv/x", "a b /srv/x/"),
        (["my file.txt"], "/srv", '["my file.txt", "/srv"]'),
        (["-rf"], "/srv", "./-rf /srv"),
        (["[id].ts"], "/srv", '["[[]id].ts", "/srv"]'),
        (["$HOME"], "/srv", '["\\\\$HOME", "/srv"]'),
    ],
)
def test_names_of_files_are_copied_as_they_are(names: list[str], target: str, written: str) -> None:
    assert paths(names, target) == written


@pytest.mark.parametrize("line", ["a\nb", "a\r\nUSER root", "a \\\n\nUSER root"])
def test_a_command_of_several_lines_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="more than one line"):
        command(line)


def hostile_dockerfile(text: str) -> str:
    analysis = Analysis(
        *("", "python", text, text),
        framework=text,
        ports=(Port(8000),),
        env=(Variable(text, required=True),),
        release_command=Command((text,)),
        confidence={text: 0.1},
    )
    steps = (Workdir("/app"), Copy(("main.py",), "./", text), Env({"NAME": text}, text), Run(("true",), text))
    runtime = Runtime(
        *(Command(("python", text)), 8000),
        healthcheck=Healthcheck("http", text),
        probe="python",
        environment={"GREETING": text},
    )
    return dockerfile(Recipe((Stage("run", Base("python", "3.12"), steps, text),), runtime), analysis).text


@pytest.mark.parametrize("text", [HOSTILE, "plain", "\\", '"', "'", "# x=y", "ends with \\", "\x1b[2J"])
def test_hostile_text_adds_no_instruction_to_a_dockerfile(text: str) -> None:
    words = [each.word for each in read(hostile_dockerfile(text))]

    assert words == [each.word for each in read(hostile_dockerfile("plain"))]


def test_what_is_set_for_one_command_is_quoted_for_the_shell() -> None:
    run = Run(("build",), "why", environment={"SECRET": HOSTILE})
    stage = Stage("run", Base("python", "3.12"), (run,), "the image")
    text = dockerfile(Recipe((stage,), Runtime(Command(("x",)))), Analysis("", "python")).text

    exported = next(line for line in text.split("\n") if line.startswith("RUN export "))
    assert len(shlex.split(exported.removesuffix(" \\"))) == 3
