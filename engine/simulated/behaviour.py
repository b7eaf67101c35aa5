"""What a simulated container's main process does once it is started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A process as seen from outside. Times are seconds after the start.

    It runs until stopped, unless `exit_code` is set: then it ends with that code after `exit_after_s`,
    on every run, or on the first `crashes` runs only. `output` is what it prints when it starts.
    `start_failure` is the daemon's message when it can't be started at all (with `start_failure_code`).
    `health` is the script of its health check: (seconds, status) pairs; none means it has no check.
    `processes` are what runs: parent (an index among them, or None), name and command line of each; none means
    the container's own command alone. `files` are what its image brings, by absolute path.
    `commands` are the answers of commands run inside it, by their first word; others end with 0 at once.
    """

    exit_code: int | None = None
    exit_after_s: float = 0.0
    crashes: int | None = None
    oom_killed: bool = False
    ignores_sigterm: bool = False
    stop_code: int = 0
    stop_after_s: float = 0.0
    start_failure: str = ""
    start_failure_code: int = 127
    output: Sequence[str] = ()
    health: Sequence[tuple[float, str]] = ()
    processes: Sequence[tuple[int | None, str, str]] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    commands: Mapping[str, "CommandBehaviour"] = field(default_factory=dict)

    def ends_by_itself(self, run: int) -> bool:
        """Return whether the `run`-th run (from 1) ends without being stopped."""
        return self.exit_code is not None and (self.crashes is None or run <= self.crashes)


@dataclass(frozen=True, slots=True)
class CommandBehaviour:
    """What a command does that is run inside a container. `takes_s` is how long it takes."""

    exit_code: int = 0
    output: str = ""
    takes_s: float = 0.0


RUNS_UNTIL_STOPPED = Behaviour()


def command_not_found(command: str) -> Behaviour:
    """Return the behaviour of an image whose command does not exist."""
    return Behaviour(
        start_failure=(
            "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container "
            f'process: exec: "{command}": executable file not found in $PATH: unknown'
        )
    )
