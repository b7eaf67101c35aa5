import pytest

from dockerfiles import native
from dockerfiles.analysis import SystemPackages
from dockerfiles.native import Debian


@pytest.mark.parametrize(("debian", "libaio"), [("bookworm", "libaio1"), ("trixie", "libaio1t64")])
def test_a_package_is_named_as_the_release_names_it(debian: Debian, libaio: str) -> None:
    assert native.packages("python", ["cx_Oracle"], debian).runtime == (libaio,)


def test_a_package_that_a_release_dropped_is_left_out() -> None:
    assert native.packages("python", ["pdfkit"], "bookworm").runtime == ("wkhtmltopdf",)
    assert native.packages("python", ["pdfkit"], "trixie") == SystemPackages()


def test_an_extra_decides_before_the_name_does() -> None:
    assert native.packages("python", ["psycopg"], "bookworm").runtime == ("libpq5",)
    assert native.packages("python", ["psycopg[binary, pool]"], "bookworm") == SystemPackages()
    assert "libpq-dev" in native.packages("python", ["psycopg[c]"], "bookworm").build


def test_what_comes_ready_compiled_needs_nothing_unless_the_build_compiles_it() -> None:
    assert native.packages("python", ["lxml"], "bookworm") == SystemPackages()
    assert native.packages("python", ["lxml"], "bookworm", compiled=["LXML"]).runtime == ("libxml2", "libxslt1.1")


def test_names_are_compared_as_their_registry_compares_them() -> None:
    assert native.packages("python", ["Flask_MySQLdb"], "bookworm").runtime == ("libmariadb3",)
    assert native.packages("ruby", ["PG"], "bookworm") == SystemPackages()


def test_a_name_that_only_resembles_another_needs_nothing() -> None:
    assert native.packages("python", ["psycopg2-wheels", "opencv"], "bookworm") == SystemPackages()


def test_each_package_says_for_which_dependency_it_is_there() -> None:
    found = native.packages("node", ["sharp", "better-sqlite3"], "bookworm")

    assert found.because == {"g++": "better-sqlite3", "make": "better-sqlite3", "python3": "better-sqlite3"}


def test_a_compiler_never_goes_without_its_headers() -> None:
    for library in native._LIBRARIES:
        assert "gcc" not in library.build.split() or "libc6-dev" in library.build.split(), library
