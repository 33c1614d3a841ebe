"""Addresses of this room: GitHub's messages, no pages."""

from django.urls import path

from apps.github import views

app_name = "github"
urlpatterns = [
    path("webhooks/github", views.github_webhook, name="webhook"),
]
