"""Social Security numbers in Ed-Fi records, and others of a whole country."""

import re
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
import pyarrow as pa

from indicators.formats import cells
from indicators.formats.catalogue import is_never_taken
from indicators.formats.edfi_parser import Found
from indicators.formats.edfi_records import At, descriptor
from indicators.formats.edfi_resources import Value
from indicators.formats.headings import comparable
from indicators.formats.numbers import Numbers

# Beside what is never taken under any heading: systems of taxes, insurance, passports.
_OF_A_COUNTRY = re.compile(
    r"canadiansin|^sin$|socialinsurance|nationalinsurance|medicare|passport"
    r"|taxid|taxpayer|taxnumber|^(?:us)?tin$|driver"
)
_CODE, _SYSTEM = "identificationcode", "studentidentificationsystem"


@dataclass(slots=True)
class Seen:
    """One path of a resource over all of its records, whose texts wait in batches."""

    value: Value | None
    numbers: Numbers[At]
    _texts: list[str] = field(default_factory=list, repr=False)
    _places: list[At] = field(default_factory=list, repr=False)

    @classmethod
    def of(cls, path: str, value: Value | None) -> "Seen":
        """Return a path; only of people are nine digits by themselves looked for."""
        is_of_people = value is not None and value.element.startswith("student.")
        heading = path.rpartition("/")[2]
        return cls(value, Numbers(heading, is_code=not is_of_people))

    def take(self, texts: list[str], at: At) -> None:
        """Add the texts of one record."""
        self._texts += texts
        self._places += repeat(at, len(texts))

    def look(self) -> None:
        """Look for numbers in what waits."""
        coded = pa.array(self._texts, pa.string()).dictionary_encode()
        places = coded.indices.to_numpy().astype(np.int32)
        different = cells.tidy(coded.dictionary)
        self.numbers.take(different, places, self._places.__getitem__)
        self._texts, self._places = [], []


def without_national_codes(found: Found) -> bool:
    """Remove codes of systems that are never taken; return whether there were any."""
    removed = False
    for path, systems in found.values.items():
        parent, _, leaf = path.rpartition("/")
        if not leaf.casefold().startswith(_SYSTEM):
            continue
        of = found.numbers.get(path, range(len(systems)))
        never = {
            number
            for number, system in zip(of, systems, strict=False)
            if _is_national(system)
        }
        for other, codes in found.values.items():
            beside, _, leaf = other.rpartition("/")
            if beside != parent or leaf.casefold() != _CODE:
                continue
            numbers = found.numbers.get(other, range(len(codes)))
            for place, number in enumerate(numbers):
                if number in never and codes[place]:
                    codes[place], removed = "", True
    return removed


def _is_national(system: str) -> bool:
    name = descriptor(system) or ""
    return is_never_taken(name) or bool(_OF_A_COUNTRY.search(comparable(name)))
