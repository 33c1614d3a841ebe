"""One walk over one list: page by page, each page one short transaction, resumable after every one of them.

A page that GitHub calls unchanged (304) stands for the ids it held when it was last read whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from apps.core import clock
from apps.github import errors
from apps.github.client import ENDLESS, Trail
from apps.tokens import adopt
from apps.tokens.kinds import Item, Kind
from apps.tokens.leases import Lease
from apps.tokens.models import ListPage, Quarantine, Walk
from apps.tokens.reading import PageRead, Reader

FULL_PAGE = 100
RESUMES_WITHIN = timedelta(minutes=10)
MOST_QUARANTINED = 200
MOST_PAGES = 10_000


class OutOfPatience(Exception):
    """The caller's time is over; the walk goes on at the same page another time."""


@dataclass(frozen=True)
class Trip:
    """What a walk needs: who reads, by whose right, for which organization, until when."""

    reader: Reader
    lease: Lease
    organization_id: int
    first_sync: bool
    until: datetime | None = None


def walk(trip: Trip, kind: Kind) -> Walk:
    """Walk one list to its end. Raises what Reader and Lease raise, and OutOfPatience; the walk then rests."""
    row = _resumed(trip, kind) or _started(trip, kind)
    pages = ListPage.objects.filter(organization=trip.organization_id, listing=row.listing)
    kept = {page.number: page for page in pages}
    if row.pages_known is None and kept:
        row.pages_known = len(kept)
    nothing_known = not kind.model.objects.filter(organization=trip.organization_id).exists()
    course = _Course(trip, kind, row, kept, Trail(row.pages.values_list("url", flat=True)), nothing_known)
    step: _Step | None = _Step(course, number=row.pages_done + 1, url=row.next_url)
    while step is not None:
        step = _through(step)
    return row


def fail(organization_id: int, why: str, *, final: bool) -> None:
    """Note why the walk that is under way rests, or (`final`) that it failed and the next begins anew."""
    under_way = Walk.objects.filter(organization=organization_id, state=Walk.State.WALKING)
    if final:
        under_way.update(state=Walk.State.FAILED, finished_at=clock.now(), error=why[:500])
    else:
        under_way.update(error=why[:500])


def seen_ids(row: Walk) -> set[int]:
    """GitHub's ids of everything the walk met."""
    return {number for ids in row.pages.values_list("ids", flat=True) for number in ids}


# --- beginning ---------------------------------------------------------------------------------------------


def _resumed(trip: Trip, kind: Kind) -> Walk | None:
    """A walk that a dead process left, when it is young enough to be one picture of the list."""
    under_way = Walk.objects.filter(
        organization=trip.organization_id, listing=kind.listing, state=Walk.State.WALKING
    ).order_by("-started_at")
    row = under_way.first()
    if row is not None and row.started_at > clock.now() - RESUMES_WITHIN and row.pages_done:
        return row
    under_way.update(state=Walk.State.FAILED, finished_at=clock.now(), error="It was left unfinished for too long.")
    return None


def _started(trip: Trip, kind: Kind) -> Walk:
    return Walk.objects.create(organization_id=trip.organization_id, listing=kind.listing, started_at=clock.now())


# --- a page ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Course:
    """A walk under way: `kept` are the pages as the walks before left them, by number; `trail` those of this one.

    `nothing_known`: no page of it needs to be compared with what stands already.
    """

    trip: Trip
    kind: Kind
    row: Walk
    kept: Mapping[int, ListPage]
    trail: Trail
    nothing_known: bool


class _Step:
    """A page that is read: made with its list, whole once its repositories are there, then written down.

    `url` is empty at the beginning of the list.
    """

    def __init__(self, course: _Course, *, number: int, url: str) -> None:
        trip, kind = course.trip, course.kind
        if trip.until and clock.now() > trip.until:
            raise OutOfPatience
        self._course, self._trip, self._kind = course, trip, kind
        self._number, self._kept, self._read_at = number, course.kept.get(number), clock.now()
        reader = trip.reader
        self._sent_before, self._unmodified_before = reader.requests_sent, reader.not_modified
        self._page = self._read(url or reader.first_url(kind))
        items = {item.id: item for item in self._page.items}
        self._finding = Finding(
            reader, kind, trip.organization_id, items, self._read_at,
            first_sync=trip.first_sync, nothing_known=course.nothing_known,
        )  # fmt: skip

    @property
    def _unchanged(self) -> ListPage | None:
        """The page that GitHub's 304 stands for."""
        return self._kept if self._page.not_modified else None

    @property
    def _next_url(self) -> str:
        return self._unchanged.next_url if self._unchanged else self._page.next_url

    def fetch(self) -> None:
        """Wait until everything of this page is read."""
        self._found, reader = self._finding.result(), self._trip.reader
        self._sent = reader.requests_sent - self._sent_before
        self._unmodified = reader.not_modified - self._unmodified_before

    def next(self) -> "_Step | None":
        """The next page, its list read and its repositories on their way; None at the end."""
        if not self._next_url:
            return None
        return _Step(self._course, number=self._number + 1, url=self._next_url)

    def write(self) -> None:
        """Write it down with how far the walk is."""
        row = self._course.row
        row.http_requests += self._sent
        row.not_modified += self._unmodified
        with transaction.atomic():
            self._trip.lease.hold()
            if self._unchanged:
                ListPage.objects.filter(pk=self._unchanged.pk).update(walk=row)
            else:
                row.changed += adopt.adopt(self._found)
                _keep_page(row, self._page, self._found.unread)
            self._course.trail.onward(self._page.url, self._next_url)
            _advance(row, next_url=self._next_url, last_page=self._page.last_page)

    def _read(self, url: str) -> PageRead:
        kept = self._kept
        etag = kept.etag if kept and _may_be_conditional(kept, url) else ""
        return self._trip.reader.page(self._kind, url, etag=etag, fingerprint=kept.token_fingerprint if kept else "")


def _through(step: _Step) -> _Step | None:
    """Finish a page; it is written down while the next is read, whatever becomes of that. Returns the next."""
    step.fetch()
    try:
        following = step.next()
    except Exception:
        step.write()
        raise
    step.write()
    return following


def _may_be_conditional(kept: ListPage, url: str) -> bool:
    """A full last page might have got a page after it without changing itself."""
    return kept.url == url and bool(kept.next_url or len(kept.ids) < FULL_PAGE)


class Finding:
    """Items of a list on their way to be adopted: repositories of new and changed "subset" items are fetched."""

    def __init__(
        self, reader: Reader, kind: Kind, organization_id: int, items: dict[int, Item], read_at: datetime, *,
        first_sync: bool = False, nothing_known: bool = False,
    ) -> None:  # fmt: skip
        self._told = (kind, organization_id, items)
        self._read_at, self._first_sync = read_at, first_sync
        wanted = adopt.subsets(items) if nothing_known else adopt.unverified(kind, organization_id, items)
        self._fetch = reader.begin_repositories(kind, list(wanted))

    def result(self) -> adopt.Found:
        """`unread` are those that were not there any more when their repositories were asked for."""
        fetched = self._fetch.result()
        repositories = {number: found for number, found in fetched.items() if found is not None}
        unread = frozenset(fetched.keys() - repositories.keys())
        return adopt.Found(*self._told, repositories, self._read_at, self._first_sync, unread)


def _keep_page(row: Walk, page: PageRead, unread: frozenset[int]) -> None:
    """What a 304 will stand for. A page with something that could not be read is read whole each time."""
    ids = [item.id for item in page.items if item.id not in unread]
    ids += [one.item_id for one in page.bad if one.item_id is not None]
    whole = not page.bad and not unread and len(page.etag) <= 200
    kept = ListPage(
        organization_id=row.organization_id, listing=row.listing, number=row.pages_done + 1, walk=row,
        url=page.url, next_url=page.next_url, ids=ids, token_fingerprint=page.fingerprint,
        etag=page.etag if whole else "",
    )  # fmt: skip
    ListPage.objects.bulk_create(
        [kept],
        update_conflicts=True,
        unique_fields=["organization", "listing", "number"],
        update_fields=["walk", "url", "next_url", "ids", "token_fingerprint", "etag"],
    )
    for one in page.bad[: max(0, MOST_QUARANTINED - row.quarantined)]:
        Quarantine.objects.create(
            organization_id=row.organization_id, listing=row.listing, walk=row, seen_at=clock.now(),
            problem=one.problem[:500], excerpt=one.excerpt,
        )  # fmt: skip
    row.quarantined += len(page.bad)


def _advance(row: Walk, *, next_url: str, last_page: int | None) -> None:
    """One page further, or at the end."""
    if next_url and row.pages_done >= MOST_PAGES:
        raise errors.Permanent(ENDLESS)
    row.pages_done, row.next_url, row.error = row.pages_done + 1, next_url, ""
    row.pages_known = max(last_page or row.pages_known or 0, row.pages_done)
    if not next_url:
        _end(row)
    row.save()


def _end(row: Walk) -> None:
    row.state, row.finished_at, row.pages_known = Walk.State.COMPLETE, clock.now(), row.pages_done
    mine = {"organization": row.organization_id, "listing": row.listing}
    ListPage.objects.filter(**mine, number__gt=row.pages_done).delete()
    Quarantine.objects.filter(**mine).exclude(walk=row).delete()


def forget_old_walks(older_than: timedelta = timedelta(days=7)) -> int:
    """Ended walks that nothing refers to, but for the first complete ones: they say since when Patrol looks."""
    ended = Walk.objects.filter(finished_at__lt=clock.now() - older_than, pages__isnull=True)
    first = Walk.objects.filter(state=Walk.State.COMPLETE).order_by("organization", "listing", "started_at")
    keep: dict[tuple[int, str], int] = {}
    for pk, organization_id, listing in first.values_list("pk", "organization", "listing").iterator():
        keep.setdefault((organization_id, listing), pk)
    deleted, _ = ended.exclude(pk__in=list(keep.values())).delete()
    return deleted


def add_requests(row: Walk, sent: int) -> None:
    """Requests that settled what the walk did not meet count as its own."""
    if sent:
        Walk.objects.filter(pk=row.pk).update(http_requests=F("http_requests") + sent)
