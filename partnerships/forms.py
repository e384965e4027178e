"""Forms of the ground floor: they translate input and never save."""

from typing import Any

from django import forms

from partnerships.models import Membership, Organisation
from partnerships.roles import Role


class PartnershipForm(forms.Form):
    """A name and the other organisation."""

    name = forms.CharField(
        max_length=120, help_text="For example “Riverbend and Grand Bend”."
    )
    partner = forms.ModelChoiceField(
        Organisation.objects.all(),
        label="Partner organisation",
        help_text="Not listed? Ask your administrator to add it.",
    )


class AuthorityForm(forms.Form):
    """By what a person may sign for an organisation; nothing where they may not."""

    authority_source = forms.ChoiceField(
        choices=Membership.Authority.choices,
        required=False,
        label="Authority to sign",
        help_text="Only for people who sign agreements.",
    )
    authority_reference = forms.CharField(
        max_length=200,
        required=False,
        label="Where the authority is written",
        help_text="For example “Board resolution 2026-14, May 4, 2026”.",
    )
    authority_limits = forms.CharField(
        max_length=200,
        required=False,
        label="Limits of the authority",
        help_text="For example “data agreements without payment”.",
    )
    authority_expires_on = forms.DateField(
        required=False, widget=forms.DateInput, label="Last day of the authority"
    )


class InviteForm(AuthorityForm):
    """A person and the role they are to hold."""

    name = forms.CharField(max_length=120)
    title = forms.CharField(max_length=120, required=False, label="Job title")
    email = forms.EmailField(label="Work e-mail address")
    organisation = forms.ModelChoiceField(Organisation.objects.none())
    role = forms.ChoiceField(choices=[(role.value, role.label) for role in Role])

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(("name", "title", "email", "organisation", "role"))
        field = self.fields["organisation"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = organisations


class OrganisationForm(forms.ModelForm):
    """What makes an organisation a party that can be bound."""

    class Meta:
        model = Organisation
        fields = (
            "name",
            "legal_name",
            "kind",
            "code",
            "state",
            "time_zone",
            "is_public",
            "is_ed_funded",
            "is_edu_authority",
            "needs_board_act",
            "logs_disclosures",
            "min_cell",
        )
        labels = {
            "is_public": "A public body",
            "is_ed_funded": "Receives funds from the Department of Education",
            "is_edu_authority": "Is a State or local educational authority",
            "needs_board_act": "Its policy asks for its board to approve agreements",
            "logs_disclosures": "Keeps a record of each disclosure of a student's "
            "records (34 CFR 99.32)",
            "min_cell": "Smallest group whose figures may be shown",
            "time_zone": "Time zone",
        }


class PledgeForm(forms.Form):
    """What a person promises before seeing anybody's records."""

    trained_on = forms.DateField(
        label="When were you last trained in privacy?",
        help_text="The course of your organisation. It counts for twelve months.",
    )
    promises = forms.BooleanField(label="I promise this")
