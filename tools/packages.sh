# Debian packages, one reason each. Read by tools/setup.sh; a list here is the only place that names them.
# shellcheck shell=sh disable=SC2034

# `make run` without a display: the demonstration brings its own screen, desktop and applications.
DEMO_PACKAGES="
xvfb                # the virtual screen
openbox             # a window manager
xterm               # a terminal to type into
mousepad            # a GTK editor
chromium            # a browser with a password field
xdotool             # the synthetic person's hands
x11-apps            # xwd: what is on the screen, for pictures of the demonstration
x11-utils           # xprop, xwininfo: what the window manager says
x11-xserver-utils   # xset, xrandr: keyboard repeat, screen size
x11-xkb-utils       # setxkbmap, xkbcomp: the server's keymap
dbus                # the session bus
dbus-x11            # dbus-launch
at-spi2-core        # accessibility: which field has the keyboard
gnome-keyring       # the secret service that holds the keys
fonts-dejavu-core   # letters on the screen
librsvg2-common     # GTK's own icons are drawings
procps              # ps
"

# `make test` on top of that.
TEST_PACKAGES="
xserver-xephyr      # a screen inside the screen: injected keys arrive as real devices
picom               # a compositor with fades
xcompmgr            # a compositor without a GL
zenity              # dialogs and toasts
python3-gi          # small GTK programs that the tests drive
firefox-esr         # the other family of browsers
gir1.2-gtk-3.0      # GTK for them
python3-pyqt5       # small Qt programs that the tests drive
pinentry-gtk2       # a password prompt that grabs the keyboard
pinentry-tty        # the same in a terminal
libsecret-tools     # secret-tool: looks into the keyring from outside
sudo                # a password prompt in a terminal
iproute2            # ss, ip: is anything listening?
strace              # which files and sockets are opened
tesseract-ocr       # one of the two readers of exported pictures
fonts-liberation    # letters of the rendered screens that are searched for leaks
fonts-noto-core     # the same, and Devanagari
fonts-wqy-microhei  # the same, for Chinese, Japanese and Korean
gcc                 # pynput's evdev is built from source
libc6-dev           # headers for it
linux-libc-dev      # headers for it
"
