"""Which rounds are played, and what came of them: `python -m tests.e2e.focus_race.matrix [app[:kind] ...]`."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import product

from recorder.demo.desktop import VirtualDesktop
from recorder.model.policy import TextLevel
from tests.e2e.focus_race.rounds import SILENT_KINDS, Case, Outcome, play

CAUSES = ("tab", "back", "click", "enter", "script", "advance")
STALLS_MS, GAPS_MS = (0, 200, 800), (60, 20, 5)
KINDS = ("email", "number", "tel", "url", "search", "textarea", "contenteditable", "date", "checkbox", "select")
PROMPTS = ("read", "sudo", "getpass", "keygen")
APPS = ("chromium", "gtk", "qt", "xterm", "pinentry")


def cases(app: str) -> list[Case]:
    """Every combination for an application; the stall's place and the level of text take turns."""
    match app:
        case "xterm":
            plans = [("enter", kind, stall, gap) for kind, stall, gap in product(PROMPTS, STALLS_MS, GAPS_MS)]
        case "pinentry":
            plans = [("grab", "text", stall, gap) for stall, gap in product(STALLS_MS, GAPS_MS)]
        case _:
            plans = [(cause, "text", stall, gap) for cause, stall, gap in product(CAUSES, STALLS_MS, GAPS_MS)]
    if app == "chromium":
        plans += [("tab", kind, stall, gap) for kind, stall, gap in product(KINDS, (0, 800), (60, 5))]
    return [
        Case(
            app=app,
            cause=cause,
            kind=kind,
            stall_ms=stall,
            gap_ms=gap,
            at=("after", "before")[number // 2 % 2],
            level=(TextLevel.NONE, TextLevel.WORDS)[number % 2],
        )
        for number, (cause, kind, stall, gap) in enumerate(plans)
    ]


def share() -> list[Case]:
    """What a minute allows: every application, every cause, with and without a stall."""
    pages = [("tab", 0, 60), ("script", 800, 20), ("advance", 200, 60), ("click", 0, 20), ("enter", 800, 5)]
    native = [("gtk", "tab", 800, 20), ("gtk", "advance", 0, 60), ("qt", "back", 200, 5), ("qt", "script", 0, 60)]
    return [
        *[Case(app="chromium", cause=cause, stall_ms=stall, gap_ms=gap) for cause, stall, gap in pages],
        *[Case(app=app, cause=cause, stall_ms=stall, gap_ms=gap) for app, cause, stall, gap in native],
        Case(app="xterm", cause="enter", kind="read"),
        Case(app="xterm", cause="enter", kind="sudo", stall_ms=800, gap_ms=20),
        Case(app="pinentry", cause="grab", gap_ms=20),
    ]


def table(outcomes: Iterable[Outcome]) -> str:
    """Markdown: leaked characters and the share of ordinary keys that were kept, by application, cause and stall."""
    groups: dict[tuple[str, str, int], list[Outcome]] = {}
    for outcome in outcomes:
        case = outcome.case
        cause = case.kind if case.app == "xterm" or case.kind != "text" else case.cause
        groups.setdefault((case.app, cause, case.stall_ms), []).append(outcome)
    lines = ["| application | cause, prompt or field | stall ms | rounds | leaked | kept at 60 ms | 20 ms | 5 ms |"]
    lines.append("|---" * 8 + "|")
    for (app, cause, stall_ms), found in groups.items():
        shares = " | ".join(_share([one for one in found if one.case.gap_ms == gap]) for gap in GAPS_MS)
        leaked = sum(len(one.leaked) for one in found)
        lines.append(f"| {app} | {cause} | {stall_ms} | {len(found)} | {leaked} | {shares} |")
    return "\n".join(lines)


def overview(outcomes: Iterable[Outcome]) -> str:
    """Markdown: rounds, leaked characters and kept shares, with stalls and without, by application, level and gap."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        silent = " (no caret)" if outcome.case.kind in SILENT_KINDS else ""
        groups.setdefault((outcome.case.app + silent, outcome.case.level.value), []).append(outcome)
    gaps = " | ".join(f"{gap} ms" for gap in GAPS_MS)
    lines = [f"| application | level | rounds | leaked | all: {gaps} | no stall: {gaps} |", "|---" * 10 + "|"]
    for (app, level), found in sorted(groups.items()):
        calm = [one for one in found if not one.case.stall_ms]
        shares = [_share([one for one in some if one.case.gap_ms == gap]) for some in (found, calm) for gap in GAPS_MS]
        leaked = sum(len(one.leaked) for one in found)
        lines.append(f"| {app} | {level} | {len(found)} | {leaked} | {' | '.join(shares)} |")
    return "\n".join(lines)


def kept_share(outcomes: Sequence[Outcome]) -> float:
    """Of the ordinary keys."""
    return sum(len(one.kept) for one in outcomes) / max(1, sum(len(one.ordinary) for one in outcomes))


def reasons(outcomes: Iterable[Outcome]) -> str:
    """Markdown: how many ordinary keys were withheld for which reason, by application."""
    counts = Counter((one.case.app, why) for one in outcomes for why in one.losses)
    lines = ["| application | withheld ordinary keys | said: what was known of the key |", "|---|---|---|"]
    lines += [f"| {app} | {count} | {why} |" for (app, why), count in counts.most_common()]
    return "\n".join(lines)


def _share(outcomes: Sequence[Outcome]) -> str:
    return f"{kept_share(outcomes):.0%}" if outcomes else ""


def main() -> None:
    outcomes: list[Outcome] = []
    for app in sys.argv[1:] or APPS:
        name, _, kind = app.partition(":")
        with VirtualDesktop(size=(1280, 800)) as desktop:
            os.environ.update(desktop.env)
            outcomes += play(desktop, [case for case in cases(name) if kind in ("", case.kind)])
    print(table(outcomes))
    print(f"\n{overview(outcomes)}")
    print(f"\n{reasons(outcomes)}")
    print(f"\n{len(outcomes)} rounds, {sum(len(one.leaked) for one in outcomes)} characters leaked.")
    for gap in GAPS_MS:
        kept = [one for one in outcomes if one.case.gap_ms == gap]
        print(f"kept at {gap} ms: {kept_share(kept):.1%}; without a stall "
              f"{kept_share([one for one in kept if not one.case.stall_ms]):.1%}")  # fmt: skip
    for one in outcomes:
        if one.leaked:
            print("leak:", one)


if __name__ == "__main__":
    main()
