"""A person's own address: the page, and where the link of the mail leads."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import access, confirmations
from apps.accounts.forms import AddressForm
from apps.accounts.models import User
from apps.core.errors import RuleBroken

GET_OR_POST = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(GET_OR_POST)
def my_address(request: HttpRequest) -> HttpResponse:
    """What Patrol writes to, what waits to be confirmed, and another one."""
    user = _reader(request)
    access.require_member(user)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            confirmations.ask(user, form.cleaned_data["email"])
        except confirmations.NotAsked as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, "A mail with a link is on its way. Open it, and confirm the address there.")
            return redirect("accounts:my-address")
    newest = confirmations.newest(user)
    context = {"form": form, "address": confirmations.own_contact(user), "newest": newest}
    return render(request, "accounts/my_address.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Patrol forgets the person's own address."""
    user = _reader(request)
    access.require_member(user)
    if confirmations.take_back(user):
        messages.success(request, "Patrol does not write to that address any more.")
    return redirect("accounts:my-address")


@login_required
@require_http_methods(GET_OR_POST)
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    """The page behind the link: nothing happens before its button is pressed."""
    user = _reader(request)
    access.require_member(user)
    try:
        if request.method == "POST":
            confirmations.confirm(key, user)
            messages.success(request, "Confirmed. Patrol writes to you there from now on.")
            return redirect("accounts:my-address")
        asked = confirmations.asked_by(key, user)
    except RuleBroken as error:
        return render(request, "accounts/confirm_address.html", {"trouble": str(error)}, status=409)
    return render(request, "accounts/confirm_address.html", {"asked": asked, "key": key})


def _reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
