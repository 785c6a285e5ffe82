"""The notice as a page, in a real Chromium: nothing ticked, two answers that weigh the same, one key to say no."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from recorder.consent.notice import SELF, sections
from recorder.consent.words import CATEGORY_WORDS, PURPOSE_WORDS, SENTENCE
from tests.browser import watch
from tests.cli.machines import Machine, bare_env

COMMAND = ("consent", "--self", "--web", "--key-file", "passphrase")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Neither keyring nor browser; the passphrase comes from a command."""
    return Machine(bare_env(tmp_path) | {"RECORDER_PASSPHRASE_COMMAND": "echo four made up words", "BROWSER": "true"})


@pytest.fixture
def asked(machine: Machine, chromium: Browser) -> Iterator[tuple[Page, object]]:
    """The page, and the terminal at which it was started."""
    with machine.terminal(*COMMAND) as terminal:
        terminal.expect("/open?code=")
        terminal.expect("\n")
        url = next(word for word in terminal.output.split() if word.startswith("http://127.0.0.1:"))
        context = chromium.new_context(viewport={"width": 1000, "height": 800})
        page, said = context.new_page(), list[str]()
        watch(page, said)
        page.goto(url)
        page.wait_for_url("**/")
        expect(page.get_by_role("heading", name="Record yourself?")).to_be_visible()
        yield page, terminal
        context.close()
        assert said == []


def test_it_says_what_the_terminal_says_and_nothing_is_ticked(asked: tuple[Page, object]) -> None:
    page, _ = asked
    text = page.locator("main").inner_text()

    assert all(words in text for words in (*CATEGORY_WORDS.values(), *PURPOSE_WORDS.values(), SENTENCE))
    for title, lines in sections(SELF):
        if "you choose each one" not in title and title != "To agree":
            assert all(line.removeprefix("- ") in text for line in lines), title
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(len(SELF.categories) + len(SELF.purposes))
    assert page.locator("input:checked").count() == 0
    assert Axe().run(page).violations_count == 0


def test_yes_and_no_weigh_the_same_and_none_has_the_focus(asked: tuple[Page, object]) -> None:
    page, _ = asked
    yes, no = page.locator("#agree"), page.locator("#refuse")
    looks = """e => {
        const s = getComputedStyle(e);
        return [s.color, s.backgroundColor, s.fontSize, s.border, s.fontWeight];
    }"""

    assert yes.evaluate(looks) == no.evaluate(looks)
    boxes = yes.bounding_box(), no.bounding_box()
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert abs(boxes[0]["width"] - boxes[1]["width"]) < 2
    assert boxes[0]["height"] == boxes[1]["height"]
    assert page.evaluate("document.activeElement.tagName") in ("BODY", "MAIN")


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_agreeing_takes_the_ticks_and_the_sentence(asked: tuple[Page, object], machine: Machine, way: str) -> None:
    page, terminal = asked
    for words in (CATEGORY_WORDS[SELF.categories[0]], PURPOSE_WORDS[SELF.purposes[3]]):
        box = page.get_by_role("checkbox", name=words)
        box.check() if way == "mouse" else box.press("Space")
    page.locator("#days").fill("30")
    page.locator("#agree").click()
    expect(page.locator("#problem")).to_contain_text("that is not the sentence")
    page.locator("#sentence").fill(SENTENCE)

    if way == "mouse":
        page.locator("#agree").click()
    else:
        page.locator("#sentence").press("Enter")

    expect(page.locator("main")).to_contain_text("You agreed to 1 of 12 kinds of data, for 30 days.")
    assert terminal.wait() == 0  # type: ignore[attr-defined]
    shown = machine.run("consent", "show", "--json")
    assert shown.returncode == 0
    assert SELF.categories[0].value in shown.stdout
    record = next((machine.home / "consent").rglob("record.json"))
    assert '"page"' in record.read_text()


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_saying_no_is_one_click_or_one_key_and_leaves_nothing(
    asked: tuple[Page, object], machine: Machine, way: str
) -> None:
    page, terminal = asked
    if way == "mouse":
        page.locator("#refuse").click()
    else:
        page.keyboard.press("n")

    expect(page.locator("main")).to_contain_text("You said no. Nothing is recorded, and nobody is told.")
    assert terminal.wait() == 0  # type: ignore[attr-defined]
    assert not machine.home.exists()


def test_nothing_ticked_is_nothing_agreed_to(asked: tuple[Page, object], machine: Machine) -> None:
    page, _ = asked
    page.locator("#sentence").fill(SENTENCE)
    page.locator("#agree").click()

    expect(page.locator("#problem")).to_contain_text("nothing is ticked")
    assert not machine.home.exists()


def test_closing_it_without_an_answer_changes_nothing(asked: tuple[Page, object], machine: Machine) -> None:
    page, terminal = asked
    page.get_by_role("button", name="Close").click()

    assert terminal.wait() == 3  # type: ignore[attr-defined]
    assert not machine.home.exists()


def test_without_a_terminal_no_page_is_opened(machine: Machine) -> None:
    done = machine.run(*COMMAND)

    assert done.returncode == 3
    assert "http" not in done.stdout
