"""Record cases anew, as root on a Linux host with control groups of version 1.

tests/container_ci/recording/base/make.sh FOLDER                 makes what the containers run
ERGON_CASE_BASE=FOLDER python3 -m tools.engine run --apart -- \\
  .venv/bin/python -m tests.container_ci.recording AREA [NAME...]   records
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker

from tests.container_ci.recorded import AREAS, FOLDER
from tests.container_ci.recording import versions
from tests.container_ci.recording.measure import measure
from tests.container_ci.recording.scene import Load, Scene
from tests.container_ci.recording.scenes import loads, scenes
from tests.container_ci.recording.stage import Late, Stage, import_base
from tests.container_ci.recording.take import take, take_load, written

_LOADS_AT_ONCE = 6
BASE = Path(os.environ.get("ERGON_CASE_BASE", "/var/tmp/cases"))


def main() -> int:
    """Record the scenes that were named, or all of one area; say which could not be."""
    parser = argparse.ArgumentParser(prog="recording", description=__doc__)
    parser.add_argument("area", choices=AREAS)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--missing", action="store_true", help="only those that have no file yet")
    options = parser.parse_intermixed_args()
    stage = _stage()
    import_base(stage.engine, BASE / "root.tar")
    wanted = [
        scene
        for scene in (loads() if options.area == "sizing" else scenes(options.area))
        if (not options.names or scene.name in options.names)
        and not (options.missing and _target(options.area, scene.name).exists())
    ]
    if options.area == "sizing":
        with ThreadPoolExecutor(_LOADS_AT_ONCE) as pool:
            return 0 if all(list(pool.map(_record_load, [one for one in wanted if isinstance(one, Load)]))) else 1
    recorded = [_record(stage, options.area, one) for one in wanted if isinstance(one, Scene)]
    return 0 if all(recorded) else 1


def _stage() -> Stage:
    return Stage(docker.DockerClient(base_url=os.environ["DOCKER_HOST"], version="auto", timeout=300))


def _target(area: str, name: str) -> Path:
    return FOLDER / area / f"{name}.json"


def _record(stage: Stage, area: str, scene: Scene) -> bool:
    began = time.time()
    try:
        with stage.play(scene) as player:
            case = take(stage, scene, player, began, versions.of(scene.software, BASE / "root"))
            last = player.log.splitlines()[-1:] if player.id else [player.refused]
    except Late as late:
        print(f"{scene.name}: {late}", file=sys.stderr)
        return False
    _write(area, scene.name, case)
    state = (case["inspect"] or {"State": {"Status": "refused", "ExitCode": ""}})["State"]
    print(f"{scene.name}: {state['Status']} {state['ExitCode']} {last}")
    return True


def _record_load(load: Load) -> bool:
    stage = _stage()
    try:
        with stage.play(load) as player:
            rows = measure(player, load)
            case = take_load(stage, load, player, rows, versions.of(load.software, BASE / "root"))
    except Late as late:
        print(f"{load.name}: {late}", file=sys.stderr)
        return False
    _write("sizing", load.name, case)
    print(f"{load.name}: {len(rows)} samples, {case['expect']}")
    return True


def _write(area: str, name: str, case: dict[str, Any]) -> None:
    folder = Path(os.environ["DOCKER_HOST"].removeprefix("unix://")).parent
    _target(area, name).write_text(written(case, str(folder)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
