"""Organisations, people and partnerships, made by walking the services."""

from datetime import timedelta
from itertools import count

from accounts import clock
from accounts.acting import System, act
from accounts.models import User
from accounts.services import invite
from accounts.sign_in import Adapter
from indicators.models import DropBoxKey
from indicators.services.dropbox import add_key
from partnerships.models import Membership, Organisation, Partnership
from partnerships.roles import Role
from partnerships.services.directory import add_organisation, give_role
from partnerships.services.engagement import form_partnership
from partnerships.services.people import pledge

SET_UP = System("set-up")
PASSWORD = "a long enough password"
A_DAY = timedelta(days=1)
_numbers = count(1)


def organisation(
    *, kind: str = "pha", name: str = "", time_zone: str = "America/Los_Angeles"
) -> Organisation:
    """Return an organisation; `kind` is one of Organisation.Kind."""
    return add_organisation(
        name=name or f"Organisation {next(_numbers)}",
        legal_name="Its legal name",
        kind=kind,
        state="WA",
        time_zone=time_zone,
        is_ed_funded=kind == "district",
        actor=SET_UP,
    )


def user(name: str = "Ada Example") -> User:
    """Return a person who has chosen PASSWORD and holds no role."""
    address = f"{name.split()[0].lower()}-{next(_numbers)}@example.org"
    person = invite(email=address, name=name, title="", actor=SET_UP)
    Adapter().set_password(person, PASSWORD)
    return person


def superuser(name: str = "Su Peruser") -> User:
    """Return a person whom Django lets through everywhere."""
    somebody = user(name)
    with act("tests.crown", actor=SET_UP, chain="system", subject=somebody):
        somebody.is_superuser = True
        somebody.save()
    return somebody


def membership(
    person: User, organisation: Organisation, role: Role, *, authority: str = ""
) -> Membership:
    """Return a person's role; `authority` is where their power to sign is written."""
    made = give_role(
        user=person,
        organisation=organisation,
        role=role,
        authority_source=Membership.Authority.RESOLUTION if authority else "",
        authority_reference=authority,
        actor=SET_UP,
    )
    pledge(trained_on=clock.today() - A_DAY, actor=person)
    made.refresh_from_db()
    return made


def person(
    name: str, organisation: Organisation, role: Role, *, authority: str = ""
) -> User:
    """Return a person with PASSWORD who holds `role` in `organisation`."""
    somebody = user(name)
    membership(somebody, organisation, role, authority=authority)
    return somebody


def partnership(*organisations: Organisation) -> Partnership:
    """Return the partnership of two organisations, or of more."""
    return form_partnership(
        name=" and ".join(each.name for each in organisations),
        organisations=organisations,
        actor=SET_UP,
    )


def holder(organisation: Organisation, role: Role) -> User:
    """Return the first person who holds `role` in `organisation`."""
    return organisation.memberships.filter(role=role).earliest("pk").user


# Public halves of two pairs; nobody has the others.
PUBLIC_KEYS = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPO6MSngJM3s5kJQqbUI39u5ejbluCVg7JIk/rG78tIr",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINv8r/9F4V+dNOLq+FTxY10HpQMCYBMKUVGhf9vr4Cme",
)


def drop_box_key(organisation: Organisation, admin: User) -> DropBoxKey:
    """Return a key of an organisation's steward, put on record by an administrator."""
    return add_key(
        organisation=organisation,
        holder=holder(organisation, Role.STEWARD),
        label="Nightly export",
        public_key=PUBLIC_KEYS[0],
        actor=admin,
    )
