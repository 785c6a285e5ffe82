"""AT-SPI2's role numbers as `ElementRole`. What stands in no row here, and what a later version adds, is OTHER.

Source: `AtspiRole` in `atspi-constants.h` (2.46; 130 came with 2.56).
"""

from collections.abc import Mapping

from recorder.model.element import ElementRole as Kind

_NUMBERS: Mapping[Kind, tuple[int, ...]] = {
    Kind.ALERT: (2, 101, 102),  # alert, notification, info bar
    Kind.BUTTON: (43, 62, 129),  # plain, one that stays down, one with a menu
    Kind.CELL: (10, 47, 56, 57, 58),  # column header, row header, cell, the headers of tables
    Kind.CHECKBOX: (7,),
    Kind.COMBOBOX: (11,),
    Kind.DIALOG: (9, 16, 19, 22),  # of colours, any, of files, of fonts
    Kind.DOCUMENT: (25, 82, 92, 93, 94, 95, 96),  # HTML container, frame, spreadsheet, slides, text, web, mail
    # Filler, glass pane, layered pane, option pane, panel, root pane, scroll pane, split pane, viewport, header,
    # footer, section, form, grouping, block quote, definition, article, landmark, log.
    Kind.GROUP: (20, 24, 30, 36, 39, 46, 49, 53, 68, 71, 72, 85, 87, 99, 105, 108, 109, 110, 111),
    Kind.HEADING: (83,),
    Kind.IMAGE: (3, 13, 26, 27, 80, 100, 107),  # animation, desktop icon, icon, image, chart, image map, video
    Kind.LABEL: (1, 29, 81),  # of a key, any, caption
    Kind.LINK: (88,),
    Kind.LIST: (31, 98, 121),  # list, list box, description list
    Kind.LISTITEM: (32, 122, 123),  # item, term, its description
    Kind.MENU: (33, 41),
    Kind.MENUBAR: (34,),
    Kind.MENUITEM: (8, 35, 45, 59),  # with a check mark, plain, one of several, torn off
    Kind.PARAGRAPH: (73,),
    Kind.PASSWORD: (40,),
    Kind.PROGRESSBAR: (42, 103),  # progress, level
    Kind.RADIO: (44,),
    Kind.SCROLLBAR: (48,),
    Kind.SEPARATOR: (50,),
    Kind.SLIDER: (15, 51),  # dial, slider
    Kind.SPINBUTTON: (52,),
    Kind.STATUS: (54, 115),  # status bar, timer
    Kind.SWITCH: (130,),
    Kind.TAB: (37,),
    Kind.TABLE: (55,),
    Kind.TABLIST: (38,),
    Kind.TERMINAL: (60,),
    Kind.TEXT: (116, 119, 120, 124, 125, 126, 127, 128),  # static, sub- and superscript, footnote, changes, marked
    Kind.TEXTBOX: (12, 61, 76, 77, 79),  # date, text, autocomplete, edit bar, entry
    Kind.TOOLBAR: (63,),
    Kind.TREE: (65, 66),  # tree, tree table
    Kind.TREEITEM: (90, 91),  # table row, tree item
    Kind.WINDOW: (14, 23, 28, 69),  # desktop, frame, inside another, without a border
}
_KINDS: Mapping[int, Kind] = {number: kind for kind, numbers in _NUMBERS.items() for number in numbers}

DIALOG, FRAME, WINDOW = 16, 23, 69
# A page of a browser (or of what is built like one), and an older word for it.
DOCUMENTS = (82, 95)
# What takes typed text, whatever its state says: date editor, password, spin button, terminal, text, autocomplete,
# edit bar, entry.
INPUT_FIELDS = (12, 40, 52, 60, 61, 76, 77, 79)
# What a person acts on. Inside of it stand texts and images, which a question for "what is here" finds first.
CONTROLS = frozenset(
    {
        Kind.BUTTON, Kind.CHECKBOX, Kind.COMBOBOX, Kind.LINK, Kind.LISTITEM, Kind.MENU, Kind.MENUITEM, Kind.PASSWORD,
        Kind.RADIO, Kind.SLIDER, Kind.SPINBUTTON, Kind.SWITCH, Kind.TAB, Kind.TERMINAL, Kind.TEXTBOX, Kind.TREEITEM,
    }
)  # fmt: skip
# Kinds whose accessible name is what they are called, not what they hold.
NAMED = frozenset(
    {
        Kind.BUTTON, Kind.CHECKBOX, Kind.DIALOG, Kind.IMAGE, Kind.LINK, Kind.MENU, Kind.MENUBAR, Kind.MENUITEM,
        Kind.RADIO, Kind.SLIDER, Kind.SWITCH, Kind.TAB, Kind.TABLIST, Kind.TOOLBAR,
    }
)  # fmt: skip
# Kinds whose accessible name may be what was typed or chosen: a label of their own is asked for.
HOLDERS = frozenset({Kind.COMBOBOX, Kind.LISTITEM, Kind.PASSWORD, Kind.SPINBUTTON, Kind.TEXTBOX, Kind.TREEITEM})


def kind_of(role: int) -> Kind:
    """The kind of an element with this role number; OTHER for every number that has none."""
    return _KINDS.get(role, Kind.OTHER)
