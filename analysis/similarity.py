"""How well chains are generated, from either end, by every reader, from every source."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import COLOURS, WIDTH, draw_rows, figure, finish
from analysis.results import result
from analysis.reverse_models import (
    CLAIMED,
    Reversed,
    corrected,
    effect_size,
    learned_row,
    missing_rows,
    paired_p_value,
    values_of,
)
from neurosim.stats.intervals import mean_interval
from neurosim.stats.summary import Row

QUANTITIES = {  # measure and its unit
    "similarity": "1",
    "sampled_similarity": "1",
    "beam_similarity": "1",
    "bleu": "1",
    "exact_match": "1",
    "legal_fraction": "1",
    "redundancy": "1",
    "calibration_error": "1",
    "hidden_step_accuracy": "1",
    "total_bits": "bit",
    "excess_bits": "bit",
    "bayes_fraction": "1",
}
UNBOUNDED = ("bayes_fraction",)
DRAWN = ("forward", "reverse", "masked", "n_gram", "bayes")
COLOURS_OF = {"masked": "hover_and_jump", "n_gram": "fragmented", "bayes": "truth"}
COLOURS.update({name: COLOURS[like] for name, like in COLOURS_OF.items()})


def analyse(given: Reversed) -> xr.DataTree:
    """Rows of every measure, condition and estimator.

    The p values of ``reverse`` rows are of a paired t test against the forward twin over
    trainings, corrected for the number of conditions (Holm).

    Returns
    -------
    DataTree
        ``/summary``; ``/loss`` (condition, estimator, update).
    """
    rows: list[Row] = []
    for quantity, unit in QUANTITIES.items():
        differences = {
            condition: values_of(data, quantity, "reverse") - values_of(data, quantity, "forward")
            for condition, data in given.trained.items()
        }
        p_values = corrected({c: paired_p_value(d) for c, d in differences.items()})
        for condition, data in given.trained.items():
            for estimator in data["estimator"].values.astype(str):
                paired = estimator == "reverse"
                effect = effect_size(differences[condition])
                words = "t interval over trainings"
                if paired:
                    words += f"; paired t test against forward (Holm), d_z {effect:.2g}"
                claim = CLAIMED.get(estimator) if quantity == "similarity" else None
                rows.append(
                    learned_row(
                        quantity,
                        condition,
                        estimator,
                        values_of(data, quantity, estimator),
                        unit=unit,
                        interval=mean_interval if quantity in UNBOUNDED else None,
                        test=words,
                        p_value=p_values[condition] if paired else np.nan,
                        reference=given.references[claim] if claim else None,
                    )
                )
        rows += missing_rows(given, quantity, unit) if quantity == "similarity" else []
    return result(rows, _losses(given))


def _losses(given: Reversed) -> dict[str, xr.Dataset]:
    """Mean loss over trainings of the twins, by condition."""
    if not given.trained:
        return {}
    twins = [d["loss"].sel(estimator=["forward", "reverse"]) for d in given.trained.values()]
    along = xr.Variable("condition", list(given.trained), {"long_name": "maze and source"})
    return {"loss": xr.concat([one.mean("seed") for one in twins], dim=along).to_dataset()}


def draw(tree: xr.DataTree) -> Figure:
    """Draw similarity and the share of the Bayes-optimal one, by condition."""
    rows = tree["summary"].to_dataset().to_dataframe()
    rows = rows[rows.estimator.isin(DRAWN)]
    shown = rows[rows.quantity == "similarity"]
    height = 1.5 + 0.42 * shown.condition.nunique()
    with figure(WIDTH, height, ncols=2, sharey=True) as (drawn, (left, right)):
        draw_rows(left, shown, "similarity (1)")
        left.set_xlim(0, 1.03)
        finish(left, "Held-out laps", columns=3, lines=2)
        part = rows[(rows.quantity == "bayes_fraction") & (rows.estimator != "bayes")]
        draw_rows(right, part, "similarity over the Bayes-optimal one (1)")
        right.axvline(0.95, color=COLOURS["truth"], lw=1, ls=":")
        finish(right, "What the law allows", columns=3, lines=2)
        return drawn
