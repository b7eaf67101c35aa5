"""The parts of a controller, wired together: what runs for ever, and what one look of the command line needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from container_ci.capability import Equip
from container_ci.equipment import EQUIPMENT
from container_ci.questions import Ask, Questions
from container_ci.reaching import reach
from controller.approvals import Approvals
from controller.causes import Causes
from controller.chronicle import Chronicle
from controller.clock import Clock
from controller.companion_memory import CompanionMemory
from controller.companions import Companions
from controller.container_deeds import ContainerDeeds
from controller.content_watch import ContentWatch
from controller.drift_log import DriftLog
from controller.engine_link import EngineLink
from controller.executor import Executor
from controller.fetching import Fetching
from controller.guard import Guard
from controller.image_collection import ImageCollection
from controller.images import Images
from controller.informer import Informer
from controller.journal import Journal
from controller.measured import Measured
from controller.measuring import Measuring
from controller.observed import Observed
from controller.postmortems import Judge, Postmortems
from controller.presence import Presence
from controller.probing import Probing
from controller.reaching import Look, Reaching
from controller.reconciler import Reconciler
from controller.records import Records
from controller.registry_watch import RegistryWatch
from controller.resource_deeds import ResourceDeeds
from controller.rollout_deeds import RolloutDeeds
from controller.run_deeds import RunDeeds
from controller.scaling import Scaling
from controller.sightings import Sightings
from controller.status_board import StatusBoard
from controller.workqueue import Priority, WorkQueue
from controller.worlds import Worlds
from desired_state.key import Key
from engine.errors import EngineError
from engine.protocol import Engine
from store.database import Store


@dataclass(frozen=True, slots=True)
class Runtime:
    """All parts by name. `reconciler` and `queue` do nothing until somebody runs them."""

    store: Store
    engine: Engine
    clock: Clock
    records: Records
    observed: Observed
    images: Images
    fetching: Fetching
    registries: RegistryWatch
    collection: ImageCollection
    link: EngineLink
    worlds: Worlds
    guard: Guard
    board: StatusBoard
    presence: Presence
    chronicle: Chronicle
    drift: DriftLog
    journal: Journal
    probing: Probing
    measuring: Measuring
    scaling: Scaling
    reaching: Reaching
    companions: Companions
    postmortems: Postmortems
    queue: WorkQueue[Key]
    informer: Informer
    contents: ContentWatch
    reconciler: Reconciler

    async def load(self) -> None:
        """Read the store into memory."""
        await self.records.load()
        await self.images.load()
        await self.drift.load()
        await self.measuring.load()
        await self.scaling.load()
        await self.postmortems.load()

    async def look(self) -> None:
        """See what Docker has right now, once; a daemon that does not answer is noted, not raised."""
        try:
            await self.informer.list_everything()
            self.link.up(await self.engine.info())
        except EngineError as error:
            self.link.down(error.message)


def build(
    store: Store,
    engine: Engine,
    clock: Clock,
    random: Random,
    *,
    ask: Ask | None = None,
    judge: Judge | None = None,
    look: Look = reach,
    equipment: Sequence[Equip] = EQUIPMENT,
) -> Runtime:
    """Return a controller's parts for one store and one engine. Nothing runs and nothing is read yet.

    `ask` is asked all probes instead of the containers, `judge` finds the causes of crashes instead of the rules, and
    `look` tries published ports instead of the host; `equipment` is what companions can do.
    """
    queue: WorkQueue[Key] = WorkQueue(clock, random)
    records = Records(store, clock)
    observed = Observed(engine, clock)
    images = Images(engine, store, clock)
    link = EngineLink(clock)
    postmortems = Postmortems(engine, records, observed, clock, queue.add, judge=judge)
    probing = Probing(clock, queue.add, lambda: ask or Questions(engine), observed.containers.get)
    measuring = Measuring(engine=engine, records=records, observed=observed, link=link, clock=clock)
    scaling = Scaling(
        records=records,
        observed=observed,
        measuring=measuring,
        probing=probing,
        link=link,
        queue=queue,
        clock=clock,
    )
    reaching = Reaching(clock, lambda key: queue.add(key, Priority.RESYNC), look)
    companions = Companions(
        engine,
        CompanionMemory(store, clock),
        clock,
        probing.reports,
        moved=lambda key: queue.add(key, Priority.RESYNC),
        measurements=Measured(records, measuring, scaling, clock),
        seen=lambda: observed.containers,
        ready=link.wait_until_up,
        equipment=equipment,
    )
    worlds = Worlds(
        records,
        observed,
        images,
        link,
        probing.reports,
        verdicts=postmortems.verdicts,
        reach=reaching.reports,
        companions=companions.conditions,
    )
    guard = Guard(records, link, clock)
    board = StatusBoard(records, clock)
    drift = DriftLog(records, observed, clock)
    causes = Causes()
    chronicle = Chronicle(records, drift, clock)
    journal = Journal(clock, causes)
    fetching = Fetching(
        engine=engine, records=records, observed=observed, images=images, queue=queue, clock=clock, journal=journal
    )
    executor = Executor(
        ContainerDeeds(engine, records, observed, clock, journal),
        ResourceDeeds(engine, records, observed, fetching, clock, journal=journal),
        RunDeeds(records, clock),
        RolloutDeeds(records, clock, journal),
    )
    informer = Informer(
        engine=engine,
        records=records,
        observed=observed,
        images=images,
        link=link,
        queue=queue,
        clock=clock,
        random=random,
    )
    reconciler = Reconciler(
        records=records,
        observed=observed,
        worlds=worlds,
        executor=executor,
        guard=guard,
        approvals=Approvals(records, guard, clock),
        board=board,
        drift=drift,
        causes=causes,
        chronicle=chronicle,
        sightings=Sightings(records, observed, clock, postmortems, measuring.ended),
        postmortems=postmortems,
        probing=probing,
        reaching=reaching,
        companions=companions,
        link=link,
        queue=queue,
        clock=clock,
    )
    return Runtime(
        store=store,
        engine=engine,
        clock=clock,
        records=records,
        observed=observed,
        images=images,
        fetching=fetching,
        registries=RegistryWatch(engine, records, images, queue, clock),
        collection=ImageCollection(
            engine=engine, records=records, images=images, worlds=worlds, clock=clock, journal=journal
        ),
        link=link,
        worlds=worlds,
        guard=guard,
        board=board,
        chronicle=chronicle,
        presence=Presence(store, link, clock),
        drift=drift,
        journal=journal,
        probing=probing,
        measuring=measuring,
        scaling=scaling,
        reaching=reaching,
        companions=companions,
        postmortems=postmortems,
        queue=queue,
        informer=informer,
        contents=ContentWatch(records, queue, clock),
        reconciler=reconciler,
    )
