"""The gateway's own pages: health, the joined documentation, a page for every problem."""

from fastapi import FastAPI

from gateway.edge import Edge
from gateway.settings import Settings


def add_pages(own: FastAPI, edge: Edge, settings: Settings) -> None:
    """Add the gateway's own routes."""

    async def livez() -> dict[str, str]:
        """Tell that the process answers."""
        return {"status": "alive"}

    own.add_api_route("/livez", livez, methods=["GET", "HEAD"], include_in_schema=False)
