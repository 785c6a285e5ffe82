"""The words for what the gate enforces: one sentence per category, purpose and prohibition.

Each closed set of `model.consent` has exactly one entry per member here, so that a toggle that has no words, or words
that have no toggle, can't exist. Short words, "you", numbers; never a promise that the code does not keep.
"""

from collections.abc import Mapping
from typing import Final

from recorder.model.consent import Category, Prohibition, Purpose

# The sentence that is typed to agree, letter for letter.
SENTENCE: Final = "I choose to record for this study"

# Where it is typed: at a terminal, or on the page that `recorder consent --web` opens.
MEDIA: Final = ("terminal", "page")

CATEGORY_WORDS: Final[Mapping[Category, str]] = {
    Category.POINTER_CLICKS: "Where you click, drag and scroll",
    Category.POINTER_PATH: "How your pointer moves. Can identify you like a signature",
    Category.KEY_SHAPE: "How much you type, in bursts; never which key",
    Category.KEY_TIMING: "The rhythm of your typing. Can identify you like a signature",
    Category.SHORTCUTS: "Shortcuts such as Ctrl+C, and keys such as Enter and Tab",
    Category.TEXT_CONTENT: "The words you type in apps you pick for it, after redaction",
    Category.SCREENSHOTS: "Pictures of the chosen windows, after redaction",
    Category.APP_NAMES: "Which of the chosen apps is in front",
    Category.WINDOW_TITLES: "Window titles, after redaction",
    Category.ACCESSIBILITY_TEXT: "What you click and type into, as screen readers name it, redacted",
    Category.URL_HOST: "Names of the sites in the chosen browsers, after redaction",
    Category.URL_PATH: "Which page of a site it is, after redaction; nothing after a ?",
}

# What was measured with each, in the notice (the toggle's line has no room for it).
CATEGORY_NUMBERS: Final[Mapping[Category, str]] = {
    Category.KEY_SHAPE: "In apps you pick for it (recorder allow APP --text classes), also whether a key "
    "makes a letter, a digit or a sign.",
    Category.TEXT_CONTENT: "No app is picked at first; recorder allow APP --text words picks one.",
    Category.URL_HOST: "A site that you put on your list by name is told as you wrote it.",
    Category.POINTER_PATH: "Among 10 people, the path alone told who it was in 65 to 85 of 100 tries (chance: 10).",
    Category.KEY_TIMING: "Among 56 people, the rhythm alone told who it was in 93 of 100 tries (chance: 2). "
    "In bursts only, 5 to 13.",
    Category.SCREENSHOTS: "Anything that stays readable is in the picture. Text is covered before it is stored; in "
    "apps that you pick for it, words that are known to be harmless stay readable.",
}

PURPOSE_WORDS: Final[Mapping[Purpose, str]] = {
    Purpose.AGENT_TRAINING_NONCOMMERCIAL: "Training computer-use agents, not for profit",
    Purpose.AGENT_TRAINING_COMMERCIAL: "Training computer-use agents that are sold",
    Purpose.AGENT_EVALUATION: "Testing computer-use agents",
    Purpose.HCI_RESEARCH: "Research on how people use computers",
    Purpose.DATASET_PUBLICATION: "Publishing it as part of a data set. It can't be called back",
}

PROHIBITION_WORDS: Final[Mapping[Prohibition, str]] = {
    Prohibition.PERFORMANCE_REVIEW: "to judge your work",
    Prohibition.EMPLOYEE_MONITORING: "to watch staff",
    Prohibition.HIRING_FIRING_PROMOTION: "to hire, fire or promote",
    Prohibition.DISCIPLINE: "to punish",
    Prohibition.SECURITY_MONITORING: "to look for wrongdoing",
    Prohibition.BIOMETRIC_IDENTIFICATION: "to tell who you are from how you move or type",
    Prohibition.EMOTION_INFERENCE: "to guess what you feel",
    Prohibition.REIDENTIFICATION: "to find out who somebody is",
    Prohibition.ADVERTISING_PROFILING: "to target advertising",
    Prohibition.SALE_OF_PERSONAL_DATA: "to be sold",
}

NEVER_RECORDED: Final = (
    "microphone",
    "camera",
    "clipboard contents",
    "password fields",
    "lock screen",
    "private windows",
    "location",
)
