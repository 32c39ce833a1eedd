"""The seed's claims about reverse models, one row each: holds, holds only when, does not hold."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis import reverse_uses
from analysis.claim_rows import ENTROPIES, claim_row, judged, sides_of, twins
from analysis.plots import BLACK, GREEN, GREY, RED, WIDTH, figure, finish
from analysis.results import result
from analysis.reverse_models import (
    ALPHA,
    Reversed,
    effect_size,
    equivalence_p_value,
    paired_p_value,
    values_of,
)
from neurosim.stats.summary import Row

EQUAL = {"similarity": 0.02, "excess_bits_per_step": 0.05}  # margins of equivalence
MATCHED = 0.01  # bit; endpoint entropies that differ by less are matched
ENOUGH = 0.95  # of the Bayes-optimal similarity


def analyse(given: Reversed) -> xr.DataTree:
    """Rows ``claim_...``: the number behind a claim, its test and its verdict."""
    claims: list[Callable[[Reversed], list[Row]]] = [
        _learns_the_law,
        _identity,
        lambda g: [_beats_forward(g, "similarity", "claim_reverse_more_similar")],
        lambda g: [_beats_forward(g, "bleu", "claim_reverse_higher_bleu")],
        _equal_when_matched,
        reverse_uses.discount,
        _decision_points,
        reverse_uses.similar_environments,
        reverse_uses.consolidates,
        reverse_uses.decisions,
        reverse_uses.robust,
        reverse_uses.redundancy,
        reverse_uses.uses,
        reverse_uses.expert,
    ]
    return result([row for claim in claims for row in claim(given)])


def _beats_forward(given: Reversed, measure: str, name: str) -> Row:
    """Reverse beats forward: on which side of equal endpoint entropies?"""
    sides = sides_of(given, measure)
    signed = [(h, d.mean(), p) for h, d, p in sides.values() if np.isfinite(p) and p < ALPHA]
    same = [h for h, d, _ in signed if abs(h) > MATCHED and np.sign(d) == np.sign(h)]
    won = [h for h, d, _ in signed if d > 0]
    lost = [h for h, d, _ in signed if d < 0]
    verdict = "does not hold"
    if won and not lost:
        verdict = "holds"
    elif won and min(won) > -MATCHED:
        verdict = ENTROPIES
    elif not signed:
        verdict = "inconclusive"
    return claim_row(
        name,
        f"{len(sides)}_mazes",
        np.array([np.mean([d.mean() for _, d, _ in sides.values()])]) if sides else np.array([]),
        verdict,
        f"{measure}, reverse minus forward, mean over mazes; paired t tests over trainings (Holm): "
        f"reverse wins in {len(won)}, forward in {len(lost)} of {len(sides)} mazes; "
        f"{len(same)} of these {len(signed)} as H(last) - H(first) says",
        n_unit="maze",
    )


def _learns_the_law(given: Reversed) -> list[Row]:
    """Both twins come near the Bayes-optimal similarity, on held-out laps and on unseen paths."""
    least = {
        maze: min(values_of(d, "bayes_fraction", order).mean() for order in ("forward", "reverse"))
        for maze, d in given.from_true_paths().items()
    }
    rows = []
    for words, chosen in (
        ("held_out_laps", [maze for maze in least if maze not in given.unseen]),
        ("unseen_paths", [maze for maze in least if maze in given.unseen]),
    ):
        if chosen:
            worst = min(chosen, key=least.__getitem__)
            rows.append(
                claim_row(
                    "claim_models_learn_the_law",
                    f"{words},worst_of_{len(chosen)}",
                    np.array([least[worst]]),
                    "holds" if least[worst] >= ENOUGH else "does not hold",
                    "similarity over the Bayes-optimal one, the worse twin of the worst maze "
                    f"({worst}); holds from {ENOUGH:g}; the law knows paths that no lap took",
                    n_unit="maze",
                )
            )
    return rows


def _identity(given: Reversed) -> list[Row]:
    """Total bits differ by what the endpoint entropies say."""
    sides = sides_of(given, "total_bits")
    off = np.array([d.mean() + h for h, d, _ in sides.values()])
    sizes = [values_of(d, "total_bits", "bayes").mean() for d in given.from_true_paths().values()]
    if off.size == 0:
        return []
    tolerance = 0.1 * max(max(sizes), 1.0)
    return [
        claim_row(
            "claim_bits_follow_endpoint_entropies",
            f"{off.size}_mazes",
            off,
            "holds" if np.abs(off).max() <= tolerance else "does not hold",
            f"reverse minus forward total bits, plus H(last) - H(first); holds within "
            f"{tolerance:.2g} bit in every maze (largest {np.abs(off).max():.2g})",
            unit="bit",
            n_unit="maze",
        )
    ]


def _equal_when_matched(given: Reversed) -> list[Row]:
    """With matched endpoints neither order is better, within margins."""
    rows = []
    for measure, margin in EQUAL.items():
        for maze, (h, difference, _) in sides_of(given, measure).items():
            if abs(h) > MATCHED:
                continue
            p = equivalence_p_value(difference, margin)
            rows.append(
                claim_row(
                    "claim_equal_when_matched",
                    f"{maze},{measure}",
                    difference,
                    "holds" if p < ALPHA else "inconclusive",
                    f"reverse minus forward; two one-sided t tests, margin {margin:g}",
                    unit="1" if measure == "similarity" else "bit",
                    p_value=p,
                )
            )
    return rows


def _decision_points(given: Reversed) -> list[Row]:
    """The reverse model marks decision points: steps that part against steps that meet."""
    rows = []
    for maze, data in given.from_true_paths().items():
        parts, meets = twins(data, "decision_accuracy"), twins(data, "merge_accuracy")
        if not np.isfinite(parts).all() or not np.isfinite(meets).all():
            continue
        verdict = judged(parts)
        if verdict == "holds" and judged(-meets) == "holds":
            verdict = "holds only when steps into meeting paths are left out"
        rows.append(
            claim_row(
                "claim_marks_decision_points",
                maze,
                parts,
                verdict,
                "accuracy of the step at decision points, reverse minus forward; paired t test "
                f"over trainings, d_z {effect_size(parts):.2g}; where paths meet it is "
                f"{meets.mean():+.2f}",
                p_value=paired_p_value(parts),
            )
        )
    return rows


def draw(tree: xr.DataTree) -> Figure:
    """List the claims with their numbers and verdicts."""
    rows = tree["summary"].to_dataset().to_dataframe()
    height = 0.9 + 0.3 * len(rows)
    with figure(WIDTH, height) as (drawn, axes):
        for line, row in enumerate(rows.itertuples()):
            name = row.quantity.removeprefix("claim_").replace("_", " ")
            where = row.condition.replace("_", " ").replace(",", ", ")
            colour = {"holds": GREEN, "does not hold": RED, "not run": GREY}.get(row.verdict, BLACK)
            number = f"{row.estimate:+.3g}" if np.isfinite(row.estimate) else ""
            axes.text(0.0, line, name, va="center", fontsize=9)
            axes.text(0.33, line, where, va="center", fontsize=8, color=GREY)
            axes.text(0.62, line, number, va="center", ha="right", fontsize=9)
            axes.text(0.64, line, row.verdict, va="center", fontsize=9, color=colour)
        axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.7))
        axes.set_axis_off()
        finish(axes, "The seed's claims, what was measured, and the verdict")
        return drawn
