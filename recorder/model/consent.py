"""What a person can agree to, and the short-lived proof that they did.

Words and fields after ISO/IEC TS 27560 (consent record) and the W3C Data Privacy Vocabulary.
"""

from dataclasses import InitVar, dataclass
from enum import StrEnum

from recorder.model.seals.consent import ConsentSeal, check


class Category(StrEnum):
    """Data categories: one toggle each, default off. No category, no column."""

    POINTER_CLICKS = "pointer_clicks"
    POINTER_PATH = "pointer_path"
    KEY_SHAPE = "key_shape"
    KEY_TIMING = "key_timing"
    SHORTCUTS = "shortcuts"
    TEXT_CONTENT = "text_content"
    SCREENSHOTS = "screenshots"
    APP_NAMES = "app_names"
    WINDOW_TITLES = "window_titles"
    ACCESSIBILITY_TEXT = "accessibility_text"
    URL_HOST = "url_host"
    URL_PATH = "url_path"


class Purpose(StrEnum):
    """What the data may be used for: a closed list."""

    AGENT_TRAINING_NONCOMMERCIAL = "agent_training_noncommercial"
    AGENT_TRAINING_COMMERCIAL = "agent_training_commercial"
    AGENT_EVALUATION = "agent_evaluation"
    HCI_RESEARCH = "hci_research"
    DATASET_PUBLICATION = "dataset_publication"


class Prohibition(StrEnum):
    """What the data is never used for. All ten stand in every consent record."""

    PERFORMANCE_REVIEW = "performance_review"
    EMPLOYEE_MONITORING = "employee_monitoring"
    HIRING_FIRING_PROMOTION = "hiring_firing_promotion"
    DISCIPLINE = "discipline"
    SECURITY_MONITORING = "security_monitoring"
    BIOMETRIC_IDENTIFICATION = "biometric_identification"
    EMOTION_INFERENCE = "emotion_inference"
    REIDENTIFICATION = "reidentification"
    ADVERTISING_PROFILING = "advertising_profiling"
    SALE_OF_PERSONAL_DATA = "sale_of_personal_data"


class ConsentState(StrEnum):
    """Where a consent stands, folded from its events. Only given, narrowed and renewed record and export."""

    NONE = "none"
    REQUESTED = "requested"
    DEFERRED = "deferred"
    REFUSED = "refused"
    GIVEN = "given"
    NARROWED = "narrowed"
    RENEWED = "renewed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REVOKED_BY_CONTROLLER = "revoked_by_controller"
    INVALIDATED = "invalidated"
    UNKNOWN = "unknown"  # anything that does not verify

    @property
    def permits(self) -> bool:
        """Whether recording and export may go on in this state."""
        return self in (ConsentState.GIVEN, ConsentState.NARROWED, ConsentState.RENEWED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGrant:
    """Proof, minted by the consent gate alone, that recording is agreed to until `valid_until_ns` (CLOCK_BOOTTIME).

    A grant lives for seconds: whoever holds one asks the gate for the next. It may only ever get narrower within one
    session. `blocked_apps` are exact app identities that the person took out with `consent off APP`.
    """

    study_id: str  # "self" for one's own recording
    consent_id: str
    revision: int
    record_sha256: str
    categories: frozenset[Category]
    purposes: frozenset[Purpose]
    blocked_apps: frozenset[str]
    valid_until_ns: int
    seal: InitVar[ConsentSeal]

    def __post_init__(self, seal: ConsentSeal) -> None:
        check(seal)
