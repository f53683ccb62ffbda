"""The local authority: strict clients accept its server, and a new authority means a new server's certificate."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcentre.certificates import Certificate, certificate_for

NOW = datetime.now(UTC)
ADDRESS = "127.0.0.1"


async def greeted(server: Certificate, authority: Path, name: str = ADDRESS) -> str:
    """The protocol that a strict client and this server agree on. Raises ssl.SSLError."""
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(server.chain, server.key)
    theirs = ssl.create_default_context(cafile=str(authority))
    theirs.verify_flags |= ssl.VERIFY_X509_STRICT

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(serve, ADDRESS, 0, ssl=ours) as listening:
        port = listening.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection(ADDRESS, port, ssl=theirs, server_hostname=name)
        agreed: str = writer.get_extra_info("ssl_object").version()
        writer.close()
        return agreed


async def test_a_strict_client_accepts_the_chain(tmp_path: Path) -> None:
    made = certificate_for(ADDRESS, tmp_path, NOW)
    assert await greeted(made, made.authority) in {"TLSv1.2", "TLSv1.3"}
    with pytest.raises(ssl.SSLCertVerificationError):
        await greeted(made, made.authority, "127.0.0.2")


@pytest.mark.parametrize("lost", ["authority.pem", "authority.key"])
async def test_a_lost_authority_is_made_anew_with_its_server(tmp_path: Path, lost: str) -> None:
    certificate_for(ADDRESS, tmp_path, NOW)
    (tmp_path / lost).unlink()
    made = certificate_for(ADDRESS, tmp_path, NOW)
    assert await greeted(made, made.authority)


def test_keys_are_for_the_owner_alone(tmp_path: Path) -> None:
    certificate_for(ADDRESS, tmp_path, NOW)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
