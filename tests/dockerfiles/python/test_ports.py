import pytest

from dockerfiles.languages.python import ports
from dockerfiles.languages.python.sources import Sources
from dockerfiles.tree import in_memory


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("app.run(port=5001)", [(5001, "")]),
        ('app.run("0.0.0.0", 5002)', [(5002, "")]),
        ('import os\napp.run(port=int(os.environ.get("PORT", 5003)))', [(5003, "PORT")]),
        ('import os\nport = os.getenv("PORT") or 5004\nserve(app, port=port)', [(5004, "PORT")]),
        ('from http.server import *\nHTTPServer(("", 5005), Handler)', [(5005, "")]),
        ('server.add_insecure_port("[::]:5006")', [(5006, "")]),
        ("queue.listen(5)\nbot.run(token)\nsubprocess.run(['x'], 5)", []),
        # What never ends when it is followed.
        ("port = int(port)\napp.run(port=port)", []),
        ("a = int(b)\nb = int(a)\napp.run(port=a)", []),
    ],
)
def test_a_port_is_what_the_call_that_listens_is_given(code: str, found: list[tuple[int, str]]) -> None:
    module = Sources(in_memory({"main.py": code})).module("main.py")

    assert module is not None
    assert [(one.port, one.env) for one in ports.listening(module)] == found
