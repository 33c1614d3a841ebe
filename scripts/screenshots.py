"""`make screenshots`: the main pages at 1280 and 390 px, light and dark, and every mail, into docs/screenshots.

Starts Patrol with the same simulated world each time, signs in as `owner`, decides on two requests, and takes what
is there, and what `member` sees. Nothing of a running Patrol is touched: other ports, a data directory that goes away.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from scripts import throwaway

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
WORLD = "--seed 1 --organizations 2 --members 60 --grants 400 --requests 25 --rate-limit 12500"
ORGANIZATION = "acme-robotics"
SIZES = {1280: 800, 390: 844}
MODES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
MAILED: tuple[tuple[int, Literal["light", "dark"]], ...] = ((1280, "light"), (390, "dark"))
PLAIN = "font: 14px/1.4 monospace; white-space: pre-wrap"
"""As mail programs show text."""
WAIT_SECONDS = 120.0
PAGES = {
    "overview": "/",
    "organization": f"/orgs/{ORGANIZATION}/",
    "requests": f"/orgs/{ORGANIZATION}/requests/",
    "request": "",  # the first one of the queue
    "tokens": f"/orgs/{ORGANIZATION}/tokens/",
    "token": "",
    "person": "",  # whose token that is
    "repository": "",
    "expiring": f"/orgs/{ORGANIZATION}/expiring/",
    "activity": f"/orgs/{ORGANIZATION}/activity/",
    "settings": f"/orgs/{ORGANIZATION}/settings/",
    "settings-reminders": f"/orgs/{ORGANIZATION}/settings/reminders/",
    "settings-addresses": f"/orgs/{ORGANIZATION}/settings/addresses/",
    "settings-sleeping": f"/orgs/{ORGANIZATION}/settings/sleeping/",
}
MEMBERS_PAGES = {"my-tokens": "/my/tokens/", "my-token-why": "/my/tokens/why/", "ask": "/my/ask/"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_patrol() -> Iterator[str]:
    """The address of a Patrol over the fixed world."""
    port = _free_port()
    with throwaway.environment() as clean:
        environment = {name: value for name, value in clean.items() if not name.startswith(("PATROL_", "DJANGO_"))}
        environment |= {
            "PORT": str(port), "SIMULATOR_PORT": str(_free_port()), "SIMULATOR_OPTIONS": WORLD,
            "PATROL_DATA_DIR": clean["PATROL_DATA_DIR"],
        }  # fmt: skip
        process = subprocess.Popen([sys.executable, "-m", "config.supervisor"], cwd=ROOT, env=environment)
        try:
            _wait_until_it_answers(f"http://localhost:{port}/livez", process)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit("screenshots: Patrol did not start")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("screenshots: Patrol does not answer")


def prepare(page: Page, address: str) -> dict[str, str]:
    """Sign in, wait for the first sync, decide on two requests; the paths of a request and a token worth showing."""
    page.goto(f"{address}/sign-in/?login=owner")
    _until(page, address + "/", lambda: page.get_by_text("not read yet").count() == 0, "the first sync")
    queue = _links(page, address + PAGES["requests"], r"/requests/\d+/$")
    _decide(page, address + queue[-1], "Approve", "For the migration, as agreed in the platform meeting.")
    _decide(page, address + queue[-2], "Deny", "Please ask for the one repository you need.")
    activity = address + PAGES["activity"]
    _until(page, activity, lambda: _says(page, " approved ") and _says(page, " denied "), "GitHub's answers")
    named = f"{address}{PAGES['tokens']}?selection=subset"
    token = _links(page, named, r"/tokens/\d+/$")[0]
    person, repository = (
        _links(page, address + token, one)[0] for one in (r"/people/.+/\d+/$", r"/repositories/[^/]+/$")
    )
    return {"request": queue[0], "token": token, "person": person, "repository": repository}


def _says(page: Page, words: str) -> bool:
    return words in " ".join(page.locator("main").inner_text().split())


def _decide(page: Page, address: str, button: str, reason: str) -> None:
    page.goto(address)
    page.locator("main textarea").first.fill(reason)
    page.get_by_role("button", name=button, exact=True).first.click()
    page.wait_for_load_state("networkidle")


def _links(page: Page, address: str, pattern: str) -> list[str]:
    """Paths on the page, in its order."""
    page.goto(address)
    found = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
    return list(dict.fromkeys(str(link) for link in found if re.search(pattern, str(link))))


def _until(page: Page, address: str, done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    page.goto(address)
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"screenshots: {what} did not come")
        time.sleep(1)
        page.goto(address)


def take(browser: Browser, address: str) -> int:
    """Every page, size and colour; how many files."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        paths = PAGES | prepare(context.new_page(), address)
        kept = context.storage_state()
    with browser.new_context() as context:
        context.new_page().goto(f"{address}/sign-in/?login=member")
        members = context.storage_state()
    taken = 0
    for width, height in SIZES.items():
        for mode in MODES:
            with _window(browser, width, height, mode, kept) as page:
                for name, path in paths.items():
                    taken += _picture(page, address + path, f"{name}-{width}-{mode}.png")
            with _window(browser, width, height, mode, members) as page:
                for name, path in MEMBERS_PAGES.items():
                    taken += _picture(page, address + path, f"{name}-{width}-{mode}.png")
            with _window(browser, width, height, mode, None) as page:
                taken += _picture(page, f"{address}/sign-in/", f"sign-in-{width}-{mode}.png")
    return taken


def take_mails(browser: Browser) -> int:
    """Every mail's HTML as a mail program shows it, and its text; how many files. Each is as high as it is long."""
    done = subprocess.run([sys.executable, "-m", "scripts.mails"], cwd=ROOT, capture_output=True, text=True, check=True)
    mails: dict[str, dict[str, str]] = json.loads(done.stdout)
    taken = 0
    for width, mode in MAILED:
        with _window(browser, width, 400, mode, None) as page:
            for name, mail in mails.items():
                page.set_content(mail["html"])
                page.screenshot(path=TARGET / f"mail-{name}-{width}-{mode}.png", full_page=True)
                taken += 1
    with _window(browser, 800, 400, "light", None) as page:
        for name, mail in mails.items():
            page.set_content(f"<pre style='{PLAIN}'>{escape(_as_text(mail))}</pre>")
            page.screenshot(path=TARGET / f"mail-{name}-text.png", full_page=True)
            taken += 1
    return taken


def _as_text(mail: dict[str, str]) -> str:
    return f"Subject: {mail['subject']}\n\n{mail['text']}"


@contextmanager
def _window(
    browser: Browser, width: int, height: int, mode: Literal["light", "dark"], kept: StorageState | None
) -> Iterator[Page]:
    with browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=mode, storage_state=kept, reduced_motion="reduce"
    ) as context:
        yield context.new_page()


def _picture(page: Page, address: str, name: str) -> int:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=TARGET / name, caret="hide")
    return 1


def main() -> int:
    """0 when the pictures are there; with --mails those of mails alone."""
    program = os.environ.get("PATROL_TEST_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        print("screenshots: Chromium is not installed", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-lcd-text"])
        taken = take_mails(browser)
        if "--mails" not in sys.argv:
            with running_patrol() as address:
                taken += take(browser, address)
        browser.close()
    print(f"screenshots: {taken} in docs/screenshots")
    return 0


if __name__ == "__main__":
    sys.exit(main())
