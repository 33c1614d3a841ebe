"""The bytes a proof is made over: RFC 8785, the same on every database, and nothing but what the columns say."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from apps.audit.models import INSTANCE, Event
from apps.audit.services import Actor
from tests.audit.writing import recorded

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
LARGEST = 2**53 - 1
"""RFC 8785 section 3.2.2.3: numbers are IEEE 754 doubles; RFC 7493 section 2.2: integers are exact up to here."""


class Colour(StrEnum):
    """A name as the rooms define theirs."""

    RED = "red"


def stored(**fields: Any) -> Event:
    """An event as it comes back from the database."""
    return Event.objects.get(pk=recorded(**fields).pk)


def test_the_bytes_are_these() -> None:
    event = stored(
        name="grant_request.approved", actor=Actor(583231, "owner"), subject="grant_request:123",
        token_name="deploy", reason="", repositories=[3, 1, 2], before=None, forced=False,
    )  # fmt: skip
    expected = (
        '{"actor_id":"583231","actor_login":"owner","chain":"7","data":{"before":null,"forced":false,"reason":"",'
        '"repositories":[3,1,2],"token_name":"deploy"},"name":"grant_request.approved",'
        f'"recorded_at":"{event.recorded_at.isoformat(timespec="microseconds")}","sequence":1,'
        '"subject":"grant_request:123","v":1}'
    )
    assert bytes(event.canonical) == expected.encode()


def test_keys_and_texts_are_written_as_rfc_8785_says() -> None:
    """The samples of its sections 3.2.3 (order by UTF-16 units) and 3.2.2 (text)."""
    keys = {
        "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
        "\U0001f600": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis",
    }  # fmt: skip
    event = stored(keys=keys, text="\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/")
    expected = (
        '"data":{"keys":{"\\r":"Carriage Return","1":"One","\u0080":"Control",'
        '"ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","\U0001f600":"Emoji: Grinning Face",'
        '"\ufb33":"Hebrew Letter Dalet With Dagesh"},"text":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"},"name"'
    )
    assert expected.encode() in bytes(event.canonical)


def test_the_bytes_say_what_the_columns_say() -> None:
    for fields in (
        {"actor": Actor(2**60, "owner"), "subject": "grant:1", "old": {"a": [1, {"b": None}]}, "new": ("x", True)},
        {"chain": None, "colour": Colour.RED, "note": "müßig \u202e \U0001f600 </script>"},
        {},
    ):
        event = stored(**fields)
        said = json.loads(bytes(event.canonical))
        assert said["v"] == 1
        assert said["chain"] == str(event.chain)
        assert said["sequence"] == event.sequence
        assert (said["name"], said["subject"]) == (event.name, event.subject)
        assert said["actor_id"] == (None if event.actor_id is None else str(event.actor_id))
        assert said["actor_login"] == event.actor_login
        assert datetime.fromisoformat(said["recorded_at"]) == event.recorded_at
        assert said["data"] == event.data
        assert set(said) == {
            "v", "chain", "sequence", "name", "subject", "actor_id", "actor_login", "recorded_at", "data",
        }  # fmt: skip


def test_the_instance_is_a_chain_with_a_number_like_the_others() -> None:
    assert json.loads(bytes(stored(chain=None).canonical))["chain"] == str(INSTANCE)


def test_integers_that_a_double_does_not_hold_are_text_in_the_bytes() -> None:
    event = stored(exact=LARGEST, beyond=LARGEST + 1, below=-LARGEST - 1, deep=[{"id": 2**63}])
    said = json.loads(bytes(event.canonical))["data"]
    assert said == {
        "exact": LARGEST, "beyond": str(LARGEST + 1), "below": str(-LARGEST - 1), "deep": [{"id": str(2**63)}],
    }  # fmt: skip
    assert event.data == {"exact": LARGEST, "beyond": LARGEST + 1, "below": -LARGEST - 1, "deep": [{"id": 2**63}]}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(0.5, id="float"),
        pytest.param(1.0, id="whole-float"),
        pytest.param(float("nan"), id="nan"),
        pytest.param(Decimal(1), id="decimal"),
        pytest.param(b"bytes", id="bytes"),
        pytest.param({1, 2}, id="set"),
        pytest.param(datetime.now(UTC), id="datetime"),
        pytest.param(object(), id="object"),
        pytest.param({1: "a"}, id="number-as-key"),
        pytest.param({None: "a"}, id="null-as-key"),
    ],
)
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: [{"inside": value}]], ids=["bare", "inside"])
def test_what_has_no_one_spelling_is_refused(value: object, wrap: Any) -> None:
    with pytest.raises(TypeError, match="An event"):
        recorded(value=wrap(value))
    assert Event.objects.count() == 0


def test_a_lone_surrogate_is_refused() -> None:
    """It has no UTF-8; texts of strangers lost theirs when they came in."""
    with pytest.raises(ValueError, match="non-UTF-8"):
        recorded(text="\ud800")
    assert Event.objects.count() == 0
