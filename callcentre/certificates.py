"""A local certificate authority, so that browsers elsewhere get https (and with it a microphone) without a purchase.

The authority's certificate (`authority.pem`) is imported once into the browsers; its key never leaves the state folder.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from callcentre.keys import write_private

_AUTHORITY_DAYS = 3650
_SERVER_DAYS = 397
"""Browsers refuse server certificates that are valid for longer (CA/Browser Forum, ballot SC31)."""
_RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificate:
    chain: Path
    key: Path
    authority: Path


def certificate_for(address: str, folder: Path, now: datetime) -> Certificate:
    """The certificate of this server at `address`; made or renewed when needed."""
    authority = folder / "authority.pem"
    chain, key = folder / f"{address}.pem", folder / f"{address}.key"
    if not authority.exists() or not authority.with_suffix(".key").exists():
        _make_authority(folder, now)
    if not chain.exists() or _expires(chain) < now + _RENEW_BEFORE or not _issued_by(authority, chain):
        _make_server(address, folder, now)
    return Certificate(chain, key, authority)


def _make_authority(folder: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Call centre local authority")])
    certificate = (
        _builder(name, name, key, now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(folder / "authority.key", _pem(key))
    write_private(folder / "authority.pem", certificate.public_bytes(serialization.Encoding.PEM).decode())


def _make_server(address: str, folder: Path, now: datetime) -> None:
    authority = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    signer = serialization.load_pem_private_key((folder / "authority.key").read_bytes(), password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / 'authority.key'} is not the key that was made here. Remove both authority files.")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    certificate = (
        _builder(name, authority.subject, key, now, _SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    chain = certificate.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM)
    write_private(folder / f"{address}.key", _pem(key))
    write_private(folder / f"{address}.pem", chain.decode())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _expires(path: Path) -> datetime:
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.astimezone(UTC)


def _issued_by(authority: Path, chain: Path) -> bool:
    """Whether the chain ends at this authority: it may have been removed to make a new one."""
    issuer = x509.load_pem_x509_certificate(authority.read_bytes())
    try:
        x509.load_pem_x509_certificate(chain.read_bytes()).verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
