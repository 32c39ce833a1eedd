"""The seed's claims about what reverse models are good for, one or some rows each."""

import numpy as np

from analysis.claim_rows import ENTROPIES, NEGLIGIBLE, claim_row, judged, sides_of, twins
from analysis.discount import best_discounts
from analysis.noise import noise_levels
from analysis.reverse_models import ALPHA, Reversed, effect_size, paired_p_value, values_of
from neurosim.stats.intervals import mean_interval
from neurosim.stats.summary import Row

ROBUST = 0.9  # of the similarity without noise
NOISE = 0.25  # part of the spikes kept
CLAIMED_DISCOUNT = 0.9
EVENTS = ("question_answering", "fault_traces", "decision_support")


def discount(given: Reversed) -> list[Row]:
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
                claim_row(
                    "claim_best_discount",
                    f"{maze},{place}",
                    gain,
                    judged(gain),
                    f"total bits without a discount minus with {CLAIMED_DISCOUNT:g}; paired t test "
                    f"over trainings; the best discount is {best:.2g} on average",
                    unit="bit",
                    p_value=p,
                )
            )
    return rows


def similar_environments(given: Reversed) -> list[Row]:
    """Learning from replay separates similar environments."""
    data = given.environments
    name = "claim_separates_similar"
    if data is None:
        return [
            claim_row(name, "similar", np.array([]), "", "", reason=given.missing["environments"])
        ]
    confusion = data["confusion"].sel(estimator="reverse")
    change = confusion.sel(regime="wake_and_replay").values - confusion.sel(regime="wake").values
    return [
        claim_row(
            name,
            "similar",
            change,
            judged(-change),
            "steps into the other environment, after learning from wake and replay minus from wake "
            f"alone; paired t test over trainings, d_z {effect_size(change):.2g}",
            p_value=paired_p_value(change),
        )
    ]


def consolidates(given: Reversed) -> list[Row]:
    """Replay during other experience keeps what was learned; in reverse it keeps more."""
    data, name = given.sleep, "claim_consolidates"
    if data is None:
        return [claim_row(name, "sleep", np.array([]), "", "", reason=given.missing["sleep"])]
    kept = data["retention"].sel(regime="wake")
    gains = {
        order: (
            kept.sel(estimator=order, gap="replay_interleaved")
            - kept.sel(estimator=order, gap="nothing_replayed")
        ).values
        for order in ("reverse", "forward")
    }
    between = paired_p_value(gains["reverse"] - gains["forward"])
    verdict = judged(gains["reverse"])
    if verdict == "holds" and judged(gains["reverse"] - gains["forward"]) != "holds":
        verdict = "holds for either order"
    return [
        claim_row(
            name,
            "sleep",
            gains["reverse"],
            verdict,
            "similarity kept over other experience, with replay minus without; paired t test over "
            f"trainings; forward {gains['forward'].mean():+.2f} (difference p {between:.2g})",
            p_value=paired_p_value(gains["reverse"]),
        )
    ]


def decisions(given: Reversed) -> list[Row]:
    """Choosing by the reverse model errs less than choosing without one, and by forward."""
    rows = []
    for maze, data in given.choices.items():
        errors = {a: data["choice_errors"].sel(agent=a).values for a in data["agent"].values}
        without, forward = (
            errors["habit"] - errors["reverse"],
            errors["forward"] - errors["reverse"],
        )
        verdict = judged(without)
        if verdict == "holds" and judged(forward) != "holds":
            verdict = "holds only when compared with no model"
        rows.append(
            claim_row(
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


def robust(given: Reversed) -> list[Row]:
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
            claim_row(
                "claim_robust_to_noise",
                f"{track},kept={NOISE:g}",
                kept["reverse"],
                verdict,
                f"similarity with {NOISE:.0%} of the spikes over that with all; holds from "
                f"{ROBUST:g}; forward {kept['forward'].mean():.2f}",
            )
        )
    return rows


def redundancy(given: Reversed) -> list[Row]:
    """Reverse chains repeat themselves less than forward ones."""
    sides = sides_of(given, "redundancy")
    means = np.array([np.nanmean(d) for _, d, _ in sides.values()])
    less = sum(np.isfinite(p) and p < ALPHA and d.mean() < 0 for _, d, p in sides.values())
    more = sum(np.isfinite(p) and p < ALPHA and d.mean() > 0 for _, d, p in sides.values())
    if means.size == 0:
        return []
    return [
        claim_row(
            "claim_less_redundant",
            f"{means.size}_mazes",
            means,
            "holds" if less and not more and means.mean() < -NEGLIGIBLE else "does not hold",
            "repeated steps, reverse minus forward; paired t tests over trainings (Holm): fewer in "
            f"{less}, more in {more} of {means.size} mazes",
            n_unit="maze",
        )
    ]


def uses(given: Reversed) -> list[Row]:
    """Answers to reasons, symptoms to causes, outcomes to decisions."""
    rows = []
    for maze, (h, difference, p) in sides_of(given, "similarity").items():
        if maze not in EVENTS:
            continue
        rows.append(
            claim_row(
                f"claim_{maze}",
                maze,
                difference,
                ENTROPIES if judged(difference) == "holds" else judged(difference),
                "similarity, reverse minus forward; paired t test over trainings (Holm over "
                f"mazes); H(last) - H(first) = {h:+.2f} bit",
                p_value=p,
            )
        )
    return rows


def expert(given: Reversed) -> list[Row]:
    """Expert evaluation, which cannot be run, and what stands in for it."""
    rows = [
        claim_row(
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
            difference = twins(data, "legal_fraction")
            legal = values_of(data, "legal_fraction", "reverse").mean()
            rows.append(
                claim_row(
                    "claim_causally_sufficient",
                    maze,
                    difference,
                    judged(difference),
                    "steps that the causal graph allows, reverse minus forward; paired t test over "
                    f"trainings; reverse {legal:.3f}",
                    p_value=paired_p_value(difference),
                )
            )
    return rows
