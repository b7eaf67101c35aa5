"""The simulated daemon to test against, in real time, with the programs as behaviours."""

from datetime import UTC, datetime
from time import monotonic

import anyio

from engine.simulated import Behaviour, SimulatedEngine
from engine.simulated.behaviour import command_not_found
from tests.engine_contract import bench

_CONFIGS = {
    bench.RICH: {
        "User": "1000",
        "WorkingDir": "/srv",
        "Env": ["FROM_IMAGE=yes"],
        "Labels": {"made-by": "contract"},
        "Volumes": {"/data": {}},
        "ExposedPorts": {"8080/tcp": {}},
    },
}
_BEHAVIOURS = {
    bench.SLEEPER: Behaviour(),
    bench.STUBBORN: Behaviour(ignores_sigterm=True),
    bench.FAILING: Behaviour(exit_code=3),
    bench.TALKER: Behaviour(output=("one", "two", "three"), exit_code=0, exit_after_s=0.5),
    bench.BROKEN: command_not_found("no-such-command"),
    bench.CHECKED: Behaviour(health=((0.2, "healthy"),)),
    bench.RICH: Behaviour(),
}


class _WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(max(seconds, 0))


class SimulatedBench:
    """`Bench` on a daemon in memory."""

    def __init__(self, prefix: str, api_version: tuple[int, int]) -> None:
        self.engine = SimulatedEngine(_WallClock(), api_version=api_version)
        self.engine.daemon.host.missing_paths.add(bench.MISSING_PATH)
        self.prefix = prefix
        for program, behaviour in _BEHAVIOURS.items():
            self.engine.add_image(self.image(program), behaviour, config=_CONFIGS.get(program))

    def image(self, program: str) -> str:
        return f"ergon-contract/{program}:latest"

    async def pause(self, container_id: str) -> None:
        self.engine.docker.pause(container_id)
