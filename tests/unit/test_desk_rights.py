"""Every route names its right, and refuses whoever lacks it: anonymous visitors and the other roles."""

from collections.abc import Iterator, Sequence

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Mount

from agent_desktop.app import create_app
from agent_desktop.sessions import Needs
from staff.demo import USERS
from staff.roles import RIGHTS, Right, Role
from tests.kit.desk_client import HTML, signed_in, visiting
from tests.kit.fake_desk import FakeDesk

PUBLIC = {
    ("GET", "/sign-in"), ("POST", "/sign-in"), ("POST", "/sign-out"), ("POST", "/language"), ("GET", "/health"),
    ("GET", "/phone"), ("POST", "/phone/account"), ("GET", "/phone/messages"),
}  # fmt: skip
PUBLIC_SOCKETS = {"/phone/sip"}
LOGINS = {user.role: user.login for user in reversed(USERS)}
ANYBODY = frozenset(RIGHTS)


def everything(parts: Sequence[BaseRoute]) -> Iterator[BaseRoute]:
    """All routes; FastAPI keeps those of an included router inside of it."""
    for part in parts:
        router = getattr(part, "original_router", None)
        if router is None:
            yield part
        else:
            yield from everything(router.routes)


def routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in everything(app.routes) if isinstance(route, APIRoute)]


def needs(route: APIRoute | APIWebSocketRoute) -> Needs | None:
    found = [part.call for part in route.dependant.dependencies if isinstance(part.call, Needs)]
    return found[0] if found else None


def methods(route: APIRoute) -> set[str]:
    assert route.methods, route.path
    return route.methods


def path(route: APIRoute) -> str:
    return (
        route.path.replace("{call_id}", "0190")
        .replace("{account}", "4401220170")
        .replace("{outage_id}", "1")
        .replace("{number}", "10000004")
        .replace("{reset_id}", "0190")
    )


async def ask(client: httpx.AsyncClient, route: APIRoute) -> list[httpx.Response]:
    """The answer to each method, as a page and as data."""
    body = {"reason": "lunch", "call_id": "x", "note": ""}
    return [
        await client.request(method, path(route), json=None if method == "GET" else body, headers=headers)
        for method in methods(route)
        for headers in (HTML, {"Accept": "application/json"})
    ]


def test_every_route_has_a_right_or_is_known_to_be_public() -> None:
    app = create_app(FakeDesk().services())
    for route in routes(app):
        if needs(route) is None:
            assert {(method, route.path) for method in methods(route)} <= PUBLIC, route.path
    sockets = [route for route in everything(app.routes) if isinstance(route, APIWebSocketRoute)]
    assert {route.path for route in sockets if needs(route) is None} == PUBLIC_SOCKETS
    assert {route.path for route in sockets if needs(route) is not None} == {"/sip"}
    others = [r for r in everything(app.routes) if not isinstance(r, APIRoute | APIWebSocketRoute)]
    assert [r.path for r in others if isinstance(r, Mount)] == ["/static"]
    assert len(others) == 1


async def test_anonymous_visitors_are_sent_to_the_sign_in() -> None:
    app = create_app(FakeDesk().services())
    asked = 0
    async with visiting(app) as client:
        for route in routes(app):
            if needs(route) is None:
                continue
            for answer in await ask(client, route):
                asked += 1
                sent_away = answer.status_code == 303 and answer.headers["location"] == "/sign-in"
                assert sent_away or answer.status_code == 401, (route.path, answer.status_code)
    assert asked >= 20


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_without_the_right_is_refused_and_it_is_recorded(role: Role) -> None:
    desk = FakeDesk()
    app = create_app(desk.services())
    refused = 0
    async with signed_in(desk, LOGINS[role]) as client:
        for route in routes(app):
            wanted = needs(route)
            if wanted is None or wanted.right is None or wanted.right in RIGHTS[role]:
                continue
            for answer in await ask(client, route):
                refused += 1
                assert answer.status_code == 403, (route.path, answer.status_code)
    assert sum(act == "refused" for _, act, _ in desk.staff.acts()) == refused
    assert refused > 0 or {Right.TAKE_CALLS, Right.SEE_FLOOR, Right.SEE_CUSTOMERS} <= RIGHTS[role]


@pytest.mark.parametrize(
    ("role", "first_page"), [(Role.AGENT, "/desk"), (Role.SUPERVISOR, "/floor"), (Role.ADMINISTRATOR, "/floor")]
)
async def test_a_role_with_the_right_comes_in(role: Role, first_page: str) -> None:
    async with signed_in(FakeDesk(), LOGINS[role]) as client:
        home = await client.get("/", headers=HTML)
        assert home.headers["location"] == first_page
        assert (await client.get(first_page, headers=HTML)).status_code == 200


async def test_a_role_without_pages_is_told_so() -> None:
    async with signed_in(FakeDesk(), LOGINS[Role.AUDITOR]) as client:
        home = await client.get("/", headers=HTML)
        assert home.status_code == 200
        assert "аудитор" in home.text


async def test_without_the_demo_there_is_no_booth() -> None:
    async with visiting(create_app(FakeDesk(booth=False).services())) as client:
        assert (await client.get("/phone", headers=HTML)).status_code == 404
        assert (await client.post("/phone/account")).status_code == 404
        assert (await client.get("/phone/messages")).status_code == 404
