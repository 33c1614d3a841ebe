"""Addresses of this room."""

from django.urls import path

from apps.accounts import address_views, views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/callback/", views.callback, name="callback"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("my/address/", address_views.my_address, name="my-address"),
    path("my/address/remove/", address_views.remove, name="my-address-remove"),
    path("my/address/confirm/<str:key>/", address_views.confirm, name="my-address-confirm"),
]
