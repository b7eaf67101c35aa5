"""Leave a container as somebody left it: stopped, frozen or gone, as long as policy and people want it so."""

from dataclasses import replace

from observed_state.instance import Instance
from reconcilers.decision import Change, FieldChange
from reconcilers.policies import is_asked, is_shown
from reconcilers.slot_plan import SlotPlan
from reconcilers.world import ContainerWorld


def left_alone(world: ContainerWorld, instance: Instance, field: FieldChange) -> SlotPlan:
    """Return the plan of a slot whose container does not run and is not started; `field` is that difference."""
    change = Change(world.stored.key, "none", "none", (field,), instance.final_name)
    reason = "AwaitingApproval" if is_asked(field) else "LeftAlone"
    plan = SlotPlan(instance.slot, "left", reason, f"{field.observed} by hand; {_why(field)}")
    return replace(plan, change=change) if is_shown(field) else replace(plan, unshown=change)


def _why(field: FieldChange) -> str:
    if field.verdict:
        return f"a person said {field.verdict}"
    return "waits for approval" if is_asked(field) else f"its drift policy is {field.policy}"
