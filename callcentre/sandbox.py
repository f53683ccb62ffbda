"""The sandbox acquirer as a process of its own, on loopback; gateways.acquirer_server is what it does."""

import asyncio

import uvicorn

from callcentre.cashier import SHOP_KEY
from callcentre.installation import Installation
from callcentre.secrecy import keep_memory_private
from callcentre.serving import ready
from calls.clock import AnchoredClock
from gateways.acquirer_book import Book
from gateways.acquirer_server import create_acquirer


def serve_acquirer(installation: Installation) -> None:
    """Until SIGTERM."""
    keep_memory_private()
    book = Book(installation.places.acquirer_file)
    installation.places.acquirer_file.chmod(0o600)
    config = uvicorn.Config(
        create_acquirer(book, installation.keys.text(SHOP_KEY), AnchoredClock()),
        host=installation.settings.ivr.address,
        port=installation.settings.payments.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    asyncio.run(_serve(uvicorn.Server(config), installation))
    book.close()


async def _serve(server: uvicorn.Server, installation: Installation) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    with ready(installation.ready_file("acquirer")):
        await serving
