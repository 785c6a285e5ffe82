"""A window that draws: `python busy_window.py CLASS RRGGBB X Y WIDTH HEIGHT [--hollow] [--still]`; ends on SIGTERM.

It draws itself when it is told to, and unless `--still` a square in its middle, 50 times a second, in two shades of its
colour. `--hollow`: it has no background, so that what it has not drawn yet shows what was on the screen before.
SIGSTOP makes it an application that hangs.
"""

import os
import select
import sys

from Xlib import X, display

PERIOD_S = 0.02
SQUARE_PX = 64
SHADE = 0x080808


def main() -> None:
    name, colour, *geometry = sys.argv[1:7]
    x, y, width, height = map(int, geometry)
    connection = display.Display()
    screen = connection.screen()
    background = {"background_pixmap": X.NONE} if "--hollow" in sys.argv else {"background_pixel": int(colour, 16)}
    window = screen.root.create_window(
        x, y, width, height, 0, screen.root_depth, event_mask=X.ExposureMask | X.StructureNotifyMask, **background
    )
    window.set_wm_class(name.lower(), name)
    window.set_wm_name(name)
    # USPosition: the window manager leaves it where it is.
    window.set_wm_normal_hints(flags=1 | 4, x=x, y=y)
    window.change_property(connection.intern_atom("_NET_WM_PID"), connection.intern_atom("CARDINAL"), 32, [os.getpid()])
    window.map()
    shades = [window.create_gc(foreground=int(colour, 16) ^ shade) for shade in (0, SHADE)]
    still = "--still" in sys.argv
    turn = 0
    while True:
        connection.flush()
        select.select([connection], [], [], None if still else PERIOD_S)
        while connection.pending_events():
            event = connection.next_event()
            if event.type == X.Expose:
                window.fill_rectangle(shades[0], event.x, event.y, event.width, event.height)
        if not still:
            turn += 1
            window.fill_rectangle(
                shades[turn % 2], (width - SQUARE_PX) // 2, (height - SQUARE_PX) // 2, *[SQUARE_PX] * 2
            )


if __name__ == "__main__":
    main()
