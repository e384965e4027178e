"""Forms of versions and proposals: they translate input and never save."""

from collections.abc import Iterable
from typing import Any

from django import forms

from agreements.models import TextVersion

TEMPLATE, NOW = "template", "now"


class CompareForm(forms.Form):
    """Which two texts are compared; without an answer, the last version and now."""

    earlier = forms.ChoiceField(
        label="Compare this text", widget=forms.RadioSelect, required=False
    )
    later = forms.ChoiceField(
        label="with this one", widget=forms.RadioSelect, required=False
    )
    all = forms.BooleanField(
        label="Show the clauses that did not change, too", required=False
    )

    def __init__(
        self, *args: Any, versions: Iterable[TextVersion], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.saved = {str(each.number): each for each in versions}
        for name in ("earlier", "later"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.is_asked = True  # type: ignore[attr-defined]  # read by field.html
            field.choices = [
                (NOW, "The text as it is now"),
                *((key, self.name_of(key)) for key in self.saved),
                (TEMPLATE, "The template: the clause library alone"),
            ]

    def name_of(self, key: str) -> str:
        """Return the name of a text in a sentence."""
        if key in self.saved:
            return f"Version {key}"
        return "the template" if key == TEMPLATE else "the text as it is now"

    @property
    def asked(self) -> tuple[str, str]:
        """The two texts; whatever cannot be read is the last version, or now."""
        clean = self.cleaned_data if self.is_valid() else {}
        last = next(iter(self.saved), TEMPLATE)
        return clean.get("earlier") or last, clean.get("later") or NOW

    @property
    def shows_all(self) -> bool:
        """Whether unchanged clauses are shown."""
        return self.is_valid() and self.cleaned_data["all"]


class WordFileForm(forms.Form):
    """A partner's edited Word file."""

    file = forms.FileField(
        label="Word file (.docx)",
        help_text="The file that was downloaded here, with the partner's changes.",
        allow_empty_file=True,
        error_messages={"required": "Choose the Word file to read."},
        widget=forms.FileInput(attrs={"accept": ".docx"}),
    )
