"""The UI kit's tags: what people and screen readers get from each."""

import re
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from django import forms
from django.template import Context, Template
from django.utils.html import format_html
from hypothesis import given
from hypothesis import strategies as st

from accounts.acts import allow, deny
from accounts.templatetags.uswds import unbroken

TODAY = date(2027, 2, 18)


def render(source: str, **context: Any) -> str:
    """Return a template's text with the kit's tags loaded."""
    return Template("{% load uswds %}" + source).render(Context(context))


class Terms(forms.Form):
    """A form with one of each control."""

    title = forms.CharField(help_text="As printed.")
    ends_on = forms.DateField()
    route = forms.ChoiceField(
        label="Who links?",
        choices=[("district", "The district"), ("county", "The county")],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"placeholder": "Say why"})
    )
    attested = forms.BooleanField()
    file = forms.FileField()
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> None:
        """Refuse everything, to show an error of the whole form."""
        raise forms.ValidationError("The agreement has changed.")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2027, 3, 31), "March 31, 2027 (in 41 days)"),
        (date(2027, 2, 19), "February 19, 2027 (tomorrow)"),
        (date(2027, 2, 18), "February 18, 2027 (today)"),
        (date(2027, 2, 17), "February 17, 2027 (yesterday)"),
        (date(2026, 2, 18), "February 18, 2026 (365 days ago)"),
        (datetime(2027, 2, 20, 9, tzinfo=UTC), "February 20, 2027 (in 2 days)"),
    ],
)
def test_date_says_how_far_away_it_is(day: date, expected: str) -> None:
    html = render("{% on_date day today %}", day=day, today=TODAY)
    assert re.sub("<[^>]+>", "", html) == expected
    assert f'datetime="{day.isoformat()[:10]}"' in html


def test_missing_date_is_said_in_words() -> None:
    assert render("{% on_date day today %}", day=None, today=TODAY) == "Not set"


@pytest.mark.parametrize(
    ("word", "tone"),
    [("Signed", "done"), ("In approval", "wait"), ("Overdue", "act"), ("New", "plain")],
)
def test_status_prints_its_word_whatever_the_colour(word: str, tone: str) -> None:
    html = render("{% status word %}", word=word)
    assert f">{word}</span>" in html
    assert f"site-status--{tone}" in html


def test_field_ties_label_hint_and_error_to_its_control() -> None:
    html = render("{% field form.title %}", form=Terms({}))
    assert '<label class="usa-label" for="id_title">' in html
    assert 'id="id_title_helptext"' in html
    assert 'id="id_title_error"' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'class="usa-input"' in html


def test_choices_are_one_group_with_a_legend() -> None:
    html = render("{% field form.route %}", form=Terms())
    assert '<legend class="usa-legend">Who links?' in html
    assert html.count('class="usa-radio__input"') == 2
    assert 'for="id_route_1">The county</label>' in html


def test_optional_field_says_so_and_hides_no_hint_inside_it() -> None:
    html = render("{% field form.note %}", form=Terms())
    assert "(optional)" in html
    assert "placeholder" not in html


def test_date_shows_a_value_that_the_browser_understands() -> None:
    html = render("{% field form.ends_on %}", form=Terms(initial={"ends_on": TODAY}))
    assert 'type="date"' in html
    assert 'value="2027-02-18"' in html


@pytest.mark.parametrize(
    ("name", "css"), [("attested", "usa-checkbox__input"), ("file", "site-file")]
)
def test_every_control_has_a_label(name: str, css: str) -> None:
    html = render("{% field bound %}", bound=Terms()[name])
    assert f'for="id_{name}"' in html
    assert f'class="{css}"' in html


def test_drawing_a_field_twice_does_not_repeat_its_class() -> None:
    html = render("{% field form.title %}{% field form.title %}", form=Terms())
    assert html.count('class="usa-input"') == 2


def test_error_summary_links_each_problem_to_its_control() -> None:
    html = render("{% error_summary form %}", form=Terms({"title": "T"}))
    assert 'href="#id_route_0">Who links? This field is required.' in html
    assert 'href="#id_ends_on">Ends on: This field is required.' in html
    assert "<li>The agreement has changed.</li>" in html
    assert "<li>Version: This field is required.</li>" in html
    assert "There are 6 problems" in html


def test_error_summary_is_silent_without_errors() -> None:
    assert render("{% error_summary form %}", form=Terms()).strip() == ""


DECISION = (
    '{% include "components/decision_button.html" with decision=decision '
    'label="Approve" name="move" value="approve" only %}'
)


def test_allowed_decision_is_a_button_that_posts() -> None:
    html = render(DECISION, decision=allow())
    assert '<button class="usa-button" name="move" value="approve">Approve' in html


def test_refused_decision_opens_its_reason_and_cannot_post() -> None:
    html = render(DECISION, decision=deny("You drafted it.", "Section 4"))
    assert "<button" not in html
    assert "disabled" not in html
    assert re.search("<summary[^>]*>Approve</summary>", html)
    assert "You drafted it." in html
    assert "Section 4" in html


TABLE = "{% data_table 'Attendance' columns rows numbers=numbers %}"


def test_table_has_caption_scopes_and_names_on_every_cell() -> None:
    html = render(
        TABLE,
        columns=["Building", "Rate"],
        numbers=["Rate"],
        rows=[["Elm Court", "91%"]],
    )
    assert "<caption>Attendance</caption>" in html
    assert html.count('scope="col"') == 2
    assert 'scope="row"' in html
    assert 'data-label="Rate" class="site-number">91%' in html
    assert "Suppressed" not in html


def test_table_explains_the_word_suppressed_once() -> None:
    html = render(
        TABLE,
        columns=["Building", "Rate"],
        numbers=["Rate"],
        rows=[["Elm Court", "Suppressed"], ["Oak Row", "Suppressed"]],
    )
    assert html.count('class="site-hidden">Suppressed</td>') == 2
    assert html.count("“Suppressed” means") == 1


def test_table_without_rows_is_a_sentence() -> None:
    html = render(TABLE, columns=["Building"], numbers=[], rows=[])
    assert "<table" not in html
    assert "Nothing here yet." in html


def test_row_of_another_length_than_the_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        render(TABLE, columns=["Building", "Rate"], numbers=[], rows=[["Elm Court"]])


def chart(rows: list[dict[str, Any]]) -> ElementTree.Element:
    """Return the chart of some rows as parsed SVG."""
    source = "{% bar_chart rows 'Highest at Elm Court' 'Bars are bands.' %}"
    return ElementTree.fromstring(render(source, rows=rows).strip())  # noqa: S314


def row(low: float | None, high: float | None, text: str = "text") -> dict[str, Any]:
    """Return one row of a chart."""
    return {"label": "Elm Court", "low": low, "high": high, "text": text}


def test_chart_says_its_finding_to_screen_readers() -> None:
    svg = chart([row(20, 29, "20 to 29%")])
    assert svg.get("role") == "img"
    names = (svg.get("aria-labelledby") or "").split()
    said = [el.text for el in svg if el.get("id") in names]
    assert said == ["Highest at Elm Court", "Bars are bands."]


def test_hidden_row_prints_its_word_and_has_no_geometry() -> None:
    svg = chart([row(None, None, "Suppressed")])
    assert svg.find("rect") is None
    assert svg.find("line[@class='site-chart__lead']") is None
    assert [t.text for t in svg.iter("text")].count("Suppressed") == 1


def test_hidden_rows_differ_in_nothing_but_label_and_place() -> None:
    svg = chart([row(None, None, "Suppressed"), row(None, None, "Suppressed")])
    marks = [t.attrib for t in svg.iter("text") if t.text == "Suppressed"]
    assert [m.pop("y") for m in marks] == ["69", "129"]
    assert marks[0] == marks[1]


def test_chart_has_no_inline_style() -> None:
    svg = chart([row(20, 29), row(None, None)])
    assert all("style" not in el.attrib for el in svg.iter())


@given(
    st.integers(0, 100).flatmap(lambda n: st.tuples(st.just(n), st.integers(n, 100)))
)
def test_bar_always_lies_on_the_scale_and_can_be_seen(band: tuple[int, int]) -> None:
    low, high = band
    rect = chart([row(low, high)]).find("rect")
    assert rect is not None
    x, width = (float(rect.get(k, "").rstrip("%")) for k in ("x", "width"))
    assert x >= 0
    assert width >= 0.64
    assert x + width <= 64.001
    assert width == pytest.approx(max(high - low, 1) * 0.64)


def test_names_from_people_are_escaped() -> None:
    svg = chart([row(20, 29) | {"label": "<b>Elm</b> & Oak"}])
    assert "<b>Elm</b> & Oak" in [t.text for t in svg.iter("text")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Attendance", "Attendance"),
        (
            "Under MOU-2026-001: attendance",
            'Under <span class="site-unbroken">MOU-2026-001</span>: attendance',
        ),
        ("a < b & MOU-26-1", "a &lt; b &amp; MOU-26-1"),
        (17, "17"),
    ],
)
def test_number_of_an_agreement_does_not_break(text: object, shown: str) -> None:
    assert unbroken(text) == shown


def test_markup_is_left_as_it_is() -> None:
    link = format_html('<a href="/{}/">here</a>', "MOU-2026-001")
    assert unbroken(link) is link
