"""The steps of a job, as pages show them."""

from collections.abc import Iterable, Mapping

from accounts.models import Job


def shown_steps(
    names: Iterable[str], job: Job | None, *, counted: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """Return the steps of a job as components/process_list.html reads them.

    counted: what each step counts, where the page says it.
    """
    done = {step["name"]: step["count"] for step in job.steps} if job else {}
    is_over = job is not None and job.state in ("failed", "cancelled")
    shown = []
    is_current = job is not None and job.state == "running"
    for name in names:
        state, status, text = "waiting", "Waiting", ""
        if name in done:
            state, status = "done", "Done"
            what = counted[name] if counted else ""
            text = f"{done[name]:,} {what}" if done[name] is not None else ""
        elif is_over:
            state, status = "stopped", "Not done"
        elif is_current:
            state, status, is_current = "current", "Running", False
        shown.append({"title": name, "state": state, "status": status, "text": text})
    return shown
