"""An adoption: what would be recorded, what stands against it, and the one commit that records it.

Nothing in Docker changes here. What is declared and whose containers are whose is committed at once; from then on
the loop sees instances like any others, and ends what differs the way it always does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from controller.runtime import Runtime
from desired_state.key import Key
from desired_state.resource import Resource, Stored
from observed_state.instance import Instance
from reconcilers.actions import Action
from reconcilers.decision import Change
from store import applying, meta
from store import instances as instance_rows
from store.errors import StoreError


class SlotTaken(StoreError):
    """Somebody filled the place meanwhile."""


@dataclass
class Adoption:
    """What an adoption would record, what would then be done, and what stands against it."""

    declared: Sequence[Resource]
    deeds: list[tuple[Stored, Action, Instance]] = field(default_factory=list)
    adopted: list[Change] = field(default_factory=list)
    differs: list[Change] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)

    @property
    def instances(self) -> list[Instance]:
        """The records of what is taken over."""
        return [instance for _, _, instance in self.deeds]

    @property
    def keys(self) -> frozenset[Key]:
        """The resources of what is taken over."""
        return frozenset(stored.key for stored, _, _ in self.deeds)


async def commit(
    runtime: Runtime, adoption: Adoption, *, actor: str
) -> tuple[list[applying.Applied], list[Instance], int]:
    """Declare and record everything at once, or nothing; return what became of it, and the resource version.

    Raises:
        StoreError: it could not be written, or a place was filled meanwhile.
    """
    journal, now = runtime.journal, runtime.clock.now()

    def write(session: Session) -> tuple[list[applying.Applied], list[Instance], int]:
        done = applying.apply(session, adoption.declared, actor=actor, now=now)
        stored = {applied.key: applied.stored for applied in done}
        instances = []
        for imagined, deed, instance in adoption.deeds:
            owner = stored[imagined.key]
            _check_free(session, owner.key, instance.slot)
            generation = owner.generation - (imagined.generation - instance.generation)
            instance = replace(instance, owner_uid=owner.uid, generation=generation)  # noqa: PLW2901
            instance_rows.save(session, instance)
            ids: list[int] = []
            journal.intent(owner.key, deed, owner.generation, ids, instance)(session)
            journal.result(owner.key, deed, ids, instance)(session)
            instances.append(instance)
        return done, instances, meta.resource_version(session)

    done, instances, version = await runtime.store.write(write)
    runtime.records.take_resources(applied.stored for applied in done)
    runtime.records.take_instances(instances)
    return done, instances, version


def _check_free(session: Session, key: Key, slot: int) -> None:
    if any(one.slot == slot for one in instance_rows.of(session, key)):
        raise SlotTaken(f"{key} has got a container of its own meanwhile; look again")


def replacements(changes: Iterable[Change]) -> list[Change]:
    """Return the changes that would end in a new container or network."""
    return [change for change in changes if change.effect == "recreate" and change.action == "replace"]
