"""What companions are told of what was measured (`Measurements`)."""

from typing import Any

from container_ci.sizing.history import History
from container_ci.sizing.measurements import Scaled
from container_ci.sizing.recommending import Ground
from container_ci.subject import Subject
from controller.clock import Clock
from controller.measuring import Measuring
from controller.records import Records
from controller.scaling import Scaling
from desired_state.container import ContainerSpec
from desired_state.key import Key

Json = dict[str, Any]


class Measured:
    """Answers from memory."""

    def __init__(self, records: Records, measuring: Measuring, scaling: Scaling, clock: Clock) -> None:
        self._records = records
        self._measuring = measuring
        self._scaling = scaling
        self._clock = clock

    def history(self, subject: Subject) -> History | None:
        """Return what the subject's resource has used."""
        return self._measuring.history(subject.key) if subject.key is not None else None

    def ground(self, subject: Subject) -> Ground:
        """Return what the host offers."""
        return self._scaling.ground(self._declared(subject.key))

    def scaled(self, subject: Subject) -> Scaled | None:
        """Return how the autoscaling of the subject's resource stands."""
        key, spec = subject.key, self._declared(subject.key)
        if key is None or spec is None or spec.autoscale is None:
            return None
        held = ""
        if spec.declared_replicas is not None:
            held = f"a declared number holds; `ergon scale {key.name}=auto` gives it back to the load"
        verdict = self._scaling.verdicts.get(key)
        replicas = self._scaling.replicas(key, spec, self._clock.now())
        return Scaled(
            self._scaling.wanted(key, spec),
            tuple({"name": one.name, "ready": one.ready, "cores": one.cores, "memory": one.memory} for one in replicas),
            verdict.reason if verdict is not None and not held else "",
            verdict.stuck if verdict is not None and not held else "",
            held,
        )

    def source(self, subject: Subject) -> str:
        """Return the state file that declares the subject's resource."""
        stored = self._records.resources.get(subject.key) if subject.key is not None else None
        return stored.resource.source if stored is not None else ""

    def heed(self, subject: Subject) -> None:
        """Measure it closely for a while."""
        if subject.key is not None:
            self._measuring.heed(subject.key)

    def _declared(self, key: Key | None) -> ContainerSpec | None:
        stored = self._records.resources.get(key) if key is not None else None
        spec = stored.resource.spec if stored is not None else None
        return spec if isinstance(spec, ContainerSpec) else None
