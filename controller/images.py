"""What image references mean on this engine and in their registries, and how their last fetch went. Facts, no deeds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import anyio
from sqlmodel import Session

from controller.clock import Clock
from desired_state.image_policy import ImagePolicy
from desired_state.image_reference import parse
from engine.errors import EngineError, NotFound, PullFailed, Refused
from engine.protocol import Engine
from observed_state.image import Image
from reconcilers import offers
from reconcilers.offers import Choice
from reconcilers.world import ImageFact
from store import images as image_rows
from store.database import Store
from store.images import Remembered

_FIRST_WAIT_S = 10.0
_HOPELESS_WAIT_S = 60.0
_LONGEST_WAIT_S = 300.0
_LONGEST_WISH_S = 3600.0


@dataclass
class _Fetches:
    """How the fetches of one reference, or of one registry, went. `doing` is what is being done now, "" for nothing."""

    failures: int = 0
    failure: str = ""
    retry_at: datetime | None = None
    doing: str = ""
    looking: anyio.Lock = field(default_factory=anyio.Lock)


class Images:
    """Facts about image references, looked up once and again after an event about them."""

    def __init__(self, engine: Engine, store: Store, clock: Clock) -> None:
        self._engine = engine
        self._store = store
        self._clock = clock
        self._known: dict[str, Image | None] = {}
        self._fetches: defaultdict[str, _Fetches] = defaultdict(_Fetches)
        self._registries: defaultdict[str, _Fetches] = defaultdict(_Fetches)
        self._remembered: dict[str, Remembered] = {}
        self._versions: dict[str, dict[str, datetime]] = {}
        # What the registry is to be asked about, and why that went wrong last time.
        self.watched: dict[str, ImagePolicy] = {}
        self.watched_more = anyio.Event()
        self.unchecked: dict[str, str] = {}

    async def load(self) -> None:
        """Read what earlier controllers remembered."""
        self._remembered = await self._store.read(image_rows.references)
        self._versions = await self._store.read(image_rows.versions)

    # facts

    async def fact(self, reference: str, policy: ImagePolicy | None = None, *, managed: bool = False) -> ImageFact:
        """Return what a reference means now; under a policy with a range, what the version in use means."""
        self._watch(reference, policy)
        choice = await self._chosen(reference, policy)
        image = await self.look_up(choice.reference)
        remembered = self.remembered(choice.reference)
        offer = choice.offer or offers.moved_tag(
            choice.reference, policy, image, remembered.offered, remembered.offered_since
        )
        fetches = self._troubled(choice.reference, offer.reference if offer else "")
        return ImageFact(
            reference=choice.reference,
            image=image,
            failure=fetches.failure,
            retry_at=fetches.retry_at,
            fetched_at=remembered.fetched_at,
            managed=managed,
            fetching=fetches.doing,
            offer=offer,
            waits=choice.waits,
            context=remembered.context,
            unchecked=self.unchecked.get(reference, ""),
        )

    async def look_up(self, reference: str) -> Image | None:
        """Return the image that a reference means here, None for none. Asks the engine once, until an event tells."""
        if reference not in self._known:
            async with self._fetches[reference].looking:
                if reference not in self._known:
                    self._known[reference] = await self._look(reference)
        return self._known.get(reference)

    def remembered(self, reference: str) -> Remembered:
        """Return what is remembered of a reference."""
        return self._remembered.get(reference) or Remembered(reference)

    def versions_of(self, repository: str) -> dict[str, datetime]:
        """Return the known tags of a repository, each with the time from which its age counts."""
        return self._versions.get(repository, {})

    async def _chosen(self, reference: str, policy: ImagePolicy | None) -> Choice:
        if policy is None or policy.semver is None or policy.on_move == "off":
            return Choice(reference)
        known = self.versions_of(parse(reference).name)
        possible = [*offers.candidates(reference, policy.semver, known), reference]
        present = {one for one in possible if await self.look_up(one) is not None}
        return offers.chosen_version(reference, policy, known, present, self._clock.now())

    def _troubled(self, reference: str, offered: str) -> _Fetches:
        """Return how fetching stands: of what is offered, if there is such a thing; held up where the registry is."""
        own = self._fetches[reference]
        fetches = self._fetches[offered] if offered and not own.doing and not own.failure else own
        registry = self._registries[parse(reference).registry]
        held_up = registry.retry_at is not None and self._clock.now() < registry.retry_at
        if held_up and not (fetches.retry_at and registry.retry_at and fetches.retry_at > registry.retry_at):
            return replace(fetches, failure=fetches.failure or registry.failure, retry_at=registry.retry_at)
        return fetches

    def _watch(self, reference: str, policy: ImagePolicy | None) -> None:
        """Have the registry asked about a reference from now on, as often as the most curious policy wants."""
        if policy is None or policy.on_move == "off":
            return
        before = self.watched.get(reference)
        if before is None or (before != policy and before.check_every >= policy.check_every):
            self.watched[reference] = policy
            self.watched_more.set()

    # what happened

    def mark_stale(self, references: Iterable[str]) -> None:
        """Look these references up again when they are next needed, in whichever spelling they are declared."""
        wanted = {parse(reference) for reference in references}
        for reference in [one for one in self._known if parse(one) in wanted]:
            del self._known[reference]

    def meaning(self, image_id: str) -> list[str]:
        """Return the references that meant an image when they were last looked up."""
        return [reference for reference, image in self._known.items() if image is not None and image.id == image_id]

    def unknown(self) -> list[str]:
        """Return the references that meant nothing here when they were last looked up."""
        return [reference for reference, image in self._known.items() if image is None]

    def outdated(self, listed: Iterable[Image]) -> list[str]:
        """Return the references that mean something else in this list of all images than they are known to."""
        by_tag = {tag: image.id for image in listed for tag in image.references}
        return [reference for reference, image in self._known.items() if _moved(image, _tagged(reference), by_tag)]

    def begin(self, reference: str, doing: str) -> None:
        """Show that a reference is being fetched: `doing` is pulling, building or pushing."""
        self._fetches[reference].doing = doing

    def end(self, reference: str) -> None:
        """Show that nothing is done about a reference any more."""
        self._fetches[reference].doing = ""

    def succeeded(self, reference: str, image: Image | None, known: Remembered) -> None:
        """Show what was just committed about a fetch that went well."""
        if image is not None:
            self._known[reference] = image
        self.show(known)
        fetches, registry = self._fetches[reference], self._registries[parse(reference).registry]
        for one in (fetches, registry):
            one.failures, one.failure, one.retry_at = 0, "", None

    def failed(self, reference: str, error: EngineError) -> None:
        """Remember why a fetch failed and when it may be tried again; a registry may ask for a pause of all of it."""
        self._note(self._fetches[reference], error)
        if isinstance(error, PullFailed) and error.reason == "RateLimited":
            self._note(self._registries[parse(reference).registry], error)

    def wanting(self, contexts: Mapping[str, str]) -> list[Remembered]:
        """Return what is to be remembered of builds, by reference, that are wanted of something else than before."""
        before = {reference: self.remembered(reference) for reference in contexts}
        return [
            replace(known, context=contexts[ref]) for ref, known in before.items() if known.context != contexts[ref]
        ]

    def note_wanted(self, session: Session, builds: Iterable[Remembered], now: datetime) -> None:
        """Record what builds are wanted of, in the same commit as what is declared; `show` it afterwards."""
        for known in builds:
            image_rows.remember(session, known, now)

    def try_again(self, references: Iterable[str]) -> set[str]:
        """Let fetches that failed be tried at once: somebody asks, maybe after a `docker login`. Return which."""
        failed = {one for one in references if one in self._fetches and self._fetches[one].failure}
        for reference in failed:
            self._fetches[reference].retry_at = None
        return failed

    def show(self, *known: Remembered) -> None:
        """Show what was just committed about references."""
        self._remembered |= {one.reference: one for one in known}

    def show_versions(self, repository: str, first_seen: dict[str, datetime]) -> None:
        """Show the tags of a repository that were just committed."""
        self._versions[repository] = {**self.versions_of(repository), **first_seen}

    def _note(self, fetches: _Fetches, error: EngineError) -> None:
        fetches.failures += 1
        fetches.failure = error.message
        fetches.retry_at = self._clock.now() + timedelta(seconds=wait_s(fetches.failures, error))

    async def _look(self, reference: str) -> Image | None:
        try:
            return await self._engine.inspect_image(reference)
        except NotFound:
            return None


def wait_s(failures: int, error: EngineError) -> float:
    """Return how long a failed fetch waits; a registry's own wish comes first (kubelet's ceiling of 5 min)."""
    if isinstance(error, PullFailed) and error.retry_after is not None:
        return min(max(error.retry_after, 1.0), _LONGEST_WISH_S)
    unknown = isinstance(error, PullFailed) and error.reason in ("NotFound", "AuthFailed")
    hopeless = unknown or isinstance(error, Refused)
    first = _HOPELESS_WAIT_S if hopeless else _FIRST_WAIT_S
    return min(first * 2.0 ** min(failures - 1, 16), _LONGEST_WAIT_S)


def _moved(image: Image | None, tag: str, by_tag: Mapping[str, str]) -> bool:
    """Return whether a tag means something else than it did; ids and digests always mean the same."""
    if image is None:
        return tag in by_tag
    return tag in image.references and by_tag.get(tag) != image.id


def _tagged(reference: str) -> str:
    """Return a reference as lists of images show it."""
    return parse(reference).familiar
