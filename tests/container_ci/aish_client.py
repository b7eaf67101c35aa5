"""A client that treats the registry as the aish shell does: prunes it, rewrites it without a lock, sends by HTTP."""

import json
import os
import signal
import urllib.request
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Client:
    """One short-lived command of the shell: it reads the registry when it is made, and works with that snapshot."""

    def __init__(self, root: Path) -> None:
        self._file = root / ".tekton" / "aish" / "ci-registry" / "wrapped_cis.json"
        self.entries = self._loaded()

    def listed(self) -> list[str]:
        """Return what `list` shows: tools and terminals alone."""
        return sorted(name for name, one in self.entries.items() if one["type"] in ("ci_tool", "ci_terminal"))

    def send(self, name: str, message: str) -> str:
        """Return what is printed for a message to a CI that speaks `json_simple`."""
        entry = self.entries[name]
        request = urllib.request.Request(
            entry["endpoint"] + entry["message_endpoint"],
            data=json.dumps({"message": message}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            said = json.loads(answer.read())
        return str(said.get("response") or said.get("message") or said)

    def register(self, name: str, socket: Path) -> None:
        """Add an entry of somebody else's, and write the snapshot, whatever has come to the file since."""
        own = {"name": name, "type": "ci_tool", "pid": os.getpid(), "socket": str(socket)}
        self.entries = {**self.entries, name: own}
        self._write()

    def remove(self, name: str) -> None:
        """Do what `list remove NAME` does: end the process, delete the socket, write the rest."""
        entry = self.entries.pop(name)
        os.kill(entry["pid"], signal.SIGTERM)
        os.kill(entry["pid"], signal.SIGKILL)
        Path(entry["socket"]).unlink()
        self._write()

    def _loaded(self) -> dict[str, Entry]:
        if not self._file.exists():
            return {}
        found: dict[str, Entry] = json.loads(self._file.read_text())
        kept = {name: one for name, one in found.items() if one.get("pid") and _lives(one["pid"]) and _is_there(one)}
        if kept != found:
            self._file.write_text(json.dumps(kept))
        return kept

    def _write(self) -> None:
        self._file.write_text(json.dumps(self.entries))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _is_there(entry: Entry) -> bool:
    return bool(entry.get("socket")) and Path(entry["socket"]).exists()
