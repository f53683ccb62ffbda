"""The call centre that the end-to-end tests of this folder share: started once, with plain SIP telephones as agents."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

import pytest

from tests.kit.call_centre import CallCentre, own_net
from tests.kit.desk_agent import DeskAgent
from tests.kit.postgres import Postgres, running
from tests.kit.telephone import RING, Behaviour, Telephone


@pytest.fixture(scope="session")
def centre() -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net()) as running:
        yield running


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """For files whose centre stands on PostgreSQL."""
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def address(postgres: Postgres) -> str:
    """Of an empty database there."""
    return postgres.new_database()


class Agents(Protocol):
    async def __call__(self, login: str, behaviour: Behaviour = RING) -> DeskAgent:
        """A signed-in agent, ready when this returns."""


@pytest.fixture
async def agents(centre: CallCentre) -> AsyncIterator[Agents]:
    """Signs agents in; all are signed out again at the test's end."""
    async with AsyncExitStack() as stack:
        count = 20

        async def sign_in(login: str, behaviour: Behaviour = RING) -> DeskAgent:
            nonlocal count
            count += 1
            agent = await stack.enter_async_context(
                DeskAgent.signed_in(centre, login, f"{centre.net}.{count}", behaviour)
            )
            await agent.ready()
            return agent

        yield sign_in


@pytest.fixture
async def caller(centre: CallCentre) -> AsyncIterator[Telephone]:
    """The provider's side of the trunk: every caller comes from its address."""
    async with provider(centre) as telephone:
        yield telephone


@asynccontextmanager
async def provider(centre: CallCentre) -> AsyncIterator[Telephone]:
    async with Telephone(centre.trunk, name="provider") as telephone:
        yield telephone
