"""Where aish lives, if it does."""

import os
from pathlib import Path


def root_from_environment() -> Path | None:
    """Return Tekton's root folder: `ERGON_AISH_ROOT` (`off` for none), else `TEKTON_ROOT`; None when neither is set."""
    chosen = os.environ.get("ERGON_AISH_ROOT") or os.environ.get("TEKTON_ROOT") or "off"
    return None if chosen == "off" else Path(chosen).expanduser().absolute()
