"""Agreement routes."""

from django.urls import path, re_path

from agreements.mandate import FORMAT
from agreements.views import (
    approvals,
    comments,
    drafting,
    ink,
    listing,
    mandates,
    obligations,
    papers,
    paths,
    proofs,
    proposals,
    records,
    register,
    review,
    routes,
    schedule,
    versions,
    wordings,
)

urlpatterns = [
    path("agreements/", listing.register, name="agreements"),
    path("agreements/list.csv", listing.register_csv, name="agreements_csv"),
    path("agreements/list.json", listing.register_json, name="agreements_json"),
    path("agreements/path/", paths.find, name="path"),
    path("agreements/new/", drafting.start, name="draft_start"),
    path("agreements/<str:number>/", register.agreement, name="agreement"),
    path("agreements/<str:number>/copy/", register.copy, name="agreement_copy"),
    path("agreements/<str:number>/papers/", papers.papers, name="papers"),
    path("agreements/<str:number>/papers/<str:key>/", papers.paper, name="paper"),
    path("agreements/<str:number>/mandate.json", mandates.record, name="mandate"),
    path(
        f"schemas/mandate-{FORMAT}.json",
        mandates.published_schema,
        name="mandate_schema",
    ),
    path("agreements/<str:number>/draft/", drafting.workspace, name="draft"),
    path(
        "agreements/<str:number>/draft/schedule/",
        schedule.schedule,
        name="draft_schedule",
    ),
    path(
        "agreements/<str:number>/draft/schedule/<int:key>/",
        schedule.element,
        name="draft_element",
    ),
    path(
        "agreements/<str:number>/draft/flows/",
        schedule.new_flow,
        name="draft_new_flow",
    ),
    path(
        "agreements/<str:number>/draft/flows/<int:key>/",
        schedule.flow,
        name="draft_flow",
    ),
    path(
        "agreements/<str:number>/draft/purposes/",
        schedule.new_purpose,
        name="draft_new_purpose",
    ),
    path(
        "agreements/<str:number>/draft/purposes/<int:key>/",
        schedule.purpose,
        name="draft_purpose",
    ),
    path(
        "agreements/<str:number>/draft/outside/",
        records.outside,
        name="draft_outside",
    ),
    path(
        "agreements/<str:number>/draft/records/",
        records.on_file,
        name="draft_records",
    ),
    path(
        "agreements/<str:number>/records/<str:kind>/",
        records.new_record,
        name="new_record",
    ),
    path(
        "agreements/<str:number>/overrides/<int:key>/",
        records.withdraw_override,
        name="withdraw_override",
    ),
    path(
        "agreements/<str:number>/override/<str:rule>/",
        records.override,
        name="override",
    ),
    path("states/<int:key>/", records.state_law, name="state_law"),
    path("agreements/<str:number>/draft/who/", drafting.parties, name="draft_parties"),
    path("agreements/<str:number>/draft/access/", drafting.access, name="draft_access"),
    path(
        "agreements/<str:number>/draft/clauses/",
        wordings.clauses,
        name="draft_clauses",
    ),
    path(
        "agreements/<str:number>/draft/clauses/<str:key>/",
        wordings.clause,
        name="draft_clause",
    ),
    path("agreements/<str:number>/draft/check/", drafting.check, name="draft_check"),
    path("agreements/<str:number>/draft/submit/", drafting.submit, name="draft_submit"),
    path(
        "agreements/<str:number>/draft/<str:section>/",
        drafting.section,
        name="draft_section",
    ),
    path(
        "agreements/<str:number>/finding/<int:party>/",
        drafting.finding,
        name="finding",
    ),
    path("agreements/<str:number>/review/", review.review, name="review"),
    path("agreements/<str:number>/comments/", comments.comments, name="comments"),
    path(
        "comments/<int:key>/resolve/", comments.resolve_comment, name="resolve_comment"
    ),
    path("agreements/<str:number>/versions/", versions.compare, name="versions"),
    path("agreements/<str:number>/versions/save/", versions.save, name="version_save"),
    path(
        "agreements/<str:number>/versions/<int:position>.docx",
        versions.word_file,
        name="version_word",
    ),
    path(
        "agreements/<str:number>/versions/changes.pdf",
        versions.comparison_pdf,
        name="comparison_pdf",
    ),
    path(
        "agreements/<str:number>/versions/changes.docx",
        versions.comparison_word,
        name="comparison_word",
    ),
    path("agreements/<str:number>/proposals/", proposals.decide, name="proposals"),
    path(
        "agreements/<str:number>/proposals/new/",
        proposals.bring_in,
        name="proposals_new",
    ),
    path("agreements/<str:number>/sign/", approvals.signing, name="sign"),
    path("agreements/<str:number>/sign/decline/", approvals.declining, name="decline"),
    path("agreements/<str:number>/paper/", ink.sign_on_paper, name="sign_on_paper"),
    path(
        "agreements/<str:number>/paper/<int:key>/check/",
        ink.check_paper,
        name="check_paper",
    ),
    path("agreements/<str:number>/reopen/", approvals.reopening, name="reopen"),
    path("agreements/<str:number>/hold/", obligations.place_hold, name="place_hold"),
    re_path(
        r"^agreements/(?P<number>[^/]+)/(?P<move>pause|resume|end)/$",
        obligations.change_course,
        name="change_course",
    ),
    path("holds/<int:key>/close/", obligations.close_hold, name="close_hold"),
    path("routes/<int:key>/", routes.route, name="route"),
    path("delegations/", routes.delegations, name="delegations"),
    path(
        "delegations/<int:key>/revoke/",
        routes.revoke_delegation,
        name="revoke_delegation",
    ),
    path("verify/", proofs.verify, name="verify"),
    path("documents/<int:key>/", register.document, name="document"),
    path("documents/<int:key>/take/", ink.take, name="take_copy"),
    path("dates/", obligations.dates, name="dates"),
]
