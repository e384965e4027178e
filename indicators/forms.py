"""Upload, release and decision forms: they translate input and never save."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import User
from indicators.models import Reading
from indicators.policy import stewards_of
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

    content = ManyFilesField(label="File")

    def __init__(self, *args: Any, is_housing: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        files = self.fields["content"]
        if is_housing:
            files.widget.attrs["accept"] = ".csv,.txt,.xlsx"
            files.help_text = (
                "One CSV file in UTF-8 or one Excel workbook (.xlsx), with a line of "
                "headings."
            )
            self.fields["attests_exclusions"] = forms.BooleanField(
                required=False,
                label="Protected households were removed from this file",
                help_text="Confirm it without saying who or why.",
            )
        else:
            files.label = "Files"
            files.widget.attrs["accept"] = ".xml,.csv,.xlsx"
            files.help_text = (
                "All at once: the Ed-Fi files of students, attendance and calendar, "
                "and the enrolments as a CSV file or an Excel workbook."
            )


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


class DecisionForm(forms.Form):
    """An owner's decision, with a reason where it is a no."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        label="Reason, if you decline",
    )


class WithdrawalForm(forms.Form):
    """Why a published release is withdrawn."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Why is it withdrawn? Every reader sees this.",
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


class ModelForm(forms.Form):
    """Why a learned model is declined, or no longer used."""

    reason = forms.CharField(
        max_length=400,
        required=False,
        label="Reason",
        help_text="Needed to decline a model, and to stop using one. Name no person.",
    )
