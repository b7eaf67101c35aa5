"""What becomes of each difference: it is put right, asked about, only told, or looked away from.

What somebody declared is always carried out; policies are about what changed outside Ergon. A person's
word on one difference goes before the policy.
"""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from desired_state.approval import difference_id
from desired_state.drift import LIFE, Drift, Policy
from desired_state.resource import Stored
from reconcilers.decision import Change, FieldChange
from reconcilers.world import ContainerWorld

_NO_POLICY = Drift()


def govern(world: ContainerWorld, instance: str, fields: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """Return the differences of one container, named `instance`, with the policy and the word that hold for each."""
    drift = world.spec.drift or _NO_POLICY
    return with_words(world.stored, instance, (replace(field, policy=_policy(drift, field)) for field in fields))


def with_words(stored: Stored, instance: str, fields: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """Return differences with what a person said about each."""
    words = {word.difference: word.verdict for word in stored.approvals}
    return tuple(replace(field, verdict=words.get(difference_of(instance, field), "")) for field in fields)


def is_ignored(world: ContainerWorld, path: str) -> bool:
    """Return whether drift of this field is looked away from."""
    return (world.spec.drift or _NO_POLICY).policy_of(path, declared=True) == "ignore"


def is_mended(field: FieldChange) -> bool:
    """Return whether this difference is put right."""
    return field.verdict == "repair" or (field.policy == "enforce" and not field.verdict)


def is_shown(field: FieldChange) -> bool:
    """Return whether this difference is told without being asked for."""
    return field.verdict != "accept" and (field.policy != "ignore" or bool(field.verdict))


def is_asked(field: FieldChange) -> bool:
    """Return whether this difference waits for a person's word."""
    return field.policy == "ask" and not field.verdict


def mended(fields: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """Return the differences that are put right."""
    return tuple(field for field in fields if is_mended(field))


def shown(fields: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """Return the differences that are told."""
    return tuple(field for field in fields if is_shown(field))


def unshown(fields: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """Return the differences that are looked away from."""
    return tuple(field for field in fields if not is_shown(field))


def difference_of(instance: str, field: FieldChange) -> str:
    """Return the identity of one difference of the container named `instance`."""
    return difference_id(instance, field.path, field.cause, field.declared, field.observed)


def change_ids(change: Change) -> list[str]:
    """Return the identity of each difference of a change."""
    return [difference_of(change.instance, field) for field in change.fields]


def plan_id(change: Change) -> str:
    """Return a short name of exactly these differences: another value of any field gives another."""
    words = "\0".join((str(change.key), change.instance, *change_ids(change)))
    return blake2b(words.encode(), digest_size=4).hexdigest()


def left_as_it_is(fields: Iterable[FieldChange]) -> FieldChange | None:
    """Return the difference that says the container does not run, if that is to stay so; None when it is not."""
    return next((field for field in fields if field.path == LIFE and not is_mended(field)), None)


def _policy(drift: Drift, field: FieldChange) -> Policy:
    if field.cause in ("spec", "missing"):
        return "enforce"
    if field.cause in ("image", "dependency"):
        written = drift.written_for(field.path)
        if field.policy != "enforce":  # its image policy leaves it to a person
            return written if written in ("alert", "ignore") else field.policy
        return written or "enforce"
    if field.policy == "alert":
        # Told only, unless somebody asks for more in so many words.
        return drift.written_for(field.path) or ("ignore" if drift.default == "ignore" else "alert")
    return drift.policy_of(field.path, declared=not field.unmanaged)
