"""Lists that leave Patrol as files: who took what, in the record of each organization."""

from collections.abc import Mapping

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.tokens.names import Name


def record_export(*, user: User, counts: Mapping[int, int], query: str, form: str) -> None:
    """An export begins: `counts` is how many of each organization, `query` the filter as an address says it.

    What arrives nobody knows: the reader may go away. An organization of which nothing is exported hears nothing.
    """
    with transaction.atomic():
        for organization_id, count in sorted(counts.items()):
            audit.record(
                Name.TOKENS_EXPORTED, organization_id=organization_id, actor=user.actor, filter=query, count=count,
                format=form,
            )  # fmt: skip
