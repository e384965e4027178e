"""Indicator routes."""

from django.urls import path

from indicators.views import (
    arrivals,
    buildings,
    counts,
    dashboards,
    deliveries,
    diagnosing,
    dropbox,
    goals,
    headcounts,
    releases,
    repeats,
    research,
    reviewing,
    withdrawing,
)

urlpatterns = [
    path("data/", deliveries.data, name="data"),
    path("data/flows/<int:key>/load/", arrivals.upload, name="upload"),
    path("data/arrivals/<int:key>/", arrivals.arrival, name="arrival"),
    path(
        "data/arrivals/<int:key>/answer/",
        arrivals.answer_arrival,
        name="answer_arrival",
    ),
    path(
        "data/arrivals/<int:key>/forget/", arrivals.forget_layout, name="forget_layout"
    ),
    path("data/arrivals/<int:key>/load/", arrivals.load_arrival, name="load_arrival"),
    path(
        "data/arrivals/<int:key>/cancel/",
        arrivals.cancel_arrival,
        name="cancel_arrival",
    ),
    path(
        "data/arrivals/<int:key>/rows-set-aside.csv",
        arrivals.rejected_rows,
        name="rejected_rows",
    ),
    path("data/deliveries/<int:key>/", deliveries.delivery, name="delivery"),
    path("data/deliveries/<int:key>/wrong/", withdrawing.wrong, name="wrong"),
    path("data/deliveries/<int:key>/repeats/", repeats.repeats, name="repeats"),
    path(
        "data/deliveries/<int:key>/repeats/link/",
        repeats.link_by_answers,
        name="link_again",
    ),
    path("data/flows/<int:key>/buildings/", buildings.send, name="send_buildings"),
    path(
        "data/deliveries/<int:key>/buildings.csv",
        buildings.building_file,
        name="building_file",
    ),
    path("data/flows/<int:key>/counts/", counts.send, name="send_counts"),
    path(
        "data/deliveries/<int:key>/release/", counts.release, name="release_of_counts"
    ),
    path("data/children/<int:key>/", headcounts.headcount, name="headcount"),
    path("what-if/<str:number>/", headcounts.what_if, name="what_if"),
    path("what-if/<str:number>/try/", headcounts.try_counts, name="try_counts"),
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
    path("releases/<int:key>/stop/", releases.stop_release, name="stop_release"),
    path(
        "releases/<int:key>/withdraw/",
        releases.withdraw_release,
        name="withdraw_release",
    ),
    path("decisions/<int:key>/", releases.decide_release, name="decide_release"),
    path("research/", research.research_files, name="research_files"),
    path(
        "research/flows/<int:key>/new/",
        research.new_research_file,
        name="new_research_file",
    ),
    path("research/<int:key>/", research.research_file, name="research_file"),
    path("research/<int:key>/put-forward/", research.forward, name="put_forward"),
    path("research/<int:key>/discard/", research.discard, name="discard_file"),
    path("research/<int:key>/determine/", research.sign, name="determine"),
    path("research/<int:key>/send-back/", research.back, name="send_back_file"),
    path("research/<int:key>/withdraw/", research.withdraw, name="withdraw_file"),
    path(
        "research/<int:key>/copies-destroyed/",
        research.confirm,
        name="confirm_copies",
    ),
    path("research/<int:key>/fetch/", research.fetched, name="fetch_file"),
    path("research/<int:key>/codebook.json", research.codebook, name="codebook"),
    path("research/decisions/<int:key>/", research.decide_research, name="decide_file"),
    path("dashboards/goals/", goals.goals, name="goals"),
    path("dashboards/goals/<int:key>/", goals.target, name="target"),
    path(
        "dashboards/goals/<int:key>/end/", goals.withdraw_target, name="withdraw_target"
    ),
    path(
        "dashboards/goals/decisions/<int:key>/",
        goals.decide_target,
        name="decide_target",
    ),
    path(
        "dashboards/goals/done/<int:key>/withdraw/",
        goals.withdraw_intervention,
        name="withdraw_intervention",
    ),
    path("dashboards/<int:key>/target/", goals.new_target, name="new_target"),
    path("dashboards/<int:key>/done/", goals.new_intervention, name="new_intervention"),
    path("dashboards/", dashboards.dashboards, name="dashboards"),
    path("dashboards/<int:key>/", dashboards.dashboard, name="dashboard"),
    path(
        "dashboards/<int:key>.pdf", dashboards.dashboard_paper, name="dashboard_paper"
    ),
    path(
        "dashboards/<int:key>.json",
        dashboards.dashboard_record,
        name="dashboard_record",
    ),
    path(
        "dashboards/<int:key>/<str:code>.csv",
        dashboards.dashboard_file,
        name="dashboard_file",
    ),
]
