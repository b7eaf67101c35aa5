"""Keep Ergon from giving up much of a host at once when nobody declared so.

Ergon replaces containers by itself when a tag has moved or when somebody changed what can't be changed
back. Now and then that is right; for a large part of a host at once it is more likely that a registry,
a backup or another daemon is not what it should be. Then nothing that runs is given up until a
person says so: `ergon gc --confirm`, or a new spec.

What follows a declaration is never stopped, nor what follows another container that it shares a
namespace with: without its parent it is broken already.
"""

from collections.abc import Iterable

from controller.clock import Clock
from controller.engine_link import EngineLink
from controller.records import Records
from desired_state.key import Key
from reconcilers.decision import Change, Decision
from reconcilers.policies import mended
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

    def stops(self, world: ContainerWorld, decision: Decision) -> str:
        """Return why nothing of this resource may be given up now, "" when it may."""
        elsewhere, unasked = self._made_elsewhere(world), _unasked(world, decision)
        confirmed = any(word.verdict == "let-go" for word in world.stored.approvals)
        if confirmed or not (elsewhere or unasked):
            return ""
        return elsewhere or self._too_many(world.stored.key, unasked)

    def minds(self, world: ContainerWorld, decision: Decision) -> bool:
        """Return whether there is still something that only a person's confirmation lets happen."""
        return bool(self._made_elsewhere(world) or _unasked(world, decision))

    def stopped(self) -> list[Key]:
        """Return the resources of which something is held back, in order."""
        return sorted(key for key in self._records.statuses if self._stopped_before(key))

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
            f"`ergon diff` says why, `ergon gc --confirm {key.name} -n {key.namespace}` lets it happen"
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
            f"at that one, or begin anew here with `ergon gc --confirm {key.name} -n {key.namespace}`"
        )


def _unasked(world: ContainerWorld, decision: Decision) -> set[tuple[Key, str]]:
    return {(world.stored.key, change.instance) for change in decision.changes if _is_unasked(change)}


def _is_unasked(change: Change) -> bool:
    """Return whether a change would replace a container though nobody declared anything new."""
    causes = {field.cause for field in mended(change.fields) if field.effect == "recreate" and not field.verdict}
    return change.action == "replace" and bool(causes) and causes.issubset(_UNASKED)
