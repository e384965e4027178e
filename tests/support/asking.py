"""What the page of a new release sends when nobody changes its choices."""

from typing import Any

from indicators.asking_form import AskingForm
from indicators.models import LinkageRun
from indicators.queries import permitted_under


def asked_fields(run: LinkageRun, **changes: Any) -> dict[str, Any]:
    """Return the fields of the form as it stands, with a title and changes."""
    form = AskingForm(run=run, permitted=permitted_under(run.agreement))
    told = {
        name: form.get_initial_for_field(field, name)
        for name, field in form.fields.items()
    }
    told = {name: value for name, value in told.items() if value is not None}
    return told | {"title": "Absence by building"} | changes
