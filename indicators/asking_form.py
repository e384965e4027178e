"""The form in which an author asks for a release of linked rows; it never saves."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField

from accounts.acts import RuleBroken
from indicators.forms import ReleaseForm
from indicators.measures.asked import Asked, Permitted, tables_of, usual
from indicators.measures.declarations import Comparison, Mobility, Residency
from indicators.measures.definitions import DEFINITIONS, Option, choose
from indicators.models import LinkageRun

_AND = "+"
_RESIDENCY = {
    Residency.CENSUS_DATE: "On the census date",
    Residency.DAYS: "On at least so many days of the year",
    Residency.ANY_DAY: "On any day of the year",
}
_MOBILITY = {
    Mobility.LAST_SCHOOL: "At the last school of the year",
    Mobility.ANY_SCHOOL: "At every school of the year",
}
_COMPARISON = {
    Comparison.NOBODY: "With nobody",
    Comparison.ALL_OTHERS: "With all other students of the district",
    Comparison.SAME_SCHOOLS: "With other students of the same schools",
}


class AskingForm(ReleaseForm):
    """Measures, tables and declarations, as far as the agreement lists them.

    `cleaned_data` has `asked`, and the title and the context.
    """

    measures = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Measures",
        help_text="Those that the agreement lists.",
        error_messages={"required": "Choose at least one measure."},
    )
    tables = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Tables",
        help_text="Each table more can hide groups in the others.",
        error_messages={"required": "Choose at least one table."},
    )
    residency = forms.ChoiceField(
        choices=[(str(key), words) for key, words in _RESIDENCY.items()],
        widget=forms.RadioSelect,
        label="When must a child have lived in assisted housing?",
    )
    census_on = forms.DateField(
        label="Census date", help_text="A day of the school year."
    )
    next_census_on = forms.DateField(
        required=False,
        label="Census date of the next year",
        help_text="Who was enrolled and is not there on that day may have dropped out. "
        "Empty: dropouts are not yet known.",
    )
    residency_days = forms.IntegerField(
        min_value=1,
        max_value=366,
        label="Days of residency",
        help_text="Only where so many days are asked for.",
    )
    mobility = forms.ChoiceField(
        choices=[(str(key), words) for key, words in _MOBILITY.items()],
        widget=forms.RadioSelect,
        label="Where does a child of several schools count?",
    )
    comparison = forms.ChoiceField(
        choices=[(str(key), words) for key, words in _COMPARISON.items()],
        widget=forms.RadioSelect,
        label="With whom are residents compared?",
        help_text="Others are known only as long as both lists are held.",
    )
    programs = forms.CharField(
        required=False,
        label="Programs",
        help_text="As the agency's list writes them, with commas between. Empty: all.",
    )

    def __init__(
        self, *args: Any, run: LinkageRun, permitted: Permitted, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._permitted = permitted
        assert run.last_on is not None
        first = usual(permitted, census_on=run.last_on)
        everywhere = frozenset().union(*permitted.values())
        self._set("measures", [(c, DEFINITIONS[c].label) for c in permitted])
        self._set("tables", [(_AND.join(t), _titled(t)) for t in tables_of(everywhere)])
        self.initial = {
            **self.initial,
            "measures": [each.definition.code for each in first.measures],
            "tables": [_AND.join(table) for table in first.tables],
            "residency": str(first.residency),
            "residency_days": first.residency_days,
            "mobility": str(first.mobility),
            "comparison": str(first.comparison),
            "census_on": first.census_on,
        }
        if "program" not in everywhere:
            del self.fields["programs"]
        if "dropout" not in permitted:
            del self.fields["next_census_on"]
        for code in permitted:
            for option in DEFINITIONS[code].options.values():
                self.fields[_name(code, option.name)] = _field(option)

    def _set(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def plain(self) -> list[BoundField]:
        """The fields that are asked of everybody."""
        return [self[name] for name in self.fields if "__" not in name]

    @property
    def option_groups(self) -> list[dict[str, Any]]:
        """The options of each measure, which stand behind a line to open."""
        found = []
        for code in self._permitted:
            names = [_name(code, name) for name in DEFINITIONS[code].options]
            fields = [self[name] for name in names]
            if fields:
                is_open = any(field.errors for field in fields)
                label = DEFINITIONS[code].label
                found.append({"label": label, "fields": fields, "is_open": is_open})
        return found

    def clean(self) -> dict[str, Any]:
        """Return the fields, with all choices as one."""
        said = super().clean() or self.cleaned_data
        self._pass_over(said)
        if not self.errors:
            try:
                said["asked"] = self._asked(said)
            except RuleBroken as broken:
                self.add_error(None, broken.message)
        return said

    def _pass_over(self, said: dict[str, Any]) -> None:
        """Leave out what was typed where it does not apply, right or wrong."""
        for name in self._beside_the_point(said):
            self.errors.pop(name, None)
            said[name] = self.get_initial_for_field(self.fields[name], name)

    def _beside_the_point(self, said: dict[str, Any]) -> Iterator[str]:
        """Yield the fields that do not bear on what was chosen."""
        if said.get("residency") not in (None, Residency.DAYS):
            yield "residency_days"
        for code in self._permitted:
            is_asked = code in said.get("measures", [code])
            for name, option in DEFINITIONS[code].options.items():
                others = (said.get(_name(code, o), v) == v for o, v in option.only_if)
                if not (is_asked and all(others)):
                    yield _name(code, name)

    def _asked(self, said: dict[str, Any]) -> Asked:
        return Asked(
            measures=tuple(
                choose(code, **self._options(code, said)) for code in said["measures"]
            ),
            tables=tuple(tuple(each.split(_AND)) for each in said["tables"]),
            census_on=said["census_on"],
            residency=Residency(said["residency"]),
            residency_days=said["residency_days"],
            mobility=Mobility(said["mobility"]),
            comparison=Comparison(said["comparison"]),
            programs=_texts(said.get("programs", "")),
            next_census_on=said.get("next_census_on"),
        )

    def _options(self, code: str, said: dict[str, Any]) -> dict[str, Any]:
        """Return the options that bear on a measure as chosen."""
        options = DEFINITIONS[code].options
        told = {name: said[_name(code, name)] for name in options}
        told |= {n: _texts(told[n]) for n, option in options.items() if option.is_list}
        return {
            name: value
            for name, value in told.items()
            if all(told[other] == only for other, only in options[name].only_if)
        }


def _name(code: str, option: str) -> str:
    return f"{code}__{option}"


def _titled(table: tuple[str, ...]) -> str:
    return f"By {' and by '.join(table)}"


def _texts(said: str) -> tuple[str, ...]:
    return tuple(part for each in said.split(",") if (part := each.strip()))


def _field(option: Option) -> forms.Field:
    """Return the field of an option."""
    named: dict[str, Any] = {"label": option.label, "initial": option.default}
    if option.only_if:
        when = " and ".join(f"{o.replace('_', ' ')} is {v}" for o, v in option.only_if)
        named["help_text"] = f"Only where {when}."
    if option.allowed and not option.is_list:
        choices = [(each, _said(each)) for each in option.allowed]
        return forms.ChoiceField(choices=choices, **named)
    if option.least is not None:
        return forms.IntegerField(
            min_value=option.least, max_value=option.most, **named
        )
    if isinstance(option.default, tuple):
        named["initial"] = ", ".join(option.default)
        if option.allowed:
            named["help_text"] = f"Some of: {', '.join(option.allowed)}."
        return forms.CharField(required=bool(option.default), **named)
    return forms.CharField(max_length=60, **named)


def _said(word: str) -> str:
    return word.replace("_", " ").capitalize()
