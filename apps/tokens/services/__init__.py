"""What owners do: decide (`deciding`, `seconding`), answer alarms (`alarms`), revoke all that matches (`matching`),
plan for a day (`planning`, `sleeping`), say how they govern (`governing`), when people are reminded (`reminding`) and
whether by issues (`issuing`), export (`exporting`), keep views of lists (`viewing`). What an operator does: read
GitHub's permission table (`documenting`).
"""

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
from apps.tokens.services.documenting import Replaced, replace_permission_table
from apps.tokens.services.exporting import record_export
from apps.tokens.services.governing import accept_vanishing, change_decision_settings, state_policy
from apps.tokens.services.issuing import change_reminder_issues
from apps.tokens.services.matching import freeze_revocation, send_revocation
from apps.tokens.services.planning import (
    EXTENSION,
    Planned,
    cancel_plans,
    extend_plan,
    keep_token,
    plan_revocations,
)
from apps.tokens.services.reminding import (
    change_reminder_defaults,
    change_reminder_settings,
    confirm_replacement,
    withdraw_replacement,
)
from apps.tokens.services.seconding import confirm_approval, confirm_approvals, reject_approval
from apps.tokens.services.sleeping import (
    change_sleeping_defaults,
    change_sleeping_settings,
    propose_beyond_bound,
    sleeping_changes,
)
from apps.tokens.services.viewing import PREFERENCE as COLUMNS_PREFERENCE
from apps.tokens.services.viewing import change_view, choose_columns, delete_view, save_view, share_view, unshare_view

__all__ = [
    "COLUMNS_PREFERENCE", "EXTENSION", "LONGEST_REASON", "Action", "Outcome", "Planned", "Refusal", "Replaced",
    "accept_vanishing", "acknowledge_wider", "cancel_plans", "change_decision_settings",
    "change_reminder_defaults", "change_reminder_issues", "change_reminder_settings",
    "change_sleeping_defaults", "change_sleeping_settings", "change_view", "choose_columns", "confirm_approval",
    "confirm_approvals", "confirm_replacement", "decide_requests", "delete_view", "extend_plan", "freeze_revocation",
    "how_decided", "keep_token", "plan_revocations", "propose_beyond_bound", "record_export", "reject_approval",
    "replace_permission_table", "revoke_grants", "save_view", "send_revocation", "share_view", "sleeping_changes",
    "state_policy", "undo_decisions", "undo_seconds", "unshare_view", "withdraw_replacement",
]  # fmt: skip
