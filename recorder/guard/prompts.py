"""Programs whose whole purpose is to ask for a secret: never recorded, whatever the rules say.

Some of them are not accessible, and a prompt that could not grab the keyboard is announced by nothing. Known by the
name of the executable or by the window's class; names of files in Debian's packages that provide `pinentry`,
`ssh-askpass`, `polkit-1-auth-agent` and the keyrings' prompters.
"""

from pathlib import PurePath

BEGINNINGS = (
    *("pinentry", "polkit-", "lxpolkit", "lxqt-policykit", "mate-polkit", "xfce-polkit", "ukui-polkit"),
    *("gcr-prompter", "gcr4-", "gnome-keyring", "kwallet", "seahorse-daemon", "gksu", "kdesu", "lxqt-sudo"),
    *("xscreensaver-auth", "light-locker", "i3lock", "slock", "systemd-ask-password"),
)
ASKS = "askpass"


def is_prompt(*names: str | None) -> bool:
    """`names`: an app's executable with or without its folder, classes, desktop id."""
    return any(_asks(PurePath(name).name.casefold()) for name in names if name)


def _asks(name: str) -> bool:
    return name.startswith(BEGINNINGS) or ASKS in name
