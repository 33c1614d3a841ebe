"""What owners do: decide (`deciding`, `seconding`), answer alarms (`alarms`), say how they govern (`governing`), take lists away (`exporting`)."""

from apps.tokens.services.alarms import acknowledge_wider
from apps.tokens.services.deciding import (
    LONGEST_REASON,
    Action,
    Outcome,
    Refusal,
    decide_requests,
    how_decided,
    revoke_grants,
    undo_decisions,
    undo_seconds,
)
from apps.tokens.services.exporting import record_export
from apps.tokens.services.governing import accept_vanishing, change_decision_settings, state_policy
from apps.tokens.services.seconding import confirm_approval, confirm_approvals, reject_approval

__all__ = [
    "LONGEST_REASON", "Action", "Outcome", "Refusal", "accept_vanishing", "acknowledge_wider",
    "change_decision_settings", "confirm_approval", "confirm_approvals", "decide_requests", "how_decided",
    "record_export", "reject_approval", "revoke_grants", "state_policy", "undo_decisions", "undo_seconds",
]  # fmt: skip
