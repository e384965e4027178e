"""An agreement of twenty pages as a tagged PDF, against plain WeasyPrint: a ratio.

The agreement is made and frozen by the services, and what is rendered here is, to the
byte, what they froze. Ours is `render_agreement`: the template, static files alone,
tags, PDF/UA. Plain is WeasyPrint's own `write_pdf` of the same HTML, without tags. Each
run is a process of its own, the two in turn. What counts is processor time, which
others on the machine disturb least; both work in one thread. Exit status 1 when the
median of ours is more than MOST_RATIO times that of plain, or the pages are too few.

    python -m benchmarks.agreement_pdf [REPEATS]
"""

import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
MOST_RATIO = 1.3
N_PAGES = 20
PAGES, PAGE = "pages.pickle", "agreement.html"


def prepare(folder: Path) -> dict[str, Any]:
    """Make the agreement; keep what is printed of it, as pages and as HTML."""
    import django

    django.setup()
    from dataclasses import fields
    from io import BytesIO

    import pikepdf
    from django.template.loader import render_to_string

    from agreements import documents
    from agreements.pages import agreement_pages
    from agreements.queries import facts_of, latest_round
    from agreements.rules.engine import evaluate
    from agreements.rules.vocabulary import Stage
    from tests.support import lengthy

    made = lengthy.agreement()
    round_, facts = latest_round(made), facts_of(made)
    assert round_ is not None
    pages = agreement_pages(
        made,
        facts,
        round_.text["clauses"],
        evaluate(facts, Stage.DRAFT),
        frozen_on=facts.today,
    )
    frozen = bytes(made.documents.get(kind="frozen").content)
    assert documents.render_agreement(pages) == frozen
    context = {field.name: getattr(pages, field.name) for field in fields(pages)}
    html = render_to_string("documents/agreement.html", {**context, "pages": pages})
    (folder / PAGE).write_text(html, "utf-8")
    (folder / PAGES).write_bytes(pickle.dumps(pages))
    with pikepdf.open(BytesIO(frozen)) as file:
        return {"n_pages": len(file.pages), "n_bytes": len(frozen)}


def ours(folder: Path) -> dict[str, Any]:
    """Render the pages as a worker does."""
    import django

    django.setup()
    from agreements import documents

    pages = pickle.loads((folder / PAGES).read_bytes())  # noqa: S301 - written above
    return timed(lambda: documents.render_agreement(pages))


def plain(folder: Path) -> dict[str, Any]:
    """Render the same HTML with WeasyPrint alone."""
    from weasyprint import HTML

    html, base = (folder / PAGE).read_text("utf-8"), f"{(PROJECT / 'static').as_uri()}/"
    return timed(lambda: HTML(string=html, base_url=base).write_pdf())


def timed(render: Any) -> dict[str, Any]:
    """Return the seconds and the seconds of processor time that a rendering takes."""
    began, used = time.perf_counter(), time.process_time()
    render()
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - used,
    }


PARTS = {"prepare": prepare, "ours": ours, "plain": plain}


def measured(name: str, folder: Path) -> dict[str, Any]:
    """Return what a part says that ran in a process of its own."""
    names = {"DJANGO_SETTINGS_MODULE": "config.settings", "HOMEROOM_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.agreement_pdf", name, str(folder)],
        cwd=PROJECT,
        env=os.environ | names,
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(repeats: int) -> int:
    """Print medians of both and their ratio; return the exit status."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        (folder / "static").mkdir()  # where Django looks, and finds nothing
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=PROJECT,
            env=os.environ | {"HOMEROOM_HOME": home},
            check=True,
        )
        made = measured("prepare", folder)
        runs = [
            {name: measured(name, folder) for name in ("ours", "plain")}
            for _ in range(repeats)
        ]
    seconds, cpu = (
        {
            name: statistics.median(run[name][of] for run in runs)
            for name in ("ours", "plain")
        }
        for of in ("seconds", "cpu")
    )
    ratio = cpu["ours"] / cpu["plain"]
    print(
        f"{made['n_pages']} pages, {made['n_bytes'] / 1000:.0f} KB; processor time: "
        f"tagged {cpu['ours']:.2f} s, plain {cpu['plain']:.2f} s, ratio {ratio:.2f} "
        f"(at most {MOST_RATIO}); by the clock "
        f"{seconds['ours'] / seconds['plain']:.2f}"
    )
    return int(ratio > MOST_RATIO or made["n_pages"] < N_PAGES)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(PARTS[sys.argv[1]](Path(sys.argv[2]))))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
