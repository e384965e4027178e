"""The sections of a draft as forms: they translate input and never save."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from agreements import presets
from agreements.clauses import choices_of
from agreements.models import Agreement
from agreements.queries import facts_of
from agreements.queries.schedule import analyses_in
from agreements.rules.vocabulary import Capacity, Frequency, Renewal
from partnerships.models import Membership, Organisation

MEASURE_CHOICES = [
    (key, presets.ANALYSES[key]) for key in (*presets.MEASURES, *presets.FURTHER)
]
BREAKDOWN_CHOICES = [
    ("building", "Building"),
    ("development", "Development, where buildings are listed apart"),
    ("program", "Housing program"),
    ("school", "School"),
    ("level", "Level of school"),
    ("grade", "Grade"),
    ("age", "Age"),
    ("sex", "Sex"),
    ("race", "Race"),
]


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
