import pytest

from dockerfiles.analysis import Variable
from dockerfiles.language import Wishes
from dockerfiles.languages.python import environment
from dockerfiles.languages.python.survey import Survey
from dockerfiles.tree import in_memory


def read(code: str, **others: str) -> dict[str, Variable]:
    files = {"main.py": code, **{name.replace("__", "."): text for name, text in others.items()}}
    return {one.name: one for one in environment.variables(Survey(in_memory(files), Wishes()))}


@pytest.mark.parametrize(
    ("code", "required"),
    [
        ('import os\nX = os.environ["X"]', True),
        ('from os import environ as env\nX = env["X"]', True),
        ('import os\nX = os.getenv("X")', False),
        ('import os\nX = int(os.getenv("X"))', True),
        ('import os\nX = os.getenv("X").split(",")', True),
        ('import os\nX = os.getenv("X")\nif not X:\n    raise SystemExit("set X")', True),
        ('import os\nX = os.getenv("X")\nif X is None or len(X) < 3:\n    raise ValueError', True),
        ('import os\nif "X" in os.environ:\n    print(os.environ["X"])', False),
        ('import os\ntry:\n    X = os.environ["X"]\nexcept KeyError:\n    X = None', False),
        ('import os\ntry:\n    X = os.environ["X"]\nexcept KeyError:\n    raise SystemExit("no X")', True),
        ('import os\nos.environ["X"] = "1"\nX = os.environ.get("X")', False),
        ('from decouple import config\nX = config("X")', True),
        ('from decouple import config\nX = config("X", default=3, cast=int)', False),
        ('import environ\nenv = environ.Env(X=(bool, False))\nX = env("X")', False),
        ('import environ\nenv = environ.Env()\nX = env.bool("X")', True),
        ('from environs import Env\nenv = Env()\nX = env.int("X", 5)', False),
        ('from starlette.config import Config\nconfig = Config(".env")\nX = config("X")', True),
    ],
)
def test_a_variable_is_required_when_the_program_fails_without_it(code: str, required: bool) -> None:
    assert read(code)["X"].required is required


@pytest.mark.parametrize(
    ("code", "name", "default"),
    [
        ('import os\nos.getenv("LEVEL", "info")', "LEVEL", "info"),
        ('import os\nos.getenv("LEVEL") or "info"', "LEVEL", "info"),
        ('import os\nD = "info"\nos.environ.get("LEVEL", D)', "LEVEL", "info"),
        ('import os\nos.getenv("DB_PASSWORD", "hunter2")', "DB_PASSWORD", None),
        ('import os\nos.getenv("QUEUE", "amqp://guest:guest@mq")', "QUEUE", None),
        ('from environs import Env\nenv = Env()\nwith env.prefixed("APP_"):\n    env.int("SIZE", 5)', "APP_SIZE", "5"),
    ],
)
def test_a_default_is_told_unless_it_is_a_secret(code: str, name: str, default: str | None) -> None:
    assert read(code)[name].default == default


def test_fields_of_settings_are_named_as_pydantic_names_them() -> None:
    code = """
from typing import ClassVar, Optional
from pydantic import BaseSettings, Field

class Base(BaseSettings):
    class Config:
        env_prefix = "shop_"

class Settings(Base):
    host: str
    port: int = 80
    note: Optional[str]
    key: str = Field(..., env="SIGNING_KEY")
    kinds: ClassVar[list[str]] = []
"""
    found = read(code, requirements__txt="pydantic==1.10.15")

    assert {name: one.required for name, one in found.items()} == {
        "SHOP_HOST": True,
        "SHOP_PORT": False,
        "SHOP_NOTE": False,
        "SIGNING_KEY": True,
    }


def test_names_come_from_an_example_file_and_values_do_not() -> None:
    tree = in_memory(
        {"main.py": "", ".env.example": "# comment\nexport MAIL_FROM=me@example.org\n", ".env": "REAL=1\n"}
    )

    assert environment.variables(Survey(tree, Wishes())) == (Variable("MAIL_FROM", source=".env.example:2"),)
