"""What only shows when all loaded resources are seen together: doubles, cycles, clashes, missing targets."""

from collections.abc import Iterator, Mapping, Sequence, Set
from graphlib import CycleError, TopologicalSorter

from desired_state.container import ContainerSpec
from desired_state.content_checks import misplaced_files
from desired_state.documents import Declaration
from desired_state.key import Key
from desired_state.problems import Problem
from desired_state.references import Reference, references
from desired_state.wording import nearest

MAX_CYCLES = 10


def problems(declarations: Sequence[Declaration], implicit: Set[Key], *, complete: bool) -> list[Problem]:
    """Return what is wrong between declarations.

    `implicit` resources exist without a declaration. `complete`: whatever is referred to must be
    declared or implicit; otherwise only volumes must.
    """
    declared: dict[Key, Declaration] = {}
    for declaration in declarations:
        declared.setdefault(declaration.resource.key, declaration)
    targets = {key: references(declaration.resource) for key, declaration in declared.items()}
    return [
        *_declared_twice(declarations),
        *_cycles(declared, targets),
        *_same_container_name(declared),
        *_same_host_port(declared),
        *_misplaced_files(declared),
        *_missing(declared, targets, implicit, complete=complete),
    ]


def _declared_twice(declarations: Sequence[Declaration]) -> Iterator[Problem]:
    first: dict[Key, Declaration] = {}
    for declaration in declarations:
        key = declaration.resource.key
        if key in first:
            earlier = first[key].place(("metadata", "name"))
            yield declaration.problem(("metadata", "name"), f"declared twice; first at {earlier}")
        first.setdefault(key, declaration)


def _cycles(declared: Mapping[Key, Declaration], targets: Mapping[Key, Sequence[Reference]]) -> Iterator[Problem]:
    edges = {
        key: {reference.key: reference for reference in needed if reference.key in declared}
        for key, needed in targets.items()
    }
    for key, needed in edges.items():
        if itself := needed.pop(key, None):
            yield declared[key].problem(("spec", *itself.path), "depends on itself")
    for _ in range(MAX_CYCLES):
        try:
            TopologicalSorter(edges).prepare()
        except CycleError as error:
            cycle: list[Key] = list(reversed(error.args[1]))
        else:
            return
        start = min(range(len(cycle) - 1), key=lambda index: cycle[index])
        cycle = [*cycle[start:-1], *cycle[: start + 1]]
        path = " -> ".join(key.name for key in cycle)
        closing = edges[cycle[0]].pop(cycle[1])
        yield declared[cycle[0]].problem(("spec", *closing.path), f"the dependencies form a cycle: {path}")


def _same_container_name(declared: Mapping[Key, Declaration]) -> Iterator[Problem]:
    holders: dict[str, Key] = {}
    for key, declaration in declared.items():
        spec = declaration.resource.spec
        if not isinstance(spec, ContainerSpec) or spec.container_name is None:
            continue
        holder = holders.setdefault(spec.container_name, key)
        if holder != key:
            message = f'container_name "{spec.container_name}" is taken by {holder}'
            yield declaration.problem(("spec", "container_name"), message)


def _same_host_port(declared: Mapping[Key, Declaration]) -> Iterator[Problem]:
    holders: dict[tuple[str, str, str], Key] = {}
    for key, declaration in declared.items():
        spec = declaration.resource.spec
        if not isinstance(spec, ContainerSpec) or spec.replica_count == 0:
            continue
        for index, port in enumerate(spec.ports):
            if port.published is None or "-" in port.published:
                continue
            holder = holders.setdefault((port.host_ip or "", port.published, port.protocol), key)
            if holder != key:
                message = f"host port {port.published}/{port.protocol} is taken by {holder}"
                yield declaration.problem(("spec", "ports", index), message)


def _misplaced_files(declared: Mapping[Key, Declaration]) -> Iterator[Problem]:
    for declaration in declared.values():
        if isinstance(spec := declaration.resource.spec, ContainerSpec):
            for path, message in misplaced_files(spec):
                yield declaration.problem(("spec", *path), message)


def _missing(
    declared: Mapping[Key, Declaration],
    targets: Mapping[Key, Sequence[Reference]],
    implicit: Set[Key],
    *,
    complete: bool,
) -> Iterator[Problem]:
    for key, needed in targets.items():
        for reference in needed:
            target = reference.key
            if target in declared or target in implicit or not reference.required:
                continue
            if complete or target.kind == "Volume":
                hint = nearest(target.name, _names(declared, target)) or _how_to_declare(target)
                message = f'no {target.kind} "{target.name}" in namespace {key.namespace}{hint}'
                yield declared[key].problem(("spec", *reference.path), message)


def _names(declared: Mapping[Key, Declaration], like: Key) -> list[str]:
    return [key.name for key in declared if (key.kind, key.namespace) == (like.kind, like.namespace)]


def _how_to_declare(key: Key) -> str:
    # Compose asks for the same, and a misspelt volume would otherwise start out empty.
    return f"; declare it with kind: Volume and name: {key.name}" if key.kind == "Volume" else ""
