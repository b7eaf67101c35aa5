"""The stable JSON shapes of answers: every field always present, times ISO 8601 UTC."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from controller.plans import Plan
from desired_state.key import Key
from desired_state.resource import Pause, Stored, to_document
from observed_state.container import Container, ContainerSummary
from observed_state.instance import Instance
from observed_state.status import Condition, Status
from reconcilers.decision import Change, FieldChange, Outlook
from reconcilers.policies import plan_id
from store.applying import Applied
from store.audit import Verified
from store.exit_reports import Report
from store.tables import ActionRecord, AuditRecord, Event, Exit

Json = dict[str, Any]


def diff(plan: Plan, *, unshown: bool = False) -> Json:
    """Return the `diff` shape. What is not shown is listed when asked for, and says nothing about being in sync."""
    found = (*plan.changes, *plan.unshown) if unshown else plan.changes
    return {"in_sync": not plan.changes, "plan": plan.basis.id, "changes": changes(found)}


def changes(found: Sequence[Change]) -> list[Json]:
    """Return the changes of the `diff` shape."""
    return [_change(change) for change in found]


def _change(change: Change) -> Json:
    return {
        **_key(change),
        "plan": plan_id(change),
        "instance": change.instance,
        "action": change.action,
        "effect": change.effect,
        "order": change.order,
        "when": _outlook(change.outlook),
        "interruption": change.interruption,
        "fields": [_field(field) for field in change.fields],
    }


def key(key: Key) -> Json:
    """Return what names a resource."""
    return {"kind": key.kind, "namespace": key.namespace, "name": key.name}


def _outlook(outlook: Outlook) -> Json:
    return {"word": outlook.when, "at": moment(outlook.at), "why": outlook.why}


def _key(thing: Change | Applied | Stored) -> Json:
    return key(thing.key)


def _field(field: FieldChange) -> Json:
    return {
        "path": field.path,
        "declared": field.declared,
        "observed": field.observed,
        "cause": field.cause,
        "effect": field.effect,
        "since": moment(field.since),
        "evidence": field.evidence,
        "unmanaged": field.unmanaged,
        "policy": field.policy,
        "verdict": field.verdict,
    }


def resource(
    stored: Stored,
    status: Status,
    instances: Iterable[Instance],
    containers: Mapping[str, Container],
    told: Callable[[str], Json] = lambda _: {},
) -> Json:
    """Return one row of `status`. `told` gives what a container's companion found out, {} where there is none."""
    return {
        **_key(stored),
        "generation": stored.generation,
        "observed_generation": status.observed_generation,
        "ready": status.ready,
        "phase": status.phase,
        "reason": status.reason,
        "message": status.message,
        "desired": status.desired,
        "running": status.running,
        "restarts": status.restarts,
        "drift": status.drift,
        "pause": pause(stored.pause),
        "conditions": [_condition(condition) for condition in status.conditions],
        "instances": [
            _instance(one, containers.get(one.container_id or ""), told(one.container_id or ""))
            for one in sorted(instances, key=lambda one: (one.slot, one.generation))
            if stored.key.kind == "Container"
        ],
    }


def pause(paused: Pause | None) -> Json | None:
    """Return who keeps hands off a resource, until when and why."""
    if paused is None:
        return None
    times = {"since": moment(paused.since), "until": moment(paused.until)}
    return {"by": paused.by, "reason": paused.reason, **times}


def _condition(condition: Condition) -> Json:
    return {**asdict(condition), "last_transition": moment(condition.last_transition)}


def _instance(instance: Instance, container: Container | None, told: Json) -> Json:
    restarts = instance.restarts
    held = f"{restarts.held}: {restarts.last_reason}" if restarts.held else ""
    return {
        "name": container.name if container else instance.name,
        "role": instance.role,
        "container_id": instance.container_id or "",
        "state": container.state if container else ("pending" if instance.container_id is None else "absent"),
        "health": told.get("health") or (container.health if container else "none"),
        "exit_code": container.exit_code if container and container.state == "exited" else restarts.last_exit_code,
        "restarts": restarts.total,
        "started_at": moment(container.started_at if container else None),
        "ports": _ports(container) if container else [],
        "services": told.get("services", []),
        "finding": told.get("finding") or held,
    }


def _ports(container: Container) -> list[str]:
    """Return published ports as `8080->80/tcp`, those bound on all addresses once."""
    texts = (
        f"{'' if port.host_ip in ('', '0.0.0.0', '::') else port.host_ip + ':'}"  # noqa: S104 - read, not bound
        f"{port.host_port}->{port.container_port}/{port.protocol}"
        for port in container.ports
    )
    return list(dict.fromkeys(texts))


def unmanaged(rows: Iterable[ContainerSummary]) -> list[Json]:
    """Return the host's other containers."""
    ordered = sorted(rows, key=lambda row: row.name)
    return [{"name": row.name, "container_id": row.id, "image": row.image, "state": row.state} for row in ordered]


def applied(result: Applied) -> Json:
    """Return what became of one declared resource."""
    return {**_key(result), "outcome": result.outcome, "generation": result.stored.generation}


def event(row: Event) -> Json:
    """Return one recorded event."""
    return {
        "id": row.id,
        "time": moment(row.last_seen),
        "first_seen": moment(row.first_seen),
        "count": row.count,
        "type": row.type,
        "kind": row.kind,
        "namespace": row.namespace,
        "name": row.name,
        "instance": row.instance,
        "reason": row.reason,
        "message": row.message,
    }


def action(row: ActionRecord) -> Json:
    """Return one recorded deed."""
    return {
        "action": row.action,
        "instance": row.instance,
        "reason": row.reason,
        "generation": row.generation,
        "started_at": moment(row.started_at),
        "finished_at": moment(row.finished_at),
        "outcome": row.outcome or "unfinished",
        "error": row.error,
    }


def audited(row: AuditRecord) -> Json:
    """Return one row of the audit trail."""
    return {
        "seq": row.seq,
        "at": moment(row.at),
        "actor": row.actor,
        "verb": row.verb,
        **key(row.key),
        "detail": row.detail,
        "version_before": row.version_before,
        "version_after": row.version_after,
        "hash": row.hash,
    }


def verified(found: Verified) -> Json:
    """Return what a look at the whole audit trail found."""
    return {
        "whole": found.first_broken is None,
        "first_broken": found.first_broken,
        "rows": found.rows,
        "begins_after": found.anchor,
        "newest": found.newest,
        "hash": found.digest,
    }


def exit_of_run(row: Exit, report: Report | None = None) -> Json:
    """Return how one run ended, and what was found to be the cause."""
    return {
        "container": report.container if report else "",
        "container_id": row.container_id,
        "exit_code": row.exit_code,
        "oom_killed": row.oom_killed,
        "reason": row.reason,
        "counted": row.counted,
        "started_at": moment(row.started_at),
        "finished_at": moment(row.finished_at),
        "finding": report.finding if report else None,
    }


def cause(end: Exit, report: Report | None) -> str:
    """Return how a run ended, with the cause where one was found: `exit 1: env-missing: DATABASE_URL is not set`."""
    finding = report.finding if report else None
    return f"{end.reason}: {finding['rule']}: {finding['cause']}" if finding else end.reason


def document(stored: Stored) -> Json:
    """Return a resource as it would stand in a state file, with what the store adds."""
    return {
        **to_document(stored.resource),
        "uid": stored.uid,
        "generation": stored.generation,
        "resource_version": stored.resource_version,
        "created_at": moment(stored.created_at),
        "updated_at": moment(stored.updated_at),
        "sources": list(stored.sources),
    }


def moment(when: datetime | None) -> str | None:
    """Return ISO 8601, UTC, or None."""
    return when.isoformat().replace("+00:00", "Z") if when else None
