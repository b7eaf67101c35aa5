"""Say which versions of software are in the base root."""

import re
from functools import cache
from pathlib import Path


def of(software: str, root: Path) -> str:
    """Return the names with their versions: `redis-server`, `py:flask`, `npm:express`; other words are kept."""
    return ", ".join(_of(name, root) for name in software.split())


@cache
def _of(name: str, root: Path) -> str:
    kind, _, bare = name.rpartition(":")
    if kind == "py":
        folder = f"{bare.replace('-', '_').lower()}-"
        installed = sorted(root.glob("opt/*/lib/python3.11/site-packages/*.dist-info"))
        folders = [path.name for path in installed if path.name.lower().startswith(folder)]
        return f"{bare} {folders[0].removesuffix('.dist-info').rpartition('-')[2] if folders else '?'} (PyPI)"
    if kind == "npm":
        manifest = root / "opt/node/node_modules" / bare / "package.json"
        stated = re.search(r'"version": *"([^"]+)"', manifest.read_text()) if manifest.exists() else None
        return f"{bare} {stated[1] if stated else '?'} (npm)"
    status = (root / "var/lib/dpkg/status").read_text()
    version = re.search(rf"^Package: {re.escape(name)}\n(?:.+\n)*?Version: (.+)$", status, re.MULTILINE)
    return f"{name} {version[1]} (Debian)" if version else name
