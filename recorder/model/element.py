"""What kinds of element a person can act on: one closed list for every platform, so that no platform's own text stays.

The names are those of WAI-ARIA 1.2 roles (https://www.w3.org/TR/wai-aria-1.2/), where there is one.
"""

from enum import StrEnum


class ElementRole(StrEnum):
    """What an element is, as screen readers name it. What has no name here is OTHER."""

    ALERT = "alert"
    BUTTON = "button"
    CELL = "cell"
    CHECKBOX = "checkbox"
    COMBOBOX = "combobox"
    DIALOG = "dialog"
    DOCUMENT = "document"
    GROUP = "group"
    HEADING = "heading"
    IMAGE = "image"
    LABEL = "label"
    LINK = "link"
    LIST = "list"
    LISTITEM = "listitem"
    MENU = "menu"
    MENUBAR = "menubar"
    MENUITEM = "menuitem"
    PARAGRAPH = "paragraph"
    PASSWORD = "password"
    PROGRESSBAR = "progressbar"
    RADIO = "radio"
    SCROLLBAR = "scrollbar"
    SEPARATOR = "separator"
    SLIDER = "slider"
    SPINBUTTON = "spinbutton"
    STATUS = "status"
    SWITCH = "switch"
    TAB = "tab"
    TABLE = "table"
    TABLIST = "tablist"
    TERMINAL = "terminal"
    TEXT = "text"
    TEXTBOX = "textbox"
    TOOLBAR = "toolbar"
    TREE = "tree"
    TREEITEM = "treeitem"
    WINDOW = "window"
    OTHER = "other"
