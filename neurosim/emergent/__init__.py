"""Networks whose replay nobody planted.

An animal runs laps; CA3 and CA1 cells fire as place cells do, and the recurrent synapses of CA3
and those from CA3 to CA1 learn from these spikes. Offline CA3 runs on noise alone, and CA1 reads
it out. The recording has no events in its truth: whatever is said of them is decoded.
"""

from neurosim.emergent.design import Design, NetworkParameters
from neurosim.emergent.laps import Laps, run_laps
from neurosim.emergent.offline import Learned, controlled, gains_of, learn_from_laps, run_offline
from neurosim.emergent.recording import simulate_network_recording

__all__ = [
    "Design",
    "Laps",
    "Learned",
    "NetworkParameters",
    "controlled",
    "gains_of",
    "learn_from_laps",
    "run_laps",
    "run_offline",
    "simulate_network_recording",
]
