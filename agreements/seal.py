"""Digests and seals: whether a document is, to the byte, the one that was executed.

A seal is a PAdES B-B certification signature (ETSI EN 319 142-1) of the organisation
that runs the system, under a certificate of its own small authority. It proves that a
file is whole and came from here; it is nobody's personal signature.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from asn1crypto import cms, parser
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from agreements.identities import authority, seal_identity

_FIELD = "Seal"


@dataclass(frozen=True, slots=True)
class SealReport:
    """What the seal of a file says.

    intact: no sealed byte has changed. covers_whole_file: nothing was added after the
    seal. is_ours: the seal was made by this system's authority. problem: what is
    wrong, in plain words, or "".
    """

    intact: bool
    covers_whole_file: bool
    is_ours: bool
    sealed_at: datetime | None = None
    signer: str = ""
    reason: str = ""
    problem: str = ""

    def __bool__(self) -> bool:
        return self.intact and self.covers_whole_file and self.is_ours


def sha256(content: bytes) -> str:
    """Return the SHA-256 digest in 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def seal(pdf: bytes, *, reason: str) -> bytes:
    """Return the PDF with this system's seal; `reason` is shown by PDF readers."""
    identity, issuing = seal_identity(), authority()
    chain = SimpleCertificateStore()
    chain.register(_asn1(issuing.certificate))
    signer = signers.SimpleSigner(
        signing_cert=_asn1(identity.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(
            identity.key.private_bytes(
                Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
            )
        ),
        cert_registry=chain,
        embed_roots=False,
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        reason=reason,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    # A hidden annotation needs no place in the structure tree (ISO 14289-1, 7.18.1).
    field = fields.SigFieldSpec(
        sig_field_name=_FIELD,
        invis_sig_settings=fields.InvisSigSettings(
            set_print_flag=False, set_hidden_flag=True
        ),
    )
    sealed = signers.PdfSigner(metadata, signer=signer, new_field_spec=field).sign_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf))
    )
    return bytes(sealed.getvalue())


def verify(pdf: bytes) -> SealReport:
    """Return what the last seal of a file says; any bytes at all may be given."""
    try:
        return _verify(pdf)
    except Exception:  # noqa: BLE001 - a damaged file can trip the parser anywhere
        return SealReport(
            intact=False,
            covers_whole_file=False,
            is_ours=False,
            problem="This is not a readable PDF with a seal.",
        )


def authority_fingerprint() -> str:
    """Return the SHA-256 fingerprint of the certificate that all seals lead to."""
    return authority().certificate.fingerprint(hashes.SHA256()).hex()


def _verify(pdf: bytes) -> SealReport:
    signatures = PdfFileReader(BytesIO(pdf), strict=True).embedded_signatures
    if not signatures:
        return SealReport(False, False, False, problem="This file has no seal.")
    embedded = signatures[-1]
    sealed_at = embedded.self_reported_timestamp
    trust = ValidationContext(
        trust_roots=[_asn1(authority().certificate)],
        allow_fetching=False,
        moment=sealed_at,
    )
    status = validate_pdf_signature(embedded, trust, skip_diff=True)
    intact = status.intact and status.valid and _is_canonical(embedded, pdf)
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    problems = {
        "The file was changed after it was sealed.": not intact,
        "Something was added to the file after it was sealed.": not whole,
        "The seal was not made by this system.": not status.trusted,
    }
    return SealReport(
        intact=intact,
        covers_whole_file=whole,
        is_ours=status.trusted,
        sealed_at=sealed_at,
        signer=status.signing_cert.subject.native["common_name"],
        reason=str(embedded.sig_object.get("/Reason", "")),
        problem=next((words for words, is_so in problems.items() if is_so), ""),
    )


def _is_canonical(embedded: EmbeddedPdfSignature, pdf: bytes) -> bool:
    """Return whether the signature itself is written as `seal` writes it.

    No signature covers its own bytes, so without this their letter case, padding and
    unsigned parts could be changed unseen.
    """
    _, n_before, after, _ = (int(number) for number in embedded.byte_range)
    gap = pdf[n_before:after]
    content = bytes(embedded.pkcs7_content)
    n_content = parser.peek(content)
    written = content[:n_content].hex().encode().upper()
    if gap != b"<" + written.ljust(len(gap) - 2, b"0") + b">":
        return False
    given = embedded.signer_info
    certificate = embedded.signer_cert
    # The identifier's names are compared without regard to case, and nothing signs it.
    sid = cms.IssuerAndSerialNumber(
        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    )
    as_given = {
        part: given[part]
        for part in (
            "digest_algorithm",
            "signed_attrs",
            "signature_algorithm",
            "signature",
        )
    }
    signer_info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": sid}),
            **as_given,
        }
    )
    rebuilt = cms.ContentInfo(
        {
            "content_type": "signed_data",
            "content": cms.SignedData(
                {
                    "version": "v1",
                    "digest_algorithms": [given["digest_algorithm"]],
                    "encap_content_info": {"content_type": "data"},
                    "certificates": [certificate],
                    "signer_infos": [signer_info],
                }
            ),
        }
    )
    return bytes(rebuilt.dump()) == content[:n_content]


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
