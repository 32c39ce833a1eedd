"""Published estimators on events made by hand, and beside brute force."""

from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode.kinematics import Track
from neurosim.decode.published import PAPERS, diffusion, models, sequences, shuffled, states
from neurosim.decode.published.events import FineEvents
from neurosim.decode.statespace import decode
from neurosim.decode.stepping import Stepper
from neurosim.decode.templates import EventCounts
from neurosim.decode.transitions import STATES

LENGTH, N_POSITIONS, FINE = 2.0, 50, 0.001
RUN_SPEED = 0.5
STATIONARY, CONTINUOUS, FRAGMENTED, MIXED, BROKEN = range(5)


def track(n_cells: int = 40, width: float = 0.1, peak: float = 20.0) -> Track:
    """Fields that tile the track when it is run outbound; inbound, the same cells shuffled."""
    x = (np.arange(N_POSITIONS) + 0.5) * LENGTH / N_POSITIONS
    centre = (np.arange(n_cells) + 0.5) * LENGTH / n_cells
    there = centre[np.random.default_rng(5).permutation(n_cells)]
    bumps = [np.exp(-((x[:, None] - c) ** 2) / (2 * width**2)) for c in (centre, there)]
    return Track(0.05 + peak * np.stack(bumps), np.ones((2, N_POSITIONS), bool), LENGTH)


def planted(paths, fields: Track, gain: float, rng: np.random.Generator) -> FineEvents:
    """Poisson spikes of the outbound map along paths: arrays (fine bin,), m."""
    place = np.clip((np.concatenate(paths) / fields.step).astype(int), 0, N_POSITIONS - 1)
    counts = rng.poisson(gain * FINE * fields.rate[0, place])
    event = np.repeat(np.arange(len(paths)), [len(path) for path in paths])
    return FineEvents(EventCounts(counts, event, len(paths), FINE), fields)


def lines(n: int, n_bins: int, backwards: bool = False) -> list[np.ndarray]:
    """The whole track at one speed, n times."""
    path = (np.arange(n_bins) + 0.5) / n_bins * LENGTH
    return [path[::-1] if backwards else path] * n


def single_spikes(times: list[list[int]], fields: Track, n_bins: int = 200) -> FineEvents:
    """One spike of each cell of each event, at a fine bin; negative for none."""
    counts = np.zeros((len(times) * n_bins, fields.rate.shape[2]), int)
    for event, row in enumerate(times):
        for cell, when in enumerate(row):
            if when >= 0:
                counts[event * n_bins + when, cell] = 1
    event = np.repeat(np.arange(len(times)), n_bins)
    return FineEvents(EventCounts(counts, event, len(times), FINE), fields)


def test_every_paper_has_a_doi_and_an_estimator_of_its_own():
    assert all(paper.doi.startswith("10.") for paper in PAPERS.values())
    assert len({paper.estimator for paper in PAPERS.values()}) == len(PAPERS)


@given(st.lists(st.integers(0, 17), min_size=1, max_size=5), st.integers(1, 6))
def test_joined_bins_hold_all_spikes_but_those_of_the_rest(sizes, factor):
    counts = np.random.default_rng(sum(sizes)).poisson(1.0, (sum(sizes), 3))
    event = np.repeat(np.arange(len(sizes)), sizes)
    events = FineEvents(EventCounts(counts, event, len(sizes), FINE), track(3))
    joined = events.binned(factor * FINE)
    first = np.concatenate([[0], np.cumsum(sizes)])
    for number, size in enumerate(sizes):
        whole = counts[first[number] : first[number] + size // factor * factor]
        mine = joined.counts[joined.event == number]
        assert len(mine) == size // factor
        np.testing.assert_array_equal(mine.sum(axis=0), whole.sum(axis=0))
    np.testing.assert_allclose(events.duration, np.array(sizes) * FINE)


def test_bins_that_are_no_multiple_are_refused():
    events = single_spikes([[1] * 8], track(8))
    with pytest.raises(NeurosimError, match=r"multiple of 0\.001 s, found 0\.0015"):
        events.binned(0.0015)


# Lee & Wilson 2002


@given(st.permutations(range(7)))
def test_longest_rising_subsequence_is_that_of_brute_force(order):
    values = np.array(order)
    found = sequences.longest_rising(values)
    assert np.all(np.diff(found) > 0)
    assert np.all(np.diff(values[found]) > 0)
    longest = max(
        bin(mask).count("1")
        for mask in range(1, 128)
        if np.all(np.diff(values[[i for i in range(7) if mask >> i & 1]]) > 0)
    )
    assert found.size == longest


@pytest.mark.parametrize("n", [1, 2, 4, 6])
def test_match_probability_is_that_of_all_permutations(n):
    lengths = [sequences.longest_rising(np.array(p)).size for p in permutations(range(n))]
    for k in range(1, n + 1):
        expected = np.mean(np.array(lengths) >= k)
        assert sequences.match_probability(k, n) == pytest.approx(expected)


def test_sequence_without_noise_gives_its_compression_and_direction():
    fields = track(8, width=0.05)
    ahead = [20 * cell for cell in range(8)]  # 0.25 m in 20 ms: 12.5 m/s, 25 times 0.5 m/s
    events = single_spikes([ahead, ahead[::-1], [0, 20, 40, -1, -1, -1, -1, -1]], fields)
    found = sequences.lee_wilson_2002(events, RUN_SPEED)
    forward, reverse = found.compression[0, 0, 0], found.compression[1, 0, 1]
    assert forward == pytest.approx(25.0, rel=0.03)  # field peaks lie on bins of 4 cm
    assert reverse == pytest.approx(forward)
    assert found.is_match[:, 0].tolist() == [[True, False], [False, True], [False, False]]
    assert found.n_letters[:, 0].tolist() == [8, 8, 3]
    assert found.duration[0, 0, 0] == pytest.approx(0.14)
    assert found.p_value[0, 0, 0] == pytest.approx(1 / 40320)
    assert not found.is_trial[2, 0]


def test_inbound_sequences_run_against_the_positions():
    fields = track(8, width=0.05)
    inbound = np.argsort(fields.rate[1].argmax(axis=0))[::-1]  # cells in the order of running
    times = np.empty(8, int)
    times[inbound] = 20 * np.arange(8)
    found = sequences.lee_wilson_2002(single_spikes([times.tolist()], fields), RUN_SPEED)
    assert found.is_match[0, 1].tolist() == [True, False]


def test_too_many_cells_for_the_exact_probability_are_refused():
    with pytest.raises(NeurosimError, match="from 4 to 16 cells a direction, found 80"):
        sequences.lee_wilson_2002(single_spikes([[0] * 8], track(8)), RUN_SPEED, n_cells=80)


# Davidson 2009 and Takigawa 2024


def test_lines_give_the_speed_and_short_events_are_left_out(rng):
    events = planted(lines(6, 200) + lines(2, 80), track(), 3.0, rng)
    found = shuffled.davidson_2009(events, (0.5, 50.0), 39, rng)
    np.testing.assert_allclose(found.line.velocity[:6], 10.0, rtol=0.15)
    assert np.all(found.p_value[:6] <= 0.05)
    assert np.all(np.isnan(found.p_value[6:]))


def test_correlations_of_sequences_are_significant_and_those_of_null_events_are_not(rng):
    events = planted(lines(15, 200) + lines(15, 200, backwards=True), track(), 3.0, rng)
    found = shuffled.takigawa_2024(events, 60, rng)
    assert np.mean(found.p_value <= 0.05) > 0.9
    assert found.graded_null.shape == (30,)
    assert np.mean(found.graded_null <= 0.05) < 0.3
    assert np.all(found.graded <= found.p_value)


# Denovellis 2021


def test_smoother_equals_the_state_space_decoder(rng):
    fields = track(10)
    model = states.dynamics_model(fields)
    log_values = rng.normal(0, 2, (3, 20, 2 * N_POSITIONS))
    likelihood = np.exp(log_values - log_values.max(axis=2, keepdims=True))
    rows = likelihood.reshape(3, 20, 2, N_POSITIONS).transpose(1, 2, 0, 3)
    state, position = states.smoothed(Stepper(model, np.float64), rows)
    for event in range(3):
        expected = decode(log_values[event], model, dtype=np.float64)
        np.testing.assert_allclose(state[event], expected.state, atol=1e-9)
        most = expected.position.sum(axis=1).argmax(axis=1)
        np.testing.assert_array_equal(position[event], most)


def test_bins_belong_to_one_dynamic_or_to_a_mixture():
    state = np.array([[[0.9, 0.1, 0], [0.5, 0.45, 0.05], [0.5, 0.3, 0.2], [0.02, 0.4, 0.58]]])
    number, speed = states.by_dynamic(state, np.array([[0.5, 0.5, 0.5, 0.5]]))
    assert number[0].tolist() == [1, 0, 0, 1, 1]
    assert speed[0, MIXED] == 0.0
    assert np.isnan(speed[0, CONTINUOUS])


def test_speed_is_that_of_the_most_probable_position():
    state = np.zeros((1, 60, 3))
    state[..., CONTINUOUS] = 1.0
    _, speed = states.by_dynamic(state, 8.0 * states.BIN * np.arange(60)[None])
    assert speed[0, CONTINUOUS] == pytest.approx(8.0, rel=0.02)


def test_clean_events_are_of_the_dynamic_that_made_them(rng):
    moving = lines(8, 200)
    staying = [np.full(400, 0.9)] * 8
    jumping = [np.repeat(rng.uniform(0, LENGTH, 100), 2) for _ in range(8)]
    found = states.denovellis_2021(planted(moving + staying + jumping, track(), 40.0, rng))
    assert [STATES[i] for i in range(3)] == list(states.DYNAMICS[:3])
    main = found.main()
    assert np.all(main[:8] == CONTINUOUS)
    assert np.all(main[8:16] == STATIONARY)
    assert np.all(main[16:] == FRAGMENTED)
    # Near the ends of the track the most probable position rests a little.
    assert np.median(found.speed[:8, CONTINUOUS]) == pytest.approx(10.0, rel=0.15)
    assert np.median(found.speed[8:16, STATIONARY]) < 0.2
    assert found.is_classified.all()
    assert found.only("fragmented")[16:].mean() > 0.5


# Krause & Drugowitsch 2022


def small_events(rng: np.random.Generator) -> tuple[FineEvents, np.ndarray]:
    """Two events of four and two bins on two maps of four places; and their likelihood.

    array (bin, map, position)
    """
    rate = rng.uniform(5, 60, (2, 4, 3))
    visited = np.array([[True] * 4, [True, True, True, False]])
    factor = round(models.BIN / FINE)
    counts = rng.poisson(0.3, (6 * factor, 3))
    event = np.repeat([0, 1], [4 * factor, 2 * factor])
    events = FineEvents(EventCounts(counts, event, 2, FINE), Track(rate, visited, 4 * 0.04))
    expected = models.BIN * models.rate_scaling(events) * rate
    binned = events.binned(models.BIN).counts
    log = (binned[:, None, None] * np.log(expected / models.BIN)).sum(-1) - expected.sum(-1)
    return events, np.exp(log) * visited


def spread(mean: float, sd: float, n: int = 4) -> np.ndarray:
    """Probability of places (n,), mean and SD in m."""
    weight = np.exp(-((np.arange(n) * 0.04 - mean) ** 2) / (2 * sd**2))
    return weight / weight.sum()


def path_probability(model: str, path: tuple[int, ...], about: int | None) -> float:
    """Probability of a path after its first place, with the single parameters of the test."""
    place = np.array(path) * 0.04
    chance = 1.0
    for t in range(len(path)):
        if model == "random":
            chance *= 1.0
        elif model == "gaussian":
            chance *= spread(about * 0.04, 0.05)[path[t]]
        elif t and model == "stationary":
            chance *= path[t] == path[t - 1]
        elif t and model == "diffusion":
            chance *= spread(place[t - 1], 0.8 * np.sqrt(models.BIN))[path[t]]
        elif t == 1:
            chance *= spread(place[0], models.FIRST_STEP)[path[1]]
        elif t:
            carry = 1 / (1 + 60.0 * models.BIN)
            mean = place[t - 1] + carry * (place[t - 1] - place[t - 2])
            chance *= spread(mean, carry * 250.0 * models.BIN**1.5)[path[t]]
    return chance


def test_evidence_of_the_published_models_is_the_sum_over_all_paths(rng, monkeypatch):
    for name, value in (
        ("MOMENTUM_SD", 250.0), ("DECAY", 60.0), ("DIFFUSION_SD", 0.8), ("GAUSSIAN_SD", 0.05),
    ):  # fmt: skip
        monkeypatch.setattr(models, name, np.array([value]))
    events, likelihood = small_events(rng)
    found = models.krause_drugowitsch_2022(events, rng).log_evidence
    for event, seen in enumerate((likelihood[:4], likelihood[4:])):
        for column, model in enumerate(models.MODELS):
            total = 0.0
            for number, n_visited in enumerate((4, 3)):
                for path in product(range(n_visited), repeat=len(seen)):
                    joint = np.prod(seen[np.arange(len(seen)), number, list(path)])
                    if model == "random":
                        joint /= n_visited ** len(seen)
                    elif model == "gaussian":
                        joint *= np.mean(
                            [path_probability(model, path, centre) for centre in range(n_visited)]
                        )
                    else:
                        joint *= path_probability(model, path, None) / n_visited
                    total += joint / 2
            assert found[event, column] == pytest.approx(np.log(total), abs=1e-4), model


def test_published_models_tell_lines_walks_and_rest_apart(rng):
    walks = [np.clip(1 + np.cumsum(rng.normal(0, 0.025, 240)), 0.05, 1.95) for _ in range(12)]
    paths = lines(12, 150) + walks + [np.full(150, 0.9)] * 12
    found = models.krause_drugowitsch_2022(planted(paths, track(), 4.0, rng), rng)
    best = np.array(models.MODELS)[found.best()]
    assert np.mean(best[:12] == "momentum") > 0.8
    assert np.mean(best[12:24] == "diffusion") > 0.5
    assert np.mean(best[24:] == "stationary") > 0.8
    assert found.share.sum() == pytest.approx(1)
    # Momentum with little noise rests: by random effects it takes over what might be either.
    assert found.share[0] > 0.5


def test_speed_is_that_of_the_best_of_all_paths(rng):
    events, likelihood = small_events(rng)
    speed = models.krause_drugowitsch_2022(events, rng).speed
    sd = models.PATH_SD * np.sqrt(models.BIN)
    for event, seen in enumerate((likelihood[:4], likelihood[4:])):
        joint = {}
        for number, n_visited in enumerate((4, 3)):
            for path in product(range(n_visited), repeat=len(seen)):
                steps = [spread(a * 0.04, sd)[b] for a, b in pairwise(path)]
                places = seen[np.arange(len(seen)), number, list(path)]
                joint[number, path] = np.prod(places) * np.prod(steps) / n_visited
        _, best = max(joint, key=joint.get)
        length = 0.04 * np.abs(np.diff(best)).sum()
        assert speed[event] == pytest.approx(length / (len(seen) * models.BIN))


def test_the_likeliest_path_has_the_length_of_a_line_and_some_at_rest(rng):
    paths = lines(6, 200) + lines(6, 200, backwards=True) + [np.full(200, 0.9)] * 6
    speed = models.krause_drugowitsch_2022(planted(paths, track(), 6.0, rng), rng).speed
    assert np.median(speed[:12]) == pytest.approx(10.0, rel=0.1)
    assert 0 < np.median(speed[12:]) < 4.0


@given(st.integers(0, 1000), st.floats(0.5, 6.0))
def test_scaling_is_the_gain_of_events(seed, gain):
    rng = np.random.default_rng(seed)
    fields = track()
    everywhere = [np.tile((np.arange(N_POSITIONS) + 0.5) * fields.step, 40)] * 2
    events = planted(everywhere, fields, gain, rng)
    # The cells' mean rates are nearly alike, and those of both maps the same: Poisson noise alone.
    noise = gain / np.sqrt(events.spikes.counts.sum())
    assert models.rate_scaling(events) == pytest.approx(gain, abs=6 * noise)


def test_random_effects_count_sure_events_and_share_unsure_ones(rng):
    sure = np.full((100, 5), -50.0)
    sure[np.arange(100), np.repeat([0, 1], [70, 30])] = 0.0
    shares = models.random_effects(sure, rng)
    pseudo = models.PSEUDO_EVENTS
    expected = (np.array([0.7, 0.3, 0, 0, 0]) + pseudo) / (1 + 5 * pseudo)
    np.testing.assert_allclose(shares, expected, atol=0.01)
    # Half of the events say nothing: they follow the others.
    unsure = np.concatenate([sure, np.zeros((100, 5))])
    np.testing.assert_allclose(models.random_effects(unsure, rng)[:2], [0.67, 0.28], atol=0.05)


def test_fitted_priors_lie_where_events_are_and_are_flat_without_any(rng):
    grid = (10 ** np.linspace(0, 2, 21), 10 ** np.linspace(-1, 1, 11))
    points = np.stack(np.meshgrid(*map(np.log, grid), indexing="ij"), -1)
    truth = rng.multivariate_normal([2.3, 0.4], [[0.3, 0.1], [0.1, 0.2]], 400)
    evidence = -50 * ((points - truth[:, None, None]) ** 2).sum(-1)
    weight = np.exp(models.fitted_prior(evidence, grid))
    assert weight.sum() == pytest.approx(1)
    mean = np.einsum("ij,ijk->k", weight, points)
    np.testing.assert_allclose(mean, [2.3, 0.4], atol=0.1)
    edge = np.zeros((30, 21, 11))
    edge[:, 0, 3] = 5.0
    assert np.ptp(models.fitted_prior(edge, grid)) == 0


# Stella 2019


def brownian(n_events: int, n_bins: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    walk = np.cumsum(rng.normal(0, 0.1, (n_events, n_bins)), axis=1)
    return walk.ravel(), np.repeat(np.arange(n_events), n_bins)


def test_displacement_grows_with_one_half_when_brownian_and_with_one_along_a_line(rng):
    lag = diffusion.lags()
    place, event = brownian(4000, 20, rng)
    walked = diffusion.squared_displacement(place, event, lag.size)
    assert diffusion.exponent(walked, lag) == pytest.approx(0.5, abs=0.02)
    line = np.tile(9.0 * diffusion.BIN * np.arange(20), 30)
    moved = diffusion.squared_displacement(line, np.repeat(np.arange(30), 20), lag.size)
    np.testing.assert_allclose(moved, (9.0 * lag) ** 2)
    assert diffusion.exponent(moved, lag) == pytest.approx(1.0)
    assert diffusion.exponent(moved, lag, weighted=True) == pytest.approx(1.0)
    assert np.isnan(diffusion.exponent(np.array([-1.0, 0.0, 2.0]), np.arange(1.0, 4.0)))


def test_noise_pulls_the_exponent_down_and_independent_halves_do_not(rng):
    lag = diffusion.lags()
    line = np.tile(9.0 * diffusion.BIN * np.arange(20), 400)
    event = np.repeat(np.arange(400), 20)
    one, other = (line + rng.normal(0, 0.2, line.size) for _ in range(2))
    noisy = diffusion.squared_displacement(one, event, lag.size)
    halves = diffusion.squared_displacement(one, event, lag.size, other)
    assert diffusion.exponent(noisy, lag) < 0.7
    assert diffusion.exponent(halves, lag) == pytest.approx(1.0, abs=0.06)


@given(st.integers(0, 1000))
def test_squared_displacement_is_that_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, 3)
    event = np.repeat(np.arange(3), sizes)
    one, other = rng.normal(size=(2, event.size))
    one[rng.random(event.size) < 0.3] = np.nan
    found = diffusion.squared_displacement(one, event, 4, other)
    for number in range(1, 5):
        pairs = [
            (one[i + number] - one[i]) * (other[i + number] - other[i])
            for i in range(event.size - number)
            if event[i] == event[i + number] and np.isfinite(one[[i, i + number]]).all()
        ]
        expected = np.mean(pairs) if pairs else np.nan
        np.testing.assert_allclose(found[number - 1], expected, atol=1e-12)


def test_decoded_lines_look_diffusive_to_the_paper_and_not_to_halves(rng):
    lag = diffusion.lags()
    events = planted(lines(60, 200), track(80), 3.0, rng)
    place, event = diffusion.stella_2019(events)
    published = diffusion.squared_displacement(place, event, lag.size)
    chosen = [np.full(60, True)]
    halves = diffusion.split_half_displacement(events, chosen, rng)[0]
    assert diffusion.exponent(published, lag) < 0.7
    assert diffusion.exponent(halves, lag, weighted=True) == pytest.approx(1.0, abs=0.1)
