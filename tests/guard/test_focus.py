"""What accessibility said about each window's field, and that a secret is never forgotten."""

from recorder.guard.focus import PAD_PX, Focus
from recorder.model.geometry import Rect
from recorder.model.raw import Role
from tests.guard.scene import BANK_WINDOW, EDITOR_WINDOW, LEFT, focus, window, windows

AT = Rect(50, 60, 100, 20)


def told(*roles: Role, element: str | None = "field", rect: Rect | None = AT) -> Focus:
    made = Focus()
    for role in roles:
        made.told(focus(0, role, element, rect=rect), windows())
    return made


def test_a_field_once_secret_stays_secret() -> None:
    assert told(Role.SECRET, Role.TEXT).secret_in(1)
    assert not told(Role.TEXT).secret_in(1)
    assert not told(Role.UNKNOWN).secret_in(1)


def test_a_secret_field_covers_its_place_with_a_margin() -> None:
    (cover,) = told(Role.SECRET).covers(windows())

    assert cover == Rect(AT.x - PAD_PX, AT.y - PAD_PX, AT.width + 2 * PAD_PX, AT.height + 2 * PAD_PX)


def test_a_focused_secret_field_without_a_place_covers_its_window() -> None:
    assert told(Role.SECRET, rect=None).covers(windows()) == (LEFT,)
    assert told(Role.SECRET, element=None, rect=None).covers(windows()) == (LEFT,)


def test_a_secret_field_moves_with_its_window() -> None:
    moved = windows(window(1, Rect(30, 40, 320, 480)))

    assert told(Role.SECRET).covers(moved)[0].x == AT.x + 30 - PAD_PX


def test_leaving_a_window_forgets_what_was_harmless_there_and_keeps_what_was_secret() -> None:
    harmless, secret = told(Role.TEXT), told(Role.SECRET)
    harmless.left(1)
    secret.left(1)

    assert harmless.element_in(1) is None
    assert secret.secret_in(1)


def test_lost_accessibility_forgets_only_what_was_harmless() -> None:
    made = told(Role.SECRET)
    made.told(focus(1, Role.TEXT, "x", at=2), windows())
    made.forget_harmless()

    assert made.secret_in(1)
    assert made.element_in(2) is None


def test_a_closed_window_takes_the_place_of_its_field_but_not_the_secret() -> None:
    made = told(Role.SECRET)
    made.prune(windows(BANK_WINDOW))
    made.prune(windows(EDITOR_WINDOW, BANK_WINDOW))

    assert made.covers(windows()) == ()
    made.told(focus(1, Role.TEXT, rect=AT), windows())
    assert made.secret_in(1)
