"""Addresses of this room."""

from django.urls import path

from apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/callback/", views.callback, name="callback"),
    path("sign-out/", views.sign_out, name="sign-out"),
]
