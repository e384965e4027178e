"""Forms for the parties' own words; they translate input and never save."""

from django import forms

INDEMNITY = "It promises to make good what the other party loses (an indemnity)"


class WordingForm(forms.Form):
    """One clause as the parties word it."""

    text = forms.CharField(
        max_length=8000,
        label="Wording",
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="A name in braces is replaced by what the draft says. A blank line "
        "begins a paragraph.",
    )
    is_indemnity = forms.BooleanField(required=False, label=INDEMNITY)


class OwnClauseForm(WordingForm):
    """A clause that the parties wrote."""

    title = forms.CharField(max_length=120, label="Title")

    field_order = ("title", "text", "is_indemnity")
