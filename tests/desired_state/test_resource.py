"""A resource's stored form holds everything, and reads back as it was."""

from pathlib import Path
from typing import Any

import pytest

from desired_state.loader import load
from desired_state.resource import from_document, to_document
from tests.desired_state.texts import container, read

WEB = container("image: x\nports: ['80-81:90-91']\nrestart: no\nenvironment: [A]")


def test_a_resource_reads_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(WEB.replace("{name: web}", "{name: web, labels: {a: 1}, annotations: [b]}"))

    for resource in load([tmp_path], environment={}).resources:
        document = to_document(resource)

        assert to_document(from_document(document)) == document
        assert from_document(document).source == str(tmp_path / "web.yaml")


@pytest.mark.parametrize(
    "change",
    [
        {"apiVersion": "v2"},
        {"kind": "Pod"},
        {"kind": ["Container"]},
        {"metadata": {"name": "Web"}},
        {"metadata": None},
        {"spec": {"imgae": "x"}},
        {"spec": 7},
    ],
)
def test_what_is_no_resource_is_a_value_error(change: dict[str, Any]) -> None:
    (_, web) = read(WEB).resources

    with pytest.raises(ValueError, match=r"not a resource|validation error"):
        from_document(to_document(web) | change)
