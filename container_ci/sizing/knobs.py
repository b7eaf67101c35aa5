"""Settings inside a program that have to follow from its container's limits. Pure.

Most programs see the host's memory and processors, not their container's.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting: where it is set, what it is now ("" when it isn't set), what it should be, and why."""

    setting: str
    current: str
    recommended: str
    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a program: service types, the command line, its variables, and its limits (None: none)."""

    types: Sequence[str]
    command: Sequence[str]
    environment: Mapping[str, str]
    memory: int | None
    cpus: float | None


def knobs(seen: Seen) -> list[Knob]:
    """Return the settings that should be others, of all that runs in the container."""
    found: list[Knob] = []
    for kinds, rule in _RULES:
        if any(_is(kind, kinds) for kind in seen.types):
            found += [one for one in rule(seen) if one not in found]
    return found


def _is(kind: str, kinds: str) -> bool:
    return re.search(rf"(^|[-_])({kinds})($|[-_])", kind) is not None


def _java(seen: Seen) -> Iterator[Knob]:
    options = " ".join(
        [*seen.command, *(seen.environment.get(name, "") for name in ("JAVA_TOOL_OPTIONS", "JAVA_OPTS"))]
    )
    if seen.memory and not re.search(r"-Xmx|MaxRAM", options):
        yield Knob(
            "environment.JAVA_TOOL_OPTIONS",
            seen.environment.get("JAVA_TOOL_OPTIONS", ""),
            "-XX:MaxRAMPercentage=70",
            "the JVM takes a quarter of the limit for its heap by default",
        )
    elif seen.memory and (heap := _java_heap(options)) and heap > 0.8 * seen.memory:
        yield Knob("-Xmx", _mib(heap), _mib(0.7 * seen.memory), "the heap leaves no room for the rest of the JVM")


def _java_heap(options: str) -> float:
    found = re.search(r"-Xmx(\d+)([kmgKMG]?)", options)
    return int(found[1]) * {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[found[2].lower()] if found else 0


def _node(seen: Seen) -> Iterator[Knob]:
    options = " ".join([*seen.command, seen.environment.get("NODE_OPTIONS", "")])
    if seen.memory and "max-old-space-size" not in options:
        wanted = f"--max-old-space-size={0.75 * seen.memory / MIB:.0f}"
        reason = "0.75 x the memory limit: Node collects late when it doesn't know of one"
        yield Knob("environment.NODE_OPTIONS", seen.environment.get("NODE_OPTIONS", ""), wanted, reason)


def _go(seen: Seen) -> Iterator[Knob]:
    if seen.memory and "GOMEMLIMIT" not in seen.environment:
        wanted = f"{0.9 * seen.memory / MIB:.0f}MiB"
        yield Knob("environment.GOMEMLIMIT", "", wanted, "0.9 x the memory limit: Go collects harder before it")
    if seen.cpus and "GOMAXPROCS" not in seen.environment:
        reason = "Go before 1.25 runs a thread for each processor of the host, and is throttled for it"
        yield Knob("environment.GOMAXPROCS", "", str(math.ceil(seen.cpus)), reason)


def _redis(seen: Seen) -> Iterator[Knob]:
    if seen.memory and "--maxmemory" not in seen.command:
        wanted = f"--maxmemory {0.7 * seen.memory / MIB:.0f}mb"
        reason = "0.7 x the memory limit: a save forks, and its pages are copied; say maxmemory-policy, too"
        yield Knob("command", "", wanted, reason)


def _postgres(seen: Seen) -> Iterator[Knob]:
    if seen.memory and not any(word.startswith("shared_buffers") for word in seen.command):
        reason = "a quarter of the memory limit, unless postgresql.conf says so already"
        yield Knob("shared_buffers", "", f"{0.25 * seen.memory / MIB:.0f}MB", reason)


def _memcached(seen: Seen) -> Iterator[Knob]:
    if seen.memory and "-m" not in seen.command:
        yield Knob("command", "", f"-m {0.8 * seen.memory / MIB:.0f}", "0.8 x the memory limit; 64 MB by default")


def _gunicorn(seen: Seen) -> Iterator[Knob]:
    if not seen.cpus:
        return
    words = list(seen.command)
    said = next((after for word, after in pairwise(words) if word in ("-w", "--workers")), "")
    said = said or seen.environment.get("WEB_CONCURRENCY", "")
    most = 2 * math.ceil(seen.cpus) + 1
    if said.isdecimal() and int(said) > most:
        reason = f"2 x {math.ceil(seen.cpus)} processors + 1: more only share what there is"
        yield Knob("gunicorn --workers", said, str(most), reason)


def _nginx(seen: Seen) -> Iterator[Knob]:
    if seen.cpus:
        reason = "`auto` starts one for each processor of the host"
        yield Knob("nginx worker_processes", "", str(math.ceil(seen.cpus)), reason)


def _dotnet(seen: Seen) -> Iterator[Knob]:
    names = ("DOTNET_GCHeapHardLimitPercent", "DOTNET_GCHeapHardLimit", "COMPlus_GCHeapHardLimit")
    if seen.memory and not any(name in seen.environment for name in names):
        # .NET reads it in hexadecimal.
        reason = "75 % of the memory limit, in hexadecimal"
        yield Knob("environment.DOTNET_GCHeapHardLimitPercent", "", "0x4B", reason)


def _mib(size: float) -> str:
    return f"{size / MIB:.0f}m"


_RULES: tuple[tuple[str, Callable[[Seen], Iterator[Knob]]], ...] = (
    ("java|jvm|tomcat|jetty|spring|spring-boot|kafka|elasticsearch|cassandra|zookeeper|jenkins|solr", _java),
    ("node|nodejs|express|next|nuxt|nest", _node),
    ("go", _go),
    ("redis|valkey|keydb", _redis),
    ("postgres|postgresql", _postgres),
    ("memcached", _memcached),
    ("gunicorn", _gunicorn),
    ("nginx|openresty", _nginx),
    ("dotnet|aspnet|aspnetcore", _dotnet),
)
