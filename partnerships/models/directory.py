"""Organisation, Site, Membership."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.history import tracked
from partnerships.roles import Role


class Organisation(models.Model):
    """A housing agency, district, university or other party."""

    class Kind(models.TextChoices):
        PHA = "pha", "Public housing agency"
        DISTRICT = "district", "School district"
        UNIVERSITY = "university", "University"
        IDS_LEAD = "ids_lead", "Integrated data system lead"
        MULTIFAMILY_OWNER = "multifamily_owner", "Owner of assisted housing"
        STATE_AGENCY = "sea", "State educational agency"
        SCHOOL = "school", "School"
        COUNTY = "county", "County"
        CHILD_WELFARE = "child_welfare", "Child-welfare agency"
        PROVIDER = "provider", "Service provider"
        FUNDER = "funder", "Funder"

    name = models.CharField(max_length=120, unique=True)
    legal_name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    code = models.CharField(
        max_length=20, blank=True, help_text="HUD agency code or district identifier"
    )
    state = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=40, default="America/New_York")
    is_public = models.BooleanField(default=True)
    is_ed_funded = models.BooleanField(default=False)
    is_edu_authority = models.BooleanField(default=False)
    needs_board_act = models.BooleanField(default=False)
    logs_disclosures = models.BooleanField(default=False)
    min_cell = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(10), MaxValueValidator(30)]
    )

    history = tracked()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(min_cell__gte=10, min_cell__lte=30),
                name="organisation_min_cell_10_to_30",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def chain(self) -> str:
        """The organisation's ledger chain."""
        return f"organisation:{self.pk}"


class Site(models.Model):
    """A housing development or a school."""

    class Kind(models.TextChoices):
        BUILDING = "building", "Building"
        SCHOOL = "school", "School"

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="sites"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=80, blank=True)
    postal_code = models.CharField(max_length=10, blank=True)
    n_units = models.PositiveIntegerField(null=True, blank=True)
    is_voucher = models.BooleanField(default=False)

    history = tracked()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "kind", "code"), name="site_code_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's role in one organisation, with the authority to sign, if any."""

    class Authority(models.TextChoices):
        NONE = "", "No authority to sign recorded"
        STATUTE = "statute", "Statute"
        POLICY = "policy", "Policy"
        RESOLUTION = "resolution", "Resolution"
        DELEGATION = "delegation_letter", "Delegation letter"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(
        max_length=20, choices=[(role.value, role.label) for role in Role]
    )
    authority_source = models.CharField(
        max_length=20, choices=Authority.choices, blank=True, default=Authority.NONE
    )
    authority_reference = models.CharField(max_length=200, blank=True)
    authority_limits = models.CharField(max_length=200, blank=True)
    authority_expires_on = models.DateField(null=True, blank=True)
    trained_on = models.DateField(null=True, blank=True)
    pledged_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    history = tracked()

    class Meta:
        ordering = ("organisation__name", "user__name")
        constraints = (
            models.UniqueConstraint(
                fields=("user", "organisation", "role"),
                condition=models.Q(ended_on=None),
                name="membership_role_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.role_label} · {self.organisation}"

    @property
    def role_label(self) -> str:
        """The role in words."""
        return Role(self.role).label
