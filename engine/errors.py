"""What can go wrong when talking to Docker, sorted by what to do next.

EngineError
├── EngineUnreachable      retry with backoff; one condition of the engine, not of each object
│   └── PermissionDenied   a person must grant access to the socket
├── NotFound               observe again
├── Conflict               observe again; the object is in another state than we thought
│   └── NameTaken          another container has the name; `holder` is its id
├── Refused                a person must change the spec
│   ├── StartFailed        the container exists, and can't start as declared
│   └── BuildFailed        a step of a build failed
├── NotSupported           this engine's API version can't do it
├── PullFailed             the registry said no, or nothing: retry slowly
└── ServerError            the daemon failed; retry with backoff
"""

from collections.abc import Sequence

from engine.redaction import redacted


class EngineError(Exception):
    """Any failure of a call to Docker. `message` is one line for people: what, and why, secret values taken out."""

    def __init__(self, message: str) -> None:
        self.message = redacted(message)
        super().__init__(self.message)


class EngineUnreachable(EngineError):
    """The daemon did not answer in time, or there is no socket."""


class PermissionDenied(EngineUnreachable):
    """The socket is there and this user may not use it."""


class NotFound(EngineError):
    """The object is gone, or never was."""


class Conflict(EngineError):
    """The object is in a state in which Docker won't do this."""


class NameTaken(Conflict):
    """Another container has this name."""

    def __init__(self, message: str, holder: str) -> None:
        super().__init__(message)
        self.holder = holder


class Refused(EngineError):
    """Docker read the request and will never accept it as it is."""


class StartFailed(Refused):
    """The container was created and can't start: `reason` says why in one CamelCase word.

    CommandNotFound, PortInUse, BadMount, or StartError. PortInUse carries the `port`.
    """

    def __init__(self, message: str, reason: str, port: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.port = port


class BuildFailed(Refused):
    """A build ended at `step` (the builder's words, "" when at none) for the reason `why`; `said` is the step's output.

    Of the output the end is kept.
    """

    def __init__(self, message: str, step: str, why: str, said: Sequence[str]) -> None:
        super().__init__(message)
        self.step = redacted(step)
        self.why = redacted(why)
        self.said = tuple(redacted(line) for line in said)


class NotSupported(EngineError):
    """The connected engine's API version does not know this."""


class PullFailed(EngineError):
    """An image could not be had. `reason` is NotFound, AuthFailed, RateLimited or Unreachable.

    `retry_after` is the registry's own wish in seconds, if it named one.
    """

    def __init__(self, message: str, reason: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after


class ServerError(EngineError):
    """The daemon answered with an internal error."""
