"""A browser's part of the desk without a browser: the application in-process, its Origin always its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from agent_desktop.app import create_app
from tests.kit.fake_desk import PASSWORD, FakeDesk

ORIGIN = "https://desk.test"
HTML = {"Accept": "text/html"}


@asynccontextmanager
async def visiting(app: FastAPI, origin: str = ORIGIN) -> AsyncIterator[httpx.AsyncClient]:
    """An anonymous visitor. Unexpected exceptions become pages, as they do on the wire."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=origin, headers={"Origin": origin}) as client:
        yield client


@asynccontextmanager
async def signed_in(desk: FakeDesk, login: str = "orlov") -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(create_app(desk.services())) as client:
        answer = await client.post("/sign-in", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        yield client
