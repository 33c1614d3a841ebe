"""The judge itself: what it lets pass and what it refuses, with GitHub's description as the law."""

from __future__ import annotations

import json

import pytest

from scripts.extract_openapi import EXTRACT, OPERATIONS, extract
from tests.contract.messages import Answer, Request
from tests.contract.openapi import GITHUB, ContractError, Description, load
from tests.contract.schemas import formats

JSON_TYPE = {"Content-Type": "application/json; charset=utf-8"}
REQUESTS = "/orgs/acme/personal-access-token-requests"
TOKENS = "/orgs/acme/personal-access-tokens"


def answer(status: int, value: object) -> Answer:
    """Return an answer with `value` as JSON."""
    return Answer(status, JSON_TYPE, json.dumps(value).encode())


def post(target: str, value: object) -> Request:
    """Return a request that posts `value` as JSON."""
    return Request("POST", target, JSON_TYPE, json.dumps(value).encode())


def test_the_extract_is_complete_and_stays_itself() -> None:
    document = json.loads(EXTRACT.read_text())
    assert extract(document) | {"x-source": document["x-source"]} == document
    assert document["x-source"]["licence"] == "MIT"
    assert document["x-source"]["version"] == document["info"]["version"]


def test_the_extract_refuses_an_operation_that_the_description_lacks() -> None:
    document = json.loads(EXTRACT.read_text())
    with pytest.raises(KeyError, match="no PATCH /orgs"):
        extract(document, [("PATCH", "/orgs/{org}")])


def test_every_operation_is_found_by_a_path_of_its_own(description: Description) -> None:
    for verb, path in OPERATIONS:
        concrete = path.replace("{installation_id}", "7").replace("{pat_id}", "8").replace("{", "").replace("}", "")
        assert description.operation(verb, concrete).name == f"{verb} {path}"


@pytest.mark.parametrize("target", ["/orgs", "/orgs/a/b", "/orgs/a/", "//orgs/a", TOKENS + "/1/revoke"])
def test_a_path_of_no_operation_is_refused(description: Description, target: str) -> None:
    with pytest.raises(ContractError, match="the description has no GET"):
        description.operation("GET", target)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?per_page=100&page=2",
        "?token_id[]=1&token_id[]=2&owner[]=octocat",
        "?token_id%5B%5D=1",
        "?last_used_before=2026-01-02T03:04:05Z&sort=created_at&direction=asc&permission=issues_read",
    ],
)
def test_documented_parameters_pass(description: Description, query: str) -> None:
    assert description.check_request(Request("GET", TOKENS + query)).path == "/orgs/{org}/personal-access-tokens"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("?limit=5", "query parameter limit is unknown"),
        ("?token_id=1", "query parameter token_id is unknown"),
        ("?per_page=many", "query parameter per_page .*'many' is not of type 'integer'"),
        ("?per_page=1&per_page=2", "query parameter per_page is given 2 times"),
        ("?sort=name", "query parameter sort .*'name' is not one of"),
        ("?last_used_after=2026-02-30T00:00:00Z", "query parameter last_used_after .*is not a 'date-time'"),
        ("?" + "&".join(f"token_id[]={n}" for n in range(51)), r"query parameter token_id\[\] .*is too long"),
    ],
)
def test_undocumented_parameters_are_refused(description: Description, query: str, fault: str) -> None:
    with pytest.raises(ContractError, match=rf"GET /orgs/{{org}}/personal-access-tokens request {fault}"):
        description.check_request(Request("GET", TOKENS + query))


def test_a_path_parameter_of_the_wrong_type_is_refused(description: Description) -> None:
    with pytest.raises(ContractError, match=r"path parameter pat_id .*'x' is not of type 'integer'"):
        description.check_request(post(f"{TOKENS}/x", {"action": "revoke"}))


def test_documented_bodies_pass(description: Description) -> None:
    description.check_request(post(f"{REQUESTS}/3", {"action": "deny", "reason": None}))
    description.check_request(post(REQUESTS, {"action": "approve", "pat_request_ids": [1, 2]}))
    description.check_request(post(TOKENS, {"action": "revoke", "pat_ids": [1]}))
    description.check_request(Request("POST", "/app/installations/1/access_tokens"))


@pytest.mark.parametrize(
    ("target", "body", "fault"),
    [
        (f"{REQUESTS}/3", {"action": "accept"}, r"body \$\.action: 'accept' is not one of"),
        (f"{REQUESTS}/3", {"reason": "x"}, r"body \$: 'action' is a required property"),
        (f"{REQUESTS}/3", {"action": "deny", "reason": "x" * 1025}, r"body \$\.reason: .*is too long"),
        (f"{TOKENS}/3", {"action": "revoke", "reason": "x"}, r"body \$: .*'reason' was unexpected"),
        (TOKENS, {"action": "revoke", "pat_ids": []}, r"body \$\.pat_ids: \[\] "),
        (TOKENS, {"action": "revoke", "pat_ids": list(range(101))}, r"body \$\.pat_ids: .*too long"),
        (
            TOKENS,
            {"action": "revoke", "pat_ids": ["1"]},
            r"body \$\.pat_ids\[0\]: '1' is not of type 'integer'",
        ),
    ],
)
def test_undocumented_bodies_are_refused(description: Description, target: str, body: object, fault: str) -> None:
    with pytest.raises(ContractError, match=fault):
        description.check_request(post(target, body))


def test_a_missing_or_unexpected_body_is_refused(description: Description) -> None:
    with pytest.raises(ContractError, match="the body is missing"):
        description.check_request(Request("POST", f"{TOKENS}/3"))
    with pytest.raises(ContractError, match="a body is sent where none is known"):
        description.check_request(Request("DELETE", "/installation/token", JSON_TYPE, b"{}"))
    with pytest.raises(ContractError, match="body is text/plain, known: application/json"):
        description.check_request(Request("POST", f"{TOKENS}/3", {"content-type": "text/plain"}, b"{}"))


def test_an_answer_passes_as_described_and_fails_with_its_json_path(description: Description) -> None:
    operation = description.operation("GET", "/user/memberships/orgs/acme")
    example = description.document["components"]["examples"]
    name = "org-membership-response-if-user-has-an-active-admin-membership-with-organization"
    good = example[name]["value"]
    description.check_answer(operation, answer(200, good))
    with pytest.raises(ContractError, match=r"GET /user/.* 200 body \$\.role: 'owner' is not one of"):
        description.check_answer(operation, answer(200, good | {"role": "owner"}))
    with pytest.raises(ContractError, match=r"\$\.user\.id: '1' is not of type 'integer'"):
        description.check_answer(operation, answer(200, good | {"user": good["user"] | {"id": "1"}}))
    with pytest.raises(ContractError, match=r"body \$: .*'nickname' was unexpected"):
        description.check_answer(operation, answer(200, good | {"nickname": "x"}))
    description.check_answer(operation, answer(200, good | {"user": None}))
    with pytest.raises(ContractError, match=r"\$\.organization: None is not of type 'object'"):
        description.check_answer(operation, answer(200, good | {"organization": None}))


def test_a_refusal_says_why(description: Description) -> None:
    operation = description.operation("GET", TOKENS)
    basic = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
    description.check_answer(operation, answer(404, basic))
    description.check_answer(operation, answer(401, basic))
    with pytest.raises(ContractError, match=r"404 body \$\.message: a refusal without a reason"):
        description.check_answer(operation, answer(404, {}))
    with pytest.raises(ContractError, match="404 the body is text/html"):
        description.check_answer(operation, Answer(404, {"Content-Type": "text/html"}, b"<p>"))


def test_a_422_has_the_shape_of_a_validation_error(description: Description) -> None:
    operation = description.operation("POST", f"{TOKENS}/1")
    good = {"message": "Validation Failed", "documentation_url": "https://docs.github.com/rest"}
    fault = {"resource": "Grant", "field": "action", "code": "invalid"}
    description.check_answer(operation, answer(422, good | {"errors": [fault], "status": "422"}))
    with pytest.raises(ContractError, match=r"\$\.errors\[0\]: 'code' is a required property"):
        description.check_answer(operation, answer(422, good | {"errors": [{"field": "action"}]}))


def test_a_status_nobody_described_is_refused(description: Description) -> None:
    operation = description.operation("GET", TOKENS)
    description.check_answer(operation, Answer(304))
    with pytest.raises(ContractError, match="304 a 304 has a body"):
        description.check_answer(operation, Answer(304, JSON_TYPE, b"[]"))
    with pytest.raises(ContractError, match=r"418 no such status is known \(known: 200"):
        description.check_answer(operation, Answer(418))
    with pytest.raises(ContractError, match="204 a body is sent where none is known"):
        description.check_answer(description.operation("POST", f"{TOKENS}/1"), answer(204, {}))


def test_a_later_api_version_knows_fewer_fields() -> None:
    old, new = load(GITHUB, "2022-11-28"), load(GITHUB, "2026-03-10")
    counter = {"limit": 1, "used": 0, "remaining": 1, "reset": 0}
    resources = {"core": counter, "search": counter}
    both = answer(200, {"resources": resources, "rate": counter})
    old.check_answer(old.operation("GET", "/rate_limit"), both)
    with pytest.raises(ContractError, match="'rate' was unexpected"):
        new.check_answer(new.operation("GET", "/rate_limit"), both)
    new.check_answer(new.operation("GET", "/rate_limit"), answer(200, {"resources": resources}))


def test_every_format_of_the_description_is_really_checked(description: Description) -> None:
    used = set(every_format(description.document))
    assert used <= set(formats.checkers), "a format nobody checks"
    judged = {"date-time": "2026-13-01T00:00:00Z", "uri": "https://x/{y}", "email": "nobody"}
    judged |= {"int64": str(2**63), "timestamp": "-1"}
    for name in used:
        value: object = int(judged[name]) if name in ("int64", "timestamp") else judged[name]
        assert not formats.conforms(value, name)
    assert formats.conforms("https://api.github.com/users?a=%20", "uri")
    assert formats.conforms("2026-01-02T03:04:05.123+01:00", "date-time")


def every_format(node: object) -> list[str]:
    """Return the value of every `format` in `node`."""
    if isinstance(node, list):
        return [name for item in node for name in every_format(item)]
    if not isinstance(node, dict):
        return []
    own = [node["format"]] if isinstance(node.get("format"), str) else []
    return own + [name for value in node.values() for name in every_format(value)]
