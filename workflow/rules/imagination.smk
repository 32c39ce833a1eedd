# Agents that replay what happened or what could: in mazes, and in the spikes of a recording.


rule imagination:
    input:
        study_results("imagination"),


rule learn_maze:
    output:
        out="results/imagination/learning/{maze}.nc",
    log:
        "results/logs/learn_maze/{maze}.log",
    benchmark:
        "results/benchmarks/learn_maze/{maze}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=800,
    params:
        seed=config["seed"],
        maze="{maze}",
        learning=config["imagination"]["learning"],
        modules=modules("learn_maze"),
    message:
        "Let agents with each replay policy learn the maze {wildcards.maze}"
    script:
        "../scripts/learn_maze.py"


rule train_deep_agents:
    output:
        out="results/imagination/deep/{maze}.nc",
    log:
        "results/logs/train_deep_agents/{maze}.log",
    benchmark:
        "results/benchmarks/train_deep_agents/{maze}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        maze="{maze}",
        deep=config["imagination"]["deep"],
        modules=modules("train_deep_agents"),
    message:
        "Train deep Q-networks in the maze {wildcards.maze}"
    script:
        "../scripts/train_deep_agents.py"


rule replay_at_ends:
    output:
        out="results/imagination/laps.nc",
    log:
        "results/logs/replay_at_ends.log",
    benchmark:
        "results/benchmarks/replay_at_ends.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=800,
    params:
        seed=config["seed"],
        laps=config["imagination"]["laps"],
        modules=modules("replay_at_ends"),
    message:
        "List what agents replay before laps and after reward"
    script:
        "../scripts/replay_at_ends.py"


rule meet_shortcut:
    output:
        out="results/imagination/shortcut.nc",
    log:
        "results/logs/meet_shortcut.log",
    benchmark:
        "results/benchmarks/meet_shortcut.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=800,
    params:
        seed=config["seed"],
        shortcut=config["imagination"]["shortcut"],
        modules=modules("meet_shortcut"),
    message:
        "Open a wall"
    script:
        "../scripts/meet_shortcut.py"


rule fill_slow_store:
    output:
        out="results/imagination/nights/{maze}.nc",
    log:
        "results/logs/fill_slow_store/{maze}.log",
    benchmark:
        "results/benchmarks/fill_slow_store/{maze}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=800,
    params:
        seed=config["seed"],
        maze="{maze}",
        nights=config["imagination"]["nights"],
        modules=modules("fill_slow_store"),
    message:
        "Replay at night into a slow learner, {wildcards.maze}"
    script:
        "../scripts/fill_slow_store.py"


rule simulate_scrambled_rest:
    output:
        out="results/imagination/scrambled/{learner}.nc",
    log:
        "results/logs/simulate_scrambled_rest/{learner}.log",
    benchmark:
        "results/benchmarks/simulate_scrambled_rest/{learner}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        learner="{learner}",
        scrambled=config["imagination"]["scrambled"],
        modules=modules("simulate_scrambled_rest"),
    message:
        "Simulate brains that replay a scrambled experience as {wildcards.learner}"
    script:
        "../scripts/simulate_scrambled_rest.py"


rule count_false_sequences:
    output:
        out="results/imagination/false_sequences/{background}.nc",
    log:
        "results/logs/count_false_sequences/{background}.log",
    benchmark:
        "results/benchmarks/count_false_sequences/{background}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
    params:
        seed=config["seed"],
        background="{background}",
        calibration=config["imagination"]["sequence_calibration"],
        modules=modules("count_false_sequences"),
    message:
        "Count false sequences: {wildcards.background}"
    script:
        "../scripts/count_false_sequences.py"


rule measure_sequence_power:
    output:
        out="results/imagination/sequence_power.nc",
    log:
        "results/logs/measure_sequence_power.log",
    benchmark:
        "results/benchmarks/measure_sequence_power.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
    params:
        seed=config["seed"],
        calibration=config["imagination"]["sequence_calibration"],
        modules=modules("measure_sequence_power"),
    message:
        "Measure the power to find planted sequences"
    script:
        "../scripts/measure_sequence_power.py"


rule measure_track_sequenceness:
    input:
        recording=recording_of,
        maps="results/replay/maps/{subject}.nc",
    output:
        out="results/imagination/tracks/{subject}.nc",
    log:
        "results/logs/measure_track_sequenceness/{subject}.log",
    benchmark:
        "results/benchmarks/measure_track_sequenceness/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        environment=LINEAR,
        track=config["imagination"]["track_sequences"],
        modules=modules("measure_track_sequenceness"),
    message:
        "Measure sequenceness along the track in {wildcards.subject}"
    script:
        "../scripts/measure_track_sequenceness.py"


rule plant_replays:
    input:
        laps="results/imagination/laps.nc",
    output:
        out="results/imagination/loop/recordings/{loop}.nc",
    log:
        "results/logs/plant_replays/{loop}.log",
    benchmark:
        "results/benchmarks/plant_replays/{loop}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        seed=config["seed"],
        condition="{loop}",
        simulation=simulation_of_loop(),
        loop=config["imagination"]["loop"],
        modules=modules("plant_replays"),
    message:
        "Plant what agents replay in a recording: {wildcards.loop}"
    script:
        "../scripts/plant_replays.py"


rule read_back_replays:
    input:
        recording="results/imagination/loop/recordings/{loop}.nc",
        table=nearest_table(),
    output:
        out="results/imagination/loop/events/{loop}.nc",
    log:
        "results/logs/read_back_replays/{loop}.log",
    benchmark:
        "results/benchmarks/read_back_replays/{loop}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        name="agent-{loop}",
        seed=config["seed"],
        decoding=decoding_of_networks() | {"candidates": config["replay"]["candidates"]},
        modules=modules("read_back_replays"),
    message:
        "Read back what agents replay, blind: {wildcards.loop}"
    script:
        "../scripts/read_back_replays.py"


rule summarise_imagination:
    input:
        learning=expand(
            "results/imagination/learning/{maze}.nc",
            maze=config["imagination"]["learning"]["mazes"],
        ),
        deep=expand(
            "results/imagination/deep/{maze}.nc", maze=config["imagination"]["deep"]["mazes"]
        ),
        laps="results/imagination/laps.nc",
        shortcut="results/imagination/shortcut.nc",
        nights=expand(
            "results/imagination/nights/{maze}.nc", maze=config["imagination"]["nights"]["mazes"]
        ),
        scrambled=expand("results/imagination/scrambled/{learner}.nc", learner=LEARNERS),
        false_sequences=expand(
            "results/imagination/false_sequences/{background}.nc",
            background=config["imagination"]["sequence_calibration"]["backgrounds"],
        ),
        power="results/imagination/sequence_power.nc",
        tracks=of_subjects("imagination/tracks", SIMULATED),
        loop=expand(
            "results/imagination/loop/events/{loop}.nc",
            loop=config["imagination"]["loop"]["conditions"],
        ),
        references=REFERENCES,
    output:
        out=expand("results/imagination/{question}.nc", question=AGENT_QUESTIONS),
        png=expand("results/figures/{question}.png", question=AGENT_QUESTIONS),
        svg=expand("results/figures/{question}.svg", question=AGENT_QUESTIONS),
    log:
        "results/logs/summarise_imagination.log",
    benchmark:
        "results/benchmarks/summarise_imagination.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        modules=modules("summarise_imagination"),
    message:
        "Compare what agents replay"
    script:
        "../scripts/summarise_imagination.py"
