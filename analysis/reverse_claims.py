"""The seed's claims about reverse models, one row each: holds, holds only when, does not hold."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.discount import best_discounts
from analysis.noise import noise_levels
from analysis.plots import BLACK, GREEN, GREY, RED, WIDTH, figure, finish
from analysis.results import result
from analysis.reverse_models import (
    ALPHA,
    Reversed,
    corrected,
    effect_size,
    equivalence_p_value,
    learned_row,
    paired_p_value,
    values_of,
)
from neurosim.stats.intervals import mean_interval
from neurosim.stats.summary import NAN, Row

EQUAL = {"similarity": 0.02, "excess_bits_per_step": 0.05}  # margins of equivalence
MATCHED = 0.01  # bit; endpoint entropies that differ by less are matched
ENOUGH = 0.95  # of the Bayes-optimal similarity
ROBUST = 0.9  # of the similarity without noise
NEGLIGIBLE = 0.02  # of shares and bits: less is no difference
NOISE = 0.25  # part of the spikes kept
CLAIMED_DISCOUNT = 0.9
ENTROPIES = "holds only when the start is more predictable than the end"
EVENTS = ("question_answering", "fault_traces", "decision_support")


def analyse(given: Reversed) -> xr.DataTree:
    """Rows ``claim_...``: the number behind a claim, its test and its verdict."""
    claims: list[Callable[[Reversed], list[Row]]] = [
        _learns_the_law,
        _identity,
        lambda g: [_beats_forward(g, "similarity", "claim_reverse_more_similar")],
        lambda g: [_beats_forward(g, "bleu", "claim_reverse_higher_bleu")],
        _equal_when_matched,
        _discount,
        _decision_points,
        _similar_environments,
        _consolidates,
        _decisions,
        _robust,
        _redundancy,
        _uses,
        _expert,
    ]
    return result([row for claim in claims for row in claim(given)])


def _row(
    name: str,
    condition: str,
    values: np.ndarray,
    verdict: str,
    test: str,
    *,
    unit: str = "1",
    p_value: float = NAN,
    reason: str = "no data",
    n_unit: str = "training",
) -> Row:
    """Make a claim's row: the verdict is ours, not one of a reference."""
    row = learned_row(
        name,
        condition,
        "reverse",
        values,
        unit=unit,
        interval=mean_interval,
        test=test,
        p_value=p_value,
        reason=reason,
        n_unit=n_unit,
    )
    return replace(row, verdict=verdict) if np.isfinite(row.estimate) else row


def _judged(difference: np.ndarray, margin: float = NEGLIGIBLE) -> str:
    """Whether paired differences lie above zero, by more than a margin that matters."""
    there = difference[np.isfinite(difference)]
    if there.size < 2:
        return "inconclusive"
    if np.ptp(there) == 0:
        return "holds" if there[0] > 0 else "does not hold"
    estimate = mean_interval(there)
    if estimate.low > 0 and estimate.value >= margin:
        return "holds"
    return "does not hold" if estimate.high < margin else "inconclusive"


def _twins(data: xr.Dataset, measure: str) -> np.ndarray:
    """Reverse minus forward (seed,)."""
    return values_of(data, measure, "reverse") - values_of(data, measure, "forward")


def _sides(given: Reversed, measure: str) -> dict[str, tuple[float, np.ndarray, float]]:
    """H(last) - H(first), reverse minus forward and corrected p, by maze, from true paths."""
    mazes = given.from_true_paths()
    difference = {maze: _twins(data, measure) for maze, data in mazes.items()}
    p_values = corrected({maze: paired_p_value(d) for maze, d in difference.items()})
    found = {}
    for maze in mazes:
        first, last = given.entropies(f"{maze},true_paths")
        found[maze] = (last - first, difference[maze], p_values[maze])
    return found


def _beats_forward(given: Reversed, measure: str, name: str) -> Row:
    """Reverse beats forward: on which side of equal endpoint entropies?"""
    sides = _sides(given, measure)
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
    return _row(
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
                _row(
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
    sides = _sides(given, "total_bits")
    off = np.array([d.mean() + h for h, d, _ in sides.values()])
    sizes = [values_of(d, "total_bits", "bayes").mean() for d in given.from_true_paths().values()]
    if off.size == 0:
        return []
    tolerance = 0.1 * max(max(sizes), 1.0)
    return [
        _row(
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
        for maze, (h, difference, _) in _sides(given, measure).items():
            if abs(h) > MATCHED:
                continue
            p = equivalence_p_value(difference, margin)
            rows.append(
                _row(
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


def _discount(given: Reversed) -> list[Row]:
    """A discount of 0.9 is better than none, and the best."""
    rows = []
    for maze, data in given.discounts.items():
        for place in data["place"].values.astype(str):
            here = data.sel(place=place)["total_bits"]
            if CLAIMED_DISCOUNT not in here["discount"].values:
                continue
            gain = here.sel(discount=1.0).values - here.sel(discount=CLAIMED_DISCOUNT).values
            p = paired_p_value(gain)
            best = best_discounts(data.sel(place=place)).mean()
            rows.append(
                _row(
                    "claim_best_discount",
                    f"{maze},{place}",
                    gain,
                    _judged(gain),
                    f"total bits without a discount minus with {CLAIMED_DISCOUNT:g}; paired t test "
                    f"over trainings; the best discount is {best:.2g} on average",
                    unit="bit",
                    p_value=p,
                )
            )
    return rows


def _decision_points(given: Reversed) -> list[Row]:
    """The reverse model marks decision points: steps that part against steps that meet."""
    rows = []
    for maze, data in given.from_true_paths().items():
        parts, meets = _twins(data, "decision_accuracy"), _twins(data, "merge_accuracy")
        if not np.isfinite(parts).all() or not np.isfinite(meets).all():
            continue
        verdict = _judged(parts)
        if verdict == "holds" and _judged(-meets) == "holds":
            verdict = "holds only when steps into meeting paths are left out"
        rows.append(
            _row(
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


def _similar_environments(given: Reversed) -> list[Row]:
    """Learning from replay separates similar environments."""
    data = given.environments
    name = "claim_separates_similar"
    if data is None:
        return [_row(name, "similar", np.array([]), "", "", reason=given.missing["environments"])]
    confusion = data["confusion"].sel(estimator="reverse")
    change = confusion.sel(regime="wake_and_replay").values - confusion.sel(regime="wake").values
    return [
        _row(
            name,
            "similar",
            change,
            _judged(-change),
            "steps into the other environment, after learning from wake and replay minus from wake "
            f"alone; paired t test over trainings, d_z {effect_size(change):.2g}",
            p_value=paired_p_value(change),
        )
    ]


def _consolidates(given: Reversed) -> list[Row]:
    """Replay during other experience keeps what was learned; in reverse it keeps more."""
    data, name = given.sleep, "claim_consolidates"
    if data is None:
        return [_row(name, "sleep", np.array([]), "", "", reason=given.missing["sleep"])]
    kept = data["retention"].sel(regime="wake")
    gains = {
        order: (
            kept.sel(estimator=order, gap="replay_interleaved")
            - kept.sel(estimator=order, gap="nothing_replayed")
        ).values
        for order in ("reverse", "forward")
    }
    between = paired_p_value(gains["reverse"] - gains["forward"])
    verdict = _judged(gains["reverse"])
    if verdict == "holds" and _judged(gains["reverse"] - gains["forward"]) != "holds":
        verdict = "holds for either order"
    return [
        _row(
            name,
            "sleep",
            gains["reverse"],
            verdict,
            "similarity kept over other experience, with replay minus without; paired t test over "
            f"trainings; forward {gains['forward'].mean():+.2f} (difference p {between:.2g})",
            p_value=paired_p_value(gains["reverse"]),
        )
    ]


def _decisions(given: Reversed) -> list[Row]:
    """Choosing by the reverse model errs less than choosing without one, and by forward."""
    rows = []
    for maze, data in given.choices.items():
        errors = {a: data["choice_errors"].sel(agent=a).values for a in data["agent"].values}
        without, forward = (
            errors["habit"] - errors["reverse"],
            errors["forward"] - errors["reverse"],
        )
        verdict = _judged(without)
        if verdict == "holds" and _judged(forward) != "holds":
            verdict = "holds only when compared with no model"
        rows.append(
            _row(
                "claim_improves_decisions",
                maze,
                without,
                verdict,
                "errors at choice points by habit minus by the reverse model; paired t test over "
                f"trainings; by the forward model {forward.mean():+.2f} more",
                p_value=paired_p_value(without),
            )
        )
    return rows


def _robust(given: Reversed) -> list[Row]:
    """Chains survive decoding noise."""
    rows = []
    for track, parts in noise_levels(given).items():
        if NOISE not in parts:
            continue
        kept = {
            order: values_of(parts[NOISE], "similarity", order)
            / values_of(parts[1.0], "similarity", order)
            for order in ("reverse", "forward")
        }
        estimate = mean_interval(kept["reverse"])
        verdict = "holds" if estimate.low >= ROBUST else "does not hold"
        if estimate.low < ROBUST <= estimate.high:
            verdict = "inconclusive"
        rows.append(
            _row(
                "claim_robust_to_noise",
                f"{track},kept={NOISE:g}",
                kept["reverse"],
                verdict,
                f"similarity with {NOISE:.0%} of the spikes over that with all; holds from "
                f"{ROBUST:g}; forward {kept['forward'].mean():.2f}",
            )
        )
    return rows


def _redundancy(given: Reversed) -> list[Row]:
    """Reverse chains repeat themselves less than forward ones."""
    sides = _sides(given, "redundancy")
    means = np.array([np.nanmean(d) for _, d, _ in sides.values()])
    less = sum(np.isfinite(p) and p < ALPHA and d.mean() < 0 for _, d, p in sides.values())
    more = sum(np.isfinite(p) and p < ALPHA and d.mean() > 0 for _, d, p in sides.values())
    if means.size == 0:
        return []
    return [
        _row(
            "claim_less_redundant",
            f"{means.size}_mazes",
            means,
            "holds" if less and not more and means.mean() < -NEGLIGIBLE else "does not hold",
            "repeated steps, reverse minus forward; paired t tests over trainings (Holm): fewer in "
            f"{less}, more in {more} of {means.size} mazes",
            n_unit="maze",
        )
    ]


def _uses(given: Reversed) -> list[Row]:
    """Answers to reasons, symptoms to causes, outcomes to decisions."""
    rows = []
    for maze, (h, difference, p) in _sides(given, "similarity").items():
        if maze not in EVENTS:
            continue
        rows.append(
            _row(
                f"claim_{maze}",
                maze,
                difference,
                ENTROPIES if _judged(difference) == "holds" else _judged(difference),
                "similarity, reverse minus forward; paired t test over trainings (Holm over "
                f"mazes); H(last) - H(first) = {h:+.2f} bit",
                p_value=p,
            )
        )
    return rows


def _expert(given: Reversed) -> list[Row]:
    """Expert evaluation, which cannot be run, and what stands in for it."""
    rows = [
        _row(
            "claim_experts_prefer_reverse",
            "",
            np.array([]),
            "",
            "",
            reason="no experts; legal and causally sufficient chains stand in "
            "(claim_causally_sufficient)",
        )
    ]
    for maze, data in given.from_true_paths().items():
        if maze in EVENTS:
            difference = _twins(data, "legal_fraction")
            legal = values_of(data, "legal_fraction", "reverse").mean()
            rows.append(
                _row(
                    "claim_causally_sufficient",
                    maze,
                    difference,
                    _judged(difference),
                    "steps that the causal graph allows, reverse minus forward; paired t test over "
                    f"trainings; reverse {legal:.3f}",
                    p_value=paired_p_value(difference),
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
