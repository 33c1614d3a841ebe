"""Addresses of this room."""

from django.urls import path

from apps.dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("activity/", views.all_activity, name="all-activity"),
    path("leave-demo/", views.leave_demo, name="leave-demo"),
    path("orgs/<str:login>/activity/", views.activity, name="activity"),
    path("orgs/<str:login>/settings/", views.settings, name="settings"),
    path("orgs/<str:login>/settings/decisions/", views.decision_settings, name="settings-decisions"),
    path("orgs/<str:login>/settings/on/<slug:key>/", views.switch, name="settings-switch"),
    path("orgs/<str:login>/settings/vanishing/", views.vanishing_accept, name="settings-vanishing-accept"),
]
