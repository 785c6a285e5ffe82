"""What stands on the screens: a terminal, a form, a table, an editor, a chat and a spreadsheet, with values in them."""

from collections.abc import Callable, Iterator, Sequence

from benchmarks.redaction.corpus import SENTENCES
from benchmarks.redaction.screens import Box, Colour, Look, Pen, Screen, Supply, blank, looks

MOST_PLANTED = 40  # on one screen: the rest of the rows stays harmless
LABELS = {
    "card": "Card number",
    "dob": "Date of birth",
    "domain": "Domain",
    "email": "E-mail",
    "iban": "Account",
    "id": "Tax number",
    "ip4": "Address",
    "ip6": "Network address",
    "key": "Access key",
    "mac": "Hardware address",
    "password": "New password",
    "path": "Folder",
    "phone": "Phone",
    "plate": "Number plate",
    "postcode": "Postcode",
    "url": "Website",
    "username": "User name",
    "person": "Full name",
    "street": "Street and number",
    "city": "City",
    "company": "Company",
}
PROSE = (
    "the report is ready and can be sent this afternoon",
    "please look at the second page before the meeting",
    "we moved the table to the other room last week",
    "all changes were saved and the window can be closed",
    "the list is sorted by date, newest first",
    "nothing was found; try another word or fewer filters",
    "the update takes a few minutes and needs no restart",
    "thank you for the quick answer, this works now",
    "open the settings and choose a smaller picture",
    "the weather stays cold until the end of the month",
)
SHELL = (
    "$ ls -l",
    "$ git status",
    "nothing to commit, working tree clean",
    "$ make test",
    "all tests passed in 4 seconds",
    "$ cat notes.txt",
    "$ tail -n 20 build.log",
    "warning: the file was not found",
    "done",
)
ECHOED = ("{}", "export VALUE={}", "$ ping {}", "open {}", "saved as {}", "user: {}", "$ echo '{}'", "connected to {}")
CODE = (
    "import json",
    "def main(path):",
    "    with open(path) as file:",
    "        return json.load(file)",
    "for item in items:",
    "    if item is None:",
    "        continue",
    "    total = total + item.price",
    "class Reader:",
    "    # the first line is a header",
    "    return result",
    "",
)
ASSIGNED = (
    'value = "{}"',
    'config["default"] = "{}"',
    "    # ask {} first",
    '    connect("{}", timeout=3)',
    "    - {}",
)
MENU = ("File", "Edit", "View", "Search", "Tools", "Help")

Layout = Callable[[Pen, Box, Supply], None]


def _window(pen: Pen, box: Box, supply: Supply) -> Box:
    """Frame, title bar and menu. Returns what is left for the content."""
    x0, y0, x1, y1 = box
    pen.fill(box, pen.theme.paper, pen.theme.line)
    bar = pen.row_px + pen.u(6)
    pen.fill((x0 + 1, y0 + 1, x1 - 1, y0 + bar), pen.theme.raised)
    x = x0 + pen.u(10)
    for entry in MENU:
        x = pen.say(x, y0 + pen.u(3), entry, pen.theme.muted) + pen.u(14)
    return x0 + pen.u(12), y0 + bar + pen.u(6), x1 - pen.u(12), y1 - pen.u(6)


def _rows(pen: Pen, box: Box, height: int | None = None) -> Iterator[int]:
    """Tops of the rows that fit."""
    yield from range(box[1], box[3] - pen.row_px, height or pen.row_px)


class Share:
    """When the next row holds a value: about every other one, until a window has enough."""

    def __init__(self, supply: Supply, share: float = 0.55) -> None:
        self._supply, self._share, self.left = supply, share, MOST_PLANTED

    def __call__(self) -> bool:
        planted = self.left > 0 and self._supply.chance(self._share)
        self.left -= planted
        return planted


def fitting(pen: Pen, supply: Supply, width: int, face: str = "sans", kind: str | None = None) -> tuple[str, str, str]:
    """A value that is not cut off: of that kind if one of a few tries fits, else of any."""
    for _ in range(12):
        taken = supply.take(kind)
        if pen.length(taken[2], face) <= width:
            return taken
    return fitting(pen, supply, width, face)


def ink(pen: Pen, supply: Supply) -> Colour:
    """Mostly the ordinary one."""
    if supply.chance(0.6):
        return pen.theme.ink
    return pen.theme.muted if supply.chance(0.3) else pen.theme.accents[supply.some("0123") == "1"]


def terminal(pen: Pen, box: Box, supply: Supply) -> None:
    share = Share(supply)
    for y in _rows(pen, box, round(pen.row_px * 0.85)):
        if share():
            form = supply.some(ECHOED)
            width = box[2] - box[0] - pen.length(form, "mono")
            pen.sentence(box[0], y, form, fitting(pen, supply, width, "mono"), ink(pen, supply), "mono")
        else:
            pen.say(box[0], y, supply.some(SHELL), ink(pen, supply), "mono")


def form(pen: Pen, box: Box, supply: Supply) -> None:
    """Labels, and input fields with a border; two columns where there is room."""
    columns = 2 if box[2] - box[0] > pen.u(700) else 1
    width = (box[2] - box[0]) // columns
    pen.say(box[0], box[1], "Please check what you have entered before you continue", face="bold")
    left, top = pen.u(150), box[1] + round(1.5 * pen.row_px)
    planted = 0
    for y in _rows(pen, (box[0], top, box[2], box[3] - 2 * pen.row_px), round(pen.row_px * 1.7)):
        for column in range(columns):
            if planted >= MOST_PLANTED:
                break
            x = box[0] + column * width
            taken = fitting(pen, supply, width - left - pen.u(40))
            pen.say(x, y, LABELS[taken[0]], pen.theme.muted)
            field = (x + left, y - pen.u(3), x + width - pen.u(16), y + pen.row_px + pen.u(3))
            pen.fill(field, pen.theme.paper, pen.theme.line)
            pen.screen.fields.append(field)
            pen.plant(x + left + pen.u(8), y, taken)
            planted += 1
    pen.say(box[0], box[3] - round(1.5 * pen.row_px), supply.some(PROSE), pen.theme.muted)


def table(pen: Pen, box: Box, supply: Supply) -> None:
    """Zebra rows under a header; a column holds one kind, as far as its values fit."""
    kinds = [
        "person",
        supply.some(("email", "url", "username", "domain")),
        supply.some(("phone", "iban", "card", "id")),
    ]
    kinds.append(supply.some(("street", "city", "postcode", "dob", "plate")))
    width = (box[2] - box[0]) // (len(kinds) + 1)
    _header(pen, box, [LABELS[kind] for kind in kinds] + ["Notes"], width)
    share, notes = Share(supply, 0.7), ("open", "paid in full", "see page two", "nothing yet", "late")
    for number, y in enumerate(_rows(pen, (box[0], box[1] + pen.row_px + pen.u(6), box[2], box[3]), pen.row_px)):
        if number % 2:
            pen.fill((box[0], y, box[2], y + pen.row_px), pen.theme.raised)
        for column, kind in enumerate(kinds):
            if share():
                pen.plant(box[0] + column * width, y, fitting(pen, supply, width - pen.u(10), kind=kind))
            else:
                pen.say(box[0] + column * width, y, supply.some(("none", "not given", "same as above")))
        pen.say(box[0] + len(kinds) * width, y, supply.some(notes), pen.theme.muted)


def _header(pen: Pen, box: Box, labels: Sequence[str], width: int) -> None:
    for column, label in enumerate(labels):
        pen.say(box[0] + column * width, box[1], label, face="bold")
    y = box[1] + pen.row_px + pen.u(2)
    pen.fill((box[0], y, box[2], y + 1), pen.theme.line)


def editor(pen: Pen, box: Box, supply: Supply) -> None:
    """Line numbers, code, and secrets in the code."""
    gutter = pen.u(44)
    share = Share(supply)
    for number, y in enumerate(_rows(pen, box, round(pen.row_px * 0.9))):
        pen.say(box[0], y, f"{number + 1:3d}", pen.theme.muted, "mono")
        if share():
            form = supply.some(ASSIGNED)
            width = box[2] - box[0] - gutter - pen.length(form, "mono")
            pen.sentence(box[0] + gutter, y, form, fitting(pen, supply, width, "mono"), ink(pen, supply), "mono")
        else:
            pen.say(box[0] + gutter, y, supply.some(CODE), ink(pen, supply), "mono")


def chat(pen: Pen, box: Box, supply: Supply) -> None:
    """Bubbles of two people; a name over every third."""
    share, height = Share(supply, 0.8), round(2.0 * pen.row_px)
    for number, y in enumerate(_rows(pen, (box[0], box[1], box[2], box[3] - pen.row_px), height)):
        x = box[0] + pen.u(30) + (pen.u(120) if number % 2 else 0)
        bubble = (x, y, min(box[2], x + pen.u(760)), y + round(1.6 * pen.row_px))
        pen.fill(bubble, pen.theme.raised)
        _avatar(pen, x - pen.u(22), y + pen.u(2), number)
        inner, row = x + pen.u(10), y + round(0.3 * pen.row_px)
        if share():
            said = supply.some(SENTENCES)
            pen.sentence(inner, row, said, fitting(pen, supply, bubble[2] - inner - pen.length(said)))
        else:
            pen.say(inner, row, supply.some(PROSE))


def _avatar(pen: Pen, x: int, y: int, number: int) -> None:
    size = pen.u(16)
    pen.fill((x, y, x + size, y + size), pen.theme.accents[number % len(pen.theme.accents)])


def spreadsheet(pen: Pen, box: Box, supply: Supply) -> None:
    """Cells with grid lines between them, letters over the columns and numbers before the rows."""
    head, columns = pen.u(40), max(3, (box[2] - box[0]) // pen.u(230))
    width = (box[2] - box[0] - head) // columns
    share = Share(supply, 0.4)
    for column in range(columns):
        pen.say(box[0] + head + column * width + width // 2, box[1], "ABCDEFGHIJKLMNOP"[column], pen.theme.muted)
    for number, y in enumerate(_rows(pen, (box[0], box[1] + pen.row_px, box[2], box[3]))):
        pen.fill((box[0], y, box[2], y + 1), pen.theme.line)
        pen.say(box[0], y, f"{number + 1}", pen.theme.muted)
        for column in range(columns):
            x = box[0] + head + column * width + pen.u(5)
            if share():
                pen.plant(x, y, fitting(pen, supply, width - pen.u(12)))
            elif supply.chance(0.5):
                pen.say(x, y, supply.some(("total", "open", "per month", "12.50", "yes", "no", "to do")))
    for column in range(columns + 1):
        x = box[0] + head + column * width
        pen.fill((x, box[1], x + 1, box[3]), pen.theme.line)


LAYOUTS: dict[str, Layout] = {
    "terminal": terminal,
    "form": form,
    "table": table,
    "editor": editor,
    "chat": chat,
    "spreadsheet": spreadsheet,
}


def draw(look: Look, supply: Supply) -> Screen:
    """One screen: a panel and a window."""
    pen = blank(look)
    panel = pen.row_px + pen.u(4)
    pen.fill((0, 0, look.width, panel), pen.theme.raised)
    pen.say(pen.u(12), pen.u(2), "Activities", pen.theme.ink, "bold")
    x, y = pen.u(15), panel + pen.u(15)
    wide = min(look.width - pen.u(30), pen.u(1450))
    high = min(look.height - panel - pen.u(30), pen.u(1000))
    LAYOUTS[look.kind](pen, _window(pen, (x, y, x + wide, y + high), supply), supply)
    return pen.screen


def screens(seed: int, sizes: Sequence[tuple[int, int]] | None = None) -> Iterator[Screen]:
    """All kinds in all sizes."""
    supply = Supply(seed)
    for look in looks(tuple(LAYOUTS)) if sizes is None else looks(tuple(LAYOUTS), sizes):
        yield draw(look, supply)
