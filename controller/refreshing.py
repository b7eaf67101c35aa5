"""Bring new content of configs and secrets into a container that stays."""

from dataclasses import replace

from controller.archives import archives
from controller.content import contents_of, digests
from controller.records import Records
from engine.protocol import Engine
from observed_state.instance import Instance
from reconcilers.actions import RefreshFiles
from reconcilers.world import ContainerWorld


async def refreshed(
    engine: Engine, records: Records, world: ContainerWorld, action: RefreshFiles, instance: Instance
) -> Instance:
    """Replace the files, tell the process if asked to, and return the instance with the digests of what it has now.

    Cut off on the way it is done once more from its beginning: a second signal is better than none.

    Raises:
        EngineError: the content can't be read, or Docker would not take it.
    """
    contents = contents_of(world.stored.key.namespace, world.spec, records.resources)
    files = [file for file in contents.files if file.path in action.paths]
    for folder, archive in archives(world.spec, files).items():
        await engine.put_archive(action.container_id, folder, archive)
    if action.signal:
        await engine.kill_container(action.container_id, action.signal)
    made = digests(contents, records.store_id)[0]
    renewed = {file.path: made[file.path] for file in files}
    known = instance.resolved.get("files", {})
    return replace(instance, resolved={**instance.resolved, "files": {**known, **renewed}})
