"""Wayland: refused. Other applications' input can't be observed there, by design, and XWayland shows black pictures."""

from recorder.capture.backends.unsupported import UnsupportedBackend


class WaylandBackend(UnsupportedBackend):
    """Never falls back to XWayland in silence: that would record a black screen and miss what is typed elsewhere."""

    name = "wayland"
    message = "this is a Wayland session: what happens in other applications can't be observed there, by design"
    hint = "log out and choose an Xorg session, or try: recorder demo"
