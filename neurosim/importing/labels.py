"""What labs call regions, hemispheres, states and environments, and what that is here."""

import re
from dataclasses import dataclass

from neurosim.contract import INACTIVATIONS, PHASES, STATES
from neurosim.world.track import ENVIRONMENTS

# What a label of intervals can say.
MEANINGS = {
    "state": STATES,
    "phase": PHASES,
    "environment": ENVIRONMENTS,
    "inactivation": INACTIVATIONS,
}

REGION_WORDS = {
    "CA1": r"(d|v|i|hpc|hip|hippo)?ca1(so|sp|sr|slm|pyr)?|field ca1",
    "ADN": r"adn?|anterodorsal|antero dorsal",
    "SC": r"sc[smdi]?(g|w|op|zo)?|superior colliculus",
}
SIDE_WORDS = {"left": r"left|l|lh", "right": r"right|r|rh"}
# Tried in this order: "non-REM" has REM in it.
STATE_WORDS = {
    "nrem": r"n(on)? ?rem( ?(sleep|state))?|sws|slow wave( sleep)?|n[123]",
    "rem": r"rem( ?(sleep|state))?|paradoxical sleep",
    "run": r"run(s|ning)?|\w*maze\w*|\w*track\w*|laps?|explor\w*|open ?field|arena|forag\w*|theta",
    "rest": r"rest(ing)?|quiet\w*|q ?wake|immobil\w*|home ?cage|nap",
}
WAKE_WORDS = r"(a|active )?wake(fulness)?( ?state)?|awake"
ENVIRONMENT_WORDS = {
    "linear": r"linear\w*|^(run )?track",  # not a W-track or a circular one
    "arena": r"open ?field|arena|square|circular|cylinder|box|forag\w*|explor\w*",
}
PHASE_WORDS = {
    "pre": r"pre|pre ?(run|task|maze|sleep|epoch)|before",
    "post": r"post|post ?(run|task|maze|sleep|epoch)|after",
}
SHAM, BLOCKED = r"saline|vehicle", r"ttx|muscimol|inactivat\w*"


def _words(text: str) -> str:
    """Lower case, with single spaces between words: ``openField-2`` becomes ``open field 2``."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text)
    return " ".join(re.split(r"[\W_]+", text.lower())).strip()


def _first(words: str, table: dict[str, str]) -> str | None:
    for name, pattern in table.items():
        if re.search(rf"\b({pattern})\b", words):
            return name
    return None


def region_of(text: str) -> str | None:
    """Region (CA1, ADN or SC) that a lab's name stands for; None if it is another or unclear.

    Examples
    --------
    >>> region_of("right CA1, pyramidal layer"), region_of("ADn"), region_of("SCiw")
    ('CA1', 'ADN', 'SC')
    >>> region_of("PFC"), region_of("hippocampus")
    (None, None)
    """
    return _first(_words(text), REGION_WORDS)


def side_of(text: str) -> str:
    """Hemisphere in a lab's name: left, right, or empty where it does not say.

    Examples
    --------
    >>> side_of("SC_left"), side_of("R"), side_of("CA1")
    ('left', 'right', '')
    """
    return _first(_words(text), SIDE_WORDS) or ""


@dataclass(frozen=True)
class Meaning:
    """What a label of intervals says; None where it does not.

    Attributes
    ----------
    state, phase, environment, inactivation : str or None
    """

    state: str | None = None
    phase: str | None = None
    environment: str | None = None
    inactivation: str | None = None

    @property
    def fields(self) -> dict[str, str]:
        """What is said, by name."""
        return {name: value for name, value in vars(self).items() if value is not None}


def meaning_of(label: str) -> Meaning:
    """Guess what a label of intervals means.

    Wakefulness alone is neither running nor rest: it has no meaning until somebody says.

    Examples
    --------
    >>> meaning_of("NREMstate").state, meaning_of("REM").state, meaning_of("Wake").state
    ('nrem', 'rem', None)
    >>> meaning_of("linear track").fields
    {'state': 'run', 'phase': 'run', 'environment': 'linear'}
    >>> meaning_of("post_sleep").fields
    {'phase': 'post'}
    """
    words = _words(label)
    state = _first(words, STATE_WORDS)
    phase = _first(words, PHASE_WORDS)
    environment = None
    if state == "run":
        phase = phase or "run"
        environment = _first(words, ENVIRONMENT_WORDS)
    return Meaning(state, phase, environment, _inactivation(words))


def is_wake(label: str) -> bool:
    """Whether a label says awake and no more."""
    return re.fullmatch(WAKE_WORDS, _words(label)) is not None


def _inactivation(words: str) -> str | None:
    if re.search(rf"\b({SHAM})\b", words):
        return "saline"
    if not re.search(rf"\b({BLOCKED})\b", words):
        return None
    if re.search(r"\b(both|bilateral)\b", words):
        return "ttx_both"
    side = _first(words, SIDE_WORDS)
    return f"ttx_{side}" if side else None
