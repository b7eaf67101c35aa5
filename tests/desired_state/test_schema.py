"""The schema that editors use knows every kind, field and short form."""

import json
from collections.abc import Iterator
from typing import Any

from desired_state.container import ContainerSpec
from desired_state.resource import KINDS
from desired_state.schema import json_schema

SCHEMA = json_schema()


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from [schema["$ref"]] if "$ref" in schema else []
        for inner in schema.values():
            yield from references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from references(inner)


def field(name: str) -> str:
    return json.dumps(SCHEMA["$defs"]["ContainerSpec"]["properties"][name])


def test_every_reference_leads_somewhere() -> None:
    targets = {reference.removeprefix("#/$defs/") for reference in references(SCHEMA)}

    assert targets <= SCHEMA["$defs"].keys()


def test_every_kind_has_its_spec() -> None:
    specs = {part["if"]["properties"]["kind"]["const"]: part["then"] for part in SCHEMA["allOf"]}

    assert specs.keys() == KINDS.keys()
    assert specs["Image"]["properties"]["spec"] == {"$ref": "#/$defs/ImageSpec"}


def test_every_field_of_a_container_is_there_and_no_other_is_allowed() -> None:
    container = SCHEMA["$defs"]["ContainerSpec"]

    assert container["properties"].keys() == ContainerSpec.model_fields.keys()
    assert container["additionalProperties"] is False


def test_short_forms_are_accepted() -> None:
    assert '"string"' in field("ports")
    assert '"string"' in field("command")
    assert '"array"' in field("environment")
    assert '"null"' in field("networks")
    assert {"type": ["string", "boolean"]} in SCHEMA["$defs"]["Restart"]["anyOf"]
    assert '"all"' in field("gpus")


def test_a_variable_may_stand_for_a_number() -> None:
    assert r'"pattern": "\\$"' in field("replicas")


def test_parts_are_described() -> None:
    assert SCHEMA["$defs"]["Port"]["description"].startswith("A published port.")
