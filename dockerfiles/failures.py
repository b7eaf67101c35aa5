"""Why no Dockerfile can be made of a project, as values that a person and a machine can use."""

from collections.abc import Sequence
from typing import Any

from dockerfiles.analysis import Choice


class Undecided(ValueError):
    """No Dockerfile: what the files say is not enough. Nothing has been written."""

    def as_json(self) -> dict[str, Any]:
        """Return the failure for machines; `error` is its kind."""
        raise NotImplementedError


class Unknown(Undecided):
    """Nothing that is supported was recognised; `nearest` says what came close."""

    def __init__(self, folder: str, seen: int, nearest: Sequence[str], supported: Sequence[str]) -> None:
        self.folder, self.seen, self.nearest, self.supported = folder, seen, tuple(nearest), tuple(supported)
        files = "1 file" if seen == 1 else f"{seen} files"
        lines = [f"{folder}: it is not clear what this is ({files} seen)", *(f"- {each}" for each in nearest)]
        lines.append(f"supported: {', '.join(supported)}")
        super().__init__("\n".join(lines))

    def as_json(self) -> dict[str, Any]:
        return {
            "error": "unknown",
            "folder": self.folder,
            "seen": self.seen,
            "nearest": list(self.nearest),
            "looked_for": list(self.supported),
        }


class Ambiguous(Undecided):
    """Several answers are as likely; each choice names the flag that takes it."""

    def __init__(self, field: str, folder: str, choices: Sequence[Choice]) -> None:
        self.field, self.folder, self.choices = field, folder, tuple(choices)
        lines = [f"{folder}: more than one {field.replace('_', ' ')} is possible"]
        lines += [f"- {each.value} ({each.evidence}): {each.flag}" for each in choices]
        super().__init__("\n".join(lines))

    def as_json(self) -> dict[str, Any]:
        choices = [{"value": one.value, "evidence": one.evidence, "flag": one.flag} for one in self.choices]
        return {"error": "ambiguous", "folder": self.folder, "field": self.field, "choices": choices}
