"""Upload, release and decision forms: they translate input and never save."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField

from accounts.models import User
from agreements.rules.elements import ELEMENTS
from indicators.aggregates.longform import Zero
from indicators.deidentify.plan import OUTCOMES
from indicators.models import Delivery, LinkageRun, Reading, Repeat
from indicators.policy import stewards_of
from indicators.services.aggregates import BY_ADDRESS, BY_PERSON
from partnerships.models import Organisation


class ManyFilesInput(forms.ClearableFileInput):
    """A plain control for one or more files."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class ManyFilesField(forms.FileField):
    """One or more files; empty ones are left to the reader, which says why."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the list of files that were sent."""
        files = data if isinstance(data, list | tuple) else [data]
        if not any(files):
            raise forms.ValidationError("Choose the file to load.")
        return [file for file in files if file is not None]


class DeliveryForm(forms.Form):
    """The files of one delivery."""

    content = ManyFilesField(label="Files")

    def __init__(self, *args: Any, is_housing: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        files = self.fields["content"]
        if is_housing:
            files.label = "File"
            files.widget.attrs["accept"] = ".csv,.txt,.xlsx,.zip"
            files.help_text = (
                "The list of one date: a CSV file, an Excel workbook (.xlsx) or a zip "
                "archive, with a line of headings. Parts of it are sent all at once."
            )
        else:
            files.widget.attrs["accept"] = ".xml,.json,.csv,.txt,.xlsx,.zip"
            files.help_text = (
                "All files of one delivery at once: Ed-Fi, OneRoster or School Data "
                "Sync, CSV files or Excel workbooks."
            )


class LoadForm(forms.Form):
    """What the sender confirms as it loads."""

    def __init__(
        self, *args: Any, is_housing: bool, is_attested: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if is_housing:
            self.fields["attests_exclusions"] = forms.BooleanField(
                required=False,
                initial=is_attested,
                label="Protected households were removed from this file",
                help_text="Confirm it without saying who or why.",
            )


class BuildingListForm(forms.Form):
    """A list of buildings, pasted or as a file, which then stands in the box."""

    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        required=False,
        strip=False,
        label="Addresses of buildings",
        help_text="A line of headings (address, city, zip, homes; code and name if "
        "there are) and a line for each building. Or one address on each line.",
    )
    content = forms.FileField(
        required=False,
        allow_empty_file=True,
        label="Or a file",
        help_text="CSV in UTF-8 or an Excel workbook. It replaces what is in the box.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
    )


class HeadcountForm(forms.Form):
    """An agency's own counts, pasted or as a file, which then stands in the box."""

    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        required=False,
        strip=False,
        label="Children in each building",
        help_text="A line of headings and a line for each group, as a spreadsheet "
        "pastes it: building and children, and at most two of program, grade, age, "
        "sex and race. Write 0 where there is none. No names, no totals.",
    )
    content = forms.FileField(
        required=False,
        allow_empty_file=True,
        label="Or a file",
        help_text="CSV in UTF-8 or an Excel workbook. It replaces what is in the box.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
    )


class WhatIfForm(forms.Form):
    """By what tables would be shown: breakdowns of the catalogue, and nothing else."""

    by = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Shown by"
    )

    def __init__(
        self, *args: Any, offered: list[str], first: list[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [(each, each.capitalize()) for each in offered]
        self.fields["by"].choices = choices  # type: ignore[attr-defined]
        self.fields["by"].is_asked = True  # type: ignore[attr-defined]
        self.first = self.initial["by"] = first

    @property
    def chosen(self) -> list[str]:
        """What was chosen; before anybody chose, what the agreement lists."""
        return self.cleaned_data["by"] if self.is_valid() else self.first


class CountsForm(forms.Form):
    """Counts that a district made, and what it states about them."""

    content = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".json,.csv,.txt,.xlsx"}),
        help_text="The file aggregates.json, or a table with the columns school year, "
        "breakdown, group, measure, count, children, percent.",
    )
    zero = forms.ChoiceField(
        choices=(
            (Zero.NOBODY.value, "No child: a true zero"),
            (Zero.HIDDEN.value, "A small number that is hidden"),
        ),
        required=False,
        widget=forms.RadioSelect,
        label="What does a count of 0 in a table mean?",
        help_text="Only if there are any.",
    )
    how = forms.ChoiceField(
        choices=(
            (BY_ADDRESS, "By address: students at the listed buildings"),
            (BY_PERSON, "By person: both lists linked in the district's house"),
        ),
        widget=forms.RadioSelect,
        label="How were the children found?",
    )
    link_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        required=False,
        label="Of those sought, how many percent were found?",
        help_text="If you know it. It is shown as stated by you, as a range.",
    )

    def clean_zero(self) -> Zero | None:
        """Return what a 0 means; None where nobody said."""
        said = self.cleaned_data["zero"]
        return Zero(said) if said else None


class StewardField(forms.ModelChoiceField):
    """One person, by name."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the person's name."""
        return str(obj.name)


class KeyForm(forms.Form):
    """A public key, whose it is, and in whose name files come under it."""

    organisation = forms.ModelChoiceField(Organisation.objects.none())
    holder = forms.ModelChoiceField(User.objects.none())
    label = forms.CharField(
        max_length=60, help_text="What uses it, such as “Nightly export”."
    )
    public_key = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        label="Public key",
        help_text="The one line of the file that ends in .pub. Never a private key.",
        max_length=2000,
    )

    def __init__(
        self, *args: Any, organisations: QuerySet[Organisation], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"] = forms.ModelChoiceField(organisations)
        self.fields["holder"] = StewardField(
            stewards_of(organisations),
            label="Data steward",
            help_text="What comes under this key is loaded in this person's name.",
        )


class ReleaseForm(forms.Form):
    """What a release is called, and what its readers must know."""

    title = forms.CharField(max_length=160)
    context = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        label="What should readers know?",
        help_text="How the figures came about, and what they do not show.",
    )

    @property
    def plain(self) -> list[BoundField]:
        """The fields that are asked of everybody."""
        return list(self)


class RunField(forms.ModelChoiceField):
    """One linkage, by its school year."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the school year and the agreement."""
        return f"School year {obj.school_year}, linkage {obj.pk} ({obj.agreement})"


class ResearchFileForm(forms.Form):
    """What a research file is called, made of, and tested against."""

    title = forms.CharField(max_length=160)
    run = forms.ModelChoiceField(LinkageRun.objects.none())
    k = forms.IntegerField(
        label="Fewest children who are alike",
        min_value=2,
        max_value=1000,
        help_text="If further files are to follow, ask for more: whoever leaves must "
        "be hidden among others, too.",
    )
    known_outcomes = forms.MultipleChoiceField(
        required=False,
        label="What does the recipient know of each child already?",
        widget=forms.CheckboxSelectMultiple,
        help_text="It is made coarser, like an age. Earlier files count by themselves.",
    )

    def __init__(
        self,
        *args: Any,
        runs: QuerySet[LinkageRun],
        outcomes: list[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["run"] = RunField(runs, label="Linkage", empty_label=None)
        choices = [
            (code, ELEMENTS[code].label) for code in OUTCOMES if code in outcomes
        ]
        if choices:
            self.fields["known_outcomes"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["known_outcomes"]


class DeterminationForm(forms.Form):
    """A signature under the sentence that rows identify nobody."""

    typed_name = forms.CharField(label="Type your name", max_length=160)
    password = forms.CharField(
        label="Your password",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )


class CopiesForm(DeterminationForm):
    """A signature under the sentence that copies of a file are destroyed."""


class SendBackForm(forms.Form):
    """Why a file is sent back instead."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), label="What must change?"
    )


class DecisionForm(forms.Form):
    """An owner's decision, with a reason where it is a no."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        label="Reason, if you decline",
    )


class VoteForm(forms.Form):
    """An owner's vote on a release, with a comment where it is not a yes."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        label="Comment",
        help_text="Needed if you ask for changes or stop.",
    )


class WithdrawalForm(forms.Form):
    """Why a published release is withdrawn."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Why is it withdrawn? Every reader sees this.",
    )


class WrongDeliveryForm(forms.Form):
    """What is wrong with a delivery; it is chosen, so that it names nobody."""

    wrong = forms.ChoiceField(
        choices=Delivery.Wrong.choices,
        widget=forms.RadioSelect,
        label="What is wrong with it?",
        help_text="Everybody concerned reads this. Never say who it is about.",
        error_messages={"required": "Choose what is wrong with it."},
    )


class ReadingForm(forms.Form):
    """What a reader says of a pair; the reason is chosen, so that it names nobody."""

    answer = forms.ChoiceField(
        choices=Reading.Answer.choices,
        error_messages={"required": "Choose one of the three answers."},
    )
    reason = forms.ChoiceField(
        choices=Reading.Reason.choices,
        required=False,
        widget=forms.RadioSelect,
        label="Why can you not tell?",
        help_text="Only with the answer “Cannot tell”.",
    )


class RepeatForm(forms.Form):
    """What a steward says of two records of its own list."""

    code = forms.CharField(max_length=16, widget=forms.HiddenInput)
    answer = forms.ChoiceField(
        choices=Repeat.Answer.choices,
        error_messages={"required": "Choose one of the three answers."},
    )


class ModelForm(forms.Form):
    """Why a learned model is declined, or no longer used."""

    reason = forms.CharField(
        max_length=400,
        required=False,
        label="Reason",
        help_text="Needed to decline a model, and to stop using one. Name no person.",
    )
