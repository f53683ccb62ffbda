"""What every answer and every request must keep: headers, own origin, bounded bodies. A plain ASGI layer.

Own origin is checked strictly: a request that may change something (and a WebSocket) needs an Origin header equal to
the address it came to. Browsers send it on every POST and every WebSocket, and a foreign page cannot forge it.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_BODY = 64 * 1024
"""Bytes of a request's body: a note of 4,000 characters and room to spare."""
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_WS_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_HTTP_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


class TooLarge(HTTPException):
    """The body is longer than `LONGEST_BODY`."""

    def __init__(self) -> None:
        super().__init__(413)


def same_origin(scope: Scope) -> bool:
    """Whether the request's Origin is the address that it was sent to."""
    headers = Headers(scope=scope)
    origin = headers.get("origin", "")
    return bool(origin) and origin == f"{_HTTP_SCHEMES[scope['scheme']]}://{headers.get('host', '')}"


def content_policy(scheme: str, host: str) -> str:
    """The Content-Security-Policy of every page: everything from here, nothing inline, no frames."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
        f"font-src 'self'; connect-src 'self' {_WS_SCHEMES[scheme]}://{host}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    )


class Guard:
    """Refuses odd hosts, foreign origins and long bodies; adds the protective headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            if not same_origin(scope):
                await _refuse_websocket(receive, send)
                return
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not _HOST.fullmatch(host):
            await PlainTextResponse("Bad Host header.", 400)(scope, receive, send)
            return
        guarded_send = _with_headers(send, content_policy(scope["scheme"], host), scope)
        if scope["method"] not in _SAFE_METHODS and not same_origin(scope):
            refusal = PlainTextResponse("This request came from another page. Open the desk itself.", 403)
            await refusal(scope, receive, guarded_send)
            return
        await self._app(scope, _bounded(receive, headers), guarded_send)


def _bounded(receive: Receive, headers: Headers) -> Receive:
    declared = headers.get("content-length", "0")
    seen = int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 12 else 0
    too_large = seen > LONGEST_BODY
    count = 0

    async def bounded() -> Message:
        nonlocal count
        if too_large:
            raise TooLarge
        message = await receive()
        if message["type"] == "http.request":
            count += len(message.get("body", b""))
            if count > LONGEST_BODY:
                raise TooLarge
        return message

    return bounded


def _with_headers(send: Send, policy: str, scope: Scope) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = policy
            headers["X-Frame-Options"] = "DENY"
            headers["X-Content-Type-Options"] = "nosniff"
            # Not "no-referrer": that would turn the Origin of our own forms into "null".
            headers["Referrer-Policy"] = "same-origin"
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
            if scope["path"].startswith("/static/"):
                headers["Cache-Control"] = "no-cache"
            else:
                headers["Cache-Control"] = "no-store"
        await send(message)

    return guarded


async def _refuse_websocket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008, "reason": "This connection came from another page."})
