"""Mounts the four apps."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("partnerships.urls")),
    path("", include("agreements.urls")),
    path("", include("indicators.urls")),
]

handler400 = "accounts.views.bad_request"
handler403 = "accounts.views.forbidden"
handler404 = "accounts.views.not_found"
handler500 = "accounts.views.server_error"
