"""The one error that service functions raise, and that travels through the API unchanged."""


class ServiceError(Exception):
    """Something the caller asked for can't be done.

    `message` is one line for people: what is wrong, and where. `hint` is the next step, "" for none.
    `status` is the HTTP status: 400 bad input, 404 not there, 409 not now, 503 nobody to do it.
    """

    def __init__(self, message: str, hint: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
