"""What can be asked of the simulated daemon about images, and of the registry behind it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import anyio

from desired_state.build import Build
from engine import observing
from engine.calls.build_failures import step_failed
from engine.errors import NotFound, Refused
from engine.progress import Tell, silent
from engine.pull_failures import pull_failure
from engine.simulated.answers import Refusal
from engine.simulated.daemon import Daemon
from engine.simulated.images import Offer, StoredImage, content_of
from engine.simulated.line import Line
from observed_state.image import Image
from observed_state.usage import Layer

_Answer = TypeVar("_Answer")


class ImageCalls:
    """The part of the simulated engine that is about images; `daemon` and `_line` are the engine's."""

    daemon: Daemon
    _line: Line

    # images
    async def list_images(self) -> list[Image]:
        return await self._line.ask(
            "list_images",
            "list images",
            lambda: [observing.image(image.inspect()) for image in self.daemon.images.all()],
        )

    async def inspect_image(self, reference: str) -> Image:
        return await self._line.ask(
            "inspect_image",
            f"inspect image {reference}",
            lambda: observing.image(self.daemon.images.find(reference).inspect()),
            subject=reference,
        )

    async def image_history(self, reference: str) -> tuple[Layer, ...]:
        return await self._line.ask(
            "image_history",
            f"read the history of image {reference}",
            lambda: self.daemon.images.find(reference).history,
            subject=reference,
        )

    async def pull_image(self, reference: str, platform: str | None = None, tell: Tell = silent) -> Image:  # noqa: ARG002  # offers have none
        async def pull() -> Image:
            tell("0 of 1 layers")
            await self.daemon.agenda.wait(anyio.Event(), self.daemon.registry.pull_s)
            offer = self._from_registry("pull", reference, self.daemon.registry.fetch)
            image = self.daemon.images.put(reference, offer.content, offer.config, offer.behaviour)
            self.daemon.images.know_digest(image, reference, offer)
            self.daemon.events.emit("image", "pull", reference, {"name": reference})
            return observing.image(image.inspect())

        return await self._line.ask_slowly("pull_image", f"pull {reference}", pull, subject=reference)

    async def build_image(
        self, tag: str, build: Build, labels: Mapping[str, str], tell: Tell = silent, log: Tell = silent
    ) -> Image:
        async def make() -> Image:
            for told in (tell, log):
                told("Step 1/1")
            await self.daemon.agenda.wait(anyio.Event(), self.daemon.registry.build_s)
            return observing.image(self._built(tag, build, labels).inspect())

        return await self._line.ask_slowly("build_image", f"build {tag}", make, subject=tag)

    def _built(self, tag: str, build: Build, labels: Mapping[str, str]) -> StoredImage:
        folder = Path(build.context)
        if not folder.is_dir():
            raise Refused(f"cannot build {tag}: there is no folder {build.context}")
        if (why := self.daemon.registry.build_failure) is not None:
            raise step_failed(tag, "Step 1/1 : RUN make", why, ["make: *** no rule"])
        all_labels = {**(build.labels or {}), **labels}
        content = content_of(folder, build.dockerfile or "Dockerfile", f"{build.args}{build.target}{all_labels}")
        return self.daemon.images.put(tag, content, {"Cmd": ["serve"], "Labels": all_labels}, None)

    async def push_image(self, reference: str, tell: Tell = silent) -> None:
        def push() -> None:
            tell("0 of 1 layers")
            image = self.daemon.images.find(reference)
            offer = Offer(image.content, image.config, image.behaviour)
            self._from_registry("push", reference, lambda tag: self.daemon.registry.take(tag, offer))
            self.daemon.images.know_digest(image, reference, offer)

        await self._line.ask("push_image", f"push {reference}", push, subject=reference)

    async def tag_image(self, image: str, reference: str) -> None:
        def tag() -> None:
            self.daemon.images.tag(self.daemon.images.find(image), reference)

        await self._line.ask("tag_image", f"tag image {image} as {reference}", tag, subject=reference)

    async def remove_image(self, image: str) -> None:
        removal = self._line.ask(
            "remove_image", f"remove image {image}", lambda: self.daemon.remove_image(image), subject=image
        )
        await self._unless_gone(removal)

    # registries
    async def offered_digest(self, reference: str) -> str:
        def look() -> str:
            return self._from_registry("look up", reference, self.daemon.registry.find).digest

        return await self._line.ask("offered_digest", f"look up {reference}", look, subject=reference)

    async def offered_tags(self, reference: str) -> list[str]:
        def look() -> list[str]:
            return self._from_registry("list the tags of", reference, self.daemon.registry.tags)

        return await self._line.ask("offered_tags", f"list the tags of {reference}", look, subject=reference)

    async def offered_since(self, reference: str) -> datetime | None:
        def look() -> datetime | None:
            return self._from_registry("look up", reference, self.daemon.registry.find).created

        return await self._line.ask("offered_since", f"look up {reference}", look, subject=reference)

    def _from_registry(self, verb: str, reference: str, ask: Callable[[str], _Answer]) -> _Answer:
        try:
            return ask(reference)
        except Refusal as answer:
            raise pull_failure(verb, reference, answer.message) from answer

    async def _unless_gone(self, removal: Awaitable[None]) -> None:
        try:
            await removal
        except NotFound:
            return
