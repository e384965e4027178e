"""The form in which a sender answers what files leave open; it never saves."""

from typing import Any

from django import forms

from agreements.rules.elements import ELEMENTS
from indicators.arrival_pages import label_of
from indicators.arrival_report import Found, answers_record, called
from indicators.arrivals.contract import (
    COVERED,
    LEFT_OUT,
    Answers,
    ColumnStanding,
    Question,
    Standing,
)

LEAVE_OUT = ("", "Leave it out: it is not stored")
MEANING = "F11"
ENCODING, HEADINGS, ORDER, CATEGORY = "F07", "F08", "R05", "R08"
UNTOLD = "R18"
WORDS = {
    "windows-1252": "Yes, read the file as Windows-1252",
    "utf-8": "No, read the file as UTF-8",
    "month/day": "The month comes first",
    "day/month": "The day comes first",
    LEFT_OUT: "Leave these rows out",
    COVERED: "The agreement covers them: keep these rows",
}


class AnswerForm(forms.Form):
    """One field for each question, and one for each column that may mean an element.

    listed: codes of the elements that the agreement lists.
    """

    def __init__(
        self,
        *args: Any,
        found: Found,
        answers: Answers,
        listed: frozenset[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._answers = answers
        self._questions: dict[str, Question] = {}
        self._columns: dict[str, ColumnStanding] = {}
        self._choices = [LEAVE_OUT, *((c, label_of(c)) for c in sorted(listed))]
        asked = set()
        for number, question in enumerate(found.questions):
            if question.id == MEANING:
                asked.add(question.column)
            else:
                self._ask(f"question_{number}", question)
        for number, column in enumerate(found.columns):
            if _may_mean(column):
                self._offer(f"column_{number}", column, asked, listed)

    def _ask(self, name: str, question: Question) -> None:
        self._questions[name] = question
        self.fields[name] = forms.ChoiceField(
            label=question.words,
            choices=[(each, _said(question, each)) for each in question.choices],
            widget=forms.RadioSelect,
            error_messages={"required": "Choose one of the answers."},
        )

    def _offer(
        self,
        name: str,
        column: ColumnStanding,
        asked: set[str | None],
        listed: frozenset[str],
    ) -> None:
        self._columns[name] = column
        proposed = column.element if column.element in listed else ""
        self.fields[name] = forms.ChoiceField(
            label=f"What is in the column “{called(column)}”?",
            choices=self._choices,
            required=False,
            initial=proposed or "",
        )
        self.fields[name].is_asked = True  # type: ignore[attr-defined]
        if column.standing is Standing.TO_CONFIRM or called(column) in asked:
            self.fields[name].help_text = "Proposed by its name. Confirm or change it."

    @property
    def open_fields(self) -> list[forms.BoundField]:
        """The fields of what is asked, or was not recognised."""
        return [bound for bound in self if not self._is_settled(bound)]

    @property
    def settled_fields(self) -> list[forms.BoundField]:
        """The fields of columns whose meaning was proposed or answered already."""
        return [bound for bound in self if self._is_settled(bound)]

    def _is_settled(self, bound: forms.BoundField) -> bool:
        column = self._columns.get(bound.name)
        return column is not None and column.standing is Standing.ALLOWED

    def clean(self) -> dict[str, Any]:
        """Return the values, once no two columns are said to be the same."""
        values = super().clean() or {}
        taken: dict[tuple[str, str], ColumnStanding] = {}
        for name, column in self._columns.items():
            code = values.get(name)
            if not code:
                continue
            first = taken.setdefault((column.file, code), column)
            if first is not column:
                self.add_error(
                    name,
                    f"“{called(first)}” is said to be {label_of(code)} as well. Leave "
                    "one of them out.",
                )
        return values

    def answers(self) -> Answers:
        """Return what was answered, now and before."""
        record = answers_record(self._answers)
        for name, question in self._questions.items():
            value = self.cleaned_data[name]
            if question.id == ENCODING:
                record["encoding"] = value
            elif question.id == HEADINGS:
                record["header_row"] = int(value)
            elif question.id == ORDER:
                record["orders"][question.column or ""] = value
            elif question.id == CATEGORY:
                record["categories"][question.column or ""] = value
            elif question.id == UNTOLD:
                record["untold"] = value
        for name, column in self._columns.items():
            if self.add_prefix(name) not in self.data:
                continue  # what was not sent stays as it was
            code = self.cleaned_data[name]
            proposed = column.standing is Standing.ALLOWED and column.element == code
            if called(column) in record["mapping"] or not proposed:
                record["mapping"][called(column)] = code or None
        return Answers(**record)


def _may_mean(column: ColumnStanding) -> bool:
    """Return whether a sender may say what a column is.

    Elements of XML and JSON have names that their standard fixes. What is read as it is
    meant needs no answer, and one to leave it would be taken.
    """
    is_certain = column.standing is Standing.NEVER or column.is_read
    if "/" in column.heading or is_certain:
        return False
    return column.standing is not Standing.REFUSED or column.element is None


def _said(question: Question, choice: str) -> str:
    if question.id == HEADINGS:
        return f"Line {choice}"
    if question.id == CATEGORY:
        return f"{choice[:1].upper()}{choice[1:]}".replace("_", " ")
    return WORDS.get(choice) or (
        ELEMENTS[choice].label if choice in ELEMENTS else choice
    )
