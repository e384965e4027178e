"""The form of one question on the way to an agreement; answers go on in the address."""

from typing import Any

from django import forms

from agreements.paths import Found, Question


class PathForm(forms.Form):
    """One question with its answers as tiles; what was answered before is hidden."""

    def __init__(self, *args: Any, question: Question, found: Found, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields[question.key] = forms.ChoiceField(
            label=question.text,
            help_text=question.hint,
            choices=list(question.options.items()),
            error_messages={
                "required": "Choose an answer.",
                "invalid_choice": "Choose one of these answers.",
            },
            widget=forms.RadioSelect(attrs={"class": "usa-radio__input--tile"}),
        )
        for key, option in found.answers.items():
            self.fields[key] = forms.CharField(initial=option, widget=forms.HiddenInput)
        self.fields["asked"] = forms.CharField(
            initial=question.key, widget=forms.HiddenInput
        )
