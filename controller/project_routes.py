"""The routes of projects and solutions."""

from typing import Annotated, Any

from fastapi import Body, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import validate_call

from controller.projects import Projects

Said = Annotated[dict[str, Any], Body()]


def add_projects(app: FastAPI, service: Projects) -> None:
    """Add the routes of projects and solutions."""

    @app.get("/v1/projects")
    async def projects(namespace: str | None = None) -> Response:
        return JSONResponse(await service.projects(namespace=namespace))

    @app.get("/v1/solutions")
    async def solutions(namespace: str | None = None) -> Response:
        return JSONResponse(await service.solutions(namespace=namespace))

    generating, launching = validate_call(service.generate), validate_call(service.launch)

    @app.post("/api/projects/{project_id}/docker/generate")
    async def generate(request: Request, project_id: str, said: Said = {}) -> Response:  # noqa: B006 - FastAPI copies it
        return JSONResponse(await generating(**{**said, "name": project_id, "actor": _who(request)}))

    @app.post("/v1/solutions/{name:path}/launch")
    async def launch(request: Request, name: str, said: Said = {}) -> Response:  # noqa: B006 - likewise
        return JSONResponse(await launching(**{**said, "name": name, "actor": _who(request)}))


def _who(request: Request) -> str:
    """Return who asks, by the kernel's word."""
    return str(request.scope.get("peer") or "api")
