"""Resolve the declared dependencies into lock files that hold names, versions and hashes, and no index.

One resolution serves every platform and Python that `pyproject.toml` allows. The development lock
is made first, and the run-time lock takes its versions from it.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEV_LOCK = "requirements-dev.lock"
LOCK = "requirements.lock"


def main() -> None:
    """Rewrite both lock files, upgrading what may be upgraded."""
    _compile_to(DEV_LOCK, "--group", "dev", "--upgrade")
    _compile_to(LOCK, "--group", "build", "--constraints", DEV_LOCK, "--upgrade")


def _compile_to(lock: str, *options: str) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    unnamed = ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    universal = ["--universal", "--python-version", "3.11", "--generate-hashes"]
    command = [uv, "pip", "compile", "--quiet", "pyproject.toml", *options, *universal, *unnamed, "--output-file", lock]
    subprocess.run(command, cwd=ROOT, check=True)
    print(f"{lock}: {_packages_in(ROOT / lock)} packages")


def _packages_in(lock: Path) -> int:
    return sum("==" in line for line in lock.read_text().splitlines())


if __name__ == "__main__":
    main()
