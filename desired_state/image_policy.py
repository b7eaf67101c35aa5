"""When an image is fetched again, and what is done when its name has come to mean another one."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from desired_state.image_reference import parse
from desired_state.misfits import Path
from desired_state.model import Declared
from desired_state.values import Duration, parse_duration
from desired_state.wording import nearest

OnMove = Literal["off", "notify", "auto"]

_DAY_S = 86_400.0
_WORDS = ("always", "missing", "never", "daily", "weekly")
_EVERY = ("every_", "every ")
_SHORTEST_S = 60.0


def pull_policy(value: Any) -> Any:
    """Return a pull policy in its canonical spelling: `if_not_present` is `missing`, `every 12h` is `every_12h`.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, str):
        return value
    word = {"if_not_present": "missing"}.get(value, value)
    if word in _WORDS:
        return word
    if word == "build":
        raise ValueError("what is built is declared by an Image with build; name it by image: {resource: NAME}")
    if word.startswith(_EVERY):
        return f"every_{_period(word)}"
    hint = nearest(word, (*_WORDS, "every_12h"))
    raise ValueError(f"must be always, missing, never, daily, weekly or every_ with a duration, not {word!r}{hint}")


def _period(word: str) -> str:
    text = word[len(_EVERY[0]) :].strip()
    if parse_duration(text) < _SHORTEST_S:
        raise ValueError("an image is fetched once a minute at most; write every_1m or more")
    return text


def refresh_s(policy: str | None) -> float | None:
    """Return after how many seconds an image is fetched again, None for policies that name no time."""
    if policy in ("daily", "weekly"):
        return _DAY_S if policy == "daily" else 7 * _DAY_S
    if policy and policy.startswith(_EVERY[0]):
        return parse_duration(policy.removeprefix(_EVERY[0]))
    return None


PullPolicy = Annotated[str, BeforeValidator(pull_policy, json_schema_input_type=str)]


def _range(text: str) -> str:
    from desired_state.versions import checked_range  # noqa: PLC0415 - for the few who declare one

    return checked_range(text)


class ImagePolicy(Declared):
    """Ask the registry whether a tag moved, or a newer version came out, every `check_every`.

    `on_move`: `auto` replaces the containers (after `cool_down`), `notify` shows it and waits, `off` looks away.
    `semver`: a range as npm writes them; the newest tag in it counts instead of the one that is declared.
    """

    on_move: OnMove = "auto"
    semver: Annotated[str, AfterValidator(_range)] | None = None
    cool_down: Duration = 0.0
    check_every: Annotated[Duration, Field(ge=_SHORTEST_S)] = 3600.0

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"enum": ["off", "notify", "auto"]}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: Any) -> Any:
        return {"on_move": value} if isinstance(value, str) else value


def misfits(policy: ImagePolicy | None, reference: str) -> Iterator[tuple[Path, str]]:
    """Yield what of an image's policy can't be had for this reference."""
    if policy is None or policy.on_move == "off":
        return
    parts = parse(reference)
    if parts.digest:
        yield ("image_policy",), "a reference with a digest never moves; remove image_policy, or the digest"
    elif policy.semver and not _may_stand(parts.tag, policy.semver):
        yield (
            ("image_policy", "semver"),
            f'the tag "{parts.tag}" is not in "{policy.semver}"; declare a version in it, or no tag',
        )


def _may_stand(tag: str, semver: str) -> bool:
    from desired_state.versions import may_stand  # noqa: PLC0415 - likewise

    return may_stand(tag, semver)
