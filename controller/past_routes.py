"""The routes of the questions about the past."""

from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse

from controller.hindsight import Hindsight

Json = dict[str, Any]
Names = Annotated[list[str], Query()]


def add_past(app: FastAPI, service: Hindsight) -> None:
    """Add the routes of what is answered from the record alone."""

    @app.get("/v1/why")
    async def why(name: str, namespace: str | None = None) -> JSONResponse:
        return JSONResponse(await service.why(name=name, namespace=namespace))

    @app.get("/v1/history")
    async def history(name: str, namespace: str | None = None) -> JSONResponse:
        return JSONResponse(await service.history(name=name, namespace=namespace))

    @app.get("/v1/drift")
    async def drift(name: str, namespace: str | None = None, since: str | None = None) -> JSONResponse:
        return JSONResponse(await service.drift(name=name, namespace=namespace, since=since))

    @app.get("/v1/past/status")
    async def status_at(at: str, name: str | None = None, namespace: str | None = None) -> JSONResponse:
        return JSONResponse(await service.status_at(at=at, name=name, namespace=namespace))

    @app.get("/v1/past/diff")
    async def diff_at(at: str, name: Names = [], namespace: str | None = None) -> JSONResponse:  # noqa: B006
        return JSONResponse(await service.diff_at(at=at, name=name, namespace=namespace))

    @app.get("/v1/snapshot")
    async def snapshot(at: str | None = None) -> JSONResponse:
        return JSONResponse(await service.snapshot(at=at))

    @app.get("/v1/audit")
    async def audit(
        name: str | None = None, namespace: str | None = None, limit: int = 100, verify: bool = False
    ) -> JSONResponse:
        return JSONResponse(await service.audit(name=name, namespace=namespace, limit=limit, verify=verify))
