"""A state file that builds and runs what was analysed: images, containers, the services they need, secrets by name."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockerfiles.analysis import Analysis, Command, Variable
from dockerfiles.generating import Generated
from dockerfiles.wiring import PASSWORD, SERVICES, value_for

SECRETS_FILE = ".env.secrets"
_SECRET = "secrets"  # noqa: S105 - the name of the resource
_OWN_KEY = re.compile(
    r"(SECRET_KEY|SECRET_KEY_BASE|APP_KEY|APP_SECRET|JWT_SECRET|SESSION_SECRET|COOKIE_SECRET|AUTH_SECRET)$"
)

Document = dict[str, Any]
Pair = tuple[Document, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class State:
    """`documents` with remarks by field. `secrets` are the lines that `SECRETS_FILE` has to hold, by their names.

    A value of it is "" for one that only the user knows, and in others `{NAME}` stands for the line of that name, or
    `{}` for what is to be made up.
    """

    documents: tuple[Pair, ...]
    secrets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all of it shares: the namespace, and the services that any of the applications needs."""

    namespace: str
    needed: tuple[str, ...]


def state(made: Sequence[Generated], project: str) -> State:
    """Return the declarations for these applications of a project, which is their namespace."""
    needs = [need for one in made for need in one.analysis.services]
    scene = _Scene(slug(project), tuple(dict.fromkeys(need.type for need in needs)))
    versions = {need.type: need.version for need in needs if need.version}
    secrets = _secrets(made, scene)
    pairs = [
        pair for name in scene.needed if name in SERVICES for pair in _service(name, versions.get(name, ""), scene)
    ]
    for one, name, port in zip(made, _names(made, scene), _host_ports(made), strict=True):
        pairs += _application(one, name, port, scene)
    if secrets:
        why = [f"{SECRETS_FILE} has a line NAME=value for each: {', '.join(secrets)}"]
        pairs.insert(0, (_document("Secret", _SECRET, scene, {"file": f"./{SECRETS_FILE}"}), {"": why}))
    return State(tuple(pairs), secrets)


def text(declared: State) -> str:
    """Return the state file."""
    from desired_state.writing import state_text  # noqa: PLC0415 - imports yaml

    return state_text(declared.documents, short=True)


def secrets_text(declared: State, present: str, token: Callable[[], str]) -> str:
    """Return the file with the secrets: the lines that are there stay, those that are missing are added."""
    pairs = (line.partition("=") for line in present.splitlines() if "=" in line and not line.startswith("#"))
    there = {name: value for name, _, value in pairs}
    lines = [present.rstrip("\n")] if present.strip() else []
    for name in sorted(declared.secrets, key=lambda one: "{}" not in declared.secrets[one]):
        if name in there:
            continue
        pattern = declared.secrets[name]
        there[name] = re.sub(r"\{(\w*)\}", lambda found: there.get(found[1], "") if found[1] else token(), pattern)
        lines.append(f"{name}={there[name]}" if pattern else f"# Only you know it:\n{name}=")
    return "\n".join(lines) + "\n"


def slug(text: str) -> str:
    """Return a name that a resource may have."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "app"


def _names(made: Sequence[Generated], scene: _Scene) -> list[str]:
    names: list[str] = []
    for one in made:
        root = one.analysis.root.rpartition("/")[2]
        name = slug(root if len(made) > 1 and root else one.analysis.name or "app")
        while name in names or name in scene.needed:
            name = f"{name}-app"
        names.append(name)
    return names


def _host_ports(made: Sequence[Generated]) -> list[int]:
    """Return a port of the host for each application: its own where it can be, none twice; 0 where none listens."""
    ports: list[int] = []
    for one in made:
        port = one.recipe.runtime.port or 0
        wanted = port + 8000 if 0 < port < 1024 else port
        while wanted and wanted in ports:
            wanted += 1
        ports.append(wanted)
    return ports


def _document(kind: str, name: str, scene: _Scene, spec: Mapping[str, Any]) -> Document:
    metadata = {"name": name, "namespace": scene.namespace}
    return {"apiVersion": "ergon/v1", "kind": kind, "metadata": metadata, "spec": dict(spec)}


def _service(name: str, version: str, scene: _Scene) -> Iterator[Pair]:
    service = SERVICES[name]
    spec: dict[str, Any] = {"image": f"{service.image}:{version or service.tag}"}
    if service.command:
        spec["command"] = list(service.command)
    if service.environment:
        told = service.environment.items()
        spec["environment"] = {key: _reference(key) if PASSWORD in value else value for key, value in told}
    if service.data:
        yield _document("Volume", f"{name}-data", scene, {}), {}
        spec["volumes"] = [f"{name}-data:{service.data}"]
    spec["probes"] = {"readiness": {service.probe: {"port": service.port}, "interval": "2s"}}
    yield _document("Container", name, scene, spec), {}


def _application(one: Generated, name: str, host_port: int, scene: _Scene) -> Iterator[Pair]:
    yield _document("Image", name, scene, {"build": _build(one)}), {}
    volumes = {f"{name}-{slug(path)}": path for path in one.analysis.volumes}
    for volume in volumes:
        yield _document("Volume", volume, scene, {}), {}
    shared = _shared_spec(one.analysis, name, scene)
    if volumes:
        shared["volumes"] = [f"{volume}:{path}" for volume, path in volumes.items()]
    yield _document("Container", name, scene, _main(one, shared, host_port)), _remarks(one.analysis, scene)
    for process in one.analysis.processes[1:]:
        beside = {**shared, "command": _words(process.command)}
        yield _document("Container", f"{name}-{slug(process.name)}", scene, beside), {}


def _build(one: Generated) -> dict[str, Any]:
    context = f"./{one.context}" if one.context else "."
    inside = one.analysis.root.removeprefix(one.context).strip("/")
    return {"context": context, **({"dockerfile": f"{inside}/Dockerfile"} if inside else {})}


def _shared_spec(analysis: Analysis, name: str, scene: _Scene) -> dict[str, Any]:
    """Return what all processes of an application have in common."""
    spec: dict[str, Any] = {"image": {"resource": name}, "init": True}
    values = {each.name: _value(each, scene) for each in analysis.env if _is_set(each, scene)}
    if values:
        spec["environment"] = values
    if needs := [need.type for need in analysis.services if need.type in SERVICES]:
        spec["depends_on"] = {need: {"condition": "service_healthy"} for need in needs}
    return spec


def _main(one: Generated, shared: Mapping[str, Any], host_port: int) -> dict[str, Any]:
    analysis, port = one.analysis, one.recipe.runtime.port
    spec = dict(shared)
    if port:
        spec["ports"] = [f"{host_port}:{port}"]
        path = analysis.healthcheck.path if analysis.healthcheck.kind == "http" else ""
        question = {"http": {"port": port, "path": path}} if path else {"tcp": {"port": port}}
        spec["probes"] = {"readiness": {**question, "interval": "5s"}}
        # The same question, asked by Docker with a program in the container and only after a while.
        spec["healthcheck"] = {"disable": True}
    if analysis.release_command:
        spec["pre_start"] = [{"command": _words(analysis.release_command)}]
    if analysis.kind == "job":
        spec["restart"] = "never"
    return spec


def _words(command: Command) -> list[str]:
    return ["sh", "-c", *command.argv] if command.shell else list(command.argv)


def _is_set(variable: Variable, scene: _Scene) -> bool:
    if variable.build_time:
        return False
    return variable.required or value_for(variable.name, scene.needed) is not None


def _value(variable: Variable, scene: _Scene) -> str | dict[str, str] | None:
    if wired := value_for(variable.name, scene.needed):
        return _reference(variable.name) if PASSWORD in wired[0] else wired[0]
    # Without a value it is taken from where the file is applied.
    return _reference(variable.name) if variable.secret else None


def _reference(name: str) -> dict[str, str]:
    return {"secret": _SECRET, "key": name}


def _secrets(made: Sequence[Generated], scene: _Scene) -> dict[str, str]:
    """Return the lines of secrets: the passwords of services, what has one in it, and what only the user knows."""
    lines = {name: "{}" for service in scene.needed for name in _password_lines(service)[:1]}
    variables = {each.name: each for one in made for each in one.analysis.env if _is_set(each, scene)}
    for name, variable in variables.items():
        wired = value_for(name, scene.needed)
        if wired and PASSWORD in wired[0]:
            lines.setdefault(name, wired[0].replace(PASSWORD, f"{{{_password_lines(wired[1])[0]}}}"))
        elif not wired and variable.secret:
            lines.setdefault(name, "{}" if _OWN_KEY.search(name) else "")
    return lines


def _password_lines(service: str) -> list[str]:
    known = SERVICES.get(service)
    return [name for name, value in (known.environment if known else {}).items() if PASSWORD in value]


def _remarks(analysis: Analysis, scene: _Scene) -> dict[str, list[str]]:
    taken = [
        f"{each.name} is taken from where this is applied ({each.source})"
        for each in analysis.env
        if _is_set(each, scene) and not each.secret and value_for(each.name, scene.needed) is None
    ]
    missing = [f"it needs {one.type} as well ({one.source})" for one in analysis.services if one.type not in SERVICES]
    return {name: lines for name, lines in (("environment", taken), ("", missing)) if lines}
