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


rule calibrate_dynamics:
    output:
        out="results/replay/calibration/dynamics/{table}.nc",
    log:
        "results/logs/calibrate_dynamics/{table}.log",
    benchmark:
        "results/benchmarks/calibrate_dynamics/{table}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2500,
    params:
        seed=config["seed"],
        table="{table}",
        population=lambda wildcards: population_of(dynamics_table(wildcards.table)),
        n_events=config["replay"]["calibration"]["dynamics"]["n_events"],
        events=planted_dynamics(),
        decoder=dynamics_decoder(),
        modules=modules("calibrate_dynamics"),
    message:
        "Tell planted dynamics apart: {wildcards.table}"
    script:
        "../scripts/calibrate_dynamics.py"


rule summarise_dynamics:
    input:
        tables=expand(
            "results/replay/calibration/dynamics/{table}.nc",
            table=config["replay"]["calibration"]["dynamics"]["tables"],
        ),
        dynamics=of_subjects("replay/dynamics"),
        planted=of_subjects("replay/planted"),
        references=REFERENCES,
    output:
        out="results/replay/dynamics.nc",
        png="results/figures/dynamics.png",
        svg="results/figures/dynamics.svg",
    log:
        "results/logs/summarise_dynamics.log",
    benchmark:
        "results/benchmarks/summarise_dynamics.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        described=config["replay"]["calibration"]["dynamics"]["tables"],
        simulated=SIMULATED,
        states=config["replay"]["candidates"]["states"],
        modules=modules("summarise_dynamics"),
    message:
        "Summarise what dynamics events have"
    script:
        "../scripts/summarise_dynamics.py"


rule calibrate_significance:
    output:
        out="results/replay/calibration/significance/{table}.nc",
    log:
        "results/logs/calibrate_significance/{table}.log",
    benchmark:
        "results/benchmarks/calibrate_significance/{table}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2500,
    params:
        seed=config["seed"],
        table="{table}",
        population=lambda wildcards: null_population_of(significance_table(wildcards.table)),
        events=lambda wildcards: null_events_of(significance_table(wildcards.table)),
        modules=modules("calibrate_significance"),
    message:
        "Find the alpha of each shuffle: {wildcards.table}"
    script:
        "../scripts/calibrate_significance.py"


rule summarise_false_positives:
    input:
        tables=expand(
            "results/replay/calibration/significance/{table}.nc",
            table=config["replay"]["calibration"]["significance"]["tables"],
        ),
        references=REFERENCES,
    output:
        out="results/replay/false_positives.nc",
        png="results/figures/false_positives.png",
        svg="results/figures/false_positives.svg",
    log:
        "results/logs/summarise_false_positives.log",
    benchmark:
        "results/benchmarks/summarise_false_positives.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        described=config["replay"]["calibration"]["significance"]["tables"],
        modules=modules("summarise_false_positives"),
    message:
        "Summarise false positives and power of the shuffles"
    script:
        "../scripts/summarise_false_positives.py"


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
