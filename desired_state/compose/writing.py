"""Declarations as a Compose file, and what such a file can't say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desired_state.compose.vocabulary import SERVICE_FIELDS
from desired_state.shortening import shortened
from desired_state.writing import commented, field_text

Json = dict[str, Any]

# Ergon's own fields that Compose has another word for.
_TRANSLATED = frozenset({"image", "replicas", "restart", "update"})


@dataclass
class ComposeFile:
    """The file's content, and a sentence for each thing that it can't say."""

    content: Json = field(default_factory=dict)
    unsaid: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return the file's text; what it can't say stands at its top."""
        blocks = [field_text({name: value}, 2) for name, value in self.content.items() if value]
        return "".join(commented(self.unsaid, "") + blocks)


def compose_file(namespace: str, documents: Sequence[Json]) -> ComposeFile:
    """Return the Compose file of the resources of one namespace, which becomes the project's name.

    Args:
        namespace: whose resources they are.
        documents: of all kinds, in the stored form. Images are put where services use them.
    """
    writer = _Writer(namespace, documents)
    return writer.file


class _Writer:
    def __init__(self, namespace: str, documents: Sequence[Json]) -> None:
        self.file = ComposeFile({"name": namespace})
        self._images = {one["metadata"]["name"]: one["spec"] for one in documents if one["kind"] == "Image"}
        parts: list[tuple[str, str, Callable[[str, Json], Json]]] = [
            ("services", "Container", self._service),
            ("networks", "Network", self._network),
            ("volumes", "Volume", self._volume),
            ("configs", "Config", lambda _, spec: spec),
            ("secrets", "Secret", _secret),
        ]
        for part, kind, written in parts:
            mine = sorted((one for one in documents if one["kind"] == kind), key=lambda one: one["metadata"]["name"])
            named = {one["metadata"]["name"]: one["spec"] for one in mine}
            self.file.content[part] = {name: written(name, spec) or None for name, spec in named.items()}

    def _service(self, name: str, spec: Json) -> Json:
        spec = shortened(self._without_references(name, spec))
        kept = {field: value for field, value in spec.items() if field in SERVICE_FIELDS - _TRANSLATED}
        for field_name in sorted(spec.keys() - SERVICE_FIELDS - _TRANSLATED):
            self._unsaid(name, f"{field_name} can't be said in a Compose file")
        if "update" in spec:
            self._unsaid(name, "update can't be said as it is; see deploy.update_config, which Swarm honours")
        service: Json = self._image(name, spec) | kept
        if "restart" in spec or "restart_policy" not in (spec.get("deploy") or {}):
            service["restart"] = self._restart(name, spec)
        if (count := spec.get("replicas")) is not None:
            deploy: Json = service.get("deploy") or {}
            service["deploy"] = deploy | {"replicas": count}
        return service

    def _without_references(self, name: str, spec: Json) -> Json:
        environment: Mapping[str, Any] = spec.get("environment") or {}
        references = sorted(variable for variable, value in environment.items() if isinstance(value, Mapping))
        for variable in references:
            self._unsaid(
                name, f"environment.{variable} is taken from a config or secret; Compose mounts those as files"
            )
        kept = {variable: value for variable, value in environment.items() if variable not in references}
        return {**spec, "environment": kept} if references else spec

    def _image(self, name: str, spec: Json) -> Json:
        image = spec["image"]
        if not isinstance(image, Mapping):
            return {"image": image}
        source = self._images.get(image["resource"], {})
        if not source:
            self._unsaid(name, f"image: the Image resource {image['resource']} is not among what is written")
        return {part: source[word] for part, word in (("image", "reference"), ("build", "build")) if source.get(word)}

    def _restart(self, name: str, spec: Json) -> str:
        """Compose restarts nothing unless it is told to; Ergon's default is `always`."""
        restart = spec.get("restart", "always")
        if isinstance(restart, str):
            return "always" if restart == "delegated" else restart
        if restart.keys() - {"policy", "attempts", "docker"}:
            self._unsaid(name, "restart: how long Ergon waits between restarts can't be said")
        policy = {"never": "no", "delegated": restart.get("docker", "unless-stopped")}.get(restart.get("policy"))
        return policy or str(restart.get("policy", "always"))

    def _network(self, name: str, spec: Json) -> Json:
        return self._external(name, spec, {"name", "external"})

    def _volume(self, name: str, spec: Json) -> Json:
        kept = {field: value for field, value in spec.items() if field != "reclaim"}
        if spec.get("reclaim") == "delete":
            self._unsaid(name, "reclaim: delete can't be said; `docker compose down --volumes` asks for it")
        return self._external(name, kept, {"name", "external"})

    def _external(self, name: str, spec: Json, known: Iterable[str]) -> Json:
        if not spec.get("external"):
            return {field: value for field, value in spec.items() if field != "external"}
        named = {field: value for field, value in spec.items() if field in known}
        return named | ({} if "name" in named else {"name": name})

    def _unsaid(self, name: str, what: str) -> None:
        self.file.unsaid.append(f"{name}: {what}")


def _secret(_: str, spec: Json) -> Json:
    return {"environment": spec["env"]} if spec.get("env") else {"file": spec.get("file")}
