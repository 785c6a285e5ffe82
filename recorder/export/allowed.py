"""The last gate: what may leave at all. Raises where a session was not approved as it is now, or consent says no."""

from recorder.errors import NoConsentError, PolicyError
from recorder.export.reader import Reader
from recorder.model.consent import Category, ConsentGrant
from recorder.model.session import ReviewedSession, SessionStart

SELF = "self"  # the study of one's own


def check_approved(reviewed: ReviewedSession, reader: Reader) -> None:
    """Hash every segment file and the manifest again and compare with what was approved.

    Raises: PolicyError on any difference: a byte, a file more, a file less. There is no way around it.
    """
    if reader.start.session_id != reviewed.session_id or dict(reader.files()) != dict(reviewed.files):
        raise not_approved(reviewed.session_id, "changed after it was approved")


def check_consent(start: SessionStart, apps: frozenset[str], grant: ConsentGrant, blocked: frozenset[str]) -> None:
    """The consent in force must be of the same study, and still cover the session's purpose and apps.

    For a study it must be the very consent under which the session was made. One's own recordings may leave under a
    later consent for oneself: `granted` lets out only what both allow, and each row keeps the id of the earlier one.
    `blocked`: rule names of apps that the grant blocks by another identity.

    Raises: NoConsentError.
    """
    own = start.study_id == SELF
    if start.study_id != grant.study_id or (start.consent_id != grant.consent_id and not own):
        raise NoConsentError(
            f"session {start.session_id} was recorded under another consent than the one in force",
            hint="what one consent allowed, another can't; recorder delete --session removes it",
        )
    if start.purpose is not None and start.purpose not in grant.purposes:
        raise NoConsentError(f"session {start.session_id}: its purpose was taken back", hint="recorder consent show")
    if {app.casefold() for app in apps} & {app.casefold() for app in grant.blocked_apps | blocked}:
        raise NoConsentError(
            f"session {start.session_id} holds an app that you took back", hint="recorder delete --app APP removes it"
        )


def granted(start: SessionStart, grant: ConsentGrant) -> frozenset[Category]:
    """What may leave: agreed to then, and still agreed to now."""
    return frozenset(Category(name) for name in start.categories) & grant.categories


def not_approved(session_id: str, why: str) -> PolicyError:
    return PolicyError(f"session {session_id} is not approved: {why}", hint=f"recorder review approve {session_id}")
