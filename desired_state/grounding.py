"""A declaration freed from where it was loaded: paths made absolute, variables of the surroundings written out."""

import os.path
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from desired_state import env_files
from desired_state.build import Build
from desired_state.container import ContainerSpec
from desired_state.container_parts import EnvFile
from desired_state.content_parts import ValueFrom
from desired_state.documents import Declaration
from desired_state.env_files import Variable
from desired_state.files import ConfigSpec, SecretSpec
from desired_state.image import ImageSpec
from desired_state.misfits import Path
from desired_state.problems import Place, Problem
from desired_state.project import ProjectSpec
from desired_state.reading import Unreadable, decoded, read_bytes
from desired_state.resource import Spec
from desired_state.solution import SolutionSpec


class Surroundings:
    """The environment of whoever loads the files, and the files of variables that they name (each read once)."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self._read: dict[tuple[str, str | None], dict[str, Variable] | Unreadable | None] = {}

    def absolute(self, path: str, folder: FilePath) -> str:
        """Return a path made absolute against `folder`; `~` is the user's home.

        Raises:
            ValueError: the home is not known.
        """
        if path == "~" or path.startswith("~/"):
            if not self.environment.get("HOME"):
                raise ValueError(f"{path!r} needs HOME, which is not set; write the whole path")
            path = self.environment["HOME"] + path[1:]
        return path if os.path.isabs(path) else os.path.normpath(folder / path)  # noqa: PTH117 (text in, text out)

    def variables(self, path: str, format: str | None) -> dict[str, Variable] | None:  # noqa: A002 (Compose's word)
        """Return a file's variables, or None when there is no such file.

        Raises:
            Unreadable: the file can't be read or understood.
        """
        known = (path, format)
        if known not in self._read:
            self._read[known] = self._variables(path, raw=format == "raw")
        found = self._read[known]
        if isinstance(found, Unreadable):
            raise found
        return found

    def _variables(self, path: str, *, raw: bool) -> dict[str, Variable] | Unreadable | None:
        if not FilePath(path).exists():
            return None
        try:
            return env_files.parsed(decoded(read_bytes(FilePath(path))), self.environment, raw=raw)
        except Unreadable as why:
            return why


def grounded(declaration: Declaration, surroundings: Surroundings) -> tuple[Declaration, list[Problem]]:
    """Return the declaration as it holds anywhere on this host, and what stands against it."""
    return _Grounding(declaration, surroundings).result()


class _Grounding:
    def __init__(self, declaration: Declaration, surroundings: Surroundings) -> None:
        self._declaration = declaration
        self._surroundings = surroundings
        self._folder = declaration.text.folder
        self._problems: list[Problem] = []
        self._imported: dict[Path, Place] = {}

    def result(self) -> tuple[Declaration, list[Problem]]:
        resource = self._declaration.resource
        spec = self._spec(resource.spec)
        if spec is resource.spec:
            return self._declaration, self._problems
        resource = replace(resource, spec=spec)
        return replace(self._declaration, resource=resource, imported=self._imported), self._problems

    def _spec(self, spec: Spec) -> Spec:
        match spec:
            case ContainerSpec():
                return self._container(spec)
            case ImageSpec() if spec.build is not None:
                return spec.model_copy(update={"build": self._build(spec.build)})
            case ConfigSpec() | SecretSpec() if spec.file is not None:
                return spec.model_copy(update={"file": self._absolute(spec.file, ("spec", "file"))})
            case ProjectSpec() if spec.path is not None:
                return spec.model_copy(update={"path": self._absolute(spec.path, ("spec", "path"))})
            case SolutionSpec():
                return spec.model_copy(update={"context": self._absolute(spec.context, ("spec", "context"))})
        return spec

    def _build(self, build: Build) -> Build:
        changes: dict[str, Any] = {}
        if not build.is_remote:
            changes["context"] = self._absolute(build.context, ("spec", "build", "context"))
        if build.args and None in build.args.values():
            surrounding = self._surroundings.environment
            changes["args"] = {
                name: surrounding.get(name) if value is None else value for name, value in build.args.items()
            }
        if build.secrets:
            changes["secrets"] = [
                secret.model_copy(update={"file": self._absolute(secret.file, ("spec", "build", "secrets", index))})
                if secret.file
                else secret
                for index, secret in enumerate(build.secrets)
            ]
        return build.model_copy(update=changes)

    def _container(self, spec: ContainerSpec) -> ContainerSpec:
        changes: dict[str, Any] = {}
        if any(mount.type == "bind" for mount in spec.volumes):
            changes["volumes"] = [
                mount.model_copy(update={"source": self._absolute(mount.source, ("spec", "volumes", index))})
                if mount.type == "bind" and mount.source
                else mount
                for index, mount in enumerate(spec.volumes)
            ]
        if spec.env_file or None in spec.environment.values():
            changes["environment"] = self._environment(spec)
        if not changes:
            return spec
        copy = spec.model_copy(update={**changes, "env_file": None})
        copy.model_fields_set.discard("env_file")
        return copy

    def _environment(self, spec: ContainerSpec) -> dict[str, str | ValueFrom | None]:
        inherited: dict[str, str | ValueFrom | None] = {
            name: self._surroundings.environment.get(name) if value is None else value
            for name, value in spec.environment.items()
        }
        imported: dict[str, str | ValueFrom | None] = {}
        for index, file in enumerate(spec.env_file or []):
            imported |= self._file(file, ("spec", "env_file", index))
        for name in inherited:
            self._imported.pop(("spec", "environment", name), None)
        return imported | inherited

    def _file(self, file: EnvFile, path: Path) -> dict[str, str]:
        absolute = self._absolute(file.path, path)
        try:
            variables = self._surroundings.variables(absolute, file.format)
        except Unreadable as why:
            self._report(path, f"env_file {file.path}:{f'{why.line}:{why.column}:' if why.line else ''} {why}")
            return {}
        if variables is None:
            if file.required:
                self._report(path, f"env_file {file.path}: no such file")
            return {}
        for name, variable in variables.items():
            self._imported["spec", "environment", name] = Place(file.path, variable.line, 1)
        return {name: variable.value for name, variable in variables.items()}

    def _absolute(self, path: str, place: Path) -> str:
        try:
            return self._surroundings.absolute(path, self._folder)
        except ValueError as error:
            self._report(place, str(error))
            return path

    def _report(self, path: Path, message: str) -> None:
        self._problems.append(self._declaration.problem(path, message))
