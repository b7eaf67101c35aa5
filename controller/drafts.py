"""A declaration of something that exists."""

from dataclasses import dataclass

from desired_state.resource import Resource

Remark = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A declaration, the containers it is of, by slot, and what can't be declared: pairs of field and reason.

    The field is "" for what concerns the whole.
    """

    resource: Resource
    containers: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
