"""The names of this room's audit events, and of its kinds of writes to GitHub."""

from enum import StrEnum


class Name(StrEnum):
    """Audit events: subject and what happened to it."""

    REQUEST_SEEN = "grant_request.seen"
    REQUEST_ENDED = "grant_request.ended"
    GRANT_SEEN = "grant.seen"
    GRANT_GONE = "grant.gone"
    APPROVAL_PROPOSED = "grant_request.approval_proposed"
    DENIAL_PROPOSED = "grant_request.denial_proposed"
    REVOCATION_PROPOSED = "grant.revocation_proposed"
    REQUEST_DECISION_WITHDRAWN = "grant_request.decision_withdrawn"
    REVOCATION_WITHDRAWN = "grant.revocation_withdrawn"
    DECISION_SETTINGS_CHANGED = "decision_settings.changed"
    INHERITED_SETTINGS_CHANGED = "decision_settings.inherited_changed"
    INSTANCE_DEFAULTS_CHANGED = "decision_defaults.changed"
    GROUP_CHANGED = "organization_group.changed"
    APPROVAL_CONFIRMED = "grant_request.approval_confirmed"
    APPROVAL_REJECTED = "grant_request.approval_rejected"
    DECISION_TOLD = "grant_request.decision_told"
    APPROVED = "grant_request.approved"
    DENIED = "grant_request.denied"
    REVOKED = "grant.revoked"
    FOUND_WIDER = "grant.found_wider"
    WIDER_EXPLAINED = "grant.wider_explained"
    WIDER_ACKNOWLEDGED = "grant.wider_acknowledged"
    FOUND_NARROWED = "grant.found_narrowed"
    VANISHING_ACCEPTED = "sync.vanishing_accepted"
    STATED_POLICY_CHANGED = "stated_policy.changed"
    TOKENS_EXPORTED = "tokens.exported"
    MATCHING_REVOKED = "tokens.revocation_decided"
    VIEW_SHARED = "saved_view.shared"
    VIEW_UNSHARED = "saved_view.unshared"
    VIEW_CHANGED = "saved_view.changed"
    VIEW_DELETED = "saved_view.deleted"
    PLAN_MADE = "planned_revocation.planned"
    PLAN_MOVED = "planned_revocation.extended"
    PLAN_KEPT = "planned_revocation.kept"
    PLAN_CANCELLED = "planned_revocation.cancelled"
    PLAN_NEAR = "planned_revocation.near"
    PLAN_SENT = "planned_revocation.sent"


class EffectKind(StrEnum):
    """What `effects` carries to GitHub for this room."""

    REVIEW_REQUEST = "tokens.review_request"
    REVOKE_GRANT = "tokens.revoke_grant"
