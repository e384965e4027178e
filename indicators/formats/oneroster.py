"""OneRoster CSV 1.1 and 1.2: the manifest, and the files that the standard names.

It carries who, where and when enrolled; no attendance, results or home address.
Source: 1EdTech OneRoster, CSV binding, versions 1.1 and 1.2.
"""

from dataclasses import dataclass, replace

from indicators.formats import flat
from indicators.formats.checks import Rule
from indicators.formats.containers import Folder
from indicators.formats.examine import Answers
from indicators.formats.oneroster_parts import PARTS, STATUS
from indicators.formats.problems import FormatError, enumerated
from indicators.formats.report import Report, shown
from indicators.formats.sets import Field, Keeps, Part, Set
from indicators.formats.values import DATE_TIME

MANIFEST = "manifest.csv"
VERSIONS = ("1.1", "1.2")
BULK, DELTA, ABSENT = "bulk", "delta", "absent"
MOST_PROPERTIES = 200
# Names that only such a set has; one of them is enough to miss the manifest.
FILES = frozenset(
    f"{name}.csv"
    for name in (
        *("academicsessions", "categories", "classes", "classresources", "courses"),
        *("courseresources", "demographics", "enrollments", "lineitems", "orgs"),
        *("resources", "results", "roles", "userprofiles", "users"),
    )
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a set says of itself: its version, and each file's mode by its name."""

    version: str
    modes: dict[str, str]


def read_set(
    folder: Folder,
    report: Report,
    answers: Answers,
    *,
    follows_bulk: bool,
    keeps: Keeps | None = None,
) -> tuple[Set, dict[str, str]]:
    """Return what was kept of a set, and each file's mode by its name in small letters.

    What it holds is added to the report. follows_bulk: an earlier full set of this
    sender was loaded, so that changes make sense. keeps: see Set. Raises FormatError
    where the manifest cannot be read.
    """
    report.format = "oneroster"
    manifest = _manifest(folder, report)
    report.version = manifest.version[:10] or None
    if manifest.version not in VERSIONS:
        stated = manifest.version[:10] or "none"
        report.refuse(
            "F02",
            f"The manifest gives OneRoster version {stated}. Versions 1.1 and 1.2 can "
            "be read.",
        )
    version = manifest.version if manifest.version in VERSIONS else VERSIONS[0]
    _compare(folder, manifest, report)
    if DELTA in manifest.modes.values() and not follows_bulk:
        report.refuse(
            "F04", "This set holds only changes. Upload a full (bulk) set first."
        )
    reading = Set(folder, report, answers, are_exact=True, keeps=keeps)
    are_whole = DELTA not in manifest.modes.values()
    for part in PARTS[version]:
        mode = manifest.modes.get(part.key, BULK)
        if mode != ABSENT:
            reading.read(_in_mode(part, DELTA if mode == DELTA else BULK))
    if are_whole:  # of changes a file may be absent in which nothing changed
        _require_parts(PARTS[version], folder, manifest, report)
    passed = [
        name
        for key, name in folder.names.items()
        if key not in {MANIFEST, *(part.key for part in PARTS[version])}
    ]
    if passed:
        listed = enumerated((f"`{shown(name)}`" for name in passed), most=10)
        report.notice("F11", f"Files that are not needed were not read: {listed}.")
    reading.finish(are_checked=are_whole)
    return reading, manifest.modes


def _manifest(folder: Folder, report: Report) -> Manifest:
    """Return the manifest; its lines are property and value."""
    if MANIFEST not in folder.names:
        raise FormatError(
            "This is not a complete OneRoster set: `manifest.csv` is missing. If these "
            "are single CSV files, choose “Other CSV”.",
            id="F01",
        )
    with folder.open(MANIFEST) as stream:
        sheet = flat.read(stream, may_be_empty=True)
        if len(sheet.headings) < 2:
            raise FormatError(
                "`manifest.csv` does not hold the columns propertyName and value, so "
                "the set cannot be read. Ask the sender for a complete set.",
                id="F01",
            )
        properties: dict[str, str] = {}
        for batch in sheet.batches:
            names = batch.table.column(0).to_pylist()
            for name, value in zip(
                names, batch.table.column(1).to_pylist(), strict=True
            ):
                properties[name.strip()] = value.strip()
        if len(properties) > MOST_PROPERTIES:
            raise FormatError("`manifest.csv` has more lines than any standard.")
    if [heading.casefold() for heading in sheet.headings[:2]] != [
        "propertyname",
        "value",
    ]:
        report.correct("headings in another spelling")
    modes = {
        f"{name.removeprefix('file.')}.csv".casefold(): mode.casefold()
        for name, mode in properties.items()
        if name.startswith("file.")
    }
    return Manifest(properties.get("oneroster.version", ""), modes)


def _compare(folder: Folder, manifest: Manifest, report: Report) -> None:
    """Hold what the manifest says of files against those that are there."""
    for key, mode in manifest.modes.items():
        is_there = key in folder.names
        called = f"`{shown(folder.names.get(key, key))}`"
        if mode not in (BULK, DELTA, ABSENT):
            words = f"gives no mode for {called} that the standard has"
        elif mode == ABSENT and is_there:
            words = f"says {called} is absent, but the set contains it"
        elif mode != ABSENT and not is_there:
            words = f"says {called} is {mode}, but the set does not contain it"
        else:
            continue
        report.refuse(
            "F03", f"The manifest {words}. Ask the sender for a complete set."
        )
    for key, name in folder.names.items():
        if key != MANIFEST and key.endswith(".csv") and key not in manifest.modes:
            report.refuse(
                "F03",
                f"The manifest does not name `{shown(name)}`, but the set contains it. "
                "Ask the sender for a complete set.",
            )


def _require_parts(
    parts: tuple[Part, ...], folder: Folder, manifest: Manifest, report: Report
) -> None:
    """Add what is missing without which children cannot be read, or not matched."""
    for part in parts:
        is_stated = manifest.modes.get(part.key) not in (None, ABSENT)
        if part.key in folder.names or is_stated:
            continue
        if part.is_needed:
            report.refuse(
                "F03",
                f"The manifest says `{part.file}` is absent, and students cannot be "
                "read without it. Ask the sender for a complete set.",
            )
        elif part.file == "demographics.csv":
            report.notice(
                "F13",
                "The column for date of birth was not found: `demographics.csv` is "
                "absent. Students can be read, and cannot be matched without it.",
            )


def _in_mode(part: Part, mode: str) -> Part:
    """Return a part with what its mode asks of status and date."""
    rules: dict[str, tuple[Rule, bool]] = {
        "status": (STATUS[mode], mode == DELTA),
        "dateLastModified": (DATE_TIME, mode == DELTA),
    }
    fields = tuple(_with(field, rules) for field in part.fields)
    return replace(part, fields=fields)


def _with(field: Field, rules: dict[str, tuple[Rule, bool]]) -> Field:
    if field.name not in rules:
        return field
    rule, is_filled = rules[field.name]
    return replace(field, rule=rule, is_filled=is_filled, is_needed=is_filled)
