"""Streets, flats, postal codes, dates with month names, what follows a form's label. `text` is folded.

Words that nobody knows are masked elsewhere; these rules are for addresses and dates that are made of ordinary words.
"""

import re
from collections.abc import Iterator

from recorder.guard.text.spans import Span, words_of

# Enough to make a street of what stands before, in lower case too.
_STREET = frozenset(
    words_of(
        """street st str road rd avenue ave av lane ln boulevard blvd highway hwy parkway pkwy crescent cres terrace
    straße strasse allee weg platz gasse ulica ul utca gatan vägen gata vej veien straat laan plein sokak
    caddesi"""
    )
)
# What streets begin with where the kind comes first: French, Spanish, Italian, Portuguese, Polish, Czech, Romanian,
# Russian, Ukrainian, Indonesian, Catalan.
_KIND_FIRST = (
    r"rue|avenue|av|boulevard|bd|blvd|place|chemin|impasse|allée|quai|cours|route|calle|c/|avenida|"
    r"avda|paseo|plaza|camino|"
    r"carrera|callejón|glorieta|ronda|via|viale|vicolo|piazza|corso|contrada|strada|stradă|strado|"
    r"rotonda|canale|rua|travessa|"
    r"largo|praça|alameda|estrada|rodovia|ladeira|ulica|ul|aleja|al|plac|pl|os|osiedle|náměstí|"
    r"bulevardul|bulevard|șoseaua|"
    r"улица|ул|проспект|пр|переулок|пер|бульвар|площадь|вулиця|вул|jalan|jl|gang|carrer|viaduc|passeig"
)
_WORD = r"[^\W\d_][\w'-]{0,24}\.?"
_HOUSE = r"\d{1,5} ?[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?"
_NUMBER_FIRST = re.compile(rf"(?<![\w.,:])#?({_HOUSE}),?((?: {{1,2}}(?:{_WORD}|\d{{1,3}}(?:st|nd|rd|th)))" r"{1,5})")
_NAMED = re.compile(
    rf"(?<!\w)((?:[A-Z][\w'-]{{0,24}}\.? |\d{{1,3}}(?:st|nd|rd|th) "
    rf"){{1,3}})([A-Z][\w-]{{1,13}})(?!\w)\.?(?:,? {_HOUSE}(?!\w))?"
)
_CONNECTED = r"(?:(?:d[eiaou]s?l?|de la|la|le|les|los|las|el|dos|san)[ ,]{1,2}){0,2}"
_KIND_NUMBER = re.compile(
    rf"(?<!\w)(?:{_KIND_FIRST})\.? (?:{_WORD}[ ,]{{1,2}}){{1,6}}?(?:n[°º.]? ?|nº ?|№ ?|č\. ?|nr\.? ?|"
    rf"#)?{_HOUSE}(?!\w)",
    re.I,
)
# The same without a number: only in capitals, since `via` and `place` are words.
_CAPITALS = re.compile(
    rf"(?<!\w)((?!\d)[^\Wa-z_]\w{{0,14}})\.? {_CONNECTED}(?:d'|"
    rf"l')?((?!\d)[^\Wa-z_][\w'-]{{1,24}})"
)
_KINDS = frozenset(_KIND_FIRST.split("|"))
_UNIT = re.compile(
    r"(?<!\w)(?:apt|apartment|suite|ste|flat|unit|p\.? ?o\.? ?box|postfach|apartado|casella postale|"
    r"lgh|appt|bte|bât|wohnung|"
    r"piso|dept|dpto|depto|interno|scala|box|psc|hc|rr|studio)\.?,? ?(?:#|n[o°]\.? ?)?\d{1,5}[A-Za-z]?(?!\w)",
    re.I,
)
_POSTCODE = re.compile(
    r"(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d|\d{4} ?[A-Z]{2}|"
    r"[A-Z]\d[\dW] ?[A-Z\d]{4}|"
    r"(?:[A-Z]{1,2}-)\d{3,6})(?!\w)",
    re.I,
)
_MONTH = (
    "jan(?:uary|uar|uari|vier)?|feb(?:ruary|ruar|ruari)?|mar(?:ch)?|märz|mars|mai|may|maj|apr(?:il)?|"
    "june?|juni|juin|july?|juli|"
    "juillet|aug(?:ust|ustus)?|août|sept?(?:ember|embre)?|o[ck]t(?:ober|obre|obra)?|nov(?:ember|"
    "embre)?|de[cz](?:ember|embre)?|"
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|"
    "gennaio|febbraio|aprile|maggio|"
    "giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|"
    "outubro|novembro|dezembro"
)
_DATE = re.compile(
    rf"(?<!\w)(?:\d{{1,2}}(?:st|nd|rd|th|\.|º|er)?[ ./-]{{0,2}}(?:of |de )?(?:{_MONTH})(?!\w)\.?,?(?:[ "
    rf"./-]{{0,2}}(?:de )?'?\d{{2,4}}(?!\w))?"
    rf"|(?=[^\W\d_]{{3,10}}[ ./,-]{{1,3}}'?\d)(?:(?:{_MONTH})\.?[ ./-]\d{{1,2}}(?:st|nd|rd|th)?(?!\w)"
    rf"(?:,? ?'?\d{{2,4}}(?!\w))?|"
    rf"(?:{_MONTH})\.?,? '?\d{{2,4}}(?!\w)))",
    re.I,
)
_LABEL = (
    "(?:first|last|full|given|family|maiden|middle|user|nick|display|card ?holder|account|sur|"
    "company|birth|legal|recipient|sender)"
    "[ _-]?name|name|holder|user ?id|username|user|login|(?:e-?mail|home|street|postal|mailing|"
    "billing|shipping|ip)[ _-]?address|address|"
    "street|city|town|state|county|country|zip(?:[ _-]?code)?|post(?:al)?[ _-]?code|(?:tele|cell|"
    "mobile|home|work)?[ _-]?phone(?: number)?|"
    "mobile|tel|cell|fax|dob|d\\.o\\.b\\.?|date of birth|birth[ _-]?date|birthday|place of birth|ssn|"
    "nin|sin|tin|social security(?: number)?|"
    "passport(?: no\\.?| number)?|(?:driver'?s? )?licen[cs]e(?: no\\.?| number| plate)?|plate|"
    "account(?: no\\.?| number)?|iban|bic|swift|"
    "sort code|routing(?: number)?|card(?: no\\.?| number)?|expiry|expires|exp|nationality|employer|"
    "company|customer|patient|client|member|"
    "policy(?: no\\.?| number)?|insurance|attn|attention|dear|signed|vorname|nachname|anschrift|"
    "adresse|straße|ort|geburtsdatum|"
    "telefon|nom|prénom|naissance|téléphone|nombre|apellidos?|dirección|teléfono|cognome|nome|"
    "indirizzo|telefono|morada|endereço|telefone"
)
# Most words are followed by no colon: a look ahead is cheaper than all alternatives.
_FIELD = re.compile(
    rf"(?<![^\W_])(?=[^\n:=#]{{2,54}}[:=#])(?:{_LABEL})['\"]?(?: \([^)\n]{{0,20}}\))? ?[:=#]{{1,2}}>? "
    rf"?['\"]?(?=[^\s'\"])([^\n\t,;|<>]{{1,64}})",
    re.I,
)
_BORN = re.compile(r"(?<!\w)(?:born|dob|birthday|birthdate)(?!\w)[^\n]{0,12}?\d[\w ./,-]{0,24}", re.I)
_SPELLED = re.compile(r"(?<!\w)(?:[^\W_][ .,_-]{1,2}){3,40}[^\W_](?!\w)")


def find_places(text: str, streets: frozenset[str]) -> Iterator[Span]:
    """`streets`: what streets are called by, in lower case."""
    for match in _NAMED.finditer(text):
        if _word(match[2]) in _STREET:
            yield Span(match.start(), match.end(), "street", "street_named")
    for match in _CAPITALS.finditer(text):
        if match[1].lower() in _KINDS:
            yield Span(match.start(), match.end(), "street", "street_kind_first")
    if _DIGIT.search(text):
        yield from _with_digits(text, streets)
    for match in _FIELD.finditer(text) if _COLON.search(text) else ():
        yield Span(match.start(1), match.end(1), "value", "form_label")
    for match in _SPELLED.finditer(text):
        yield Span(match.start(), match.end(), "token", "spelled")


def _with_digits(text: str, streets: frozenset[str]) -> Iterator[Span]:
    for match in _NUMBER_FIRST.finditer(text):
        end = _street_end(match, streets)
        if end:
            yield Span(match.start(), end, "street", "street_number_first")
    for pattern, category, rule in _NEED_DIGITS:
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), category, rule)


_DIGIT, _COLON = re.compile(r"\d"), re.compile("[:=#]")
_NEED_DIGITS = (
    (_KIND_NUMBER, "street", "street_kind_first"),
    (_UNIT, "street", "street_unit"),
    (_POSTCODE, "postcode", "postcode_shape"),
    (_DATE, "date", "date_month"),
    (_BORN, "date", "date_born"),
)


def _word(word: str) -> str:
    return word.rstrip(".,").lower()


def _street_end(match: re.Match[str], streets: frozenset[str]) -> int | None:
    """Where the street ends that begins with a house number: behind the last word that makes it one."""
    end, capital = None, True
    for count, word in enumerate(re.finditer(r"\S+", match[2])):
        plain = _word(word[0])
        capital = capital and not word[0][0].islower()
        if count and (plain in _STREET or (capital and plain in streets)):
            end = match.start(2) + word.end()
    return end
