"""Register, decision and signature forms: they translate input and never save."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms

from agreements.forms.sections import Day, Section
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement, CounselFinding
from agreements.pages import SIGHTS
from agreements.queries.register import COLUMNS, Search
from partnerships.models import Membership, Organisation, Partnership

STATES = tuple(dict.fromkeys([AGREEMENT.initial, *AGREEMENT.moves.values()]))


class StartForm(forms.Form):
    """With whom the agreement is."""

    partnership = forms.ModelChoiceField(
        Partnership.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text="The draft starts with what this kind of agreement needs.",
    )
    token = forms.UUIDField(initial=uuid4, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, partnerships: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["partnership"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = partnerships
        if len(choices := partnerships[:2]) == 1:
            field.initial = choices[0].pk


class CopyForm(forms.Form):
    """That one page asks for one copy."""

    token = forms.UUIDField(initial=uuid4, required=False, widget=forms.HiddenInput)


class RegisterForm(Section):
    """What somebody looks for in the register; `cleaned_data` holds what is usable."""

    q = forms.CharField(
        max_length=200,
        label="Search",
        help_text="A number, partner, field, person, purpose, or words of a clause.",
    )
    status = forms.ChoiceField(
        label="Status",
        choices=[
            ("", "Any"),
            *((state, state.replace("_", " ").capitalize()) for state in STATES),
        ],
    )
    partner = forms.TypedChoiceField(label="Partner", coerce=int, empty_value=None)
    within = forms.TypedChoiceField(
        label="Ends within",
        coerce=int,
        empty_value=None,
        choices=[("", "Any time"), *((n, f"{n} days") for n in (30, 90, 180, 365))],
    )
    sort = forms.ChoiceField(
        choices=[("", ""), *((f"{d}{c}", c) for c in COLUMNS for d in ("", "-"))],
        widget=forms.HiddenInput,
    )

    def __init__(
        self, *args: Any, partners: Sequence[Organisation], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["partner"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Any"), *((each.pk, each.name) for each in partners)]

    @property
    def search(self) -> Search:
        """What is asked for; a filter that cannot be read asks for nothing."""
        clean = self.cleaned_data
        return Search(
            words=clean.get("q", ""),
            state=clean.get("status", ""),
            partner=clean.get("partner"),
            within=clean.get("within"),
            sort=clean.get("sort", ""),
        )

    @property
    def kept(self) -> dict[str, str]:
        """What a link must carry to list the same again."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    @property
    def is_asked(self) -> bool:
        """Whether anything was asked for, even what cannot be read."""
        return bool(self.errors) or self.search.is_asked

    @property
    def in_words(self) -> str:
        """What was asked for, as a person says it; "" when nothing was."""
        said = [f"“{self.search.words}”"] if self.search.words else []
        for bound in (self["status"], self["partner"], self["within"]):
            said += [
                f"{bound.label.lower()} {option.choice_label}"
                for option in bound
                if option.data["selected"] and option.data["value"] != ""
            ]
        return ", ".join(said)


class AccessForm(forms.Form):
    """A person for the access list."""

    membership = forms.ModelChoiceField(
        Membership.objects.none(), label="Person", empty_label="Choose a person"
    )
    sees = forms.MultipleChoiceField(
        choices=[(sight.value, words.capitalize()) for sight, words in SIGHTS.items()],
        widget=forms.CheckboxSelectMultiple,
        label="May see",
    )
    from_on = Day(label="From")
    until_on = Day(label="Until")

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["membership"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Membership.objects.filter(
            organisation__in=agreement.parties.values("organisation"), ended_on=None
        ).select_related("user", "organisation")


class FindingForm(forms.ModelForm):
    """Counsel's ground for what the organisation sends."""

    class Meta:
        model = CounselFinding
        fields = ("ground", "reason")
        widgets = {
            "ground": forms.RadioSelect,
            "reason": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {
            "ground": "On which ground may the agency send these fields?",
            "reason": "Why, in a sentence or two",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ground = self.fields["ground"]
        assert isinstance(ground, forms.ChoiceField)
        ground.choices = list(CounselFinding._meta.get_field("ground").choices or ())


class SignForm(forms.Form):
    """A signature: name, intent, consent, identity; which sections were opened."""

    digest = forms.CharField(widget=forms.HiddenInput)
    opened = forms.CharField(required=False, widget=forms.HiddenInput)
    typed_name = forms.CharField(
        label="Type your full name",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    intends = forms.BooleanField(label="I intend to sign this agreement")
    consents = forms.BooleanField(
        label="I agree to sign and keep it electronically; paper is available"
    )
    password = forms.CharField(
        label="Your password, to confirm that it is you",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, is_on_paper: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_on_paper:
            self.fields[
                "intends"
            ].label = "I confirm that this text says what was signed on paper"


class ReasonForm(forms.Form):
    """A reason that others will read."""

    reason = forms.CharField(max_length=200, label="Reason")


class CheckForm(forms.Form):
    """A file to be checked."""

    file = forms.FileField(
        label="PDF to check",
        help_text="An executed agreement, or a certificate of destruction.",
        allow_empty_file=True,
        error_messages={"required": "Choose the PDF to check."},
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
    )
