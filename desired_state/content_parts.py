"""How a container gets what Configs and Secrets hold: as files, and as variables."""

import re
import signal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Tag, model_validator

from desired_state import short_forms
from desired_state.container_parts import FileMode, IdText
from desired_state.model import Declared

ContentKind = Literal["Config", "Secret"]

_SECRETS = "/run/secrets"
_SIGNAL_NUMBER = re.compile(r"[1-9]\d?")
_WAYS = ("recreate", "restart", "none")


def _signal(value: Any) -> Any:
    """Return a signal as Docker takes it: `HUP` and `SIGHUP` are `SIGHUP`."""
    text = str(value).upper() if not isinstance(value, bool) else ""
    name = text if text.startswith("SIG") or _SIGNAL_NUMBER.fullmatch(text) else f"SIG{text}"
    if name not in signal.Signals.__members__ and not _SIGNAL_NUMBER.fullmatch(name):
        raise ValueError(f"{value!r} is not a signal; write it like SIGHUP")
    return name


class BySignal(Declared):
    """The file is replaced in the living container, which is then sent a signal."""

    signal: Annotated[str, BeforeValidator(_signal, json_schema_input_type=str | int)]


def _way(value: Any) -> Any:
    if isinstance(value, dict | BySignal) or value in _WAYS:
        return value
    raise ValueError(f"must be {', '.join(_WAYS)} or {{signal: SIGHUP}}, not {value!r}")


OnChange = Annotated[
    Annotated[Literal["recreate", "restart", "none"], Tag("a word")] | Annotated[BySignal, Tag("a signal")],
    Discriminator(lambda value: "a signal" if isinstance(value, dict | BySignal) else "a word"),
    BeforeValidator(_way),
]


class FileReference(Declared):
    """A Config or Secret brought into the container as a file.

    `on_change` says what happens when the content changes: a new container takes the place of this
    one (`recreate`, the default), or the file is replaced where it is and the container restarted,
    sent a signal, or left alone (`none`).
    """

    source: str
    target: str | None = None
    uid: IdText | None = None
    gid: IdText | None = None
    mode: FileMode | None = None
    on_change: OnChange | None = None

    def path(self, kind: ContentKind) -> str:
        """Return where the container finds it: Compose's `/run/secrets/NAME` for secrets and `/NAME` for configs."""
        target = self.target or self.source
        if target.startswith("/"):
            return target
        return f"{_SECRETS}/{target}" if kind == "Secret" else f"/{target}"


class _FromOne(Declared):
    """Exactly one of a Secret and a Config, by name."""

    secret: str | None = None
    config: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.secret is None) == (self.config is None):
            raise ValueError("name exactly one secret or config")
        return self

    @property
    def source(self) -> tuple[ContentKind, str]:
        """The kind and the name of what it names."""
        return ("Secret", self.secret) if self.secret is not None else ("Config", self.config or "")


class ValueFrom(_FromOne):
    """A variable whose value is a Secret's or Config's content, or with `key` the variable of that name in it."""

    key: str | None = None


class VariablesFrom(_FromOne):
    """All the variables in a Secret or Config that holds `NAME=value` lines, `prefix` put before their names."""

    prefix: str = ""


Scalar = str | int | float | bool | None
Environment = Annotated[
    dict[
        str,
        Annotated[
            Annotated[str | None, Tag("a text")] | Annotated[ValueFrom, Tag("a reference")],
            Discriminator(lambda value: "a reference" if isinstance(value, dict | ValueFrom) else "a text"),
        ],
    ],
    BeforeValidator(short_forms.mapping, json_schema_input_type=list[str] | dict[str, Scalar | ValueFrom]),
]
EnvironmentFrom = list[VariablesFrom]
FileReferences = Annotated[
    list[FileReference],
    BeforeValidator(short_forms.file_references, json_schema_input_type=list[str | FileReference]),
]
