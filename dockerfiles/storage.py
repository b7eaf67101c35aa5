"""Where an application keeps files: the databases in a file that its code opens."""

import re
from collections.abc import Iterable

from dockerfiles.sources import search
from dockerfiles.tree import Text

_DATABASE = re.compile(r"[\"'](?:\w+:)?(?:/{2,3})?(?:\./)?((?:[\w-]+/)*)[\w-]+\.(?:db|sqlite3?)(?:\?[^\"']*)?[\"']")


def folders(texts: Iterable[Text], below: str = "/app") -> tuple[str, ...]:
    """Return the folders of the databases that code opens by a relative path, as they lie in the image."""
    found = {hit.groups[0].rstrip("/") for hit in search(texts, _DATABASE)}
    return tuple(sorted(f"{below}/{folder}" if folder else below for folder in found))


def volumes(folders: Iterable[str], below: str = "/app") -> tuple[str, ...]:
    """Return those that can be volumes: one over the whole application would keep its first version for ever."""
    return tuple(folder for folder in folders if folder != below)
