"""Why a run ended: who killed it, and what its exit code means."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import PurePosixPath

from container_ci.diagnosis.rule import Found, Rule, quote, quote_end, quote_entry, quote_event
from container_ci.diagnosis.saying import Words, first, found_at, hits, last, words
from container_ci.diagnosis.situation import Exit, Situation
from observed_state.engine import EngineEvent
from observed_state.finding import Quote

# Two signals at once are one deed; who waits between them gives a grace period.
_SHORTEST_GRACE_S = 0.8
_AT_ONCE = timedelta(seconds=10)
_LOOP, _LOOP_SPAN = 3, timedelta(minutes=10)
_SHELLS = frozenset(("sh", "bash", "ash", "dash", "busybox"))
# As first process they don't heed the signal to end: no handler, and the kernel protects PID 1.
_DEAF = frozenset(("sleep", "tail", "cat", "npm", "yarn", "pnpm", "npx"))
_SIGTERM_BIT = 1 << 14


def _oom_killed(situation: Situation) -> Iterator[Found]:
    ended = situation.ended
    if ended is None or ended.exit_code != 137 or not (ended.oom_killed or _events(situation, "oom")):
        return
    limit = situation.memory_limit
    cause = f"it needed more memory than its limit of {_mib(limit)}" if limit else "the kernel ran out of memory for it"
    quotes = [quote_end(situation), *(quote_event(one) for one in _events(situation, "oom")[:1]), *_memory(situation)]
    yield Found(f"{cause}, and the kernel killed it", quotes, 0.98, facts={"limit": limit} if limit else {})


_CHILD_KILLED = words(
    r"Worker \(pid:\d+\) was sent SIGKILL! Perhaps out of memory\?|was terminated by signal 9|terminated by SIGKILL|"
    r"exited: \S+ \(terminated by SIGKILL|worker \d+ .*signal 9",
    "sigkill",
    "signal 9",
    living=True,
)


# gunicorn kills a worker that hangs, and then guesses at memory.
_TIMED_OUT = words(r"WORKER TIMEOUT", "worker timeout", living=True)


def _oom_child(situation: Situation) -> Iterator[Found]:
    # An end that Docker has told and the last inspect does not show yet is judged when it does.
    ending = situation.ended is None and bool(_events(situation, "die"))
    main = ending or (situation.ended is not None and situation.ended.exit_code == 137)
    events = _events(situation, "oom")
    newest = situation.readings[-1] if situation.readings else None
    counted = newest.oom_kills if newest else None
    flagged = situation.ended.oom_killed if situation.ended else situation.container.oom_killed
    hit = last(hits(situation, _CHILD_KILLED))
    certain = bool(events or counted or flagged)
    if hit is not None and not certain and any(hits(situation, _TIMED_OUT)):
        return
    if main or not (certain or (hit and counted is None)):
        return
    quotes: list[Quote] = [quote_entry(hit.entry, hit.line)] if hit else []
    quotes += [quote_event(events[-1])] if events else []
    quotes += [quote("cgroup:memory.events", f"oom_kill {counted}", newest.when)] if counted and newest else []
    quotes += [quote("inspect.State", "OOMKilled=true")] if flagged else []
    limit = situation.memory_limit
    cause = "the kernel killed a process inside it" + (f": the limit is {_mib(limit)}" if limit else "")
    yield Found(cause, quotes, 0.95 if certain else 0.7, facts={"limit": limit} if limit else {})


_KERNEL_OOM = re.compile(r"Out of memory: Killed process (?P<pid>\d+) \((?P<name>[^)]+)\)")


def _oom_host(situation: Situation) -> Iterator[Found]:
    ended = situation.ended
    if ended is None or ended.exit_code != 137 or ended.oom_killed or situation.kills:
        return
    for line in situation.kernel:
        if (match := _KERNEL_OOM.search(line)) and match["name"][:15] in (situation.program[:15], "sh"):
            quotes = (quote_end(situation), quote("host:kernel", line))
            yield Found("the host ran out of memory, and its kernel killed this container's process", quotes, 0.8)
            return


def _overdue(situation: Situation) -> tuple[EngineEvent, EngineEvent, float] | None:
    """Return the signal to end and the SIGKILL that followed it, with the seconds between."""
    sent = situation.kills
    ended = situation.ended
    if ended is None or ended.exit_code != 137 or ended.oom_killed:
        return None
    asked = next((one for number, one in sent if number != "9"), None)
    forced = next((one for number, one in sent if number == "9" and asked and one.time_ns > asked.time_ns), None)
    return None if asked is None or forced is None else (asked, forced, (forced.time_ns - asked.time_ns) / 1e9)


def _stop_timeout(situation: Situation) -> Iterator[Found]:
    overdue = _overdue(situation)
    if overdue is None or overdue[2] < _SHORTEST_GRACE_S:
        return
    asked, forced, waited = overdue
    quotes = (quote_event(asked), quote_event(forced), quote_end(situation))
    yield Found(f"it did not end within {waited:.0f} s of being asked to, and was killed", quotes, 0.95)


def _ignores_sigterm(situation: Situation) -> Iterator[Found]:
    if not any(_stop_timeout(situation)) or situation.host_config.get("Init"):
        return
    words_, shown = situation.argv, " ".join(situation.argv)[:200]
    if situation.signals is not None:
        if situation.signals & _SIGTERM_BIT:
            return
        quotes = [quote("proc:status", f"SigCgt {situation.signals:016x}: SIGTERM is not handled")]
    elif situation.program in _DEAF or (_is_shell(situation) and "trap " not in shown and "exec " not in shown):
        quotes = [quote("inspect.Config", f"PID 1 is: {shown}")]
    else:
        return
    overdue = _overdue(situation)
    quotes += [quote_event(one) for one in overdue[:2]] if overdue else []
    name = words_[0] if words_ else "its first process"
    yield Found(f"{name} is PID 1 and does not handle the signal to end, so the kernel drops it", quotes, 0.92)


def _is_shell(situation: Situation) -> bool:
    return situation.program in _SHELLS and "-c" in situation.argv[:3]


def _killed_by_user(situation: Situation) -> Iterator[Found]:
    sent = situation.kills
    ended = situation.ended
    if ended is None or ended.oom_killed or ended.exit_code not in (137, 143) or not sent:
        return
    if sent[0][0] == "9":
        quotes = (quote_event(sent[0][1]), quote_end(situation))
        yield Found("somebody had Docker kill it (SIGKILL); it did not fail by itself", quotes, 0.95)


def _graceful(_: Situation) -> Iterator[Found]:
    """A stop that was asked for and heeded is no fault: `wanted` keeps the other rules from calling it one."""
    yield from ()


_ABORTED = words(
    r"^(?:Aborted|Fatal Python error: Aborted|terminate called|.*[Aa]ssertion [`'].*failed|free\(\): |malloc\(\): |"
    r"double free or corruption|\*\*\* stack smashing detected|munmap_chunk\(\))|\bSIGABRT\b|"
    r"core dumped\)?.*[Aa]bort|Aborted \(core dumped\)",
    "abort",
    "terminate called",
    "assertion",
    "free()",
    "malloc()",
    "double free",
    "stack smashing",
    "munmap_chunk",
    anywhere=True,
)
_NODE_HEAP = words(
    r"FATAL ERROR: .*(?:JavaScript heap out of memory|Allocation failed)",
    "heap out of memory",
    "allocation failed",
    anywhere=True,
)
_JVM_HEAP = words(
    r"java\.lang\.OutOfMemoryError(?:: (?P<kind>[\w ]+))?", "java.lang.outofmemoryerror", living=True, anywhere=True
)
_JVM_KINDS = (
    ("metaspace", "its space for classes (metaspace)"),
    ("native thread", "threads: the limit of processes, not of memory"),
    ("direct buffer", "its direct buffers"),
)


def _segfault(situation: Situation) -> Iterator[Found]:
    ended = situation.ended
    if ended is None or ended.exit_code != 139 or any(_abort(situation)) or any(_node_heap(situation)):
        return
    line = next((text for text in situation.kernel if "segfault" in text and situation.program in text), "")
    quotes = (quote_end(situation), *((quote("host:kernel", line),) if line else ()))
    yield Found("it touched memory that is not its own (SIGSEGV)", quotes, 0.85 if line else 0.75)


def _abort(situation: Situation) -> Iterator[Found]:
    ended = situation.ended
    if ended is None or ended.exit_code not in (134, 139) or any(_node_heap(situation)):
        return
    hit = first(hits(situation, _ABORTED))
    if hit is None and ended.exit_code == 139:
        return
    quotes = (*((quote_entry(hit.entry, hit.line),) if hit else ()), quote_end(situation))
    note = " (an abort of PID 1 ends as 139 on this processor)" if ended.exit_code == 139 else ""
    yield Found(f"it aborted itself{note}", quotes, 0.93, entry=hit.number if hit else None)


def _node_heap(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _NODE_HEAP))
    if hit is not None:
        advice = []
        if limit := situation.memory_limit:
            size = int(limit * 0.75 / 2**20)
            advice = [f"set spec.environment.NODE_OPTIONS to --max-old-space-size={size} (75 % of the limit)"]
        yield found_at(situation, hit, "Node's heap is full", confidence=0.97, advice=advice)


def _jvm_heap(situation: Situation) -> Iterator[Found]:
    hit = last(hits(situation, _JVM_HEAP))
    if hit is not None:
        kind = hit.group("kind").lower()
        what = next((text for part, text in _JVM_KINDS if part in kind), "its heap")
        yield found_at(situation, hit, f"the Java machine ran out of {what}", confidence=0.96, facts={"kind": kind})


def _clean_exit(situation: Situation) -> Iterator[Found]:
    ended = situation.ended
    if ended is None or ended.exit_code != 0 or not situation.restarts or situation.wanted:
        return
    runs = _with_last(situation.exits, ended)
    short = [one for one in runs if one.exit_code == 0 and one.lasted is not None and one.lasted < _AT_ONCE]
    if len(short) < 2 or short[-1].finished_at != ended.finished_at:
        return
    quotes = [quote("exits", _told(one), one.finished_at) for one in short[-3:]]
    yield Found("its main process ends well and at once, and the restart policy begins it anew", quotes, 0.92)


_MEANT: tuple[tuple[str, int, str, Words | None], ...] = (
    ("memcached", 64, "memcached was given bad arguments, or runs as root without -u", None),
    ("php-fpm", 78, "PHP-FPM can't read its configuration", None),
    ("gunicorn", 3, "gunicorn's workers can't boot the application", None),
    ("gunicorn", 4, "gunicorn can't load the application", None),
    ("postgres", 2, "PostgreSQL can't use its data folder", None),
    ("lighttpd", 255, "lighttpd can't read its configuration", None),
    ("sshd", 255, "sshd can't read its configuration or its host keys", None),
    ("mosquitto", 3, "Mosquitto can't read its configuration", None),
)
_GENERAL = {
    126: "a command was found and could not be executed",
    127: "a command was not found by the shell",
    132: "illegal instruction: built for a newer processor",
    135: "bus error: shared or mapped memory is short",
    136: "arithmetic error (SIGFPE)",
    141: "it wrote to a closed pipe (SIGPIPE)",
    152: "its limit of processor time is used up (SIGXCPU)",
    153: "a file became larger than allowed (SIGXFSZ)",
}


def _exit_code_known(situation: Situation) -> Iterator[Found]:
    ended = situation.ended
    if ended is None or situation.wanted:
        return
    names = {PurePosixPath(word).name for word in situation.argv[:6]}
    product = next((text for name, code, text, _ in _MEANT if code == ended.exit_code and _named(name, names)), None)
    text = product or _GENERAL.get(ended.exit_code)
    if text is not None:
        yield Found(text, _end_and_last_words(situation), 0.75 if product else 0.6)


def _named(product: str, names: set[str]) -> bool:
    return any(name == product or name.startswith(product) for name in names)


def _restart_loop(situation: Situation) -> Iterator[Found]:
    ended = situation.ended
    runs = _with_last(situation.exits, ended)
    end = ended.finished_at if ended else None
    if end is None or situation.wanted:
        return
    recent = [
        one for one in runs if not one.deliberate and one.finished_at is not None and end - one.finished_at < _LOOP_SPAN
    ]
    if len(recent) < _LOOP:
        return
    quotes = [quote("exits", _told(one), one.finished_at) for one in recent[-5:]]
    codes = sorted({one.exit_code for one in recent})
    text = f"it ended {len(recent)} times within 10 minutes (exit code {', '.join(map(str, codes))})"
    yield Found(text, quotes, 0.9, facts={"ends": len(recent), "codes": codes})


def _unknown(situation: Situation) -> Iterator[Found]:
    ended = situation.ended
    if ended is None or ended.exit_code == 0 or situation.wanted:
        return
    tail = [line for entry in situation.said[-20:] for line in entry.lines][-20:]
    quotes = [quote_end(situation)]
    if tail:
        last_entry = situation.said[-1]
        quotes.append(quote(f"log:{last_entry.stream}", "\n".join(tail), last_entry.time))
    looked = situation.entries_missing or f"{len(situation.said)} entries of its log"
    signal = f" (signal {ended.exit_code - 128})" if 128 < ended.exit_code < 160 else ""
    text = f"it ended with code {ended.exit_code}{signal}; no rule knows why (looked at: State, events, {looked})"
    yield Found(text, quotes, 0.3)


def _end_and_last_words(situation: Situation) -> list[Quote]:
    said = situation.said[-1:]
    return [quote_end(situation), *(quote_entry(one) for one in said)]


def _with_last(exits: Sequence[Exit], ended: Exit | None) -> Sequence[Exit]:
    if ended is None or (exits and exits[-1].finished_at == ended.finished_at):
        return exits
    return [*exits, ended]


def _told(one: Exit) -> str:
    lasted = f" after {one.lasted.total_seconds():.1f} s" if one.lasted is not None else ""
    return f"exit code {one.exit_code}{lasted}"


def _events(situation: Situation, action: str) -> list[EngineEvent]:
    return [one for one in situation.happened if one.action == action]


def _memory(situation: Situation) -> Iterator[Quote]:
    for one in situation.readings[-1:]:
        if one.memory is not None:
            yield quote("cgroup:memory", f"working set {_mib(one.memory)} of {_mib(one.memory_limit)}", one.when)


def _mib(size: int | None) -> str:
    return "no limit" if size is None else f"{size / 2**20:.0f} MiB"


_MORE_MEMORY = "raise spec.deploy.resources.limits.memory; `ergon ci optimize` says to what"

RULES = (
    Rule(
        "oom-killed",
        17,
        "exit",
        "Killed: out of memory",
        "The container reached its memory limit and the kernel killed its main process.",
        (_MORE_MEMORY, "look for a leak if the memory grows without end"),
        _oom_killed,
        "kernel",
        "critical",
    ),
    Rule(
        "oom-child",
        18,
        "exit",
        "A process inside was killed: out of memory",
        "The kernel killed a worker at the memory limit; the main process lives or ended otherwise.",
        (_MORE_MEMORY, "or run fewer workers"),
        _oom_child,
        "kernel",
    ),
    Rule(
        "oom-host",
        19,
        "exit",
        "Killed: the host ran out of memory",
        "The host itself had no memory left, and its kernel chose this container's process.",
        ("give containers limits (spec.deploy.resources.limits.memory), or the host more memory",),
        _oom_host,
        "kernel",
    ),
    Rule(
        "stop-timeout-sigkill",
        20,
        "exit",
        "Killed: it did not stop in time",
        "It was asked to end and did not within its grace period.",
        ("handle the stop signal, or raise spec.stop_grace_period",),
        _stop_timeout,
        "exit",
        "warning",
    ),
    Rule(
        "killed-by-user",
        21,
        "exit",
        "Killed by hand",
        "Somebody had Docker send it SIGKILL.",
        ("nothing is to be mended in the container",),
        _killed_by_user,
        "exit",
        "info",
    ),
    Rule(
        "pid1-ignores-sigterm",
        22,
        "exit",
        "The first process ignores the signal to end",
        "PID 1 has no handler for SIGTERM, so the kernel drops the signal and each stop takes the whole grace period.",
        ("set spec.init: true, or let the shell `exec` the program", "or handle SIGTERM in the program"),
        _ignores_sigterm,
        "kernel",
        "warning",
    ),
    Rule(
        "graceful-stop",
        23,
        "exit",
        "Stopped as asked",
        "It was asked to end and did. This is no fault and never reported as one.",
        (),
        _graceful,
        "exit",
        "info",
    ),
    Rule(
        "segfault",
        24,
        "exit",
        "Crashed: segmentation fault",
        "The program touched memory that is not its own.",
        ("update the native library that crashes; wheels for glibc fail on Alpine (musl)",),
        _segfault,
        "exit",
        "critical",
    ),
    Rule(
        "abort-pid1",
        25,
        "exit",
        "Crashed: it aborted itself",
        "The program found itself in an impossible state. As PID 1 the exit code is 139, which looks like a "
        "segmentation fault.",
        ("read the assertion or message before the abort",),
        _abort,
        "said",
        "critical",
    ),
    Rule(
        "node-heap-oom",
        26,
        "exit",
        "Node's heap is full",
        "Node reached its own limit of memory, which is not the container's.",
        (
            "raise --max-old-space-size in spec.environment.NODE_OPTIONS together with the memory limit",
            "look for a leak",
        ),
        _node_heap,
        "kernel",
        "critical",
    ),
    Rule(
        "jvm-heap-oom",
        27,
        "exit",
        "The Java machine is out of memory",
        "The Java machine reached its own limit: heap, metaspace, direct buffers or threads.",
        (
            "set -XX:MaxRAMPercentage=70 in spec.environment.JAVA_TOOL_OPTIONS and raise the memory limit",
            'for "unable to create native thread" raise spec.deploy.resources.limits.pids',
        ),
        _jvm_heap,
        "said",
        "critical",
    ),
    Rule(
        "clean-exit-restarting",
        28,
        "exit",
        "It ends well, and is begun again and again",
        "The main process ends with code 0 at once: a server that goes to the background, or a one-shot job "
        "under a restart policy.",
        (
            "run the server in the foreground (nginx: `daemon off;`, Apache: -DFOREGROUND)",
            'for a one-shot job set spec.restart: on-failure or "no"',
        ),
        _clean_exit,
        "seen",
    ),
    Rule(
        "exit-code-known",
        29,
        "exit",
        "The exit code says why",
        "This program, or the shell, ends with this code for one reason.",
        (),
        _exit_code_known,
        "exit",
    ),
    Rule(
        "restart-loop",
        30,
        "exit",
        "It ends again and again",
        "It ended at least three times within ten minutes.",
        ("mend the cause of the last run; Ergon waits longer between tries meanwhile",),
        _restart_loop,
        "symptom",
    ),
    Rule(
        "unknown-exit",
        0,
        "exit",
        "It ended, and no rule knows why",
        "The exit code is not 0 and nothing that was seen explains it. The last lines are quoted.",
        ("`ergon logs NAME` shows all it said",),
        _unknown,
        "symptom",
    ),
)
