"""What the text detector finds, keeps and costs, beside presidio-analyzer: `python -m benchmarks.redaction.run`."""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.redaction.corpus import FREE, KINDS, SEED, STRUCTURED, Case, cases, leaks  # noqa: E402
from tests.guard.text.test_words import PROSE  # noqa: E402

VENV = ROOT / "build" / "bench-redaction" / "venv"
PEER = "presidio-analyzer==2.2.*"
LEVELS = dict.fromkeys(STRUCTURED, 1.0) | {"person": 0.98, "street": 0.9}
Found = dict[str, Any]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="a small corpus; judges nothing")
    asked.add_argument("--json", action="store_true", help="one JSON value")
    asked.add_argument("--alone", action="store_true", help="without presidio-analyzer")
    options = asked.parse_args()
    corpus = list(cases(2 if options.quick else 60))
    documents = documents_of(corpus)
    finders = {"ours": sys.executable} | ({} if options.alone else peer())
    measured = {
        name: measure(python, name, corpus, documents, 1 if options.quick else 5) for name, python in finders.items()
    }
    rows = judge(measured["ours"])
    report = {"name": "redaction", "machine": platform.machine(), "seed": SEED, "cases": len(corpus)}
    report |= {"versions": {"python": platform.python_version()}, "levels": rows, "beside": measured}
    print(json.dumps(report)) if options.json else show(rows, measured, len(corpus))
    return 0 if options.quick or all(row["met"] for row in rows) else 1


def peer() -> dict[str, str]:
    """presidio-analyzer in an environment of its own, made when it is not there yet; none when that fails."""
    python = VENV / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        if subprocess.run([python, "-c", "import presidio_analyzer"], check=False, capture_output=True).returncode:
            subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as failure:
        print(f"presidio-analyzer can't be installed ({type(failure).__name__}): measuring alone", file=sys.stderr)
        return {}
    return {"presidio": str(python)}


def documents_of(corpus: Sequence[Case]) -> list[str]:
    """Pages of about 4 KB: plain prose with a planted value after every other sentence. What speed is measured on."""
    sentences = PROSE.split(". ") * 2
    values = [case.text for case in corpus[:: max(1, len(corpus) // 400)]]
    each = len(sentences) // 2
    return [
        ". ".join(
            part for at, value in enumerate(values[page : page + each]) for part in (*sentences[2 * at :][:2], value)
        )
        for page in range(0, len(values), each)
    ]


def measure(python: str, which: str, corpus: Sequence[Case], documents: list[str], runs: int) -> Found:
    found = search(python, which, [case.text for case in corpus])
    pages = [search(python, which, documents) for _ in range(runs)]
    size_kb = sum(map(len, documents)) / 1024
    spans = found["spans"]
    return {
        "kinds": hidden(corpus, spans),
        **overlap(corpus, spans),
        "ms/KB": sorted(1000 * page["cpu_s"] / size_kb for page in pages)[runs // 2],
        "start, s": min(page["start_s"] for page in pages),
        "peak, MB": found["rss_mb"],
        "prose kept": kept(search(python, which, [PROSE])["spans"][0]),
    }


def search(python: str, which: str, texts: list[str]) -> Found:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(texts, file)
        file.flush()
        command = [python, str(Path(__file__).with_name("finder.py")), which, file.name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: Found = json.loads(done.stdout.splitlines()[-1])
    return result


def hidden(corpus: Sequence[Case], spans: list[list[tuple[int, int]]]) -> dict[str, float]:
    """By kind: the share of values of which not one letter or digit is left."""
    seen, whole = Counter[str](), Counter[str]()
    for case, found in zip(corpus, spans, strict=True):
        seen[case.kind] += 1
        whole[case.kind] += leaks(case, found) == 0
    return {kind: whole[kind] / seen[kind] for kind in KINDS}


def overlap(corpus: Sequence[Case], spans: list[list[tuple[int, int]]]) -> dict[str, float]:
    """Recall, precision and F2 of letters and digits."""
    right = planted = masked = 0
    for case, found in zip(corpus, spans, strict=True):
        shown = {at for at, character in enumerate(case.text) if character.isalnum()}
        covered = shown & {at for start, end in found for at in range(start, end)}
        wanted = shown & set(range(case.start, case.end))
        right, planted, masked = right + len(covered & wanted), planted + len(wanted), masked + len(covered)
    recall, precision = right / planted, right / max(1, masked)
    return {"char recall": recall, "char precision": precision, "char F2": f2(precision, recall)}


def f2(precision: float, recall: float) -> float:
    return 5 * precision * recall / max(1e-9, 4 * precision + recall)


def kept(spans: list[tuple[int, int]]) -> float:
    """The share of letters of plain prose that are left."""
    shown = {at for at, character in enumerate(PROSE) if character.isalnum()}
    return 1 - len(shown & {at for start, end in spans for at in range(start, end)}) / len(shown)


def judge(found: Found) -> list[dict[str, Any]]:
    rows = [row(f"{kind}, fully masked", found["kinds"][kind], level, ">=") for kind, level in LEVELS.items()]
    rows += [row("char F2", found["char F2"], 0.88, ">="), row("prose kept", found["prose kept"], 0.8, ">=")]
    rows += [row("ms/KB", found["ms/KB"], 3.0, "<="), row("start, s", found["start, s"], 0.3, "<=")]
    return rows


def row(what: str, value: float, level: float, sign: str) -> dict[str, Any]:
    met = value >= level if sign == ">=" else value <= level
    return {"what": what, "unit": "", "value": round(value, 4), "level": f"{sign} {level}", "met": met}


def show(rows: list[dict[str, Any]], measured: dict[str, Found], count: int) -> None:
    print(f"{count} values, seed {SEED}\n\n{'fully masked':16}" + "".join(f"{name:>12}" for name in measured))
    for kind in (*STRUCTURED, *FREE):
        print(f"{kind:16}" + "".join(f"{found['kinds'][kind]:12.4f}" for found in measured.values()))
    print()
    for what in ("char recall", "char precision", "char F2", "prose kept", "ms/KB", "start, s", "peak, MB"):
        print(f"{what:16}" + "".join(f"{found[what]:12.3f}" for found in measured.values()))
    for missed in (one for one in rows if not one["met"]):
        print(f"MISSED  {missed['what']}: {missed['value']}, level {missed['level']}")


if __name__ == "__main__":
    sys.exit(main())
