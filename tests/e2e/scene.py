"""All mutations on one engine: what is declared for them, doing them, and what is left of them."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.e2e.hands import Hands
from tests.e2e.harness import Ergon, Json, wait_for
from tests.e2e.mutations import MUTATIONS, Deed, Mutation, Place, filled, subnet_of

Found = tuple[str, str, str]

_AT_ONCE = 8
_LASTING_LIMITS = (
    *("Memory", "MemorySwap", "MemoryReservation", "NanoCpus", "CpuShares", "CpuQuota", "CpuPeriod"),
    *("CpusetCpus", "CpusetMems", "PidsLimit", "BlkioWeight", "RestartPolicy"),
)


@dataclass(frozen=True)
class Scene:
    """One installation with a running container for each mutation."""

    ergon: Ergon
    hands: Hands
    image: str
    other_image: str

    def place(self, name: str) -> Place:
        return Place(self.ergon.namespace, name, self.ergon.state_dir, self.image, self.other_image)

    def set_up(self) -> None:
        """Declare everything and return when it runs."""
        for name, mutation in MUTATIONS.items():
            if mutation.needs == "tag":
                repository, _, tag = self.place(name).tag.partition(":")
                self.hands.api.tag(self.image, repository, tag)
            if mutation.needs in ("config", "secret"):
                self.place(name).file.write_text("as declared\n")
        self.ergon.start_and_wait()
        self.ergon.apply(*(one for name, mutation in MUTATIONS.items() for one in self._documents(name, mutation)))
        self.ergon.settle()

    def _documents(self, name: str, mutation: Mutation) -> Iterable[Json]:
        ergon, place = self.ergon, self.place(name)
        words = {"name": name, "spare": place.spare, "subnet": self._subnet(name)}
        spec: dict[str, Any] = filled(mutation.spec, **words)
        if "networks" not in spec:
            spec["network_mode"] = "bridge"
        yield ergon.container(name, place.tag if mutation.needs == "tag" else self.image, **spec)
        yield from {
            "network": lambda: [ergon.network(name)],
            "networks": lambda: [ergon.network(name), ergon.network(f"{name}-2")],
            "subnet": lambda: [ergon.network(name, ipam={"config": [{"subnet": f"{words['subnet']}.0/24"}]})],
            "volume": lambda: [ergon.volume(name)],
            "config": lambda: [ergon.document("Config", name, {"file": str(place.file)})],
            "secret": lambda: [ergon.document("Secret", name, {"file": str(place.file)})],
        }.get(mutation.needs, list)()

    def _subnet(self, name: str) -> str:
        return subnet_of(name, 64 + int(self.ergon.namespace[1:3], 16) // 2)

    # doing

    def meddle(self) -> None:
        """Do all mutations, several at once."""
        self._do({name: mutation.does for name, mutation in MUTATIONS.items()})

    def undo(self) -> None:
        """Take away what no repair takes away, and return when only undeclared limits are left."""
        self._do({name: mutation.undo for name, mutation in MUTATIONS.items() if mutation.undo})
        stay = {name for name, mutation in MUTATIONS.items() if not mutation.mended and not mutation.undo}
        self._wait_until_only(stay)

    def _do(self, deeds: Mapping[str, Deed]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as several:
            for done in [several.submit(deed, self.hands, self.place(name)) for name, deed in deeds.items()]:
                done.result()

    def pause(self) -> None:
        self.ergon.ask("pause", namespace=self.ergon.namespace, reason="somebody works on it")

    def resume(self) -> None:
        self.ergon.ask("resume", namespace=self.ergon.namespace)

    def wait_for_repairs(self) -> None:
        """Return when nothing differs any more but what is only told."""
        self._wait_until_only({name for name, mutation in MUTATIONS.items() if not mutation.mended})

    def _wait_until_only(self, names: set[str]) -> None:
        def settled() -> bool:
            rows = self.ergon.ask("status")["resources"]
            ready = all(row["ready"] for row in rows if row["name"] not in names)
            return ready and {name for name, _, _ in named(self.ergon.ask("diff", live=True))} <= names

        wait_for(settled, f"only {', '.join(sorted(names))} to differ", self.ergon.what_is_left)

    # seeing

    def expected(self, name: str) -> set[Found]:
        """Return resource, path and cause of each difference by which a mutation is to be named."""
        words = {"name": name, "spare": self.place(name).spare}
        return {(name, path.format(**words), cause) for path, cause in MUTATIONS[name].finds}

    def shapes(self) -> dict[str, Json]:
        """Return what the mutations change of each container, as it is now."""
        return {name: self.shape(self.place(name).container) for name in MUTATIONS}

    def shape(self, container: str) -> Json:
        found = self.hands.inspect(container)
        limits = {limit: found["HostConfig"][limit] for limit in _LASTING_LIMITS}
        return {
            "name": found["Name"],
            "state": found["State"]["Status"],
            "networks": {
                name: (_aliases(one, found["Id"]), (one.get("IPAMConfig") or {}).get("IPv4Address"))
                for name, one in found["NetworkSettings"]["Networks"].items()
            },
            **{limit: None if value in (0, -1) else value for limit, value in limits.items()},
        }


def named(difference: Json) -> set[Found]:
    """Return resource, path and cause of each field that differs."""
    return {
        (change["name"], field["path"], field["cause"])
        for change in difference["changes"]
        for field in change["fields"]
    }


def of_one(found: set[Found], name: str) -> set[Found]:
    """Return what is named about the resources of one mutation."""
    return {one for one in found if one[0] == name}


def _aliases(endpoint: Json, container_id: str) -> list[str]:
    return sorted(alias for alias in endpoint["Aliases"] or () if alias != container_id[:12])
