"""What the contexts of declared builds hold now, read beside the event loop."""

from collections.abc import Iterable

from anyio.to_thread import run_sync

from controller.errors import ServiceError
from desired_state.build import Build
from desired_state.image import ImageSpec
from desired_state.resource import Resource
from engine.build_context import build_key
from engine.errors import Refused
from reconcilers import naming


async def key_of(build: Build) -> str:
    """Return the digest of everything an image would be built from now.

    Raises:
        Refused: the context can't be read.
    """
    return await run_sync(build_key, build, abandon_on_cancel=True)


async def keys_of(declared: Iterable[Resource]) -> dict[str, str]:
    """Return what the builds among these resources are wanted of, by the reference they make.

    Raises:
        ServiceError: a context can't be read.
    """
    found: dict[str, str] = {}
    for resource in declared:
        spec = resource.spec
        if isinstance(spec, ImageSpec) and spec.build is not None:
            try:
                found[naming.image_reference(resource.key, spec)] = await key_of(spec.build)
            except Refused as error:
                where = f"{resource.source}: " if resource.source else ""
                message = f'{where}Image "{resource.key.name}": {error.message}'
                raise ServiceError(message, "a build needs its context at apply; see `build.context`") from error
    return found
