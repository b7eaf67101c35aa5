"""hadolint over many Dockerfiles in one process."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

_HADOLINT = Path(sys.executable).parent / "hadolint"


def complaints(texts: Mapping[str, str]) -> list[str]:
    """Return what hadolint says about Dockerfiles, each with the name it was given under."""
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for number, (name, text) in enumerate(texts.items()):
            path = Path(folder) / f"{number}.Dockerfile"
            path.write_text(text)
            names[str(path)] = name
        if not names:
            return []
        command = [str(_HADOLINT), "--format", "json", "--no-fail", *names]
        found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return [f"{names[one['file']]}:{one['line']}: {one['code']} {one['message']}" for one in found]
