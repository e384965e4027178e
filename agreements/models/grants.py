"""Grants of one person on one object, by direct foreign keys (guardian)."""

from django.db import models
from guardian.models import UserObjectPermissionBase

from agreements.models.approvals import Approval


class ApprovalUserObjectPermission(UserObjectPermissionBase):
    """That one person may decide one approval."""

    content_object = models.ForeignKey(Approval, on_delete=models.CASCADE)
