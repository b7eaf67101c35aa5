"""Give busy services more replicas and idle ones fewer, and limits the size that was measured."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlmodel import Session

from container_ci.sizing.evidence import THROTTLED
from container_ci.sizing.present import limits_of
from container_ci.sizing.recommending import Ground, Sizing, recommend
from container_ci.sizing.samples import Sample
from controller.clock import Clock
from controller.engine_link import EngineLink
from controller.measuring import Measuring
from controller.observed import Observed
from controller.probing import Probing
from controller.records import Records
from controller.workqueue import Priority, WorkQueue
from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.limits import with_limits
from desired_state.resource import Stored
from observed_state.container import Container
from reconcilers import resizing
from reconcilers.autoscaling import Replica, Verdict, Wish, decide
from reconcilers.pausing import is_paused
from reconcilers.readiness import readiness
from store import events, memories, resources
from store.errors import StoreError

# As often as Kubernetes' horizontal autoscaler looks.
EVERY_S = 15.0
# A sample that is older says nothing about now.
FRESH = timedelta(seconds=60)
START = timedelta(seconds=3)
KEPT_ANEW = timedelta(days=7)
SCALED, RESIZED = "scaling", "resizing"
ACTOR = "ergon"

log = structlog.get_logger()
Json = dict[str, Any]


class Scaling:
    """What Ergon changes by itself about how many containers there are and what they may use."""

    def __init__(
        self,
        *,
        records: Records,
        observed: Observed,
        measuring: Measuring,
        probing: Probing,
        link: EngineLink,
        queue: WorkQueue[Key],
        clock: Clock,
    ) -> None:
        self._records = records
        self._observed = observed
        self._measuring = measuring
        self._probing = probing
        self._link = link
        self._queue = queue
        self._clock = clock
        self._wishes: dict[Key, tuple[Wish, ...]] = {}
        self._kept: dict[Key, datetime] = {}
        self.verdicts: dict[Key, Verdict] = {}
        self.resizings: dict[Key, resizing.Resizing] = {}

    async def load(self) -> None:
        """Go on from what was decided before."""
        store = self._records.store
        scales = await store.read(partial(memories.under, topic=SCALED))
        sizes = await store.read(partial(memories.under, topic=RESIZED))
        for key in self._records.resources:
            if (scale := scales.get(str(key))) is not None:
                self._records.scales[key] = int(scale["replicas"])
                self._kept[key] = datetime.fromisoformat(scale["at"])
            if (size := sizes.get(str(key))) is not None:
                self.resizings[key] = resizing.Resizing(**{**size, "at": datetime.fromisoformat(size["at"])})

    async def run(self) -> None:
        """Look every quarter of a minute until cancelled."""
        await self._link.wait_until_up()
        while True:
            await self._clock.sleep(EVERY_S)
            if self._link.reachable:
                await self.look()

    async def look(self) -> None:
        """Decide for everything that asks for it."""
        now = self._clock.now()
        for key, stored in list(self._records.resources.items()):
            spec = stored.resource.spec
            if not isinstance(spec, ContainerSpec) or _is_left_alone(stored, now):
                continue
            try:
                if spec.autoscale is not None and spec.declared_replicas is None:
                    await self._scale(key, spec, now)
                if spec.resources is not None and spec.resources.auto == "apply":
                    await self._resize(stored, spec, spec.resources, now)
            except StoreError as error:
                log.warning("not scaled", key=str(key), reason=str(error))

    # replicas

    async def _scale(self, key: Key, spec: ContainerSpec, now: datetime) -> None:
        stored = self._records.resources[key]
        rollout = self._records.rollouts.get(stored.uid)
        if rollout is not None and rollout.state == "progressing":
            return  # successors would be counted as replicas
        current = self.wanted(key, spec)
        verdict = decide(spec, current, self.replicas(key, spec, now), self._wishes.get(key, ()), now)
        self._wishes[key] = verdict.wishes
        self.verdicts[key] = verdict
        if verdict.replicas == current:
            await self._keep_on(key, current, now)
            return
        reason = "ScaledUp" if verdict.replicas > current else "ScaledDown"
        message = f"from {current} to {verdict.replicas} replicas: {verdict.reason}"
        kept = {"replicas": verdict.replicas, "at": now.isoformat(), "reason": verdict.reason}
        told = events.NewEvent(key, reason, message)
        await self._records.store.write(partial(_note, told=told, topic=SCALED, value=kept, now=now))
        self._records.scales[key] = verdict.replicas
        self._kept[key] = now
        log.info("scaled", key=str(key), replicas=verdict.replicas, reason=verdict.reason)
        self._queue.add(key, Priority.OBSERVED)

    async def _keep_on(self, key: Key, current: int, now: datetime) -> None:
        """Keep a number that has been right for long: what is never said again is forgotten one day."""
        if key in self._kept and now - self._kept[key] > KEPT_ANEW:
            value = {"replicas": current, "at": now.isoformat(), "reason": ""}
            await self._records.store.write(
                partial(memories.remember, about=str(key), topic=SCALED, value=value, now=now)
            )
            self._kept[key] = now

    def wanted(self, key: Key, spec: ContainerSpec) -> int:
        """Return how many replicas there are to be until something else is decided."""
        if spec.autoscale is None or spec.declared_replicas is not None:
            return spec.replica_count
        return self._records.scales.get(key, spec.autoscale.min)

    def replicas(self, key: Key, spec: ContainerSpec, now: datetime) -> list[Replica]:
        """Return the running replicas of a resource, as they were measured within the last minute."""
        found = []
        for container in self._running(key):
            newest = self._measuring.newest(container.id)
            fresh = newest if newest is not None and now - newest.at <= FRESH else None
            found.append(
                Replica(
                    container.name,
                    readiness(spec, container, self._probing.reports()).ready,
                    fresh.cores if fresh and not _covers_the_start(fresh, container) else None,
                    fresh.memory if fresh else None,
                )
            )
        return found

    # limits

    async def _resize(self, stored: Stored, spec: ContainerSpec, policy: Any, now: datetime) -> None:
        key, last = stored.key, self.resizings.get(stored.key)
        sizing = self.sizing(key, spec, now)
        if sizing is None:
            return
        proposals = [
            resizing.Proposal(one.field, one.current, one.recommended, not one.provisional, one.formula)
            for one in sizing.recommendations
        ]
        change = resizing.decide(policy, proposals, last, list(self._troubles(key, last)), now)
        if change is None:
            return
        declared = with_limits(spec.declared(), change.after)
        reason = "LimitsRolledBack" if change.undoes else "LimitsAdjusted"
        message = f"{_in_words(change.after)}: {change.reason}"
        told = events.NewEvent(key, reason, message)
        kept = {**asdict(change), "at": change.at.isoformat()}

        def write(session: Session) -> Stored:
            done = resources.set_limits(session, key, ContainerSpec.from_declared(declared), ACTOR, now, why=message)
            _note(session, told, RESIZED, kept, now)
            return done

        done = await self._records.store.write(write)
        self._records.take_resources([done])
        self.resizings[key] = change
        log.info("limits changed", key=str(key), limits=dict(change.after), reason=change.reason)
        self._queue.add(key, Priority.OBSERVED)

    def sizing(self, key: Key, spec: ContainerSpec, now: datetime) -> Sizing | None:
        """Return what limits follow from what a resource used; None when nothing was measured yet."""
        history = self._measuring.history(key)
        container = next(iter(self._running(key)), None)
        if history is None or container is None:
            return None
        return recommend(history, limits_of(container), self.ground(spec), now)

    def ground(self, spec: ContainerSpec | None) -> Ground:
        """Return what the host below offers."""
        info = self._link.info
        policy = spec.resources if spec is not None else None
        bounded = policy is not None and any(one and one.cpus for one in (policy.min, policy.max))
        return Ground(info.memory if info else 0, info.cpus if info else 0, wants_cpus=bounded)

    def _troubles(self, key: Key, last: resizing.Resizing | None) -> list[resizing.Trouble]:
        """Return what went wrong since the last change."""
        history = self._measuring.history(key)
        if last is None or history is None:
            return []
        kills = [resizing.Trouble("oom", one.at) for one in history.pressures if one.kind == "oom"]
        newest = [found for one in self._running(key) if (found := self._measuring.newest(one.id)) is not None]
        held = [
            resizing.Trouble("throttled", one.at)
            for one in newest
            if one.at - timedelta(seconds=one.took_s) >= last.at and one.throttled_periods > THROTTLED * one.periods > 0
        ]
        return [*kills, *held]

    def _running(self, key: Key) -> list[Container]:
        seen = self._observed.containers
        mine = (one for one in self._records.instances_of(key) if one.role == "main")
        found = (seen.get(one.container_id or "") for one in sorted(mine, key=lambda one: one.slot))
        return [one for one in found if one is not None and one.running]


def _is_left_alone(stored: Stored, now: datetime) -> bool:
    return stored.deleting_since is not None or stored.stopped or is_paused(stored, now)


def _covers_the_start(found: Sample, container: Container) -> bool:
    # What a program does to get going is no load (Kubernetes: a metric counts once its window lies behind readiness).
    return (
        container.started_at is not None and found.at - timedelta(seconds=found.took_s) < container.started_at + START
    )


def _in_words(limits: Mapping[str, float]) -> str:
    return ", ".join(
        f"{name} {value:g}" if name == "cpus" else f"{name} {value / (1 << 20):.0f}M" for name, value in limits.items()
    )


def _note(session: Session, told: events.NewEvent, topic: str, value: Json, now: datetime) -> None:
    memories.remember(session, str(told.key), topic, value, now)
    events.record_new(session, [told], now)
