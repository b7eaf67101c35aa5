"""The routes of images."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from controller.imaging import Imaging

Route = Callable[[Request], Any]


def add_images(app: FastAPI, service: Imaging, acting: Callable[..., Route], telling: Callable[..., Route]) -> None:
    """Add the routes of images; `acting` and `telling` make a route of a function that does, or tells while it does."""

    @app.get("/v1/images")
    async def images(name: str = "", dangling: bool = False) -> Response:
        return JSONResponse(await service.images(name=name, dangling=dangling))

    @app.get("/v1/images/one")
    async def image(reference: str) -> Response:
        return JSONResponse(await service.image(reference=reference))

    app.post("/v1/images/tag", name="image_tag")(acting(service.image_tag))
    app.post("/v1/images/remove", name="image_remove")(acting(service.image_remove))
    app.post("/v1/images/build", name="image_build")(telling(service.image_build))
    app.post("/v1/images/pull", name="image_pull")(telling(service.image_pull))
    app.post("/v1/images/push", name="image_push")(telling(service.image_push))
