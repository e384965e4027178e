"""Digests and seals: whether a document is, to the byte, the one that was executed.

A seal is a PAdES B-B certification signature (ETSI EN 319 142-1) of the organisation
that runs the system, under a certificate of its own small authority. It proves that a
file is whole and came from here; it is nobody's personal signature.
"""

import hashlib
import re
from dataclasses import dataclass, replace
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

from agreements.active import UNREADABLE, active_in
from agreements.examined import Examined, Verdict, at_first_sight
from agreements.identities import authority, seal_identity

_FIELD = "Seal"
# A file that we sealed has one seal and one attachment; others may have any number.
_MOST_SEALS = 4
_MOST_ATTACHED = 4
_END_BYTES = 64 * 1024  # where a PDF says what it holds; looking further back is slow
_BYTE_RANGE = re.compile(rb"/ByteRange \[0 \d{1,10} (\d{1,10}) (\d{1,10})\]")
_CONTENTS = re.compile(rb"/Contents ?<([0-9A-Fa-f]{400,65536})>")
_SIGNATURE = re.compile(rb"/(FT|Type) ?/Sig\b|/ByteRange\b")


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
        return _verify(pdf, [authority().certificate])
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


def examine(pdf: bytes, *, root: bytes) -> Examined:
    """Return what a file is that anybody at all may have made.

    root: the authority's certificate as PEM, or nothing where none was ever made. To
    be called where time and memory are bounded, for a PDF can ask for any amount.
    """
    if verdict := at_first_sight(pdf):
        return Examined(verdict=verdict)
    roots = x509.load_pem_x509_certificates(root) if root else []
    try:
        for end in _ends_of_seals(pdf):
            if found := _examine_sealed(pdf, end, roots):
                return found
        return Examined(
            verdict=(Verdict.CHANGED if _bears_seal_of(roots, pdf) else _unsealed(pdf)),
            attached=_attached(pdf),
        )
    except (MemoryError, RecursionError):
        return Examined(verdict=Verdict.TOO_COMPLEX)


def look_inside(pdf: bytes, *, root: bytes) -> Examined:
    """Return what `examine` does, with what the file holds beside pages to read."""
    found = examine(pdf, root=root)
    try:
        return replace(found, active=active_in(_reader(pdf, strict=False).root, pdf))
    except (MemoryError, RecursionError):
        return Examined(verdict=Verdict.TOO_COMPLEX)
    except Exception:  # noqa: BLE001 - a damaged file can trip the parser anywhere
        return replace(found, active=(UNREADABLE,))


def _ends_of_seals(pdf: bytes) -> list[int]:
    """Return where files end of which this one may be a sealed beginning."""
    ends = {int(a) + int(b) for a, b in _BYTE_RANGE.findall(pdf)}
    return sorted((end for end in ends if end <= len(pdf)), reverse=True)[:_MOST_SEALS]


def _examine_sealed(
    pdf: bytes, end: int, roots: list[x509.Certificate]
) -> Examined | None:
    """Return what is found if the first `end` bytes are as they were sealed."""
    sealed = pdf[:end]
    try:
        report = _verify(sealed, roots)
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - a damaged file can trip the parser anywhere
        return None
    if not report:
        return None
    n_added = len(pdf) - end
    return Examined(
        verdict=Verdict.ADDED if n_added else Verdict.UNCHANGED,
        sealed_at=report.sealed_at,
        reason=report.reason,
        sealed_digest=sha256(sealed),
        n_added=n_added,
        attached=_attached(sealed),
    )


def _bears_seal_of(roots: list[x509.Certificate], pdf: bytes) -> bool:
    """Return whether the file carries a certificate that one of the roots issued."""
    for match in _CONTENTS.findall(pdf)[-_MOST_SEALS:]:
        try:
            signed = cms.ContentInfo.load(bytes.fromhex(match.decode()))["content"]
            for choice in signed["certificates"]:
                given = x509.load_der_x509_certificate(choice.chosen.dump())
                for root in roots:
                    given.verify_directly_issued_by(root)
                    return True
        except (MemoryError, RecursionError):
            raise
        except Exception:  # noqa: BLE001, S112 - anything may stand there
            continue
    return False


def _unsealed(pdf: bytes) -> Verdict:
    """Return what a file is that carries no seal of ours, by a lenient reading."""
    try:
        reader = _reader(pdf, strict=False)
        if reader.encrypted:
            return Verdict.ENCRYPTED
        assert reader.root
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - a damaged file can trip the parser anywhere
        return Verdict.UNREADABLE
    try:
        signatures = reader.embedded_signatures
        if signatures:
            return _seal_of_others(signatures[-1])
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - anything may stand where a signature should
        return Verdict.LOOKS_SIGNED
    return Verdict.LOOKS_SIGNED if _SIGNATURE.search(pdf) else Verdict.UNSEALED


def _seal_of_others(embedded: EmbeddedPdfSignature) -> Verdict:
    """Return whether somebody else's signature holds for the whole file."""
    status = validate_pdf_signature(
        embedded,
        ValidationContext(trust_roots=[], allow_fetching=False),
        skip_diff=True,
    )
    is_whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    holds = status.intact and status.valid and is_whole
    return Verdict.FOREIGN if holds else Verdict.BROKEN


def _attached(pdf: bytes) -> tuple[str, ...]:
    """Return the digests of the files that a PDF embeds, as far as it can be read."""
    try:
        root = _reader(pdf, strict=False).root
        pairs = root["/Names"]["/EmbeddedFiles"]["/Names"]
        count = min(len(pairs), 2 * _MOST_ATTACHED)
        return tuple(sha256(pairs[n]["/EF"]["/F"].data) for n in range(1, count, 2))
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - a damaged file can trip the parser anywhere
        return ()


def _verify(pdf: bytes, roots: list[x509.Certificate]) -> SealReport:
    signatures = _reader(pdf, strict=True).embedded_signatures
    if not signatures:
        return SealReport(False, False, False, problem="This file has no seal.")
    embedded = signatures[-1]
    sealed_at = embedded.self_reported_timestamp
    trust = ValidationContext(
        trust_roots=[_asn1(root) for root in roots],
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


def _reader(pdf: bytes, *, strict: bool) -> PdfFileReader:
    """Return a reader of a PDF; ValueError if its end says not where to begin."""
    if b"startxref" not in pdf[-_END_BYTES:]:
        raise ValueError("a PDF without startxref")
    return PdfFileReader(BytesIO(pdf), strict=strict)


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
