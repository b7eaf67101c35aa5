"""Record what is newly seen of our containers: how they looked at first, and how their runs ended."""

from collections.abc import Callable
from dataclasses import replace

from sqlmodel import Session

from controller.clock import Clock
from controller.engine_link import BEFORE_US
from controller.observed import Observed
from controller.postmortems import EndOfRun, Postmortems
from controller.records import Records
from desired_state.key import Key
from observed_state.container import Container
from observed_state.instance import Instance
from reconcilers.world import Outage
from store import exits

_BY_HAND = "stopped by hand"


class Sightings:
    """Notes first looks and ends of runs, each once, in the store and on the instance; `ended` hears of the latter."""

    def __init__(
        self,
        records: Records,
        observed: Observed,
        clock: Clock,
        postmortems: Postmortems,
        ended: Callable[[Key, Container], None] = lambda *_: None,
    ) -> None:
        self._records = records
        self._observed = observed
        self._clock = clock
        self._ended = ended
        self._postmortems = postmortems

    async def note(self, key: Key, outage: Outage | None, engine_version: str) -> None:
        """Record what of one resource's containers is not recorded yet, as this version of the engine shows it."""
        for instance in self._records.instances_of(key):
            container = self._observed.containers.get(instance.container_id or "")
            if container is None:
                continue
            if instance.baseline is None:
                instance = await self._records.save(replace(instance, baseline=container))  # noqa: PLW2901
            if instance.resolved.get("engine_version") != engine_version:
                instance = await self._look_anew(instance, container, engine_version)  # noqa: PLW2901
            if _has_ended(instance, container):
                await self._record_end(key, instance, container, outage)

    async def _look_anew(self, instance: Instance, container: Container, engine_version: str) -> Instance:
        """Take what is fixed at creation as this engine shows it: another version may store and show it otherwise."""
        baseline = replace(instance.baseline or container, frozen=container.frozen, labels=container.labels)
        resolved = {**instance.resolved, "engine_version": engine_version}
        return await self._records.save(replace(instance, baseline=baseline, resolved=resolved))

    async def _record_end(self, key: Key, instance: Instance, container: Container, outage: Outage | None) -> None:
        reason, evidence, counted = self._judge(instance, container, outage)
        restarts = replace(
            instance.restarts,
            last_exit_at=container.finished_at,
            last_exit_code=container.exit_code,
            last_exit_by_hand=reason == _BY_HAND,
            unended=False,
        )
        now = self._clock.now()

        def write(session: Session) -> None:
            exits.record(
                session,
                key,
                instance=instance.uid,
                container_id=container.id,
                exit_code=container.exit_code,
                oom_killed=container.oom_killed,
                error=container.error,
                started_at=container.started_at,
                finished_at=container.finished_at,
                reason=reason,
                evidence=evidence,
                counted=counted,
                now=now,
            )

        await self._records.save(replace(instance, restarts=restarts), write)
        self._ended(key, container)
        self._postmortems.note(EndOfRun(key, instance, container, crashed=counted))

    def _judge(self, instance: Instance, container: Container, outage: Outage | None) -> tuple[str, str, bool]:
        """Return why a run ended, what shows that, and whether it counts as a crash."""
        seen = self._observed.evidence
        if instance.stop_expected:
            return "stopped by Ergon", "", False
        stopped = seen.stopped_at(container.id)
        if stopped and container.started_at and stopped >= container.started_at:
            return _BY_HAND, seen.behind(container.id, "status.state"), False
        ended = container.finished_at
        if outage and ended and outage.lost_at <= ended <= outage.back_at:
            return "ended with the Docker daemon", _in_words(outage), False
        reason = "OOMKilled" if container.oom_killed else f"exit {container.exit_code}"
        return reason, seen.behind(container.id, "status.state"), True


def _in_words(outage: Outage) -> str:
    back = f"{outage.back_at:%Y-%m-%d %H:%M:%S}Z"
    if outage.lost_at == BEFORE_US:
        return f"the daemon came back at {back}, before this controller saw it"
    return f"the daemon was away from {outage.lost_at:%Y-%m-%d %H:%M:%S}Z until {back}"


def _has_ended(instance: Instance, container: Container) -> bool:
    ended = container.state in ("exited", "dead") and container.finished_at is not None
    return ended and container.finished_at != instance.restarts.last_exit_at
