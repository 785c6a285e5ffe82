"""One finder in a process of its own: `finder.py ours|presidio texts.json`. Prints what it found and what it cost.

Runs in two environments, so it imports nothing of either before it knows in which one it is. Output, one JSON value:
{"start_s": CPU seconds to the first answer, "cpu_s": for all texts, "rss_mb": peak, "spans": one list of pairs a text}
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Find = Callable[[str], list[tuple[int, int]]]


def main() -> None:
    which, source = sys.argv[1:]
    texts: list[str] = json.loads(Path(source).read_text(encoding="utf-8"))
    find = {"ours": ours, "presidio": presidio}[which]()
    find("Write to info@example.com")
    start_s = time.process_time()
    spans = [find(text) for text in texts]
    cost = {"start_s": start_s, "cpu_s": time.process_time() - start_s, "rss_mb": peak_mb()}
    print(json.dumps({**cost, "spans": spans}))


def peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


def ours() -> Find:
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from recorder.guard.text import Detector

    detector = Detector(time.perf_counter, budget_s=60)
    return lambda text: [(span.start, span.end) for span in detector.detect(text)]


def presidio() -> Find:
    analyser = patterns()
    return lambda text: [(found.start, found.end) for found in analyser.analyze(text=text, language="en")]


def patterns() -> Any:
    """Pattern recognisers alone, as the package brings them: its language models cannot be had from an index.

    Without this, the first e-mail address makes it ask two hosts on the network for a list of domains.
    """
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    class Blank(SpacyNlpEngine):  # type: ignore[misc]
        def load(self) -> None:
            self.nlp: dict[str, Any] = {"en": spacy.blank("en")}

    engine = Blank()
    engine.load()
    return AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])


if __name__ == "__main__":
    main()
