"""An agent with a plain SIP telephone: signs in at the real desk over HTTP, registers, gets ready, takes calls.

async with DeskAgent.signed_in(centre, "orlov", "127.33.1.21") as agent:
    await agent.ready()
    talk = await agent.phone.incoming(timeout_s=5)
"""

import asyncio
import html
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Self

import httpx

from tests.kit.call_centre import CallCentre
from tests.kit.telephone import RING, Behaviour, RegistrationRefused, Telephone
from tests.kit.waiting import NotInTime, eventually

_ANSWER_S: Final = 10.0
_KNOWN_S: Final = 20.0
"""A telephone that answers Asterisk's first OPTIONS too late on a busy machine is asked again after 15 s
(dialplan/softphones.py)."""
_AGAIN_S: Final = 40.0
"""A registration holds for two minutes (dialplan/softphones.py); a telephone renews it in time."""


class DeskAgent:
    """Use `signed_in`. `phone` is registered as the agent's telephone; `web` is the agent's own browser session."""

    def __init__(self, login: str, phone: Telephone, web: httpx.AsyncClient) -> None:
        self.login: Final = login
        self.phone: Final = phone
        self.web: Final = web

    @classmethod
    @asynccontextmanager
    async def signed_in(
        cls, centre: CallCentre, login: str, address: str, behaviour: Behaviour = RING
    ) -> AsyncIterator[Self]:
        """Signed in with a registered telephone, not ready yet; signed out at the end."""
        origin = {"Origin": centre.desk}
        async with (
            Telephone(address, name=login) as phone,
            httpx.AsyncClient(base_url=centre.desk, headers=origin, timeout=_ANSWER_S) as web,
        ):
            phone.behaviour = behaviour
            agent = cls(login, phone, web)
            answer = await web.post("/sign-in", data={"login": login, "password": centre.password(login)})
            assert answer.status_code == 303, answer.text
            account = (await agent.post("/desk/telephone")).json()
            await phone.register(centre.sip, account["user"], account["secret"])
            staying = asyncio.create_task(_stay_registered(phone, centre.sip, account))
            try:
                yield agent
            finally:
                staying.cancel()
                # A telephone says goodbye while it still may; a browser's socket is closed by the desk.
                with suppress(RegistrationRefused):  # its secret is not the shift's any more
                    await phone.unregister()
                await web.post("/sign-out")

    async def post(self, path: str, **body: Any) -> httpx.Response:
        """A command of the desk. Errors: AssertionError with the refusal."""
        answer = await self.web.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer

    async def ready(self) -> None:
        """Wait until the desk knows the telephone, then be ready."""

        said = ""

        async def accepted() -> bool:
            nonlocal said
            answer = await self.web.post("/desk/ready", json={})
            said = "" if answer.is_success else f"{answer.status_code} {answer.text}"
            return answer.is_success

        try:
            await eventually(accepted, _KNOWN_S, f"{self.login} may be ready", every_s=0.1)
        except NotInTime as late:
            raise NotInTime(f"{late}: {said}") from late

    async def not_ready(self, reason: str = "lunch") -> None:
        await self.post("/desk/not-ready", reason=reason)

    async def end_wrap_up(self) -> None:
        """As a person does: when the wrap-up has begun."""

        async def ended() -> bool:
            return (await self.web.post("/desk/wrap-up/end", json={})).is_success

        await eventually(ended, _ANSWER_S, f"{self.login} may end the wrap-up", every_s=0.05)

    async def state(self) -> dict[str, Any]:
        """The state that the page of this instant shows."""
        page = (await self.web.get("/desk")).text
        text = html.unescape(page.split('data-state="', 1)[1].split('"', 1)[0])
        found: dict[str, Any] = json.loads(text)
        return found


async def _stay_registered(phone: Telephone, server: str, account: dict[str, str]) -> None:
    while True:
        await asyncio.sleep(_AGAIN_S)
        with suppress(TimeoutError, RegistrationRefused):  # tried again; signed out
            await phone.register(server, account["user"], account["secret"])
