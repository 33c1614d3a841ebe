"""Take the project's own extract of GitHub's OpenAPI description (room: scripts).

    python scripts/extract_openapi.py            # writes tests/contract/github-openapi.json and its licence

The description is published as the npm package `@octokit/openapi` (MIT). It is 13 MB; the extract holds the
operations that Patrol and its simulator use, with every component these refer to, and nothing that only a
page of documentation needs. Examples stay: the contract tests check them as well. The output is the same
bytes for the same package, so that a newer package shows as a readable difference.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "@octokit/openapi"
VERSION = "23.0.2"
DESCRIPTION_FILE = "generated/api.github.com.json"
LICENCE = "MIT"

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "contract"
EXTRACT = FOLDER / "github-openapi.json"
LICENCE_FILE = FOLDER / "LICENSE-octokit-openapi"

OPERATIONS: tuple[tuple[str, str], ...] = (
    ("POST", "/app-manifests/{code}/conversions"),
    ("GET", "/app"),
    ("GET", "/app/hook/config"),
    ("PATCH", "/app/hook/config"),
    ("GET", "/app/hook/deliveries"),
    ("GET", "/app/hook/deliveries/{delivery_id}"),
    ("POST", "/app/hook/deliveries/{delivery_id}/attempts"),
    ("GET", "/app/installations"),
    ("GET", "/app/installations/{installation_id}"),
    ("DELETE", "/app/installations/{installation_id}"),
    ("POST", "/app/installations/{installation_id}/access_tokens"),
    ("GET", "/installation/repositories"),
    ("DELETE", "/installation/token"),
    ("GET", "/meta"),
    ("GET", "/orgs/{org}"),
    ("GET", "/orgs/{org}/installation"),
    ("GET", "/orgs/{org}/members"),
    ("GET", "/orgs/{org}/members/{username}"),
    ("GET", "/orgs/{org}/memberships/{username}"),
    ("GET", "/orgs/{org}/personal-access-token-requests"),
    ("POST", "/orgs/{org}/personal-access-token-requests"),
    ("POST", "/orgs/{org}/personal-access-token-requests/{pat_request_id}"),
    ("GET", "/orgs/{org}/personal-access-token-requests/{pat_request_id}/repositories"),
    ("GET", "/orgs/{org}/personal-access-tokens"),
    ("POST", "/orgs/{org}/personal-access-tokens"),
    ("POST", "/orgs/{org}/personal-access-tokens/{pat_id}"),
    ("GET", "/orgs/{org}/personal-access-tokens/{pat_id}/repositories"),
    ("GET", "/orgs/{org}/repos"),
    ("GET", "/orgs/{org}/teams"),
    ("GET", "/orgs/{org}/teams/{team_slug}/members"),
    ("GET", "/rate_limit"),
    ("GET", "/repos/{owner}/{repo}"),
    ("GET", "/repos/{owner}/{repo}/issues"),
    ("POST", "/repos/{owner}/{repo}/issues"),
    ("GET", "/repos/{owner}/{repo}/issues/{issue_number}"),
    ("PATCH", "/repos/{owner}/{repo}/issues/{issue_number}"),
    ("GET", "/user"),
    ("GET", "/user/installations"),
    ("GET", "/user/memberships/orgs"),
    ("GET", "/user/memberships/orgs/{org}"),
    ("GET", "/users/{username}"),
)

ALWAYS_KEPT = ("schemas/basic-error", "schemas/validation-error", "schemas/validation-error-simple")
"""Components no operation may refer to any more, but every refusal has the shape of."""

PAGE_ONLY = ("description", "externalDocs", "tags", "title", "x-codeSamples", "x-github", "x-octokit")
"""Keys that say nothing about what goes over the wire."""

VALUES = ("default", "enum", "example", "required", "value")
"""Keys that hold data, never schemas: whatever is below them stays as it is."""

NAMED = ("callbacks", "content", "examples", "headers", "parameters", "properties", "responses", "schemas")
"""Keys that map names to objects: a property that is called `description` is no documentation."""

Json = dict[str, Any]


def extract(description: Json, operations: Sequence[tuple[str, str]] = OPERATIONS) -> Json:
    """Return the part of an OpenAPI `description` that `operations` (verb, path template) need.

    All components they refer to come along, directly or through others. Raises KeyError, naming the
    operation or component, when the description lacks one. The extract of an extract is itself.
    """
    paths: Json = {}
    for verb, path in operations:
        item = description["paths"].get(path, {})
        if verb.lower() not in item:
            raise KeyError(f"the description has no {verb} {path}")
        paths.setdefault(path, {})[verb.lower()] = without_pages(item[verb.lower()])
        if "parameters" in item:
            paths[path]["parameters"] = without_pages(item["parameters"])
    return {
        "x-source": {"package": PACKAGE, "version": VERSION, "licence": LICENCE, "file": DESCRIPTION_FILE},
        "openapi": description["openapi"],
        "info": description["info"],
        "servers": description["servers"],
        "paths": paths,
        "components": needed_components(description["components"], paths),
    }


def needed_components(components: Json, paths: Json, always: Sequence[str] = ALWAYS_KEPT) -> Json:
    """Return the components that `paths` refer to, those these refer to, and `always`, by kind and name."""
    kept: Json = {}
    waiting = [*references(paths), *always]
    while waiting:
        kind, name = waiting.pop().split("/", 1)
        if name in kept.get(kind, {}):
            continue
        component = without_pages(components[kind][name])
        kept.setdefault(kind, {})[name] = component
        waiting.extend(references(component))
    return kept


def references(node: object) -> Iterator[str]:
    """Yield `kind/name` of every component that `node` refers to."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix("#/components/")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def without_pages(node: Any, *, names: bool = False) -> Any:
    """Return `node` without what only pages of documentation need; `names`: its keys are names."""
    if isinstance(node, list):
        return [without_pages(value) for value in node]
    if not isinstance(node, dict):
        return node
    kept: Json = {}
    for key, value in node.items():
        if names:
            kept[key] = without_pages(value)
        elif key in VALUES:
            kept[key] = value
        elif key not in PAGE_ONLY or (key == "description" and "content" in node):
            kept[key] = without_pages(value, names=key in NAMED and isinstance(value, dict))
    return kept


def unpack_package(folder: Path, package: str, version: str) -> Path:
    """Download and unpack this version of `package` into `folder` with npm; return the package's own folder."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed to take the package; nothing else of Patrol needs it")
    command = [npm, "pack", "--silent", f"{package}@{version}"]
    name = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
    with tarfile.open(folder / name.splitlines()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


@dataclass(frozen=True)
class Taking:
    """One extract: `take` makes it of the description `source` in this version of the npm package."""

    package: str
    version: str
    source: str
    take: Callable[[Json], Json]
    target: Path
    licence: Path

    def write(self, folder: Path) -> int:
        """Write the extract and the licence from the unpacked package; the extract's size in bytes."""
        taken = self.take(json.loads((folder / self.source).read_text()))
        text = json.dumps(taken, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        self.target.write_text(text)
        self.licence.write_text((folder / "LICENSE").read_text())
        return len(text.encode())

    def main(self, what: str) -> None:
        """Read the command line, take the package (or a folder that holds it unpacked), write, say how much."""
        parser = argparse.ArgumentParser(description=f"Take Patrol's extract of {self.package}.")
        parser.add_argument("--package", type=Path, help="folder of the package, unpacked; default: npm takes it")
        folder: Path | None = parser.parse_args().package
        with tempfile.TemporaryDirectory() as temporary:
            size = self.write(folder or unpack_package(Path(temporary), self.package, self.version))
        print(f"{self.target.name}: {what}, {size} bytes, from {self.package} {self.version}")


if __name__ == "__main__":
    Taking(PACKAGE, VERSION, DESCRIPTION_FILE, extract, EXTRACT, LICENCE_FILE).main(f"{len(OPERATIONS)} operations")
