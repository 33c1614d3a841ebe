"""The process that carries a decision is killed, wherever it stands."""

from collections.abc import Callable

import pytest

from tests.faults.outcomes import Fault

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def test_a_decision_that_nothing_happens_to_is_confirmed(fault: Callable[[str], Fault]) -> None:
    nothing = fault("nothing")
    nothing.decide()
    nothing.settles("confirmed")
    assert nothing.told() == ["approve"]
