"""The fields that say whose rows a flow carries: all may stay empty."""

from typing import Any

from django import forms

from agreements.forms.sections import Section
from agreements.models import DataFlow
from agreements.rules.scope import GRADES

_PAIRS = {
    "scope_years": ("scope_first_year", "scope_last_year"),
    "scope_ages": ("scope_youngest", "scope_oldest"),
}


class ScopeForm(Section):
    """Whose rows a flow carries: everybody's, where nothing is stated."""

    scope_places = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Only of these buildings or schools",
        help_text="Tick none for all of them.",
    )
    scope_first_year = forms.IntegerField(
        min_value=2000,
        max_value=2099,
        label="Only from this school year on",
        help_text="The year in which it begins, such as 2024 for 2024-25. A school "
        "year runs from July 1 to June 30. Leave both empty for every school year.",
    )
    scope_last_year = forms.IntegerField(
        min_value=2000,
        max_value=2099,
        label="Only up to this school year",
        help_text="The year in which the last one begins.",
    )
    scope_youngest = forms.IntegerField(
        min_value=0,
        max_value=30,
        label="Only children of this age at least",
        help_text="In years, on September 1 of the school year in which a file "
        "arrives. Leave both empty for every age.",
    )
    scope_oldest = forms.IntegerField(
        min_value=0, max_value=30, label="Only children of this age at most"
    )
    scope_grades = forms.MultipleChoiceField(
        choices=[(each, each) for each in GRADES],
        widget=forms.CheckboxSelectMultiple,
        label="Only in these grades",
        help_text="Tick none for all of them. A file must then tell the grade, and the "
        "schedule must list it.",
    )

    def __init__(
        self, *args: Any, flow: DataFlow, initial: dict[str, Any], **kwargs: Any
    ) -> None:
        chosen = dict(flow.scope_places)
        for said, names in _PAIRS.items():
            initial |= dict(zip(names, initial.pop(said), strict=False))
        super().__init__(*args, initial=initial | {"scope_places": [*chosen]}, **kwargs)
        sites = dict(flow.sender.sites.order_by("name").values_list("code", "name"))
        field = self.fields["scope_places"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (code, f"{name} ({code})") for code, name in (sites | chosen).items()
        ]
        if not field.choices:
            del self.fields["scope_places"]

    def clean(self) -> dict[str, Any]:
        """Return what was said; of a first and a last one, both or neither."""
        said = super().clean() or {}
        for name, (first, last) in _PAIRS.items():
            if first not in said or last not in said:
                continue
            ends = said.pop(first), said.pop(last)
            if None not in ends and ends[0] <= ends[1]:
                said[name] = list(ends)
            elif ends == (None, None):
                said[name] = []
            else:
                self.add_error(
                    last if ends[0] is not None else first,
                    "Say both the first and the last, or neither, and not the later "
                    "one first.",
                )
        for first, last in _PAIRS.values():
            said.pop(first, None)
            said.pop(last, None)
        return said
