"""Forms of purposes, flows, elements, and people outside the parties."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from agreements import presets
from agreements.forms.scope import ScopeForm
from agreements.forms.sections import Section
from agreements.models import Agreement, Purpose
from agreements.rules.elements import ELEMENTS
from agreements.rules.facts import AgreementFacts
from agreements.rules.vocabulary import (
    Basis,
    CodeOrigin,
    Frequency,
    Grain,
    SchoolOfficialTest,
    Selection,
    StudyKind,
    Support,
    Transfer,
    Use,
)
from partnerships.models import Organisation

GRAINS = {
    Grain.AGGREGATE: "Tables of counts and rates",
    Grain.DEIDENTIFIED: "Rows without anything that identifies",
    Grain.CODED: "Such rows with a random record code",
    Grain.RECORD: "Rows about people who can be identified",
    Grain.CASE_VIEW: "A view of named people on screen",
}
BASES = {
    Basis.NONE_NEEDED: "None is needed: no education records of a student leave",
    Basis.CONSENT: "Written consent (34 CFR 99.30)",
    Basis.SCHOOL_OFFICIAL: "School official (99.31(a)(1)(i)(B))",
    Basis.STUDIES: "Studies for the district (99.31(a)(6))",
    Basis.AUDIT_EVALUATION: "Audit or evaluation (99.31(a)(3), 99.35)",
    Basis.CHILD_WELFARE: "Child-welfare agency (20 USC 1232g(b)(1)(L))",
    Basis.DIRECTORY: "Directory information (99.31(a)(11), 99.37)",
    Basis.DEIDENTIFIED: "De-identified (99.31(b)(1))",
    Basis.CODED: "De-identified, with a record code (99.31(b)(2))",
    Basis.HEALTH_SAFETY: "Health or safety emergency (99.31(a)(10), 99.36)",
}
SELECTIONS = {
    Selection.NOBODY_LEFT_OUT: "Nobody: everybody in scope is in",
    Selection.SOCIAL_SECURITY: "Social Security numbers",
    Selection.NOT_DIRECTORY: "Records that are not directory information",
    Selection.RESIDENT_LIST: "A list of residents",
    Selection.DISTRICT_RESULTS: "What the district's records show",
}
ORIGINS = {
    CodeOrigin.RANDOM: "Drawn at random",
    CodeOrigin.HASH: "A hash of personal data",
    CodeOrigin.ENCRYPTION: "Encrypted personal data",
    CodeOrigin.TRUNCATION: "Shortened personal data",
    CodeOrigin.STUDENT_NUMBER: "The student number",
}
STUDIES = {
    StudyKind.TESTS: "Develop or validate tests",
    StudyKind.AID: "Administer student aid",
    StudyKind.INSTRUCTION: "Improve instruction",
}
USES = {
    Use.ANALYSIS: "Analysis of groups",
    Use.EDUCATION_RESEARCH: "Education research",
    Use.ALERTS: "Alerts about named children",
    Use.OUTREACH: "Reaching out to families",
    Use.CASE_WORK: "Work with named children",
}
SUPPORT = {Support.FEDERAL: "Federal funds", Support.STATE: "State funds"}


def _words(words: dict[Any, str], *, none: str = "") -> list[tuple[str, str]]:
    choices = [(each.value, label) for each, label in words.items()]
    return [("", none), *choices] if none else choices


class PurposeDetailForm(Section):
    """What one purpose is, and what its legal ground must know of it."""

    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        label="What do you want to learn or do?",
    )
    scope = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), label="Who and what is included?"
    )
    benefit = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        label="What does each party, and above all the district, gain?",
    )
    uses = forms.MultipleChoiceField(
        choices=_words(USES),
        widget=forms.CheckboxSelectMultiple,
        label="What will be done with the records?",
    )
    study_title = forms.CharField(max_length=200, label="Title of the study")
    study_kind = forms.ChoiceField(
        choices=_words(STUDIES, none="It is no study for the district"),
        label="What does the study do for the district?",
    )
    program_name = forms.CharField(max_length=200, label="Program that is evaluated")
    program_is_education = forms.BooleanField(
        label="The program is principally engaged in education"
    )
    program_supported_by = forms.MultipleChoiceField(
        choices=_words(SUPPORT),
        widget=forms.CheckboxSelectMultiple,
        label="Who supports the program?",
    )
    program_run_by = forms.TypedMultipleChoiceField(
        coerce=int, widget=forms.CheckboxSelectMultiple, label="Who runs the program?"
    )
    method = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        label="How does the evaluation proceed, step by step?",
    )
    necessity = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Why are student-level records needed?",
    )
    pii_use = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), label="How will they be used?"
    )

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "program_run_by", organisations_of(agreement))


class FlowForm(ScopeForm):
    """How, why and on what ground something is sent, and whose rows."""

    purpose = forms.ModelChoiceField(
        Purpose.objects.none(), empty_label=None, label="Which purpose does it serve?"
    )
    grain = forms.ChoiceField(choices=_words(GRAINS), label="What is sent?")
    basis = forms.ChoiceField(
        choices=_words(BASES, none="Not chosen yet"),
        label="On what ground may education records leave the district?",
    )
    frequency = forms.ChoiceField(
        choices=[("", "Not chosen yet"), *((f.value, f.value) for f in Frequency)],
        label="How often?",
    )
    method = forms.ChoiceField(
        choices=[("", "Not chosen yet"), *((t.value, t.value) for t in Transfer)],
        label="By which way?",
    )
    selection = forms.ChoiceField(
        choices=_words(SELECTIONS), label="By what are the people in it selected?"
    )
    code_origin = forms.ChoiceField(
        choices=_words(ORIGINS, none="It has no record codes"),
        label="What are record codes made from?",
    )
    service = forms.CharField(
        max_length=200,
        label="What does the receiver do that district staff would otherwise do?",
        help_text="Only for a school official.",
    )
    attested = forms.MultipleChoiceField(
        choices=[(test.value, test.in_words) for test in SchoolOfficialTest],
        widget=forms.CheckboxSelectMultiple,
        label="The district attests",
        help_text="Only for a school official.",
    )

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["purpose"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = agreement.purposes.all()
        for name in ("purpose", "grain", "selection"):
            self.fields[name].required = True
        self.order_fields(("purpose", "grain", "basis", "frequency", "method"))


class NewFlowForm(forms.Form):
    """Who sends whom something new."""

    key = forms.CharField(max_length=40, label="Name of what is sent")
    sender = forms.ModelChoiceField(Organisation.objects.none(), label="Who sends it?")
    receiver = forms.ModelChoiceField(
        Organisation.objects.none(), label="Who receives it?"
    )

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parties = agreement.parties.values("organisation")
        for name in ("sender", "receiver"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Organisation.objects.filter(pk__in=parties)


class OnwardForm(forms.Form):
    """Somebody to whom a receiver may pass records on."""

    owner = forms.ChoiceField(label="On whose behalf?")
    name = forms.CharField(max_length=120, label="Who receives it?")
    interest = forms.CharField(
        max_length=200, required=False, label="For what legitimate interest?"
    )
    basis = forms.ChoiceField(
        choices=_words(BASES), required=False, label="On what ground?"
    )

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "owner", organisations_of(agreement))


class SubcontractorForm(forms.Form):
    """Somebody who handles a party's records for it."""

    party = forms.ChoiceField(label="Whose subcontractor?")
    name = forms.CharField(max_length=120, required=False, label="Its name")
    has_flow_down = forms.BooleanField(
        required=False, label="Its contract repeats the limits of this agreement"
    )

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "party", organisations_of(agreement))


class ElementForm(Section):
    """What one element answers, and how its sender came to have it."""

    answers = forms.MultipleChoiceField(
        choices=list(presets.ANALYSES.items()),
        widget=forms.CheckboxSelectMultiple,
        label="Which questions does it answer?",
    )
    collected_under = forms.CharField(
        max_length=120,
        label="Form or rule under which it was collected",
        help_text="Needed for what the housing agency sends.",
    )
    reason = forms.CharField(
        max_length=200,
        label="Why it is needed",
        help_text="Needed for discipline, special education, health and homelessness.",
    )
    authority = forms.CharField(
        max_length=200,
        label="What its owner's own law says",
        help_text="Needed for child welfare, justice, health and wage records, and "
        "for disability.",
    )
    made_from = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="From which owners' records is it made?",
        help_text="Needed for what is made in the system: its owners all approve.",
    )

    def __init__(
        self, *args: Any, facts: AgreementFacts, initial: dict[str, Any], **kwargs: Any
    ) -> None:
        lineage = initial.pop("lineage") or {"inputs": (), "owners": ()}
        choices = _inputs(facts)
        initial["made_from"] = [
            value
            for value, _ in choices
            if value.partition(" ")[2] in lineage["inputs"]
            and int(value.partition(" ")[0]) in lineage["owners"]
        ]
        super().__init__(*args, initial=initial, **kwargs)
        if facts.model.is_system:
            choose(self, "made_from", choices)
        else:
            del self.fields["made_from"]

    @property
    def values(self) -> dict[str, Any]:
        """What `save_element` is told."""
        said = dict(self.cleaned_data)
        if "made_from" not in said:
            return said
        made_from = [each.partition(" ") for each in said.pop("made_from")]
        lineage = {
            "inputs": sorted({code for _, _, code in made_from}),
            "owners": sorted({int(owner) for owner, _, _ in made_from}),
        }
        return said | {"lineage": lineage if made_from else {}}


def _inputs(facts: AgreementFacts) -> list[tuple[str, str]]:
    """Return what owners send into a system, here or above: who, and which element."""
    sent = [(flow.sender, field.code) for flow, field in facts.listed_fields()]
    sent += [
        (sender, code)
        for parent in facts.parents
        for sender, _, _, codes in parent.fields
        for code in codes
    ]
    return [
        (f"{sender} {code}", f"{ELEMENTS[code].label}, of {facts.name_of(sender)}")
        for sender, code in dict.fromkeys(sent)
        if sender not in facts.system_leads and not code.startswith("table.")
    ]


class AddElementForm(forms.Form):
    """An element of the catalogue to add to a flow, in groups by category."""

    code = forms.ChoiceField(label="Element to add")

    def __init__(self, *args: Any, listed: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        assert isinstance(field, forms.ChoiceField)
        groups: dict[str, list[tuple[str, str]]] = {}
        for code, element in ELEMENTS.items():
            if code not in listed and not element.category.is_never_shared:
                group = groups.setdefault(element.category.in_words, [])
                group.append((code, f"{element.label} ({code})"))
        field.choices = list(groups.items())


def parties_of(agreement: Agreement) -> QuerySet[Organisation]:
    """Return the organisations in an agreement."""
    return Organisation.objects.filter(pk__in=agreement.parties.values("organisation"))


def organisations_of(agreement: Agreement) -> list[tuple[Any, str]]:
    """Return the parties as choices."""
    return [(str(each.pk), each.name) for each in parties_of(agreement)]


def choose(form: forms.Form, name: str, choices: list[tuple[Any, str]]) -> None:
    """Give a form's field its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
