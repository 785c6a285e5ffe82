"""What a person can do so that more is known, for the commands that show it."""

# Why a browser's windows are withheld although it is allowed, and what helps.
BROWSER_UNKNOWN = (
    "a browser's windows are withheld until it says that they are not private; start the browser after the recording "
    "began (a Chromium that was running before says nothing), or with --force-renderer-accessibility from a session "
    "whose accessibility is on. Chromium, Google Chrome and Firefox say it; other browsers stay withheld"
)
