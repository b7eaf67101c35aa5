"""State files as texts, and what loading them says."""

from collections.abc import Mapping

from desired_state.loader import Loaded, load
from desired_state.problems import StateFileError


def container(spec: str, name: str = "web") -> str:
    """Return a document whose spec is the given YAML, one key a line; the first of them stands in line 5."""
    lines = "".join(f"  {line}\n" for line in spec.strip("\n").splitlines())
    return f"apiVersion: ergon/v1\nkind: Container\nmetadata: {{name: {name}}}\nspec:\n{lines}"


def read(*documents: str, environment: Mapping[str, str] | None = None, complete: bool = False) -> Loaded:
    """Load documents as if they came from standard input."""
    return load(["-"], stdin="---\n".join(documents), environment=environment or {}, complete=complete)


def problems(
    *documents: str | bytes, environment: Mapping[str, str] | None = None, complete: bool = False
) -> list[str]:
    """Return what loading documents complains about, [] when it does not."""
    stdin = b"---\n".join(text.encode() if isinstance(text, str) else text for text in documents)
    try:
        load(["-"], stdin=stdin, environment=environment or {}, complete=complete)
    except StateFileError as error:
        return [str(problem) for problem in error.problems]
    return []
