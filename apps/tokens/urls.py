"""Addresses of this room."""

from django.urls import path

from apps.tokens.views import (
    export,
    many,
    matching,
    plans,
    replacing,
    requests,
    saved_views,
    seconding,
    sync,
    tokens,
    travelling,
)

app_name = "tokens"
urlpatterns = [
    # Over all organizations of the reader.
    path("requests/", requests.all_requests, name="all-requests"),
    path("requests/cleanup/", requests.request_cleanup_all, name="request-cleanup-all"),
    path("requests/decide/", many.request_decide_all, name="request-decide-all"),
    path("tokens/", tokens.all_tokens, name="all-tokens"),
    path("tokens/export.csv", export.export_all, {"kind": "csv"}, name="all-tokens-csv"),
    path("tokens/export.jsonl", export.export_all, {"kind": "jsonl"}, name="all-tokens-jsonl"),
    path("tokens/columns/", saved_views.choose_columns, name="all-tokens-columns"),
    path("tokens/views/", saved_views.views, name="all-tokens-views"),
    path("tokens/views/new/", saved_views.view_new, name="all-tokens-view-new"),
    path("tokens/views/<int:view_id>/", saved_views.view_change, name="all-tokens-view"),
    path("tokens/revoke/", many.token_revoke_all, name="token-revoke-all"),
    path("tokens/revoke/matching/", matching.freeze, name="all-tokens-revoke-matching"),
    path("tokens/revoke/<int:preview_id>/", matching.preview, name="all-tokens-revoke-preview"),
    path("decisions/", travelling.all_progress, name="all-decisions"),
    path("decisions/undo/", travelling.undo_everywhere, name="all-decisions-undo"),
    path("orgs/<str:login>/decisions/", travelling.progress, name="decisions"),
    path("orgs/<str:login>/decisions/undo/", travelling.undo_all, name="decisions-undo"),
    # Requests of one organization; the number is GitHub's pat_request_id.
    path("orgs/<str:login>/requests/", requests.request_list, name="request-list"),
    path("orgs/<str:login>/requests/cleanup/", requests.request_cleanup, name="request-cleanup"),
    path("orgs/<str:login>/requests/decide/", many.request_decide, name="request-decide"),
    path("orgs/<str:login>/requests/<int:pat_request_id>/", requests.request_detail, name="request-detail"),
    path("orgs/<str:login>/requests/<int:pat_request_id>/row/", requests.request_row, name="request-row"),
    path("orgs/<str:login>/requests/<int:pat_request_id>/denial/", requests.request_denial, name="request-denial"),
    path("orgs/<str:login>/requests/<int:pat_request_id>/approve/", requests.request_approve, name="request-approve"),
    path("orgs/<str:login>/requests/<int:pat_request_id>/deny/", requests.request_deny, name="request-deny"),
    path("orgs/<str:login>/requests/<int:pat_request_id>/undo/", travelling.request_undo, name="request-undo"),
    path("orgs/<str:login>/requests/<int:pat_request_id>/confirm/", seconding.confirm, name="request-confirm"),
    path("orgs/<str:login>/requests/<int:pat_request_id>/reject/", seconding.reject, name="request-reject"),
    # Tokens of one organization; the number is GitHub's pat_id.
    path("orgs/<str:login>/tokens/", tokens.token_list, name="token-list"),
    path("orgs/<str:login>/tokens/export.csv", export.token_export, {"kind": "csv"}, name="token-csv"),
    path("orgs/<str:login>/tokens/export.jsonl", export.token_export, {"kind": "jsonl"}, name="token-jsonl"),
    path("orgs/<str:login>/tokens/columns/", saved_views.choose_columns, name="token-columns"),
    path("orgs/<str:login>/tokens/views/", saved_views.views, name="token-views"),
    path("orgs/<str:login>/tokens/views/new/", saved_views.view_new, name="token-view-new"),
    path("orgs/<str:login>/tokens/views/<int:view_id>/", saved_views.view_change, name="token-view"),
    path("orgs/<str:login>/tokens/revoke/", many.token_revoke_many, name="token-revoke-many"),
    path("orgs/<str:login>/tokens/revoke/matching/", matching.freeze, name="token-revoke-matching"),
    path("orgs/<str:login>/tokens/revoke/<int:preview_id>/", matching.preview, name="token-revoke-preview"),
    path("orgs/<str:login>/tokens/<int:pat_id>/", tokens.token_detail, name="token-detail"),
    path("orgs/<str:login>/tokens/<int:pat_id>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("orgs/<str:login>/tokens/<int:pat_id>/acknowledge/", tokens.token_acknowledge, name="token-acknowledge"),
    path("orgs/<str:login>/tokens/<int:pat_id>/replaced/", replacing.confirm, name="token-replaced"),
    path("orgs/<str:login>/tokens/<int:pat_id>/not-replaced/", replacing.withdraw, name="token-not-replaced"),
    path("orgs/<str:login>/tokens/<int:pat_id>/undo/", travelling.token_undo, name="token-undo"),
    # What is planned for them; the number is Patrol's own.
    path("orgs/<str:login>/plans/<int:plan_id>/extend/", plans.plan_extend, name="plan-extend"),
    path("orgs/<str:login>/plans/<int:plan_id>/cancel/", plans.plan_cancel, name="plan-cancel"),
    path("orgs/<str:login>/plans/<int:plan_id>/keep/", plans.plan_keep, name="plan-keep"),
    path("orgs/<str:login>/sync/", sync.start, name="sync"),
    path("orgs/<str:login>/sync/progress/", sync.progress, name="sync-progress"),
]
