"""Who is told that a delivery was withdrawn, and what that ended or marked."""

from accounts.models import User
from agreements.queries import owners_of
from indicators.models import Delivery, Release
from indicators.policy import linker_of
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


def tell_of_delivery(row: Delivery) -> None:
    """Tell the stewards and analysts of every party, but not who withdrew it."""
    agreement, linker = row.agreement, linker_of(row.agreement)
    for party in agreement.parties.select_related("organisation"):
        organisation = party.organisation
        sees_receipt = organisation in (row.sender, linker)
        for capability, path in (
            (Capability.DELIVER, row.get_absolute_url() if sees_receipt else "/data/"),
            (Capability.AUTHOR_RELEASE, "/releases/"),
        ):
            for person in people_with(capability, organisation):
                if person != row.withdrawn_by:
                    _tell_of_delivery(row, person, path)


def _tell_of_delivery(row: Delivery, person: User, path: str) -> None:
    queue_notice(
        key=f"withdrawn:{row.pk}",
        recipient=person,
        subject=f"{row.agreement.number}: a delivery was withdrawn",
        body=(
            f"{row.sender.name} says that what it sent for “{row.flow}” was wrong: "
            f"{row.get_wrong_display()}. The records, and all that was linked from "
            "them, are destroyed. Destroy the copies that you took, too."
        ),
        path=path,
    )


def tell_of_loss(release: Release, *, was_proposed: bool) -> None:
    """Tell a release's author, and who was asked to decide on it, that it ended."""
    for person in _concerned(release, decides=was_proposed):
        queue_notice(
            key=f"release:{release.pk}:{release.state}",
            recipient=person,
            subject=f"A release under {release.agreement.number} is {release.state}",
            body=f"{release.message} Nobody needs to decide on it any more.",
            path=release.get_absolute_url(),
        )


def tell_of_mark(release: Release, row: Delivery) -> None:
    """Tell a published release's author, and its owners, what it now says of itself."""
    for person in _concerned(release, decides=True):
        queue_notice(
            key=f"release-marked:{release.pk}:{row.pk}",
            recipient=person,
            subject=(f"{release.agreement.number}: look again at a published release"),
            body=(
                "It was made from a delivery that is now withdrawn: "
                f"{row.get_wrong_display()}. Its pages and files say so. It stays "
                "published until the data steward of an owner withdraws it."
            ),
            path=release.get_absolute_url(),
        )


def _concerned(release: Release, *, decides: bool) -> set[User]:
    people = {release.author}
    if decides:
        for owner in owners_of(release.agreement):
            people |= set(people_with(Capability.DECIDE_RELEASE, owner))
    return people
