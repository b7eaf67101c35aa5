"""Take down the moment that a scene was played for, as one case in the form of `cases/README.md`."""

import contextlib
import io
import json
import re
import socket
import tarfile
import time
from datetime import UTC, datetime
from typing import Any

from docker.errors import APIError

from tests.container_ci.recording import procfs
from tests.container_ci.recording.measure import Row, bounds
from tests.container_ci.recording.scene import Load, Scene
from tests.container_ci.recording.stage import Player, Stage

_LINES, _LINE_LENGTH, _LOG_LENGTH, _EVENTS = 120, 600, 7_000, 50
_PS = "-eo pid,ppid,comm,args"
_FILE_LIMIT = 4096
_USUAL_ARCHIVE = ("/etc/os-release",)


def take(stage: Stage, scene: Scene, player: Player, began: float, versions: str) -> dict[str, Any]:
    """Return one case. `began` is when the scene was set up, in seconds since 1970."""
    now = time.time()
    engine = stage.engine
    inspect = player.inspect if player.id else None
    running = bool(inspect and inspect["State"]["Running"])
    pids = procfs.processes(player.id) if running else []
    return {
        "title": scene.title,
        "software": versions,
        "how": scene.how or f"started and left alone ({_words(scene)})",
        "held_out": scene.held_out,
        "now": iso(now),
        "inspect": _compact(inspect),
        "image": _image(stage, player),
        "top": _top(player) if running else None,
        "proc": procfs.proc(pids) if running else None,
        "elf": procfs.elf(pids),
        "cgroup": procfs.counters(player.id) if running else None,
        "readings": [[iso(when), files] for when, files in player.readings],
        "archive": _archive(stage, player, (*_USUAL_ARCHIVE, *scene.box.files, *scene.archive)) if player.id else {},
        "log": _log(player) if player.id else [],
        "events": (events := _events(engine, player, began)),
        "exits": _exits(events, inspect),
        "neighbours": [_neighbour(other) for other in stage.players.values() if other is not player],
        "start_error": player.refused,
        "expect": dict(scene.expect),
        "forbid": list(scene.forbid),
    }


def take_load(stage: Stage, load: Load, player: Player, rows: list[Row], versions: str) -> dict[str, Any]:
    """Return one case of sizing from its samples."""
    inspect = player.inspect
    began = time.time() - rows[-1][0]
    stretched = f"; sampled once a second, the clock stretched {load.scale:g} times" if load.scale != 1 else ""
    events = _events(stage.engine, player, time.time() - load.samples - 30)
    return {
        "title": load.title,
        "software": versions,
        "how": (load.how or "kept at work") + stretched,
        "held_out": load.held_out,
        "now": iso(began + rows[-1][0]),
        "time_scale": load.scale,
        "inspect": _compact(inspect),
        "image": _image(stage, player),
        "cgroup": procfs.counters(player.id) or None,
        "log": _log(player)[-20:],
        "events": events,
        "exits": _exits(events, inspect),
        "start_error": None,
        "samples": rows,
        "expect": {
            "enough_data": load.enough,
            "recommendations": bounds(rows, load.expect),
            "also": [],
        },
        "forbid": list(load.forbid),
    }


def iso(seconds: float) -> str:
    """Return a moment as the cases write it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def written(case: dict[str, Any], folder: str) -> str:
    """Return a case as it is stored: compact, one field a line, without what only says where it was recorded."""
    lines = [
        f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
        for key, value in case.items()
    ]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    text = text.replace(folder, "/var/lib/docker").replace("/var/lib/docker/data", "/var/lib/docker")
    return re.sub(rf'(?<=[ "@/]){re.escape(socket.gethostname())}(?=[ ":.])', "host", text)


def _words(scene: Scene) -> str:
    command = scene.box.command
    return (
        "its image's command" if command is None else command if isinstance(command, str) else " ".join(command)[:300]
    )


def _compact(inspect: dict[str, Any] | None) -> dict[str, Any] | None:
    if inspect is None:
        return None
    inspect.pop("GraphDriver", None)
    return inspect


def _image(stage: Stage, player: Player) -> dict[str, Any] | None:
    name = player.box.image.removeprefix("!")
    try:
        image = dict(stage.engine.images.get(name).attrs)
    except APIError:
        return None
    image.pop("GraphDriver", None)
    return image


def _top(player: Player) -> dict[str, Any] | None:
    try:
        return dict(player.stage.engine.api.top(player.id, ps_args=_PS))
    except APIError:
        return None


def _archive(stage: Stage, player: Player, paths: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        with contextlib.suppress(APIError):
            parts, _ = stage.engine.api.get_archive(player.id, path)
            with tarfile.open(fileobj=io.BytesIO(b"".join(parts))) as archive:
                for member in archive.getmembers():
                    if member.isfile() and (content := archive.extractfile(member)):
                        found[path] = _text(content.read(_FILE_LIMIT))
    return found


def _text(data: bytes) -> str:
    # The first bytes of a program tell what it was built for; the rest says nothing here.
    return (data[:64] if data.startswith(b"\x7fELF") else data).decode(errors="replace")


def _log(player: Player) -> list[list[str]]:
    lines = []
    for stream in ("stdout", "stderr"):
        raw = player.printed(stdout=stream == "stdout", stderr=stream == "stderr", timestamps=True)
        for line in raw.decode(errors="replace").splitlines():
            when, _, text = line.partition(" ")
            if re.match(r"\d{4}-\d\d-\d\dT", when):
                lines.append([when, stream, text[:_LINE_LENGTH]])
    lines.sort(key=lambda line: line[0])
    return shortened(lines)


def shortened(lines: list[list[str]]) -> list[list[str]]:
    """Return a log without its middle when it is long: its beginning names the software, its end what happened."""
    while len(lines) > _LINES or sum(len(text) for _, _, text in lines) > _LOG_LENGTH:
        del lines[len(lines) // 3]
    return lines


def _events(engine: Any, player: Player, began: float) -> list[dict[str, Any]]:
    if not player.id:
        return []
    found = engine.api.events(
        since=int(began) - 1, until=int(time.time()) + 1, filters={"container": player.id}, decode=True
    )
    own = [event for event in found if not event["Action"].startswith(("exec", "archive", "extract", "top"))]
    return own[-_EVENTS:]


def _exits(events: list[dict[str, Any]], inspect: dict[str, Any] | None) -> list[dict[str, Any]]:
    exits: list[dict[str, Any]] = []
    started, oom = "", False
    for event in events:
        when = iso(event["timeNano"] / 1e9)
        if event["Action"] == "start":
            started, oom = when, False
        elif event["Action"] == "oom":
            oom = True
        elif event["Action"] == "die":
            code = int(event["Actor"]["Attributes"]["exitCode"])
            exits.append(
                {"exit_code": code, "oom_killed": oom, "error": "", "started_at": started, "finished_at": when}
            )
    if exits and inspect and not inspect["State"]["Running"]:
        state = inspect["State"]
        exits[-1] |= {
            "exit_code": state["ExitCode"],
            "oom_killed": state["OOMKilled"],
            "error": state["Error"],
            "started_at": state["StartedAt"],
            "finished_at": state["FinishedAt"],
        }
    return exits


def _neighbour(player: Player) -> dict[str, Any]:
    inspect = _compact(player.inspect) if player.id else None
    running = bool(inspect and inspect["State"]["Running"])
    return {"inspect": inspect, "ports": sorted(procfs.listening(player.pid)) if running else []}
