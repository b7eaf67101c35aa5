"""What a framework makes of an application: what runs, on which port, or which folder is served."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockerfiles.analysis import Caution, Evidence, Kind
from dockerfiles.languages.node.running import Start


@dataclass(frozen=True, slots=True)
class Shape:
    """One framework's answer.

    Args:
        name: the framework.
        package: the dependency that it was known by.
        kind: what the application is.
        start: what runs; None leaves that to scripts and files.
        port: where it listens when nobody says otherwise, None for nowhere.
        bind: the environment that makes it listen beyond loopback.
        output: the folder that is served, for what ends as files.
        spa: whether unknown paths are answered by the index.
        alone: what the build makes and needs nothing else to run; () when packages and sources have to be there.
        build: the command that builds when no script does.
        prepare: commands before the build.
        writable: folders it writes to.
        needs_port: whether `port` is all that can be known (it reads no source that could say otherwise).
    """

    name: str
    package: str
    kind: Kind = "web"
    start: Start | None = None
    port: int | None = 3000
    bind: Mapping[str, str] = field(default_factory=dict)
    output: str = ""
    spa: bool = False
    alone: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    needs_port: bool = False
    evidence: tuple[Evidence, ...] = ()
    cautions: tuple[Caution, ...] = ()
