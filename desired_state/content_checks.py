"""What stands against the files that Configs and Secrets become inside one container."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from desired_state.container import ContainerSpec
from desired_state.misfits import Path

Found = tuple[Path, str]


def misplaced_files(spec: ContainerSpec) -> Iterator[Found]:
    """Yield the files that can't be where they are declared: two at one place, or hidden, or not writable."""
    taken = {mount.target for mount in spec.volumes}
    for place, path in file_paths(spec):
        if path in taken:
            yield place, f"something else is mounted at {path} already"
        taken.add(path)
        if hidden := _memory_above(spec, path):
            yield place, f"{path} lies below the tmpfs {hidden}, which is empty at each start; choose another target"
        elif spec.read_only and PurePosixPath(path).parent == PurePosixPath("/"):
            advice = f"a target in a folder of its own, such as /run/configs{path}"
            yield place, f"a read_only container can't get a file at {path}; write {advice}"


def file_paths(spec: ContainerSpec) -> Iterator[tuple[Path, str]]:
    """Yield the field and the path of every file that a container gets from its configs and secrets."""
    for index, config in enumerate(spec.configs or ()):
        yield ("configs", index), config.path("Config")
    for index, secret in enumerate(spec.secrets or ()):
        yield ("secrets", index), secret.path("Secret")


def _memory_above(spec: ContainerSpec, path: str) -> str | None:
    memory = [mount.target for mount in spec.volumes if mount.type == "tmpfs"]
    memory += [entry.partition(":")[0] for entry in spec.tmpfs or ()]
    return next((target for target in memory if PurePosixPath(path).is_relative_to(target)), None)
