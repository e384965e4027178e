"""Forms of review and signature: they translate input and never save."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import User
from agreements.items import choices_of
from agreements.models import Comment
from agreements.models.routes import ROLES, What
from partnerships.models import Organisation

REASON = forms.Textarea(attrs={"rows": 3})


class AskForm(forms.Form):
    """What should change: an item of the text, and how."""

    item = forms.ChoiceField(label="What should change?")
    reason = forms.CharField(widget=REASON, label="How should it change, and why?")

    def __init__(self, *args: Any, text: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["item"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", "Choose a clause, field, person or date"),
            *choices_of(text),
        ]


class AgainstForm(forms.Form):
    """Against which earlier words the text is read; the first, without an answer."""

    against = forms.ChoiceField(
        label="Show what differs from", widget=forms.RadioSelect, required=False
    )

    def __init__(self, data: Mapping[str, Any], names: Mapping[str, str]) -> None:
        first = next(iter(names))
        asked = data.get("against", "")
        super().__init__({"against": asked if asked in names else first})
        field = self.fields["against"]
        assert isinstance(field, forms.ChoiceField)
        field.is_asked = True  # type: ignore[attr-defined]  # read by field.html
        field.choices = [
            (key, name[:1].upper() + name[1:]) for key, name in names.items()
        ]

    @property
    def asked(self) -> str:
        """The key of the words that were asked for."""
        return str(self.data["against"])


class DeclineForm(forms.Form):
    """Why an organisation will not agree, or a signatory will not sign."""

    reason = forms.CharField(
        widget=REASON,
        label="Why do you decline?",
        help_text="The other parties read this.",
    )


class HandOverForm(forms.Form):
    """Who decides instead."""

    to = forms.ModelChoiceField(
        User.objects.none(), label="Who decides instead?", empty_label="Choose a person"
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people


class CommentForm(forms.Form):
    """A remark on an item, and who reads it."""

    item = forms.ChoiceField(label="On what?")
    body = forms.CharField(widget=REASON, max_length=4000, label="Comment")
    asks_change = forms.BooleanField(
        required=False, label="This asks for a change of the item"
    )
    audience = forms.ChoiceField(
        choices=Comment.Audience.choices,
        initial=Comment.Audience.OWN,
        widget=forms.RadioSelect,
        label="Who reads it?",
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), empty_label=None, label="For which organisation?"
    )

    def __init__(
        self,
        *args: Any,
        text: Mapping[str, Any],
        organisations: QuerySet[Organisation],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        item, own = self.fields["item"], self.fields["organisation"]
        assert isinstance(item, forms.ChoiceField)
        assert isinstance(own, forms.ModelChoiceField)
        item.choices = [
            ("", "Choose a clause, field, person or date"),
            *choices_of(text),
        ]
        own.queryset = organisations


class PaperForm(forms.Form):
    """A signature in ink: the scan, who signed, and when."""

    scan = forms.FileField(
        label="Scan of the signed pages (PDF)",
        help_text="At most 20 MB. It is kept as evidence and all parties see it.",
        allow_empty_file=True,
        error_messages={"required": "Choose the scan."},
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
    )
    signer_name = forms.CharField(max_length=120, label="Who signed?")
    signer_title = forms.CharField(max_length=120, label="Title beside the signature")
    signed_on = forms.DateField(
        widget=forms.DateInput, label="Date beside the signature"
    )


class SameForm(forms.Form):
    """That a text says what its original on paper says; the service asks for it."""

    says_same = forms.BooleanField(
        required=False,
        label="I have compared them: this text says the same as the original",
    )


class CheckPaperForm(forms.Form):
    """What a person of another party sees on a scan."""

    code = forms.CharField(
        max_length=40,
        label="Code printed on the scanned page",
        help_text="Type it from the scan.",
    )
    is_unaltered = forms.BooleanField(
        required=False,
        label="Nothing is written by hand but the signature and its date",
    )


class RefusePaperForm(forms.Form):
    """Why a scan is refused."""

    reason = forms.CharField(
        widget=REASON,
        label="What is wrong with the scan?",
        help_text="For example “Clause C17 was changed by hand”. The party reads this.",
    )


class StepForm(forms.Form):
    """One more step of a route."""

    what = forms.ChoiceField(choices=What.choices, label="What happens at this step?")
    role = forms.ChoiceField(choices=ROLES, label="Which role does it?")
    title = forms.CharField(
        max_length=80,
        label="What do you call whoever does it?",
        help_text="For example “Data and privacy officer”.",
    )
    is_apart = forms.BooleanField(
        required=False,
        initial=True,
        label="If the step signs: whoever approved may not sign",
    )


class DelegationForm(forms.Form):
    """Who decides meanwhile, for which days."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), empty_label=None, label="For which organisation?"
    )
    taker = forms.ModelChoiceField(
        User.objects.none(), label="Who decides for you?", empty_label="Choose a person"
    )
    from_on = forms.DateField(widget=forms.DateInput, label="First day")
    until_on = forms.DateField(widget=forms.DateInput, label="Last day")

    def __init__(
        self,
        *args: Any,
        organisations: QuerySet[Organisation],
        people: QuerySet[User],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("organisation", organisations), ("taker", people)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows


class BoardForm(forms.Form):
    """What a board did about the agreement."""

    acted_on = forms.DateField(widget=forms.DateInput, label="Day of the meeting")
    item = forms.CharField(max_length=80, label="Number of the item")
    is_approval = forms.TypedChoiceField(
        choices=[("yes", "The board approved"), ("no", "The board did not approve")],
        coerce=lambda word: word == "yes",
        widget=forms.RadioSelect,
        label="Result",
    )
