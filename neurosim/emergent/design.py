"""Which network, how large, and what it depends on."""

from collections.abc import Mapping
from dataclasses import dataclass

from neurosim import NeurosimError
from neurosim.cells.irregular import Spiking
from neurosim.cells.place import PlaceCellParameters
from neurosim.cells.theta import ThetaParameters
from neurosim.errors import choices
from neurosim.network.learning import RULES
from neurosim.network.neuromodulation import STATES
from neurosim.network.occupancy import GainSearch
from neurosim.world.movement import Movement
from neurosim.world.track import TrackEnvironment, make_environment

CONTROLS = ("none", "shuffled_weights", "no_learning", "no_adaptation", "short_term_depression")


@dataclass(frozen=True)
class Design:
    """What network, and what is taken from it.

    Attributes
    ----------
    track : str
        Name of a track.
    rule : str
        ``symmetric`` or ``asymmetric``.
    control : str
        One of `CONTROLS`. Controls keep the gain of the whole network, but for
        ``short_term_depression``, which stands in for adaptation and has a gain of its own.
    is_rewarded : bool
        Whether plasticity is raised at the end of the track at position zero.
    own_gain : bool
        Whether the gain is set in every state on its own; else in NREM.
    """

    track: str
    rule: str
    control: str = "none"
    is_rewarded: bool = False
    own_gain: bool = False

    def __post_init__(self) -> None:
        for name, allowed in (("rule", RULES), ("control", CONTROLS)):
            if getattr(self, name) not in allowed:
                raise NeurosimError(
                    f"emergent.designs: {name}: expected one of {choices(allowed)}, "
                    f"found {getattr(self, name)!r}"
                )


@dataclass(frozen=True)
class NetworkParameters:
    """Everything that the recording of a network depends on, beside constants and seed.

    Attributes
    ----------
    design : Design
    track : TrackEnvironment
        With the time of laps on it.
    n_pyramidal : int
    duration : Mapping of state to float
        s of rest, NREM and REM.
    trial_s : float
        Each state runs in stretches of this duration, side by side.
    search : GainSearch
    movement : Movement
    place : PlaceCellParameters
        Of CA1; CA3 differs in what the constants say.
    theta : ThetaParameters
    spiking : Spiking
    """

    design: Design
    track: TrackEnvironment
    n_pyramidal: int
    duration: Mapping[str, float]
    trial_s: float
    search: GainSearch
    movement: Movement
    place: PlaceCellParameters
    theta: ThetaParameters
    spiking: Spiking

    @classmethod
    def from_mapping(cls, values: Mapping) -> "NetworkParameters":
        """Build the parameters from nested mappings (see `emergent` in the configuration)."""
        place = dict(values["place_cells"])
        theta, spiking = place.pop("theta"), place.pop("spiking")
        design = Design(**values["design"])
        track = dict(values["track"]) | {"duration_s": values["laps_s"]}
        duration = {state: float(values[f"{state}_s"]) for state in STATES}
        for state, seconds in duration.items():
            if round(seconds / values["trial_s"]) < 1:
                raise NeurosimError(
                    f"emergent.{state}_s: expected at least emergent.trial_s "
                    f"({values['trial_s']} s), found {seconds}"
                )
        return cls(
            design,
            make_environment(design.track, track),
            values["n_pyramidal"],
            duration,
            values["trial_s"],
            GainSearch(**values["gain"]),
            Movement.from_mapping(values["movement"]),
            PlaceCellParameters(**place),
            ThetaParameters(**theta),
            Spiking(**spiking),
        )

    def n_trials(self, state: str) -> int:
        """Number of stretches of a state."""
        return round(self.duration[state] / self.trial_s)
