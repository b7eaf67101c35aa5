"""What people do with images by hand: build, push, pull, tag, remove, look. The engine holds the result, nothing else.

Long work is told while it goes on. Nothing of it is recorded: it is done by the time the answer ends, and whoever
breaks it off does it again.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread
from pydantic import ValidationError

from controller import git, image_tags, image_views
from controller.build_causes import explanation, place
from controller.build_keys import key_of
from controller.errors import ServiceError
from controller.image_views import users_by_image
from controller.service_ground import Ground, Json
from controller.streaming import Say, told
from desired_state.build import Build
from desired_state.solution import SolutionSpec
from engine.errors import BuildFailed, Conflict, EngineError, NotFound, NotSupported, PullFailed, Refused
from observed_state.image import Image
from reconcilers.naming import BUILD_LABEL, SOLUTION_LABEL

_PER_ERROR: tuple[tuple[type[EngineError], int, str], ...] = (
    (NotFound, 404, "`ergon image list` shows what is here"),
    (Conflict, 409, "`ergon image inspect` shows what uses it"),
    (PullFailed, 503, ""),
    (NotSupported, 400, ""),
    (Refused, 400, ""),
    (EngineError, 503, "`ergon doctor` says what is wrong"),
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a solution says about its build: how, under which name, in which version, and the labels that say whose."""

    build: Json
    name: str
    version: str
    labels: dict[str, str]


class Imaging(Ground):
    """One method per question or deed."""

    async def images(self, *, name: str = "", dangling: bool = False) -> Json:
        """Return the images that are here: those whose references begin with `name`; nameless ones when asked for."""
        with refusals():
            found = await self._runtime.engine.list_images()
        users = self._users()
        rows = [image_views.image(one, users.get(one.id, ())) for one in found if one.references or dangling]
        wanted = [row for row in rows if not name or any(ref.startswith(name) for ref in row["references"])]
        return {"images": sorted(wanted, key=lambda row: (not row["references"], row["references"], row["id"]))}

    async def image(self, *, reference: str) -> Json:
        """Return everything about one image."""
        with refusals():
            found = await self._runtime.engine.inspect_image(reference)
            layers = await self._runtime.engine.image_history(found.id)
        return image_views.inspected(found, self._users().get(found.id, ()), layers)

    async def image_tag(self, *, image: str, references: Sequence[str], actor: str = "api") -> Json:  # noqa: ARG002 - nothing is recorded
        """Let references mean an image, whatever they meant before."""
        with refusals():
            found = await self._runtime.engine.inspect_image(image)
            for reference in references:
                await self._runtime.engine.tag_image(found.id, reference)
        return {"image": found.id, "references": list(references)}

    async def image_remove(self, *, references: Sequence[str], actor: str = "api") -> Json:  # noqa: ARG002 - nothing is recorded
        """Remove references, and each image with its last one."""
        with refusals():
            for reference in references:
                await self._runtime.engine.inspect_image(reference)
            for reference in references:
                await self._runtime.engine.remove_image(reference)
        return {"removed": list(references)}

    async def image_pull(
        self,
        *,
        reference: str,
        platform: str | None = None,
        actor: str = "api",  # noqa: ARG002 - nothing is recorded
    ) -> AsyncIterator[Json]:
        """Fetch an image, telling how far it is."""

        async def pull(say: Say) -> Json:
            with refusals():
                found = await self._runtime.engine.pull_image(reference, platform, _layers(say))
            return {"image": found.id, "references": [reference], "digest": found.digest_for(reference)}

        return told(pull)

    async def image_push(self, *, references: Sequence[str], actor: str = "api") -> AsyncIterator[Json]:  # noqa: ARG002 - nothing is recorded
        """Give images to their registries, telling how far that is."""

        async def push(say: Say) -> Json:
            return {"pushed": [await self._pushed(reference, say) for reference in references]}

        return told(push)

    async def image_build(
        self,
        *,
        build: Json,
        names: Sequence[str] = (),
        rules: Sequence[str] = (),
        version: str = "",
        push: bool = False,
        solution: str = "",
        namespace: str | None = None,
        actor: str = "api",  # noqa: ARG002 - nothing is recorded
    ) -> AsyncIterator[Json]:
        """Build an image from a folder of this host, telling every line, and give it its tags.

        `build` is as an Image resource declares it; `names` and `rules` are those of `image_tags`. Of a `solution` it
        is known already: what is said here goes before that.
        """
        known = self._solution(solution, namespace) if solution else None
        wanted = _build({**known.build, **build} if known else build)
        version = version or (known.version if known else "")
        labels = known.labels if known else {}
        name = known.name if known else _name_of(wanted)

        async def make(say: Say) -> Json:
            with refusals():
                content = "" if wanted.is_remote else await key_of(wanted)
            said = version or await _version_of(wanted, names, rules)
            facts = image_tags.Facts(said, await _described(wanted, rules), content)
            references = image_tags.references(names, rules, facts, name)
            return await self._built(wanted, references, {**labels, BUILD_LABEL: content}, say, push=push)

        return told(make)

    async def _built(
        self, build: Build, references: Sequence[str], labels: dict[str, str], say: Say, *, push: bool
    ) -> Json:
        say({"building": references[0]})
        try:
            with refusals():
                found = await self._made(build, references, labels, say)
        except ServiceError as error:
            raise await to_thread.run_sync(explained, error, build) from error
        pushed = [await self._pushed(one, say) for one in references] if push and not build.for_several else []
        done = {"image": found.id, "references": list(references), "size": found.size, "content": labels[BUILD_LABEL]}
        return {**done, "pushed": pushed}

    async def _made(self, build: Build, references: Sequence[str], labels: dict[str, str], say: Say) -> Image:
        """Build the first reference and let the others mean it, too.

        For several platforms an image is in the registry once it is built: each name is a build then, from the cache.
        """
        engine = self._runtime.engine
        first, *others = references
        found = await engine.build_image(first, build, labels, _steps(say), _lines(say))
        for reference in others:
            if build.for_several:
                await engine.build_image(reference, build, labels, _steps(say), _lines(say))
            else:
                await engine.tag_image(found.id, reference)
        return found

    async def _pushed(self, reference: str, say: Say) -> Json:
        say({"pushing": reference})
        with refusals():
            await self._runtime.engine.push_image(reference, _layers(say))
            found = await self._runtime.engine.inspect_image(reference)
        return {"reference": reference, "digest": found.digest_for(reference)}

    def _solution(self, name: str, namespace: str | None) -> "_Known":
        key = self._find(f"solution/{name.removeprefix('solution/')}", namespace)
        spec = self._runtime.records.resources[key].resource.spec
        assert isinstance(spec, SolutionSpec)  # noqa: S101 - of its kind
        build: Json = {"context": spec.context, "dockerfile": spec.dockerfile_path}
        if spec.build_args:
            build["args"] = dict(spec.build_args)
        whose = f"{key.namespace}/{key.name}"
        return _Known(build, spec.image or whose, spec.version or "", {SOLUTION_LABEL: whose})

    def _users(self) -> dict[str, list[str]]:
        return users_by_image({row.name: row.image_id for row in self._runtime.observed.summaries.values()})


@contextmanager
def refusals() -> Iterator[None]:
    """Raise what the engine raises inside as the answer to the caller."""
    try:
        yield
    except EngineError as error:
        status, hint = next((status, hint) for kind, status, hint in _PER_ERROR if isinstance(error, kind))
        raise ServiceError(error.message, hint, status) from error


def explained(error: ServiceError, build: Build) -> ServiceError:
    """Return the error of a build with what is known of why it failed, where a step of it did."""
    failed = error.__cause__
    if not isinstance(failed, BuildFailed):
        return error
    found = explanation(failed, build)
    lines = [failed.message.partition(": ")[0], place(found, build), found.cause.text, f"> {found.cause.evidence}"]
    message = "\n".join(line for line in lines if line.strip("> "))
    return ServiceError(message, found.cause.advice, problems=[image_views.failure(found)])


def _build(given: Json) -> Build:
    try:
        build = Build.from_declared(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ServiceError(f"this can't be built: {where}: {first['msg']}".replace(": : ", ": ")) from error
    if not build.is_remote and not Path(build.context).is_absolute():
        raise ServiceError(f"the folder {build.context} is no absolute path", "name it from the root on")
    return build


async def _version_of(build: Build, names: Sequence[str], rules: Sequence[str]) -> str:
    """Return the version that the project gives itself, where a tag is made of it."""
    if build.is_remote or not ("version" in rules or image_tags.by_default(names, rules)):
        return ""

    def look() -> str:
        from controller.generation import version_of  # noqa: PLC0415 - loads the room that analyses projects

        return version_of(Path(build.context))

    return await to_thread.run_sync(look, abandon_on_cancel=True)


async def _described(build: Build, rules: Sequence[str]) -> str:
    return await to_thread.run_sync(git.described, Path(build.context)) if "git" in rules else ""


def _name_of(build: Build) -> str:
    """Return what an image is called that nobody named: as its folder, in the letters a reference may have."""
    last = build.context.rstrip("/").rpartition("/")[2].removesuffix(".git").lower()
    return "-".join("".join(char if char.isascii() and char.isalnum() else " " for char in last).split()) or "app"


def _layers(say: Say) -> Callable[[str], None]:
    return lambda text: say({"layers": text})


def _steps(say: Say) -> Callable[[str], None]:
    return lambda text: say({"step": text})


def _lines(say: Say) -> Callable[[str], None]:
    return lambda text: say({"line": text})
