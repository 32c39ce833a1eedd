"""Constants of the inner compass: the ring, its input, the head, and the senses."""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.network.ring import Ring
from neurosim.world.plant import Plant


@dataclass(frozen=True)
class CompassParameters:
    """Constants of the ring, its input and its feedback.

    Attributes
    ----------
    n_units : int
        Units of the ring.
    packet_width_deg : float
        Full width of the packet at half of its height.
    unit_time_constant_s : float
        Time constant of the units.
    step_s : float
        Of the simulation.
    transmission_delay_s, synapse_s : float
        Delay, and time constant, from spikes of the colliculi to the ring's input.
    plant_delay_s, plant_time_constant_s : float
        From the command to the head's movement; see `neurosim.world.plant.Plant`.
    vestibular_delay_s, vestibular_noise_deg_s : float
        Delay and noise (SD; correlated over 0.1 s) of the sensed angular velocity.
    vestibular_gain : float
        Part of the prediction error that corrects the ring.
    visual_delay_s : float
        Delay of the seen heading.
    visual_gain_hz : float
        Rate at which vision corrects the ring.
    learning_rate_hz : float
        Rate at which the gains adapt under errors and predictions of 1 rad/s.
    awake_noise_deg_s, rem_noise_deg_s, nrem_noise_deg_s : float
        SD of the ring's own angular velocity, without any input, by state.
    noise_time_constant_s : float
        Its time constant.
    """

    n_units: int
    packet_width_deg: float
    unit_time_constant_s: float
    step_s: float
    transmission_delay_s: float
    synapse_s: float
    plant_delay_s: float
    plant_time_constant_s: float
    vestibular_delay_s: float
    vestibular_noise_deg_s: float
    vestibular_gain: float
    visual_delay_s: float
    visual_gain_hz: float
    learning_rate_hz: float
    awake_noise_deg_s: float
    rem_noise_deg_s: float
    nrem_noise_deg_s: float
    noise_time_constant_s: float

    def __post_init__(self) -> None:
        """Refuse a sense that is faster than the efference copy: nothing could be predicted.

        Raises
        ------
        NeurosimError
        """
        if self.prediction_delay_s < -1e-12:
            raise NeurosimError(
                "compass.transmission_delay_s: expected, with synapse_s, at most plant_delay_s + "
                f"vestibular_delay_s ({self.plant_delay_s + self.vestibular_delay_s:g} s), found "
                f"{self.transmission_delay_s + self.synapse_s:g} s; the prediction comes too late"
            )
        if not 2 * self.step_s <= self.unit_time_constant_s:
            raise NeurosimError(
                f"compass.step_s: expected at most half of unit_time_constant_s "
                f"{self.unit_time_constant_s}, found {self.step_s}"
            )

    @property
    def plant(self) -> Plant:
        """The head."""
        return Plant(self.plant_delay_s, self.plant_time_constant_s)

    @property
    def ring(self) -> Ring:
        """The ring."""
        return Ring(self.n_units, np.deg2rad(self.packet_width_deg), self.unit_time_constant_s)

    @property
    def prediction_delay_s(self) -> float:
        """By how much the sensed turn comes after the efference copy, beside the plant's lag."""
        sensed = self.plant_delay_s + self.vestibular_delay_s
        return sensed - self.transmission_delay_s - self.synapse_s

    @property
    def lead_s(self) -> float:
        """By how much the efference copy leads the head: nothing else sets the anticipation."""
        head = self.plant_delay_s + self.plant_time_constant_s
        return head - self.transmission_delay_s - self.synapse_s

    def noise_deg_s(self, state: str) -> float:
        """SD of the ring's own angular velocity in a state."""
        return {"rem": self.rem_noise_deg_s, "nrem": self.nrem_noise_deg_s}.get(
            state, self.awake_noise_deg_s
        )
