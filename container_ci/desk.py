"""What the capabilities of one companion share: its container, what is known of it, and what they may use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from container_ci.clock import Clock
from container_ci.logs.redaction import Redactor, secrets_of
from container_ci.sizing.measurements import Measurements
from container_ci.subject import Memory, Subject, Surroundings
from engine.protocol import Engine
from observed_state.finding import Finding
from observed_state.service import Discovery, Service


@dataclass(frozen=True, slots=True)
class Tools:
    """What every companion of one process uses. `measurements` is None where nobody measures."""

    engine: Engine
    clock: Clock
    memory: Memory
    surroundings: Surroundings
    measurements: Measurements | None = None


class Desk:
    """One companion's desk. Capabilities read from it and lay down what they found out; `moved` hears of that.

    `discovery` is None until somebody has looked; `findings` are ordered, the first cause first: those of the
    diagnosis, then those of others.
    """

    def __init__(self, subject: Subject, tools: Tools, moved: Callable[[], None] = lambda: None) -> None:
        self.subject = subject
        self.tools = tools
        self.discovery: Discovery | None = None
        self.findings: Sequence[Finding] = ()
        self._found: dict[str, tuple[Finding, ...]] = {"": ()}
        self._moved = moved
        self._redactor: tuple[str, Redactor] | None = None

    def discovered(self, discovery: Discovery | None) -> None:
        """Lay down what runs inside; None when that is not known any more."""
        if discovery != self.discovery:
            self.discovery = discovery
            self._moved()

    def found(self, findings: Sequence[Finding], by: str = "") -> None:
        """Lay down what is wrong now, instead of what was wrong before; `by` names a capability that finds its own."""
        if tuple(findings) != self._found.get(by, ()):
            self._found[by] = tuple(findings)
            self.findings = tuple(finding for found in self._found.values() for finding in found)
            self._moved()

    @property
    def services(self) -> tuple[Service, ...]:
        """What is known to run inside, none while nobody has looked."""
        return self.discovery.services if self.discovery is not None else ()

    @property
    def redactor(self) -> Redactor:
        """What takes secrets out of texts about this container: it knows the values of its environment."""
        container = self.subject.container
        if self._redactor is None or self._redactor[0] != container.id:
            self._redactor = (container.id, Redactor(secrets_of(environment_of(self.subject))))
        return self._redactor[1]


def environment_of(subject: Subject) -> dict[str, str]:
    """Return the variables that the container was made with, as Docker shows them."""
    pairs = subject.container.frozen.get("Config", {}).get("Env") or ()
    return dict(text.partition("=")[::2] for text in pairs)
