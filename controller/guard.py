"""Keep Ergon from giving up much of a host at once when nobody declared so.

Ergon replaces containers by itself when a tag has moved or when somebody changed what can't be changed
back. Now and then that is right; for a large part of a host at once it is more likely that a registry,
a backup or another daemon is not what it should be. Then nothing that runs is given up until a
person says so: `ergon resume`, or a new spec.

What follows a declaration is never stopped, nor what follows another container that it shares a
namespace with: without its parent it is broken already.
"""

from collections.abc import Iterable

from controller.clock import Clock
from controller.engine_link import EngineLink
from controller.records import Records
from desired_state.key import Key
from reconcilers.decision import Change, Decision
from reconcilers.world import ContainerWorld

REASON = "GCPaused"
_ALWAYS_FINE = 3
_SHARE = 0.3
# Replicas are replaced one after another: what belongs to one sweep may take a while.
_SWEEP_S = 600.0
_UNASKED = ("drift", "image")


class Guard:
    """Counts what would be given up unasked, and stops it above three containers and 30 % of all.

    A stop is remembered in the resource's status, so that it outlives the controller.
    """

    def __init__(self, records: Records, link: EngineLink, clock: Clock) -> None:
        self._records = records
        self._link = link
        self._clock = clock
        self._let_go: dict[tuple[Key, str], float] = {}
        self._confirmed: set[Key] = set()

    def stops(self, world: ContainerWorld, decision: Decision) -> str:
        """Return why nothing of this resource may be given up now, "" when it may."""
        key = world.stored.key
        elsewhere = self._made_elsewhere(world)
        unasked = {(key, change.instance) for change in decision.changes if _is_unasked(change)}
        if not elsewhere and not unasked:
            self._confirmed.discard(key)
            return ""
        if key in self._confirmed:
            return ""
        return elsewhere or self._too_many(key, unasked)

    def confirm(self, key: Key) -> None:
        """Let happen what was stopped about this resource, until that is done."""
        self._confirmed.add(key)

    def limit(self) -> int:
        """Return how many containers may be given up unasked in one sweep."""
        return max(_ALWAYS_FINE, int(self.managed() * _SHARE))

    def managed(self) -> int:
        """Return how many containers Ergon has made."""
        return sum(one.kind == "Container" and one.container_id is not None for one in self._records.instances())

    def containers_of(self, keys: Iterable[Key]) -> int:
        """Return how many containers these resources have."""
        return sum(one.container_id is not None for key in keys for one in self._records.instances_of(key))

    def _too_many(self, key: Key, unasked: set[tuple[Key, str]]) -> str:
        now = self._clock.monotonic()
        self._let_go = {one: at for one, at in self._let_go.items() if now - at < _SWEEP_S}
        sweep = self._let_go.keys() | unasked
        if len(sweep) <= self.limit() and not self._stopped_before(key):
            self._let_go |= dict.fromkeys(unasked - self._let_go.keys(), now)
            return ""
        return (
            f"{len(sweep)} of {self.managed()} containers would be replaced, and nobody declared so; "
            f"`ergon diff` says why, `ergon resume {key.name} -n {key.namespace}` lets it happen"
        )

    def _stopped_before(self, key: Key) -> bool:
        status = self._records.statuses.get(key)
        return status is not None and status.reason == REASON

    def _made_elsewhere(self, world: ContainerWorld) -> str:
        """Return what to do when containers were made by another daemon than the one that answers now."""
        info = self._link.info
        made_by = {one.resolved.get("engine") for one in world.instances if one.container_id not in world.containers}
        if info is None or not made_by - {None, "", info.id}:
            return ""
        key = world.stored.key
        return (
            "its containers were made by another Docker daemon than the one that answers now; point DOCKER_HOST "
            f"at that one, or begin anew here with `ergon resume {key.name} -n {key.namespace}`"
        )


def _is_unasked(change: Change) -> bool:
    """Return whether a change would replace a container though nobody declared anything new."""
    causes = {field.cause for field in change.fields if field.effect == "recreate"}
    return change.action == "replace" and bool(causes) and causes.issubset(_UNASKED)
