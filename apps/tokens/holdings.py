"""Which repositories a request or a grant of selection "subset" reaches: rows of repositories, and the links."""

from collections.abc import Iterable, Mapping

from apps.core import bulk, text
from apps.github import repositories, wire
from apps.github.models import Repository
from apps.tokens.kinds import Kind, Row
from apps.tokens.lineage import repository_ids
from apps.tokens.models import Selection


def link(
    kind: Kind,
    organization_id: int,
    rows: Mapping[int, Row],
    fetched: Mapping[int, list[wire.Repository]],
    new: Iterable[int] = (),
) -> set[int]:
    """Make the links of `rows` (by GitHub's id) what was fetched; rows without "subset" lose theirs.

    `new` rows have no links yet. Returns the tokens' primary keys whose repositories changed. A constant
    number of statements, in the caller's transaction.
    """
    wanted = {
        row.pk: {one.id for one in fetched[number]} if row.repository_selection == Selection.SUBSET else set()
        for number, row in rows.items()
        if number in fetched or row.repository_selection != Selection.SUBSET
    }
    _adopt_repositories(organization_id, [one for number in rows for one in fetched.get(number, ())])
    fresh = {rows[number].pk for number in new}
    held = repository_ids(kind.model, [pk for pk in wanted if pk not in fresh])
    extra = {(pk, one) for pk, ids in held.items() for one in ids - wanted[pk]}
    missing = {(pk, one) for pk, ids in wanted.items() for one in ids - held.get(pk, set())}
    if extra:
        _unlink(kind, extra)
    bulk.write(kind.through, [{kind.link: pk, "repository_id": one} for pk, one in sorted(missing)])
    moved = {pk for pk, _ in extra | missing}
    return {row.token_id for row in rows.values() if row.pk in moved}


def _unlink(kind: Kind, pairs: set[tuple[int, int]]) -> None:
    known = kind.through.objects.filter(**{f"{kind.link}__in": {pk for pk, _ in pairs}})
    doomed = [link_pk for link_pk, pk, one in known.values_list("pk", kind.link, "repository_id") if (pk, one) in pairs]
    kind.through.objects.filter(pk__in=doomed).delete()


def _adopt_repositories(organization_id: int, found: Iterable[wire.Repository]) -> None:
    """Rows for repositories that are new, renamed, or changed between private and public."""
    wanted = {
        one.id: (organization_id, text.visible(one.name), text.visible(one.full_name, limit=400), one.private)
        for one in found
    }
    if not wanted:
        return
    columns = ("organization_id", "name", "full_name", "private")
    known = {row[0]: row[1:] for row in Repository.objects.filter(pk__in=list(wanted)).values_list("pk", *columns)}
    rows = [
        {"id": pk, **dict(zip(columns, values, strict=True))}
        for pk, values in sorted(wanted.items())
        if known.get(pk) != values
    ]
    renamed = [pk for pk in wanted if pk in known and known[pk][1] != wanted[pk][1]]
    repositories.were_called((pk, known[pk][1]) for pk in renamed)
    bulk.write(Repository, rows, unique=["id"], update=columns)
