"""What a planner can ask for. Frozen values; each carries its reason, word for word what is shown and recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from desired_state.build import Build
from desired_state.hooks import Hook
from desired_state.network import NetworkSpec
from desired_state.volume import VolumeSpec
from observed_state.instance import Role
from observed_state.rollout import Edition, Rollout
from observed_state.run import Followed, Run


@dataclass(frozen=True, slots=True)
class Action:
    """One deed. `instance` is the uid of the instance it is about, "" for what is not a container.

    Actions of one `slot` are carried out in order; those of different slots are independent. Slot 0
    is the resource as a whole and comes first.
    """

    reason: str
    instance: str = ""
    slot: int = 0


@dataclass(frozen=True, slots=True)
class CreateInstance(Action):
    """Record a pending instance for a slot, make its container and record the id and the baseline.

    With `instance` set, an intent recorded earlier is carried out: the container it may have made
    is taken over. `name` differs from `final_name` while a predecessor still holds that. With `start`
    it is started in the same breath: nothing stands in its way. `role` and `step` are the instance's.
    `veiled`: it joins its networks without the names under which its predecessor serves, and gets them
    when it is ready.
    """

    name: str = ""
    final_name: str = ""
    start: bool = False
    role: Role = "main"
    step: int = 0
    veiled: bool = False


@dataclass(frozen=True, slots=True)
class AdoptInstance(Action):
    """Record a container that somebody else made as the one of a slot, without touching it.

    `made_from` is the declared spec that would have made it; `networks` maps the spec's names of those
    it is on to Docker's.
    """

    container_id: str = ""
    name: str = ""
    made_from: Mapping[str, Any] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AdoptThing(Action):
    """Record a network or a volume that somebody else made as the resource's, without touching it."""

    docker_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Start(Action):
    """Start the container. `restart` counts it as a restart; `failures` is the backoff window's new count of
    crash restarts, None when this start follows no crash."""

    container_id: str = ""
    restart: bool = False
    failures: int | None = None


@dataclass(frozen=True, slots=True)
class Stop(Action):
    """Stop the container, after its `hooks` and all within its grace.

    `for_good` is the reason for which it is not to be started again, "" when it may be.
    """

    container_id: str = ""
    grace_s: float = 10.0
    for_good: str = ""
    hooks: tuple[Hook, ...] = ()


@dataclass(frozen=True, slots=True)
class RunHooks(Action):
    """Run commands inside a container that has just started; the first that fails ends them."""

    container_id: str = ""
    started_at: datetime | None = None
    hooks: tuple[Hook, ...] = ()


@dataclass(frozen=True, slots=True)
class Unpause(Action):
    container_id: str = ""


@dataclass(frozen=True, slots=True)
class Rename(Action):
    container_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Update(Action):
    """Change limits or the restart policy in place (Docker's own names)."""

    container_id: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connect(Action):
    container_id: str = ""
    network: str = ""
    network_id: str = ""
    aliases: tuple[str, ...] = ()
    join: Mapping[str, Any] = field(default_factory=dict)
    veiled: bool = False


@dataclass(frozen=True, slots=True)
class Disconnect(Action):
    container_id: str = ""
    network: str = ""
    network_id: str = ""


@dataclass(frozen=True, slots=True)
class RefreshFiles(Action):
    """Replace the files at `paths` by what their configs and secrets hold now; then send `signal`, "" for none."""

    container_id: str = ""
    paths: tuple[str, ...] = ()
    signal: str = ""


@dataclass(frozen=True, slots=True)
class AcceptSpec(Action):
    """Record the container as it stands as what is declared now, with a new baseline. Ends every change in place."""

    container_id: str = ""


@dataclass(frozen=True, slots=True)
class Forget(Action):
    """Drop the record of a container that is gone. Looks once more first: a wrong list must not cost a record."""

    container_id: str = ""


@dataclass(frozen=True, slots=True)
class Retire(Action):
    """Remove the container of a job that is over; the record of how it ended stays."""

    container_id: str = ""


@dataclass(frozen=True, slots=True)
class Release(Action):
    """Drop the record of a container that stays: from now on it is nobody's."""


@dataclass(frozen=True, slots=True)
class RemoveInstance(Action):
    """Remove the container, if there is one, and forget the instance."""

    container_id: str | None = None


@dataclass(frozen=True, slots=True)
class FollowSchedule(Action):
    """Record how far the schedule was followed, and with it a run that begins or a time that passed without one."""

    followed: Followed | None = None
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class UpdateRun(Action):
    """Record what became of a run."""

    run: Run | None = None


@dataclass(frozen=True, slots=True)
class NoteReady(Action):
    """Record that a successor is ready from now on: so long it has to stay so before its predecessor is given up."""

    container_id: str = ""


@dataclass(frozen=True, slots=True)
class RecordRollout(Action):
    """Record how the update of a resource stands. Done before whatever follows from it."""

    rollout: Rollout = field(default_factory=lambda: Rollout(Edition(0), "complete", datetime.min.replace(tzinfo=UTC)))


@dataclass(frozen=True, slots=True)
class BeginUpdate(RecordRollout):
    """Begin to bring a new edition to every slot."""


@dataclass(frozen=True, slots=True)
class PauseUpdate(RecordRollout):
    """Leave an update half-way, until a person says how to go on."""


@dataclass(frozen=True, slots=True)
class RollBack(RecordRollout):
    """Give an update up and bring every slot back to what ran before."""


@dataclass(frozen=True, slots=True)
class FinishUpdate(RecordRollout):
    """Call an update done: nothing is kept to fall back on any more."""


@dataclass(frozen=True, slots=True)
class CreateNetwork(Action):
    name: str = ""
    spec: NetworkSpec = field(default_factory=NetworkSpec)


@dataclass(frozen=True, slots=True)
class RemoveNetwork(Action):
    network_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class AcceptResource(Action):
    """Record a network or volume that is there as what is declared now."""

    docker_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class CreateVolume(Action):
    name: str = ""
    spec: VolumeSpec = field(default_factory=VolumeSpec)


@dataclass(frozen=True, slots=True)
class RemoveVolume(Action):
    name: str = ""


@dataclass(frozen=True, slots=True)
class Pull(Action):
    reference: str = ""
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class BuildImage(Action):
    tag: str = ""
    build: Build | None = None


@dataclass(frozen=True, slots=True)
class PushImage(Action):
    reference: str = ""


@dataclass(frozen=True, slots=True)
class RemoveImage(Action):
    """Remove an image that Ergon brought here and nothing needs."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class FinishDeletion(Action):
    """Drop the resource: nothing of it is left in Docker."""
