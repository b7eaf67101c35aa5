"""What could be taken out of an image, from the steps it was made by. Pure: no file of it is looked at."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from observed_state.image import Image
from observed_state.usage import Layer

MIB = 1 << 20
LARGE = 1 << 30
MANY_LAYERS = 30
_TREE = 10 * MIB
_TEXT_CHARS = 160

_PACKAGES = re.compile(
    r"\b(apt-get|apt) (?:\S+ )*?install\b|\bapk (?:\S+ )*?add\b|\b(yum|dnf|microdnf) (?:\S+ )*?install\b"
)
_CLEANED = re.compile(
    r"rm -rf? \S*/var/(lib/apt|cache/(apk|yum|dnf))|--no-cache\b|(yum|dnf|microdnf) clean|apt-get dist?clean"
)
_BUILD_TOOLS = re.compile(
    r"install\b.*\b(build-essential|gcc|g\+\+|make|cmake|git|\w+-dev|\w+-devel)\b|\badd\b.*\b(build-base|gcc|g\+\+|make|git|\w+-dev)\b"
)
_REMOVED_TOOLS = re.compile(r"(purge|autoremove|apk del|remove)\b")
_PIP = re.compile(r"\bpip3? install\b|\bpython3? -m pip install\b")
_NPM = re.compile(r"\bnpm (ci|install|i)\b|\byarn( install)?\b")
_INSTALLS = re.compile(
    r"\bpip3? install\b|\bnpm (ci|install|i)\b|\b(yarn|bundle|composer) install\b|\bgo mod download\b"
)
_MODES = re.compile(r"^(RUN )?(/bin/sh -c )?(chmod|chown) ")
_DELETES = re.compile(r"^(RUN )?(/bin/sh -c )?rm -rf? ")
_REMOTE = re.compile(r"^ADD .*https?://|ADD https?://")
_COPY_ALL = re.compile(r"^COPY (?:--\S+ )*(\.|dir:\S+) ")


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing about an image: `text` is the step, word for word; `saving` the bytes that would go at most."""

    rule: str
    advice: str
    text: str = ""
    size: int = 0
    saving: int = 0


def image_advice(image: Image, layers: Sequence[Layer], reference: str = "") -> list[Advice]:
    """Return what could be better about an image, what saves most first."""
    steps = [(_step(one.created_by), one.size) for one in layers]
    found = [*_of_steps(steps), *_of_order(steps), *_of_image(image, steps, reference)]
    return sorted(found, key=lambda one: -one.saving)


def _step(created_by: str) -> str:
    """Return a step as the Dockerfile has it: both builders write more around it."""
    text = re.sub(r"\s+", " ", created_by).strip().removesuffix("# buildkit").strip()
    text = re.sub(r"^/bin/sh -c #\(nop\) +", "", text)
    text = re.sub(r"^RUN \|\d+ (\S+=\S* )*/bin/sh -c", "RUN /bin/sh -c", text)
    return re.sub(r"^(RUN )?/bin/sh -c ", "RUN ", text)


def _of_steps(steps: Sequence[tuple[str, int]]) -> Iterator[Advice]:
    for text, size in steps:
        shown = text[:_TEXT_CHARS]
        if _PACKAGES.search(text) and not _CLEANED.search(text) and size:
            advice = "remove the package lists in the same step: rm -rf /var/lib/apt/lists/* (apk: --no-cache)"
            yield Advice("package-lists", advice, shown, size, min(size // 4, 45 * MIB))
        if _BUILD_TOOLS.search(text) and not _REMOVED_TOOLS.search(text):
            yield Advice("build-tools", "build in a stage of its own and copy the result", shown, size, size // 2)
        if _PIP.search(text) and "--no-cache-dir" not in text and size:
            yield Advice("pip-cache", "pip install --no-cache-dir", shown, size, size // 5)
        if _NPM.search(text) and not re.search(r"--omit[= ]dev|--production|--only[= ]prod", text) and size:
            yield Advice("dev-dependencies", "install with --omit=dev in the final stage", shown, size, size // 3)
        if _MODES.search(text) and size >= _TREE:
            advice = "the files are stored twice: COPY --chown / --chmod gives them their owner at once"
            yield Advice("modes-in-a-layer", advice, shown, size, size)
        if _REMOTE.search(text):
            advice = "fetch and unpack in one RUN step, with a checksum; ADD keeps the archive"
            yield Advice("remote-add", advice, shown, size, size // 2)
        if _DELETES.search(text):
            advice = "what an earlier step put there stays in the image; delete it in the step that made it"
            yield Advice("deleted-later", advice, shown, size)


def _of_order(steps: Sequence[tuple[str, int]]) -> Iterator[Advice]:
    copied = next((place for place, (text, _) in enumerate(steps) if _COPY_ALL.match(text)), None)
    if copied is None:
        return
    for text, size in steps[copied + 1 :]:
        if _INSTALLS.search(text):
            advice = "copy the list of dependencies and install before copying the rest: any change installs all anew"
            yield Advice("cache-bust", advice, text[:_TEXT_CHARS], size)
            return


def _of_image(image: Image, steps: Sequence[tuple[str, int]], reference: str) -> Iterator[Advice]:
    config: Mapping[str, Any] = image.config
    if image.size > LARGE:
        yield Advice("large-image", "a slim or distroless base, and stages, make it smaller", size=image.size)
    if (count := sum(1 for _, size in steps if size)) > MANY_LAYERS:
        yield Advice("many-layers", f"{count} layers: join steps that belong together")
    if (
        reference
        and (reference.endswith(":latest") or ":" not in reference.rpartition("/")[2])
        and "@" not in reference
    ):
        yield Advice("latest-tag", "name a version: latest means another image tomorrow", reference)
    if config.get("User") in (None, "", "root", "0"):
        yield Advice("runs-as-root", "set USER: the main process runs as root")
    command = config.get("Entrypoint") or config.get("Cmd") or []
    if list(command[:2]) == ["/bin/sh", "-c"] and not str(command[2:3]).startswith("['exec "):
        advice = 'write CMD as a list (["program", "argument"]): a shell is process 1 and passes no signals on'
        yield Advice("shell-form", advice, " ".join(map(str, command))[:_TEXT_CHARS])


def shared_bytes(layers: Sequence[Layer], others: Sequence[Sequence[Layer]]) -> int:
    """Return how many bytes an image has in common with others: steps alike from the first on."""
    longest = 0
    for other in others:
        size = 0
        for mine, theirs in zip(layers, other, strict=False):
            if mine != theirs:
                break
            size += mine.size
        longest = max(longest, size)
    return longest
