"""The recorded cases, read from `cases/`; README.md there says what each field holds."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

Area = Literal["discovery", "diagnosis", "sizing"]
AREAS: tuple[Area, ...] = ("discovery", "diagnosis", "sizing")
FOLDER = Path(__file__).resolve().parent / "cases"


@dataclass(frozen=True)
class Case:
    """One recorded case: its name, and `data` as README.md describes it."""

    area: Area
    name: str
    data: dict[str, Any]

    @property
    def held_out(self) -> bool:
        return bool(self.data["held_out"])

    @property
    def expect(self) -> dict[str, Any]:
        return dict(self.data["expect"])

    @property
    def forbid(self) -> list[str]:
        return list(self.data["forbid"])

    @property
    def now(self) -> datetime:
        """When the companion is asked; aware, UTC."""
        return moment(self.data["now"])


@cache
def cases(area: Area) -> tuple[Case, ...]:
    """Return all cases of one area, by name."""
    return tuple(
        Case(area, path.stem, json.loads(path.read_text(encoding="utf-8")))
        for path in sorted((FOLDER / area).glob("*.json"))
    )


def open_cases(area: Area) -> tuple[Case, ...]:
    """Return those that whoever writes rules may look at."""
    return tuple(case for case in cases(area) if not case.held_out)


def moment(text: str) -> datetime:
    """Return a time as Docker writes it, nanoseconds and all; aware, UTC."""
    head, _, rest = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{(rest or '0')[:6]:0<6}+00:00")


def lay_out(case: Case, root: Path) -> Path:
    """Write the case's `/proc` below a folder and return it, so that a gatherer can read it there."""
    seen = case.data["proc"] or {"files": {}, "links": {}}
    for name, text in seen["files"].items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, target in seen["links"].items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    return root
