"""What a container should be given, and what its image and its settings could do better: the topic `optimize`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anyio import to_thread

from container_ci.capability import Answer
from container_ci.desk import Desk, environment_of
from container_ci.sizing import texts
from container_ci.sizing.history import History
from container_ci.sizing.present import limits_of
from container_ci.sizing.recommending import Ground, Recommendation, Sizing, recommend
from engine.errors import EngineError

Json = dict[str, Any]

# What `ergon ci optimize --apply` declares; the rest is for people.
APPLICABLE = ("mem_limit", "mem_reservation", "cpus", "cpu_shares", "pids_limit")


class Optimizing:
    """The capability that answers for `optimize`."""

    name = "optimization"
    topics = ("optimize",)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._image: tuple[str, list[Json]] = ("", [])

    async def answer(self, topic: str, words: Sequence[str]) -> Answer:  # noqa: ARG002 - nothing to be told apart
        """Answer from what was measured; the image's steps are read once."""
        subject, measured = self._desk.subject, self._desk.tools.measurements
        history = measured.history(subject) if measured else None
        ground = measured.ground(subject) if measured else Ground()
        if measured:
            measured.heed(subject)
        sizing = recommend(history or History(), limits_of(subject.container), ground, self._desk.tools.clock.now())
        message = sizing.message if subject.key is not None else "Ergon measures what it manages; this it does not"
        data = {
            "container": subject.container.name,
            "recommendations": [recommendation(one) for one in sizing.recommendations],
            "enough_data": sizing.enough_data,
            "message": message,
            "used": sizing.used if history else {},
            "settings": self._settings(),
            "image": await self._image_advice(),
            "patch": await self._patch(sizing),
        }
        return Answer(topic, data, texts.optimize(data))

    def _settings(self) -> list[Json]:
        from container_ci.sizing.knobs import Seen, knobs  # noqa: PLC0415 - its patterns are needed when asked alone

        container, discovery = self._desk.subject.container, self._desk.discovery
        config, limits = container.frozen.get("Config", {}), limits_of(container)
        seen = Seen(
            types=[kind for one in discovery.services for kind in (one.type, one.server) if kind] if discovery else [],
            command=[str(word) for word in (*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ()))],
            environment=environment_of(self._desk.subject),
            memory=limits.memory,
            cpus=limits.cpus,
        )
        return [
            {"setting": one.setting, "current": one.current, "recommended": one.recommended, "reason": one.reason}
            for one in knobs(seen)
        ]

    async def _image_advice(self) -> list[Json]:
        from container_ci.sizing.layers import image_advice  # noqa: PLC0415 - likewise

        container, engine = self._desk.subject.container, self._desk.tools.engine
        if self._image[0] == container.image_id:
            return self._image[1]
        try:
            image = await engine.inspect_image(container.image_id)
            steps = await engine.image_history(container.image_id)
        except EngineError:
            return []  # the image of a container may be gone
        found = [
            {"rule": one.rule, "advice": one.advice, "step": one.text, "size": one.size, "saving": one.saving}
            for one in image_advice(image, steps, container.image)
        ]
        self._image = (container.image_id, found)
        return found

    async def _patch(self, sizing: Sizing) -> str:
        """Return what to write into the state file, as a unified diff; "" when there is nothing or no file."""
        subject, measured = self._desk.subject, self._desk.tools.measurements
        values = applicable(sizing)
        path = measured.source(subject) if measured else ""
        if not values or not path or subject.key is None:
            return ""
        key = subject.key
        return await to_thread.run_sync(_patched, path, key.name, key.namespace, values)


def applicable(sizing: Sizing) -> dict[str, float]:
    """Return the limits that can be declared as they are recommended."""
    return {
        one.field: one.recommended for one in sizing.recommendations if one.field in APPLICABLE and not one.provisional
    }


def recommendation(one: Recommendation) -> Json:
    """Return one recommendation of the `ci optimize` shape."""
    return {
        "field": one.field,
        "current": one.current,
        "recommended": one.recommended,
        "formula": one.formula,
        "samples": one.samples,
        "span": round(one.span_s, 1),
        "confidence": one.confidence,
        "saving": one.saving,
        "urgent": one.urgent,
        "provisional": one.provisional,
    }


def _patched(path: str, name: str, namespace: str, values: dict[str, float]) -> str:
    from desired_state.patching import patch  # noqa: PLC0415 - likewise

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return patch(text, path.lstrip("/"), name, namespace, values)
