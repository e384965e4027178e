"""Any file or folder that a partner sends: what it is, and whether it can be read."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

from indicators.formats import flat, hmis, oneroster, sds, workbook
from indicators.formats.containers import ZIP, Folder, open_folder, open_zip, too_large
from indicators.formats.edfi_examine import EdFiExaminer
from indicators.formats.edfi_json import json_records
from indicators.formats.edfi_parser import records
from indicators.formats.examine import Answers
from indicators.formats.flat import Sheet
from indicators.formats.headings import comparable
from indicators.formats.lines import BLOCK_BYTES, EXPORT, Script
from indicators.formats.members import in_words, member_of, no_member_alone
from indicators.formats.problems import FormatError, enumerated
from indicators.formats.report import Report, shown
from indicators.formats.tables import read_table

AUTO = "auto"
FORMATS = (AUTO, "oneroster", "edfi", "sds", "hmis", "hud50058", "csv", "excel")
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<", re.ASCII)
_MARKS = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*[<\[{]", re.ASCII)
SETS = ("oneroster", "sds", "hmis")
MOST_IN_MEMORY = 200 * 1024**2
RECORDS = (".xml", ".json")
# Beside records in one archive, a file with such a name may hold what is missed.
TABLES = (".csv", ".tsv", ".tab", ".xlsx", ".xlsm", ".xls", ".zip")


def read(
    path: Path, answers: Answers, *, format: str = AUTO, follows_bulk: bool = False
) -> Report:
    """Return what a file or folder holds, or why it cannot be read.

    format: what the sender says it is. follows_bulk: see oneroster.read_set.
    """
    report = Report()
    reader = Reader(
        report, answers, name=path.stem, format=format, follows_bulk=follows_bulk
    )
    try:
        if path.is_dir():
            reader.read_folder(open_folder(path))
        else:
            with path.open("rb") as file:
                reader.read_file(file)
    except FormatError as error:
        report.refuse_by(error)
    report.finish()
    return report


def table_of(file: BinaryIO) -> Sheet:
    """Return the one table of a file, text or workbook, all of it in memory.

    Raises FormatError for anything else, and for what is wrong with its rows.
    """
    report, no_date = Report(), Answers(today=date.min)  # none of its dates is read
    reader = _OneTable(report, no_date, name="", format=AUTO, follows_bulk=False)
    start = file.read(len(ZIP))
    file.seek(0)
    if start == ZIP:  # its end is read first, and a sealed file is read from its start
        content = file.read(MOST_IN_MEMORY + 1)
        if len(content) > MOST_IN_MEMORY:
            raise too_large()
        file = io.BytesIO(content)
    reader.read_file(file)
    if report.errors:
        first = report.errors[0]
        raise FormatError(first.message, id=first.id, line=first.line)
    assert reader.sheet is not None
    return reader.sheet


class Reader:
    """Finds out what a file is, and has it read.

    What is then done with a table, a set or records is for those who take them on.
    """

    def __init__(
        self,
        report: Report,
        answers: Answers,
        *,
        name: str,
        format: str,
        follows_bulk: bool,
    ) -> None:
        self.report = report
        self.name = name
        self.answers = answers
        self._format = format
        self._follows_bulk = follows_bulk

    def read_file(self, file: BinaryIO) -> None:
        """Read one file of any kind."""
        start = file.read(BLOCK_BYTES)
        file.seek(0)
        if start.startswith(ZIP):
            with open_zip(file) as folder:
                if workbook.is_workbook(folder):
                    self._read_workbook(folder)
                else:
                    self._refuse_documents(folder)
                    self.read_folder(folder)
            return
        if _PAGE.match(start):
            raise FormatError(f"This is a web page and not a table. {EXPORT}")
        if self._format in (AUTO, "edfi") and _MARKS.match(start.replace(b"\0", b"")):
            self.take_records([(file, start, self.name, "")])
            return
        if self._format == "edfi":
            raise FormatError(
                "This is neither XML nor JSON, so it is no Ed-Fi file. If it is a "
                "table, choose “Other CSV”."
            )
        if self._format == "excel":
            raise FormatError(
                f"This is no Excel workbook, whatever its name says. {workbook.SAVE}"
            )
        if self._format in SETS:
            raise FormatError(
                f"This is one file, and a {self._format} set has several. Send them "
                "together in a zip archive, or choose “Other CSV”.",
                id="F01" if self._format == "oneroster" else "F06",
            )
        script = Script(asked=self.answers.encoding, may_doubt=True)
        row = self.answers.header_row
        self.report.format = "csv"
        self.take_table(flat.read(file, script=script, header_row=row))

    def take_table(self, sheet: Sheet) -> None:
        """Look at a table of any program's."""
        member = member_of(sheet.headings, name=self.name)
        if member and self._format == AUTO:
            raise no_member_alone(member)
        if member:
            self.report.notice(
                "F11",
                f"This looks like {in_words(member)}. Alone its columns may mean "
                "something else, so that what each is taken for is only proposed.",
            )
        read_table(
            sheet,
            self.report,
            self.answers,
            form=self._format,
            is_certain=member is None,
        )

    def take_set(self, kind: str, folder: Folder) -> None:
        """Look at a set of files that a standard names."""
        if kind == "oneroster":
            oneroster.read_set(
                folder, self.report, self.answers, follows_bulk=self._follows_bulk
            )
        elif kind == "hmis":
            hmis.read_set(folder, self.report, self.answers)
        else:
            version = sds_version(folder)
            sds.read_set(folder, self.report, self.answers, version=version)

    def take_records(self, files: Iterable[tuple[BinaryIO, bytes, str, str]]) -> None:
        """Look at files of XML and JSON as one.

        Each comes with its start, the resource that its name says, and what to call it
        in messages, where there are several.
        """
        examiner = EdFiExaminer(self.report, self.answers)
        for file, start, resource, called in files:
            try:
                examine_records(examiner, file, start, resource=resource, called=called)
            except FormatError as error:
                if not called:
                    raise
                self.report.refuse_by(error, file=called)
        examiner.finish()

    def read_folder(self, folder: Folder) -> None:
        """Read a folder of files that belong together."""
        if not folder.names:
            raise FormatError("There is no file in it. Send the files of one export.")
        if folder.folder:
            self.report.correct("a folder inside the zip")
        kind = set_of(folder) if self._format == AUTO else self._format
        if kind in SETS:
            self.take_set(kind, folder)
        elif edfi := [key for key in folder.names if key.endswith(RECORDS)]:
            self._tell_others(folder, edfi)
            self.take_records(self._opened(folder, edfi))
        else:
            self._read_single(folder)

    def _tell_others(self, folder: Folder, read: Sequence[str]) -> None:
        """Name the files beside records; raises FormatError where one is a table."""
        others = [key for key in folder.names if key not in read]
        tables = [key for key in others if key.endswith(TABLES)]
        if tables:
            raise FormatError(
                f"Ed-Fi files ({_names(folder, read)}) and tables "
                f"({_names(folder, tables)}) cannot be read from one archive or "
                "folder, so nothing was read. Send the Ed-Fi files by themselves, and "
                "each table as a file of its own."
            )
        if others:
            names = _names(folder, others)
            self.report.notice("F11", f"Files beside Ed-Fi's were not read: {names}.")

    def _opened(
        self, folder: Folder, keys: Sequence[str]
    ) -> Iterator[tuple[BinaryIO, bytes, str, str]]:
        """Yield files of a folder."""
        for key in keys:
            with folder.open(key) as file:
                start = file.read(BLOCK_BYTES)
            with folder.open(key) as file:
                yield file, start, key.rpartition(".")[0], shown(folder.names[key])

    def _read_workbook(self, folder: Folder) -> None:
        report = self.report
        report.format = "excel"
        book = workbook.read(folder, header_row=self.answers.header_row)
        self.take_table(book.sheet)
        found = book.found
        if found.others:
            n = (
                "1 other sheet was"
                if found.others == 1
                else f"{found.others} other sheets were"
            )
            report.notice("F08", f"The first sheet was read, and {n} not.")
        if found.hidden:
            n = (
                "1 hidden sheet was"
                if found.hidden == 1
                else f"{found.hidden} hidden sheets were"
            )
            report.notice("F08", f"{n} not read.")
        if found.first_bare:
            report.refuse_by(workbook.bare_formulas(found.first_bare))
        elif found.n_formulas:
            report.notice(
                "F08",
                f"Values that are formulas: {found.n_formulas:,}. The results that "
                "were stored with them were read.",
            )

    def _refuse_documents(self, folder: Folder) -> None:
        """Raise FormatError for archives that are documents of another kind."""
        paths = folder.paths()
        if "word/document.xml" in paths or "ppt/presentation.xml" in paths:
            raise FormatError(f"This is a document and not a table. {EXPORT}")
        if "mimetype" in paths and "content.xml" in paths:
            raise FormatError(
                f"This is an OpenDocument file, which is not read here. {workbook.SAVE}"
            )

    def _read_single(self, folder: Folder) -> None:
        """Read an archive of one file as that file; several are no known set."""
        if len(folder.names) > 1:
            raise FormatError(
                "These files are no OneRoster, School Data Sync, HMIS or Ed-Fi set: "
                f"{_names(folder, folder.names)}. If they are single CSV files, send "
                "one at a time.",
                id="F01" if self._format == "oneroster" else "F06",
            )
        (key,) = folder.names
        if folder.size(key) > MOST_IN_MEMORY:
            raise too_large()
        with folder.open(key) as file:
            content = io.BytesIO(file.read(MOST_IN_MEMORY))
        if content.getvalue().startswith(ZIP) and folder.is_archive:
            raise FormatError(
                "This is an archive inside an archive, which is not opened. Send the "
                "inner one."
            )
        self.read_file(content)


class _OneTable(Reader):
    """Takes one table, and nothing else."""

    sheet: Sheet | None = None

    def take_table(self, sheet: Sheet) -> None:
        """Keep the table, whose file is closed when it is wanted."""
        self.sheet = replace(sheet, batches=iter(list(sheet.batches)))

    def take_set(self, kind: str, folder: Folder) -> None:
        """Refuse a set of files."""
        raise FormatError(f"This is a set of files and not one table. {EXPORT}")

    def take_records(self, files: Iterable[tuple[BinaryIO, bytes, str, str]]) -> None:
        """Refuse records."""
        raise FormatError(f"This is XML or JSON and not a table. {EXPORT}")


def examine_records(
    examiner: EdFiExaminer,
    file: BinaryIO,
    start: bytes,
    *,
    resource: str,
    called: str,
) -> None:
    """Have a file of XML or JSON looked at, by what it begins with.

    called: what messages call it, where there are several.
    """
    if _MARKUP.match(start.replace(b"\0", b"")):
        found = records(file, examiner.names)
    else:
        found = json_records(file, resource=resource)
    examiner.take(found, file=called)


def set_of(folder: Folder) -> str:
    """Return which standard's set the files of a folder are, or nothing."""
    names = folder.names.keys()
    if oneroster.MANIFEST in names:
        return "oneroster"
    if "client.csv" in names and {"export.csv", "enrollment.csv"} & names:
        return "hmis"
    if {"student.csv", "school.csv"} <= names:
        return "sds"
    if {"users.csv", "orgs.csv"} <= names:
        return "sds" if _are_of_sds(folder) else "oneroster"
    if "export.csv" in names:
        return "hmis"
    return "oneroster" if oneroster.FILES & names else ""


def _are_of_sds(folder: Folder) -> bool:
    """Return whether users and orgs are Microsoft's and not OneRoster's.

    Both have these names; only OneRoster's have a status and whether users are enabled.
    """
    headings = {
        comparable(heading)
        for key in ("users.csv", "orgs.csv", "roles.csv")
        if key in folder.names
        for heading in _headings(folder, key)
    }
    return not {"enableduser", "datelastmodified", "status"} & headings


def _headings(folder: Folder, key: str) -> Iterable[str]:
    try:
        with folder.open(key) as file:
            return flat.read(file, script=Script(may_doubt=True)).headings
    except FormatError:
        return ()


def _names(folder: Folder, keys: Iterable[str]) -> str:
    return enumerated(f"`{shown(folder.names[key])}`" for key in keys)


def sds_version(folder: Folder) -> str:
    return "1" if "student.csv" in folder.names else "2.1"
