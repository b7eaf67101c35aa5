import pytest

from dockerfiles.language import Wishes
from dockerfiles.languages.python import versions
from dockerfiles.languages.python.survey import Survey
from dockerfiles.tree import in_memory


def chosen(**files: str) -> versions.Chosen:
    tree = in_memory({name.replace("__", "."): text for name, text in files.items()})
    return versions.choose(tree, Survey(tree, Wishes()).manifest, Wishes())


@pytest.mark.parametrize(
    ("constraint", "value"),
    [
        (">=3.9", "3.13"),
        (">=3.9,<3.12", "3.11"),
        ("~=3.10", "3.13"),
        ("==3.11.*", "3.11"),
        ("==3.11.4", "3.11"),
        (">3.8,!=3.13.*", "3.12"),
        (">=3.14", "3.14"),
    ],
)
def test_the_newest_python_inside_the_range_is_taken(constraint: str, value: str) -> None:
    project = f'[project]\nname = "x"\nrequires-python = "{constraint}"\ndependencies = []\n'

    assert chosen(pyproject__toml=project).version.value == value


@pytest.mark.parametrize(
    ("pin", "value"),
    [
        ("Django==1.11.29", "3.7"),
        ("Django==2.2", "3.9"),
        ("Django==3.2.25", "3.10"),
        ("Django==4.2.11", "3.12"),
        ("numpy==1.23.5", "3.11"),
        ("numpy==1.26.4", "3.12"),
        ("pandas==1.4.4", "3.10"),
        ("psycopg2-binary==2.8.5", "3.8"),
        ("psycopg2-binary==2.9.9", "3.12"),
        ("requests==2.31.0", "3.13"),
        ("# numpy==1.23.5", "3.13"),
    ],
)
def test_what_is_pinned_has_to_run_on_it(pin: str, value: str) -> None:
    assert chosen(requirements__txt=f"{pin}\nclick\n").version.value == value


def test_an_exact_version_goes_before_a_range_and_a_conflict_is_told() -> None:
    tree = in_memory({".python-version": "# ours\n3.12.1\n", "requirements.txt": "numpy==1.23.5\n"})
    found = versions.choose(tree, Survey(tree, Wishes()).manifest, Wishes())

    assert (found.version.value, found.version.source) == ("3.12", ".python-version:2")
    assert [caution.code for caution in found.cautions] == ["version-conflict"]
