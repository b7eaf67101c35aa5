"""The wheel holds every room, the layers know every room, and the locks name no index."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
NOT_SHIPPED = {"bench", "docs", "examples", "tests", "tools"}
LOCKS = ("requirements.lock", "requirements-dev.lock")


def rooms() -> set[str]:
    """Return the top-level folders that hold shipped Python."""
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    return folders - NOT_SHIPPED


def test_every_room_is_in_the_wheel() -> None:
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == rooms()


def test_every_room_is_in_the_layers() -> None:
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == rooms()


def test_every_room_says_that_it_is_typed() -> None:
    untyped = {room for room in rooms() if not (ROOT / room / "py.typed").exists()}

    assert untyped == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert not re.search(r"https?:|file:|index-url|find-links|trusted-host", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_every_package(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())

    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_locks_agree() -> None:
    runtime, development = (versions(lock) for lock in LOCKS)

    assert runtime.items() <= development.items()


def test_the_locks_hold_what_is_declared() -> None:
    declared = {re.split(r"[\[><=~! ]", line)[0].lower() for line in PROJECT["project"]["dependencies"]}

    assert declared | {"hatchling"} <= versions("requirements.lock").keys()


def test_the_built_wheel_runs_without_the_checkout(tmp_path: Path) -> None:
    installed = install_wheel(build_wheel(tmp_path), tmp_path / "installed")

    shown = run_python("-c", "from console.cli.main import main; main(['version'])", cwd=tmp_path, path=installed)

    assert PROJECT["project"]["version"] in shown


def test_the_built_wheel_holds_nothing_but_rooms(tmp_path: Path) -> None:
    with zipfile.ZipFile(build_wheel(tmp_path)) as wheel:
        tops = {name.split("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == rooms()


def test_the_layers_hold() -> None:
    checked = subprocess.run([tool("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout


def test_the_architecture_page_shows_the_same_rooms() -> None:
    page = ROOT / "docs" / "architecture.md"
    if not page.exists():
        pytest.skip("docs/architecture.md is not written yet")

    named = set(re.findall(r"^\| `(\w+)/` \|", page.read_text(), re.MULTILINE))

    assert named >= rooms()


def versions(lock: str) -> dict[str, str]:
    """Return what a lock pins, by name."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {name.lower(): version for name, version in pins}


def build_wheel(folder: Path) -> Path:
    """Build this checkout's wheel into `folder`, with the hatchling that is installed."""
    subprocess.run([tool("hatchling"), "build", "-t", "wheel", "-d", folder], cwd=ROOT, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install_wheel(wheel: Path, target: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def run_python(*arguments: str, cwd: Path, path: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(path), "NO_COLOR": "1"}
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=True
    )
    return ran.stdout


def tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)
