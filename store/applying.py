"""Applying: what a set of declarations changes about what is stored. All of it, or nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import uuid4

from sqlmodel import Session

from desired_state.garbage import collection_paused
from desired_state.key import Key
from desired_state.resource import ORPHAN, Resource, Stored
from store import edits, resource_rows
from store.edits import Edit
from store.errors import DeletingConflict, VersionConflict

Outcome = Literal["created", "configured", "unchanged", "pruned"]

# Kept on a resource that is being deleted until nothing of it is left in Docker.
FINALIZER = "ergon.dev/cleanup"


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one resource. `stored` is how it is stored now."""

    key: Key
    outcome: Outcome
    stored: Stored


@collection_paused()
def apply(
    session: Session,
    resources: Sequence[Resource],
    *,
    actor: str,
    now: datetime,
    prune_sources: Collection[str] = (),
    prune_namespace: str | None = None,
    gone_sources: Collection[str] = (),
    expected_versions: Mapping[Key, int] | None = None,
) -> list[Applied]:
    """Make the declarations the stored ones, and return what that changed: declared ones in order, then the others.

    A second, identical call changes nothing. A new spec is a new generation; labels, annotations
    and sources move the version only.

    Args:
        actor: who does it, for the audit trail.
        prune_sources: files that were read completely. What came from them alone and is no
            longer declared is marked for deletion ("pruned"); what other files declare too
            forgets them ("configured").
        prune_namespace: the only namespace of which something is pruned; None: all.
        gone_sources: files that are there no more; with a prune they declare nothing.
        expected_versions: the versions that the caller has seen; absent keys are not checked.

    Raises:
        ValueError: two declarations have one key.
        DeletingConflict: one of them is still being deleted.
        VersionConflict: one of them is not at its expected version (absent counts as 0).
    """
    wanted = {resource.key: resource for resource in resources}
    if len(wanted) != len(resources):
        raise ValueError("two declarations have one key")
    found = resource_rows.fetch(session, wanted, wanted)
    check(wanted, found, expected_versions or {})
    complete = frozenset(prune_sources)
    silent = complete | frozenset(gone_sources) if complete else complete
    pruned = undeclared(session, wanted, complete, prune_namespace)
    plans = [declare(resource, found.get(key), silent, now) for key, resource in wanted.items()]
    plans += [forget_sources(stored, silent, now) for stored in pruned]
    return carried_out(session, plans, actor, now)


def check(wanted: Mapping[Key, Resource], found: Mapping[Key, Stored], expected: Mapping[Key, int]) -> None:
    """Raise what stands against applying."""
    for key in wanted:
        stored = found.get(key)
        version = stored.resource_version if stored else 0
        if key in expected and expected[key] != version:
            raise VersionConflict(key, expected[key], version)
        if stored and stored.deleting_since:
            raise DeletingConflict(key)


def undeclared(
    session: Session, wanted: Collection[Key], complete: frozenset[str], namespace: str | None
) -> list[Stored]:
    """Return the resources (of a namespace) that came from completely read files and are not in them any more."""
    if not complete:
        return []
    sources = resource_rows.sources(session)
    keys = {key for key, files in sources.items() if key not in wanted and complete & {*files}}
    keys = {key for key in keys if namespace in (None, key.namespace)}
    found = resource_rows.fetch(session, keys)
    return [found[key] for key in sorted(keys) if not found[key].deleting_since]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of one resource; no edit when it stays as it is."""

    outcome: Outcome
    stored: Stored
    edit: Edit | None = None


def declare(resource: Resource, stored: Stored | None, complete: frozenset[str], now: datetime) -> Plan:
    """Return what a declaration makes of what is stored under its key."""
    if stored is None:
        new = new_resource(resource, now)
        return Plan("created", new, Edit(None, new, "create", "declared", "Created"))
    fields = changed_fields(stored.resource, resource)
    files = [file for file in stored.sources if file not in complete or file == resource.source]
    if resource.source and resource.source not in files:
        files.append(resource.source)
    if not fields and tuple(files) == stored.sources:
        return Plan("unchanged", stored)
    new_spec = any(field.startswith("spec") for field in fields)
    generation = stored.generation + new_spec
    after = replace(stored, resource=resource, generation=generation, sources=tuple(files))
    message = f"generation {generation}: changed {', '.join(fields)}" if new_spec else "changed metadata"
    return Plan("configured", after, Edit(stored, after, "apply", message, "SpecChanged" if new_spec else ""))


def new_resource(resource: Resource, now: datetime) -> Stored:
    """Return the first generation of a resource."""
    return Stored(
        resource=resource,
        uid=str(uuid4()),
        generation=1,
        resource_version=0,
        created_at=now,
        updated_at=now,
        sources=(resource.source,) if resource.source else (),
    )


def changed_fields(before: Resource, after: Resource) -> list[str]:
    """Return the paths of the top-level fields that differ: `spec.image`, `labels`..."""
    paths = [name for name in ("labels", "annotations") if dict(getattr(before, name)) != dict(getattr(after, name))]
    if before.spec is not after.spec:
        old, new = before.spec.declared(), after.spec.declared()
        paths += [
            f"spec.{name}"
            for name in sorted({*old, *new})
            if name not in old or name not in new or old[name] != new[name]
        ]
    return paths


def forget_sources(stored: Stored, complete: frozenset[str], now: datetime) -> Plan:
    """Return what becomes of a resource that these files declare no more."""
    others = tuple(file for file in stored.sources if file not in complete)
    if not others:
        after = deleting(stored, now)
        return Plan("pruned", after, Edit(stored, after, "prune", "no longer declared in its files", "Deleting"))
    after = replace(stored, resource=replace(stored.resource, source=others[-1]), sources=others)
    return Plan("configured", after, Edit(stored, after, "apply", "no longer declared in one of its files"))


def deleting(stored: Stored, now: datetime, *, orphan: bool = False) -> Stored:
    """Return the resource as it waits for its end; with `orphan` without what was made for it."""
    finalizers = (FINALIZER, ORPHAN) if orphan else (FINALIZER,)
    return replace(stored, deleting_since=stored.deleting_since or now, finalizers=finalizers)


def carried_out(session: Session, plans: Sequence[Plan], actor: str, now: datetime) -> list[Applied]:
    """Write the edits and return what came of each plan, in order."""
    written = iter(edits.write(session, [plan.edit for plan in plans if plan.edit], actor=actor, now=now))
    return [Applied(plan.stored.key, plan.outcome, next(written) if plan.edit else plan.stored) for plan in plans]
