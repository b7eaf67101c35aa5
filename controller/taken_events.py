"""Which of Docker's events have been taken, so that those asked for and those that arrive are each taken once."""

from collections import OrderedDict

from observed_state.engine import EngineEvent

# The daemon stamps an event a moment before it tells it, so two may change places on the way.
_MARGIN_NS = 10**9
# More than the daemon itself remembers.
_REMEMBERED = 1024

_Identity = tuple[int, str, str, str]


class TakenEvents:
    """The newest events of one subscription."""

    def __init__(self) -> None:
        self._began_ns = 0
        self._newest_ns = 0
        self._identities: OrderedDict[_Identity, None] = OrderedDict()

    def begin(self, since_ns: int) -> None:
        """Start with a subscription that tells everything from `since_ns` of the daemon's clock on."""
        self._began_ns = self._newest_ns = since_ns

    @property
    def since_ns(self) -> int | None:
        """From when on events may not have been taken; None while nothing is subscribed to."""
        return max(self._began_ns, self._newest_ns - _MARGIN_NS) if self._began_ns else None

    def is_new(self, event: EngineEvent) -> bool:
        """Return whether an event has not been taken before; from now on it has."""
        if not event.time_ns:
            return True
        identity = (event.time_ns, event.type, event.action, event.actor)
        if identity in self._identities:
            return False
        self._identities[identity] = None
        if len(self._identities) > _REMEMBERED:
            self._identities.popitem(last=False)
        # The last one, not the latest: a daemon's clock may be set back.
        self._newest_ns = event.time_ns
        return True
