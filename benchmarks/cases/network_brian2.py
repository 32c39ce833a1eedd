"""The CA3 network in Brian2: ``mode`` is ``standalone`` (C++) or ``runtime`` (its default).

Equations, constants, connections, step and delays are ours; potentials follow Brian2's
exponential Euler, and noise is its own.
"""

import _harness

EQUATIONS = """
dv/dt = (-gL*(v - EL) + gL*DT*exp((v - VT)/DT) - w - ({excitation})*nS*(v - EE)
         - (ia - ib)*nS*(v - EI))/C : volt (unless refractory)
dw/dt = (a*(v - EL) - w)/tau_w : amp
"""


def prepare(inputs):
    """Build the network; what is timed is the simulated time alone, not the code's making."""
    import json
    import tempfile
    import time

    import brian2 as b2

    constants = json.loads(str(inputs["constants"]))
    mode, duration = str(inputs["mode"]), float(inputs["duration"])
    standalone = mode == "standalone"
    begun = time.perf_counter()
    if standalone:
        folder = tempfile.mkdtemp(prefix="network_brian2_")
        b2.set_device("cpp_standalone", build_on_run=False, directory=folder)
    b2.defaultclock.dt = float(inputs["step_ms"]) * b2.ms
    b2.seed(int(inputs["seed"]))
    network, monitors = build(b2, constants, inputs)
    if standalone:
        network.run(duration * b2.second)
        b2.device.build(directory=folder, compile=True, run=False)
    else:
        network.run(1 * b2.ms)  # compiles
    made = time.perf_counter() - begun

    def work():
        if standalone:
            b2.device.run(directory=folder, with_output=False, run_args=[])
        else:
            network.run(duration * b2.second)
        return monitors, made

    return work


def build(b2, constants, inputs):
    """Populations, synapses and monitors."""
    import numpy as np

    ms, n, m = b2.ms, len(inputs["recurrent"]), len(inputs["mutual"])
    pyramidal = cells(b2, constants, "pc", n)
    basket = cells(b2, constants, "bc", m)
    source = b2.PoissonGroup(n, constants["mossy_rate_hz"] * b2.Hz)
    step = float(inputs["step_ms"])

    def synapses(pre, post, name, weights, traces, strength):
        """Connections of one kind; ``strength`` (nS) multiplies the weights."""
        first, second = traces
        rows, columns = np.nonzero(weights)
        made = b2.Synapses(
            pre,
            post,
            "weight : 1",
            on_pre=f"{first}_post += weight\n{second}_post += weight",
            delay=round(constants[f"{name}_delay_ms"] / step) * step * ms,
        )
        made.connect(i=rows, j=columns)
        made.weight = weights[rows, columns] * strength * height(constants, name)
        return made

    jump = constants["mossy_weight_ns"] * height(constants, "mossy")
    noise = b2.Synapses(source, pyramidal, on_pre=f"ma_post += {jump}\nmb_post += {jump}")
    noise.connect(j="i")
    drive = constants["drive_weight_ns"] * 8000 / n
    links = [
        synapses(pyramidal, pyramidal, "recurrent", inputs["recurrent"], ("ga", "gb"),
                 float(inputs["gain"])),
        synapses(pyramidal, basket, "drive", inputs["drive"], ("ga", "gb"), drive),
        synapses(basket, pyramidal, "inhibition", inputs["inhibition"], ("ia", "ib"),
                 constants["inhibition_weight_ns"]),
        synapses(basket, basket, "mutual", inputs["mutual"], ("ia", "ib"),
                 constants["mutual_weight_ns"]),
    ]  # fmt: skip
    monitors = b2.SpikeMonitor(pyramidal), b2.SpikeMonitor(basket)
    return b2.Network(pyramidal, basket, source, noise, *links, *monitors), monitors


def cells(b2, constants, kind, number):
    """One population of adaptive exponential units."""
    names = {"ga": "recurrent", "ia": "inhibition", "ma": "mossy"}
    if kind == "bc":
        names = {"ga": "drive", "ia": "mutual"}
    equations = EQUATIONS.format(excitation="ga - gb + ma - mb" if kind == "pc" else "ga - gb")
    for first, synapse in names.items():
        second = first[0] + "b"
        decay, rise = constants[f"{synapse}_decay_ms"], constants[f"{synapse}_rise_ms"]
        equations += f"d{first}/dt = -{first}/({decay}*ms) : 1\n"
        equations += f"d{second}/dt = -{second}/({rise}*ms) : 1\n"

    def value(name):
        return constants[f"{kind}_{name}"]

    leak = value("leak_ns") * b2.nS
    namespace = {
        "gL": leak,
        "C": value("membrane_ms") * b2.ms * leak,
        "EL": 0 * b2.mV,
        "VT": value("threshold_mv") * b2.mV,
        "DT": value("slope_mv") * b2.mV,
        "EE": value("excitatory_reversal_mv") * b2.mV,
        "EI": value("inhibitory_reversal_mv") * b2.mV,
        "a": value("subthreshold_ns") * b2.nS,
        "tau_w": value("adaptation_ms") * b2.ms,
        "reset_v": value("reset_mv") * b2.mV,
        "jump_w": value("adaptation_pa") * b2.pA,
        "spike_v": (value("threshold_mv") + 5 * value("slope_mv")) * b2.mV,
    }
    return b2.NeuronGroup(
        number,
        equations,
        threshold="v > spike_v",
        reset="v = reset_v; w += jump_w",
        refractory=value("refractory_ms") * b2.ms,
        method="exponential_euler",
        namespace=namespace,
    )


def height(constants, name):
    """What makes a double exponential peak at decay / (decay - rise) times its weight."""
    import numpy as np

    rise, decay = constants[f"{name}_rise_ms"], constants[f"{name}_decay_ms"]
    peak = decay * rise / (decay - rise) * np.log(decay / rise)
    return decay / (decay - rise) / (np.exp(-peak / decay) - np.exp(-peak / rise))


def outputs(result):
    """Spikes of both populations, and the seconds that making the code took."""
    import numpy as np

    (pyramidal, basket), made = result
    return {
        "time": np.asarray(pyramidal.t),
        "unit": np.asarray(pyramidal.i),
        "basket_time": np.asarray(basket.t),
        "basket_unit": np.asarray(basket.i),
        "made": np.array(made),
        "n_trials": np.array(1),
    }


def version():
    """Version of Brian2."""
    import brian2

    return brian2.__version__


if __name__ == "__main__":
    _harness.run(prepare, outputs, version)
