"""A mixed model of blocks within animals: described, not relied on where animals are few."""

import warnings
from dataclasses import dataclass

import numpy as np

from neurosim.stats.intervals import LEVEL, Estimate
from neurosim.stats.permutation import Blocks

METHODS = ("lbfgs", "powell")  # the next where one fails
FEW_ANIMALS = 10  # below, Wald intervals of an effect are too narrow


@dataclass(frozen=True)
class MixedModel:
    """Value of a block = intercept + effect of its condition + intercept of its animal + noise.

    Attributes
    ----------
    effect : Estimate
        With the Wald interval; `n` counts blocks. NaN where the model could not be fitted.
    animal_sd, residual_sd : float
        Between animals, between blocks of an animal.
    n_animals : int
    problems : tuple of str
        What went wrong in the fit, in words; empty where nothing did.
    """

    effect: Estimate
    animal_sd: float
    residual_sd: float
    n_animals: int
    problems: tuple[str, ...]

    def describe(self) -> str:
        """Word the model with all that speaks against it."""
        words = (
            f"mixed model: value ~ condition + random intercept of {self.n_animals} animals "
            f"(SD {self.animal_sd:.3g} between animals, {self.residual_sd:.3g} between blocks), "
            "Wald interval"
        )
        if self.n_animals < FEW_ANIMALS:
            words += f"; {self.n_animals} animals are few, the interval is too narrow"
        return "; ".join([words, *(f"fit: {problem}" for problem in self.problems)])


def fit_mixed_model(blocks: Blocks) -> MixedModel:
    """Fit a random-intercept model of the blocks by restricted maximum likelihood.

    Blocks count alike, whatever their weight: the model has no place for it.

    Parameters
    ----------
    blocks : Blocks

    Returns
    -------
    MixedModel
        A fit that failed says so in `problems`; it raises nothing.
    """
    from statsmodels.regression.mixed_linear_model import MixedLM  # two seconds

    n_animals = len(blocks.animals)
    nothing = Estimate(np.nan, np.nan, np.nan, blocks.value.size)
    if n_animals < 2:
        problem = f"expected at least 2 animals, found {n_animals}"
        return MixedModel(nothing, np.nan, np.nan, n_animals, (problem,))
    design = np.column_stack([np.ones(blocks.value.size), blocks.treated.astype(float)])
    scale = float(blocks.value.std()) or 1.0  # the optimiser stops at absolute tolerances
    problems: dict[str, None] = {}  # in order, once each
    for method in METHODS:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                model = MixedLM(blocks.value / scale, design, groups=blocks.animal)
                fitted = model.fit(reml=True, method=method)
                low, high = fitted.conf_int(1 - LEVEL)[1]
                animal_variance = max(float(np.asarray(fitted.cov_re)[0, 0]), 0.0)
            except (np.linalg.LinAlgError, ValueError) as error:
                problems[f"{method} failed ({error})"] = None
                continue
        if any("boundary" in str(warning.message) for warning in caught):
            problems["the variance between animals is at its bound, 0"] = None
        if fitted.converged and np.isfinite([low, high]).all():
            return MixedModel(
                effect=Estimate(
                    *(scale * np.array([fitted.fe_params[1], low, high])).tolist(),
                    blocks.value.size,
                ),
                animal_sd=scale * animal_variance**0.5,
                residual_sd=scale * float(fitted.scale) ** 0.5,
                n_animals=n_animals,
                problems=tuple(problems),
            )
        problems[f"{method} did not converge"] = None
    return MixedModel(nothing, np.nan, np.nan, n_animals, tuple(problems))
