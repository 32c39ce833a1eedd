"""Tests of what an inactivation adds to the rotation: by blocks, by animals, by pooled bins."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.inactivation_blocks import STATES, TREATED, InactivatedBlocks, named
from neurosim.decode.inactivation import CONTROLS, velocities
from neurosim.seeds import generator
from neurosim.stats.exact import sign_flip_test
from neurosim.stats.intervals import Estimate, mean_interval
from neurosim.stats.mixed import fit_mixed_model
from neurosim.stats.permutation import (
    Blocks,
    PermutationTest,
    permute_blocks,
)
from neurosim.stats.pooled import pooled_ks
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

POOLED = "C019"  # the published pooled distributions
POOLED_LOCATION = 50.0  # deg/s: published with it, in its note


class Tests:
    """Permutation tests of blocks; measures of the same blocks share a stream."""

    def __init__(self, blocks: InactivatedBlocks, limit: int, seed: int):
        self._blocks, self.limit, self._seed = blocks, limit, seed

    def rng(self, *names: str) -> np.random.Generator:
        """Stream of a test."""
        return generator(self._seed, "inactivation", *names)

    def of(
        self, state: str, condition: str, animals: Sequence[str], column: str = "net"
    ) -> PermutationTest | None:
        """Test a condition against its controls; None where an animal lacks either.

        Saline is tested against blocks without anything, TTX against both.
        """
        compared = self.blocks(state, condition, animals, column)
        if compared is None:
            return None
        return permute_blocks(compared, self.limit, self.rng(state, condition, *animals))

    def blocks(
        self, state: str, condition: str, animals: Sequence[str], column: str = "net"
    ) -> Blocks | None:
        """Blocks of a condition and of its controls; None where an animal lacks either."""
        controls = ("none",) if condition == "saline" else CONTROLS
        return self._blocks.compared(state, condition, controls, animals, column)


def describe(test: PermutationTest, condition: str) -> str:
    """Word a permutation test."""
    against = "none" if condition == "saline" else "none and saline"
    number = f"{'all' if test.exact else 'of'} {test.n_relabellings} relabellings"
    words = f"blocks exchanged with {against} within the animal, {number}"
    return (
        words
        if test.smallest_p_value < 0.05
        else words + (f", which allow no p below {test.smallest_p_value:.2g}")
    )


def as_planted(row: Row, condition: str) -> Row:
    """Call what is found under saline planted: in the model saline does nothing.

    The verdict stays: what was planted is no effect, not a rotation to recover.
    """
    emergent = row.origin == "emergent"
    return replace(row, origin="planted") if emergent and condition == "saline" else row


def effects_of(
    blocks: InactivatedBlocks, tests: Tests, state: str, condition: str
) -> dict[str, PermutationTest]:
    """Effect of a condition in each animal that has it and a control."""
    found = {
        name: tests.of(state, condition, [name])
        for name in blocks.animals(state, (condition, "none"))
    }
    return {name: test for name, test in found.items() if test is not None}


def effect_rows(blocks: InactivatedBlocks, tests: Tests) -> list[Row]:
    """What a condition adds to the net rotation: by permutation, and by a mixed model."""
    rows = []
    for state in STATES:
        for condition in ("saline", *TREATED):
            effects = effects_of(blocks, tests, state, condition)
            if not effects:
                continue
            each = np.array([test.effect for test in effects.values()])
            together = tests.of(state, condition, list(effects))
            alone = sign_flip_test(each)
            words = (
                f"t interval over subjects; p: {describe(together, condition)}; {alone.n} subjects "
                f"alone: p = {alone.p_value:.3g}, at least {alone.smallest_p:.3g}"
            )
            condition_name = named(condition, state)
            rows.append(
                _effect_row(
                    condition_name, "permutation", mean_interval(each), together.p_value, words
                )
            )
            if state == "rem" and len(effects) > 1:
                model = fit_mixed_model(tests.blocks(state, condition, list(effects)))
                rows.append(
                    _effect_row(
                        condition_name, "mixed_model", model.effect, NAN, model.describe(), "block"
                    )
                )
    right, left = (effects_of(blocks, tests, "rem", c) for c in ("ttx_right", "ttx_left"))
    both = [right[name].effect + left[name].effect for name in right if name in left]
    if both:
        words = "t interval over subjects; a mirror image gives 0"
        rows.append(
            _effect_row("ttx_right+ttx_left", "permutation", mean_interval(both), NAN, words)
        )
    return rows


def _effect_row(
    condition: str,
    estimator: str,
    effect: Estimate,
    p_value: float,
    words: str,
    n_unit: str = "subject",
) -> Row:
    row = make_row(
        "heading",
        "net_rotation_effect",
        condition=condition,
        estimator=estimator,
        estimate=effect,
        origin="emergent",
        unit="degree min-1",
        n_unit=n_unit,
        test=words,
        p_value=p_value,
        reason=words,
    )
    return as_planted(row, condition.partition(",")[0])


def pooled_rows(
    blocks: InactivatedBlocks, tests: Tests, references: Mapping[str, Reference]
) -> list[Row]:
    """Compare pooled angular velocities, as published: described, and tested on blocks."""
    rows = []
    for condition in TREATED:
        animals = blocks.animals("rem", (condition, "none"))
        if not animals:
            continue
        found = pooled_ks(
            *_pooled(blocks, condition, animals), tests.limit, tests.rng("ks", condition)
        )
        words = (
            f"bins pooled over {len(animals)} subjects are pseudo-replicates (their p would be "
            f"{found.pooled_p_value:.1g}); p: {found.n_relabellings} relabellings of "
            f"{found.n_blocks} blocks within subjects"
        )
        shared = {
            "condition": condition,
            "estimator": "pooled_bins",
            "origin": "emergent",
            "n_unit": "bin",
            "test": words,
            "p_value": found.p_value,
        }
        published = references[POOLED] if condition == "ttx_right" else None
        pooled = Estimate(found.statistic, NAN, NAN, found.n_bins)
        # Published counts clockwise as positive.
        location = Estimate(-found.location, NAN, NAN, found.n_bins)
        rows += [
            make_row(
                "heading",
                "rem_velocity_ks",
                estimate=pooled,
                unit="1",
                reference=published,
                **shared,
            ),
            make_row(
                "heading",
                "rem_velocity_ks_location",
                estimate=location,
                unit="degree s-1",
                reference=_location(published),
                **shared | {"test": f"clockwise positive, as published; {words}"},
            ),
            _each_row(blocks, tests, condition, animals, published),
        ]
    return rows


def _each_row(
    blocks: InactivatedBlocks,
    tests: Tests,
    condition: str,
    animals: Sequence[str],
    published: Reference | None,
) -> Row:
    """Compare the distributions within each animal: the animals are what can be compared."""
    each = [
        pooled_ks(*_pooled(blocks, condition, [name]), 1, tests.rng("ks", name)).statistic
        for name in animals
    ]
    return make_row(
        "heading",
        "rem_velocity_ks",
        condition=condition,
        estimator="each_subject",
        estimate=mean_interval(np.array(each)),
        origin="emergent",
        unit="1",
        n_unit="subject",
        reference=published,
        test="t interval over subjects; the published D is of bins pooled over subjects",
    )


def _location(published: Reference | None) -> Reference | None:
    """The published location of D, which stands in its note."""
    if published is None:
        return None
    return replace(published, value=POOLED_LOCATION, unit="deg/s", quantity="location of D")


def _pooled(
    blocks: InactivatedBlocks, condition: str, animals: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Velocities and blocks of bins, and animals and conditions of blocks, numbered anew."""
    value, owner, animal, treated, first = [], [], [], [], 0
    for name in animals:
        data = blocks.measured["rem"][name]
        here = blocks.table[(blocks.table.state == "rem") & (blocks.table.recording == name)]
        wanted = here.condition.isin([condition, *CONTROLS]).to_numpy()
        velocity, block = velocities(data)
        wanted = wanted & (np.bincount(block, minlength=wanted.size) > 0)
        number = np.cumsum(wanted) - 1 + first
        keep = wanted[block]
        value.append(velocity[keep])
        owner.append(number[block[keep]])
        animal += [name] * int(wanted.sum())
        treated.append((here.condition == condition).to_numpy()[wanted])
        first += int(wanted.sum())
    return np.concatenate(value), np.concatenate(owner), np.array(animal), np.concatenate(treated)
