"""Everything a planner may know about one resource: wanted, recorded, seen. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast

from desired_state.container import ContainerSpec
from desired_state.image import ImageSpec
from desired_state.image_policy import OnMove
from desired_state.network import NetworkSpec
from desired_state.resource import Stored
from desired_state.update import Pace, pace_of
from desired_state.volume import VolumeSpec
from observed_state.container import Container
from observed_state.health import Health
from observed_state.image import Image
from observed_state.instance import Instance
from observed_state.network import Network
from observed_state.reach import Reach
from observed_state.rollout import Rollout
from observed_state.run import Followed, Run
from observed_state.run_verdict import RunVerdict
from observed_state.status import Condition
from observed_state.volume import Volume


@dataclass(frozen=True, slots=True)
class Offer:
    """What a registry has and this engine has not, seen first at `since` and to be taken from `usable_at` on.

    `digest` is "" for a version that was only seen in a list.
    """

    reference: str
    since: datetime
    usable_at: datetime
    digest: str = ""

    @property
    def text(self) -> str:
        """The reference, with what tells it from another image of the same name."""
        return f"{self.reference}@{self.digest.removeprefix('sha256:')[:12]}" if self.digest else self.reference


@dataclass(frozen=True, slots=True)
class ImageFact:
    """What a container's image reference means right now.

    `image` is None while the engine has none under that reference. `failure` says why the last
    pull or build failed and `retry_at` when it may be tried again; `fetched_at` is the last success.
    `managed` is True when an Image resource provides it: then only that resource fetches it, and
    `renewing` says that it is about to. `fetching` is what is being done now: pulling, building, pushing or "".
    `offer` is what the registry has beyond `image`; `waits` says why nothing can be fetched yet.
    `context` is the digest of what a build is wanted of; `unchecked` why the registry could not be asked.
    """

    reference: str
    image: Image | None = None
    failure: str = ""
    retry_at: datetime | None = None
    fetched_at: datetime | None = None
    managed: bool = False
    renewing: bool = False
    fetching: str = ""
    offer: Offer | None = None
    waits: str = ""
    context: str = ""
    unchecked: str = ""


@dataclass(frozen=True, slots=True)
class DependencyFact:
    """How far a `depends_on` target is, as `reconcilers.dependencies` sees it.

    `began` is when Ergon last started one of its containers other than after a crash.
    """

    state: Literal["missing", "waiting", "started", "healthy", "completed", "failed"]
    message: str = ""
    began: datetime | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """A container that isn't ours and has a name we need."""

    name: str
    container_id: str


@dataclass(frozen=True, slots=True)
class Outage:
    """The last time the daemon was away, on the controller's clock; exits inside it are nobody's crash."""

    lost_at: datetime
    back_at: datetime


@dataclass(frozen=True, slots=True)
class Exceeds:
    """What a resource asks of the host beyond its profile; `denied`: nothing is made of it as long as it does."""

    profile: str
    why: tuple[str, ...]
    denied: bool


@dataclass(frozen=True, slots=True)
class ContainerWorld:
    """One Container resource.

    `containers` holds ours by id, as last inspected: an instance whose id is not in it has none.
    `holders` are foreign containers by the names we need, `siblings` the other resources of ours whose
    containers still bear one. `networks` and `volumes` map the
    spec's names to what Docker has (None: not there yet); `renewing` are the volumes that are to be made
    anew. `parents` maps fields such as `network_mode` to the container id to share with, `parent_runs` to
    when that was started (None: it does not run). `copies` are containers that bear our labels and are not ours.
    `verdicts` say what was found of the last ended runs, by the uids of the instances.
    `reach` says, by id, whether the ports that a container publishes answer, and `companions` what its companion
    has to say of it.
    `hand_stopped` says when a person stopped a container through Docker's API, by id.
    `on_move` is what is done when its image has come to mean another one; `tag` is what it means, where containers
    are still made from the one that ran (`image`), None elsewhere.
    `refused` are (path, why) pairs the connected engine can't honour. `files` maps the paths of its
    configs and secrets to digests of their content now, `variables` the names of variables taken from
    there; `unreadable` says why that can't be known.
    `exceeds` says what it asks beyond its privilege profile, None for nothing. `engine_id` and
    `engine_version` are of the daemon that answers. `guard` says why no container may be given up now
    unless that is declared, "" when it may. `instances` are the replicas'; `helpers` those of scheduled
    runs and of what comes before a start. `runs` are the newest runs and all that are not over, oldest
    first; `followed` says how far the schedule has been followed, None when it never was. `leave_first` are
    the dependents that are deleted, too, and whose containers are still there. `rollout` is the record of
    its newest update, and `former` the same resource as it was before that, while going back there is
    possible. In such a former world, `declared` is what is declared instead of `stored`. `step_images` are
    those of the steps before a start that name an image of their own, by the step's number.
    `watching_since` is when this controller began to look: no deadline counts from before.
    """

    stored: Stored
    instances: tuple[Instance, ...] = ()
    containers: Mapping[str, Container] = field(default_factory=dict)
    holders: Mapping[str, Holder] = field(default_factory=dict)
    siblings: Mapping[str, str] = field(default_factory=dict)
    copies: tuple[Container, ...] = ()
    image: ImageFact = ImageFact("")
    networks: Mapping[str, Network | None] = field(default_factory=dict)
    volumes: Mapping[str, Volume | None] = field(default_factory=dict)
    dependencies: Mapping[str, DependencyFact] = field(default_factory=dict)
    parents: Mapping[str, str | None] = field(default_factory=dict)
    parent_runs: Mapping[str, datetime | None] = field(default_factory=dict)
    health: Mapping[str, Health] = field(default_factory=dict)
    verdicts: Mapping[str, RunVerdict] = field(default_factory=dict)
    reach: Mapping[str, Reach] = field(default_factory=dict)
    companions: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    hand_stopped: Mapping[str, datetime] = field(default_factory=dict)
    outage: Outage | None = None
    refused: tuple[tuple[str, str], ...] = ()
    on_move: OnMove = "auto"
    tag: ImageFact | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    unreadable: str = ""
    engine_id: str = ""
    engine_version: str = ""
    exceeds: Exceeds | None = None
    guard: str = ""
    renewing: tuple[str, ...] = ()
    helpers: tuple[Instance, ...] = ()
    runs: tuple[Run, ...] = ()
    followed: Followed | None = None
    leave_first: tuple[str, ...] = ()
    step_images: Mapping[int, ImageFact] = field(default_factory=dict)
    rollout: Rollout | None = None
    former: "ContainerWorld | None" = None
    declared: Stored | None = None
    watching_since: datetime | None = None

    @property
    def spec(self) -> ContainerSpec:
        """What is declared."""
        return cast("ContainerSpec", self.stored.resource.spec)

    @property
    def pace(self) -> Pace:
        """How containers are replaced; on the way back by the rules of the update that failed."""
        if self.declared is None:
            return pace_of(self.spec)
        return pace_of(self.spec, rules=cast("ContainerSpec", self.declared.resource.spec), back=True)


@dataclass(frozen=True, slots=True)
class NetworkWorld:
    """One Network resource. `found` are all networks of its name; `ours` says which ids are recorded or labelled ours.

    `members` maps the ids of our own containers on it to their instances' uids; `joined` names those that
    have a place on it, running or not. `others` are all other
    networks. `refused` are (path, why) pairs the connected engine can't honour.
    """

    stored: Stored
    record: Instance | None = None
    found: tuple[Network, ...] = ()
    ours: frozenset[str] = frozenset()
    members: Mapping[str, str] = field(default_factory=dict)
    used_by: tuple[str, ...] = ()
    others: tuple[Network, ...] = ()
    joined: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def spec(self) -> NetworkSpec:
        """What is declared."""
        return cast("NetworkSpec", self.stored.resource.spec)


@dataclass(frozen=True, slots=True)
class VolumeWorld:
    """One Volume resource. `labelled` is True when the found volume bears our labels.

    `holders` names the containers of ours that have it, running or not.
    """

    stored: Stored
    record: Instance | None = None
    found: Volume | None = None
    labelled: bool = False
    used_by: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()

    @property
    def spec(self) -> VolumeSpec:
        """What is declared."""
        return cast("VolumeSpec", self.stored.resource.spec)


@dataclass(frozen=True, slots=True)
class ImageWorld:
    """One Image resource."""

    stored: Stored
    record: Instance | None = None
    fact: ImageFact = ImageFact("")
    used_by: tuple[str, ...] = ()

    @property
    def spec(self) -> ImageSpec:
        """What is declared."""
        return cast("ImageSpec", self.stored.resource.spec)


@dataclass(frozen=True, slots=True)
class FilesWorld:
    """One Config or Secret resource: nothing in Docker by itself. `used_by` are the resources that mount it."""

    stored: Stored
    used_by: tuple[str, ...] = ()
