"""Decide which images can go: only what Ergon brought here itself, and nobody needs or has named since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from desired_state.image_reference import parse
from observed_state.image import Image


@dataclass(frozen=True, slots=True)
class Brought:
    """An image that Ergon pulled or built under a reference, and when."""

    image_id: str
    reference: str
    origin: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one image: `removes` names what is removed, in order; `kept` says why it stays, "" if it goes."""

    image: Image
    origin: str
    names: tuple[str, ...]
    removes: tuple[str, ...] = ()
    kept: str = ""


def judged(
    brought: Iterable[Brought], present: Iterable[Image], needed: Mapping[str, str], before: datetime
) -> list[Verdict]:
    """Return a verdict about each image that Ergon brought and that is still here, in the order they came.

    Args:
        brought: what Ergon brought here, the oldest first.
        present: all images of the engine.
        needed: who needs which image, by id, for people.
        before: what came later is left alone: it may be about to be used.
    """
    images = {image.id: image for image in present}
    ours: defaultdict[str, list[Brought]] = defaultdict(list)
    for one in brought:
        if one.image_id in images:
            ours[one.image_id].append(one)
    return [_verdict(images[image_id], rows, needed, before) for image_id, rows in ours.items()]


def _verdict(image: Image, rows: list[Brought], needed: Mapping[str, str], before: datetime) -> Verdict:
    names = tuple(parse(row.reference).familiar for row in rows)
    still_ours = tuple(name for name in dict.fromkeys(names) if name in image.references)
    foreign = [name for name in image.references if name not in names]
    origin = rows[0].origin
    if image.id in needed:
        kept = needed[image.id]
    elif foreign:
        kept = f"somebody else calls it {foreign[0]}"
    elif max(row.at for row in rows) > before:
        kept = "it came only lately"
    else:
        # Without a name left, it goes by its id.
        return Verdict(image, origin, names, still_ours or (image.id,))
    return Verdict(image, origin, names, kept=kept)
