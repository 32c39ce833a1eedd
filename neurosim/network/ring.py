r"""A ring attractor for heading: a packet of activity that velocity moves around a circle.

Threshold-linear units with cosine weights hold a packet at any angle (Ben-Yishai, Bar-Or &
Sompolinsky 1995, 10.1073/pnas.92.9.3844; Skaggs et al. 1995). A second set of weights, the
derivative of the first, shifts it when a velocity signal switches it on (Zhang 1996,
10.1523/JNEUROSCI.16-06-02112.1996):

.. math:: \tau \dot u_i = -u_i + I + \sum_j (W_{ij} + \tau v\, W'_{ij}) [u_j]_+

With :math:`W'` the derivative of :math:`W` with respect to the angle of the target, a packet
:math:`U(\varphi - \theta)` that is at rest without velocity moves with
:math:`\dot\theta = v` and keeps its shape, at any speed: the ring is an integrator.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

ROUNDING = 0.1  # of the threshold, against a packet that is about 0.27 high; a sharp one pins it
CONSTANT_INPUT = 0.3


@dataclass(frozen=True)
class Ring:
    """Threshold-linear units around a circle.

    Attributes
    ----------
    n_units : int
    packet_width : float
        Full width of the packet at half of its height, rad.
    time_constant : float
        Of the units, s.
    """

    n_units: int
    packet_width: float
    time_constant: float

    @cached_property
    def preferred(self) -> np.ndarray:
        """Preferred heading of the units (unit,), rad."""
        return np.arange(self.n_units) * (2 * np.pi / self.n_units)

    @cached_property
    def _cut(self) -> float:
        """Threshold of a packet [cos(x) - cut]+: half of its height is at cos(width / 2)."""
        return float(2 * np.cos(self.packet_width / 2) - 1)

    @cached_property
    def _modes(self) -> np.ndarray:
        """Constant, cosine and sine of the units' angles (3, unit)."""
        angle = self.preferred
        return np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)])

    @cached_property
    def _means(self) -> np.ndarray:
        """Weights (unit, 3) of the moments of the rates."""
        return np.ascontiguousarray(self._modes.T / self.n_units)

    @cached_property
    def _weights(self) -> tuple[float, float]:
        """Inhibition and excitation under which a packet of the width holds itself."""
        mean, cosine, _ = rate(np.cos(self.preferred) - self._cut) @ self._means
        return -(CONSTANT_INPUT + self._cut) / mean, 1.0 / cosine

    def packet(self, heading: np.ndarray) -> np.ndarray:
        """Membrane of the units (ring, unit) with the packet at rest at headings (ring,), rad."""
        return np.cos(self.preferred - np.asarray(heading)[:, None]) - self._cut

    def moments(self, membrane: np.ndarray) -> np.ndarray:
        """Mean of the rates and their products with cosine and sine of the angle (ring, 3)."""
        return rate(membrane) @ self._means

    def drive(self, moments: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        """Input to the units (ring, unit): constant, recurrent, and shifted by velocity.

        Parameters
        ----------
        moments : array (ring, 3)
        velocity : array (ring,)
            rad s-1.
        """
        inhibition, excitation = self._weights
        mean, cosine, sine = moments.T
        amplitudes = moments * excitation
        shift = (excitation * self.time_constant) * velocity
        amplitudes[:, 0] = CONSTANT_INPUT + inhibition * mean
        amplitudes[:, 1] -= shift * sine
        amplitudes[:, 2] += shift * cosine
        return amplitudes @ self._modes

    def step(self, membrane: np.ndarray, moments: np.ndarray, velocity: np.ndarray, dt: float):
        """Advance the membranes (ring, unit) in place by a step of dt s."""
        part = dt / self.time_constant
        membrane *= 1 - part
        drive = self.drive(moments, velocity)
        drive *= part
        membrane += drive


def rate(membrane: np.ndarray) -> np.ndarray:
    """Rate of units: threshold-linear with a rounded corner."""
    root = membrane * membrane
    root += ROUNDING**2
    np.sqrt(root, out=root)
    root += membrane
    root *= 0.5
    return root


def heading_of(moments: np.ndarray) -> np.ndarray:
    """Angle of the packet (ring,), rad: the direction of the population vector."""
    return np.arctan2(moments[:, 2], moments[:, 1])
