"""Forms that start what follows from an agreement; they translate and never save."""

from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import QuerySet

from agreements.models import Agreement
from partnerships.models import Partnership


class FollowForm(forms.Form):
    """That one page starts one draft, and under which other agreements."""

    token = forms.UUIDField(initial=uuid4, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, above: QuerySet[Agreement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if above.exists():
            self.fields["also"] = forms.ModelMultipleChoiceField(
                above,
                required=False,
                widget=forms.CheckboxSelectMultiple,
                label="Which other agreements does the project stand under?",
                help_text="Those of every other owner whose records it uses.",
            )


class JoinForm(forms.Form):
    """The partnership in which somebody joins."""

    partnership = forms.ModelChoiceField(
        Partnership.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        label="In which partnership do you join?",
        help_text="One of your organisation with whoever offers the terms.",
    )
    token = forms.UUIDField(initial=uuid4, required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, partnerships: QuerySet[Partnership], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["partnership"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = partnerships
