"""A tiny model of Docker and of Ergon's records: what the world is after an action. Pure, like the planners.

It keeps the rules of Docker that a planner has to respect, and fails where one is broken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import singledispatchmethod
from typing import Any

from desired_state.limits import docker_limits, docker_restart_policy
from desired_state.resource import Resource, Stored
from observed_state.container import Attachment, Container, RestartPolicy
from observed_state.image import Image
from observed_state.instance import Instance, Restarts
from observed_state.network import Network
from observed_state.rollout import Rollout
from reconcilers import actions as act
from reconcilers import container as planner
from reconcilers import naming
from reconcilers.accepting import accepted_baseline
from reconcilers.course import is_undone
from reconcilers.decision import Decision
from reconcilers.world import ContainerWorld, Holder, ImageFact
from tests.reconcilers.worlds import spec_of

BROKEN = "broken"
CRASHING = "crashing"


class Refused(Exception):
    """Docker would not do it; the actions that follow in the same slot are not tried."""


@dataclass
class Host:
    """One host with one resource on it.

    `foreign` maps names to ids of containers that are not ours. Containers of the image `broken`
    can't be started; those of `crashing` run for a moment, long enough to look well once.
    """

    stored: Stored
    now: datetime
    instances: dict[str, Instance] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    networks: dict[str, Network] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    hand_stopped: dict[str, datetime] = field(default_factory=dict)
    rollout: Rollout | None = None
    made: int = 0
    seen_running: set[str] = field(default_factory=set)

    def world(self) -> ContainerWorld:
        """Return the world as a planner sees it."""
        return replace(self._world_of(self.stored), rollout=self.rollout, former=self._former_world())

    def _former_world(self) -> ContainerWorld | None:
        if self.rollout is None or self.rollout.former is None:
            return None
        former = self.rollout.former
        resource = Resource(self.stored.key, type(spec_of(self.stored)).from_declared(dict(former.spec)))
        stored = replace(self.stored, resource=resource, generation=former.generation)
        image = ImageFact(former.image_id, Image(former.image_id))
        return replace(self._world_of(stored), image=image, rollout=self.rollout, declared=self.stored)

    def _world_of(self, stored: Stored) -> ContainerWorld:
        spec = spec_of(stored)
        reference = spec.image_reference
        image_id = self.images.get(reference)
        recorded = {one.container_id for one in self.instances.values()}
        return ContainerWorld(
            stored,
            tuple(self.instances.values()),
            {key: one for key, one in self.containers.items() if key in recorded},
            holders={name: Holder(name, key) for name, key in self.foreign.items()},
            image=ImageFact(reference, Image(image_id) if image_id else None),
            networks={join: self.networks.get(join) for join in spec.joins},
            hand_stopped=self.hand_stopped,
            watching_since=self.now,
        )

    @property
    def target(self) -> Stored:
        """What is to run: what is declared, or what ran before where that was given up."""
        former = self.world().former
        return former.stored if former is not None and is_undone(self.world()) else self.stored

    def decide(self) -> Decision:
        """Return what the planner wants now."""
        return planner.plan(self.world(), self.now)

    def carry_out(self, actions: Iterable[act.Action]) -> None:
        """Do the actions as the executor does: a slot stops at its first failure."""
        failed: set[int] = set()
        for action in actions:
            if action.slot in failed:
                continue
            self._check_is_ours(action)
            try:
                self.do(action)
            except Refused:
                failed.add(action.slot)

    def settle(self, bound: int = 40) -> list[act.Action]:
        """Plan and act until nothing is left to do, and return what was done."""
        done: list[act.Action] = []
        for _ in range(bound):
            self._crash()
            actions = self.decide().actions
            if not actions and not self.seen_running:
                return done
            self.carry_out(actions)
            done += actions
        raise AssertionError(f"does not settle: {[type(one).__name__ for one in done[-12:]]}")

    def running_in(self, slot: int) -> int:
        """Return how many containers of a slot run."""
        ids = [one.container_id for one in self.instances.values() if one.slot == slot]
        return sum(self.containers[one].running for one in ids if one in self.containers)

    def _check_is_ours(self, action: act.Action) -> None:
        container_id = getattr(action, "container_id", None)
        if container_id:
            assert container_id in {one.container_id for one in self.instances.values()}, "not ours"
        if isinstance(action, act.CreateInstance):
            assert action.name not in self.foreign

    @singledispatchmethod
    def do(self, action: act.Action) -> None:
        """Change the host by one action."""
        raise NotImplementedError(action)

    @do.register
    def _(self, action: act.CreateInstance) -> None:
        instance = self.instances.get(action.instance) or self._record(action)
        self.instances[instance.uid] = instance
        self._check_name(action.name)
        container = self._fresh(instance)
        self.containers[container.id] = container
        self.instances[instance.uid] = replace(
            instance, phase="created", container_id=container.id, baseline=container, restarts=Restarts()
        )
        if action.start:
            self.do(act.Start("", instance.uid, instance.slot, container_id=container.id))

    @do.register
    def _(self, action: act.Start) -> None:
        instance = self.instances[action.instance]
        if action.restart:
            restarts = replace(instance.restarts, failures=action.failures or 0, last_restart=self.now)
            instance = self.instances[instance.uid] = replace(instance, restarts=restarts)
        container = self.containers[action.container_id]
        assert not container.running, "it runs already"
        assert container.state != "dead", "a dead container can't start"
        stale = [one for one in container.networks.values() if one.network_id not in {"", *self._network_ids()}]
        if container.image == BROKEN or stale:
            held = replace(instance.restarts, held="StartError", retry_at=self.now + timedelta(seconds=60))
            self.instances[instance.uid] = replace(instance, restarts=held)
            raise Refused
        self.containers[container.id] = replace(container, state="running", pid=77, started_at=self.now, exit_code=0)
        restarts = replace(instance.restarts, held="", retry_at=None)
        self.instances[instance.uid] = replace(instance, restarts=restarts, stop_expected=False)

    @do.register
    def _(self, action: act.Stop) -> None:
        self.instances[action.instance] = replace(self.instances[action.instance], stop_expected=True)
        self.end(action.container_id, 143)

    @do.register
    def _(self, action: act.Unpause) -> None:
        assert self.containers[action.container_id].state == "paused"
        self.alter(action.container_id, state="running")

    @do.register
    def _(self, action: act.Rename) -> None:
        self._check_name(action.name)
        self.alter(action.container_id, name=action.name)
        instance = self.instances[action.instance]
        self.instances[action.instance] = replace(instance, name=action.name, final_name=action.name)

    @do.register
    def _(self, action: act.Update) -> None:
        container = self.containers[action.container_id]
        limits = {**container.resources, **{k: v for k, v in action.changes.items() if k != "RestartPolicy"}}
        lifted = {name for name, value in limits.items() if not value}
        assert lifted <= {"PidsLimit"}, "an update can't lift a limit"
        assert not ("NanoCpus" in limits and "CpuQuota" in limits), "conflicting processor limits"
        if "Memory" in action.changes:
            stored_swap = container.resources.get("MemorySwap", 0)
            swap = action.changes.get("MemorySwap", stored_swap)
            assert swap == -1 or action.changes["Memory"] <= swap, "memory above swap"
        policy = action.changes.get("RestartPolicy")
        self.containers[container.id] = replace(
            container,
            resources={name: value for name, value in limits.items() if value},
            restart_policy=RestartPolicy(policy["Name"], policy["MaximumRetryCount"])
            if policy
            else container.restart_policy,
        )

    @do.register
    def _(self, action: act.Connect) -> None:
        container = self.containers[action.container_id]
        target = next((one for one in self.networks.values() if action.network_id in (one.id, one.name)), None)
        name = target.name if target else action.network_id
        assert name not in container.networks, "a second endpoint on one network"
        aliases = tuple(sorted({*action.aliases, *(action.join.get("aliases") or ())}))
        place = Attachment(
            name, target.id if target else "", aliases, static_ipv4=action.join.get("ipv4_address") or ""
        )
        self.alter(action.container_id, networks={**container.networks, name: place})

    @do.register
    def _(self, action: act.Disconnect) -> None:
        container = self.containers[action.container_id]
        known = {one.id: one.name for one in self.networks.values()}
        name = known.get(action.network_id, action.network_id)
        name = next((n for n, place in container.networks.items() if name in (n, place.network_id)), name)
        assert name in container.networks, "not connected to it"
        stale = container.networks[name].network_id not in {"", *self._network_ids()}
        assert not (stale and action.network_id == container.networks[name].network_id), "gone: by name only"
        self.alter(container.id, networks={n: place for n, place in container.networks.items() if n != name})

    @do.register
    def _(self, action: act.AcceptSpec) -> None:
        instance, spec = self.instances[action.instance], spec_of(self.target)
        assert instance.generation != self.target.generation, "accepted already"
        networks = {join: self.networks[join].name for join in spec.joins if join in self.networks}
        self.instances[instance.uid] = replace(
            instance,
            generation=self.target.generation,
            spec=spec.declared(),
            resolved={**instance.resolved, "networks": networks},
            baseline=accepted_baseline(instance, spec, self.containers[action.container_id]),
            restarts=replace(instance.restarts, failures=0, held="", retry_at=None),
        )

    @do.register
    def _(self, action: act.Forget) -> None:
        assert action.container_id not in self.containers
        del self.instances[action.instance]

    @do.register
    def _(self, action: act.RecordRollout) -> None:
        self.rollout = action.rollout

    @do.register
    def _(self, action: act.NoteReady) -> None:
        self.instances[action.instance] = replace(self.instances[action.instance], ready_at=self.now)

    @do.register
    def _(self, action: act.RemoveInstance) -> None:
        self.containers.pop(action.container_id or "", None)
        del self.instances[action.instance]

    @do.register
    def _(self, action: act.Pull) -> None:
        self.images[action.reference] = f"sha256:{action.reference}-1"

    @do.register
    def _(self, action: act.FinishDeletion) -> None:
        raise AssertionError("nothing is deleted here")

    # what happens to containers

    def alter(self, container_id: str, **changes: Any) -> None:
        """Change a container, whoever does it."""
        self.containers[container_id] = replace(self.containers[container_id], **changes)

    def end(self, container_id: str, code: int) -> None:
        """End a container's run."""
        self.alter(container_id, state="exited", pid=0, exit_code=code, finished_at=self.now)

    def _crash(self) -> None:
        doomed = {one.id for one in self.containers.values() if one.image == CRASHING and one.running}
        for container_id in doomed & self.seen_running:
            self.end(container_id, 1)
        self.seen_running = doomed - self.seen_running

    def _record(self, action: act.CreateInstance) -> Instance:
        self.made += 1
        spec, key = spec_of(self.target), self.stored.key
        return Instance(
            uid=f"u{self.made:03}",
            kind=key.kind,
            namespace=key.namespace,
            owner=key.name,
            owner_uid=self.stored.uid,
            slot=action.slot,
            name=action.name,
            final_name=action.final_name,
            generation=self.target.generation,
            spec=spec.declared(),
            resolved={
                "image": spec.image_reference,
                "image_id": self._image_id(),
                "networks": {join: self.networks[join].name for join in spec.joins},
            },
            created_at=self.now + timedelta(microseconds=self.made),
        )

    def _fresh(self, instance: Instance) -> Container:
        spec = spec_of(self.target)
        modes: Mapping[str, Attachment] = {"bridge": Attachment("bridge")} if spec.network_mode == "bridge" else {}
        return Container(
            id=f"container-of-{instance.uid}",
            name=instance.name,
            image=spec.image_reference,
            image_id=self._image_id(),
            state="created",
            created_at=self.now,
            restart_policy=RestartPolicy(*docker_restart_policy(spec)),
            resources=docker_limits(spec),
            networks={self.networks[join].name: self._place(join) for join in spec.joins} or modes,
        )

    def _image_id(self) -> str:
        world = self.world()
        former = world.former if is_undone(world) else None
        image = (former or world).image.image
        assert image is not None, "made without an image"
        return image.id

    def _place(self, join: str) -> Attachment:
        declared = spec_of(self.target).joins[join]
        aliases = tuple(sorted({self.stored.key.name, *(declared.aliases or ())}))
        found = self.networks[join]
        return Attachment(found.name, found.id, aliases, static_ipv4=declared.ipv4_address or "")

    def _network_ids(self) -> set[str]:
        return {one.id for one in self.networks.values()} | {"extra-id"}

    def _check_name(self, name: str) -> None:
        if name in self.foreign or any(one.name == name for one in self.containers.values()):
            raise Refused

    def final_names(self) -> set[str]:
        """Return the names that the slots' containers are to have."""
        spec = spec_of(self.stored)
        return {naming.container_name(self.stored.key, spec, slot) for slot in range(1, spec.replica_count + 1)}
