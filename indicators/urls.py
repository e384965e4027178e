"""Indicator routes."""

from django.urls import path

from indicators.views import (
    dashboards,
    deliveries,
    diagnosing,
    dropbox,
    releases,
    reviewing,
)

urlpatterns = [
    path("data/", deliveries.data, name="data"),
    path("data/flows/<int:key>/load/", deliveries.upload, name="upload"),
    path("data/deliveries/<int:key>/", deliveries.delivery, name="delivery"),
    path("data/drop-box/", dropbox.drop_box, name="drop_box"),
    path(
        "data/drop-box/keys/<int:key>/withdraw/", dropbox.withdraw, name="withdraw_key"
    ),
    path("data/runs/<int:key>/", deliveries.run, name="run"),
    path("data/runs/<int:key>/steer/", deliveries.steer, name="steer"),
    path("data/runs/<int:key>/pairs/", reviewing.pairs, name="pairs"),
    path("data/runs/<int:key>/pairs/next/", reviewing.next_pair, name="next_pair"),
    path("data/runs/<int:key>/pairs/use/", reviewing.use_pairs, name="use_pairs"),
    path("data/pairs/<int:key>/", reviewing.pair, name="pair"),
    path("data/pairs/<int:key>/score/", diagnosing.score, name="score"),
    path(
        "data/runs/<int:key>/diagnostics/", diagnosing.diagnostics, name="diagnostics"
    ),
    path("data/runs/<int:key>/model/", diagnosing.learned, name="learned"),
    path("data/runs/<int:key>/release/", releases.new_release, name="new_release"),
    path("releases/", releases.releases, name="releases"),
    path("releases/<int:key>/", releases.release, name="release"),
    path(
        "releases/<int:key>/propose/", releases.propose_release, name="propose_release"
    ),
    path(
        "releases/<int:key>/discard/", releases.discard_release, name="discard_release"
    ),
    path(
        "releases/<int:key>/withdraw/",
        releases.withdraw_release,
        name="withdraw_release",
    ),
    path("decisions/<int:key>/", releases.decide_release, name="decide_release"),
    path("dashboards/", dashboards.dashboards, name="dashboards"),
    path("dashboards/<int:key>/", dashboards.dashboard, name="dashboard"),
    path(
        "dashboards/<int:key>/<str:code>.csv",
        dashboards.dashboard_file,
        name="dashboard_file",
    ),
]
