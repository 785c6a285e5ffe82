"""What is found in texts and masked in pictures, and at what cost: `python benchmarks/redaction/run.py`."""

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

from benchmarks.redaction import pictures  # noqa: E402
from benchmarks.redaction.corpus import FREE, KINDS, SEED, STRUCTURED, Case, cases, leaks  # noqa: E402
from tests.guard.text.test_words import PROSE  # noqa: E402

VENV = ROOT / "build" / "bench-redaction" / "venv"
WORK = ROOT / "build" / "bench-redaction" / "work"
PEER = ("presidio-analyzer==2.2.*", "presidio-image-redactor==0.0.*")
IMPORTS = "import presidio_analyzer, presidio_image_redactor"
LEVELS = dict.fromkeys(STRUCTURED, 1.0) | {"person": 0.98, "street": 0.9}
Found = dict[str, Any]


def main() -> int:
    options = asked()
    python = {} if options.alone else peer()
    report: Found = {"name": "redaction", "machine": platform.machine(), "seed": SEED}
    report |= {"versions": {"python": platform.python_version()}, "levels": []}
    if options.only != "pictures":
        texts(report, python, quick=options.quick, aloud=not options.json)
    if options.only != "text":
        screens(report, python, quick=options.quick, aloud=not options.json)
    rows = report["levels"]
    if options.json:
        print(json.dumps(report))
    return 0 if options.quick or all(row["met"] for row in rows) else 1


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small corpus; judges nothing")
    parser.add_argument("--json", action="store_true", help="one JSON value")
    parser.add_argument("--alone", action="store_true", help="without presidio")
    parser.add_argument("--only", choices=("text", "pictures"), help="one half")
    return parser.parse_args()


def texts(report: Found, python: dict[str, str], *, quick: bool, aloud: bool) -> None:
    corpus = list(cases(2 if quick else 60))
    documents = documents_of(corpus)
    finders = {"ours": sys.executable} | python
    measured = {name: measure(python, name, corpus, documents, 1 if quick else 5) for name, python in finders.items()}
    rows = judge(measured["ours"])
    report["levels"] += rows
    report |= {"cases": len(corpus), "beside": measured}
    if aloud:
        show(rows, measured, len(corpus))


def screens(report: Found, python: dict[str, str], *, quick: bool, aloud: bool) -> None:
    maskers = {"mask_all": sys.executable, "reveal": sys.executable} | python
    found = pictures.measure(maskers, WORK, quick=quick)
    rows = pictures.judge(found)
    report["levels"] += rows
    report["pictures"] = found
    if aloud:
        print(f"\n{pictures.table(found)}\n")
        for row in rows:
            print(f"{'met' if row['met'] else 'MISSED':6}  {row['what']}: {row['value']}, level {row['level']}")


def peer() -> dict[str, str]:
    """Both of presidio in an environment of their own, made when it is not there yet; none when that fails."""
    python = VENV / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        if subprocess.run([python, "-c", IMPORTS], check=False, capture_output=True).returncode:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER], check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as failure:
        print(f"presidio can't be installed ({type(failure).__name__}): measuring alone", file=sys.stderr)
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
