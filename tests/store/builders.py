"""Small values to store."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from desired_state.key import Key
from desired_state.resource import KINDS, Resource, Stored
from observed_state.instance import Instance
from observed_state.status import Condition, ConditionStatus, Status
from store import resources

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
WEB = Key("Container", "shop", "web")
DB = Key("Container", "shop", "db")
FILE = "/srv/shop/web.yaml"
OTHER_FILE = "/srv/shop/other.yaml"


def resource(key: Key = WEB, *, source: str = FILE, labels: dict[str, str] | None = None, **spec: Any) -> Resource:
    declared = {"image": "busybox"} | spec
    return Resource(key, KINDS["Container"].from_declared(declared), labels=labels or {}, source=source)


def stored(session: Session, key: Key = WEB) -> Stored:
    """Apply a resource and return it as stored."""
    return resources.apply(session, [resource(key)], actor="ann", now=NOON)[0].stored


def instance_of(owner: Stored, uid: str = "u1", **more: Any) -> Instance:
    name = f"{owner.key.namespace}-{owner.key.name}-1"
    fields: dict[str, Any] = {"slot": 1, "name": name, "final_name": name, "generation": owner.generation} | more
    namespace, owner_name = owner.key.namespace, owner.key.name
    return Instance(uid, owner.key.kind, namespace, owner_name, owner_uid=owner.uid, **fields)


def status(ready: ConditionStatus = "True", *, message: str = "") -> Status:
    condition = Condition("Ready", ready, "AllRunning", message=message, observed_generation=1)
    return Status(1, "Ready" if ready == "True" else "Degraded", ready == "True", conditions=(condition,))
