"""Joins an agreement as somebody does who is offered it, from a case's facts."""

from agreements.models import Agreement
from agreements.services import following
from partnerships.roles import Role
from partnerships.services.engagement import form_partnership
from tests import make
from tests.support.line_above import put_in_force
from tests.support.realised import Realised, emptied, go_to


def joined(made: Realised) -> Agreement:
    """Return a joinder that says nothing yet, begun while the offer lasted.

    RuleBroken where nothing is offered to any of the case's parties.
    """
    facts, partners = made.facts, made.partners
    (above,) = facts.parents
    go_to(min(facts.today, above.offer.until_on if above.offer else facts.today))
    joiners = [each.key for each in facts.parties if each.key not in above.parties]
    (joiner,) = (partners.organisations[key] for key in joiners)
    draft = following.start_joinder(
        offer=put_in_force(made, above),
        partnership=form_partnership(
            name=f"{joiner} joins",
            organisations=[partners.organisations[e.key] for e in facts.parties],
            actor=make.SET_UP,
        ),
        actor=make.person("Jo Iner", joiner, Role.DIRECTOR),
    )
    go_to(facts.today)
    return emptied(draft, actor=partners.director)
