"""Addresses of this room."""

from django.urls import path

from apps.notify import views

app_name = "notify"
urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/<int:message_id>/", views.message, name="message"),
]
