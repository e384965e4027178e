"""Purpose, DataFlow, FlowElement, AccessEntry: what is shared, why and with whom."""

from django.db import models

from accounts.history import tracked
from agreements.models.agreements import Agreement
from agreements.rules.scope import Scope
from agreements.rules.vocabulary import Basis, Grain, Selection, Use
from partnerships.models import Membership, Organisation


def _analysis_only() -> list[str]:
    return [Use.ANALYSIS.value]


class Purpose(models.Model):
    """One thing that the parties want to learn or do, and what they do for it.

    A study has a title and a kind; an evaluation a program, a method and reasons for
    identifiable records. program_run_by: keys of organisations.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="purposes"
    )
    key = models.SlugField(max_length=40)
    text = models.TextField(blank=True)
    scope = models.TextField(blank=True)
    benefit = models.TextField(blank=True)
    uses = models.JSONField(default=_analysis_only)
    study_title = models.CharField(max_length=200, blank=True)
    study_kind = models.CharField(max_length=20, blank=True)
    program_name = models.CharField(max_length=200, blank=True)
    program_is_education = models.BooleanField(default=False)
    program_supported_by = models.JSONField(default=list)
    program_run_by = models.JSONField(default=list)
    method = models.TextField(blank=True)
    necessity = models.TextField(blank=True)
    pii_use = models.TextField(blank=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "key"), name="purpose_key_once"
            ),
        )

    def __str__(self) -> str:
        return self.text or f"purpose of {self.agreement}"


class DataFlow(models.Model):
    """What one party sends another; inside one party it is no disclosure.

    service: what a school official does for the district. attested: the tests of that
    exception that the district attests. scope_places: buildings or schools of the
    sender as [code, name]; with the other scope_ fields whose rows are sent, where each
    that is empty limits nothing.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="flows"
    )
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="flows")
    key = models.CharField(max_length=40)
    sender = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    grain = models.CharField(
        max_length=20, choices=[(each.value, each.value) for each in Grain]
    )
    basis = models.CharField(
        max_length=20,
        blank=True,
        choices=[(each.value, each.value) for each in Basis],
    )
    frequency = models.CharField(max_length=40, blank=True)
    method = models.CharField(max_length=80, blank=True)
    selection = models.CharField(max_length=20, default=Selection.NOBODY_LEFT_OUT)
    code_origin = models.CharField(max_length=20, blank=True)
    service = models.CharField(max_length=200, blank=True)
    attested = models.JSONField(default=list)
    scope_places = models.JSONField(default=list)
    scope_years = models.JSONField(default=list)
    scope_ages = models.JSONField(default=list)
    scope_grades = models.JSONField(default=list)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("agreement", "key"), name="flow_key_once"),
        )

    def __str__(self) -> str:
        return f"{self.key} of {self.agreement}"

    @property
    def scope(self) -> Scope:
        """Whose rows are sent."""
        return Scope(
            places=tuple(code for code, _ in self.scope_places),
            years=tuple(self.scope_years),
            ages=tuple(self.scope_ages),
            grades=tuple(self.scope_grades),
        )

    @property
    def place_names(self) -> tuple[str, ...]:
        """The names of the places in the scope, as they were when they were chosen."""
        return tuple(name for _, name in self.scope_places)


class FlowElement(models.Model):
    """One listed element, with the analyses that it answers.

    lineage: of a derived element, as {inputs, owners}; owners are organisations' keys.
    """

    flow = models.ForeignKey(
        DataFlow, on_delete=models.PROTECT, related_name="elements"
    )
    code = models.CharField(max_length=60)
    answers = models.JSONField(default=list)
    collected_under = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    authority = models.CharField(max_length=200, blank=True)
    lineage = models.JSONField(default=dict)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("flow", "code"), name="flow_element_once"),
        )

    def __str__(self) -> str:
        return self.code


class AccessEntry(models.Model):
    """One named person on the access list, with what they see and until when."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="access"
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+"
    )
    sees = models.JSONField(default=list)
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    reviewed_on = models.DateField(null=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "membership"), name="access_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.membership.user} under {self.agreement}"
