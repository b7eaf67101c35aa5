"""What a container may not have more of, or may not do: memory, processors, files, disk, permissions."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from container_ci.diagnosis.counters import Reading
from container_ci.diagnosis.rule import Found, Rule, quote
from container_ci.diagnosis.saying import Hit, found_at, hits, last, words
from container_ci.diagnosis.situation import Mount, Situation

_NEAR = 0.9
_NEAR_SAMPLES = 3
_LEAK_SAMPLES, _LEAK_SPAN, _LEAK_FIT, _LEAK_GROWTH = 30, timedelta(minutes=30), 0.8, 0.10
_THROTTLED, _THROTTLED_HARD, _THROTTLED_SPAN = 0.10, 0.25, timedelta(minutes=5)
# Below that, a quota was used up a few times at the start.
_FEWEST_PERIODS = 100


def _near_limit(situation: Situation) -> Iterator[Found]:
    near = [one for one in situation.readings[-_NEAR_SAMPLES:] if (one.memory or 0) > _NEAR * (_limit(one, situation))]
    if not situation.container.running or len(near) < _NEAR_SAMPLES:
        return
    newest = near[-1]
    limit = _limit(newest, situation)
    used = newest.memory or 0
    text = f"working set {_mib(used)} of {_mib(limit)} ({100 * used / limit:.0f} %)"
    facts: dict[str, object] = {"memory": used, "limit": limit}
    cause = "it uses more than 90 % of its memory limit"
    slope = _slope(situation.readings)
    if slope > 0 and used < limit:
        left = (limit - used) / slope
        facts["seconds_to_limit"] = round(left)
        cause += f", and at this rate reaches it in {_span(left)}" if left < 86400 else ""
    yield Found(cause, (quote("cgroup:memory", text, newest.when),), 0.92, facts=facts)


def _leak(situation: Situation) -> Iterator[Found]:
    points = [(one.when.timestamp(), float(one.memory)) for one in situation.readings if one.memory is not None]
    if len(points) < _LEAK_SAMPLES or points[-1][0] - points[0][0] < _LEAK_SPAN.total_seconds():
        return
    slope, fit = _line(points)
    mean = sum(value for _, value in points) / len(points)
    # A plateau: what was won in the first part was not won again in the last.
    late, _ = _line(points[2 * len(points) // 3 :])
    per_hour = slope * 3600 / mean if mean else 0.0
    if fit < _LEAK_FIT or per_hour < _LEAK_GROWTH or late < slope * 0.3:
        return
    first, newest = points[0][1], points[-1][1]
    text = (
        f"working set {_mib(int(first))} -> {_mib(int(newest))} in {_span(points[-1][0] - points[0][0])}, R2 {fit:.2f}"
    )
    facts: dict[str, object] = {"bytes_per_hour": round(slope * 3600), "r2": round(fit, 3), "samples": len(points)}
    if limit := situation.memory_limit:
        facts["seconds_to_limit"] = round(max(limit - newest, 0) / slope)
    cause = f"its memory grows by {100 * per_hour:.0f} % an hour without end"
    yield Found(cause, (quote("cgroup:memory", text, situation.readings[-1].when),), 0.75, facts=facts)


def _churn(situation: Situation) -> Iterator[Found]:
    if not situation.container.running or not situation.readings or situation.readings[-1].oom_kills:
        return
    hit, span = _growth(situation, "memory_hits")
    if hit >= 100 and hit / max(span, 1.0) > 1.0:
        newest = situation.readings[-1]
        text = f"the limit was reached {hit} times in {_span(span)}"
        yield Found(
            "it keeps reaching its memory limit, and the kernel takes back its file cache",
            (quote("cgroup:memory.events", text, newest.when),),
            0.75,
            facts={"hits": hit},
        )


def _throttled(situation: Situation) -> Iterator[Found]:
    newest = situation.readings[-1] if situation.readings else None
    if newest is None or not situation.container.running:
        return
    periods, span = _growth(situation, "periods", _THROTTLED_SPAN)
    throttled, _ = _growth(situation, "throttled", _THROTTLED_SPAN)
    if periods < _FEWEST_PERIODS or throttled / periods < _THROTTLED:
        return
    ratio = throttled / periods
    text = f"nr_throttled {throttled} of nr_periods {periods} in {_span(span)}"
    hard = " most of the time" if ratio >= 0.5 else " often" if ratio >= _THROTTLED_HARD else ""
    cause = f"it is held back{hard} by its processor limit: in {100 * ratio:.0f} % of the periods"
    facts = {"ratio": round(ratio, 3), "severe": ratio >= _THROTTLED_HARD}
    yield Found(cause, (quote("cgroup:cpu.stat", text, newest.when),), 0.93, facts=facts)


_FORK = words(
    r"\[Errno 11\] Resource temporarily unavailable|spawn \S+ EAGAIN|(?:fork|"
    r"clone): (?:retry: )?Resource temporarily unavailable|can't fork|[Cc]annot fork|can't start new thread|"
    r"unable to create (?:new )?native thread|failed to create new OS thread|pthread_create.*Resource temporarily",
    "resource temporarily unavailable",
    "fork",
    "can't start new thread",
    "native thread",
    "os thread",
    "pthread_create",
    "eagain",
    living=True,
    anywhere=True,
)


def _pids(situation: Situation) -> Iterator[Found]:
    newest = situation.readings[-1] if situation.readings else None
    limit = (newest.pids_limit if newest else None) or situation.container.resources.get("PidsLimit")
    hit = last(hits(situation, _FORK))
    used, reached = (newest.pids or 0, newest.pids_hits or 0) if newest else (0, 0)
    full = bool(isinstance(limit, int) and limit > 0 and used > 0.9 * limit)
    if newest and (full or reached):
        text = f"pids.current {used} of pids.max {limit}, refused {reached} times"
        quotes = [quote("cgroup:pids", text, newest.when)]
        quotes += found_at(situation, hit, "").quotes if hit else ()
        entry = hit.number if hit else None
        yield Found(f"it may have no more than {limit} processes and threads", quotes, 0.95, entry=entry)
    elif hit is not None:
        sure = isinstance(limit, int) and limit > 0
        text = f"its limit is {limit}" if sure else "its limit of processes, or a ulimit of its user, is reached"
        yield found_at(situation, hit, f"no process or thread can be begun: {text}", confidence=0.93 if sure else 0.75)


_NOFILE = words(
    r"[Tt]oo many open files|EMFILE|\(24: Too many", "too many open files", "emfile", living=True, anywhere=True
)
_DISK_FULL = words(
    r"[Nn]o space left on device|ENOSPC|database or disk is full|[Dd]isk full|\[Errno 28\]",
    "no space left",
    "enospc",
    "disk full",
    "errno 28",
    living=True,
    anywhere=True,
)
_READ_ONLY = words(r"[Rr]ead-only file ?system|EROFS", "read-only file", "erofs", living=True, anywhere=True)
_DENIED = words(
    r"[Pp]ermission denied|EACCES|\(13: Permission|AccessDeniedException|Operation not permitted: '|"
    r"(?:is not writable|not writable by user)",
    "permission denied",
    "eacces",
    "accessdenied",
    "not writable",
    "operation not permitted",
    living=True,
    anywhere=True,
)
_PATH = re.compile(r"""(?<![\w.:/])['"(\[“\u2018]?(?P<path>/[\w.@+\-]+(?:/[\w.@+\-]+)*)(?=['")\]”\u2019:,;\s]|$)""")
_PROGRAMS = ("/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/lib/", "/lib/", "/usr/local/lib/", "/opt/venv")
_SHM = words(
    r"could not resize shared memory segment|[Bb]us error|insufficient shared memory|/dev/shm.*(?:[Nn]o space|"
    r"[Ff]ull|[Tt]oo small)|"
    r"[Nn]o space left on device.*/dev/shm|shared memory.*No space left",
    "shared memory",
    "bus error",
    "/dev/shm",  # noqa: S108  # part of a message
    living=True,
    anywhere=True,
)
_PRIVILEGED_PORT = words(
    r"bind\(\).*?[: ](?P<a>\d{1,4})\b(?!\.).*Permission denied|"
    r"[Cc]annot bind socket \(Permission denied\).*:(?P<h>\d{1,4})\b|"
    r"(?:listen|bind|socket)\S* (?:\S+ )*?\S*:(?P<b>\d{1,4}): bind: [Pp]ermission denied|"
    r"EACCES:? permission denied \S*?:(?P<c>\d{1,4})\b|"
    r"[Cc]ould not bind to address \S*:(?P<d>\d{1,4})\b|AH\d+: could not bind.*:(?P<e>\d{1,4})|"
    r"(?:[Cc]annot|[Cc]an't|[Ff]ailed to|[Cc]ould not|Unable to) bind.*?(?P<f>\b\d{2,4}\b).*[Pp]ermission denied|"
    r"\[Errno 13\] (?:Permission denied|"
    r"error while attempting to bind on address)[^\d]*(?:.*?[:, ](?P<g>\d{2,4})\)?)?.*",
    "permission denied",
    "eacces",
    "could not bind",
    "errno 13",
    living=True,
    anywhere=True,
)
_BINDING = re.compile(r"\bbind|\blisten|socket|create_server|TCPServer|server_bind|EACCES.*:\d{1,4}\b", re.IGNORECASE)
_CAPABILITY = words(
    r"[Oo]peration not permitted|^u?mount: .*permission denied|EPERM|Lacking privilege|failed switching to|"
    r"\(1: Operation|requires? (?:the )?CAP_\w+|"
    r"\[Errno 1\]|must be root|are you root",
    "not permitted",
    "lacking privilege",
    "failed switching",
    "mount: ",
    "eperm",
    "cap_",
    "errno 1]",
    "must be root",
    "are you root",
    living=True,
    anywhere=True,
)
_CAPABILITIES = (
    (re.compile(r"\bmount|umount|unshare|setns|pivot_root", re.IGNORECASE), "SYS_ADMIN"),
    (re.compile(r"iptables|nft|ip link|ip addr|RTNETLINK|tun|interface|route", re.IGNORECASE), "NET_ADMIN"),
    (re.compile(r"raw socket|icmp|\bping\b|SOCK_RAW", re.IGNORECASE), "NET_RAW"),
    (re.compile(r"ptrace|strace|gdb", re.IGNORECASE), "SYS_PTRACE"),
    (re.compile(r"perf_event|perf ", re.IGNORECASE), "PERFMON"),
    (re.compile(r"chown|changing ownership", re.IGNORECASE), "CHOWN"),
    (re.compile(r"setuid|setgid|setgroups|initgroups|set_user|setresuid", re.IGNORECASE), "SETUID and SETGID"),
    (re.compile(r"settime|clock|set date", re.IGNORECASE), "SYS_TIME"),
    (re.compile(r"mlock|memory lock", re.IGNORECASE), "IPC_LOCK"),
    (re.compile(r"nice|sched_set", re.IGNORECASE), "SYS_NICE"),
    (re.compile(r"chmod|fchmod|utime|set times", re.IGNORECASE), "FOWNER"),
    (re.compile(r"mknod", re.IGNORECASE), "MKNOD"),
    (re.compile(r"chroot", re.IGNORECASE), "SYS_CHROOT"),
    (re.compile(r"bind|listen", re.IGNORECASE), "NET_BIND_SERVICE"),
)


def path_of(line: str) -> str:
    """Return the path that a line complains about, "" for none; programs and libraries are not what it is about."""
    paths = [match["path"] for match in _PATH.finditer(line)]
    own = [path for path in paths if not path.startswith(_PROGRAMS)]
    return own[-1] if own else ""


def _nofile(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _NOFILE))
    if hit is not None:
        yield found_at(situation, hit, "it has as many files and connections open as its limit allows", confidence=0.95)


def _disk_full(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _DISK_FULL))
    if hit is None or _SHM.pattern.search(hit.line):
        return
    path = path_of(hit.line)
    mount = situation.mounted_at(path) if path else _only_tmpfs(situation)
    if mount is not None and mount.type == "tmpfs":
        where, advice = f"the tmpfs at {mount.target}", "raise the size of the tmpfs in spec.tmpfs or spec.volumes"
    elif mount is not None:
        where, advice = f"the {mount.type} at {mount.target}", "make room on the disk behind it"
    elif path:
        where = "the container's own layer: the disk on which Docker keeps its data"
        advice = "write what is kept to a volume (spec.volumes), and make room on the host"
    else:
        where, advice = "the disk it writes to", "make room, or give it a volume of its own (spec.volumes)"
    yield found_at(situation, hit, f"no room is left on {where}", confidence=0.95, advice=[advice])


def _only_tmpfs(situation: Situation) -> Mount | None:
    """Return the one tmpfs of limited size, when a line names no path."""
    limited = [one for one in situation.mounts if one.type == "tmpfs"]
    return limited[0] if len(limited) == 1 and len(situation.mounts) == 1 else None


def _read_only(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _READ_ONLY))
    if hit is None:
        return
    path = path_of(hit.line)
    mount = situation.mounted_at(path) if path else None
    where = path or "a path"
    if mount is not None and not mount.writable:
        cause, advice = (
            f"{where} lies on a mount that is read-only",
            f"mount {mount.target} without `ro` in spec.volumes",
        )
    elif situation.host_config.get("ReadonlyRootfs"):
        cause = f"{where} lies on the root file system, which is read-only"
        advice = f"give {where} a tmpfs (spec.tmpfs) or a volume (spec.volumes), or set spec.read_only: false"
    else:
        cause, advice = (
            f"{where} lies on a file system that is read-only",
            "look at the host's disk: errors make it read-only",
        )
    yield found_at(situation, hit, cause, confidence=0.95, advice=[advice])


def _permission(situation: Situation) -> Iterator[Found]:
    hit = last(one for one in hits(situation, _DENIED) if not _about_ports(one) and path_of(one.line))
    if hit is None:
        return
    path = path_of(hit.line)
    mount = situation.mounted_at(path)
    user = situation.user or "the user it runs as"
    where = f", on the {mount.type} mounted at {mount.target}" if mount else ""
    advice = (
        [
            (
                f"give {mount.source or mount.target} to user {situation.user or 'of the process'} on the host, or "
                f"set spec.user"
            )
        ]
        if mount
        else []
    )
    cause = f"{user} may not use {path}{where}"
    yield found_at(situation, hit, cause, confidence=0.93 if mount or situation.user else 0.85, advice=advice)


def _about_ports(hit: Hit) -> bool:
    return bool(_PRIVILEGED_PORT.pattern.search(hit.line) and _BINDING.search(hit.entry.text))


def _shm(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _SHM))
    if hit is not None:
        size = situation.host_config.get("ShmSize") or 64 * 2**20
        cause = f"its shared memory (/dev/shm, {_mib(size)}) is too small"
        yield found_at(situation, hit, cause, confidence=0.7 if "us error" in hit.line else 0.95)


def _privileged_port(situation: Situation) -> Iterator[Found]:
    hit = last(one for one in hits(situation, _PRIVILEGED_PORT) if _about_ports(one))
    if hit is None:
        return
    port = hit.group(*"abcdefgh")
    if port and not 0 < int(port) < 1024:
        return
    user = situation.user or "its user"
    yield found_at(situation, hit, f"{user} may not listen on port {port or 'below 1024'}", confidence=0.95)


def _capability(situation: Situation) -> Iterator[Found]:
    for hit in hits(situation, _CAPABILITY):
        named = re.search(r"CAP_(\w+)", hit.line)
        wanted = (
            named[1] if named else next((name for known, name in _CAPABILITIES if known.search(hit.entry.text)), "")
        )
        if wanted:
            cause = f"it may not do what needs the capability {wanted}"
            advice = [f"add {wanted} to spec.cap_add, if it really has to"]
            yield found_at(situation, hit, cause, confidence=0.85, advice=advice, facts={"capability": wanted})
            return


def _limit(one: Reading, situation: Situation) -> float:
    return one.memory_limit or situation.memory_limit or float("inf")


def _growth(situation: Situation, counter: str, span: timedelta | None = None) -> tuple[int, float]:
    """Return by how much a counter grew and in how many seconds: since an earlier reading, else since the start."""
    known = [(one.when, int(getattr(one, counter))) for one in situation.readings if getattr(one, counter) is not None]
    if not known:
        return 0, 0.0
    when, newest = known[-1]
    earlier = [one for one in known[:-1] if span is None or when - one[0] <= span * 1.5]
    start = situation.container.started_at
    since, before = earlier[0] if earlier else (start or when, 0)
    return max(newest - before, 0), max((when - since).total_seconds(), 0.0)


def _slope(readings: Sequence[Reading]) -> float:
    known = [one for one in readings if one.memory is not None]
    if len(known) < 2 or not all(after.when > before.when for before, after in pairwise(known)):
        return 0.0
    return _line([(one.when.timestamp(), float(one.memory or 0)) for one in known[-30:]])[0]


def _line(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Return slope and R2 of the straight line through points (least squares)."""
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    xx = sum((x - mean_x) ** 2 for x, _ in points)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in points)
    yy = sum((y - mean_y) ** 2 for _, y in points)
    return (xy / xx if xx else 0.0), (xy * xy / (xx * yy) if xx and yy else 0.0)


def _mib(size: float) -> str:
    return f"{size / 2**20:.0f} MiB"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


_MEMORY = "raise spec.deploy.resources.limits.memory; `ergon ci optimize` says to what"

RULES = (
    Rule(
        "memory-near-limit",
        31,
        "limits",
        "Near its memory limit",
        "It uses more than 90 % of its memory limit.",
        (_MEMORY, "or find what needs so much"),
        _near_limit,
        "seen",
        "warning",
    ),
    Rule(
        "memory-leak-suspected",
        32,
        "limits",
        "Its memory grows without end",
        "Its memory has grown in a straight line for at least half an hour, without a plateau.",
        ("take a heap profile of the program", "a planned restart is a stopgap"),
        _leak,
        "seen",
        "warning",
    ),
    Rule(
        "memory-reclaim-churn",
        33,
        "limits",
        "It lives at its memory limit",
        "It reaches its memory limit again and again, and the kernel takes memory back each time, which costs time.",
        (_MEMORY,),
        _churn,
        "seen",
        "warning",
    ),
    Rule(
        "cpu-throttled",
        34,
        "limits",
        "Held back by its processor limit",
        "In more than 10 % of the periods it had used up its processor time and had to wait.",
        ("raise spec.deploy.resources.limits.cpus", "or run fewer threads: many programs count the host's processors"),
        _throttled,
        "seen",
        "warning",
    ),
    Rule(
        "pids-limit",
        35,
        "limits",
        "No more processes or threads allowed",
        "The limit of processes and threads is reached.",
        ("raise spec.deploy.resources.limits.pids", "look for zombies (spec.init: true) or leaking threads"),
        _pids,
    ),
    Rule(
        "nofile-limit",
        36,
        "limits",
        "Too many open files",
        "The limit of open files and connections is reached.",
        ("raise spec.ulimits.nofile", "look for files or connections that are never closed"),
        _nofile,
    ),
    Rule(
        "disk-full",
        37,
        "limits",
        "No room left to write",
        "A file system that it writes to is full.",
        (),
        _disk_full,
    ),
    Rule(
        "read-only-fs",
        38,
        "limits",
        "It writes where it may only read",
        "The file system or the mount is read-only.",
        (),
        _read_only,
        holds=True,
    ),
    Rule(
        "file-permission",
        39,
        "limits",
        "It may not use a file",
        "The process's user lacks the permission for a path.",
        ("make the owner of the files and spec.user agree", "with SELinux mount with `:z`"),
        _permission,
    ),
    Rule(
        "shm-too-small",
        40,
        "limits",
        "Shared memory is too small",
        "Its shared memory in /dev/shm is full; Docker gives 64 MiB.",
        ("raise spec.shm_size",),
        _shm,
    ),
    Rule(
        "privileged-port",
        41,
        "limits",
        "A port below 1024 without the right to it",
        "A process that is not root wants to listen on a port below 1024.",
        ("listen on a port from 1024 on and publish that", "or add NET_BIND_SERVICE to spec.cap_add"),
        _privileged_port,
        holds=True,
    ),
    Rule(
        "capability-missing",
        42,
        "limits",
        "A capability is missing",
        "The kernel refuses what needs a capability that the container lacks.",
        (),
        _capability,
    ),
)
