"""Signing in and out: the cookie, guessing, fixation, foreign pages, what is recorded, what is ended."""

import httpx
import pytest

from acd.events import AgentSignedIn, AgentSignedOut
from acd.model import Presence
from agent_desktop.app import create_app
from agent_desktop.desk_app import SIGN_IN_TRIES
from agent_desktop.security import LONGEST_BODY
from calls.ids import AgentId
from tests.kit.desk_client import HTML, ORIGIN, signed_in, visiting
from tests.kit.fake_desk import PASSWORD, FakeDesk

ORLOV = AgentId("orlov")


async def sign_in(client: httpx.AsyncClient, login: str = "orlov", password: str = PASSWORD) -> httpx.Response:
    return await client.post("/sign-in", data={"login": login, "password": password}, headers=HTML)


async def test_the_cookie_cannot_be_read_sent_elsewhere_or_set_by_another_host() -> None:
    async with visiting(create_app(FakeDesk().services())) as client:
        cookie = (await sign_in(client)).headers["set-cookie"]
        for part in ("__Host-desk=", "HttpOnly", "Secure", "SameSite=strict", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie


async def test_on_plain_http_the_cookie_still_works() -> None:
    async with visiting(create_app(FakeDesk().services()), "http://desk.test") as client:
        cookie = (await sign_in(client)).headers["set-cookie"]
        assert cookie.startswith("desk=")
        assert (await client.get("/desk", headers=HTML)).status_code == 200


async def test_a_planted_cookie_is_replaced_and_the_former_sign_in_ends() -> None:
    desk = FakeDesk()
    async with visiting(create_app(desk.services())) as client:
        await sign_in(client)
        planted = dict(client.cookies)["__Host-desk"]
        await sign_in(client, "kim")
        assert dict(client.cookies)["__Host-desk"] != planted
        assert planted not in desk.staff.tokens


async def test_guessing_is_slowed_for_each_login_alone() -> None:
    desk = FakeDesk()
    async with visiting(create_app(desk.services())) as client:
        for _ in range(SIGN_IN_TRIES):
            assert (await sign_in(client, password="wrong")).status_code == 401
        assert (await sign_in(client)).status_code == 429
        assert desk.staff.tries == SIGN_IN_TRIES
        assert (await sign_in(client, "kim")).status_code == 303


@pytest.mark.parametrize("login", ["", "ORLOV'; --", "орлов", "a" * 500, "<script>alert(1)</script>", "o\u2028rlov"])
async def test_odd_logins_are_told_the_same_and_shown_as_text(login: str) -> None:
    desk = FakeDesk()
    async with visiting(create_app(desk.services())) as client:
        answer = await sign_in(client, login)
        assert answer.status_code == 401
        assert "<script>alert" not in answer.text
        assert desk.staff.tries == 0
        assert desk.staff.acts() == [("anyone", "sign_in_failed", "")]


async def test_a_foreign_page_can_do_nothing() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        for origin in ("https://evil.test", "null", "http://desk.test", ORIGIN + ".evil.test", ""):
            for path in ("/sign-out", "/desk/ready", "/desk/telephone", "/language", "/sign-in"):
                answer = await client.post(path, headers={"Origin": origin})
                assert answer.status_code == 403, (origin, path)
        del client.headers["Origin"]
        assert (await client.post("/sign-out")).status_code == 403
        assert desk.staff.tokens
        assert not desk.floor.asked


async def test_signing_out_ends_sign_in_telephone_and_shift() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        assert (await client.post("/desk/telephone")).status_code == 200
        assert desk.floor.floor.agents[ORLOV].presence is Presence.NOT_READY
        assert ORLOV in desk.softphones.secrets
        assert (await client.post("/sign-out")).headers["location"] == "/sign-in"
        assert not desk.staff.tokens
        assert ORLOV not in desk.softphones.secrets
        assert [type(event) for event in desk.floor.asked] == [AgentSignedIn, AgentSignedOut]
        assert (await client.get("/desk", headers=HTML)).status_code == 303
        acts = [act for _, act, _ in desk.staff.acts()]
        assert acts == ["signed_in", "telephone_opened", "signed_out"]


async def test_signing_out_works_while_the_engine_is_away() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await client.post("/desk/telephone")
        desk.floor.down = True
        assert (await client.post("/sign-out")).status_code == 303
        assert not desk.staff.tokens
        assert not desk.softphones.secrets


async def test_every_answer_carries_the_protective_headers() -> None:
    async with signed_in(FakeDesk()) as client:
        for path in ("/desk", "/sign-in", "/nowhere", "/health", "/static/base.css"):
            answer = await client.get(path, headers=HTML)
            policy = answer.headers["content-security-policy"]
            assert "script-src 'self';" in policy
            assert "unsafe" not in policy
            assert "connect-src 'self' wss://desk.test;" in policy
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == ("no-cache" if "static" in path else "no-store")


async def test_pages_have_nothing_inline() -> None:
    async with signed_in(FakeDesk(), "volkova") as client:
        for path in ("/desk", "/floor", "/phone", "/sign-in"):
            text = (await client.get(path, headers=HTML)).text
            assert " style=" not in text
            assert "<style" not in text
            assert " onclick=" not in text
            assert text.count("<script") == text.count("<script src=") + text.count('<script type="application/json"')


@pytest.mark.parametrize("host", ["evil\\host", "a b", "desk.test;script-src *", "x" * 300])
async def test_a_host_that_could_break_the_policy_is_refused(host: str) -> None:
    async with visiting(create_app(FakeDesk().services())) as client:
        assert (await client.get("/sign-in", headers={"Host": host})).status_code == 400


async def test_a_long_body_is_refused() -> None:
    async with signed_in(FakeDesk()) as client:
        answer = await client.post("/desk/note", content=b"x" * (LONGEST_BODY + 1))
        assert answer.status_code == 413


@pytest.mark.parametrize("back", ["//evil.test", "/\\evil.test", "https://evil.test", "/a\r\nSet-Cookie: x=1", ""])
async def test_the_language_form_leads_nowhere_else(back: str) -> None:
    async with visiting(create_app(FakeDesk().services())) as client:
        answer = await client.post("/language", data={"language": "en", "back": back})
        assert answer.headers["location"] == "/"
        assert (await client.get("/sign-in", headers=HTML)).text.count('<html lang="en"') == 1


async def test_errors_are_kind_pages_in_both_languages() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        desk.staff.down = True
        for language, word in (("ru", "Не получилось"), ("en", "That did not work")):
            client.cookies.set("desk_language", language)
            answer = await client.get("/desk", headers=HTML)
            assert answer.status_code == 503
            assert word in answer.text
            assert "Traceback" not in answer.text


async def test_a_fault_of_ours_shows_no_trace() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        desk.floor.view = None  # type: ignore[method-assign, assignment]
        answer = await client.get("/desk", headers=HTML)
        assert answer.status_code == 500
        assert "ошибка на нашей стороне" in answer.text.lower()
        assert "NoneType" not in answer.text
        assert answer.headers["x-frame-options"] == "DENY"


async def test_health_says_whether_the_floor_is_seen() -> None:
    desk = FakeDesk()
    async with visiting(create_app(desk.services())) as client:
        assert (await client.get("/health")).json() == {"desk": "ok", "floor": "ok"}
        desk.floor.down = True
        assert (await client.get("/health")).status_code == 503
