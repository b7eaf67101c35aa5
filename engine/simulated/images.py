"""Images: those the daemon has, those a registry would give, and those it builds."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.simulated.answers import Refusal, no_such_image
from engine.simulated.behaviour import Behaviour
from engine.simulated.host import Host
from observed_state.usage import Layer

Json = dict[str, Any]

# No registry listens at port 1, on this host neither.
_NOBODY_THERE = "localhost:1/"


@dataclass(slots=True)
class StoredImage:
    """An image the daemon has. `config` is what its containers inherit, `history` the steps it was made by."""

    id: str
    config: Json
    content: str = ""
    behaviour: Behaviour | None = None
    tags: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    history: tuple[Layer, ...] = ()

    def inspect(self) -> Json:
        """Return what `GET /images/{name}/json` answers."""
        return {
            "Id": self.id,
            "RepoTags": list(self.tags),
            "RepoDigests": list(self.digests),
            "Architecture": "amd64",
            "Os": "linux",
            "Size": 1_000_000,
            "Config": dict(self.config),
        }


@dataclass(frozen=True, slots=True)
class Offer:
    """What the registry has under a reference. The same `content` is the same image."""

    content: str
    config: Mapping[str, Any] = field(default_factory=dict)
    behaviour: Behaviour | None = None
    created: datetime | None = None

    @property
    def digest(self) -> str:
        """The digest of its manifest."""
        return f"sha256:{hashlib.sha256(f'manifest of {self.content}'.encode()).hexdigest()}"


@dataclass(slots=True)
class Registry:
    """The registry behind pulls, pushes and look-ups.

    `refusals` are messages by reference, in the registry's words ("manifest unknown",
    "toomanyrequests: ..."); `pull_s` and `build_s` are how long a pull or a build takes; `pulls` is what
    was asked for; `build_failure` is what the next builds fail with.
    """

    offers: dict[str, Offer] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    pull_s: float = 0.0
    build_s: float = 0.0
    pulls: list[str] = field(default_factory=list)
    build_failure: str | None = None

    def fetch(self, reference: str) -> Offer:
        """Return what is offered to a pull.

        Raises:
            Refusal: nothing is, or the registry says no.
        """
        self.pulls.append(reference)
        return self.find(reference)

    def find(self, reference: str) -> Offer:
        """Return what is offered.

        Raises:
            Refusal: nothing is, or the registry says no.
        """
        self._refuse(reference)
        if reference not in self.offers:
            raise Refusal(404, f"manifest for {reference} not found: manifest unknown: manifest unknown")
        return self.offers[reference]

    def tags(self, reference: str) -> list[str]:
        """Return the tags that the repository has.

        Raises:
            Refusal: the registry says no.
        """
        self._refuse(reference)
        name = tag_of(reference).rpartition(":")[0]
        return sorted(tag.rpartition(":")[2] for tag in self.offers if tag.rpartition(":")[0] == name)

    def take(self, reference: str, offer: Offer) -> None:
        """Keep what is pushed.

        Raises:
            Refusal: the registry says no.
        """
        self._refuse(reference)
        self.offers[reference] = offer

    def _refuse(self, reference: str) -> None:
        if reference.startswith(_NOBODY_THERE):
            raise Refusal(500, f'Get "https://{_NOBODY_THERE}v2/": dial tcp 127.0.0.1:1: connect: connection refused')
        if reference in self.refusals:
            raise Refusal(500, self.refusals[reference])


class Images:
    """The daemon's image store."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._by_id: dict[str, StoredImage] = {}

    def find(self, reference: str) -> StoredImage:
        """Return an image by tag, digest or id (also shortened).

        Raises:
            Refusal: 404.
        """
        if (tagged := self._tagged(tag_of(reference))) is not None:
            return tagged
        bare = reference.removeprefix("sha256:")
        for image in self._by_id.values():
            if reference in image.digests or (len(bare) >= 12 and image.id.removeprefix("sha256:").startswith(bare)):
                return image
        raise no_such_image(tag_of(reference))

    def all(self) -> list[StoredImage]:
        return list(self._by_id.values())

    def put(self, reference: str, content: str, config: Mapping[str, Any], behaviour: Behaviour | None) -> StoredImage:
        """Have the image of this content under this reference, taken from whatever had it before."""
        identity = f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
        image = self._by_id.setdefault(identity, StoredImage(identity, dict(config), content, behaviour))
        repository, _, digest = reference.partition("@")
        if digest:
            image.digests.append(reference)
            return image
        self.tag(image, repository)
        return image

    def know_digest(self, image: StoredImage, reference: str, offer: Offer) -> None:
        """Record under which digest the registry has an image."""
        name = reference.partition("@")[0]
        repository = tag_of(name).rpartition(":")[0]
        if (known := f"{repository}@{offer.digest}") not in image.digests:
            image.digests.append(known)

    def tag(self, image: StoredImage, reference: str) -> None:
        """Let the reference mean this image, and no other."""
        tag = tag_of(reference)
        if (before := self._tagged(tag)) is not None:
            before.tags.remove(tag)
        image.tags.append(tag)
        self._host.events.emit("image", "tag", image.id, {"name": tag})

    def remove(self, reference: str, used_by: Mapping[str, str]) -> None:
        """Remove a tag, and the image with its last one; `used_by` maps image ids to a container that needs it.

        Raises:
            Refusal: 404, or 409 while a container needs the image.
        """
        image = self.find(reference)
        other_tags = [tag for tag in image.tags if tag != tag_of(reference)]
        if tag_of(reference) in image.tags and other_tags:
            image.tags = other_tags
            self._host.events.emit("image", "untag", image.id, {"name": reference})
            return
        if image.id in used_by:
            message = f"conflict: unable to remove repository reference {reference!r} (must force)"
            raise Refusal(409, f"{message} - container {used_by[image.id][:12]} is using its referenced image")
        del self._by_id[image.id]
        self._host.events.emit("image", "delete", image.id, {"name": image.id})

    def _tagged(self, tag: str) -> StoredImage | None:
        return next((image for image in self._by_id.values() if tag in image.tags), None)


def tag_of(reference: str) -> str:
    """Return the reference with its default tag, unless it has a tag or is an id."""
    last = reference.rpartition("/")[2]
    return reference if ":" in last or "@" in last else f"{reference}:latest"


def content_of(folder: Path, dockerfile: str, options: str) -> str:
    """Return a text that differs whenever a build of this folder would.

    Raises:
        Refusal: there is no such Dockerfile.
    """
    if not (folder / dockerfile).is_file():
        raise Refusal(400, f"Cannot locate specified Dockerfile: {dockerfile}")
    digest = hashlib.sha256(options.encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
