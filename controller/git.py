"""What is asked of the git command: a copy, and what a copy is called now. Nothing of the repository is executed.

A repository's own configuration can name programs. Those that these questions could start are turned off: the
file-system monitor, hooks, and every way to another machine (a partial clone fetches what it misses). There is no
`-dirty` in what is answered: finding out would run the filters that the repository configures.
"""

import os
import shutil
import subprocess
from pathlib import Path

_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never")
_PATIENCE_S = 10
_CLONING_S = 240


def described(folder: Path) -> str:
    """Return `git describe` of a folder (`v1.4.0-3-g5f2c1ab`, without tags the commit), "" where that can't be had."""
    return _said(folder, "describe", "--tags", "--always")


def revision(folder: Path) -> str:
    """Return the commit that a folder is at, "" where there is none."""
    return _said(folder, "rev-parse", "--verify", "HEAD")


def clone(address: str, target: Path, branch: str) -> str:
    """Copy the newest state of a repository, without its history and submodules; return "", or why that failed."""
    git = shutil.which("git")
    if git is None:
        return "there is no git command; install it"
    chosen = ("--branch", branch) if branch else ()
    words = ("clone", "--quiet", "--depth", "1", "--template=", *chosen, "--", address, str(target))
    environment = {
        **os.environ,
        "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }
    try:
        done = subprocess.run(  # noqa: S603 - our own words; what is given stands behind --
            [git, "-c", "core.hooksPath=/dev/null", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_CLONING_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {_CLONING_S} s"
    except OSError as error:
        return str(error.strerror or error)
    return "" if done.returncode == 0 else done.stderr.decode(errors="replace").strip().splitlines()[-1]


def _said(folder: Path, *question: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_OPTIONAL_LOCKS": "0"}
    command = [git, "-C", str(folder), *_QUIET, *question]
    try:
        asked = subprocess.run(  # noqa: S603 - our own words
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.decode(errors="replace").strip() if asked.returncode == 0 else ""
