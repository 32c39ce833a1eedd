"""The one exception family of the project."""

from collections.abc import Iterable


class NeurosimError(ValueError):
    """Input that cannot be used: says what, where, what was expected and what to do.

    The message is one line. It is shown to the user without a traceback.
    """


class MissingData(NeurosimError):
    """A question that a recording cannot answer: no such region, state or track.

    It does not fail a run: the reason is written to the result and ends as a ``not run`` row.
    """


def choices(names: Iterable[str]) -> str:
    """Word a set of allowed names for an error message."""
    return ", ".join(repr(name) for name in sorted(names))
