"""The companion of one container: it looks after it, and answers for it."""

from collections.abc import Sequence
from typing import Protocol

from container_ci.capability import Answer, Capability, Equip, Tended
from container_ci.desk import Desk
from container_ci.routing import route
from container_ci.standing import Introduction, help_answer, status_answer
from container_ci.subject import Subject
from container_ci.tending import Chore, Tending
from engine.errors import EngineError
from observed_state.service import Discovery


class Unanswered(Exception):
    """A question that can't be answered. `message` says why, `hint` what to ask instead, "" for nothing."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Registry(Protocol):
    """A place where companions are listed, for others to find them. Neither call waits."""

    def register(self, companion: "ContainerCI") -> None: ...

    def unregister(self, companion: "ContainerCI") -> None: ...


class ContainerCI:
    """The companion of one container, called `<container>-container-ci`.

    What it can do is made by `equipment` when it is first needed, so that one that is never asked costs nothing.
    """

    def __init__(self, desk: Desk, equipment: Sequence[Equip], socket: str = "") -> None:
        self.desk = desk
        self.socket = socket
        self._equipment = equipment
        self._made: tuple[Capability, ...] | None = None
        self._chores: list[Chore] = []
        self._tending: Tending | None = None

    @property
    def name(self) -> str:
        """Its own name, by which it is asked."""
        return f"{self.desk.subject.container.name}-container-ci"

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What it can do, by name."""
        return tuple(one.name for one in self._capabilities())

    @property
    def topics(self) -> tuple[str, ...]:
        """What it can be asked about."""
        own = ("status", "help")
        return (*own, *(topic for one in self._capabilities() for topic in one.topics if topic not in own))

    async def initialize(self) -> None:
        """Look once at everything that is looked at without being asked."""
        for capability in self._capabilities():
            if isinstance(capability, Tended):
                await capability.tend()

    async def discover_services(self) -> Discovery | None:
        """Return what runs inside, looking once when nobody has; None when that can't be found out."""
        if self.desk.discovery is None and "services" in self.topics:
            await self.handle_query("services")
        return self.desk.discovery

    def start_health_monitoring(self, tending: Tending) -> None:
        """Look after the container from now on, until `stop`. Whatever has nothing to do costs nothing."""
        if not self._chores:
            tended = [one for one in self._capabilities() if isinstance(one, Tended)]
            self._chores = [tending.add(self.name, one) for one in tended]
            self._tending = tending

    def register_with_aish(self, registry: Registry) -> None:
        """Have the aish shell list this companion, and reach it."""
        registry.register(self)

    def attend(self, subject: Subject) -> None:
        """Look after the container as it is seen now."""
        before, self.desk.subject = self.desk.subject, subject
        if _stands_otherwise(before, subject):
            self.wake()

    def wake(self) -> None:
        """Have everything that is looked at without being asked looked at now."""
        for chore in self._chores:
            if self._tending is not None:
                self._tending.call(chore)

    def stop(self) -> None:
        """Look after the container no more."""
        for chore in self._chores:
            if self._tending is not None:
                self._tending.end(chore)
        self._chores = []

    async def handle_query(self, question: str) -> Answer:
        """Answer a question in words. Secrets are taken out of what is said, whatever says it.

        Raises:
            Unanswered: nobody here can answer that, or it could not be found out just now.
        """
        redactor = self.desk.redactor
        try:
            answer = await self._answered(question)
        except Unanswered as error:
            raise Unanswered(redactor.redact(error.message), redactor.redact(error.hint)) from None
        except EngineError as error:
            raise Unanswered(redactor.redact(error.message), "`ergon doctor` says what is wrong") from error
        data = redactor.redact_all(answer.data)
        return Answer(answer.topic, data if isinstance(data, dict) else {}, redactor.redact(answer.text))

    async def _answered(self, question: str) -> Answer:
        routed = route(question, self.topics)
        if routed.topic == "status":
            return status_answer(self._introduction(), self.desk)
        if routed.topic == "help":
            return help_answer(self._introduction(), self.desk)
        topic = routed.topic or "ask"
        for capability in self._capabilities():
            if topic in capability.topics:
                return await capability.answer(topic, routed.words)
        asked = f'about "{topic}"' if routed.topic else "that"
        raise Unanswered(f"{self.name} can't answer {asked}", f"ask it about {', '.join(self.topics)}")

    def _introduction(self) -> Introduction:
        return Introduction(self.name, self.capabilities, self.topics, self.socket)

    def _capabilities(self) -> tuple[Capability, ...]:
        if self._made is None:
            self._made = tuple(equip(self.desk) for equip in self._equipment)
        return self._made


def _stands_otherwise(before: Subject, after: Subject) -> bool:
    one, two = before.container, after.container
    return (one.state, one.started_at, one.health, one.pid, before.spec) != (
        two.state,
        two.started_at,
        two.health,
        two.pid,
        after.spec,
    )
