"""Streets, flats, postal codes, dates and what follows a form's label, made of ordinary words too."""

import pytest

from tests.guard.text.made import is_hidden, masked


@pytest.mark.parametrize(
    "street",
    [
        "12 Long Lane",
        "123 Oak Street",
        "123 oak street",
        "1 Sea View Road, Flat 3",
        "742 Evergreen Terrace",
        "5th Avenue 12",
        "99 Stone Bridge Apt. 4",
        "PO Box 12",
        "Oak Street",
        "Hauptstraße 5",
        "Lachmannstr. 6-6",
        "12 rue de la Paix",
        "Rue de la Paix 12",
        "Via Roma 5",
        "Calle Mayor 3",
        "Avenida Central 45",
        "Kerkstraat 12",
        "ul. Długa 7",
        "Storgatan 4",
        "Nørregade 9",
        "Dlouhá 12",
        "Atatürk Caddesi 8",
        "ул. Ленина, д. 5",
        "Rua Direita 10",
        "千代田区丸の内1-2-3",
        "東京都 12",
    ],
)
def test_a_street_is_masked(street: str) -> None:
    assert is_hidden(street)
    assert is_hidden(street, "we live at {} now")


@pytest.mark.parametrize("code", ["SW1A 1AA", "K1A 0B1", "1012 AB", "D02 AF30", "90210", "00-950", "8001"])
def test_a_postal_code_is_masked(code: str) -> None:
    assert is_hidden(code)


@pytest.mark.parametrize(
    "date", ["12 May 1990", "May 12, 1990", "12th of March", "3. März 1985", "12-Jan-90", "14 juillet 1989"]
)
def test_a_date_with_a_month_is_masked(date: str) -> None:
    assert is_hidden(date)


@pytest.mark.parametrize(
    "label", ["Name", "First name", "City", "Address", "User", "Date of birth", "Card number", "Phone", "Nachname"]
)
def test_what_follows_a_label_is_masked_even_when_it_is_a_word(label: str) -> None:
    assert is_hidden("window", f"{label}: {{}}")


def test_letters_one_by_one_are_a_word() -> None:
    assert is_hidden("j o h n")
    assert is_hidden("s-e-c-r-e-t")


def test_minutes_and_pages_are_no_streets() -> None:
    assert masked("5 minutes later we saw page 12 of the report") == "5 minutes later we saw page 12 of the report"
