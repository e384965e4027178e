"""Forms of records on file, overrides, and a state's law."""

from typing import Any

from django import forms

from agreements.forms.sections import Day
from agreements.forms.terms import choose, organisations_of, parties_of
from agreements.models import Agreement, DataFlow, ProofRecord
from agreements.rules.elements import ELEMENTS
from agreements.states import TOPICS
from partnerships.models import Organisation


class RecordForm(forms.Form):
    """A record on file; each kind asks for what its rules look for."""

    party = forms.ModelChoiceField(Organisation.objects.none(), label="Whose is it?")
    dated_on = Day(label="Its date")
    document = forms.CharField(
        max_length=200,
        label="Where is it kept?",
        help_text="For example “Board office, minutes of May 4, 2026, item 7”.",
    )
    flow = forms.ModelChoiceField(
        DataFlow.objects.none(),
        required=False,
        label="Which flow is it about?",
        empty_label="None",
    )
    covers = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, required=False, label="Whom does it cover?"
    )
    elements = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="Which fields does it name?",
    )
    recipients = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="To whom does it allow them? (nobody ticked: to anybody)",
    )
    records = forms.CharField(
        max_length=200, required=False, label="Which records does the form name?"
    )
    purpose = forms.CharField(
        max_length=200, required=False, label="Which purpose does it name?"
    )
    names_recipients = forms.CharField(
        max_length=200, required=False, label="Which recipients does it name?"
    )
    has_date = forms.BooleanField(
        required=False, label="It has a line for signature and date"
    )
    is_tied_to_housing = forms.BooleanField(
        required=False, label="Housing depends on signing it"
    )
    is_hud_9886 = forms.BooleanField(required=False, label="It is form HUD-9886")

    ASKED = {
        ProofRecord.Kind.ANNUAL_NOTICE: ("covers",),
        ProofRecord.Kind.DIRECTORY_NOTICE: ("elements", "recipients"),
        ProofRecord.Kind.LIMITS_NOTICE: ("flow",),
        ProofRecord.Kind.DEIDENTIFICATION: ("flow",),
        ProofRecord.Kind.IRB: (),
        ProofRecord.Kind.COUNSEL_REVIEW: (),
        ProofRecord.Kind.CONSENT_FORM: (
            "flow",
            "records",
            "purpose",
            "names_recipients",
            "has_date",
            "is_tied_to_housing",
            "is_hud_9886",
        ),
    }

    def __init__(
        self, *args: Any, agreement: Agreement, kind: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = ProofRecord.Kind(kind)
        for field, rows in (
            (self.fields["party"], parties_of(agreement)),
            (self.fields["flow"], agreement.flows.all()),
        ):
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        organisations = organisations_of(agreement)
        choose(self, "covers", organisations)
        choose(self, "recipients", organisations)
        choose(
            self,
            "elements",
            [
                (code, ELEMENTS[code].label)
                for code in sorted(
                    {
                        element.code
                        for flow in agreement.flows.prefetch_related("elements")
                        for element in flow.elements.all()
                    }
                )
            ],
        )
        asked = ("party", "dated_on", "document", *self.ASKED[self.kind])
        self.fields = {name: self.fields[name] for name in asked}
        if "flow" in self.fields:
            self.fields["flow"].required = True

    @property
    def record(self) -> dict[str, Any]:
        """What `keep_record` is told."""
        said = self.cleaned_data
        record = {name: said[name] for name in ("party", "dated_on", "document")}
        if self.kind is ProofRecord.Kind.CONSENT_FORM:
            names = ("records", "purpose", "has_date")
            record["detail"] = {name: said[name] for name in names} | {
                "recipients": said["names_recipients"],
                "is_tied_to_housing": said["is_tied_to_housing"],
                "is_hud_9886": said["is_hud_9886"],
            }
        return record | {
            "kind": self.kind.value,
            "flow": said.get("flow"),
            "covers": tuple(said.get("covers") or said.get("elements") or ()),
            "recipients": tuple(said.get("recipients", ())),
        }


class OverrideForm(forms.Form):
    """Why counsel lets a finding stand, and which one of its rule's."""

    subject = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Why may it stand?",
        help_text="The reason is printed in the agreement, with your name and the day.",
    )


class OriginalForm(forms.Form):
    """The original that the parties signed on paper, and the day of it.

    The day comes first: what stands after a file that is too large does not arrive.
    """

    signed_on = Day(
        label="Date of the last signature",
        help_text="The day that stands beside it on the original.",
    )
    file = forms.FileField(
        required=False,
        label="The signed original (PDF)",
        help_text="All signed pages in one PDF, 20 MB at most.",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
    )

    def __init__(self, *args: Any, is_there: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_there:
            self.fields["file"].label = "Another PDF, to replace the one on record"
        else:
            self.fields["file"].is_asked = True  # type: ignore[attr-defined]


class StateForm(forms.Form):
    """A state's law as counsel found it, topic by topic."""

    keeps = forms.CharField(
        max_length=120,
        required=False,
        label="Records that the state's schedule keeps longer",
    )
    keeps_days = forms.IntegerField(
        min_value=0,
        max_value=36500,
        required=False,
        label="Days after the end of the term that it keeps them",
    )
    next_review_on = Day(label="Next review")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in reversed(list(TOPICS.items())):
            field = forms.CharField(
                widget=forms.Textarea(attrs={"rows": 2}), required=False, label=label
            )
            self.fields = {f"topic_{name}": field, **self.fields}

    @property
    def terms(self) -> dict[str, str]:
        """What counsel wrote, by topic."""
        return {name: self.cleaned_data[f"topic_{name}"] for name in TOPICS}
