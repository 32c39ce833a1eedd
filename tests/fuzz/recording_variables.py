"""Variables and groups of a recording by what is expected of them."""

TIMES = (
    *("/behaviour/time", "/epochs/start", "/epochs/stop", "/spikes/time", "/rewards/time"),
    "/oscillations/time",
)
PHYSICAL = (
    *TIMES,
    *("/behaviour/position", "/behaviour/speed", "/behaviour/track_position"),
    *("/behaviour/head_direction", "/behaviour/eye_position", "/rewards/position"),
    *("/track/node_position", "/track/edge_length"),
    *("/oscillations/theta_phase", "/oscillations/ripple_power"),
)
TRACKED = (
    *("/behaviour/position", "/behaviour/speed", "/behaviour/track_position"),
    *("/behaviour/head_direction", "/behaviour/eye_position"),
)
FLAGS = (
    *("/behaviour/environment", "/epochs/state", "/epochs/phase", "/epochs/environment"),
    *("/epochs/inactivation", "/track/node_environment", "/rewards/environment"),
)
INDICES = ("/spikes/unit_index", "/track/edge_node", "/behaviour/edge", "/rewards/well")
NAMES = ("/units/region", "/units/hemisphere", "/units/name")
NEEDED = (
    *("/behaviour/time", "/behaviour/position", "/behaviour/speed", "/behaviour/environment"),
    *("/epochs/start", "/epochs/stop", "/epochs/state", "/epochs/phase", "/epochs/environment"),
    *("/epochs/inactivation", "/spikes/time", "/spikes/unit_index", *NAMES),
    *("/track/node_position", "/track/node_environment", "/track/edge_node"),
    *("/rewards/time", "/rewards/position", "/rewards/well", "/rewards/environment"),
    "/oscillations/time",
)
OPTIONAL = (
    *("/behaviour/track_position", "/behaviour/head_direction", "/behaviour/eye_position"),
    *("/behaviour/edge", "/behaviour/lap", "/track/well", "/track/edge_environment"),
    *("/track/edge_length", "/oscillations/theta_phase", "/oscillations/ripple_power"),
)
GROUPS = ("/behaviour", "/epochs", "/units", "/spikes")
OPTIONAL_GROUPS = ("/rewards", "/oscillations", "/truth")
WRONG_UNITS = ("ms", "cm", "pixel", "deg", "cm/s", "m/h", "samples", "seconds since 1970-01-01", "")
