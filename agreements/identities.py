"""Who seals: this system's own small authority, and the certificate it seals under.

Certificate and private key lie together under SEAL_DIR, made on first use.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from django.conf import settings

from accounts import clock

_AUTHORITY_LIFE = timedelta(days=25 * 365)
_SEAL_LIFE = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def authority() -> Identity:
    """Return this system's certificate authority, made on first use."""
    path = _directory() / "authority.pem"
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("seal authority")
        certificate = (
            _certificate(name, key, issuer=name, life=_AUTHORITY_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        _save(path, Identity(certificate, key), replace=False)
    return _load(path)


def seal_identity() -> Identity:
    """Return the certificate that seals now, issued anew when the last one ended."""
    path = _directory() / "seal.pem"
    if path.exists():
        identity = _load(path)
        if identity.certificate.not_valid_after_utc > clock.now():
            return identity
    issuing = authority()
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _certificate(
            _name("document seal"),
            key,
            issuer=issuing.certificate.subject,
            life=_SEAL_LIFE,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            _usage(digital_signature=True, content_commitment=True), critical=True
        )
        .sign(issuing.key, hashes.SHA256())
    )
    _save(path, Identity(certificate, key), replace=True)
    return _load(path)


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    issuer: x509.Name,
    life: timedelta,
) -> x509.CertificateBuilder:
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + life)
    )


def _name(role: str) -> x509.Name:
    organisation = (settings.AGENCY_NAME or "Homeroom")[:48]
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation} {role}"),
        ]
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def _directory() -> Path:
    directory = Path(settings.SEAL_DIR)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def _save(path: Path, identity: Identity, *, replace: bool) -> None:
    """Write certificate and key as one step; who comes second keeps the first."""
    pem = identity.certificate.public_bytes(Encoding.PEM) + identity.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    part = path.with_name(f".{uuid4()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            part.replace(path)
        elif not path.exists():
            path.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)


def _load(path: Path) -> Identity:
    pem = path.read_bytes()
    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Identity(x509.load_pem_x509_certificate(pem), key)
