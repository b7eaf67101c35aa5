"""What launching a solution declares: the container, its image where none is built yet, its volumes. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from controller.errors import ServiceError
from desired_state.key import Key
from desired_state.resource import API_VERSION
from desired_state.secrecy import looks_secret
from desired_state.solution import CompanionWish, SolutionSpec
from reconcilers.naming import COMPANION_ANNOTATION

Json = dict[str, Any]
# Whether a port of the host (with its protocol) can be had.
Free = Callable[[int, str], bool]

_FIRST_UNPRIVILEGED = 1024
_TRIES = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was said for one launch: who it is, what its variables are, and from which image it runs.

    `image` is a reference that is here, "" to have the solution built. `secrets` name a Secret and, behind a colon,
    a line of it. `ports` are host ports by the container's. `joins_new_network`: its namespace has no network yet.
    """

    key: Key
    image: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    replicas: int = 1
    joins_new_network: bool = False


@dataclass(frozen=True, slots=True)
class Launch:
    """Documents to be declared, and what the user should know about them."""

    documents: tuple[Json, ...]
    notes: tuple[str, ...]


def launch(solution: SolutionSpec, wanted: Wanted, free: Free) -> Launch:
    """Return what a launch declares.

    Raises:
        ServiceError: a variable has no value, or a port can't be had.
    """
    key = wanted.key
    volumes = {f"{key.name}-{_slug(folder)}": folder for folder in solution.volumes}
    documents = [_document("Volume", key.sibling("Volume", name), {}) for name in volumes]
    if not wanted.image:
        documents.insert(0, _document("Image", key.sibling("Image", key.name), _image(solution)))
    if wanted.joins_new_network:
        documents.insert(0, _document("Network", key.sibling("Network", "default"), {}))
    spec: Json = {"image": wanted.image or {"resource": key.name}, "init": True}
    if wanted.replicas != 1:
        spec["replicas"] = wanted.replicas
    if ports := list(_ports(solution, wanted, free)):
        spec["ports"] = ports
    if environment := _environment(solution, wanted):
        spec["environment"] = environment
    if volumes:
        spec["volumes"] = [f"{name}:{folder}" for name, folder in volumes.items()]
    if question := _question(solution):
        spec["probes"] = {"readiness": {**question, "interval": "5s"}}
    container = _document("Container", key, spec)
    if word := companion_word(solution.container_ci):
        container["metadata"]["annotations"] = {COMPANION_ANNOTATION: word}
    return Launch((*documents, container), tuple(_notes(solution, wanted)))


def companion_word(wish: CompanionWish) -> str:
    """Return how a resource's annotation says which companion its containers have, "" for the usual one."""
    return "off" if not wish.enabled else ",".join(wish.capabilities or ())


def _document(kind: str, key: Key, spec: Json) -> Json:
    metadata: Json = {"name": key.name, "namespace": key.namespace}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _image(solution: SolutionSpec) -> Json:
    build: Json = {"context": solution.context, "dockerfile": solution.dockerfile_path}
    if solution.build_args:
        build["args"] = dict(solution.build_args)
    reference = {"reference": f"{solution.image}:latest"} if solution.image else {}
    return {**reference, "build": build}


def _ports(solution: SolutionSpec, wanted: Wanted, free: Free) -> Iterator[str]:
    """Yield the published ports: those that were asked for, and free ones. Each replica has a port of its own."""
    if unknown := wanted.ports.keys() - set(solution.exposed_ports):
        known = ", ".join(solution.exposed_ports) or "none"
        raise ServiceError(f"the solution has no port {min(unknown)}", f"its ports: {known}")
    taken: set[tuple[int, str]] = set()

    def can_be_had(first: int, protocol: str) -> bool:
        ports = range(first, first + wanted.replicas)
        return all((port, protocol) not in taken and free(port, protocol) for port in ports)

    for exposed in solution.exposed_ports:
        number, _, protocol = exposed.partition("/")
        protocol = protocol or "tcp"
        host = wanted.ports.get(exposed)
        if host is not None and not can_be_had(host, protocol):
            raise ServiceError(f"host port {host} is taken", "name another, or none to have a free one found", 409)
        host = host or _found(int(number), protocol, can_be_had)
        taken.update((port, protocol) for port in range(host, host + wanted.replicas))
        hosts = str(host) if wanted.replicas == 1 else f"{host}-{host + wanted.replicas - 1}"
        yield f"{hosts}:{number}" + ("" if protocol == "tcp" else f"/{protocol}")


def _found(port: int, protocol: str, can_be_had: Free) -> int:
    first = port if port >= _FIRST_UNPRIVILEGED else port + 8000
    for host in range(first, min(first + _TRIES, 65536)):
        if can_be_had(host, protocol):
            return host
    raise ServiceError(f"no host port from {first} on is free", "name one with --port HOST:CONTAINER", 409)


def _environment(solution: SolutionSpec, wanted: Wanted) -> Json:
    given: Json = {**wanted.environment, **{name: _reference(text) for name, text in wanted.secrets.items()}}
    declared = {name: value for name, value in solution.declared().get("environment", {}).items() if name not in given}
    if missing := [name for name, value in declared.items() if value is None]:
        raise ServiceError(
            f"these variables have no value: {', '.join(missing)}",
            "give each with --env NAME=VALUE, or what is secret with --secret NAME=SECRET[:KEY]",
        )
    return {**declared, **given}


def _reference(text: str) -> Json:
    name, _, key = text.partition(":")
    return {"secret": name, **({"key": key} if key else {})}


def _question(solution: SolutionSpec) -> Json:
    if solution.health is not None:
        return {"http": {"port": solution.health.port, "path": solution.health.path}}
    tcp = [port for port in solution.exposed_ports if not port.endswith("/udp")]
    return {"tcp": {"port": int(tcp[0])}} if tcp else {}


def _notes(solution: SolutionSpec, wanted: Wanted) -> Iterator[str]:
    for need in solution.needs:
        yield f"it needs {need}, which is not declared here; `ergon dockerfile DIR --state` writes that, too"
    for name, value in wanted.environment.items():
        if looks_secret(name, value):
            yield f"{name} looks secret and would be stored as it is; declare a Secret, and give --secret {name}=SECRET"


def _slug(folder: str) -> str:
    return "-".join("".join(char if char.isalnum() else " " for char in folder.lower()).split()) or "root"


def names_of_built(found: Sequence[str]) -> str:
    """Return the one of an image's names by which it is best run: one that says more than `latest`, if there is one."""
    return next((name for name in found if not name.endswith(":latest")), found[0] if found else "")
