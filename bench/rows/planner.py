"""Without Docker: planning thousands of converged containers, and declaring thousands in one go."""

import gc
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import yaml

from bench.figures import Figure, Measured
from bench.options import Options
from bench.stage import Stage
from desired_state.key import Key
from desired_state.loader import load
from desired_state.resource import Resource, Stored
from observed_state.container import Attachment, Container
from observed_state.image import Image
from observed_state.instance import Instance
from observed_state.network import Network
from reconcilers import graph
from reconcilers.world import ContainerWorld, ImageFact
from store import applying
from store.database import Store
from tools.messages import Impossible

FEW, MANY = 1_000, 10_000
ON_TOP_LIMIT_S = 2.0
# Ten times as many may take ten times as long, and a little for caches that are too small by then.
ALLOWED_PER_RESOURCE = 1.25
_PER_FILE = 1_000
_ROUNDS = 5
_NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
_IMAGE = Image("sha256:1")

_DOCUMENT = """\
apiVersion: ergon/v1
kind: Container
metadata: {{name: c{number}, namespace: bench, labels: {{tier: front}}}}
spec:
  image: shop/web:1.4
  command: [serve, "--port", "8080"]
  environment: {{DATABASE_URL: "postgres://db/shop", LEVEL: info}}
  restart: {{policy: always, backoff: {{initial: 1s, max: 60s}}}}
  deploy: {{resources: {{limits: {{cpus: "0.5", memory: 256M}}}}}}
"""


def measure(_stage: Stage, options: Options) -> Measured:
    """Return what planning takes per resource, for few and for many, and what declaring takes on top of parsing."""
    with tempfile.TemporaryDirectory(prefix="ergon-bench-") as folder:
        files = written(Path(folder))
        return planning(files, options.rounds(_ROUNDS)).joined(declaring(files, options.rounds(_ROUNDS)))


def written(folder: Path) -> list[Path]:
    """Write state files that declare many containers, and return them."""
    files = []
    for first in range(0, MANY, _PER_FILE):
        files.append(folder / f"{first:05}.yaml")
        files[-1].write_text("---\n".join(_DOCUMENT.format(number=first + more) for more in range(_PER_FILE)))
    return files


# planning


def planning(files: Sequence[Path], rounds: int) -> Measured:
    """Return the time per resource of planning what has converged."""
    resources = [one for one in load(files, environment={}).resources if one.key.kind == "Container"]
    worlds = [converged(number, resource) for number, resource in enumerate(resources)]
    few = [per_resource_us(worlds[:FEW]) for _ in range(rounds)]
    many = [per_resource_us(worlds) for _ in range(rounds)]
    figures = [
        Figure(f"plan one of {MANY}", median(many), "us", f"one of {FEW}", median(few), ALLOWED_PER_RESOURCE),
    ]
    return Measured(figures, {f"plan one of {FEW} (us)": few, f"plan one of {MANY} (us)": many})


def per_resource_us(worlds: Sequence[ContainerWorld]) -> float:
    """Plan and order all of these as `diff` does, and return the microseconds that one took.

    Raises:
        Impossible: something is left to do, so that this would be no steady state.
    """
    gc.collect()
    began = time.perf_counter()
    decisions = [graph.plan(world, _NOW) for world in worlds]
    graph.ordered(world.stored for world in worlds)
    took = time.perf_counter() - began
    if any(decision.changes or decision.actions for decision in decisions):
        raise Impossible("what should have converged has not: the bench is older than the planner")
    return took / len(worlds) * 1e6


def converged(number: int, resource: Resource) -> ContainerWorld:
    """Return the world of a container that is as it was made, and made as declared."""
    key, container_id, network = resource.key, f"{number:064x}", Network("n1", "bench_default")
    stored = Stored(resource, f"uid-{number}", 1, number, _NOW, _NOW)
    container = Container(
        container_id,
        f"bench-{key.name}-1",
        "shop/web:1.4",
        _IMAGE.id,
        "running",
        pid=number + 1,
        started_at=_NOW,
        resources={"NanoCpus": 500_000_000, "Memory": 256 << 20, "MemorySwap": 512 << 20},
        network_mode=network.name,
        networks={network.name: Attachment(network.name, network.id, aliases=(key.name,))},
    )
    return ContainerWorld(
        stored,
        (instance_of(stored, container),),
        {container_id: container},
        image=ImageFact("shop/web:1.4", _IMAGE),
        networks={"default": network},
    )


def instance_of(stored: Stored, container: Container) -> Instance:
    """Return the record of a container that was made from what is declared now."""
    key: Key = stored.key
    return Instance(
        uid=f"instance-{stored.uid}",
        kind=key.kind,
        namespace=key.namespace,
        owner=key.name,
        owner_uid=stored.uid,
        slot=1,
        name=container.name,
        final_name=container.name,
        generation=stored.generation,
        phase="created",
        container_id=container.id,
        spec=stored.resource.spec.declared(),
        resolved={"image": container.image, "image_id": container.image_id, "networks": {"default": "bench_default"}},
        baseline=container,
        created_at=_NOW,
    )


# declaring


def declaring(files: Sequence[Path], rounds: int) -> Measured:
    """Return what loading, checking and committing takes on top of parsing the same YAML."""
    parsing, whole = [], []
    for _ in range(rounds):
        parsing.append(seconds(partial(parse, files)))
        with tempfile.TemporaryDirectory(prefix="ergon-bench-") as folder, Store.open(Path(folder)) as store:
            whole.append(seconds(partial(declare, files, store)))
    on_top = median(whole) - median(parsing)
    figures = [Figure(f"declare {MANY} on top of parsing YAML", on_top, "s", "limit", ON_TOP_LIMIT_S)]
    note = f"load, check and commit {median(whole):.2f} s in all, of which parsing YAML alone {median(parsing):.2f} s"
    return Measured(figures, {"parse (s)": parsing, "load, check and commit (s)": whole}, [note])


def parse(files: Sequence[Path]) -> None:
    """Parse YAML with the fastest parser there is."""
    for file in files:
        list(yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader))


def declare(files: Sequence[Path], store: Store) -> None:
    """Load files and commit what they declare."""
    resources = load(files, environment={}).resources
    store.write_sync(lambda session: applying.apply(session, resources, actor="bench", now=_NOW))


def seconds(do: Callable[[], None]) -> float:
    """Return how long something takes."""
    gc.collect()
    began = time.perf_counter()
    do()
    return time.perf_counter() - began
