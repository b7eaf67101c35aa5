"""Versions and their ranges, as npm writes them: which tags are versions, and which of them a range takes."""

import re
from collections.abc import Iterable

from semantic_version import NpmSpec, Version  # type: ignore[import-untyped]  # it has no types of its own

_FULL = re.compile(r"v?(\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?)")
_PARTIAL = re.compile(r"v?\d+(\.\d+){0,2}([-+][0-9A-Za-z.+-]+)?")


def checked_range(text: str) -> str:
    """Return a range as it is written.

    Raises:
        ValueError: npm would not understand it.
    """
    try:
        NpmSpec(text)
    except ValueError:
        raise ValueError(f'{text!r} is not a range of versions; write it like "^1.4", "~2.0.1" or ">=1.2 <3"') from None
    return text


def may_stand(tag: str, semver: str) -> bool:
    """Return whether a tag can be declared beside a range: a version in it (`1.4` too), or `latest`."""
    if tag == "latest":
        return True
    return bool(_PARTIAL.fullmatch(tag)) and bool(Version.coerce(tag.removeprefix("v")) in NpmSpec(semver))


def newest_first(tags: Iterable[str], semver: str) -> list[str]:
    """Return the tags that are whole versions (`1.4.2`, `v1.4.2`) in a range, the newest first.

    Floating tags (`1.4`, `latest`) and what is no version are left out; of two spellings of one version one stays.
    """
    wanted = NpmSpec(semver)
    found = {version: tag for tag in sorted(tags) if (version := _version(tag)) is not None and version in wanted}
    return [found[version] for version in sorted(found, reverse=True)]


def _version(tag: str) -> Version | None:
    match = _FULL.fullmatch(tag)
    try:
        return Version(match.group(1)) if match else None
    except ValueError:
        return None
