"""The report and a recording's page in a real browser, as a reader uses them.

`make test-browser` installs Chromium and playwright; without them these tests are skipped.
``SCREENSHOTS=FOLDER`` keeps pictures of the first screens to look at.
"""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="make test-browser installs it")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("no Chromium here; make test-browser installs it", allow_module_level=True)

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
PAGES = ("report.html", "pages/own.html")
BUTTON = "table.sortable th button"


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        # As root, in a container, Chromium runs without its sandbox only; the pages are our own.
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser, finished, request):
    """Open a page at some size, and hold it at the end to have said nothing on the console."""
    said = []

    def opened_page(name, size=DESK, **options):
        context = browser.new_context(viewport=size, **options)
        request.addfinalizer(context.close)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("requestfailed", lambda failed: said.append(f"failed: {failed.url[:100]}"))
        page.goto((finished.results / name).as_uri())
        return page

    yield opened_page
    assert said == []


def picture(page, name):
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def column(table, index):
    """Numbers of a column, in the order of the rows as they stand."""
    cells = table.locator(f"tbody tr > :nth-child({index + 1})")
    values = cells.evaluate_all("all => all.map(cell => cell.dataset.value)")
    return np.array(values, dtype=float)


@pytest.mark.parametrize("name", PAGES)
def test_the_first_screen_answers(opened, name):
    page = opened(name)
    picture(page, f"first_{Path(name).stem}")
    heading, *answers = page.locator("header#top").locator("h1, h2, .lead, .counts").all()
    bottoms = [part.bounding_box()["y"] for part in (heading, *answers)]
    assert len(bottoms) >= 3
    # what was run, what came out, and what differs: where each begins
    assert all(bottom < DESK["height"] for bottom in bottoms), bottoms


@pytest.mark.parametrize("name", PAGES)
def test_a_table_sorts_up_down_and_back(opened, name):
    page = opened(name)
    table = page.locator("table.sortable").first
    labels = table.locator("thead th").all_inner_texts()
    index = next(i for i, label in enumerate(labels) if label.startswith("estimate"))
    before = column(table, index)
    heading = table.locator("thead th").nth(index)
    for order, sign in (("ascending", 1), ("descending", -1)):
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") == order
        now = column(table, index)
        known = now[np.isfinite(now)]
        assert np.unique(known).size > 3
        assert (np.diff(sign * known) >= 0).all()
        assert np.isnan(now[known.size :]).all()  # missing values stay at the end
    heading.locator("button").click()
    np.testing.assert_array_equal(column(table, index), before)


def test_every_column_that_offers_to_sort_does(opened):
    page = opened("report.html")
    for button in page.locator(BUTTON).all():
        button.evaluate("button => button.click()")
        order = button.evaluate("button => button.parentElement.getAttribute('aria-sort')")
        assert order == "ascending"
    assert (
        page.locator('th[aria-sort="ascending"]').count() == page.locator("table.sortable").count()
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_figure_enlarges_and_closes_three_ways(opened, name):
    page = opened(name)
    figure = page.locator(".enlarge:visible").first
    width = figure.locator("img").bounding_box()["width"]
    large = page.locator("dialog img")
    closings = (
        lambda: page.keyboard.press("Escape"),
        lambda: page.locator("dialog button").click(),
        lambda: page.mouse.click(3, 3),
    )
    for close in closings:
        figure.click()
        assert large.bounding_box()["width"] > width
        close()
        assert not large.is_visible()


def test_the_keyboard_alone_is_enough(opened):
    page = opened("report.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.locator(BUTTON).first.focus()
    page.keyboard.press("Enter")
    assert page.locator('th[aria-sort="ascending"]').count() == 1
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"  # one sees where one is
    figure = page.locator(".enlarge:visible").first
    figure.focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog img").is_visible()
    page.keyboard.press("Escape")
    assert figure.evaluate("button => button === document.activeElement")


def test_everything_that_can_be_clicked_can_be_reached_and_has_a_name(opened):
    for name in PAGES:
        page = opened(name)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("a, button, select, [tabindex]")]
                .filter(part => !(part.innerText?.trim() || part.getAttribute("aria-label")
                    || part.querySelector("img[alt]") || part.labels?.length))
                .filter(part => part.checkVisibility())
                .map(part => part.outerHTML.slice(0, 100))"""
        )
        assert nameless == []


@pytest.mark.parametrize("name", PAGES)
def test_events_are_browsed_by_buttons_list_and_arrows(opened, name):
    page = opened(name)
    events = page.locator("#browser figure")
    count = events.count()
    shown = lambda: [i for i in range(count) if events.nth(i).is_visible()]  # noqa: E731
    assert shown() == [0]
    page.get_by_role("button", name="Next").click()
    assert shown() == [1]
    page.keyboard.press("ArrowRight")
    assert shown() == [2 % count]
    page.keyboard.press("ArrowLeft")
    assert shown() == [1]
    page.locator("#browser select").select_option(str(count - 1))
    assert shown() == [count - 1]
    page.get_by_role("button", name="Next").click()
    assert shown() == [0]
    assert page.locator("#browser [aria-live]").inner_text().startswith("Event 1:")


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_all_without_scrolling_sideways(opened, name):
    page = opened(name, PHONE, has_touch=True, is_mobile=True)
    picture(page, f"phone_{Path(name).stem}")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    page.locator(".enlarge:visible").first.tap()
    assert page.locator("dialog img").is_visible()
    assert page.locator("dialog button").bounding_box()["x"] < PHONE["width"]
    page.locator("dialog button").tap()
    assert not page.locator("dialog img").is_visible()


def test_links_within_the_page_lead_somewhere(opened):
    for name in PAGES:
        lost = opened(name).evaluate(
            """() => [...document.querySelectorAll('a[href^="#"]')].map(link => link.hash.slice(1))
                .filter(id => id !== "top" && !document.getElementById(decodeURIComponent(id)))"""
        )
        assert lost == []


def test_links_between_the_pages_lead_there(opened):
    page = opened("report.html")
    page.locator("#recordings a", has_text="own").first.click()
    assert page.locator("h1").inner_text() == "own"
    page.get_by_role("link", name="All recordings").click()
    assert page.locator("h1").inner_text() == "neurosim report"


@pytest.mark.parametrize("allowed", [True, False])
def test_the_methods_are_copied_or_at_least_selected(opened, allowed):
    permissions = ["clipboard-read", "clipboard-write"] if allowed else []
    page = opened("pages/own.html", permissions=permissions)
    if not allowed:
        page.evaluate(
            """() => {
                navigator.clipboard.writeText = () => Promise.reject(new Error("no"));
                document.execCommand = () => false;
            }"""
        )
    page.locator("[data-copies]").click()
    status = page.locator("[role=status]")
    text = page.locator(".methods").inner_text().strip()
    if allowed:
        playwright.expect(status).to_have_text("Copied.")
        assert page.evaluate("navigator.clipboard.readText()").strip() == text
    else:
        playwright.expect(status).to_contain_text("Selected")
        assert page.evaluate("getSelection().toString()").strip() == text
