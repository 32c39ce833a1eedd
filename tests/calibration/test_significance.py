"""Tables of significance on a small population: their arithmetic, and that calibration works."""

import numpy as np
import pytest
import xarray as xr

from neurosim import NeurosimError
from neurosim.calibration.significance import (
    TARGET,
    NullSource,
    detector_p_values,
    nearest_alpha,
    null_p_values,
    nulls_of,
    significance_tables,
)
from neurosim.decode.nulls import DIMENSION
from neurosim.decode.shuffles import ShuffleOptions
from neurosim.decode.templates import EventCounts, Templates

WIDTH, N_UNITS, N_PLACES = 0.005, 30, 20
POSITIONS = (np.arange(N_PLACES) + 0.5) * 0.1
DETECTORS = ("time_bin", "cell_identity", "cell_identity+time_bin")


def fields(rng: np.random.Generator) -> Templates:
    """Two maps of Gaussian fields."""
    centre = rng.uniform(0, 2, (2, 1, N_UNITS))
    rate = 0.3 + 15 * np.exp(-0.5 * ((POSITIONS[:, None] - centre) / 0.15) ** 2)
    return Templates(rate, np.ones((2, N_PLACES), bool), POSITIONS)


def sweeps(templates: Templates, n_events: int, rng: np.random.Generator) -> EventCounts:
    """Full traversals in the first map, 15 to 30 bins long."""
    length = rng.integers(15, 31, n_events)
    event = np.repeat(np.arange(n_events), length)
    k = np.arange(event.size) - (np.cumsum(length) - length)[event]
    place = (k / (length[event] - 1) * (N_PLACES - 1)).astype(int)
    counts = rng.poisson(3 * WIDTH * templates.rate[0, place]).astype(np.float32)
    return EventCounts(counts, event, n_events, WIDTH)


@pytest.fixture(scope="module")
def tables() -> xr.Dataset:
    rng = np.random.default_rng(8)
    maps = [fields(rng) for _ in range(4)]
    sources = [
        NullSource(sweeps(own, 300, rng), own, [maps[other]])
        for own, other in zip(maps, (1, 0, 3, 2), strict=True)
    ]
    kinds = {
        "forward": [sweeps(own, 30, rng) for own in maps[2:]],
        "short": [sweeps(own, n, rng) for own, n in zip(maps[2:], (1, 0), strict=True)],
    }
    options = ShuffleOptions(99, grid=None)
    first, second = sources[:2], sources[2:]
    return significance_tables(first, second, kinds, options, rng, DETECTORS, n_transfer=50)


def test_alpha_is_found_along_another_dimension(tables):
    for detector in DETECTORS:
        main = str(tables["main_null"].sel(detector=detector).values)
        shuffles = detector.split("+")
        assert all(DIMENSION[main] != DIMENSION[shuffle] for shuffle in shuffles)
        rates = tables["false_positive_rate"].sel(detector=detector)
        known = np.isfinite(rates.values).all(axis=(0, 1, 3))
        measured = tables["null"].values[known]
        assert set(measured) == set(nulls_of(detector))
        numbers = tables["n_null"].sel(detector=detector)
        for null in measured:
            assert int(numbers.sel(null=null).sum()) > (550 if null == main else 90)


def test_calibrated_rates_are_the_target_and_nominal_ones_are_not(tables):
    """Bins of 5 ms depend on one another through runs of spikes: time bins do not permute."""
    rates = tables["false_positive_rate"].sel(score="weighted_correlation").mean("population")
    time_bin = rates.sel(detector="time_bin", null="cell_identity")
    assert float(time_bin.sel(level="nominal")) > 0.1
    for detector in DETECTORS:
        main = str(tables["main_null"].sel(detector=detector).values)
        rate = float(rates.sel(detector=detector, null=main, level="calibrated"))
        # Two samples of 600: alpha's own error and that of the rate.
        assert rate == pytest.approx(TARGET, abs=4 * np.sqrt(2 * 0.05 * 0.95 / 600)), detector


def test_power_is_high_for_full_traversals(tables):
    power = tables["power"].sel(kind="forward")
    assert power.dims[-1] == "population"
    assert np.all(power.values > 0.7)
    assert tables["n_planted"].values.tolist() == [[30, 30], [1, 0]]
    # A population without events of a kind has no power.
    assert np.isnan(tables["power"].sel(kind="short").values[..., 1]).all()


def test_detectors_take_the_highest_p_value():
    values = np.array([[[0.01, 0.2]], [[0.3, 0.02]], [[np.nan, np.nan]]])
    tested = xr.Dataset(
        {
            "p_value": (("event", "score", "shuffle"), values),
            "graded_p_value": (("event", "score", "shuffle"), values / 2),
        },
        coords={"score": ["line"], "shuffle": ["time_bin", "cell_identity"]},
    )
    both = detector_p_values(tested, "cell_identity+time_bin")
    np.testing.assert_allclose(both, [[[0.2, 0.3, np.nan]], [[0.1, 0.15, np.nan]]])
    alone = detector_p_values(tested, "time_bin")
    np.testing.assert_allclose(alone[0], [[0.01, 0.3, np.nan]])


def test_a_null_is_never_used_along_its_own_dimension(rng):
    templates = fields(rng)
    source = NullSource(sweeps(templates, 20, rng), templates)
    options = ShuffleOptions(19, grid=None)
    found = null_p_values([source], DETECTORS, "time_bin", options, rng)
    assert list(found) == ["cell_identity"]
    assert found["cell_identity"].shape == (2, 1, 20)
    assert null_p_values([source], ["time_bin"], "spike_train_shift", options, rng) == {}


def test_one_set_of_events_cannot_set_and_measure(rng):
    templates = fields(rng)
    source = NullSource(sweeps(templates, 5, rng), templates)
    with pytest.raises(NeurosimError, match="found one"):
        significance_tables([source], [source], {}, ShuffleOptions(9), rng)


def test_a_detector_along_every_dimension_cannot_be_calibrated(rng):
    templates = fields(rng)
    first, second = ([NullSource(sweeps(templates, 5, rng), templates)] for _ in range(2))
    all_three = ["cell_identity+column_cycle+time_bin"]
    with pytest.raises(NeurosimError, match="leave a shuffle out"):
        significance_tables(first, second, {}, ShuffleOptions(9), rng, all_three)


def test_the_alpha_of_a_recording_is_that_of_the_nearest_number_of_cells(tables):
    few, many = tables.assign_attrs(n_cells=20), tables.copy(deep=True).assign_attrs(n_cells=80)
    many["alpha"][:] = 0.5
    of = {"shuffles": ("time_bin", "cell_identity"), "score": "weighted_correlation"}
    chosen = float(tables["alpha"].sel(detector="cell_identity+time_bin", bound="value").item())
    assert nearest_alpha([few, many], 30, **of) == chosen
    assert nearest_alpha([few, many], 50, **of) == 0.5
    with pytest.raises(NeurosimError, match="column_cycle"):
        nearest_alpha([few], 30, ("column_cycle",), "weighted_correlation")
