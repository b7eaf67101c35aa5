"""The one error that service functions raise, and that travels through the API unchanged."""

from collections.abc import Mapping, Sequence
from typing import Any


class ServiceError(Exception):
    """Something the caller asked for can't be done.

    `message` is one line for people: what is wrong, and where. `hint` is the next step, "" for none.
    `status` is the HTTP status: 400 bad input, 404 not there, 409 not now, 503 nobody to do it.
    `problems` are fields of declared resources (kind, namespace, name, path, message), for whoever
    knows where they are written.
    """

    def __init__(
        self, message: str, hint: str = "", status: int = 400, problems: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems
        self.hint = hint
        self.status = status
