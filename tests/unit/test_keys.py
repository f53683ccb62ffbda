"""Secrets are made once, kept private and never change by themselves; certificates follow their authority."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from callcentre.certificates import certificate_for
from callcentre.keys import Keys


def test_a_secret_is_made_once_and_private(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    assert keys.text("ami") == Keys(tmp_path / "keys").text("ami")
    assert keys.text("ami") != keys.text("agi")
    assert (tmp_path / "keys" / "ami").stat().st_mode & 0o777 == 0o600
    assert len(keys.octets("pin")) == 32


def test_passwords_stay_and_new_logins_get_theirs(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    first = keys.passwords(("orlov",))
    both = keys.passwords(("orlov", "kim"))
    assert both["orlov"] == first["orlov"]
    assert both["kim"] != both["orlov"]
    assert (tmp_path / "sign-ins.json").stat().st_mode & 0o777 == 0o600


def test_a_certificate_is_kept_and_renewed_in_time(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    made = certificate_for("192.0.2.7", tmp_path, now)
    first = x509.load_pem_x509_certificate(made.chain.read_bytes())
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    first.verify_directly_issued_by(authority)
    names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name) for name in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]

    certificate_for("192.0.2.7", tmp_path, now + timedelta(days=300))
    assert x509.load_pem_x509_certificate(made.chain.read_bytes()).serial_number == first.serial_number
    certificate_for("192.0.2.7", tmp_path, now + timedelta(days=380))
    assert x509.load_pem_x509_certificate(made.chain.read_bytes()).serial_number != first.serial_number
    assert made.key.stat().st_mode & 0o777 == 0o600
