"""Addresses of this room."""

from django.urls import path

from apps.dashboard import (
    coverage_views,
    defaults_views,
    reminder_views,
    repository_views,
    sleeping_views,
    trends_views,
    views,
)
from apps.dashboard.addresses import import_views as address_import_views
from apps.dashboard.addresses import issue_views as address_issue_views
from apps.dashboard.addresses import views as address_views
from apps.dashboard.asking import views as asking_views
from apps.dashboard.expiring import feed_views
from apps.dashboard.expiring import views as expiring_views
from apps.dashboard.finding import views as finding_views
from apps.dashboard.mine import views as mine_views
from apps.dashboard.people import views as people_views
from apps.dashboard.setup import finishing_views, keys_views
from apps.dashboard.setup import views as setup_views

app_name = "dashboard"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("coverage/", coverage_views.coverage, name="coverage"),
    path("setup/", setup_views.begin, name="setup"),
    path("setup/github/", setup_views.github, name="setup-github"),
    path("setup/organizations/", setup_views.organizations, name="setup-organizations"),
    path("setup/create/", setup_views.create, name="setup-create"),
    path("setup/by-hand/", setup_views.by_hand, name="setup-by-hand"),
    path("setup/created/", setup_views.created, name="setup-created"),
    path("setup/install/", finishing_views.install, name="setup-install"),
    path("setup/installed/", finishing_views.installed, name="setup-installed"),
    path("setup/finish/", finishing_views.finish, name="setup-finish"),
    path("setup/checks/", finishing_views.checks, name="setup-checks"),
    path("setup/checks/<str:login>/", finishing_views.reading, name="setup-reading"),
    path("setup/administrators/", finishing_views.name_administrator, name="setup-administrators"),
    path("setup/organizations/<int:organization_id>/allow/", finishing_views.allow, name="setup-allow"),
    path("setup/installations/<int:installation_id>/remove/", finishing_views.remove, name="setup-remove"),
    path("setup/defaults/", defaults_views.instance, name="defaults"),
    path("setup/defaults/reminders/", reminder_views.defaults, name="defaults-reminders"),
    path("setup/defaults/sleeping/", sleeping_views.defaults, name="defaults-sleeping"),
    path("setup/mail/", reminder_views.mails, name="setup-mail"),
    path("groups/", defaults_views.groups, name="groups"),
    path("groups/new/", defaults_views.new_group, name="group-new"),
    path("groups/<int:group_id>/", defaults_views.group, name="group"),
    path("setup/keys/", keys_views.held, name="setup-keys"),
    path("setup/keys/give/", keys_views.give_key, name="setup-keys-give"),
    path("setup/keys/remove/", keys_views.remove_key, name="setup-keys-remove"),
    path("setup/webhook-secret/give/", keys_views.give_webhook_secret, name="setup-secret-give"),
    path("setup/webhook-secret/remove/", keys_views.remove_webhook_secret, name="setup-secret-remove"),
    path("activity/", views.all_activity, name="all-activity"),
    path("expiring/", expiring_views.all_expiring, name="all-expiring"),
    path("expiring/subscribe/", feed_views.subscribe_own, name="all-expiring-subscribe"),
    path("orgs/<str:login>/expiring/", expiring_views.expiring, name="expiring"),
    path("orgs/<str:login>/expiring/subscribe/", feed_views.subscribe, name="expiring-subscribe"),
    path("calendars/<str:secret>.ics", feed_views.feed, name="feed"),
    path("find/", finding_views.find, name="find"),
    path("find/palette/", finding_views.palette, name="find-palette"),
    path("my/tokens/", mine_views.tokens, name="my-tokens"),
    path("my/tokens/why/", mine_views.why, name="my-token-why"),
    path("my/ask/", asking_views.ask, name="my-ask"),
    path("people/<str:person>/", people_views.login_page, name="person-login"),
    path("people/<str:person>/<int:number>/", people_views.person, name="person"),
    path("people/<str:person>/<int:number>/revoke/", people_views.revoke, name="person-revoke"),
    path("people/<str:person>/<int:number>/offboarding/", people_views.offboard, name="person-offboard"),
    path("people/<str:person>/<int:number>/offboarding/undo/", people_views.offboard_undo, name="person-offboard-undo"),
    path("people/<str:person>/<int:number>/undo/", people_views.undo, name="person-undo"),
    path("people/<str:person>/<int:number>/record/", people_views.record, name="person-record"),
    path("trends.csv", trends_views.all_export, name="all-trends-export"),
    path("orgs/<str:login>/", trends_views.organization, name="organization"),
    path("orgs/<str:login>/trends.csv", trends_views.export, name="trends-export"),
    path("leave-demo/", views.leave_demo, name="leave-demo"),
    path("orgs/<str:login>/activity/", views.activity, name="activity"),
    path("orgs/<str:login>/repositories/<str:name>/", repository_views.repository, name="repository"),
    path("orgs/<str:login>/settings/", views.settings, name="settings"),
    path("orgs/<str:login>/settings/decisions/", views.decision_settings, name="settings-decisions"),
    path("orgs/<str:login>/settings/reminders/", reminder_views.settings, name="settings-reminders"),
    path("orgs/<str:login>/settings/addresses/", address_views.overview, name="addresses"),
    path("orgs/<str:login>/settings/addresses/to-fill-in.csv", address_views.template, name="addresses-template"),
    path("orgs/<str:login>/settings/addresses/import/", address_import_views.hand_in, name="addresses-hand-in"),
    path(
        "orgs/<str:login>/settings/addresses/import/<int:import_id>/",
        address_import_views.preview,
        name="addresses-import",
    ),
    path(
        "orgs/<str:login>/settings/addresses/import/<int:import_id>/left-out.csv",
        address_import_views.left_out,
        name="addresses-left-out",
    ),
    path("orgs/<str:login>/settings/addresses/given/", address_views.given, name="addresses-given"),
    path("orgs/<str:login>/settings/addresses/given/export/", address_views.export, name="addresses-export"),
    path("orgs/<str:login>/settings/addresses/given/remove/", address_views.remove, name="addresses-remove"),
    path("orgs/<str:login>/settings/addresses/profiles/", address_views.profiles, name="addresses-profiles"),
    path("orgs/<str:login>/settings/addresses/issues/", address_issue_views.settings, name="addresses-issues"),
    path("orgs/<str:login>/settings/addresses/machines/", address_views.machine_users, name="addresses-machines"),
    path(
        "orgs/<str:login>/settings/addresses/machines/<int:row_id>/forget/",
        address_views.forget_machine_users,
        name="addresses-machines-forget",
    ),
    path("orgs/<str:login>/settings/sleeping/", sleeping_views.settings, name="settings-sleeping"),
    path("orgs/<str:login>/settings/sleeping/beyond/", sleeping_views.beyond, name="settings-sleeping-beyond"),
    path("orgs/<str:login>/settings/reminders/copies/", reminder_views.copies, name="settings-copies"),
    path("orgs/<str:login>/settings/on/<slug:key>/", views.switch, name="settings-switch"),
    path("orgs/<str:login>/settings/vanishing/", views.vanishing_accept, name="settings-vanishing-accept"),
]
