"""A real Chromium on a real site: supervisor, web, workers, sandbox, on a home of its own."""

import os
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from labs.sandbox import probe
from tests.browser.lab_cast import Voice, voice
from tests.site import ROOT, Site, running_site

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def chromium(require: Callable[[str, bool, str], None]) -> Iterator[Browser]:
    found = os.environ.get("STUDYHUB_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), "")
    require("browser", bool(found), "no Chromium on the PATH; install the package 'chromium'")
    # Playwright keeps an event loop running, in which Django's database cannot be used: it ends
    # with these tests and before those of another package.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site as `make up` runs it."""
    with running_site(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="package")
def signed_in(chromium: Browser, site: Site) -> str:
    """The cookies of a browser that came in by the printed link, as a storage state file."""
    return enter(chromium, site.entry, site.home / "owner.json")


@pytest.fixture
def newcomer(chromium: Browser, site: Site) -> str:
    """The same for an account that nobody has used before."""
    made = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", NEWCOMER],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "studyhub.settings"}
        | {"STUDYHUB_HOME": str(site.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    token = made.stdout.split()[-1]
    return enter(chromium, f"{site.url}enter/{token}/", site.home / f"{token[:8]}.json")


NEWCOMER = """
from uuid import uuid4
from studyhub.accounts.models import User
from studyhub.accounts.services import issue_entry_link
from studyhub.base import clock
print(issue_entry_link(User.objects.create_user(f"mira-{uuid4().hex[:6]}"), now=clock.now()))
"""


def enter(browser: Browser, link: str, path: Path) -> str:
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    page.get_by_role("heading", level=1).wait_for()
    context.storage_state(path=path)
    context.close()
    return str(path)


@pytest.fixture(scope="package")
def labs(site: Site, signed_in: str) -> Iterator[Voice]:
    """Runs in every state, of the account that is signed in; and a worker's voice."""
    with voice(site) as speaking:
        yield speaking


@pytest.fixture(scope="package")
def require_sandbox(require: Callable[[str, bool, str], None]) -> None:
    """Where no sandbox works a lab's form is closed."""
    working = [tier for tier in probe() if tier.works and tier.tier > 0]
    require("sandbox", bool(working), "no tier works here")


@dataclass
class Watched:
    """A page and everything that its console complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def watch(chromium: Browser, site: Site, signed_in: str) -> Iterator[Callable[..., Watched]]:
    """`watch(width=360, colours="dark")` opens a signed-in page; any complaint fails the test."""
    contexts: list[BrowserContext] = []
    opened: list[Watched] = []

    def open_page(
        *,
        width: int = 1280,
        height: int = 800,
        colours: str = "light",
        script: bool = True,
        state: str = signed_in,
    ) -> Watched:
        context = chromium.new_context(
            base_url=site.url,
            storage_state=state,
            # Colours are judged when they stand, not while a button fades.
            reduced_motion="reduce",
            viewport={"width": width, "height": height},
            color_scheme=colours,
            java_script_enabled=script,
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.on(
            "console",
            lambda message: (
                watched.complaints.append(message.text)
                if message.type in ("error", "warning")
                else None
            ),
        )
        watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        opened.append(watched)
        return watched

    yield open_page
    for context in contexts:
        context.close()
    assert [complaint for watched in opened for complaint in watched.complaints] == []


class Pictures:
    """Screenshots for the docs, taken only where STUDYHUB_SCREENSHOTS asks for them."""

    folder = ROOT / "docs" / "screenshots"
    wanted = bool(os.environ.get("STUDYHUB_SCREENSHOTS"))

    def __call__(self, page: Page, name: str) -> None:
        if self.wanted:
            self.folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=self.folder / f"{name}.png")

    def together(self, browser: Browser, name: str, parts: Sequence[str]) -> None:
        """Several of them side by side, two in a row, at half their size."""
        if not self.wanted:
            return
        images = "".join(
            f'<img width="640" src="data:image/png;base64,{b64encode(data).decode()}">'
            for data in ((self.folder / f"{part}.png").read_bytes() for part in parts)
        )
        page = browser.new_page(viewport={"width": 1296, "height": 400 * len(parts) // 2 + 16})
        page.set_content(
            "<style>body{margin:0;display:grid;grid-template-columns:640px 640px;gap:16px;"
            f"background:#717e76}}</style>{images}"
        )
        page.screenshot(path=self.folder / f"{name}.png")
        page.close()


@pytest.fixture(scope="package")
def picture() -> Pictures:
    return Pictures()
