"""The Image kind: where an image comes from."""

from collections.abc import Iterator
from typing import Self

from pydantic import model_validator

from desired_state import image_policy as policies
from desired_state.build import Build
from desired_state.image_policy import ImagePolicy, PullPolicy
from desired_state.misfits import Misfits, Path
from desired_state.model import Declared


class ImageSpec(Declared):
    """An image that is pulled (`reference` and `pull_policy`) or built (`build`, tagged `reference`).

    `pull_policy`: `missing` (default), `always`, `never`, `daily`, `weekly` or `every_12h`. Without a
    `reference` a built image is tagged `NAMESPACE/NAME:latest`. `push`: to its registry, once built.
    """

    reference: str | None = None
    pull_policy: PullPolicy | None = None
    image_policy: ImagePolicy | None = None
    build: Build | None = None
    push: bool | None = None

    @model_validator(mode="after")
    def _from_somewhere(self) -> Self:
        if self.reference is None and self.build is None:
            raise ValueError("an image needs a reference to pull or a build context")
        if found := list(self._contradictions()):
            raise Misfits(found)
        return self

    def _contradictions(self) -> Iterator[tuple[Path, str]]:
        if self.build is None:
            if self.push:
                yield ("push",), "only what is built here can be pushed"
            yield from policies.misfits(self.image_policy, self.reference or "")
            return
        if self.pull_policy is not None:
            yield ("pull_policy",), "what is built is not pulled; remove it, or build"
        if self.build.for_several and not self.push:
            yield ("build", "platforms"), "an engine keeps one platform; add push: true to leave several in a registry"
        if self.image_policy and self.image_policy.semver:
            yield ("image_policy", "semver"), "what is built here has no versions to choose from"
