"""Projects, and the solutions made of them: generate, register, list, launch."""

import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import anyio
from anyio import CapacityLimiter, to_thread

from controller import views
from controller.errors import ServiceError
from controller.imaging import refusals
from controller.launching import Wanted, launch, names_of_built
from controller.redaction import spec_shown
from controller.service_ground import Ground, Json
from controller.targets import find, near_miss
from desired_state.container import ContainerSpec
from desired_state.key import Key
from desired_state.project import ProjectSpec
from desired_state.resource import Stored
from desired_state.solution import SolutionSpec
from engine.errors import EngineError
from observed_state.image import Image
from reconcilers.naming import SOLUTION_LABEL

if TYPE_CHECKING:  # analysing a project takes a room that nothing else needs
    from controller.generation import Made

# A look at a project is bounded by itself; this is for a disk that does not answer.
_PATIENCE_S = 60.0
_CLONING_S = 300.0


class Projects(Ground):
    """One method per question or deed; what is declared goes through `apply`, like everything."""

    apply: Callable[..., Any]
    _analysing = CapacityLimiter(1)

    async def projects(self, *, namespace: str | None = None) -> Json:
        """Return the projects, each with the solutions that were made of it."""
        solutions = self._declared("Solution", namespace)
        rows = []
        for stored in self._declared("Project", namespace):
            mine = [one.key.name for one in solutions if _project_of(one) == stored.key]
            rows.append({**_row(stored), "id": _id_of(stored), "solutions": mine})
        return {"projects": rows}

    async def solutions(self, *, namespace: str | None = None) -> Json:
        """Return the solutions, each with the images that were built of it and are here; None: Docker does not say."""
        try:
            present = await self._runtime.engine.list_images()
        except EngineError:
            present = None
        declared = self._declared("Solution", namespace)
        built = (None if present is None else _built(stored.key, present) for stored in declared)
        return {
            "solutions": [{**_row(stored), "images": images} for stored, images in zip(declared, built, strict=True)]
        }

    async def generate(
        self, *, name: str, namespace: str | None = None, force: bool = False, save: bool = True, actor: str = "api"
    ) -> Json:
        """Make a Dockerfile for a project, save it there, and register the solution.

        What was written by hand is kept unless `force` says otherwise; the answer says so.
        """
        stored = self._project(name, namespace)
        spec = cast("ProjectSpec", stored.resource.spec)
        made = await self._analysed(stored.key, spec, save=save, force=force)
        from controller import generation  # noqa: PLC0415 - loaded by now

        key = stored.key.sibling("Solution", self._solution_name(stored.key, spec))
        done = await self.apply(documents=[generation.document(key, self._kept(key, made.solution))], actor=actor)
        outcome = done["results"][0]["outcome"]
        return {**generation.answer(made, registered=True), "solution": views.key(key), "outcome": outcome}

    async def launch(
        self,
        *,
        name: str,
        namespace: str | None = None,
        called: str = "",
        image: str = "",
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        ports: Mapping[str, int] | None = None,
        replicas: int = 1,
        dry_run: bool = False,
        actor: str = "api",
    ) -> Json:
        """Declare a container of a solution, with its companion; with `dry_run` only say what would be declared."""
        key = self._find(f"solution/{name.removeprefix('solution/')}", namespace)
        solution = cast("SolutionSpec", self._runtime.records.resources[key].resource.spec)
        wanted = Wanted(
            key.sibling("Container", called or key.name),
            image or await self._image_of(key),
            environment or {},
            secrets or {},
            ports or {},
            replicas,
            joins_new_network=key.sibling("Network", "default") not in self._runtime.records.resources,
        )
        if wanted.key in self._runtime.records.resources and not dry_run:
            raise ServiceError(f"{wanted.key} is declared already", "launch it under another name, with --name", 409)
        plan = await to_thread.run_sync(launch, solution, wanted, self._is_free)
        documents = list(plan.documents)
        done = {"results": []} if dry_run else await self.apply(documents=documents, actor=actor)
        return {"documents": documents, "notes": list(plan.notes), "results": done["results"]}

    async def _analysed(self, key: Key, spec: ProjectSpec, *, save: bool, force: bool) -> "Made":
        def work() -> "Made":
            from controller.checkouts import folder_of  # noqa: PLC0415 - for those who ask only
            from controller.generation import make  # noqa: PLC0415

            folder = folder_of(key, spec, self._runtime.store.state_dir)
            return make(folder, key, spec, save=save, force=force)

        try:
            with anyio.fail_after(_PATIENCE_S if spec.path else _CLONING_S):
                return await to_thread.run_sync(work, limiter=self._analysing, abandon_on_cancel=True)
        except TimeoutError as error:
            raise ServiceError(
                f"{key}: it could not be read in time", "is its disk, or its server, there?", 503
            ) from error

    def _project(self, name: str, namespace: str | None) -> Stored:
        """Return the project with this id, or of this name."""
        projects = self._declared("Project", namespace)
        found = [one for one in projects if _id_of(one) == name]
        if not found:
            known = {one.key: one for one in projects}
            try:
                return known[find(f"project/{name.removeprefix('project/')}", namespace, known)]
            except ServiceError as error:
                if error.status != 404:
                    raise
                hint = near_miss(name, [_id_of(one) for one in projects]) or "`ergon project list` shows them"
                raise ServiceError(f'there is no project "{name}"', hint, 404) from error
        if len(found) > 1:
            listed = ", ".join(str(one.key) for one in found)
            raise ServiceError(f'several projects are called "{name}": {listed}', "name one of them whole", 409)
        return found[0]

    def _declared(self, kind: str, namespace: str | None) -> list[Stored]:
        found = (one for key, one in self._runtime.records.resources.items() if key.kind == kind)
        return sorted((one for one in found if namespace in (None, one.key.namespace)), key=lambda one: one.key)

    def _solution_name(self, project: Key, spec: ProjectSpec) -> str:
        """Return what the solution of a project is called: as it, with the folder of an application that was picked."""
        app = (spec.docker.app if spec.docker else None) or ""
        folder = "-".join("".join(char if char.isalnum() else " " for char in app.lower()).split())
        return f"{project.name}-{folder}"[:63].strip("-") if folder else project.name

    def _kept(self, key: Key, made: SolutionSpec) -> SolutionSpec:
        """Return a solution as it was made, with what people said about the one before."""
        known = self._runtime.records.resources.get(key)
        if known is None or not isinstance(before := known.resource.spec, SolutionSpec):
            return made
        said = {field: getattr(before, field) for field in ("image", "description", "container_ci")}
        return made.model_copy(
            update={field: value for field, value in said.items() if field in before.model_fields_set}
        )

    async def _image_of(self, key: Key) -> str:
        """Return by which name the newest image of a solution is run, "" when none is here."""
        with refusals():
            built = _built(key, await self._runtime.engine.list_images())
        return names_of_built(built[0]["references"]) if built else ""

    def _is_free(self, port: int, protocol: str) -> bool:
        """Return whether nobody declares a port of the host, and nobody listens at it."""
        declared = (
            one
            for stored in self._runtime.records.resources.values()
            if isinstance(spec := stored.resource.spec, ContainerSpec)
            for one in spec.ports
        )
        if any(one.host_ports and port in one.host_ports and one.protocol == protocol for one in declared):
            return False
        kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("", port))
            except (OSError, OverflowError):
                return False
        return True


def _row(stored: Stored) -> Json:
    return {
        **views.key(stored.key),
        "generation": stored.generation,
        "spec": spec_shown(stored.resource.spec.declared()),
    }


def _id_of(stored: Stored) -> str:
    return cast("ProjectSpec", stored.resource.spec).id or stored.key.name


def _project_of(solution: Stored) -> Key | None:
    provenance = cast("SolutionSpec", solution.resource.spec).provenance
    return solution.key.sibling("Project", provenance.project) if provenance and provenance.project else None


def _built(key: Key, present: list[Image]) -> list[Json]:
    """Return the images that were built of a solution, the newest first: their labels say so."""
    mine = [
        one for one in present if one.labels.get(SOLUTION_LABEL) == f"{key.namespace}/{key.name}" and one.references
    ]
    mine.sort(key=lambda one: (one.created is not None, one.created), reverse=True)
    return [{"id": one.id, "references": list(one.references), "created": views.moment(one.created)} for one in mine]
