"""Sizes and scales in words, for people."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Json = dict[str, Any]

_BYTES = ("mem_limit", "mem_reservation", "memswap_limit")
_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def optimize(data: Json) -> str:
    """Return the answer to `optimize`."""
    return "\n".join(_optimize(data))


def _optimize(data: Json) -> Iterator[str]:
    yield f"{data['container']}: {data['message']}"
    if used := data["used"]:
        p50, p90, most = (size(used[name]) for name in ("memory_p50", "memory_p90", "memory_max"))
        yield f"  memory  {p50} at P50, {p90} at P90, {most} at most"
        if used["cpu_max"]:  # nothing yet that tells more than how it starts
            yield f"  cpu     {used['cpu_p50']:g} at P50, {used['cpu_p90']:g} at P90, {used['cpu_max']:g} at most"
    for one in data["recommendations"]:
        yield from _recommendation(one)
    for one in data["settings"]:
        now = f"{one['current']} -> " if one["current"] else ""
        yield f"  {one['setting']}: {now}{one['recommended']}"
        yield f"      {one['reason']}"
    for one in data["image"]:
        saves = f", saves up to {size(one['saving'])}" if one["saving"] else ""
        yield f"  image {one['rule']}: {one['advice']}{saves}"
        if one["step"]:
            yield f"      {one['step']}"
    if data["patch"]:
        yield ""
        yield data["patch"].rstrip("\n")


def _recommendation(one: Json) -> Iterator[str]:
    field, current = one["field"], one["current"]
    now = "no limit" if current is None else value(field, current)
    mark = " (provisional)" if one["provisional"] else " (now)" if one["urgent"] else ""
    yield f"  {field}: {now} -> {value(field, one['recommended'])}{mark}"
    saving = one["saving"]
    back = f", gives back {value(field, saving)}" if saving and saving > 0 else ""
    yield f"      {one['formula']}; {one['samples']} samples, confidence {one['confidence']:.0%}{back}"


def scale(data: Json, listed: Callable[[Sequence[str]], str]) -> str:
    """Return the answer to `scale`."""
    return "\n".join(_scale(data, listed))


def _scale(data: Json, listed: Callable[[Sequence[str]], str]) -> Iterator[str]:
    declared = data["autoscale"]
    if declared is None:
        yield f"{data['container']} is not scaled by its load; declare `autoscale: {{max: 5, cpu: 70%}}`"
        return
    targets = [f"{name} at {declared[name]}%" for name in ("cpu", "memory") if declared.get(name)]
    bounds = f"{declared.get('min', 1)} to {declared['max']} replicas"
    yield f"{data['container']}: {data['replicas']} wanted, of {bounds}, for {listed(targets)}"
    for said in (data["held"], data["stuck"], data["reason"]):
        if said:
            yield f"  {said}"
    for one in data["measured"]:
        cores = "not measured" if one["cores"] is None else f"{one['cores']:.2f} processors"
        memory = "" if one["memory"] is None else f", {size(one['memory'])}"
        yield f"  {one['name']}: {cores}{memory}{'' if one['ready'] else ', not ready'}"


def value(field: str, amount: float) -> str:
    """Return a limit in words."""
    return size(amount) if field in _BYTES else f"{amount:g}"


def size(amount: float) -> str:
    """Return bytes in words: `48 MiB`."""
    for unit, name in _UNITS:
        if abs(amount) >= unit:
            return f"{amount / unit:.1f} {name}".replace(".0 ", " ")
    return f"{amount:.0f} B"
