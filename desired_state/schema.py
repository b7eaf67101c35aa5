"""The JSON schema of state files, for editors. Draft 2020-12; short forms are accepted too."""

from typing import Any

from pydantic.json_schema import models_json_schema

from desired_state.resource import API_VERSION, KINDS, Metadata

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE = {"type": "string", "pattern": r"\$"}


def json_schema() -> dict[str, Any]:
    """Return the schema of one document. A variable (`${N}`) may stand for any number, boolean or choice."""
    models = [Metadata, *KINDS.values()]
    _, definitions = models_json_schema([(model, "validation") for model in models], ref_template="#/$defs/{model}")
    return {
        "$schema": DRAFT,
        "title": "Ergon state file",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"enum": list(KINDS)},
            "metadata": {"$ref": "#/$defs/Metadata"},
            "spec": {"type": ["object", "null"]},
        },
        "allOf": [_spec_of(kind, model.__name__) for kind, model in KINDS.items()],
        "$defs": _with_variables(definitions["$defs"]),
    }


def _spec_of(kind: str, model: str) -> dict[str, Any]:
    return {
        "if": {"required": ["kind"], "properties": {"kind": {"const": kind}}},
        "then": {"properties": {"spec": {"$ref": f"#/$defs/{model}"}}},
    }


def _with_variables(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_with_variables(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") in ("integer", "number", "boolean") or "enum" in schema:
        return {"anyOf": [schema, _VARIABLE]}
    return {key: _with_variables(value) for key, value in schema.items()}
