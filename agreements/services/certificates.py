"""Certificates of destruction: rendered, sealed, sent to every owner."""

from accounts import clock, jobs
from accounts.acting import System, act
from accounts.history import note_evidence
from agreements.digests import sha256_of
from agreements.examined import SealedAs
from agreements.models import Agreement, Document, Obligation
from agreements.pages import certificate_pages
from agreements.policy import is_system
from agreements.queries import facts_of, owners_of
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

CLAUSE = "C18"
TOLD = (Capability.DELIVER, Capability.APPROVE, Capability.DRAFT)


def issue_certificate(key: int, work: jobs.Work) -> None:
    """Render and seal the certificate of one discharged duty; tell the owners."""
    from agreements import documents, seal  # only workers print; slow to load

    obligation = Obligation.objects.select_related("agreement").get(pk=key)
    if obligation.certificate_id is not None:
        with work.finish():
            return
    agreement = obligation.agreement
    work.step("Write the certificate")
    content = documents.render_certificate(
        certificate_pages(
            obligation,
            facts_of(agreement),
            issued_at=clock.now(),
            authority=seal.authority_fingerprint(),
        )
    )
    work.step("Seal the file")
    sealed = seal.seal(content, reason=SealedAs.CERTIFICATE.reason(agreement.number))
    with (
        work.finish(),
        act(
            "agreements.issue_certificate",
            actor=System(CLAUSE),
            chain=agreement.chain,
            subject=obligation,
        ) as this,
    ):
        is_system(this.actor).require()
        Agreement.objects.select_for_update().get(pk=agreement.pk)
        document = Document.objects.create(
            agreement=agreement,
            kind=Document.Kind.CERTIFICATE,
            content=sealed,
            sha256=sha256_of(sealed),
            created_at=clock.now(),
        )
        note_evidence(this, document)
        row = Obligation.objects.select_for_update().get(pk=key)
        row.certificate = document
        row.save()
        for owner in owners_of(agreement):
            for capability in TOLD:
                for person in people_with(capability, owner):
                    queue_notice(
                        key=f"certificate:{row.pk}",
                        recipient=person,
                        subject=f"{agreement.number}: certificate of destruction",
                        body=(
                            f"The {row.get_kind_display().lower()} was destroyed. The "
                            "certificate says how, and from when it is unrecoverable."
                        ),
                        path=f"/documents/{document.pk}/",
                    )


def stop_certificate(key: int, message: str) -> None:
    """Leave the duty without its certificate: the next minute tries again."""
