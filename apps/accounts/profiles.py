"""Addresses that people show on their public profiles, where an organization lets Patrol read these.

A few people at a time, with the installation's token, and each again after a month only. Who bears the login by now may
be somebody else: GitHub's number is compared.
"""

from collections.abc import Mapping
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from apps.accounts import contacts
from apps.accounts.emails import NoAddress, email_of
from apps.accounts.given_contacts import reads_profiles
from apps.accounts.models import Contact, ContactSettings, ProfileLook
from apps.core import clock
from apps.github import auth, errors
from apps.github.client import Client
from apps.github.models import Installation
from apps.github.services import required_installation

log = structlog.get_logger(__name__)
AGAIN_AFTER = timedelta(days=30)
AT_ONCE = 60
"""People of an organization in one run: 360 requests an hour, of GitHub's 5,000 or more."""
KEEP_FREE = 0.5
"""Of the hour's quota: it is for decisions and lists."""


def switched_on() -> list[int]:
    """Organizations that let Patrol read profiles and where its App works, those first that wait longest."""
    live = Installation.objects.governing().live().values("organization")
    found = ContactSettings.objects.filter(profiles=True, organization__in=live)
    return list(found.order_by(F("profiles_read_at").asc(nulls_first=True)).values_list("organization_id", flat=True))


def due(organization_id: int) -> Q:
    """Rows of people whose profile is to be read: by `owner_id`, of the organization; nothing better is known of them,
    and the last look is a month ago.
    """
    better = Contact.objects.filter(person_id=OuterRef("owner_id")).exclude(source=Contact.Source.PROFILE)
    fresh = ProfileLook.objects.filter(
        organization=organization_id, person_id=OuterRef("owner_id"), looked_at__gt=clock.now() - AGAIN_AFTER
    )
    here = Q(organization=organization_id) | Q(organization__isnull=True)
    return ~Q(Exists(better.filter(here))) & ~Q(Exists(fresh))


def read(organization_id: int, people: Mapping[int, str]) -> int:
    """Look at these people's profiles, by number and login; how many were looked at. Not inside a transaction.

    Stops where GitHub's quota is half used, and where GitHub does not answer: the rest is for the next run. Raises
    github.errors where no token could be had.
    """
    ContactSettings.objects.filter(organization=organization_id).update(profiles_read_at=clock.now())
    client, _ = auth.installation_client(required_installation(organization_id))
    done = 0
    with client:
        for person, login in people.items():
            if _is_scarce(client):
                break
            try:
                email = _public_address(client, person, login)
            except errors.GitHubError as error:
                if not _is_of_the_person(error):
                    log.warning("accounts.profiles_put_off", organization=organization_id, error=type(error).__name__)
                    break
                email = ""
            if not _keep(organization_id, person, email):
                break
            done += 1
    return done


def _is_of_the_person(error: errors.GitHubError) -> bool:
    """GitHub shows this profile to nobody, or not to Patrol; what it says of the token it says of everybody."""
    of_the_token = (errors.Unauthorized, errors.NotPermitted, errors.Barred, errors.SsoRequired)
    return isinstance(error, errors.Permanent) and not isinstance(error, of_the_token)


def _is_scarce(client: Client) -> bool:
    known = client.remaining is not None and client.limit
    return bool(known) and client.remaining < client.limit * KEEP_FREE  # type: ignore[operator]


def _public_address(client: Client, person: int, login: str) -> str:
    """Empty where there is none, where it is no address, and where somebody else has the login now."""
    profile = client.profile(login)
    if profile.id != person or not profile.email:
        return ""
    try:
        return email_of(profile.email)
    except NoAddress:
        return ""


def _keep(organization_id: int, person: int, email: str) -> bool:
    """False, and nothing is written, where the organization switched it off meanwhile."""
    now = clock.now()
    with transaction.atomic():
        if not reads_profiles(organization_id):
            return False
        ProfileLook.objects.update_or_create(
            organization_id=organization_id, person_id=person, defaults={"looked_at": now}
        )  # fmt: skip
        source = Contact.Source.PROFILE
        if email:
            contacts.keep(person, email, source=source, organization_id=organization_id, at=now)
        else:
            Contact.objects.filter(organization=organization_id, person_id=person, source=source).delete()
    return True
