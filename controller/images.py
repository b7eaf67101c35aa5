"""What image references mean on this engine, and how their last fetch went. One fetch per reference at a time."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio

from controller.clock import Clock
from engine.errors import EngineError, NotFound, PullFailed
from engine.protocol import Engine
from observed_state.image import Image
from reconcilers.world import ImageFact

_FIRST_WAIT_S = 10.0
_HOPELESS_WAIT_S = 60.0
_LONGEST_WAIT_S = 300.0


@dataclass
class _Fetches:
    """How the fetches of one reference went."""

    failures: int = 0
    failure: str = ""
    retry_at: datetime | None = None
    fetched_at: datetime | None = None
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    looking: anyio.Lock = field(default_factory=anyio.Lock)


class Images:
    """Facts about image references, looked up once and again after every image event."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._known: dict[str, Image | None] = {}
        self._fetches: defaultdict[str, _Fetches] = defaultdict(_Fetches)

    async def fact(self, reference: str, *, managed: bool = False) -> ImageFact:
        """Return what a reference means now."""
        fetches = self._fetches[reference]
        if reference not in self._known:
            async with fetches.looking:
                if reference not in self._known:
                    self._known[reference] = await self._look(reference)
        return ImageFact(
            reference=reference,
            image=self._known.get(reference),
            failure=fetches.failure,
            retry_at=fetches.retry_at,
            fetched_at=fetches.fetched_at,
            managed=managed,
        )

    def mark_stale(self) -> None:
        """Look every reference up again when it is next needed: some tag moved."""
        self._known.clear()

    async def fetch(self, reference: str, how: Callable[[], Awaitable[Image]]) -> None:
        """Fetch a reference unless another task just did; remember the outcome.

        Raises:
            EngineError: it failed; the fact now says why and when to try again.
        """
        fetches = self._fetches[reference]
        asked_at = self._clock.now()
        async with fetches.lock:
            if fetches.fetched_at is not None and fetches.fetched_at >= asked_at:
                return
            try:
                self._known[reference] = await how()
            except EngineError as error:
                self._note_failure(fetches, error)
                raise
            fetches.failures, fetches.failure, fetches.retry_at = 0, "", None
            fetches.fetched_at = self._clock.now()

    def _note_failure(self, fetches: _Fetches, error: EngineError) -> None:
        fetches.failures += 1
        fetches.failure = error.message
        fetches.retry_at = self._clock.now() + timedelta(seconds=_wait_s(fetches.failures, error))

    async def _look(self, reference: str) -> Image | None:
        try:
            return await self._engine.inspect_image(reference)
        except NotFound:
            return None


def _wait_s(failures: int, error: EngineError) -> float:
    """Return how long a failed fetch waits; a registry's own wish comes first (kubelet's ceiling of 5 min)."""
    if isinstance(error, PullFailed) and error.retry_after is not None:
        return min(max(error.retry_after, 1.0), _LONGEST_WAIT_S)
    hopeless = isinstance(error, PullFailed) and error.reason in ("NotFound", "AuthFailed")
    first = _HOPELESS_WAIT_S if hopeless else _FIRST_WAIT_S
    return min(first * 2.0 ** min(failures - 1, 16), _LONGEST_WAIT_S)
