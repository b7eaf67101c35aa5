"""Decide what one image needs: to be fetched, built or pushed, or nothing."""

from datetime import datetime

from desired_state.image_policy import OnMove
from observed_state.status import Status
from reconcilers.actions import Action, BuildImage, FinishDeletion, Pull, PushImage
from reconcilers.decision import Change, Decision, FieldChange
from reconcilers.moved_images import is_taken, meaning
from reconcilers.naming import BUILD_LABEL
from reconcilers.outlook import of_single
from reconcilers.pausing import hands_off
from reconcilers.policies import with_words
from reconcilers.refreshing import refresh
from reconcilers.summary import single_status
from reconcilers.world import ImageWorld


def plan(world: ImageWorld, now: datetime) -> Decision:
    """Return what makes the declared image available to its containers."""
    return hands_off(of_single(_plan(world, now)), world.stored, now)


def need(world: ImageWorld) -> FieldChange | None:
    """Return why the image has to be fetched or built, None when it is there and as declared."""
    fact, record, generation = world.fact, world.record, world.stored.generation
    if fact.image is None:
        return FieldChange("status.state", fact.reference, "absent", "drift" if record else "missing", "none")
    if _never_fetched(world):
        return None
    if world.spec.build is not None and fact.context:
        return _other_content(fact.context, fact.image.labels.get(BUILD_LABEL, ""))
    if record is None:
        first_look = world.spec.build is not None or world.spec.pull_policy == "always"
        return FieldChange("spec", fact.reference, "not fetched yet", "spec", "none") if first_look else None
    if record.generation == generation or not _fetch_differs(world):
        return None
    return FieldChange("spec", f"generation {generation}", f"generation {record.generation}", "spec", "none")


def _plan(world: ImageWorld, now: datetime) -> Decision:
    if world.stored.deleting_since is not None:
        return _delete(world)
    if (missing := need(world)) is not None:
        return _provide(world, missing, now)
    if _unpushed(world):
        return _push(world, now)
    return _keep(world, now)


def _delete(world: ImageWorld) -> Decision:
    if world.used_by:
        return Decision(_status(world, "Deleting", "InUse", f"still used by {', '.join(world.used_by)}"))
    return Decision(_status(world, "Deleting"), (FinishDeletion("images stay; they may serve others"),))


def _keep(world: ImageWorld, now: datetime) -> Decision:
    """The image is there: fetch it again when that is due, and say when its registry has another one."""
    if world.fact.fetching:
        return Decision(_status(world, "Ready", "Refreshing", f"{world.fact.fetching} {world.fact.reference}"))
    taken = is_taken(world.stored, world.fact.offer)
    due = refresh(world.fact, world.spec.pull_policy, on_move(world), now, taken=taken)
    status = _status(world, "Ready", message=_meaning(world))
    return Decision(status, (due.pull,) if due.pull else (), _offered(world), due.look_at)


def on_move(world: ImageWorld) -> OnMove:
    """Return what is done when the tag has come to mean another image."""
    return world.spec.image_policy.on_move if world.spec.image_policy else "auto"


def _offered(world: ImageWorld) -> tuple[Change, ...]:
    offer, image = world.fact.offer, world.fact.image
    if offer is None or image is None or on_move(world) != "notify":
        return ()
    here = meaning(world.fact.reference, image)
    field = FieldChange("spec.reference", offer.text, here, "image", "none", policy="ask")
    [field] = with_words(world.stored, "", [field])
    return (Change(world.stored.key, "none", "none", (field,)),)


def _meaning(world: ImageWorld) -> str:
    """Return what the reference means: by its digest in the registry, or its id when it came from none."""
    fact = world.fact
    if fact.image is None:
        return ""
    digest = fact.image.digest_for(fact.reference).partition("@")[2] or fact.image.id
    return f"{fact.reference} is {digest}" + (f"; {fact.failure}" if fact.failure else "")


def _unpushed(world: ImageWorld) -> bool:
    image = world.fact.image
    return bool(world.spec.push) and image is not None and not image.digest_for(world.fact.reference)


def _push(world: ImageWorld, now: datetime) -> Decision:
    fact = world.fact
    field = FieldChange("spec.push", fact.reference, "not pushed", "spec", "none")
    changes = (Change(world.stored.key, "update", "none", (field,)),)
    if waiting := _waiting(world, changes, now):
        return waiting
    push = PushImage("built and not pushed yet", reference=fact.reference)
    return Decision(_status(world, "Progressing", "Pushing"), (push,), changes)


def _provide(world: ImageWorld, missing: FieldChange, now: datetime) -> Decision:
    fact = world.fact
    changes = (Change(world.stored.key, "create" if fact.image is None else "update", "none", (missing,)),)
    if _never_fetched(world):
        message = f"image {fact.reference} is not on this engine and pull_policy is never"
        return Decision(_status(world, "Held", "ImageMissing", message), (), changes)
    if waiting := _waiting(world, changes, now):
        return waiting
    status = _status(world, "Progressing", "Building" if world.spec.build else "Pulling")
    return Decision(status, (_fetch(world, missing),), changes)


def _waiting(world: ImageWorld, changes: tuple[Change, ...], now: datetime) -> Decision | None:
    """Return what is waited for: a fetch under way, the next try of one that failed, or word from the registry."""
    fact = world.fact
    if fact.fetching:
        status = _status(world, "Progressing", fact.fetching.capitalize(), f"{fact.fetching} {fact.reference}")
        return Decision(status, (), changes)
    if fact.failure and fact.retry_at is not None and now < fact.retry_at:
        return Decision(_status(world, "Pending", "ImageFailed", fact.failure), (), changes, fact.retry_at)
    if fact.waits:
        until = fact.offer.usable_at if fact.offer else None
        return Decision(_status(world, "Pending", "ImageNotReady", fact.unchecked or fact.waits), (), changes, until)
    return None


def _other_content(wanted: str, built_from: str) -> FieldChange | None:
    if wanted == built_from:
        return None
    observed = f"content {built_from[:12]}" if built_from else "not built here"
    return FieldChange("spec.build", f"content {wanted[:12]}", observed, "spec", "none")


def _fetch_differs(world: ImageWorld) -> bool:
    """Return whether what changed in the spec asks for another image, not only for another policy."""
    before = dict(world.record.spec) if world.record else {}
    now = world.spec.declared()
    return any(before.get(name) != now.get(name) for name in ("reference", "build")) or (
        world.spec.pull_policy == "always"
    )


def _never_fetched(world: ImageWorld) -> bool:
    return world.spec.build is None and world.spec.pull_policy == "never"


def _fetch(world: ImageWorld, missing: FieldChange) -> Action:
    reason = f"{missing.path} is {missing.observed}, should be {missing.declared}"
    if world.spec.build is not None:
        return BuildImage(reason, tag=world.fact.reference, build=world.spec.build)
    return Pull(reason, reference=world.fact.reference)


def _status(world: ImageWorld, phase: str, reason: str = "", message: str = "") -> Status:
    return single_status(world.stored.generation, phase, reason, message)
