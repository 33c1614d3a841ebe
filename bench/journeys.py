"""From a member's wish to the owner's page, and from the owner's click to GitHub."""

import time
from collections.abc import Callable

from bench.alive import ORGANIZATIONS, Alive, alive, seconds_until
from bench.results import Result, percentile
from bench.sync import Stage
from tests.cast import MEMBER
from tests.github import TIMEOUT
from tests.processes import hidden_fields, reviews

WISHES = 30
CLICKS = 20
CLICKS_WITHOUT_BROKER = 3
AIM_WITHOUT_BROKER = 45
LONGEST = 120.0
# More than ten messages of an organization within 20 s are a flood, which Patrol answers with walks.
BETWEEN_WISHES = 1.0
# The pause between two writes to one organization is another matter: clicks keep out of its way.
BETWEEN_CLICKS = 1.3


def webhook_to_page(stage: Stage) -> Result:
    """A member asks; the seconds until the owner's queue shows it."""
    with alive(sqlite=stage.sqlite) as patrol:
        samples = [_until_shown(patrol, number) for number in range(WISHES)]
        detail = patrol.surroundings | _spread(samples)
    return Result("webhook_to_page_p95_s", round(percentile(samples, 95), 3), "s", 1, detail)


def click_to_github(stage: Stage) -> Result:
    """The owner approves; the seconds until GitHub has it. In the detail the same with the broker away."""
    with alive(sqlite=stage.sqlite, PATROL_UNDO_SECONDS="0") as patrol:
        samples = _clicks(patrol, CLICKS)
        detail = patrol.surroundings | _spread(samples)
    with alive(sqlite=stage.sqlite, broker_away=True, PATROL_UNDO_SECONDS="0") as patrol:
        away = _clicks(patrol, CLICKS_WITHOUT_BROKER)
        without = patrol.surroundings | _spread(away) | {"aim_max_s": AIM_WITHOUT_BROKER}
    value = round(percentile(samples, 95), 3)
    return Result("click_to_github_p95_s", value, "s", 1, {**detail, "without_broker": without})


def _until_shown(patrol: Alive, number: int) -> float:
    """One wish, the organizations by turns."""
    time.sleep(BETWEEN_WISHES + number % 7 / 20)  # not in step with anything that runs by the clock
    organization = ORGANIZATIONS[number % len(ORGANIZATIONS)]
    queue = f"/orgs/{organization}/requests/"
    began = time.monotonic()
    asked = patrol.running.github.ask(organization=organization, login=MEMBER, name=f"nightly build {number}")
    address = f'{queue}{asked["id"]}/"'
    return seconds_until(lambda: address in patrol.owner.see(queue), LONGEST, began, "the queue shows the wish")


def _clicks(patrol: Alive, number: int) -> list[float]:
    """Clicks on different requests, the organizations by turns."""
    waiting = {organization: patrol.owner.pending(organization) for organization in ORGANIZATIONS}
    samples = []
    for turn in range(number):
        organization = ORGANIZATIONS[turn % len(ORGANIZATIONS)]
        samples.append(_until_told(patrol, organization, waiting[organization].pop()))
        time.sleep(BETWEEN_CLICKS)
    return samples


def _until_told(patrol: Alive, organization: str, request_id: int) -> float:
    owner, path = patrol.owner, f"/orgs/{organization}/requests/{request_id}/"
    fields = hidden_fields(owner.see(path), f"{path}approve/")
    began = time.monotonic()
    answer = owner.session.post(
        f"{owner.url}{path}approve/", data=fields, headers={"Referer": owner.url + path},
        timeout=TIMEOUT, allow_redirects=False,
    )  # fmt: skip
    answer.raise_for_status()
    return seconds_until(lambda: _is_told(patrol, request_id), LONGEST, began, "GitHub was told of the approval")


def _is_told(patrol: Alive, request_id: int) -> bool:
    for entry in reviews(patrol.running.github.ledger()):
        if entry["path"].endswith(f"/{request_id}") or request_id in entry["body"].get("pat_request_ids", []):
            return True
    return False


def _spread(samples: list[float]) -> dict[str, float]:
    return {
        "samples": len(samples),
        "p50_s": round(percentile(samples, 50), 3),
        "max_s": round(max(samples), 3),
    }


BENCHMARKS: dict[str, Callable[[Stage], Result]] = {
    "webhook_to_page_p95_s": webhook_to_page,
    "click_to_github_p95_s": click_to_github,
}
