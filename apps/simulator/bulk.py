"""Bulk calls: accepted at once (202), done later, and skipping what is gone by then."""

from __future__ import annotations

from apps.simulator.app_model import App
from apps.simulator.decisions import approve, deny, edit_at_review, revoke
from apps.simulator.model import Organization, User
from apps.simulator.state import Scheduled, State


def settle(state: State) -> None:
    """Do what is due by now. Called before every answer, so nobody ever sees a world that is late."""
    if not state.scheduled:
        return
    now = state.now()
    due = [entry for entry in state.scheduled if entry.due <= now]
    if due:
        state.scheduled = [entry for entry in state.scheduled if entry.due > now]
        for entry in due:
            _carry_out(state, entry)


def _carry_out(state: State, entry: Scheduled) -> None:
    organization = state.organization_named(entry.organization)
    if organization is None:
        return
    actor = state.apps[entry.app_id] if entry.actor_id is None else state.users[entry.actor_id]
    for number in entry.ids:
        if entry.action == "revoke":
            _revoke(state, organization, number)
        else:
            _review(state, organization, number, entry.action, actor)


def _revoke(state: State, organization: Organization, number: int) -> None:
    held = organization.grants.get(number)
    if held is not None:
        revoke(state, organization, held)


def _review(state: State, organization: Organization, number: int, action: str, actor: User | App) -> None:
    edit_at_review(state, organization, number)
    request = organization.requests.get(number)
    if request is None:
        return
    if action == "approve":
        approve(state, organization, request, actor)
    else:
        deny(state, organization, request, actor)
