"""Events as bytes: whatever people call their tokens, two libraries read a name and nothing else."""

from datetime import UTC, date, datetime

import icalendar
import vobject
from hypothesis import given
from hypothesis import strategies as st

from apps.dashboard.expiring import ical
from apps.dashboard.expiring.ending import Entry

NAMES = st.text(max_size=300) | st.sampled_from(
    ["a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:injected", "nul\0", "\u202egnp.exe", "semi;colon,comma\\n", "é" * 300,
     "\ud800", "x\x0bATTENDEE:mailto:a@b", '"quoted"', "\u2028line", "TRIGGER:-P1D"]
)  # fmt: skip
DAYS = st.dates(date(2000, 1, 1), date(2900, 1, 1))


@given(name=NAMES, day=DAYS, alarm=st.none() | st.sampled_from([1, 7, 14]))
def test_a_name_is_only_ever_a_name(name: str, day: date, alarm: int | None) -> None:
    at = datetime(2026, 11, 27, 12, 0, 0, 123456, UTC)
    words, url = (f"The token {name}.",), "https://patrol.example/"
    entry = Entry("some-uid", day, f"Token ends: {name}", words, url, "low", 3, at)
    written = ical.written(name, "Europe/Berlin", alarm, [entry, entry])
    lines = written.decode().split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not set("".join(lines)) & {"\r", "\n", "\0", "\u202e", "\x0b", "\u2028"}
    assert lines.count("BEGIN:VEVENT") == 2
    calendar = icalendar.Calendar.from_ical(written)
    mine = calendar.walk("VEVENT")
    assert [len(mine), [one.errors for one in mine]] == [2, [[], []]]
    assert mine[0].decoded("DTSTART") == day
    assert set(mine[0]) == {
        "UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "URL",
        "CATEGORIES", "TRANSP",
    }  # fmt: skip
    theirs = vobject.readOne(written.decode())
    assert theirs.vevent_list[0].summary.value == str(mine[0]["SUMMARY"])
    assert ical.tag(name, "UTC", alarm, [entry]) != ical.tag(name, "UTC", alarm, [entry, entry])
