"""What a check says: one number, held against a threshold, in a plain sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import xarray as xr

from neurosim.files import flag_names, flags

VERDICTS = ("fine", "look", "problem", "not_run")
NAN = float("nan")


@dataclass(frozen=True)
class Source:
    """Where a threshold comes from; empty where nothing was published.

    Attributes
    ----------
    text, doi : str
    """

    text: str = "no published number"
    doi: str = ""


@dataclass(frozen=True)
class Check:
    """One check of one recording.

    Attributes
    ----------
    name : str
        Stable.
    verdict : str
        Out of `VERDICTS`: ``look`` asks for a person's eye, a ``problem`` spoils what follows.
    value : float
        What was measured; NaN where the check was not run.
    unit : str
    threshold : float
        Where ``fine`` ends.
    side : str
        ``at least`` or ``at most`` the threshold is fine.
    n : int
        What the value was measured on; `n_unit` says what was counted.
    n_unit : str
    sentence : str
        What it means, and what to do; the reason where the check was not run.
    source, doi : str
        Of the threshold.
    """

    name: str
    verdict: str
    value: float
    unit: str
    threshold: float
    side: str
    n: int
    n_unit: str
    sentence: str
    source: str
    doi: str


@dataclass(frozen=True)
class Limits:
    """From where on a value asks for a look, and from where on it is a problem.

    Attributes
    ----------
    look, problem : float
        Where `problem` is the larger one high values are bad, else low ones are.
    source : Source
    """

    look: float
    problem: float
    source: Source = Source()

    @property
    def side(self) -> str:
        """Whether what is fine is ``at least`` or ``at most`` the first limit."""
        return "at most" if self.problem > self.look else "at least"

    def verdict(self, value: float) -> str:
        """Judge a value; one at a limit is on its better side.

        Examples
        --------
        >>> [Limits(0.1, 0.5).verdict(value) for value in (0.1, 0.3, 0.6)]
        ['fine', 'look', 'problem']
        >>> [Limits(20, 5).verdict(value) for value in (20, 12, 3)]
        ['fine', 'look', 'problem']
        """
        sign = 1 if self.side == "at most" else -1
        if sign * value > sign * self.problem:
            return "problem"
        return "look" if sign * value > sign * self.look else "fine"


def judge(
    name: str,
    value: float,
    unit: str,
    limits: Limits,
    counted: tuple[int, str],
    found: str,
    advice: str,
    verdict: str | None = None,
) -> Check:
    """Build a check from what was measured.

    Parameters
    ----------
    name : str
    value : float
    unit : str
    limits : Limits
    counted : (int, str)
        Number of things behind the value, and what they are.
    found : str
        What was found, in a sentence.
    advice : str
        What it means and what to do; said only where the verdict is not ``fine``.
    verdict : str, optional
        Where the limits alone do not decide.
    """
    verdict = verdict or limits.verdict(value)
    sentence = found if verdict == "fine" else f"{found} {advice}"
    return Check(
        name,
        verdict,
        float(value),
        unit,
        float(limits.look),
        limits.side,
        int(counted[0]),
        counted[1],
        sentence,
        limits.source.text,
        limits.source.doi,
    )


def not_run(name: str, reason: str) -> Check:
    """Say that a recording lacks what a check needs."""
    return Check(name, "not_run", NAN, "", NAN, "", 0, "", reason, "", "")


_ABOUT = {
    "name": "name of the check",
    "value": "what was measured, in the unit of the check",
    "unit": "unit of value and threshold",
    "threshold": "where fine ends, in the unit of the check",
    "side": "whether at least or at most the threshold is fine",
    "n": "what the value was measured on",
    "n_unit": "what n counts",
    "sentence": "what it means and what to do",
    "source": "source of the threshold",
    "doi": "DOI of that source",
}


def percent(part: float) -> str:
    """Word a part.

    Examples
    --------
    >>> [percent(part) for part in (0.0599, 0.1, 0.00002)]
    ['6 %', '10 %', '0.002 %']
    """
    return f"{100 * part:.1f}".removesuffix(".0") + " %" if part > 0.001 else f"{100 * part:.1g} %"


def checks_dataset(checks: Sequence[Check]) -> xr.Dataset:
    """Put checks into a Dataset (check)."""
    variables: dict = {
        "verdict": flags(
            np.array([check.verdict for check in checks]), VERDICTS, "check", "verdict"
        )
    }
    for name, about in _ABOUT.items():
        values = [getattr(check, name) for check in checks]
        kind = float if name in ("value", "threshold") else np.int64 if name == "n" else object
        given = {"long_name": about} | ({"units": "see unit"} if kind is float else {})
        variables[name] = ("check", np.array(values, dtype=kind), given)
    return xr.Dataset(variables)


def checks_of(dataset: xr.Dataset) -> list[Check]:
    """Turn a Dataset (check) back into checks."""
    columns = [
        flag_names(dataset[field.name]).tolist()
        if field.name == "verdict"
        else dataset[field.name].values.tolist()
        for field in fields(Check)
    ]
    return [Check(*values) for values in zip(*columns, strict=True)]
