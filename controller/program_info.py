"""Which Ergon this is."""

from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    try:
        return version("ergon-controller")
    except PackageNotFoundError:
        return "0.0.0+checkout"


VERSION = _version()
