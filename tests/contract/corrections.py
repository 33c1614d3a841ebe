"""Where GitHub's description is known to be wrong about GitHub (room: contract tests).

Each correction is one function with its evidence; `test_github_examples.py` shows that each is still needed.
"""

from __future__ import annotations

from copy import deepcopy

from tests.contract.schemas import DOCUMENT, Json

UNPROCESSABLE = ("validation-error", "validation-error-simple")


def corrected(document: Json) -> Json:
    """Return a copy of `document` (JSON Schema already) with every correction; parts it lacks are left alone."""
    result = deepcopy(document)
    let_refusals_name_their_status(result)
    let_listed_installations_be_installations(result)
    return result


def let_refusals_name_their_status(document: Json) -> None:
    """Only `basic-error` knows `status`, yet every refusal has it, as text.

    Source: docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api.
    """
    schemas = document["components"]["schemas"]
    for shape in UNPROCESSABLE:
        if shape in schemas:
            schemas[shape]["properties"]["status"] = {"type": "string"}


def let_listed_installations_be_installations(document: Json) -> None:
    """`GET /app/installations` alone describes an account that is a user and an enterprise in one.

    GitHub's own example of it has a plain user; everywhere else an installation is the component
    `installation`, whose account is one or the other.
    """
    operation = document["paths"].get("/app/installations", {}).get("get")
    if operation:
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        schema["items"] = {"$ref": f"{DOCUMENT}#/components/schemas/installation"}
