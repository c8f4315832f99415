"""Make the pictures of the README and of docs/sv from the invented school: `make pictures`.

Builds the demonstration in a temporary directory, opens it with a browser and poppler as its readers would, and takes
pictures. Everybody in them is invented.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DAY = "2026-11-24"
NOON = "1795518000"  # of that day
ALVA, MEASURES, NAME = "k7q2m", "fält/insatser/1", "Ingrid Ahlmark"


def iup(*arguments: str | Path) -> str:
    """Run a command of the program and return what it prints."""
    command = [sys.executable, str(ROOT / "build.py"), *map(str, arguments)]
    env = {**os.environ, "SOURCE_DATE_EPOCH": NOON}
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=env).stdout


def found(pattern: str, text: str) -> re.Match[str]:
    """Return where the demonstration's guide says something."""
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"the guide does not say {pattern}")
    return match


def home_pictures(browser: Browser, guide: str, folder: Path) -> None:
    """The guardian: the locked page, the opened plan on a phone, and the first page of the PDF."""
    page_file, pdf_file = re.findall(r"^ +(\S+/current/\S+\.(?:html|pdf))$", guide, re.MULTILINE)
    words = found(r"lösenfras: (\S+)", guide)[1]
    tab = browser.new_page(viewport={"width": 390, "height": 760}, device_scale_factor=2)
    tab.goto(Path(page_file).resolve().as_uri())
    tab.fill("#words", words.replace("-", " ").capitalize())
    tab.screenshot(path=HERE / "locked.png")
    tab.click("#open")
    tab.wait_for_selector("#opened:not([hidden])")
    tab.locator("article.plan").first.scroll_into_view_if_needed()
    tab.evaluate("document.querySelector('article.plan').scrollIntoView()")
    tab.evaluate("window.scrollBy(0, -70)")
    tab.screenshot(path=HERE / "phone.png")
    tab.close()
    (folder / "words").write_text(words, encoding="ascii")
    iup("unseal", pdf_file, "--passphrase-file", folder / "words", "--to", folder / "plan.pdf")
    poppler = ["pdftoppm", "-png", "-r", "80", "-f", "1", "-l", "1", "-singlefile"]
    subprocess.run([*poppler, folder / "plan.pdf", HERE / "paper"], check=True)


def staff_pictures(browser: Browser, guide: str, folder: Path) -> None:
    """The mentor: the class at a glance."""
    sealed, keyring = found(r"unseal (\S+\.html\.pgp) --home (\S+)", guide).groups()
    iup("unseal", sealed, "--home", keyring, "--to", folder / "staff.html")
    tab = browser.new_page(viewport={"width": 1000, "height": 760})
    tab.goto((folder / "staff.html").as_uri())
    tab.evaluate("document.querySelector('article.overview-doc').scrollIntoView()")
    tab.evaluate("window.scrollBy(0, -70)")
    tab.screenshot(path=HERE / "overview.png")
    tab.close()


def preview_picture(browser: Browser, site: Path) -> None:
    """The teacher: the preview, with a fault just made."""
    plan = next((site / "content" / "pupils").glob("k*/plan.yaml"))
    plan.write_text(plan.read_text(encoding="utf-8").replace("läge: fastställd", "läge: färdig"), encoding="utf-8")
    command = [sys.executable, str(ROOT / "build.py"), "preview", "--site", str(site), "--as-of", DAY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().strip() if server.stdout else ""
        tab = browser.new_page(viewport={"width": 1280, "height": 800})
        tab.goto(address)
        tab.wait_for_timeout(2500)
        tab.screenshot(path=HERE / "preview.png")
        tab.close()
        server.terminate()


def review_pictures(browser: Browser, site: Path, folder: Path) -> None:
    """The principal: a word being masked, the copy, and the last step."""
    iup("deliver", folder / "sent", "--site", site, "--as-of", DAY)
    iup("disclose", "new", ALVA, "--arrived", f"{DAY} 08:20", "--channel", "e-post", "--site", site)
    command = [sys.executable, str(ROOT / "build.py"), "disclose", "review", "1", "--page", "--site", str(site)]
    env = {**os.environ, "SOURCE_DATE_EPOCH": NOON}
    with subprocess.Popen([*command, "--as-of", DAY], stdout=subprocess.PIPE, text=True, env=env) as server:
        address = server.stdout.readline().strip() if server.stdout else ""
        tab = browser.new_page(viewport={"width": 1000, "height": 820})
        tab.goto(address)
        masked(tab)
        for step in ("kopian", "beslutet", "utlamnande"):
            tab.locator(f'#steps [data-step="{step}"]').click()
            tab.mouse.move(0, 0)
            tab.wait_for_timeout(1500)
            tab.screenshot(path=HERE / f"review-{step}.png")
        tab.close()
        server.terminate()


def masked(tab: Page) -> None:
    """Mask a name, with a picture on the way, and keep all else."""
    card = tab.locator(f'.card[data-key="{MEASURES}"]')
    card.locator(f'[data-act=mask-proposal][data-quote="{NAME}"]').click()
    tab.select_option("#mask-ground", "osl-23-2-3")
    tab.locator(".slot [name=answer]").first.check()
    tab.fill("#mask-reason", "Den som leder stödet pekar ut vilket stöd det är.")
    card.scroll_into_view_if_needed()
    card.evaluate("(one) => scrollBy(0, one.getBoundingClientRect().top - 130)")
    tab.screenshot(path=HERE / "review-granska.png")
    tab.locator(".slot .main").click()
    tab.locator(".slot form").wait_for(state="detached")
    while tab.locator(".proposals .open").count():
        looked = tab.locator(".card:has(.proposals .open)").first.get_attribute("id")
        tab.locator(f"#{looked} [data-act=keep]").focus()
        tab.keyboard.press("b")
        tab.locator(f"#{looked} .proposals .open").first.wait_for(state="detached")
    while tab.locator(".rest button").count():
        part = tab.locator(".rest:has(button)").first.get_attribute("id")
        tab.locator(f"#{part} button").click()
        tab.locator(f"#{part} button").wait_for(state="detached")


def main() -> None:
    """Take all the pictures."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as player:
        folder = Path(name)
        guide = iup("demo", folder / "demo")
        browser = player.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        home_pictures(browser, guide, folder)
        staff_pictures(browser, guide, folder)
        review_pictures(browser, folder / "demo" / "site", folder)
        preview_picture(browser, folder / "demo" / "site")
        browser.close()


if __name__ == "__main__":
    main()
