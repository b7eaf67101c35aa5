"""What people ask of containers that Ergon did not make: write them down, take them over, give them back."""

from collections.abc import Sequence

from controller import takeover, views
from controller.admission import admit, parse
from controller.errors import ServiceError
from controller.importing import Selection
from controller.releasing import release
from controller.service_ground import Ground, Json, explained
from controller.workqueue import Priority
from desired_state.network import NetworkSpec
from desired_state.resource import Stored, to_document
from reconcilers import graph
from store.errors import StoreError


class TakingOver(Ground):
    """One method per verb."""

    async def import_containers(
        self,
        *,
        containers: Sequence[str] = (),
        compose_project: str = "",
        all: bool = False,  # noqa: A002 - the word of the API
        name: str | None = None,
        namespace: str | None = None,
        secrets: bool = False,
    ) -> Json:
        """Return the declarations of what runs. Values that look secret are left out unless `secrets`."""
        await self._barrier(inspect_all=False)
        selection = Selection(containers, compose_project, all=all, name=name, namespace=namespace)
        with explained():
            return await takeover.import_answer(self._runtime, selection, secrets=secrets)

    async def export(self, *, names: Sequence[str] = (), namespace: str | None = None, needs: bool = False) -> Json:
        """Return what is declared, as it is stored; with `needs` also what the named resources refer to."""
        records = self._runtime.records
        wanted = {stored.key: stored for stored in self._wanted(namespace, names)}
        if needs:
            keys = [need for stored in wanted.values() for need in graph.dependencies_of(stored)]
            wanted |= {
                key: records.resources[key] for key in keys if key.kind != "Container" and key in records.resources
            }
        kept = [stored for stored in wanted.values() if stored.deleting_since is None]
        ordered = graph.ordered(kept)
        return {"documents": [to_document(stored.resource) for stored in ordered if not _is_implied(stored)]}

    async def adopt(
        self,
        *,
        containers: Sequence[str] = (),
        compose_project: str = "",
        labelled: bool = False,
        documents: Sequence[Json] = (),
        name: str | None = None,
        namespace: str | None = None,
        replace: bool = False,
        dry_run: bool = False,
        actor: str = "api",
    ) -> Json:
        """Take containers over as they are, with the networks and volumes of their own: nothing is restarted.

        What differs from what is declared is in the answer, and is ended by the loop; what would take a new
        container is refused (409) unless `replace` asks for that. `dry_run` writes nothing.
        """
        await self._barrier(inspect_all=False)
        selection = Selection(containers, compose_project, labelled, name=name, namespace=namespace)
        runtime, declared = self._runtime, parse(documents)
        with explained():
            adoption = await takeover.adoption_of(runtime, selection, declared, labelled=labelled)
        if not adoption.obstacles:
            admit(runtime, adoption.declared)
        answer = takeover.adoption_answer(adoption)
        if dry_run:
            return answer | {"results": [], "resource_version": 0}
        try:
            done, instances, version = await takeover.carry_out(
                runtime, adoption, replace_what_differs=replace, actor=actor
            )
        except StoreError as error:
            raise ServiceError(str(error), status=409) from error
        if self._live:
            await takeover.take_restarts(runtime, instances)
        self._changed(one.stored for one in done if one.outcome != "unchanged" or one.key in adoption.keys)
        return answer | {"results": [views.applied(one) for one in done], "resource_version": version}

    async def release(self, *, names: Sequence[str], namespace: str | None = None, actor: str = "api") -> Json:
        """Stop managing resources, and leave what they are in Docker as it is."""
        keys = self._named(names, namespace)
        try:
            with explained():
                done = await release(self._runtime, keys, actor=actor)
        except StoreError as error:
            raise ServiceError(str(error), status=409) from error
        for key in keys:
            self._runtime.queue.add(key, Priority.USER)
        return self._results(done, "released")


def _is_implied(stored: Stored) -> bool:
    """Whether it is the network that a namespace has without anybody's word."""
    resource = stored.resource
    plain = resource.spec == NetworkSpec() and not resource.labels and not resource.annotations
    return stored.key.kind == "Network" and stored.key.name == "default" and plain
