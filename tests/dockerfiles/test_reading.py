"""Manifests are read as values, and a broken one is told of, with its place, instead of stopping anything."""

import pytest

from dockerfiles import reading
from dockerfiles.tree import in_memory

_BOMB = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n<project>&b;</project>'


def test_a_broken_toml_file_is_told_of_with_line_and_column() -> None:
    tree = in_memory({"Cargo.toml": '[package]\nname = "x\n'})

    assert reading.toml(tree, "Cargo.toml") == {}
    assert [(note.code, note.file, note.text[:17]) for note in tree.notes] == [
        ("malformed", "Cargo.toml", "line 2, column 10")
    ]


def test_json_with_comments_is_read_and_broken_json_told_of_with_its_place() -> None:
    tree = in_memory(
        {"deno.jsonc": '// settings\n{"tasks": {"start": "deno run a.ts",},}', "global.json": '{\n"sdk" 8}'}
    )

    assert reading.json_object(tree, "deno.jsonc") == {"tasks": {"start": "deno run a.ts"}}
    assert tree.notes == []
    assert reading.json_object(tree, "global.json") == {}
    assert [(note.code, note.file, note.text[:16]) for note in tree.notes] == [
        ("malformed", "global.json", "line 2, column 7")
    ]


def test_xml_with_entities_is_refused_before_it_is_parsed() -> None:
    tree = in_memory({"pom.xml": _BOMB})

    assert reading.xml(tree, "pom.xml") is None
    assert "entities are not read" in tree.notes[0].text


def test_a_broken_file_is_told_of_once_however_often_it_is_read() -> None:
    tree = in_memory({"pom.xml": "<project>"})

    assert reading.xml(tree, "pom.xml") is None
    assert reading.xml(tree, "pom.xml") is None
    assert len(tree.notes) == 1


def test_namespaces_do_not_matter() -> None:
    tree = in_memory(
        {"pom.xml": '<project xmlns="http://maven.apache.org/POM/4.0.0"><artifactId>a</artifactId></project>'}
    )

    root = reading.xml(tree, "pom.xml")

    assert root is not None
    assert root.findtext("artifactId") == "a"


def test_yaml_with_tags_of_other_programs_is_read() -> None:
    tree = in_memory({"mkdocs.yml": "site_name: !ENV [NAME, x]\nplugins: !!python/name:thing.of\n---\n- a list\n"})

    assert reading.yaml_documents(tree, "mkdocs.yml") == [{"site_name": ["NAME", "x"], "plugins": ""}]


@pytest.mark.parametrize("line", ["server.port=8081", "server.port : 8081", "  server.port 8081"])
def test_properties_are_read_however_they_are_written(line: str) -> None:
    tree = in_memory({"application.properties": f"# server.port=1\n! a comment\n{line}\n"})
    text = tree.text("application.properties")

    assert text is not None
    assert reading.properties(text) == {"server.port": ("8081", 3)}


def test_a_document_is_flattened_to_dotted_names() -> None:
    document = {"server": {"port": 8081, "ssl": {"enabled": True}}, "list": [1], "nothing": None}

    assert dict(reading.flattened(document)) == {"server.port": "8081", "server.ssl.enabled": "true"}
