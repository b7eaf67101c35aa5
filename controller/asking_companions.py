"""Questions to companions, in words: whose answer is wanted, and what they say."""

from typing import Any

from container_ci.companion import ContainerCI, Unanswered
from controller.errors import ServiceError
from controller.service_ground import Ground
from controller.targets import near_miss
from desired_state.container import ContainerSpec
from desired_state.key import Key
from engine.errors import EngineError, NotFound
from reconcilers.world import ContainerWorld

Json = dict[str, Any]


class AskingCompanions(Ground):
    """The service functions about companions."""

    async def ci_list(self, *, namespace: str | None = None) -> Json:
        """Return how each container stands in the words of its companion, and what that can do."""
        await self._meet()
        found = [one for one in self._runtime.companions.all() if namespace in (None, _namespace(one))]
        return {"companions": [(await one.handle_query("status")).data for one in found]}

    async def ci_query(self, *, name: str, query: str = "status", namespace: str | None = None) -> Json:
        """Return what the companions of a resource's containers, or of any one container, say to a question.

        `name` is a declared container (all its replicas answer), the name or id of any container of this host,
        or a companion's own name.
        """
        await self._meet()
        asked = await self._companions_named(name, namespace)
        try:
            answers = [(one, await one.handle_query(query)) for one in asked]
        except Unanswered as error:
            raise ServiceError(error.message, error.hint) from error
        return {
            "answers": [
                {
                    "name": one.name,
                    "container": one.desk.subject.container.name,
                    "topic": answer.topic,
                    "data": answer.data,
                    "text": answer.text,
                }
                for one, answer in answers
            ]
        }

    async def _meet(self) -> None:
        """Have a companion for everything that is managed; a running loop has seen to that."""
        if self._live:
            return
        runtime = self._runtime
        for stored in runtime.records.resources.values():
            if isinstance(stored.resource.spec, ContainerSpec):
                world = await runtime.worlds.of(stored)
                if isinstance(world, ContainerWorld):
                    runtime.companions.follow(world)

    async def _companions_named(self, name: str, namespace: str | None) -> list[ContainerCI]:
        companions = self._runtime.companions
        if (key := self._resource_named(name, namespace)) is not None:
            if found := companions.of(key):
                return found
            raise ServiceError(f"{key} has no container now", "`ergon status` says why", 409)
        known = companions.named(name)
        if known is not None and known.desk.subject.key is not None:
            return [known]
        return [await self._guest(name)]

    def _resource_named(self, name: str, namespace: str | None) -> Key | None:
        try:
            key = self._find(name, namespace)
        except ServiceError as error:
            if error.status != 404 or "/" in name:
                raise
            return None
        if key.kind != "Container":
            raise ServiceError(f"{key} is no container, so it has no companion", "`ergon ci status` lists them")
        return key

    async def _guest(self, name: str) -> ContainerCI:
        runtime = self._runtime
        bare = name.removesuffix("-container-ci")
        try:
            container = await runtime.engine.inspect_container(bare)
        except NotFound:
            names = [row.name for row in runtime.observed.summaries.values()]
            names += [key.name for key in runtime.records.resources if key.kind == "Container"]
            raise ServiceError(f'there is no container "{name}"', near_miss(bare, names), 404) from None
        except EngineError as error:
            raise ServiceError(error.message, "`ergon doctor` says what is wrong", 503) from error
        return runtime.companions.attach(container)


def _namespace(companion: ContainerCI) -> str:
    key = companion.desk.subject.key
    return key.namespace if key is not None else ""
