"""Evidence for dynamics: paths and gains enumerated, symmetries, planted events."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.ndimage import gaussian_filter1d

from neurosim import NeurosimError
from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.decode.dynamics import DYNAMICS, DynamicsEvidence, dynamics_evidence
from neurosim.decode.geometry import (
    Geometry,
    Path,
    graph_geometry,
    grid_geometry,
    line_geometry,
)

SEEDS = st.integers(0, 10_000)
BIN = 0.02


def decode_counts(
    counts: list[np.ndarray],
    rate: np.ndarray,
    geometry: Geometry,
    parameters: DynamicsParameters,
    visited: np.ndarray | None = None,
) -> DynamicsEvidence:
    """Counts (bin, unit) of each event, rate (map position, unit)."""
    together = np.concatenate(counts)
    return dynamics_evidence(
        together @ np.log(rate).T,
        rate.sum(axis=1) * parameters.bin_s,
        together.sum(axis=1),
        np.repeat(np.arange(len(counts)), [len(event) for event in counts]),
        geometry,
        parameters,
        visited,
    )


def over_gains(paths: list[tuple[float, np.ndarray]], counts: np.ndarray, rate: np.ndarray):
    """Log of the mixture of paths (weight, bins) with the gain integrated out, d log g."""
    n_spikes = counts.sum()
    bins = np.arange(len(counts))
    terms = counts @ np.log(rate).T
    exposure = rate.sum(axis=1) * BIN
    sums = [(weight, terms[bins, path].sum(), exposure[path].sum()) for weight, path in paths]
    peak = max(total for _, total, _ in sums)
    centre = np.log(n_spikes / np.mean([x for *_, x in sums]))

    def density(log_gain: float) -> float:
        offset = n_spikes * (log_gain - centre)
        return sum(w * np.exp(total - peak + offset - np.exp(log_gain) * x) for w, total, x in sums)

    value, _ = quad(density, centre - 12, centre + 6, points=[centre], limit=200, epsabs=0)
    return np.log(value) + peak + n_spikes * centre


def line_paths(velocities: np.ndarray, n: int, n_bins: int, spacing: float, min_span: float):
    """Every straight trajectory that is long enough within the track, written out."""
    offsets = (np.arange(n_bins) - (n_bins - 1) / 2) * BIN
    paths = []
    for v in velocities:
        ends = (np.arange(n) + 0.5) * spacing + 0.5 * n_bins * BIN * np.array([[-v], [v]])
        way = np.abs(np.diff(np.clip(ends, 0, n * spacing), axis=0))[0]
        middles = np.flatnonzero(way >= min_span - 1e-12)
        paths += [
            (
                1 / (velocities.size * middles.size),
                np.clip(middle + np.rint(v * offsets / spacing).astype(int), 0, n - 1),
            )
            for middle in middles
        ]
    return paths


def walk_paths(kernel: np.ndarray, n_bins: int):
    """Every path with its probability under a walk from anywhere."""
    n = len(kernel)
    return [
        (np.prod([kernel[a, b] for a, b in pairwise(path)]) / n, np.array(path))
        for path in product(range(n), repeat=n_bins)
    ]


@pytest.mark.parametrize("n_bins", [3, 4])
def test_evidence_is_the_sum_over_all_paths_and_gains(n_bins: int, rng: np.random.Generator):
    n, spacing = 5, 0.1
    parameters = DynamicsParameters(
        bin_s=BIN, min_span_m=0.15, walk_m=(0.08, 0.15), speed_ratio=1.3, n_gains=33
    )
    geometry = line_geometry((np.arange(n) + 0.5) * spacing)
    rate = rng.uniform(2, 60, (n, 4))
    counts = rng.poisson(1.0, (n_bins, 4)) + np.eye(n_bins, 4)
    found = decode_counts([counts], rate, geometry, parameters)
    span = np.abs(found.velocity[:, 0]) * n_bins * BIN
    allowed = found.velocity[(span >= 0.15) & (span <= n * spacing), 0]
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) * spacing
    walks = []
    for step in (0.08, 0.15):
        kernel = np.exp(-0.5 * (distance / step) ** 2)
        kernel /= kernel.sum(axis=1, keepdims=True)
        walks += [(0.5 * weight, path) for weight, path in walk_paths(kernel, n_bins)]
    expected = [
        over_gains(line_paths(allowed, n, n_bins, spacing, 0.15), counts, rate),
        over_gains(walks, counts, rate),
        over_gains([(1 / n, np.full(n_bins, x)) for x in range(n)], counts, rate),
        over_gains(walk_paths(np.full((n, n), 1 / n), n_bins), counts, rate),
    ]
    np.testing.assert_allclose(found.log_evidence[0], expected, atol=2e-3)


def test_eleven_gains_are_enough(rng: np.random.Generator):
    counts, rate = planted(rng, n_each=3)
    fine, usual = (
        decode_counts(counts, rate, LINE, DynamicsParameters(bin_s=0.005, n_gains=n)).log_evidence
        for n in (41, 11)
    )
    np.testing.assert_allclose(usual, fine, atol=0.02)


def test_evidence_on_a_grid_is_the_sum_over_straight_lines(rng: np.random.Generator):
    n_x, n_y, spacing, n_bins = 4, 3, 0.1, 3
    parameters = DynamicsParameters(
        bin_s=BIN, min_span_m=0.2, speed_ratio=1.2, n_headings=6, n_gains=33
    )
    geometry = grid_geometry(np.arange(n_x) * spacing, np.arange(n_y) * spacing)
    rate = rng.uniform(2, 60, (n_x * n_y, 4))
    counts = rng.poisson(1.0, (n_bins, 4)) + np.eye(n_bins, 4)
    found = decode_counts([counts], rate, geometry, parameters)
    span = np.linalg.norm(found.velocity, axis=1) * n_bins * BIN
    allowed = found.velocity[(span >= 0.2) & (span <= geometry.extent)]
    offsets = (np.arange(n_bins) - 1) * BIN
    paths = []
    corner = np.array([n_x, n_y]) * spacing
    for vx, vy in allowed:
        places = []
        for x, y in product(range(n_x), range(n_y)):
            half = 0.5 * n_bins * BIN * np.array([vx, vy])
            middle = (np.array([x, y]) + 0.5) * spacing
            ends = np.clip([middle - half, middle + half], 0, corner)
            if np.linalg.norm(ends[1] - ends[0]) >= 0.2 - 1e-12:
                places.append((x, y))
        for x, y in places:
            along_x = np.clip(x + np.rint(vx * offsets / spacing).astype(int), 0, n_x - 1)
            along_y = np.clip(y + np.rint(vy * offsets / spacing).astype(int), 0, n_y - 1)
            paths.append((1 / (len(allowed) * len(places)), along_x * n_y + along_y))
    assert found.log_evidence[0, 0] == pytest.approx(over_gains(paths, counts, rate), abs=2e-3)
    kernel = geometry.walk(0.08).matrix()
    kernel /= kernel.sum(axis=1, keepdims=True)
    single = DynamicsParameters(
        bin_s=BIN, min_span_m=0.2, walk_m=(0.08,), walk_s=BIN, speed_ratio=1.2, n_gains=33
    )
    walked = decode_counts([counts], rate, geometry, single).log_evidence[0, 1]
    assert walked == pytest.approx(over_gains(walk_paths(kernel, n_bins), counts, rate), abs=2e-3)


N_PLACES, LENGTH = 50, 2.0
PLACES = (np.arange(N_PLACES) + 0.5) * LENGTH / N_PLACES
LINE = line_geometry(PLACES)
USUAL = DynamicsParameters(bin_s=0.005)


def planted_path(kind: str, n_bins: int, rng: np.random.Generator) -> np.ndarray:
    """Positions (bin,) of an event, m."""
    if kind == "directed":
        span = np.exp(rng.uniform(np.log(0.5), np.log(LENGTH)))
        path = rng.uniform(0, LENGTH - span) + span * (np.arange(n_bins) + 0.5) / n_bins
        return path if rng.random() < 0.5 else path[::-1]
    if kind == "diffusive":
        path = rng.uniform(0, LENGTH) + np.cumsum(rng.normal(0, 0.04, n_bins))
        path = np.mod(path, 2 * LENGTH)
        return np.minimum(path, 2 * LENGTH - path)
    if kind == "stationary":
        return np.full(n_bins, rng.uniform(0, LENGTH))
    return rng.uniform(0, LENGTH, n_bins)


def planted(
    rng: np.random.Generator, n_each: int, n_cells: int = 80
) -> tuple[list[np.ndarray], np.ndarray]:
    """Events of each dynamic at three times the rates of wake, and the rates (position, unit)."""
    centre = rng.uniform(0, LENGTH, n_cells)
    peak = 12 * np.exp(rng.normal(0, 0.5, n_cells))

    def rate_at(x: np.ndarray) -> np.ndarray:
        return 0.1 + peak * np.exp(-0.5 * ((x[:, None] - centre) / 0.15) ** 2)

    counts = []
    for kind in DYNAMICS:
        for _ in range(n_each):
            path = planted_path(kind, int(rng.integers(12, 61)), rng)
            counts.append(rng.poisson(3 * rate_at(path) * 0.005).astype(float))
    return counts, rate_at(PLACES)


def estimated(rate: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fields as forty laps at 0.5 m/s show them: counts a bin, smoothed over 6 cm."""
    spent = 40 * LENGTH / N_PLACES / 0.5
    counts = rng.poisson(rate * spent)
    return np.maximum(gaussian_filter1d(counts / spent, 1.5, axis=0, mode="nearest"), 0.1)


@pytest.mark.parametrize("fields", ["true", "estimated"])
def test_planted_dynamics_are_recovered(fields: str, rng: np.random.Generator):
    """A walk that hardly moved is nearly a place held: no model tells all of those apart.

    With the truth's own priors, gain and map known, 73 % of walks are read as such.
    """
    counts, rate = planted(rng, n_each=60)
    rate = rate if fields == "true" else estimated(rate, rng)
    best = decode_counts(counts, rate, LINE, USUAL).best().reshape(4, 60)
    share = np.array([[np.mean(row == kind) for kind in range(4)] for row in best])
    assert share[0, 0] > 0.9
    assert share[0, 1] < 0.1
    assert share[1, 0] < 0.12
    assert share[1, 1] > 0.55
    assert share[2, 2] > 0.8
    assert share[3, 3] > 0.97


def test_planted_dynamics_are_recovered_in_an_arena(rng: np.random.Generator):
    n, n_each = 15, 12
    side = (np.arange(n) + 0.5) / n
    places = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    centre, peak = rng.random((120, 2)), 12 * np.exp(rng.normal(0, 0.5, 120))

    def rate_at(x: np.ndarray) -> np.ndarray:
        square = ((x[:, None] - centre) ** 2).sum(axis=2)
        return 0.1 + peak * np.exp(-0.5 * square / 0.12**2)

    counts = []
    for kind in DYNAMICS:
        for _ in range(n_each):
            n_bins = int(rng.integers(20, 50))
            if kind == "directed":
                ends = np.array([[0.1, 0.9], rng.uniform(0.1, 0.9, 2)]).T[:: rng.choice([-1, 1])]
                along = (np.arange(n_bins)[:, None] + 0.5) / n_bins
                path = ends[0] + (ends[1] - ends[0]) * along
            elif kind == "diffusive":
                path = rng.random(2) + np.cumsum(rng.normal(0, 0.05, (n_bins, 2)), axis=0)
                path = np.minimum(np.mod(path, 2), 2 - np.mod(path, 2))
            elif kind == "stationary":
                path = np.tile(rng.random(2), (n_bins, 1))
            else:
                path = rng.random((n_bins, 2))
            counts.append(rng.poisson(4 * rate_at(path) * 0.005))
    parameters = DynamicsParameters(bin_s=0.005, speed_ratio=1.25, n_headings=12)
    found = decode_counts(counts, rate_at(places), grid_geometry(side, side), parameters)
    best = found.best().reshape(4, n_each)
    assert np.all([np.mean(row == kind) >= 0.75 for kind, row in enumerate(best)])


@given(SEEDS, st.floats(0.2, 8.0))
@settings(max_examples=4)
def test_unknown_gain_leaves_the_comparison_alone(seed: int, factor: float):
    """Fields measured at any multiple of their rates give the same differences."""
    rng = np.random.default_rng(seed)
    counts, rate = planted(rng, n_each=1, n_cells=40)
    one, other = (
        decode_counts(counts, scaled, LINE, USUAL).probability() for scaled in (rate, factor * rate)
    )
    np.testing.assert_allclose(one, other, atol=2e-3)


@given(SEEDS)
@settings(max_examples=4)
def test_time_reversal_flips_the_velocity_and_nothing_else(seed: int):
    rng = np.random.default_rng(seed)
    counts, rate = planted(rng, n_each=1, n_cells=30)
    forward = decode_counts(counts, rate, LINE, USUAL)
    backward = decode_counts([event[::-1] for event in counts], rate, LINE, USUAL)
    np.testing.assert_allclose(
        forward.velocity_probability, backward.velocity_probability[:, ::-1], atol=1e-4
    )
    for kind in (0, 2, 3):
        np.testing.assert_allclose(
            forward.log_evidence[:, kind], backward.log_evidence[:, kind], atol=2e-3
        )
    np.testing.assert_allclose(forward.velocity, -forward.velocity[::-1])


@given(SEEDS)
@settings(max_examples=4)
def test_an_event_is_judged_alone_and_cells_have_no_order(seed: int):
    rng = np.random.default_rng(seed)
    counts, rate = planted(rng, n_each=2, n_cells=30)
    together = decode_counts(counts, rate, LINE, USUAL).log_evidence
    order = rng.permutation(30)
    for number in rng.choice(8, 3, replace=False):
        alone = decode_counts([counts[number][:, order]], rate[:, order], LINE, USUAL)
        np.testing.assert_allclose(together[number], alone.log_evidence[0], atol=2e-3)


def test_the_map_that_was_replayed_is_found(rng: np.random.Generator):
    counts, rate = planted(rng, n_each=5)
    other = rate[:, rng.permutation(rate.shape[1])]
    both = np.concatenate([other, rate])
    found = decode_counts(counts, both, LINE, USUAL)
    assert np.all(found.map_probability[:, 1] > 0.99)
    alone = decode_counts(counts, rate, LINE, USUAL)
    np.testing.assert_allclose(
        found.log_evidence[:15], alone.log_evidence[:15] - np.log(2), atol=0.05
    )


def test_the_velocity_is_the_planted_one(rng: np.random.Generator):
    _, rate = planted(rng, n_each=1, n_cells=120)
    centre = PLACES[rate.argmax(axis=0)]
    path = 0.2 + 12.0 * (np.arange(24) + 0.5) * 0.005
    lively = 0.1 + 60 * np.exp(-0.5 * ((path[:, None] - centre) / 0.15) ** 2)
    found = decode_counts([rng.poisson(lively * 0.005)], rate, LINE, USUAL)
    mean = found.velocity_probability[0] @ found.velocity[:, 0]
    assert mean == pytest.approx(12.0, rel=0.15)


def test_events_without_spikes_say_nothing(rng: np.random.Generator):
    counts, rate = planted(rng, n_each=1)
    counts.insert(2, np.zeros((20, 80)))
    found = decode_counts(counts, rate, LINE, USUAL)
    np.testing.assert_array_equal(found.log_evidence[2], 0.0)
    np.testing.assert_allclose(found.probability()[2], 0.25)
    np.testing.assert_allclose(found.velocity_probability.sum(axis=1), 1.0)
    assert np.all(np.isfinite(found.log_evidence))


def test_bins_never_visited_hold_no_event(rng: np.random.Generator):
    """Enormous rates where nobody has been change nothing."""
    counts, rate = planted(rng, n_each=2)
    visited = np.ones(N_PLACES, bool)
    visited[[0, 1, 2, 30]] = False
    wild = rate.copy()
    wild[~visited] = 1e4
    one, other = (
        decode_counts(counts, fields, LINE, USUAL, visited).log_evidence for fields in (rate, wild)
    )
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_lines_lie_on_the_paths_of_a_graph(rng: np.random.Generator):
    """A Y of three arms: from arm to arm is directed, and a loop has no end."""
    n = 60
    arm, along = np.divmod(np.arange(n), 20)
    depth = (along + 0.5) * 0.05
    distance = np.where(arm[:, None] == arm, np.abs(depth[:, None] - depth), depth[:, None] + depth)
    arms = np.arange(n).reshape(3, 20)
    paths = tuple(
        Path(np.concatenate([arms[a][::-1], arms[b]])) for a, b in ((0, 1), (0, 2), (1, 2))
    )
    geometry = graph_geometry(distance, 0.05, paths)
    rate = 0.1 + 20 * np.exp(-0.5 * (distance[:, rng.integers(0, n, 60)] / 0.12) ** 2)
    path = paths[1].index[4:36]
    walk = np.arange(n)[20:52]  # along the numbers, over the join of two arms that do not touch
    counts = [rng.poisson(4 * rate[way] * 0.005) for way in (path, walk)]
    found = decode_counts(counts, rate, geometry, USUAL)
    assert found.best()[0] == DYNAMICS.index("directed")
    assert found.log_evidence[1, 0] < found.log_evidence[1].max() - 3
    circle = np.minimum(np.arange(40), 40 - np.arange(40)) * 0.05
    ring = circle[np.abs(np.subtract.outer(np.arange(40), np.arange(40)))]
    loop = graph_geometry(ring, 0.05, (Path(np.arange(40), closed=True),))
    rate = 0.1 + 20 * np.exp(-0.5 * (ring[:, rng.integers(0, 40, 60)] / 0.12) ** 2)
    counts = [rng.poisson(4 * rate[(np.arange(30) + 25) % 40] * 0.005)]
    found = decode_counts(counts, rate, loop, USUAL)
    assert found.best()[0] == DYNAMICS.index("directed")


def test_events_are_checked(rng: np.random.Generator):
    terms, exposure, spikes = np.zeros((4, N_PLACES)), np.ones(N_PLACES), np.ones(4)
    with pytest.raises(NeurosimError, match="numbered from zero, in order"):
        dynamics_evidence(terms, exposure, spikes, np.array([0, 0, 2, 2]), LINE, USUAL)
    with pytest.raises(NeurosimError, match="expected 3 bins x 50 states"):
        dynamics_evidence(terms, exposure, spikes, np.array([0, 0, 1]), LINE, USUAL)
    with pytest.raises(NeurosimError, match="multiple of 50 positions"):
        dynamics_evidence(terms[:, :40], exposure[:40], spikes, np.array([0] * 4), LINE, USUAL)
    wide = DynamicsParameters(bin_s=0.005, min_span_m=3.0)
    with pytest.raises(NeurosimError, match="min_span_m: expected between 0 and the longest"):
        dynamics_evidence(terms, exposure, spikes, np.array([0] * 4), LINE, wide)
    one = np.zeros(4, int)
    spoilt = np.where(np.arange(4)[:, None] == 2, np.nan, terms)
    with pytest.raises(NeurosimError, match="found none in bin 2"):
        dynamics_evidence(spoilt, exposure, spikes, one, LINE, USUAL)
    with pytest.raises(NeurosimError, match="exposure: expected more than 0"):
        dynamics_evidence(terms, 0 * exposure, spikes, one, LINE, USUAL)
    two = np.repeat([True, False], N_PLACES)
    with pytest.raises(NeurosimError, match="found none in map 1"):
        dynamics_evidence(np.tile(terms, 2), np.tile(exposure, 2), spikes, one, LINE, USUAL, two)
    with pytest.raises(NeurosimError, match="equally spaced"):
        line_geometry(np.array([0.0, 0.1, 0.3]))
