"""Addresses of the library's own pages."""

from django.urls import path

from apps.core import views

app_name = "core"
urlpatterns = [
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
]
