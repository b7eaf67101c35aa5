"""Record cases anew, as root on a Linux host with control groups of version 1.

tests/container_ci/recording/base/make.sh FOLDER                 makes what the containers run
ERGON_CASE_BASE=FOLDER python3 -m tools.engine run --apart -- \\
  .venv/bin/python -m tests.container_ci.recording AREA [NAME...]   records
"""

import argparse
import os
import sys
import time
from pathlib import Path

import docker

from tests.container_ci.recorded import FOLDER
from tests.container_ci.recording import versions
from tests.container_ci.recording.scenes import scenes
from tests.container_ci.recording.stage import Late, Stage, import_base
from tests.container_ci.recording.take import take, written

BASE = Path(os.environ.get("ERGON_CASE_BASE", "/var/tmp/cases"))


def main() -> int:
    """Record the scenes that were named, or all of one area; say which could not be."""
    parser = argparse.ArgumentParser(prog="recording", description=__doc__)
    parser.add_argument("area", choices=["discovery", "diagnosis"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--missing", action="store_true", help="only those that have no file yet")
    options = parser.parse_intermixed_args()
    host = os.environ["DOCKER_HOST"]
    stage = Stage(docker.DockerClient(base_url=host, version="auto", timeout=300))
    import_base(stage.engine, BASE / "root.tar")
    failed = 0
    for scene in scenes(options.area):
        target = FOLDER / options.area / f"{scene.name}.json"
        if (options.names and scene.name not in options.names) or (options.missing and target.exists()):
            continue
        began = time.time()
        try:
            with stage.play(scene) as player:
                case = take(stage, scene, player, began, versions.of(scene.software, BASE / "root"))
                log_tail = player.log.splitlines()[-1:] if player.id else [player.refused]
        except Late as late:
            failed += 1
            print(f"{scene.name}: {late}", file=sys.stderr)
            continue
        target.write_text(written(case, str(Path(host.removeprefix("unix://")).parent)), encoding="utf-8")
        state = (case["inspect"] or {"State": {"Status": "refused", "ExitCode": ""}})["State"]
        print(f"{scene.name}: {target.stat().st_size // 1024} KiB {state['Status']} {state['ExitCode']} {log_tail}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
