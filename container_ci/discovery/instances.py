"""A container's processes sorted by what they are part of: one instance for each service, its supervisor, the rest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from container_ci.discovery.facts import Facts, Task
from container_ci.discovery.matching import signature_for
from container_ci.discovery.programs import Program, is_wrapper, program_of
from container_ci.discovery.signatures import Signature


@dataclass(frozen=True, slots=True)
class Instance:
    """The processes of one service. `signature` is None while only its sockets speak for it; the first task leads."""

    signature: Signature | None
    tasks: tuple[Task, ...]
    program: Program = field(default_factory=lambda: Program(()))

    @property
    def sockets(self) -> frozenset[int]:
        """The inodes that any of its processes holds."""
        return frozenset(inode for task in self.tasks for inode in task.sockets)

    @property
    def lead(self) -> Task:
        return self.tasks[0]


@dataclass(frozen=True, slots=True)
class Sorted:
    """`instances` in the order in which their first processes came, and the supervisor's slug, "" for none."""

    instances: tuple[Instance, ...]
    supervisor: str = ""
    helpers: tuple[Task, ...] = ()


def instances_of(facts: Facts) -> Sorted:
    """Return what the processes of a container are part of."""
    tasks = _from_the_root(facts.tasks)
    rows = {task.pid: signature_for(task) for task in tasks}
    owners: dict[int, int] = {}
    for task in tasks:
        owners[task.pid] = _owner(task, rows, owners, {one.pid: one for one in tasks})
    _join_by_socket(tasks, rows, owners, frozenset(listener.inode for listener in facts.listeners))
    members: dict[int, list[Task]] = {}
    for task in tasks:
        members.setdefault(owners[task.pid], []).append(task)
    groups = [(rows[pid], tuple(sorted(part, key=lambda one: one.pid != pid))) for pid, part in members.items()]
    supervisors = [row.slug for row, _ in groups if row is not None and row.kind == "supervisor"]
    return Sorted(
        tuple(_instance(row, part) for row, part in groups if _is_service(row, part)),
        supervisors[0] if supervisors else _wrapping_supervisor(tasks),
        tuple(task for row, part in groups if row is not None and row.kind == "helper" for task in part),
    )


def _from_the_root(tasks: Sequence[Task]) -> list[Task]:
    """Return parents before their children."""
    by_parent: dict[int | None, list[Task]] = {}
    pids = {task.pid for task in tasks}
    for task in sorted(tasks, key=lambda one: one.pid):
        by_parent.setdefault(task.ppid if task.ppid in pids and task.ppid != task.pid else None, []).append(task)
    ordered: list[Task] = []
    pending = list(by_parent.get(None, ()))
    while pending:
        task = pending.pop(0)
        ordered.append(task)
        pending.extend(by_parent.get(task.pid, ()))
    return ordered


def _owner(task: Task, rows: dict[int, Signature | None], owners: Mapping[int, int], by_pid: Mapping[int, Task]) -> int:
    """Return the pid that leads the instance this process belongs to: its own, or its parent's."""
    parent = by_pid.get(task.ppid)
    if parent is None:
        return task.pid
    lead = owners[parent.pid]
    theirs, own = rows[lead], rows[task.pid]
    if theirs is None or theirs.kind == "supervisor":
        return _beside_the_unknown(task, own, theirs, by_pid[lead], lead)
    if own is None or own.slug == theirs.slug or own.kind == "generic":
        return lead
    # Mail servers' own children go by names that other mail servers have.
    return lead if theirs.slug in ("postfix", "gitlab") else task.pid


def _beside_the_unknown(task: Task, own: Signature | None, theirs: Signature | None, leader: Task, lead: int) -> int:
    starts_others = theirs is not None or is_wrapper(program_of(leader))
    return lead if own is None and not starts_others and not is_wrapper(program_of(task)) else task.pid


def _join_by_socket(
    tasks: Iterable[Task], rows: Mapping[int, Signature | None], owners: dict[int, int], listening: frozenset[int]
) -> None:
    """Let processes that share a listening socket be one instance, unless the table knows them as different."""
    holders: dict[int, int] = {}
    for task in tasks:
        for inode in task.sockets & listening:
            first = owners[holders.setdefault(inode, task.pid)]
            mine = owners[task.pid]
            if first == mine:
                continue
            known, other = rows[first], rows[mine]
            if _stands_alone(known) or _stands_alone(other):
                continue
            if known is None and other is not None:
                _move(owners, first, mine)
            elif other is None or (known is not None and known.slug == other.slug):
                _move(owners, mine, first)


def _stands_alone(row: Signature | None) -> bool:
    return row is not None and row.kind in ("supervisor", "helper")


def _move(owners: dict[int, int], old: int, new: int) -> None:
    for pid, owner in owners.items():
        if owner == old:
            owners[pid] = new


def _is_service(row: Signature | None, part: Sequence[Task]) -> bool:
    if row is not None:
        return row.kind not in ("supervisor", "helper")
    return any(not is_wrapper(program_of(task)) or task.sockets for task in part)


def _instance(row: Signature | None, part: tuple[Task, ...]) -> Instance:
    return Instance(row, part, program_of(part[0]))


def _wrapping_supervisor(tasks: Iterable[Task]) -> str:
    names = {program_of(task).name for task in tasks}
    if names & {"s6-svscan", "s6-supervise"}:
        return "s6"
    return "runit" if names & {"runsvdir", "runsv"} else ""
