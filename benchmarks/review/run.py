"""The review page over 1 and 8 hours: `python -m benchmarks.review.run [--quick] [--json]`. See README.md."""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.store.rows import APPS, HOUR_S, S
from tests.store.synthetic import PASSPHRASE, make_vault

ROOT = Path(__file__).parents[2]
Values = dict[str, float]
# What is measured, its unit, and the level to keep over eight hours; None: reported only.
LEVELS: dict[str, tuple[str, float | None]] = {
    "first paint": ("s", 1.0),
    "first picture": ("s", None),
    "lanes": ("s", None),
    "first paint, again": ("s", 1.0),
    "scrub, median": ("ms", None),
    "scrub, 95th of 100": ("ms", 100.0),
    "every pixel, median": ("ms", None),
    "search, first": ("ms", None),
    "search, 95th of 100": ("ms", 300.0),
    "count an app": ("s", None),
    "take out an app": ("s", 2.0),
    "undo": ("s", None),
    "peak memory": ("MiB", 400.0),
}
WORDS = ("report", "Editor", "ctrl+s", "nowhere to be found", "a")
GO = """([t_us, form]) => import(BASE + "static/review/state.js").then(({ set, state }) => new Promise((done) => {
    const began = performance.now();
    const look = () => {
        if (state.frame_id !== null && (form === "exact" ? state.exact : state.drawn) === state.frame_id) {
            requestAnimationFrame(() => done(performance.now() - began));
        } else setTimeout(look, 1);
    };
    set({ t_us });
    look();
}))""".replace("BASE", "document.documentElement.dataset.base")
ASK = """([path, body]) => import(BASE + "static/page/api.js").then(async ({ post }) => {
    const began = performance.now();
    await post(path, body);
    return (performance.now() - began) / 1000;
})""".replace("BASE", "document.documentElement.dataset.base")
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="minutes instead of hours; judges nothing")
    asked.add_argument("--json", action="store_true", help="one JSON value")
    asked.add_argument("--keep", type=Path, help="a folder in which the recordings are kept for the next time")
    options = asked.parse_args()
    seconds = 60 if options.quick else HOUR_S
    with contextlib.ExitStack() as stack:
        place = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recorder-bench-")))
        playwright = stack.enter_context(sync_playwright())
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        found = {hours: measure(browser, place / f"{hours}-{seconds}", hours, seconds) for hours in (1, 8)}
        browser.close()
    if options.json:
        print(json.dumps({str(hours): values for hours, values in found.items()}, indent=1))
    else:
        show(found)
    return 0 if options.quick else int(any(missed(name, found[8]) for name in LEVELS))


def measure(browser: Browser, home: Path, hours: int, seconds: int) -> Values:
    if not home.exists():
        say(f"{hours} x {seconds} s: recording")
        make_vault(home)
        command = [sys.executable, "-m", "benchmarks.store.parts", "record", str(home), str(hours), str(seconds)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    say(f"{hours} x {seconds} s: looking")
    with reviewing(home) as (process, url):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(url)
        page.wait_for_url("**/")
        address = page.url + "s/" + next((home / "sessions").iterdir()).name
        values = opened(page, address, "") | opened(page, address, ", again")
        values |= scrubbed(page, (hours - 1) * HOUR_S + seconds)
        values |= searched(page) | taken_out(page)
        values["peak memory"] = peak_mib(process.pid)
        context.close()
    return values


@contextlib.contextmanager
def reviewing(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    env = os.environ | {"RECORDER_HOME": str(home), "RECORDER_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'"}
    command = [sys.executable, "-m", "recorder", "review", "--no-browser"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def opened(page: Page, address: str, again: str) -> Values:
    page.goto("about:blank")
    began = time.monotonic()
    page.goto(address, wait_until="commit")
    until(page, PAINTED)
    painted = float(page.evaluate(PAINTED)) / 1000
    page.wait_for_selector("#stage-picture:not([hidden])")
    shown = time.monotonic() - began
    until(page, "document.getElementById('scrubber').ariaValueMax > 0")
    found = {"first paint": painted, "first picture": shown, "lanes": time.monotonic() - began}
    return found if not again else {f"first paint{again}": painted}


def until(page: Page, holds: str, within_s: float = 60.0) -> None:
    """Asked from outside: the page's own policy lets nothing be evaluated in it."""
    deadline = time.monotonic() + within_s
    while not page.evaluate(holds):
        if time.monotonic() > deadline:
            raise TimeoutError(holds)
        time.sleep(0.005)


def scrubbed(page: Page, length_s: int) -> Values:
    """To points all over the recording, far from each other: no picture was seen before."""
    points = [S + (n * 0.618034 % 1) * (length_s - 5) * S for n in range(1, 61)]
    quick = sorted(float(page.evaluate(GO, [int(t_us), "quick"])) for t_us in points)
    exact = [float(page.evaluate(GO, [int(t_us) + 3 * S, "exact"])) for t_us in points[:12]]
    return {
        "scrub, median": statistics.median(quick),
        "scrub, 95th of 100": quick[int(len(quick) * 0.95)],
        "every pixel, median": statistics.median(exact),
    }


def call(page: Page, path: str, body: dict[str, Any]) -> float:
    """How long the page's script waits for an answer, in seconds."""
    return float(page.evaluate(ASK, [path, body]))


def searched(page: Page) -> Values:
    first = call(page, "api/search", {"text": WORDS[0]})
    later = sorted(call(page, "api/search", {"text": WORDS[n % len(WORDS)]}) for n in range(20))
    return {"search, first": first * 1000, "search, 95th of 100": later[int(len(later) * 0.95)] * 1000}


def taken_out(page: Page) -> Values:
    choice = {"what": "app", "app": APPS[1]}
    return {
        "count an app": call(page, "api/cuts/preview", choice),
        "take out an app": call(page, "api/cuts", choice),
        "undo": call(page, "api/cuts/undo", {}),
    }


def peak_mib(pid: int) -> float:
    """VmHWM, proc_pid_status(5)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def missed(name: str, values: Values) -> bool:
    level = LEVELS[name][1]
    return level is not None and values[name] > level


def show(found: dict[int, Values]) -> None:
    print(f"{'':24}{'1 h':>10}{'8 h':>10}{'8 h / 1 h':>11}  level")
    for name, (unit, level) in LEVELS.items():
        one, eight = found[1][name], found[8][name]
        told = "" if level is None else f"{level:g} {unit}{'  MISSED' if missed(name, found[8]) else ''}"
        print(f"{name + ', ' + unit:24}{one:10.2f}{eight:10.2f}{eight / one if one else 0:11.2f}  {told}")


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
