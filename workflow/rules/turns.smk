# Turn cells of the colliculus and population turn events.


rule measure_turns:
    input:
        recording=recording_of,
    output:
        out="results/heading/turns/{subject}.nc",
    log:
        "results/logs/measure_turns/{subject}.log",
    benchmark:
        "results/benchmarks/measure_turns/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        subject="{subject}",
        seed=config["seed"],
        turn_cells=config["heading"]["turn_cells"],
        turn_events=config["heading"]["turn_events"],
        modules=modules("measure_turns"),
    message:
        "Find turn cells and population turn events of {wildcards.subject}"
    script:
        "../scripts/measure_turns.py"


rule match_planted_turns:
    input:
        recordings=of_subjects("recordings", TURN_SIMULATED),
        turns=of_subjects("heading/turns", TURN_SIMULATED),
    output:
        out="results/heading/planted_turns.nc",
    log:
        "results/logs/match_planted_turns.log",
    benchmark:
        "results/benchmarks/match_planted_turns.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        rule=turn_event_rule(),
        modules=modules("match_planted_turns"),
    message:
        "Compare turn cells with what was planted"
    script:
        "../scripts/match_planted_turns.py"


rule calibrate_turn_cells:
    output:
        out="results/heading/calibration/turn_cells.nc",
    log:
        "results/logs/calibrate_turn_cells.log",
    benchmark:
        "results/benchmarks/calibrate_turn_cells.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        arena=arena_of_calibration(),
        movement=config["simulation"]["movement"],
        colliculus_cells=config["simulation"]["colliculus_cells"],
        compass=config["simulation"]["compass"],
        turn_cells=config["heading"]["turn_cells"],
        gains_hz_per_deg_s=config["heading"]["turn_calibration"]["gains_hz_per_deg_s"],
        n_turn_cells=[
            animal["n_turn_cells"] for animal in COHORT.values() if animal["n_turn_cells"]
        ],
        modules=modules("calibrate_turn_cells"),
    message:
        "Plant turn cells of known gains in bulk"
    script:
        "../scripts/calibrate_turn_cells.py"


rule summarise_turn_cells:
    input:
        turns=of_subjects("heading/turns", TURN_SUBJECTS),
        planted="results/heading/planted_turns.nc",
        calibration="results/heading/calibration/turn_cells.nc",
        references=REFERENCES,
    output:
        out="results/heading/turn_cells.nc",
        png="results/figures/turn_cells.png",
        svg="results/figures/turn_cells.svg",
    log:
        "results/logs/summarise_turn_cells.log",
    benchmark:
        "results/benchmarks/summarise_turn_cells.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        simulated=TURN_SIMULATED,
        modules=modules("summarise_turn_cells"),
    message:
        "Summarise turn cells"
    script:
        "../scripts/summarise_turn_cells.py"


rule summarise_turn_events:
    input:
        turns=of_subjects("heading/turns", TURN_SUBJECTS),
        planted="results/heading/planted_turns.nc",
        references=REFERENCES,
    output:
        out="results/heading/turn_events.nc",
        png="results/figures/turn_events.png",
        svg="results/figures/turn_events.svg",
    log:
        "results/logs/summarise_turn_events.log",
    benchmark:
        "results/benchmarks/summarise_turn_events.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        simulated=TURN_SIMULATED,
        modules=modules("summarise_turn_events"),
    message:
        "Summarise population turn events"
    script:
        "../scripts/summarise_turn_events.py"
