"""The daemon's refusals, as HTTP has them."""


class Refusal(Exception):
    """An error answer of the daemon: a status and its message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def no_such_container(name: str) -> Refusal:
    """Return the 404 of an unknown container."""
    return Refusal(404, f"No such container: {name}")


def no_such_network(name: str) -> Refusal:
    """Return the 404 of an unknown network."""
    return Refusal(404, f"network {name} not found")


def no_such_volume(name: str) -> Refusal:
    """Return the 404 of an unknown volume."""
    return Refusal(404, f"get {name}: no such volume")


def no_such_image(reference: str) -> Refusal:
    """Return the 404 of an image that is not in the store."""
    return Refusal(404, f"No such image: {reference}")
