"""Which trials a network did right. Each trial is judged alone.

The published code takes the peak over a whole batch, so that one responding trial counts for all.
"""

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.psychophysics.encoding import FIXATING, population_vector
from neurosim.tasks.psychophysics.trials import Trials

FIXATES_ABOVE = 0.5
RESPONDS_ABOVE = 0.6  # peak at the last step
WITHHOLDS_BELOW = 0.15
WITHIN = 2 * np.pi / 10  # rad from the right direction


def judge(output: np.ndarray, trials: Trials) -> np.ndarray:
    """Judge each trial.

    It must fixate until the response epoch; then, if a response is due, have a peak at the last
    step and a population vector near the right direction; if none is due, have every output at
    rest near the end.

    Parameters
    ----------
    output : (trial, step, output) array
        A network's outputs, in 0 to 1.
    trials : Trials

    Returns
    -------
    (trial,) array of bool

    Raises
    ------
    NeurosimError
        If the outputs are not of the shape of the target.
    """
    if output.shape != trials.target.shape:
        raise NeurosimError(
            f"judging of trials: output: expected shape {trials.target.shape} as of the target, "
            f"found {output.shape}"
        )
    must = trials.target[..., 0] == np.float32(FIXATING)
    fixated = ((output[..., 0] > FIXATES_ABOVE) | ~must).all(axis=1)
    last = output[:, -1, 1:]
    # Where no response is due its direction is NaN and nothing is near it.
    apart = np.abs(np.angle(np.exp(1j * (population_vector(last) - trials.direction))))
    responded = (last.max(axis=1) > RESPONDS_ABOVE) & (apart < WITHIN)
    withheld = (output[:, trials.timing.withheld] < WITHHOLDS_BELOW).all(axis=(1, 2))
    return fixated & np.where(np.isnan(trials.direction), withheld, responded)
