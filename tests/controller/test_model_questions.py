"""What is told to language models leaves a trail, and is bounded by the day."""

from pathlib import Path
from typing import Any

import pytest

from controller.errors import ServiceError
from tests.controller.running import Host, Running, container

pytestmark = pytest.mark.anyio

ASKED: dict[str, Any] = {"actor": "ann", "model": "small", "host": "127.0.0.1:9", "sha256": "ab" * 32}


async def test_each_question_to_a_model_is_in_the_audit_trail_and_no_more_than_may_be(tmp_path: Path) -> None:
    host = Host(tmp_path)
    async with Running(host) as running:
        await running.apply(container("web"))
        service = running.service
        await service.model_asked(name="web", per_day=2, **ASKED)
        await service.model_answered(name="web", requests=2, sent_bytes=900, tokens=240, **ASKED)
        await service.model_asked(name="redis", per_day=2, **ASKED)
        with pytest.raises(ServiceError, match="models were asked 2 times") as refused:
            await service.model_asked(name="web", per_day=2, **ASKED)

        told = await service.audit(limit=10, verify=True)
        rows = [(one["name"], one["verb"], one["detail"]) for one in told["records"] if "model" in one["verb"]]

        assert refused.value.status == 429
        assert rows == [
            ("web", "ask-model", "small at 127.0.0.1:9, dossier abababababababab"),
            ("web", "model-answered", "small at 127.0.0.1:9, 2 requests, 900 bytes, 240 tokens, sent abababababababab"),
            ("redis", "ask-model", "small at 127.0.0.1:9, dossier abababababababab"),
        ]
        assert told["verified"]["whole"]
