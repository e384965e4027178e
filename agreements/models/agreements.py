"""Agreement, Party, DataFlow, FlowElement, AccessEntry, Mandate."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from accounts.history import tracked
from agreements.lifecycle import AGREEMENT
from agreements.rules.vocabulary import Basis, Grain
from partnerships.models import Membership, Organisation, Partnership


def known_states(states: frozenset[str], *, name: str) -> models.CheckConstraint:
    """Return the constraint that holds `state` to a machine's states."""
    return models.CheckConstraint(
        condition=models.Q(state__in=sorted(states)), name=name
    )


class Agreement(models.Model):
    """One MOU, from its first draft to its end."""

    partnership = models.ForeignKey(
        Partnership, on_delete=models.PROTECT, related_name="agreements"
    )
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=8, default="MOU")
    model = models.CharField(max_length=4, default="2")
    state = models.CharField(max_length=20, default=AGREEMENT.initial)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    drafters = models.JSONField(default=list)
    title = models.CharField(max_length=160)
    purpose = models.TextField(blank=True)
    scope = models.TextField(blank=True)
    benefit = models.TextField(blank=True)
    public_summary = models.TextField(blank=True)
    measures = models.JSONField(default=list)
    breakdowns = models.JSONField(default=list)
    min_cell = models.PositiveSmallIntegerField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    implementation_on = models.DateField(null=True)
    review_on = models.DateField(null=True)
    list_days = models.PositiveSmallIntegerField(null=True)
    release_days = models.PositiveSmallIntegerField(null=True)
    end_days = models.PositiveSmallIntegerField(null=True)
    destroy_by = models.DateField(null=True)
    breach_hours = models.PositiveSmallIntegerField(null=True)
    contacts = models.CharField(max_length=300, blank=True)
    optional_clauses = models.JSONField(default=list)
    sending_authority_source = models.CharField(max_length=40, blank=True)
    sending_authority = models.CharField(max_length=200, blank=True)
    paused_by = models.JSONField(default=list)
    ended_because = models.TextField(blank=True)
    executed_at = models.DateTimeField(null=True)
    start_token = models.UUIDField(null=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            known_states(AGREEMENT.states, name="agreement_state_known"),
            models.UniqueConstraint(
                fields=("partnership", "drafted_by", "start_token"),
                name="agreement_started_once",
            ),
            models.CheckConstraint(
                condition=models.Q(min_cell=None)
                | models.Q(min_cell__gte=1, min_cell__lte=99),
                name="agreement_min_cell_sane",
            ),
        )

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("agreement", args=[self.number])

    @property
    def chain(self) -> str:
        """The ledger chain of the agreement's partnership."""
        return f"partnership:{self.partnership_id}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        return self.state.replace("_", " ").capitalize()


class NumberSeries(models.Model):
    """The last number given in a year; its row is the series' lock. Untracked."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Party(models.Model):
    """One organisation and the capacities in which it acts."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="parties"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    capacities = models.JSONField(default=list)
    signatory = models.ForeignKey(
        Membership, null=True, on_delete=models.PROTECT, related_name="+"
    )

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "organisation"), name="party_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation} in {self.agreement}"


class DataFlow(models.Model):
    """What one party sends another; inside one party it is no disclosure."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="flows"
    )
    key = models.CharField(max_length=40)
    sender = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    grain = models.CharField(
        max_length=20, choices=[(grain.value, grain.value) for grain in Grain]
    )
    basis = models.CharField(
        max_length=20,
        blank=True,
        choices=[(basis.value, basis.value) for basis in Basis],
    )
    frequency = models.CharField(max_length=40, blank=True)
    method = models.CharField(max_length=80, blank=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("agreement", "key"), name="flow_key_once"),
        )

    def __str__(self) -> str:
        return f"{self.key} of {self.agreement}"


class FlowElement(models.Model):
    """One listed element, with the analyses that it answers."""

    flow = models.ForeignKey(
        DataFlow, on_delete=models.PROTECT, related_name="elements"
    )
    code = models.CharField(max_length=60)
    answers = models.JSONField(default=list)
    collected_under = models.CharField(max_length=120, blank=True)

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


class Mandate(models.Model):
    """The executed terms as one frozen record. Triggers refuse any change."""

    is_evidence = True

    agreement = models.OneToOneField(
        Agreement, on_delete=models.PROTECT, related_name="mandate"
    )
    record = models.JSONField()
    record_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"mandate of {self.agreement}"
