"""What the register searches: written with each change, found word by word."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements import presets
from agreements.models import Agreement, SearchText
from agreements.queries import searched_texts, with_all_facts
from agreements.searching import searchable, words_of
from agreements.services import drafting, register, sections
from partnerships.roles import Role
from tests import make

texts = st.lists(st.text(), max_size=4)


def plain(text: str) -> str:
    return " ".join(words_of(text))


# Words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("  Chronic   ABSENCE ", ("chronic", "absence")),
        ("absence Absence", ("absence",)),
        ("ÉCOLE Straße", ("école", "strasse")),
        ("ＭＯＵ\u00a02026", ("mou", "2026")),
        ("a\x00b", ("a", "b")),
        ("50% or_more 'x' \\", ("50%", "or_more", "'x'", "\\")),
        ("", ()),
    ],
)
def test_words_have_one_spelling(typed: str, words: tuple[str, ...]) -> None:
    assert words_of(typed) == words


@given(texts, st.text())
def test_each_word_is_found_where_the_text_has_it(given: list[str], asked: str) -> None:
    kept = searchable(given)
    whole = " ".join(plain(text) for text in given)
    for word in words_of(asked):
        assert (word in kept) == (word in whole)


# What is kept of an agreement


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="draft").number


@pytest.fixture
def draft(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def kept(draft: Agreement) -> str:
    return SearchText.objects.get(agreement=draft).words


def is_fresh(draft: Agreement) -> bool:
    row = with_all_facts(Agreement.objects.all()).get(pk=draft.pk)
    return kept(draft) == searchable(searched_texts(row))


@pytest.mark.django_db
@pytest.mark.usefixtures("present")
class TestKept:
    """The text follows its agreement."""

    def test_new_draft_has_its_text(self, draft: Agreement) -> None:
        made = drafting.start_draft(
            partnership=draft.partnership, actor=draft.drafted_by
        )
        assert is_fresh(made)
        assert made.number.casefold() in kept(made)

    def test_every_section_keeps_it(self, draft: Agreement) -> None:
        director = draft.drafted_by
        values = {"text": "count giraffes", "scope": "Savannah"}
        sections.save_purpose(
            purpose=draft.purposes.get(), values=values, actor=director
        )
        assert "giraffes" in kept(draft)
        assert "savannah" in kept(draft)
        flow = draft.flows.get(key=presets.HOUSING_LIST)
        listed = sections.list_element(
            flow=flow, code="tenant.unit_number", actor=director
        )
        assert "tenant.unit_number" in kept(draft)
        sections.unlist_elements(agreement=draft, elements=[listed], actor=director)
        assert "tenant.unit_number" not in kept(draft)
        agency = draft.parties.get(organisation__kind="pha")
        late = make.person("Wilhelmina Late", agency.organisation, Role.ANALYST)
        membership = late.memberships.get()
        entry = sections.set_access(
            agreement=draft,
            membership=membership,
            sees=["tables"],
            from_on=None,
            until_on=None,
            actor=director,
        )
        assert "wilhelmina" in kept(draft)
        sections.remove_access(entry=entry, actor=director)
        assert "wilhelmina" not in kept(draft)
        sections.set_signatory(party=agency, signatory=membership, actor=director)
        assert "wilhelmina" in kept(draft)
        assert is_fresh(draft)

    @pytest.mark.prove
    def test_it_is_fresh_in_every_state(self, draft: Agreement) -> None:
        for state in ("review", "approved", "signing", "in_force"):
            assert is_fresh(make.agreement(draft.partnership, until=state)), state

    def test_minute_renews_what_older_clauses_made(self, draft: Agreement) -> None:
        SearchText.objects.update(edition="older", words="")
        make.minute()
        assert is_fresh(draft)
        SearchText.objects.all().delete()
        make.minute()
        assert is_fresh(draft)
        assert register.renew_search_texts() == 0
