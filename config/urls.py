"""All addresses of Patrol."""

from django.urls import include, path

urlpatterns = [
    path("", include("apps.core.urls")),
    path("", include("apps.github.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.tokens.urls")),
    path("", include("apps.notify.urls")),
    path("", include("apps.dashboard.urls")),
]
handler400 = "apps.core.views.bad_request"
handler403 = "apps.core.views.permission_denied"
handler404 = "apps.core.views.page_not_found"
handler500 = "apps.core.views.server_error"
