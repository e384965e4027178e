"""Every route is guarded, or public on purpose; and the guards hold, for everybody."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from accounts import demo as stage
from accounts.models import ChainHead, PendingDigest, User
from agreements import presets
from agreements.models import Agreement
from agreements.services import obligations, signing
from agreements.views.common import SECTIONS
from indicators.models import Release
from indicators.services import linkage
from partnerships.models import Notice, Organisation
from partnerships.roles import Role
from tests import make
from tests.support import town

NOBODY = "nobody"
STRANGER = "stranger"
PARTNERS = [a.account for a in stage.CAST if a.account != STRANGER]
REFUSALS = (403, 404, 405, 409, 422)

# Of allauth, which guards its own pages: what closed sign-up and a second factor need.
SIGN_IN = {
    "account_change_password",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_set_password",
    "account_signup",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_view_recovery_codes",
}
PUBLIC = {"healthz"}

# Whose post may change something, by route; nobody else's may.
DIRECTOR, COUNSEL, HOUSING_STEWARD = "director", "housing-counsel", "housing-steward"
SOLICITOR, STEWARD, SIGNER = "solicitor", "steward", "superintendent"
ANALYST, ADMIN = "analyst", "admin"
MAY_CHANGE = {
    "partnerships": {DIRECTOR, STRANGER},
    "people": {ADMIN},
    "leave": {ADMIN},
    "new_organisation": {ADMIN},
    "draft_start": {DIRECTOR},
    "draft_section": {DIRECTOR},
    "draft_schedule": {DIRECTOR},
    "draft_element": {DIRECTOR},
    "draft_access": {DIRECTOR},
    "draft_submit": {DIRECTOR},
    "finding": {COUNSEL, SOLICITOR},
    "review": {COUNSEL, SOLICITOR},
    "sign": {DIRECTOR, SIGNER},
    "reopen": {DIRECTOR},
    "place_hold": {COUNSEL, SOLICITOR},
    "close_hold": {SOLICITOR},
    "change_course": {DIRECTOR, COUNSEL, SOLICITOR, SIGNER},
    "upload": {HOUSING_STEWARD, STEWARD},
    "steer": {STEWARD},
    "new_release": {ANALYST},
    "propose_release": {ANALYST},
    "withdraw_release": {HOUSING_STEWARD, STEWARD},
    "decide_release": {HOUSING_STEWARD, STEWARD},
}
