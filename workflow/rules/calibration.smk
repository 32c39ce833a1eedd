# Calibration: events planted in bulk, decoded with fields estimated from laps.


rule calibrate_kinematics:
    output:
        out="results/replay/calibration/kinematics/{table}.nc",
    log:
        "results/logs/calibrate_kinematics/{table}.log",
    benchmark:
        "results/benchmarks/calibrate_kinematics/{table}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2500,
    params:
        seed=config["seed"],
        table="{table}",
        population=lambda wildcards: population_of(kinematics_table(wildcards.table)),
        events=lambda wildcards: planted_events_of(kinematics_table(wildcards.table)),
        modules=modules("calibrate_kinematics"),
    message:
        "Read planted speeds with every estimator: {wildcards.table}"
    script:
        "../scripts/calibrate_kinematics.py"


rule summarise_estimators:
    input:
        tables=expand(
            "results/replay/calibration/kinematics/{table}.nc",
            table=config["replay"]["calibration"]["kinematics"]["tables"],
        ),
    output:
        out="results/replay/estimators.nc",
        png="results/figures/estimators.png",
        svg="results/figures/estimators.svg",
    log:
        "results/logs/summarise_estimators.log",
    benchmark:
        "results/benchmarks/summarise_estimators.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        described=config["replay"]["calibration"]["kinematics"]["tables"],
        min_probability=config["replay"]["trajectories"]["min_map_probability"],
        modules=modules("summarise_estimators"),
    message:
        "Summarise bias, intervals and direction of the estimators"
    script:
        "../scripts/summarise_estimators.py"


rule replicate_papers:
    output:
        out="results/replay/calibration/papers.nc",
    log:
        "results/logs/replicate_papers.log",
    benchmark:
        "results/benchmarks/replicate_papers.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2500,
    params:
        seed=config["seed"],
        population=population_of(config["replay"]["calibration"]["papers"]),
        events=paper_events(),
        modules=modules("replicate_papers"),
    message:
        "Read the same planted events with published estimators"
    script:
        "../scripts/replicate_papers.py"


rule summarise_literature:
    input:
        papers="results/replay/calibration/papers.nc",
        compression="results/replay/compression.nc",
        references=REFERENCES,
    output:
        out="results/replay/literature.nc",
        png="results/figures/literature.png",
        svg="results/figures/literature.svg",
    log:
        "results/logs/summarise_literature.log",
    benchmark:
        "results/benchmarks/summarise_literature.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        simulated=SIMULATED,
        modules=modules("summarise_literature"),
    message:
        "Put published numbers beside ours and what was planted"
    script:
        "../scripts/summarise_literature.py"
