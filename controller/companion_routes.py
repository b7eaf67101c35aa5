"""The routes of questions to companions."""

from typing import Any

from fastapi import Body, FastAPI
from fastapi.responses import JSONResponse

from controller.asking_companions import AskingCompanions

Json = dict[str, Any]


def add_companions(app: FastAPI, service: AskingCompanions) -> None:
    """Add the routes to companions. What is asked is only said: nothing here changes anything."""

    @app.get("/v1/ci")
    async def companions(namespace: str | None = None) -> JSONResponse:
        return JSONResponse(await service.ci_list(namespace=namespace))

    @app.post("/v1/ci/{name:path}/query")
    async def asked(name: str, query: str = Body("status"), namespace: str | None = Body(None)) -> JSONResponse:
        return JSONResponse(await service.ci_query(name=name, query=query, namespace=namespace))
