"""How many replicas there are, and why: the topic `scale`."""

from collections.abc import Sequence
from typing import Any

from container_ci import shapes
from container_ci.capability import Answer
from container_ci.desk import Desk
from container_ci.sizing import texts

Json = dict[str, Any]


class Scaling:
    """The capability that answers for `scale`."""

    name = "scaling"
    topics = ("scale",)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def answer(self, topic: str, words: Sequence[str]) -> Answer:  # noqa: ARG002 - nothing to be told apart
        """Answer how many replicas there are, why, and what was measured of them."""
        subject, measured = self._desk.subject, self._desk.tools.measurements
        found = measured.scaled(subject) if measured else None
        declared = subject.spec.autoscale if subject.spec is not None else None
        data: Json = {
            "container": subject.container.name,
            "autoscale": declared.declared() if declared is not None else None,
            "replicas": found.replicas if found else None,
            "reason": found.reason if found else "",
            "stuck": found.stuck if found else "",
            "held": found.held if found else "",
            "measured": list(found.measured) if found else [],
        }
        return Answer(topic, data, texts.scale(data, shapes.listed))
