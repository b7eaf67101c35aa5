"""What containers do when alive: start, print, end, are stopped, and are restarted by Docker's own policies."""

import signal as signals
from functools import partial
from typing import Any

import anyio

from engine.protocol import Command, Ran
from engine.simulated import ports
from engine.simulated.answers import Refusal
from engine.simulated.behaviour import CommandBehaviour
from engine.simulated.containers import Containers
from engine.simulated.host import NEVER, Host
from engine.simulated.networks import Networks
from engine.simulated.record import Line, Record

_FIRST_RESTART_WAIT_S = 0.1
_LONGEST_RESTART_WAIT_S = 60.0
_GOOD_RUN_S = 10.0
_DEFAULT_HEALTH_INTERVAL_S = 30.0
_ENDING_SIGNALS = ("SIGTERM", "SIGINT", "SIGQUIT")


class Running:
    """The processes of all containers."""

    def __init__(self, host: Host, containers: Containers, networks: Networks) -> None:
        self._host = host
        self._containers = containers
        self._networks = networks

    # starting

    def start(self, record: Record) -> None:
        """Start it; nothing when it runs.

        Raises:
            Refusal: 409 while paused or being removed, else why it can't; the reason stays in its state.
        """
        if record.status == "running":
            return
        if record.status == "paused":
            raise Refusal(409, "cannot start a paused container, try unpause instead")
        if record.being_removed:
            raise Refusal(409, "container is marked for removal and cannot be started")
        record.by_hand = False
        record.restart_wait_s = 0.0
        record.inspect["RestartCount"] = 0
        self._begin(record)

    def _begin(self, record: Record) -> None:
        try:
            self._prepare(record)
        except Refusal as refusal:
            self._leave_networks(record)
            ports.withdraw(self._host, record)
            code = record.behaviour.start_failure_code if refusal.message == record.behaviour.start_failure else 128
            self._stand_still(record, "exited" if record.run else "created", code)
            record.state["Error"] = refusal.message
            raise
        self._come_alive(record)

    def _prepare(self, record: Record) -> None:
        self._find_parent(record)
        for name in list(record.endpoints):
            self._networks.attach(self._networks.find(name), record)
        ports.publish(self._host, record)
        if record.behaviour.start_failure:
            raise Refusal(400 if record.behaviour.start_failure_code == 127 else 500, record.behaviour.start_failure)

    def _find_parent(self, record: Record) -> None:
        kind, _, parent = record.inspect["HostConfig"]["NetworkMode"].partition(":")
        if kind == "container" and not self._containers.find(parent).alive:
            raise Refusal(409, f"cannot join network of a non running container: {parent}")

    def _come_alive(self, record: Record) -> None:
        record.run += 1
        record.started_monotonic = self._host.agenda.monotonic()
        record.gone = anyio.Event()
        alive = {"Status": "running", "Running": True, "Restarting": False, "Pid": self._host.new_pid()}
        record.state.update(alive, ExitCode=0, Error="", OOMKilled=False, StartedAt=self._host.stamp())
        self._emit(record, "start")
        for text in record.behaviour.output:
            self.say(record, text)
        self._plan_health(record)
        behaviour = record.behaviour
        if behaviour.ends_by_itself(record.run):
            self._later(record, behaviour.exit_after_s, partial(self.end, record, behaviour.exit_code or 0))

    def _later(self, record: Record, seconds: float, deed: partial[None]) -> None:
        """Do something to this run of the container, unless it is over by then."""
        run = record.run

        def if_still_on() -> None:
            if record.run == run and record.alive:
                deed()

        self._host.agenda.note(seconds, if_still_on)

    # printing and health

    def say(self, record: Record, text: str, stream: str = "stdout") -> None:
        """Let the container print a line."""
        record.log.append(Line(self._host.agenda.now(), stream, text))
        record.printed.set()
        record.printed = anyio.Event()

    def set_health(self, record: Record, status: str, output: str = "") -> None:
        """Let the container's health check come to a result."""
        before = record.state.get("Health", {}).get("Status")
        entry = {"End": self._host.stamp(), "ExitCode": int(status != "healthy"), "Output": output}
        record.state["Health"] = {"Status": status, "FailingStreak": 0, "Log": [entry]}
        if status != before:
            self._emit(record, f"health_status: {status}")

    def _plan_health(self, record: Record) -> None:
        check = record.inspect["Config"].get("Healthcheck") or {}
        disabled = check.get("Test", ["NONE"]) == ["NONE"]
        script = list(record.behaviour.health)
        if disabled and not script:
            record.state.pop("Health", None)
            return
        record.state["Health"] = {"Status": "starting", "FailingStreak": 0, "Log": []}
        interval_s = (check.get("Interval") or 0) / 1e9 or _DEFAULT_HEALTH_INTERVAL_S
        for seconds, status in script or [(interval_s, "healthy")]:
            self._later(record, seconds, partial(self.set_health, record, status))

    # commands inside

    async def command(self, record: Record, command: Command) -> Ran:
        """Run a command inside the container, as its behaviour says.

        Raises:
            Refusal: 409, it does not run or is paused.
        """
        if record.status != "running":
            state = "is paused, unpause the container before exec" if record.alive else "is not running"
            raise Refusal(409, f"Container {record.id} {state}")
        record.commands.append(" ".join(command.words))
        answer = record.behaviour.commands.get(command.words[0], CommandBehaviour())
        if await self._host.agenda.wait(record.gone, min(answer.takes_s, command.timeout_s)):
            return Ran(137)
        return Ran(None) if answer.takes_s > command.timeout_s else Ran(answer.exit_code, answer.output)

    # ending

    async def stop(self, record: Record, grace_s: float, signal: str | None = None) -> None:
        """Send the stop signal and kill it after `grace_s`; nothing when it is not running."""
        if record.status == "restarting":
            record.by_hand = True
            self._stand_still(record, "exited", record.state["ExitCode"])
            self._emit(record, "stop")
            return
        if not record.alive:
            return
        gone = record.gone
        self.kill(record, signal or record.inspect["Config"].get("StopSignal") or "SIGTERM")
        if not await self._host.agenda.wait(gone, grace_s) and record.alive:
            self.kill(record, "SIGKILL")
        self._emit(record, "stop")

    def kill(self, record: Record, signal: str) -> None:
        """Send a signal; some end the process, as its behaviour says.

        Raises:
            Refusal: 409, it does not run; 400, there is no such signal.
        """
        if not record.alive:
            why = f"Container {record.id} is not running"
            raise Refusal(409, f"Cannot kill container: {record.id}: {why}")
        number = _signal(signal)
        record.by_hand = True
        self._emit(record, "kill", signal=str(number.value))
        if record.status == "paused" and number is not signals.SIGKILL:
            self.unpause(record)
        behaviour = record.behaviour
        if number is signals.SIGKILL:
            self.end(record, 137)
        elif self._ends_on(record, number) and behaviour.stop_after_s:
            self._later(record, behaviour.stop_after_s, partial(self.end, record, behaviour.stop_code))
        elif self._ends_on(record, number):
            self.end(record, behaviour.stop_code)

    def _ends_on(self, record: Record, number: signals.Signals) -> bool:
        own = record.inspect["Config"].get("StopSignal")
        ending = number.name in _ENDING_SIGNALS or (own is not None and _signal(own) is number)
        return ending and not record.behaviour.ignores_sigterm

    def end(self, record: Record, code: int) -> None:
        """Let the main process end, as if by itself; Docker's restart policy then does what it does."""
        ran_s = self._host.agenda.monotonic() - record.started_monotonic
        record.state["OOMKilled"] = record.behaviour.oom_killed and code == 137 and not record.by_hand
        if record.state["OOMKilled"]:
            self._emit(record, "oom")
        restarts = self._restarts(record, code)
        self._stand_still(record, "restarting" if restarts else "exited", code)
        record.state["FinishedAt"] = self._host.stamp()
        self._emit(record, "die", exitCode=str(code))
        self._leave_networks(record)
        ports.withdraw(self._host, record)
        record.gone.set()
        if restarts:
            self._restart_later(record, ran_s)

    def _restarts(self, record: Record, code: int) -> bool:
        name, most = record.policy["Name"], record.policy.get("MaximumRetryCount", 0)
        if record.by_hand or name in ("", "no"):
            return False
        return name != "on-failure" or (code != 0 and not 0 < most <= record.inspect["RestartCount"])

    def _restart_later(self, record: Record, ran_s: float) -> None:
        grown = 0.0 if ran_s >= _GOOD_RUN_S else 2 * record.restart_wait_s
        record.restart_wait_s = min(max(grown, _FIRST_RESTART_WAIT_S), _LONGEST_RESTART_WAIT_S)
        run = record.run

        def again() -> None:
            if record.run == run and record.status == "restarting" and not record.removed.is_set():
                record.inspect["RestartCount"] += 1
                self._begin_unattended(record)

        self._host.agenda.note(record.restart_wait_s, again)

    def _begin_unattended(self, record: Record) -> None:
        try:
            self._begin(record)
        except Refusal:
            # Nobody asked, so nobody is told; the reason is in its state.
            return

    def _stand_still(self, record: Record, status: str, code: int) -> None:
        restarting = status == "restarting"
        record.state.update(
            Status=status, Running=restarting, Restarting=restarting, Paused=False, Pid=0, ExitCode=code
        )

    def _leave_networks(self, record: Record) -> None:
        for name in record.endpoints:
            self._networks.detach(record, name)

    # pausing and removing

    def pause(self, record: Record) -> None:
        if record.status != "running":
            state = "already paused" if record.status == "paused" else "not running"
            raise Refusal(409, f"Container {record.id} is {state}")
        record.state.update(Status="paused", Paused=True)
        self._emit(record, "pause")

    def unpause(self, record: Record) -> None:
        if record.status != "paused":
            raise Refusal(500, f"Container {record.id} is not paused")
        record.state.update(Status="running", Paused=False)
        self._emit(record, "unpause")

    async def remove(self, record: Record, *, force: bool, volumes: bool, takes_s: float = 0.0) -> None:
        """Remove it, killing it first when `force`.

        Raises:
            Refusal: 409, it runs and `force` is not given, or it is being removed already.
        """
        if record.being_removed:
            raise Refusal(409, f"removal of container {record.name} is already in progress")
        if record.status in ("running", "paused", "restarting") and not force:
            how = "Unpause and then stop" if record.status == "paused" else "Stop"
            what = f"You cannot remove a {record.status} container {record.id}"
            raise Refusal(409, f"{what}. {how} the container before attempting removal or force remove")
        if record.alive:
            self.kill(record, "SIGKILL")
        record.being_removed = True
        self._stand_still(record, "removing", record.state["ExitCode"])
        if takes_s:
            await self._host.agenda.wait(anyio.Event(), takes_s)
        self._containers.remove(record, volumes=volumes)

    # the daemon's own end and beginning

    def lose_all(self) -> None:
        """Let every process die with the daemon: no event tells of it."""
        for record in self._containers.all():
            if record.alive or record.status == "restarting":
                self._stand_still(record, "exited", 137)
                record.state["FinishedAt"] = self._host.stamp()
                record.gone.set()
                for name in record.endpoints:
                    self._networks.detach(record, name)
                ports.withdraw(self._host, record)

    def resume_all(self) -> None:
        """Start what Docker's own policies start with the daemon."""
        for record in reversed(self._containers.all()):
            name = record.policy["Name"]
            wanted = name == "always" or (name in ("unless-stopped", "on-failure") and not record.by_hand)
            if wanted and record.state["StartedAt"] != NEVER:
                self._begin_unattended(record)

    def _emit(self, record: Record, action: str, **attributes: Any) -> None:
        self._host.events.emit("container", action, record.id, {**record.attributes, **attributes})


def _signal(text: str) -> signals.Signals:
    try:
        if text.isdigit():
            return signals.Signals(int(text))
        return signals.Signals[f"SIG{text.upper().removeprefix('SIG')}"]
    except (KeyError, ValueError) as error:
        raise Refusal(400, f"Invalid signal: {text}") from error
