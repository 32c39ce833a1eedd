"""What the questions about reverse models share: what was measured, paired tests, rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.files import load
from neurosim.recording import group_names
from neurosim.stats.intervals import Estimate, fraction_interval, mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

STUDY = "reverse"
CLAIMED = {"reverse": "H007a", "forward": "H007b"}  # the seed's claim: shown, decides nothing
ALPHA = 0.05
OVER_SEEDS = "t interval over trainings, each with a split of its own"


@dataclass(frozen=True)
class Reversed:
    """Everything that was measured of models of chains.

    Attributes
    ----------
    trained : dict of condition to Dataset
        From `neurosim.models.chain_study.compare_readers`; a condition is a maze and the source
        of the chains that were learned.
    mazes : dict of maze to Dataset
        `neurosim.tasks.mazes.maze_dataset` of mazes whose law is known.
    missing : dict of condition to str
        Why there is nothing.
    discounts, choices : dict of maze to Dataset
    sleep, environments : Dataset or None
    references : Mapping of id to Reference
    unseen : tuple of str
        Mazes in which whole paths are held out.
    """

    trained: dict[str, xr.Dataset]
    mazes: dict[str, xr.Dataset]
    missing: dict[str, str]
    discounts: dict[str, xr.Dataset]
    choices: dict[str, xr.Dataset]
    sleep: xr.Dataset | None
    environments: xr.Dataset | None
    references: Mapping[str, Reference]
    unseen: tuple[str, ...] = ()

    def entropies(self, condition: str) -> tuple[float, float]:
        """Entropies of the first and of the last place, bits."""
        data = self.trained[condition]
        return float(data.attrs["entropy_first"]), float(data.attrs["entropy_last"])

    def from_true_paths(self) -> dict[str, xr.Dataset]:
        """What was learned from true paths, by maze."""
        return {
            condition.split(",")[0]: data
            for condition, data in self.trained.items()
            if condition.endswith(",true_paths")
        }


def load_reversed(
    tracks: Sequence[Path],
    sources: Mapping[str, Sequence[str]],
    mazes: Sequence[Path],
    discounts: Sequence[Path],
    choices: Sequence[Path],
    sleep: Path,
    environments: Path,
    references: Mapping[str, Reference],
    unseen: Sequence[str] = (),
) -> Reversed:
    """Read the outputs of all rules of the study; what could not be made says why.

    `sources` are those of each track, a group of its file each.
    """
    missing: dict[str, str] = {}

    def tried(condition: str, path: Path, group: str | None = None) -> xr.Dataset | None:
        try:
            data = load(path, group)
        except MissingData as gap:
            missing[condition] = str(gap)
            return None
        if "missing" in data.attrs:
            missing[condition] = str(data.attrs["missing"])
            return None
        return data

    trained, built = {}, {}
    for path in mazes:
        for name in group_names(path):
            if "/" not in name:
                condition = f"{name},true_paths"
                trained[condition] = tried(condition, path, name)
                built[name] = load(path, f"{name}/maze")
    for path in tracks:
        for source in sources[path.stem]:
            condition = f"{path.stem},{source}"
            trained[condition] = tried(condition, path, source)
    return Reversed(
        {condition: data for condition, data in trained.items() if data is not None},
        built,
        missing,
        {path.stem: load(path) for path in discounts},
        {path.stem: load(path) for path in choices},
        tried("sleep", sleep),
        tried("environments", environments),
        references,
        tuple(unseen),
    )


def values_of(data: xr.Dataset, measure: str, estimator: str) -> np.ndarray:
    """A measure of an estimator (seed,)."""
    return data[measure].sel(estimator=estimator).values.astype(float)


def paired_p_value(difference: np.ndarray) -> float:
    """Two-sided p value of a paired t test; NaN where the differences are all the same."""
    difference = difference[np.isfinite(difference)]
    if difference.size < 2 or np.ptp(difference) == 0:
        return NAN
    from scipy import stats  # takes a second to import

    return float(stats.ttest_1samp(difference, 0.0).pvalue)


def effect_size(difference: np.ndarray) -> float:
    """Mean over SD of paired differences (Cohen's d_z); NaN where they are all the same."""
    spread = difference.std(ddof=1) if difference.size > 1 else 0.0
    return float(difference.mean() / spread) if spread > 0 else NAN


def corrected(p_values: Mapping[str, float]) -> dict[str, float]:
    """P values corrected for their number (Holm 1979); NaN stays."""
    from statsmodels.stats.multitest import multipletests  # half a second to import

    names = [name for name, p in p_values.items() if np.isfinite(p)]
    if not names:
        return dict(p_values)
    adjusted = multipletests([p_values[name] for name in names], method="holm")[1]
    return dict(p_values) | dict(zip(names, map(float, adjusted), strict=True))


def equivalence_p_value(difference: np.ndarray, margin: float) -> float:
    """P value of two one-sided paired t tests (Schuirmann 1987, 10.1007/BF01068419).

    Where the differences are all the same they are equivalent if that one lies within the margin.
    """
    if difference.size < 2:
        return NAN
    if np.ptp(difference) == 0:
        return 0.0 if abs(difference[0]) < margin else 1.0
    from scipy import stats  # takes a second to import

    below = stats.ttest_1samp(difference, -margin, alternative="greater").pvalue
    above = stats.ttest_1samp(difference, margin, alternative="less").pvalue
    return float(max(below, above))


def learned_row(
    quantity: str,
    condition: str,
    estimator: str,
    values: np.ndarray,
    *,
    unit: str = "1",
    interval: Callable[[np.ndarray], Estimate] | None = None,
    test: str = OVER_SEEDS,
    p_value: float = NAN,
    reference: Reference | None = None,
    reason: str = "no data",
    n_unit: str = "training",
) -> Row:
    """Make a row over trainings."""
    estimate = (interval or (fraction_interval if unit == "1" else mean_interval))(values)
    return make_row(
        STUDY,
        quantity,
        condition=condition,
        estimator=estimator,
        estimate=estimate,
        origin="learned",
        unit=unit,
        n_unit=n_unit,
        reference=reference,
        test=test,
        p_value=p_value,
        reason=reason,
    )


def missing_rows(given: Reversed, quantity: str, unit: str = "1") -> list[Row]:
    """Rows that say why a condition has no number."""
    nothing = np.array([])
    return [
        learned_row(quantity, condition, "", nothing, unit=unit, reason=reason)
        for condition, reason in given.missing.items()
    ]
