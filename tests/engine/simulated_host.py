"""Short ways to make things on a simulated daemon in virtual time."""

from typing import Any

from controller.clock import VirtualClock
from desired_state.container import ContainerSpec
from engine.protocol import NewContainer
from engine.simulated import Behaviour, SimulatedEngine
from observed_state.container import Container

OLD, NEW = (1, 41), (1, 51)


class SimulatedHost:
    """A clock, a daemon on it with one image per behaviour, and what is asked most."""

    def __init__(self, api_version: tuple[int, int] = NEW) -> None:
        self.clock = VirtualClock()
        self.sim = SimulatedEngine(self.clock, api_version=api_version)

    async def running(self, name: str, behaviour: Behaviour | None = None, policy: str = "", **spec: Any) -> str:
        """Make and start a container of its own image; `policy` is Docker's own restart policy."""
        container_id = await self.created(name, behaviour, policy, **spec)
        await self.sim.start_container(container_id)
        return container_id

    async def created(self, name: str, behaviour: Behaviour | None = None, policy: str = "", **spec: Any) -> str:
        """Make a container of its own image and return its id."""
        self.sim.add_image(f"{name}:1", behaviour)
        delegated = {"restart": {"policy": "delegated", "docker": policy}} if policy else {}
        declared = ContainerSpec.model_validate({"image": f"{name}:1", **delegated, **spec})
        return (await self.sim.create_container(NewContainer(name, declared, f"{name}:1"))).id

    async def look(self, name: str) -> Container:
        return await self.sim.inspect_container(name)

    async def state(self, name: str) -> str:
        return (await self.look(name)).state
