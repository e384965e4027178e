"""manage.py link: links the people of two files, or of one, outside the database."""

import datetime as dt
import gc
import importlib.metadata
import json
import platform
import resource
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from accounts import clock
from accounts.acts import RuleBroken
from accounts.logs import place_of
from indicators.linkfiles.paths import are_one

STEPS = {
    "read": ("row", "read"),
    "clean": ("row", "made comparable"),
    "estimate": ("pair", "to compare at most"),
    "block": ("pair", "to compare"),
    "train": ("pair", "to weigh as learned"),
    "compare": ("pair", "compared"),
    "decide": ("pair", "weighed"),
    "one-to-one": ("pair", "left"),
}
PACKAGES = ("splink", "duckdb", "pyarrow", "numpy")
CARDINALITIES = ("one-to-one", "one-to-many", "many-to-many")
REFUSED, FAILED, STOPPED = 2, 1, 130
STOPPING = (signal.SIGINT, signal.SIGTERM)


class _Stop:
    """Interrupts, and knows that it did: libraries make other errors of it."""

    is_asked = False

    def __call__(self, *_: object) -> NoReturn:
        self.is_asked = True
        raise KeyboardInterrupt


class Command(BaseCommand):
    help = (
        "Link the people of LEFT and RIGHT, or with --dedupe those who are in LEFT "
        "twice. Reads CSV or Parquet, writes candidates.parquet, pairs.parquet, "
        "pairs.csv and quality.json into a folder, and no row of a database."
    )
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Return a parser that refuses in one sentence."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)

        def error(message: str) -> NoReturn:
            sys.stderr.write(f"{message[:1].upper()}{message[1:]}.\n")
            sys.exit(REFUSED)

        parser.error = error  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("left", metavar="LEFT", type=Path)
        parser.add_argument("right", metavar="RIGHT", type=Path, nargs="?")
        parser.add_argument("--dedupe", action="store_true", help="LEFT against itself")
        for side in ("left", "right"):
            parser.add_argument(
                f"--{side}-map",
                metavar="MAP.json",
                type=Path,
                help='{"columns": {"THEIRS": "first_name"}, "date_format": "%%Y"}',
            )
        parser.add_argument(
            "--cardinality",
            choices=CARDINALITIES,
            help="one-to-one unless --dedupe, which is many-to-many; one-to-many lets "
            "a row of LEFT have several of RIGHT",
        )
        parser.add_argument(
            "--model",
            default="shipped",
            help="shipped, train, or the model.json of an earlier run",
        )
        parser.add_argument("--out", metavar="DIR", type=Path, required=True)
        parser.add_argument(
            "--truth", type=Path, help="CSV of the right pairs: left_id, right_id"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sentence, code = "", 0
        stop = _Stop()
        heeded = [s for s in STOPPING if signal.getsignal(s) != signal.SIG_IGN]
        before = {each: signal.signal(each, stop) for each in heeded}
        try:
            self._link(options)
        except RuleBroken as refusal:
            sentence, code = refusal.message, REFUSED
        except KeyboardInterrupt:
            stop.is_asked = True
        except Exception as error:  # noqa: BLE001 - its message may quote a row
            sentence = f"Linking failed and wrote nothing ({place_of(error)})."
            code = FAILED
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
        if stop.is_asked:
            sentence, code = "Stopped; nothing was written.", STOPPED
        if code:
            self.stderr.write(sentence)
            sys.exit(code)

    def _link(self, options: Mapping[str, Any]) -> None:
        # Slow to load, and nothing but this needs them.
        from indicators.linkage import engine
        from indicators.linkage.decisions import Cardinality
        from indicators.linkfiles import results
        from indicators.linkfiles.truth import quality, read_truth

        gc.freeze()  # all that Django loaded stays: no use in looking through it
        started = time.perf_counter()
        cardinality = Cardinality(_cardinality(options))
        weights = _model(options["model"])
        inputs = {
            "LEFT": options["left"],
            "RIGHT": options["right"],
            "--left-map": options["left_map"],
            "--right-map": options["right_map"],
            "the truth file": options["truth"],
        }
        results.require_other(options["out"], inputs=inputs)
        with results.folder(options["out"]) as folder:
            left, right, fields = self._read(options)
            truth = (
                read_truth(options["truth"], left=left, right=right)
                if options["truth"]
                else None
            )
            n_rows = len(left) + (0 if right is None else len(right))
            seconds = {"read": time.perf_counter() - started}
            self._told("read", n_rows)
            links = engine.link(
                left,
                right,
                cardinality=cardinality,
                weights=weights,
                is_trained=options["model"] == "train",
                on_step=self._told,
            )
            written = time.perf_counter()
            pairs = results.named(links.pairs)
            folder.parquet(results.CANDIDATES, results.named(links.candidates))
            folder.parquet(results.PAIRS, pairs)
            folder.csv(results.PAIRS_CSV, pairs)
            if options["model"] == "train":
                folder.text(results.MODEL, links.model.to_json())
            elif not are_one(Path(options["model"]), folder.path / results.MODEL):
                folder.remove(results.MODEL)
            seconds |= dict(links.seconds) | {"write": time.perf_counter() - written}
            seconds["total"] = time.perf_counter() - started
            counts = {
                "left": links.n_left,
                "right": links.n_right,
                "estimated_candidates": links.n_estimated,
                "candidates": links.n_candidates,
                "pairs": len(pairs),
                "link": links.n_accepted,
                "review": links.n_review,
                "reject": len(pairs) - links.n_accepted - links.n_review,
            }
            told: dict[str, Any] = {
                "counts": counts,
                "seconds": {step: round(each, 3) for step, each in seconds.items()},
                "peak_memory_bytes": _peak_memory(),
                "model_hash": links.model.digest,
                "model_version": links.model.version,
                "versions": {"python": platform.python_version()}
                | {name: importlib.metadata.version(name) for name in PACKAGES},
                "cardinality": str(cardinality),
                "is_one_file": right is None,
                "fields": fields,
                "compared": list(links.compared),
                "left_out": dict(links.left_out),
            }
            if truth:
                told["truth"] = {
                    "pairs": len(truth.pairs),
                    "unknown_pairs": truth.n_unknown,
                }
                told["quality"] = quality(pairs, truth)
            folder.json(results.QUALITY, told)
            for each in STOPPING:  # all or nothing: it is too late to stop
                signal.signal(each, signal.SIG_IGN)
        self._summarise(told, options["out"])

    def _read(self, options: Mapping[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
        """Return the rows of both files, None for one, and which fields they have."""
        from indicators.linkfiles.layout import Layout, read_layout
        from indicators.linkfiles.people import read_people

        today: dt.date = clock.now().date()
        sides = []
        fields = {}
        notes: list[str] = []
        for side in ("left", "right"):
            if options[side] is None:
                continue
            given = options[f"{side}_map"]
            layout = read_layout(given, name=f"--{side}-map") if given else Layout()
            people = read_people(options[side], layout, today=today, name=side.upper())
            notes += people.notes
            sides.append(people)
            fields[side] = list(people.fields)
        shared = set(sides[0].fields) & set(sides[-1].fields) - {"id", "state"}
        if not shared:
            have = "files have no field in common" if sides[1:] else "file has no field"
            raise RuleBroken(
                f"The {have} but id, so there is nothing to link by; name what the "
                "columns hold in a map."
            )
        if not shared & {"first_name", "last_name"}:
            notes.append(
                "Neither first_name nor last_name is in both files, so no names are "
                "compared and few or no pairs will be linked; if the names are there "
                "under other headings, say so in a map."
            )
        for note in notes:
            self.stderr.write(note)
        right = sides[1].rows if len(sides) > 1 else None
        return sides[0].rows, right, fields

    def _told(self, step: str, count: int) -> None:
        noun, rest = STEPS[step]
        number, word = _of(count, noun).split(" ")
        self.stderr.write(f"{number:>12} {word} {rest}")

    def _summarise(self, told: Mapping[str, Any], out: Path) -> None:
        counts = told["counts"]
        self.stdout.write(
            f"{_of(counts['link'], 'pair')} linked, {counts['review']:,} for review, "
            f"{counts['reject']:,} rejected, of {counts['candidates']:,} compared, in "
            f"{told['seconds']['total']:.1f} seconds."
        )
        for name, n_pairs in told["left_out"].items():
            self.stdout.write(f"Not tried, for too many pairs: {name} ({n_pairs:,}).")
        for least, scores in told.get("quality", {}).items():
            at = "linked" if least == "link" else f"at {least}"
            self.stdout.write(
                f"Against the truth, {at}: precision {scores['precision']:.4f}, "
                f"recall {scores['recall']:.4f}, F1 {scores['f1']:.4f}."
            )
        if n_unknown := told.get("truth", {}).get("unknown_pairs"):
            names, were = ("names", "was") if n_unknown == 1 else ("name", "were")
            self.stdout.write(
                f"{_of(n_unknown, 'pair')} of the truth {names} ids that the files do "
                f"not have, and {were} left out."
            )
        self.stdout.write(f"The results are in {out}.")


def _of(n: int, noun: str) -> str:
    """Return a number and what it counts: "1 pair", "2 pairs"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _cardinality(options: Mapping[str, Any]) -> str:
    """Return the cardinality, after refusing what does not go together."""
    is_one_file = options["dedupe"]
    if is_one_file and (options["right"] or options["right_map"]):
        raise RuleBroken(
            "--dedupe takes one file, so give no RIGHT and no --right-map."
        )
    if not is_one_file and not options["right"]:
        raise RuleBroken("Give a second file, RIGHT, or --dedupe for LEFT by itself.")
    chosen = options["cardinality"] or ("many-to-many" if is_one_file else "one-to-one")
    if is_one_file and chosen == "one-to-many":
        raise RuleBroken(
            "--dedupe has no one-to-many, since both sides are the same file."
        )
    return str(chosen)


def _model(chosen: str) -> Any:
    """Return the model to begin with: the shipped one, or that of a file."""
    from indicators.linkage import model

    if chosen in ("shipped", "train"):
        return model.shipped()
    try:
        return model.from_json(Path(chosen).read_text(encoding="utf-8"))
    except (OSError, UnicodeError, json.JSONDecodeError):
        raise RuleBroken(f"--model: there is no model to read at {chosen}.") from None
    except model.ModelBroken as broken:
        raise RuleBroken(
            f"--model: {chosen} cannot be used, for {broken.message}."
        ) from None


def _peak_memory() -> int:
    """Return the most bytes that this process ever had."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
