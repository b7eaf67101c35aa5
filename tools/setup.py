"""Make `.venv`: the locked dependencies, and this checkout installed so that `.venv/bin/ergon` runs it."""

import importlib.util
import subprocess
import sys
from pathlib import Path

from tools import apt
from tools.messages import Impossible, say, stop_with

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)


def main() -> None:
    """Make or complete the virtual environment; `.venv/.complete` marks a finished one."""
    try:
        _check_python()
        _make_venv()
    except Impossible as problem:
        stop_with(problem)
    say("setup: installing the locked dependencies")
    _pip_install("--require-hashes", "--requirement", "requirements-dev.lock")
    # hatchling came with the lock: nothing is fetched that the lock does not name.
    _pip_install("--no-deps", "--no-build-isolation", "--editable", ".")
    (VENV / ".complete").touch()
    say("setup: .venv/bin/ergon is ready")


def _check_python() -> None:
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        raise Impossible(f"Ergon needs Python 3.11 or newer and this is {found}; name another: make PYTHON=python3.12")


def _make_venv() -> None:
    if _works():
        return
    if importlib.util.find_spec("ensurepip") is None:
        apt.install("python3-venv", purpose="Python's venv module")
    say(f"setup: making .venv with Python {sys.version.split()[0]}")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)


def _works() -> bool:
    """Say whether there is an environment whose Python starts and has pip (a moved or half-made one does not)."""
    if not PYTHON.exists():
        return False
    return subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def _pip_install(*arguments: str) -> None:
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
