"""Paths that the published models make, and whether the models know their own."""

import numpy as np
import pytest
from test_population import LENGTH, PARAMETERS

from neurosim.calibration.model_recovery import draw_model_paths, recovered_shares
from neurosim.calibration.population import PATH_STEP, draw_population
from neurosim.decode.published import models
from neurosim.decode.published.models import MODELS, ModelPriors

DURATION = np.full(400, 0.1)


def sure(momentum: tuple[int, int] = (3, 2), diffusion: int = 4, gaussian: int = 4) -> ModelPriors:
    """Priors with all weight on one point of each grid."""
    grids = np.zeros((models.MOMENTUM_SD.size, models.DECAY.size)), np.zeros(10), np.zeros(10)
    for grid, point in zip(grids, (momentum, diffusion, gaussian), strict=True):
        grid[point] = 1.0
    with np.errstate(divide="ignore"):
        return ModelPriors(*map(np.log, grids))


def paths_of(model: str, rng: np.random.Generator, length: float = 1000.0, **points) -> np.ndarray:
    """Places (event, step), m, on a track that is hardly ever left."""
    paths = draw_model_paths(model, DURATION, length, 3.0, sure(**points), rng)
    return paths.position.reshape(DURATION.size, -1)


@pytest.mark.parametrize("model", MODELS)
def test_paths_stay_on_the_track_and_have_their_durations(model, rng):
    duration = rng.integers(20, 120, 60) * PATH_STEP
    paths = draw_model_paths(model, duration, LENGTH, 3.0, sure((5, 0), 9, 9), rng)
    np.testing.assert_array_equal(paths.duration, duration)
    np.testing.assert_array_equal(
        np.diff(np.append(paths.first, paths.position.size)), np.rint(duration / PATH_STEP)
    )
    assert np.all((paths.position >= 0) & (paths.position <= LENGTH))


def test_diffusion_has_the_variance_of_its_parameter(rng):
    moved = np.diff(paths_of("diffusion", rng), axis=1)
    expected = models.DIFFUSION_SD[4] * np.sqrt(PATH_STEP)
    assert moved.std() == pytest.approx(expected, rel=0.03)
    assert np.corrcoef(moved[:, 1:].ravel(), moved[:, :-1].ravel())[0, 1] == pytest.approx(
        0, abs=0.03
    )


def test_momentum_keeps_what_does_not_decay_and_adds_its_noise(rng):
    moved = np.diff(paths_of("momentum", rng), axis=1)
    assert moved[:, 0].std() == pytest.approx(np.sqrt(PATH_STEP), rel=0.12)
    carry = 1 - models.DECAY[2] * PATH_STEP
    noise = moved[:, 1:] - carry * moved[:, :-1]
    expected = models.MOMENTUM_SD[3] * PATH_STEP**1.5
    assert noise.std() == pytest.approx(expected, rel=0.03)
    assert np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1] == pytest.approx(
        0, abs=0.03
    )


def test_gaussian_paths_lie_about_their_place_and_others_anywhere(rng):
    gaussian, anywhere = (paths_of(model, rng) for model in ("gaussian", "random"))
    assert gaussian.std(axis=1).mean() == pytest.approx(models.GAUSSIAN_SD[4], rel=0.03)
    assert anywhere.std() == pytest.approx(1000 / np.sqrt(12), rel=0.03)
    assert np.ptp(paths_of("stationary", rng), axis=1).max() == 0


def test_models_know_most_of_the_events_that_they_made(rng):
    population = draw_population(PARAMETERS, np.random.default_rng(8))
    duration = np.full((5, 15), 0.15)
    share = recovered_shares(population, duration, 5.0, sure(), rng)
    np.testing.assert_allclose(share.sum(axis=1), 1)
    assert np.all(share.argmax(axis=1) == np.arange(5))
