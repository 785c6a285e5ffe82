"""`recorder mask`: what the text detector would keep of a text, what not, and why. Nothing is stored."""

import sys
import time
from typing import TYPE_CHECKING

import click

from recorder.cli import output

if TYPE_CHECKING:
    from recorder.guard.text import Span

WHY = {
    "beside": "stands beside something masked",
    "blob": "too long for a word",
    "card_luhn": "a card number: the check digit is right",
    "date_born": "follows a word like born",
    "date_digits": "a date",
    "date_month": "a date",
    "digits_4": "four digits or more",
    "digits_5": "five digits or more",
    "domain": "the name of a server",
    "email": "an e-mail address",
    "form_label": "follows a label like Name:",
    "iban_mod97": "an account number: the check digits are right",
    "iban_shape": "has the form of an account number",
    "id_3_2_4": "has the form of an identity number",
    "id_shape": "has the form of an identity number",
    "ip": "an address on a network",
    "key_block": "a key begins or ends here",
    "key_prefix": "begins like the keys of a provider",
    "list": "on the list of names",
    "mac": "the address of a device",
    "no_lists": "the word lists are missing or damaged",
    "odd_character": "a character that can hide something",
    "odd_marks": "marks inside a word, as in passwords",
    "over_budget": "looking at it took too long",
    "path": "a place on the disk that can name somebody",
    "phone_shape": "has the form of a phone number",
    "plate_shape": "has the form of a licence plate",
    "postcode_shape": "has the form of a postal code",
    "random": "looks random",
    "secret_label": "follows a label like password:",
    "spelled": "spelled letter by letter",
    "street_kind_first": "a street",
    "street_named": "a street",
    "street_number_first": "a street",
    "street_unit": "a flat or a box",
    "too_long": "too long to look at",
    "unknown": "on no list of harmless words",
    "url": "an address of the web",
}


@click.command(epilog='Example:  recorder mask "Call John Smith at 555-0123"')
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: the kept text; places and rules of the rest.")
def mask(text: str, as_json: bool) -> None:
    """Show what would be kept of TEXT, and why not the rest. `-` reads standard input.

    This is what happens to window titles before anything is written. Nothing that you try here is stored; with `-` it
    does not even get into the history of your shell.
    """
    from recorder.guard.text import Detector
    from recorder.guard.text.spans import apply

    if text == "-":
        text = sys.stdin.read().removesuffix("\n")
    detector = Detector(time.perf_counter)
    spans = detector.detect(text)
    if detector.trouble is not None:
        output.note(detector.trouble)
    kept = apply(text, spans).text
    if as_json:
        places: list[output.Json] = [
            {"start": s.start, "end": s.end, "category": s.category, "rule": s.rule} for s in spans
        ]
        output.answer_json({"kept": kept, "masked": places})
        return
    _print(text, kept, spans)


def _print(text: str, kept: str, spans: list["Span"]) -> None:
    output.answer(kept)
    output.answer()
    if not spans:
        output.answer("Nothing is masked: every word is on the list of harmless ones.")
        return
    rows = [(text[span.start : span.end], f"[{span.category}]", span.rule, why(span.rule)) for span in spans]
    output.answer_table(["masked", "becomes", "rule", "why"], rows)


def why(rule: str) -> str:
    """A rule in words. Rules of words are named after what they mask, too: `name_unknown`, `number_beside`."""
    return WHY[rule] if rule in WHY else WHY[rule.partition("_")[2]]
