"""A window of one plain colour: `python colour_window.py CLASS RRGGBB X Y WIDTH HEIGHT [--popup]`; ends on SIGTERM."""

import sys

from Xlib import X, display


def main() -> None:
    name, colour, *geometry = sys.argv[1:7]
    x, y, width, height = map(int, geometry)
    connection = display.Display()
    screen = connection.screen()
    window = screen.root.create_window(
        x,
        y,
        width,
        height,
        0,
        screen.root_depth,
        background_pixel=int(colour, 16),
        override_redirect="--popup" in sys.argv,
        event_mask=X.ExposureMask | X.StructureNotifyMask | X.KeyPressMask | X.ButtonPressMask,
    )
    window.set_wm_class(name.lower(), name)
    window.set_wm_name(name)
    # USPosition: the window manager leaves it where it is.
    window.set_wm_normal_hints(flags=1 | 4, x=x, y=y)
    window.change_property(connection.intern_atom("_NET_WM_PID"), connection.intern_atom("CARDINAL"), 32, [_pid()])
    window.map()
    connection.flush()
    while True:
        connection.next_event()


def _pid() -> int:
    import os

    return os.getpid()


if __name__ == "__main__":
    main()
