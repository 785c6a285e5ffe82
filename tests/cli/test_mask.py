"""`recorder mask` shows what would be kept and why; nothing is stored."""

import json
import re

import pytest

from benchmarks.redaction.corpus import cases
from recorder.cli import main
from recorder.cli.mask import why
from tests.cli.machines import Machine
from tests.guard.text.made import detector

TEXT = "Call John Smith at +1 (555) 123-4567 about the new window"


def test_the_kept_text_is_shown_and_why_the_rest_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mask", TEXT]) == 0

    out = capsys.readouterr().out
    assert out.splitlines()[0] == "Call [name] at [phone] about the new window"
    assert re.search(r"John Smith +\[name\] +name_\w+ +on \w", out)
    assert re.search(r"\+1 \(555\) 123-4567 +\[phone\] +phone_shape +has the form of a phone number", out)


def test_what_is_harmless_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mask", "Save the file"]) == 0

    assert capsys.readouterr().out.startswith("Save the file\n\nNothing is masked")


def test_as_json_it_tells_places_and_rules_and_not_what_stood_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mask", "--json", TEXT]) == 0

    out = capsys.readouterr().out
    answer = json.loads(out)
    assert answer["kept"] == "Call [name] at [phone] about the new window"
    assert [(place["start"], place["end"], place["category"]) for place in answer["masked"]] == [
        (5, 15, "name"),
        (19, 36, "phone"),
    ]
    assert "Smith" not in out


def test_standard_input_is_read_and_nothing_is_stored(bare_machine: Machine) -> None:
    done = bare_machine.run("mask", "-", typed="password: window\n")

    assert done.stdout.splitlines()[0] == "password: [secret]"
    assert done.stderr == ""
    assert not bare_machine.home.exists()


def test_what_steers_a_terminal_is_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mask", "the \x1b[31mfile"]) == 0

    assert "\x1b" not in capsys.readouterr().out


def test_every_rule_has_its_reason() -> None:
    made = detector()
    rules = {span.rule for case in cases(5) for span in made.detect(case.text)}
    rules |= {
        "no_lists",
        "over_budget",
        "too_long",
        "blob",
        "odd_character",
        "key_block",
        "id_3_2_4",
        "spelled",
        "date_born",
    }
    rules |= {"date_born"} | {
        f"{category}_{how}" for category in ("name", "word", "number", "street") for how in ("list", "beside")
    }

    assert len(rules) > 30
    assert all(why(rule) for rule in rules)
