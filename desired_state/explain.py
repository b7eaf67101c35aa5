"""What holds for a resource, value by value, and where each comes from."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from desired_state.container import ContainerSpec
from desired_state.loader import Positions
from desired_state.misfits import Path
from desired_state.places import shown
from desired_state.resource import Resource
from desired_state.update import TWINS, declared_update, pace_of

DEFAULT = "default"
IMPLICIT = "implicit"

# Of how containers are updated, what the rest that is said about that decides.
_FOLLOWING = ("order", "max_unavailable", "max_surge")


class Value(NamedTuple):
    """One value of a resource. `path` reads like `ports[0].target`.

    `origin` is a place (`web.yaml:4:10`), a place in a file of variables (`env_file app.env:2:1`),
    `default`, or `implicit` for what follows from the rest.
    """

    path: str
    value: Any
    origin: str


def effective(resource: Resource, positions: Positions | None = None) -> list[Value]:
    """Return every value that holds for a resource's spec, declared ones and defaults, in the order of its fields.

    Without `positions`, what is declared has the resource's source as its origin. A default of
    nothing (no limit, no labels) is left out.
    """
    declared = resource.spec.declared()
    implied = _implied(resource)
    complete = resource.spec.model_dump(mode="json") | implied
    explained = _Explained(resource, declared, positions)
    return [
        Value(shown(path), value, explained.origin(path))
        for path, value in _leaves(complete, ())
        if value not in (None, {}, []) or path[0] in implied or explained.is_declared(path)
    ]


def _implied(resource: Resource) -> dict[str, Any]:
    spec = resource.spec
    if not isinstance(spec, ContainerSpec):
        return {}
    implied: dict[str, Any] = {
        "replicas": spec.replica_count,
        "restart": spec.effective_restart.model_dump(mode="json"),
        "stop_grace_period": spec.stop_grace_s,
    }
    if spec.schedule is None:
        implied["update"] = _how_it_is_updated(spec)
    if spec.networks is None and spec.joins:
        implied["networks"] = {name: {} for name in spec.joins}
    return implied


def _how_it_is_updated(spec: ContainerSpec) -> dict[str, Any]:
    """Return what is declared about updates, here or in Compose's twin, and what that comes to."""
    asked, pace = declared_update(spec), pace_of(spec)
    comes_to = {
        "strategy": asked.strategy,
        "order": pace.order,
        "max_unavailable": pace.max_unavailable,
        "parallelism": pace.parallelism,
        "delay": pace.delay_s,
        "monitor": pace.monitor_s,
        "progress_deadline": pace.deadline_s,
        "max_failure_ratio": pace.max_failure_ratio,
        "on_failure": pace.on_failure,
    } | ({"max_surge": pace.max_surge} if pace.order == "start-first" else {})
    said = asked.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in (comes_to | said).items() if value is not None}


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    else:
        yield path, value


class _Explained:
    """Knows what one resource declares, and where."""

    def __init__(self, resource: Resource, declared: dict[str, Any], positions: Positions | None) -> None:
        self._resource = resource
        self._declared = declared
        self._positions = positions

    def is_declared(self, path: Path) -> bool:
        value: Any = self._declared
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return False
        return True

    def origin(self, path: Path) -> str:
        if not self.is_declared(path):
            return IMPLICIT if path[0] == "networks" or self._follows_from_a_twin(path) else DEFAULT
        place = self._positions.place(self._resource.key, ("spec", *path)) if self._positions else None
        if place is None:
            return self._resource.source or IMPLICIT
        from_file = self._positions is not None and self._positions.is_imported(self._resource.key, ("spec", *path))
        return f"env_file {place}" if from_file else str(place)

    def _follows_from_a_twin(self, path: Path) -> bool:
        deploy = self._declared.get("deploy") or {}
        twins = {"replicas": "scale" in self._declared or "replicas" in deploy, "restart": "restart_policy" in deploy}
        if path[0] == "update":
            config = deploy.get("update_config") or {}
            said = {*(self._declared.get("update") or {}), *(name for name, twin in TWINS.items() if twin in config)}
            return path[1] in said or (path[1] in _FOLLOWING and bool(said))
        return twins.get(str(path[0]), False)
