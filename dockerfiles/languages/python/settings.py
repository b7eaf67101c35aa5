"""Classes of settings that are filled from the environment: pydantic's, with prefixes, aliases and nested parts."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from dockerfiles.languages.python.reads import Read, shown
from dockerfiles.languages.python.sources import Module, keyword, text_of
from dockerfiles.languages.python.survey import Survey

_BASES = frozenset(
    {
        *("pydantic.BaseSettings", "pydantic_settings.BaseSettings", "pydantic.env_settings.BaseSettings"),
        *("pydantic_settings.main.BaseSettings", "pydantic.v1.BaseSettings", "starlite.BaseSettings"),
    }
)
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class _Configuration:
    prefix: str = ""
    delimiter: str = ""
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Class:
    node: ast.ClassDef
    module: Module


def settings_of(module: Module, survey: Survey) -> Iterator[Read]:
    """Yield the variables of the settings classes in a module."""
    if "BaseSettings" not in module.text.content and "Settings" not in module.text.content:
        return
    for node in module.classes:
        one = _Class(node, module)
        if _is_settings(one, survey, 0):
            yield from _fields(one, survey)


def _is_settings(one: _Class, survey: Survey, depth: int) -> bool:
    for base in one.node.bases:
        if one.module.qualified(base) in _BASES:
            return True
        parent = _class_of(base, one.module, survey) if depth < _DEEPEST else None
        if parent and _is_settings(parent, survey, depth + 1):
            return True
    return False


def _class_of(node: ast.expr, module: Module, survey: Survey) -> _Class | None:
    """Return a class of the project's own that an expression names."""
    qualified = module.qualified(node)
    for one in module.classes:
        if one.name == qualified:
            return _Class(one, module)
    place, _, name = qualified.rpartition(".")
    other = survey.sources.named(place, module.folder) if place else None
    for one in other.classes if other else ():
        if one.name == name and other:
            return _Class(one, other)
    return None


def _fields(one: _Class, survey: Survey) -> Iterator[Read]:
    configuration = _configuration(one, survey)
    prefix = configuration.prefix
    yield from _of_body(one, survey, prefix, configuration, 0)
    for base in one.node.bases:
        parent = _class_of(base, one.module, survey)
        if parent and not _is_settings(parent, survey, 0):
            # A mixin of plain fields.
            yield from _of_body(parent, survey, prefix, configuration, 0)


def _of_body(one: _Class, survey: Survey, prefix: str, configuration: _Configuration, depth: int) -> Iterator[Read]:
    modern = _modern(survey)
    for node in one.node.body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        name = node.target.id
        kind = ast.unparse(node.annotation)
        if name.startswith("_") or name == "model_config" or "ClassVar" in kind:
            continue
        field = _field(node)
        nested = _class_of(_inner(node.annotation), one.module, survey)
        if nested and configuration.delimiter and depth < _DEEPEST and not _is_settings(nested, survey, 0):
            # Its parts have defaults of their own only where the whole has none.
            inner = list(_of_body(nested, survey, f"{prefix}{name}{configuration.delimiter}", configuration, depth + 1))
            optional = not _required(node, field, kind, modern)
            yield from (
                Read(each.name, each.required and not optional, each.default, each.module, each.line) for each in inner
            )
            continue
        if nested and _is_settings(nested, survey, 0):
            continue  # read on its own
        variable = _alias(field, one.module) or dict(configuration.names).get(name) or f"{prefix}{name}"
        given = _default(node, field)
        yield Read(
            variable if _alias(field, one.module) else variable.upper(),
            _required(node, field, kind, modern),
            shown(given, one.module),
            one.module,
            node.lineno,
        )


def _field(node: ast.AnnAssign) -> ast.Call | None:
    """Return the `Field(...)` of a field, beside its name or in its annotation."""
    if isinstance(node.value, ast.Call) and ast.unparse(node.value.func).rpartition(".")[2] in {"Field", "SecretStr"}:
        return node.value if ast.unparse(node.value.func).endswith("Field") else None
    for inner in ast.walk(node.annotation):
        if isinstance(inner, ast.Call) and ast.unparse(inner.func).rpartition(".")[2] == "Field":
            return inner
    return None


def _required(node: ast.AnnAssign, field: ast.Call | None, kind: str, modern: bool) -> bool:
    if field is None or field is not node.value:
        if node.value is not None:
            return isinstance(node.value, ast.Constant) and node.value.value is Ellipsis
        if field is None or keyword(field, "default") is None:
            # Before pydantic 2 an optional field without a default had one: None.
            return modern or not ("Optional[" in kind or "None" in kind)
    given = _default(node, field)
    if given is not None:
        return isinstance(given, ast.Constant) and given.value is Ellipsis
    return field is None or keyword(field, "default_factory") is None


def _default(node: ast.AnnAssign, field: ast.Call | None) -> ast.expr | None:
    if field is None:
        return node.value
    if field is not node.value and node.value is not None:
        return node.value
    return field.args[0] if field.args else keyword(field, "default")


def _alias(field: ast.Call | None, module: Module) -> str:
    """Return the variable that a field names itself: `env=`, `alias=`, `validation_alias=`, the first of several."""
    for name in ("env", "validation_alias", "alias"):
        given = keyword(field, name) if field else None
        if isinstance(given, ast.Call):
            given = given.args[0] if given.args else None
        if isinstance(given, (ast.List, ast.Tuple)):
            given = given.elts[0] if given.elts else None
        if text := text_of(given, module):
            return text
    return ""


def _inner(annotation: ast.expr) -> ast.expr:
    """Return what is in `Optional[...]` and `... | None`."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).endswith("Optional"):
        return annotation.slice
    if isinstance(annotation, ast.BinOp):
        return annotation.left
    return annotation


def _configuration(one: _Class, survey: Survey, depth: int = 0) -> _Configuration:
    prefix, delimiter = "", ""
    names: dict[str, str] = {}
    for base in one.node.bases:
        parent = _class_of(base, one.module, survey) if depth < _DEEPEST else None
        if parent:
            above = _configuration(parent, survey, depth + 1)
            prefix, delimiter, names = (
                above.prefix or prefix,
                above.delimiter or delimiter,
                {**names, **dict(above.names)},
            )
    for key, value in _configured(one.node):
        if key == "env_prefix":
            prefix = text_of(value, one.module) or ""
        elif key == "env_nested_delimiter":
            delimiter = text_of(value, one.module) or ""
        elif key == "fields" and isinstance(value, ast.Dict):
            for field, given in zip(value.keys, value.values, strict=True):
                entry = given.values[0] if isinstance(given, ast.Dict) and given.values else given
                if field is not None and (text := text_of(entry, one.module)):
                    names[text_of(field) or ""] = text
    return _Configuration(prefix, delimiter, tuple(names.items()))


def _configured(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for step in node.body:
        if isinstance(step, ast.ClassDef) and step.name == "Config":
            for inner in step.body:
                if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
                    yield inner.targets[0].id, inner.value
        target = step.targets[0] if isinstance(step, ast.Assign) else getattr(step, "target", None)
        if getattr(target, "id", "") == "model_config":
            value = getattr(step, "value", None)
            if isinstance(value, ast.Call):
                yield from ((each.arg, each.value) for each in value.keywords if each.arg)
            elif isinstance(value, ast.Dict):
                pairs = zip(value.keys, value.values, strict=True)
                yield from ((text_of(key) or "", given) for key, given in pairs if key is not None)
    yield from ((each.arg, each.value) for each in node.keywords if each.arg)


def _modern(survey: Survey) -> bool:
    """Return whether pydantic is of version 2 or later, as it is unless something says otherwise."""
    if survey.manifest.has("pydantic-settings"):
        return True
    pinned = survey.manifest.version_of("pydantic")
    return not pinned.startswith("1")
