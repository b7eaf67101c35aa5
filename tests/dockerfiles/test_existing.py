"""A Dockerfile of a project's own: how it is read, what counts in it, and what is said about it."""

from collections.abc import Mapping

import pytest

from dockerfiles.advice import advice
from dockerfiles.analysis import Analysis, Command, Port, Version
from dockerfiles.existing import Declaration, declaration, existing
from dockerfiles.generating import Generated, generate
from dockerfiles.keeping import reasons
from dockerfiles.language import Wishes
from dockerfiles.tree import in_memory

TWO_STAGES = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.11
FROM python:${VERSION}-slim AS build
RUN apt-get update && \\
    # a compiler

    apt-get install -y gcc
FROM build AS test
FROM debian:bookworm-slim
ENV PORT 9000
RUN <<END
CMD nothing
END
EXPOSE $PORT 9001/udp
COPY --from=build /x /x
cmd ["serve", "--port", "9000"]
"""


def read(text: str, **files: str) -> Declaration:
    found = declaration(in_memory({"Dockerfile": text, **files}))
    assert found is not None
    return found


def test_the_last_stage_says_what_the_image_is() -> None:
    found = read(TWO_STAGES)

    assert found.bases == [("python:3.11-slim", 3), ("debian:bookworm-slim", 9)]
    assert found.ports == [(9000, 14), (9001, 14)]
    assert found.command == (Command(("serve", "--port", "9000")), 16)


@pytest.mark.parametrize("path", ["Dockerfile", "dockerfile", "Containerfile", "docker/Dockerfile", "Dockerfile.prod"])
def test_it_is_found_under_the_usual_names(path: str) -> None:
    assert existing(in_memory({path: "FROM x", "compose.yml": ""})).dockerfile == path


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("FROM python", "dockerfile-tag"),
        ("FROM python:latest", "dockerfile-tag"),
        ("USER root", "dockerfile-root"),
        ("CMD python app.py", "dockerfile-shell"),
        ('CMD ["npm", "run", "dev"]', "dockerfile-dev-server"),
        ('CMD ["python", "manage.py", "runserver"]', "dockerfile-dev-server"),
        ("ENV API_TOKEN=abc", "dockerfile-secret"),
        ("RUN apt-get update && apt-get install -y curl", "dockerfile-lists"),
        ("ADD src /src", "dockerfile-add"),
        ("COPY gone.txt /srv/", "dockerfile-missing"),
        ("EXPOSE 80", "dockerfile-port"),
    ],
)
def test_what_could_be_better_is_said_with_its_line(line: str, code: str) -> None:
    found = read(f"FROM python:3.12-slim\nUSER 1000\n{line}\n", **{"src/a": ""})

    said = advice(found, Analysis("", "python", ports=(Port(8000),)), in_memory({"src/a": ""}))

    assert [(each.code, each.line) for each in said if each.line] == [(code, 3)]


def test_another_version_than_the_project_asks_for_is_said() -> None:
    wanted = Analysis("", "python", language_version=Version("3.12", source=".python-version:1"))

    assert [each.code for each in advice(read("FROM python:3.9-slim\nUSER 1\n"), wanted, in_memory({}))] == [
        "dockerfile-version"
    ]


def test_nothing_is_said_about_a_good_one() -> None:
    good = 'FROM python:3.12-slim\nUSER 1000\nCMD ["python", "-m", "shop"]\n'

    assert advice(read(good), Analysis("", "python"), in_memory({})) == []


def page(**files: str) -> tuple[Generated, Mapping[str, str]]:
    whole = {"index.html": "<title>Hi</title>", **files}
    return generate(in_memory(whole), Wishes()), whole


def test_a_generated_one_fits_until_the_project_changes() -> None:
    made, files = page()
    later, changed = page(**{"nginx.conf": "server { listen 9000; }"})

    assert reasons(made, in_memory({**files, "Dockerfile": made.dockerfile})) == []
    assert reasons(later, in_memory({**changed, "Dockerfile": made.dockerfile})) != []


def test_one_written_by_hand_fits_as_long_as_its_facts_do() -> None:
    made, files = page()
    theirs = "FROM nginx:1.27\nCOPY index.html /usr/share/nginx/html/\nEXPOSE 8080\n"

    assert reasons(made, in_memory({**files, "Dockerfile": theirs})) == []
    assert reasons(made, in_memory({**files, "Dockerfile": theirs.replace("index", "home")})) == [
        "Dockerfile:2: it copies home.html, which is not there"
    ]
