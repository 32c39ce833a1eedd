"""The benchmarks at small scale: they run, agree with their oracles, and write their tables."""

import csv
import sys

import numpy as np
import pytest

from benchmarks import day, peers, run, scaling, session
from benchmarks.workloads import WORKLOADS, Agreement
from benchmarks.workloads import decode as decode_workload
from benchmarks.workloads import shuffles as shuffle_workload
from benchmarks.workloads import simulate as simulate_workload
from neurosim.files import flag_names, load_groups


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> list[str]:
    root = tmp_path_factory.mktemp("benchmarks")
    return ["--out", str(root / "tables"), "--work", str(root / "work")]


@pytest.fixture(scope="module")
def rows(folders) -> list[dict]:
    return run.main(["--scale", "small", *folders])


def test_every_workload_runs_and_agrees_with_its_oracle(rows):
    assert [row["workload"] for row in rows] == list(WORKLOADS)
    assert {row["tool"] for row in rows} == {"neurosim"}
    assert all(row["agreement"].startswith("agrees") for row in rows), rows
    assert all(float(row["seconds"]) > 0 and float(row["peak_mib"]) > 1 for row in rows)


def test_the_tables_are_written(rows, folders):
    with open(f"{folders[1]}/benchmarks.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == run.COLUMNS
    assert [row["seconds"] for row in table] == [row["seconds"] for row in rows]
    with open(f"{folders[1]}/benchmarks_machine.csv", newline="") as file:
        facts = {row["fact"]: row["value"] for row in csv.DictReader(file)}
    assert facts["numpy"] == np.__version__
    assert int(facts["cores"]) >= 1


def test_what_was_measured_is_not_measured_again_and_other_rows_stay(rows, folders, capsys):
    again = run.main(["--scale", "small", "--only", "decode", *folders])
    assert "decode: neurosim" not in capsys.readouterr().out
    assert again[0]["seconds"] == rows[1]["seconds"]
    with open(f"{folders[1]}/benchmarks.csv", newline="") as file:
        assert [row["workload"] for row in csv.DictReader(file)] == list(WORKLOADS)


def test_a_peer_without_environment_is_a_row_with_a_note(folders, monkeypatch, tmp_path):
    monkeypatch.setattr(peers, "ENVIRONMENTS", tmp_path)
    arguments = ["--scale", "small", "--only", "decode", "--tools", "nelpy", *folders]
    _, missing = run.main(arguments)
    assert missing["tool"] == "nelpy"
    assert "not built" in missing["note"]
    assert missing["seconds"] == missing["agreement"] == ""


def test_memory_that_is_asked_for_is_in_the_note(monkeypatch, tmp_path, rng):
    def measured(_, peer, *__):
        scale = 1 if peer.tool == peers.OURS else 30
        n = 100
        outputs = {"posterior": np.full((n, 60), 1 / 60), "heading": np.zeros(n)}
        return run.Measured(0.1 * scale, 40.0 * scale, "1", "median of 3", outputs, 0.1 * scale)

    monkeypatch.setattr(run, "measure", measured)
    options = {"build": False, "again": False, "environment": {}}
    rows = run.run_workload(WORKLOADS["heading"], "small", tmp_path, None, options)
    assert rows[1]["ratio"] == "30.0"
    assert rows[1]["note"] == "median of 3; peak memory x 30.0, asked for 10"


def test_every_peer_has_pins_and_a_case():
    for workload in WORKLOADS.values():
        for tool in (peers.OURS, *(peer.tool for peer in workload.peers)):
            assert (run.CASES / f"{workload.name}_{tool}.py").exists()
        for peer in workload.peers:
            pins = (peers.PINS / f"{peer.tool}.txt").read_text().splitlines()
            assert all("==" in pin or pin.startswith("#") for pin in pins)


def test_other_work_is_called_different(rng):
    """An agreement that nothing could break would say nothing."""
    sizes = WORKLOADS["decode"].sizes["small"]
    given = decode_workload.inputs(sizes, rng)
    posterior = np.full((300, 50), 0.02)
    wrong = {"posterior": posterior}
    assert not decode_workload.check_oracle(given, wrong).same
    assert not decode_workload.check_peer(given, wrong, {"posterior": posterior + 1e-3}).same
    undecided = {"posterior": np.full((300, 50), np.nan)}
    undecided["posterior"][:2] = posterior[:2]
    assert not decode_workload.check_peer(given, wrong, undecided).same

    given = simulate_workload.inputs(WORKLOADS["simulate"].sizes["small"], rng)
    assert not simulate_workload.check_counts(given, {"n_spikes": np.full(20, 3)}).same

    ours = {"score": np.full(5, 0.5), "p_value": np.full(5, 0.02), "n_shuffles": 1000}
    given = {"n_shuffles": np.array(1000)}
    assert shuffle_workload.check_peer(given, ours, ours).same
    theirs = ours | {"p_value": np.full(5, 0.5)}
    assert not shuffle_workload.check_peer(given, ours, theirs).same
    assert str(Agreement(False, "x")) == "differs: x"


def test_scaling_decodes_all_bins_and_writes_its_table(folders):
    rows = scaling.main(["--scale", "small", *folders])
    with open(f"{folders[1]}/scaling.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == scaling.COLUMNS
    assert len(table) == len(rows) == 2 * len(scaling.DECODERS)
    assert {row["decoder"] for row in table} == set(scaling.DECODERS)
    assert np.isfinite([float(row["exponent"]) for row in table]).all()


def test_a_session_of_three_regions_is_as_long_as_asked_for(folders):
    row = session.main(["--scale", "small", *folders])
    assert float(row["hours"]) == pytest.approx(600 / 3600, rel=0.01)
    assert int(row["spikes"]) > 10_000
    with open(f"{folders[1]}/session.csv", newline="") as file:
        assert next(csv.DictReader(file))["spikes"] == str(row["spikes"])


def test_the_network_runs_and_is_measured_at_small_scale(tmp_path):
    from benchmarks import network

    rows = network.main(
        ["--scale", "small", "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
    )

    assert [row["mode"] for row in rows] == [
        "16 trials side by side",
        "1 trial",
        "16 trials, fine",
    ]
    assert all(float(row["rate_hz"]) > 0 for row in rows)
    assert (tmp_path / "out" / "ca3_speed.csv").exists()


def test_chain_models_are_measured_beside_a_plain_transformer(tmp_path):
    from benchmarks import chains

    rows = chains.main(["--scale", "small", "--out", str(tmp_path)])

    assert [row["tool"] for row in rows] == ["neurosim", "plain nn.Transformer"] * 2
    assert all(float(row["tokens_per_s"]) > 0 for row in rows)
    assert (tmp_path / "chain_speed.csv").exists()


def test_every_form_of_sequenceness_is_measured_beside_plain_regressions(tmp_path):
    from benchmarks import sequenceness

    rows = sequenceness.main(["--scale", "small", "--out", str(tmp_path)])

    assert [row["tool"] for row in rows] == ["neurosim"] * (len(rows) - 1) + ["plain regression"]
    assert all(float(row["seconds"]) >= 0 for row in rows)
    assert (tmp_path / "sequenceness_speed.csv").exists()


def test_the_memory_agent_is_timed_beside_an_lstm(tmp_path):
    from benchmarks import memory

    rows = memory.main(["--scale", "small", "--out", str(tmp_path)])

    skills = [row for row in rows if row["bits"]]
    assert [row["network"] for row in skills] == ["memory", "lstm"] * (len(skills) // 2)
    assert {row["what"] for row in skills} >= set(memory.BARS)
    assert all(float(row["seconds"]) > 0 for row in rows)
    assert (tmp_path / "memory_speed.csv").exists()


def test_the_sensorimotor_network_is_timed_beside_torchs_gru(tmp_path):
    from benchmarks import instruction

    rows = instruction.main(["--scale", "small", "--out", str(tmp_path)])
    *steps, paper = rows
    assert [row["what"] for row in steps] == ["step", "step of nn.GRU", "trials"]
    assert (paper["units"], paper["steps"]) == (256, 150)
    assert all(float(row["milliseconds"]) > 0 for row in rows)
    assert (tmp_path / "instruction_speed.csv").exists()


def test_a_longer_day_repeats_rest_and_sleep_and_keeps_the_run(recording_path):
    names = ("epochs", "spikes", "behaviour", "units")
    session = load_groups(recording_path, list(names))
    epochs = session["epochs"]
    end = float(epochs["stop"][-1])
    runs = flag_names(epochs["state"]) == "run"
    asleep = float(epochs["stop"].values[runs][-1])
    arrays = day.repeated(session, end + 1.5 * (end - asleep))
    start, stop = arrays["epoch_start_s"], arrays["epoch_stop_s"]
    assert stop[-1] == pytest.approx(end + 2 * (end - asleep))  # whole repeats alone
    np.testing.assert_allclose(start[1:], stop[:-1])
    assert np.sum(arrays["epoch_state"] == "run") == np.sum(runs)
    assert (np.diff(arrays["spike_time_s"]) >= 0).all()
    spikes = session["spikes"]["time"].values
    n_later = int(np.sum(spikes >= asleep))
    assert arrays["spike_time_s"].size == spikes.size + 2 * n_later
    last = arrays["spike_time_s"][-n_later:] - 2 * (end - asleep)
    np.testing.assert_allclose(last, spikes[-n_later:])
    assert {array.size for name, array in arrays.items() if name[:5] == "epoch"} == {start.size}


def test_a_command_is_measured_and_an_interrupt_is_timed(tmp_path):
    code = "import numpy, time; x = numpy.ones(10**7); time.sleep({})"
    python = [sys.executable, "-c"]
    seconds, peak = day.measured([*python, code.format(0.1)], tmp_path, tmp_path / "log")
    assert seconds > 0.1
    assert peak > 80  # MiB: ten million numbers, and Python
    stopping, peak = day.interrupted([*python, code.format(60)], tmp_path, tmp_path / "log", 1.5)
    assert stopping < 30
    assert peak > 80
    with pytest.raises(SystemExit, match="failed"):
        day.measured([*python, "raise SystemExit('broken')"], tmp_path, tmp_path / "log")
