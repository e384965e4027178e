"""LibreOffice Writer, without a window: edits a Word file as a partner would."""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

SECONDS = 120.0
_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" \
"library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" \
library:name="Standard" library:readonly="false" library:passwordprotected="false">
<library:element library:name="Edits"/>
</library:library>"""
_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" \
"module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Edits" \
script:language="StarBasic">{}</script:module>"""
_USER = """<item oor:path="/org.openoffice.UserProfile/Data"><prop \
oor:name="givenname" oor:op="fuse"><value>Lee</value></prop></item>
<item oor:path="/org.openoffice.UserProfile/Data"><prop oor:name="sn" \
oor:op="fuse"><value>Office</value></prop></item>
</oor:items>"""
_OPEN = """
Sub Main
  Dim shown(0) As New com.sun.star.beans.PropertyValue
  shown(0).Name = "Hidden"
  shown(0).Value = True
  doc = StarDesktop.loadComponentFromURL({source}, "_blank", 0, shown())
"""
_CLOSE = """
  Dim kept(0) As New com.sun.star.beans.PropertyValue
  kept(0).Name = "FilterName"
  kept(0).Value = "MS Word 2007 XML"
  doc.storeToURL({target}, kept())
  doc.close(True)
  StarDesktop.terminate()
End Sub
"""
_FIND = """
  doc.RecordChanges = {is_tracked}
  search = doc.createSearchDescriptor()
  search.SearchString = {words}
  search.SearchCaseSensitive = True
  found = doc.findFirst(search)
"""
_DO = {
    "replace": "  found.setString({said})\n",
    "bold": "  found.CharWeight = 150\n",
    "paragraph after": (
        "  at = found.Text.createTextCursorByRange(found.End)\n"
        "  at.gotoEndOfParagraph(False)\n"
        "  found.Text.insertControlCharacter(at, 0, False)\n"
        "  found.Text.insertString(at, {said}, False)\n"
    ),
}


@dataclass(frozen=True)
class Edit:
    """What is done at words that stand in the document once.

    kind: replace, bold, or paragraph after; said: the words that it brings.
    """

    words: str
    said: str = ""
    kind: str = "replace"
    is_tracked: bool = True


def edited(content: bytes, edits: Sequence[Edit], folder: Path) -> bytes:
    """Return a Word file as Writer saves it after these edits, made by Lee Office."""
    source, target = folder / "sent.docx", folder / "edited.docx"
    source.write_bytes(content)
    target.unlink(missing_ok=True)
    profile = folder / "profile"
    if not profile.exists():
        _begin(profile)
    library = profile / "user" / "basic" / "Standard"
    (library / "script.xlb").write_text(_LIBRARY, "utf-8")
    program = _program(source, target, edits)
    (library / "Edits.xba").write_text(_MODULE.format(escape(program)), "utf-8")
    _run(profile, "macro:///Standard.Edits.Main")
    return target.read_bytes()


def _begin(profile: Path) -> None:
    """Let Writer make a profile, which it would write over at its first start."""
    _run(profile, "--terminate_after_init")
    about = profile / "user" / "registrymodifications.xcu"
    about.write_text(about.read_text("utf-8").replace("</oor:items>", _USER), "utf-8")


def _run(profile: Path, *arguments: str) -> None:
    command = ["soffice", "--headless", "--norestore", "--nologo"]
    office = subprocess.Popen(
        [*command, f"-env:UserInstallation={profile.as_uri()}", *arguments],
        env=os.environ | {"HOME": str(profile.parent)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        office.wait(SECONDS)
    finally:
        if office.poll() is None:
            os.killpg(office.pid, signal.SIGKILL)
            office.wait()


def _program(source: Path, target: Path, edits: Sequence[Edit]) -> str:
    parts = [_OPEN.format(source=_quoted(source.as_uri()))]
    for edit in edits:
        parts.append(
            _FIND.format(is_tracked=edit.is_tracked, words=_quoted(edit.words))
        )
        parts.append(_DO[edit.kind].format(said=_quoted(edit.said)))
    return "".join(parts) + _CLOSE.format(target=_quoted(target.as_uri()))


def _quoted(text: str) -> str:
    """Return a text as Basic writes it."""
    return '"' + text.replace('"', '""') + '"'
