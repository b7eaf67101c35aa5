"""What a project tells platforms about its start, and when that is no evidence."""

import pytest

from dockerfiles.commands import parsed, shown
from dockerfiles.manifests import Declared, declared
from dockerfiles.tree import in_memory


def read(**files: str) -> Declared:
    return declared(in_memory({"app.py": "", "worker.py": "", **files}))


def commands(found: Declared) -> dict[str, str]:
    return {process.name: shown(process.command) for process in found.processes}


def test_web_comes_first_and_a_release_is_no_process() -> None:
    found = read(Procfile="release: python app.py migrate\nworker: python worker.py\nweb: python app.py\n")

    assert list(commands(found)) == ["web", "worker"]
    assert found.release is not None
    assert shown(found.release) == "python app.py migrate"
    assert {(each.field, each.line) for each in found.evidence} >= {("run_command", 3), ("release_command", 1)}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("python gone.py", "there is no gone.py"),
        ("vendor/bin/heroku-php-apache2 public/", "only its platform has"),
        ("python 'app.py", "can't be read"),
    ],
)
def test_a_line_that_cannot_be_run_is_said_and_not_used(line: str, why: str) -> None:
    found = read(Procfile=f"web: {line}\n")

    assert found.start is None
    assert why in found.cautions[0].text


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("fly.toml", '[processes]\napp = "python app.py"\n'),
        ("render.yaml", "services:\n- {type: web, startCommand: python app.py}\n"),
        ("heroku.yml", "run:\n  web: python app.py\n"),
        ("heroku.yml", "run:\n  web: {command: [python app.py]}\n"),
        ("railway.toml", '[deploy]\nstartCommand = "python app.py"\n'),
        ("railway.json", '{"deploy": {"startCommand": "python app.py"}}'),
        ("railpack.json", '{"deploy": {"startCommand": "python app.py"}}'),
        ("nixpacks.toml", '[start]\ncmd = "python app.py"\n'),
        ("app.yaml", "runtime: python312\nentrypoint: python app.py\n"),
    ],
)
def test_the_files_of_other_platforms_say_how_it_starts(file: str, text: str) -> None:
    found = read(**{file: text})

    assert commands(found) == {"web": "python app.py"}
    assert found.evidence[0].file == file


@pytest.mark.parametrize(
    "text", ["", "[", "processes = 1\n", "[processes]\napp = 3\n", "[[services]]\ninternal_port = 'x'\n"]
)
def test_a_platform_file_that_says_nothing_is_no_evidence(text: str) -> None:
    assert read(**{"fly.toml": text}).processes == ()


def test_a_procfile_goes_before_them_and_fly_knows_the_port() -> None:
    fly = '[processes]\napp = "python worker.py"\n[http_service]\ninternal_port = 8123\n'
    found = read(**{"Procfile": "web: python app.py\n", "fly.toml": fly})

    assert commands(found) == {"web": "python app.py"}
    assert found.port == 8123


@pytest.mark.parametrize(
    ("line", "argv", "shell"),
    [
        ("node server.js", ("node", "server.js"), False),
        ("gunicorn 'my app:x'", ("gunicorn", "my app:x"), False),
        ("serve --port $PORT", ("exec serve --port $PORT",), True),
        ("A=1 serve", ("exec env A=1 serve",), True),
        ("migrate && serve", ("migrate && exec serve",), True),
        ("migrate; serve", ("migrate; serve",), True),
        ("serve | tee log", ("serve | tee log",), True),
        ("echo 'a && b' && serve", ("echo 'a && b' && serve",), True),
        ('serve "$HOME"', ('exec serve "$HOME"',), True),
    ],
)
def test_a_line_is_words_or_for_a_shell_that_its_last_command_replaces(
    line: str, argv: tuple[str, ...], shell: bool
) -> None:
    command = parsed(line)

    assert (command.argv, command.shell) == (argv, shell)
