"""Reads the forms of a page, as a browser does before a person changes anything."""

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser

Fields = Mapping[str, str | Sequence[str]]
CHECKED_ONLY = ("checkbox", "radio")
NOT_SENT = ("submit", "button", "file", "reset")


class _Forms(HTMLParser):
    """Collects, form by form, what each control would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.names: list[set[str]] = []
        self._select = ""
        self._text: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
            self.names.append(set())
        if not self.forms:
            return
        name, kind = given.get("name", ""), given.get("type", "text")
        if name:
            self.names[-1].add(name)
        if tag == "input" and name and kind not in NOT_SENT:
            if kind not in CHECKED_ONLY:
                self._send(name, given.get("value", ""))
            elif "checked" in given:
                self._send(name, given.get("value", "on"))
        elif tag == "textarea":
            self._text = (name, [])
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self._send(self._select, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            name, parts = self._text
            self._send(name, "".join(parts).removeprefix("\n"))
            self._text = None

    def _send(self, name: str, value: str) -> None:
        self.forms[-1].setdefault(name, []).append(value)


def fields_of(page: str, *, holding: str) -> dict[str, list[str]]:
    """Return what the form that holds a control of this name would send unchanged."""
    reader = _Forms()
    reader.feed(page)
    for sent, names in zip(reader.forms, reader.names, strict=True):
        if holding in names:
            return {k: v for k, v in sent.items() if k != "csrfmiddlewaretoken"}
    raise AssertionError(f"no form of the page holds {holding!r}")
