"""Forms of targets and interventions: they translate input and never save."""

from collections.abc import Iterable
from typing import Any

from django import forms

_WHOLE = "A whole percent, from 0 to 100."


class TargetForm(forms.Form):
    """A group, and what it is to reach by two school years."""

    value = forms.ChoiceField(required=False, label="Group")
    short_year = forms.ChoiceField(label="Short term: school year")
    short_percent = forms.IntegerField(
        min_value=0, max_value=100, label="Short-term target", help_text=_WHOLE
    )
    long_year = forms.ChoiceField(label="Long term: school year")
    long_percent = forms.IntegerField(
        min_value=0, max_value=100, label="Long-term target", help_text=_WHOLE
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        label="Why these targets",
        help_text="Every party reads this before it decides.",
    )

    def __init__(
        self,
        *args: Any,
        groups: Iterable[tuple[str, str]],
        years: Iterable[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        named = [(year, year) for year in years]
        for name, choices in (
            ("value", [*groups]),
            ("short_year", named),
            ("long_year", named),
        ):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        # "" is all residents: an answer, and no field left empty.
        self.fields["value"].is_asked = True  # type: ignore[attr-defined]


class TargetDecisionForm(forms.Form):
    """A party's decision on a target, with a reason where it is a no."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        label="Reason, if you decline",
    )


class EndTargetForm(forms.Form):
    """Why a target ends; on a page with a decision, so its fields have own ids."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": "end_%s"})

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Why does it end? Every party reads this.",
        error_messages={"required": "Say why: every party reads it."},
    )


class InterventionForm(forms.Form):
    """What was done, by whom, where and when."""

    what = forms.CharField(
        max_length=200,
        label="What was done",
        help_text="Such as: enrolment events in the building. Name no family.",
    )
    provider = forms.CharField(max_length=160, label="Service provider")
    places = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Where",
        help_text="Leave all empty if it was done everywhere.",
    )
    first_on = forms.DateField(
        label="First day", widget=forms.DateInput(attrs={"type": "date"})
    )
    last_on = forms.DateField(
        required=False,
        label="Last day, if it has ended",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(
        self, *args: Any, places: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["places"].choices = [*places]  # type: ignore[attr-defined]
