"""Draft, decision and signature forms: they translate input and never save."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from agreements import presets
from agreements.clauses import choices_of
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement, CounselFinding
from agreements.pages import SIGHTS
from agreements.queries import facts_of
from agreements.queries.register import COLUMNS, Search
from agreements.queries.schedule import analyses_in
from agreements.rules.vocabulary import Capacity, Frequency, Renewal
from partnerships.models import Membership, Organisation, Partnership

MEASURE_CHOICES = [(key, presets.ANALYSES[key]) for key in presets.MEASURES]
BREAKDOWN_CHOICES = [("building", "Building"), ("school", "School")]
STATES = tuple(dict.fromkeys([AGREEMENT.initial, *AGREEMENT.moves.values()]))


class Day(forms.DateField):
    """A day of this century; one further off is a slip of the keyboard."""

    widget = forms.DateInput
    default_validators = [
        MinValueValidator(date(2000, 1, 1), "Choose a day after the year 1999."),
        MaxValueValidator(date(2099, 12, 31), "Choose a day before the year 2100."),
    ]


class Section(forms.Form):
    """A section: every field may stay empty, for saving is never blocked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False
            field.is_asked = True  # type: ignore[attr-defined]  # read by field.html


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


class PartiesForm(Section):
    """Who signs, and on what authority the agency sends its list."""

    sending_authority_source = forms.ChoiceField(
        choices=[
            ("", "Not recorded"),
            ("statute", "Statute"),
            ("policy", "Policy of the agency"),
            ("resolution", "Resolution of the board"),
            ("consent", "Residents' consent"),
        ],
        label="On what authority does the agency send its list?",
    )
    sending_authority = forms.CharField(
        max_length=200,
        label="Where that authority is written",
        help_text="For example “Board policy 7.3, Sharing with schools, 2025”.",
    )

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for party in agreement.parties.select_related("organisation"):
            self.fields[f"signatory_{party.pk}"] = forms.ModelChoiceField(
                Membership.objects.filter(
                    organisation=party.organisation, ended_on=None
                ).select_related("user", "organisation"),
                required=False,
                initial=party.signatory_id,
                label=f"Who signs for {party.organisation.name}?",
                help_text="Somebody whose authority to sign is on record.",
            )
            self.fields[f"capacities_{party.pk}"] = forms.MultipleChoiceField(
                choices=[(word.value, word.value.capitalize()) for word in Capacity],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                initial=party.capacities,
                label=f"What does {party.organisation.name} do?",
            )
            self.fields[f"signs_{party.pk}"] = forms.BooleanField(
                required=False,
                initial=party.signs,
                label=f"{party.organisation.name} signs and is bound",
            )
        self.order_fields([name for name in self.fields if name.startswith("sig")])


class PurposeForm(Section):
    """What the parties want to learn, and what for."""

    title = forms.CharField(max_length=160, label="Title of the agreement")
    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        label="What do you want to learn, and what will you do with it?",
        help_text="One or two sentences that follow “to”. For example “learn in which "
        "buildings children miss much school, and plan help there”.",
    )
    scope = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Who and what is included?",
        help_text="For example “school-age children in ten family developments, "
        "school year 2021–22”.",
    )
    benefit = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        label="What does each party gain?",
    )
    measures = forms.MultipleChoiceField(
        choices=MEASURE_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        label="Which measures answer it?",
    )
    breakdowns = forms.MultipleChoiceField(
        choices=BREAKDOWN_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        label="Shown by",
    )
    public_summary = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Summary for families",
        help_text="What is shared, why, and when it is destroyed, in plain words.",
    )

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in analyses_in(agreement):
            self.fields[f"refresh_{each.key}"] = forms.ChoiceField(
                choices=[(often.value, often.value) for often in Frequency],
                required=False,
                initial=each.refresh,
                label=f"{each.label}: how often is it done or made?",
            )

    def clean(self) -> dict[str, Any]:
        """Return what was stated; how often, by the key of what is done or made."""
        said = dict(self.cleaned_data)
        names = [name for name in said if name.startswith("refresh_")]
        often = {name.removeprefix("refresh_"): said.pop(name) for name in names}
        return said | {"refresh": {key: each for key, each in often.items() if each}}


class DatesForm(Section):
    """Term, review and destruction."""

    starts_on = Day(label="First day of the term")
    ends_on = Day(label="Last day of the term")
    implementation_on = Day(label="Sharing goes live")
    review_on = Day(label="Review by")
    list_days = forms.IntegerField(
        min_value=0,
        max_value=3650,
        label="Days after the link until the lists of names are destroyed",
    )
    release_days = forms.IntegerField(
        min_value=0,
        max_value=3650,
        label="Days after the last release until linked rows are destroyed",
    )
    end_days = forms.IntegerField(
        min_value=0,
        max_value=3650,
        label="Days after the purpose ends until linked rows are destroyed",
    )
    destroy_by = Day(label="Everything is destroyed by")
    covers_copies = forms.BooleanField(
        label="Destruction covers backups, copies and files made from the records"
    )
    renewal = forms.ChoiceField(
        choices=[
            (Renewal.WRITTEN.value, "Only in writing, after a review"),
            (Renewal.AUTOMATIC.value, "By itself, unless somebody ends it"),
        ],
        widget=forms.RadioSelect,
        label="How does it go on after the term?",
    )


class ProtectionForm(Section):
    """Small groups, incidents, and clauses that the parties may choose."""

    min_cell = forms.IntegerField(
        min_value=1,
        max_value=99,
        label="Smallest group whose figures may be shown",
        help_text="10 to 30. The strictest owner's number holds.",
    )
    breach_hours = forms.IntegerField(
        min_value=1, max_value=720, label="Hours for telling the owner of an incident"
    )
    contacts = forms.CharField(
        max_length=300,
        label="Whom to notify",
        help_text="Offices, not private addresses.",
    )
    optional_clauses = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, label="Clauses you may add"
    )
    offered_to = forms.ChoiceField(
        choices=[("", "Nobody"), *Organisation.Kind.choices],
        label="Who may join later on the same terms?",
        help_text="Adds the joinder clause (C46).",
    )
    offered_until = Day(label="The offer stands until")

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["optional_clauses"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (clause.key, f"{clause.key} {clause.title}: {clause.why}")
            for clause in choices_of(facts_of(agreement))
        ]


class ReviewForm(Section):
    """What the review before a renewal found."""

    review_held_on = Day(label="When was the review held?")
    review_findings = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        label="What did you find, against the baseline and the targets?",
    )
    new_targets = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        label="What are the new targets?",
        help_text="Write “the same as before” if they stay.",
    )


SECTION_FORMS: dict[str, type[Section]] = {
    "parties": PartiesForm,
    "purpose": PurposeForm,
    "dates": DatesForm,
    "protection": ProtectionForm,
    "review": ReviewForm,
}


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
