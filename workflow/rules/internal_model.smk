# Experiments with the inner compass itself.


rule run_heading_experiments:
    output:
        out="results/heading/calibration/internal_model.nc",
    log:
        "results/logs/run_heading_experiments.log",
    benchmark:
        "results/benchmarks/run_heading_experiments.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        seed=config["seed"],
        simulation=simulation_of_compass(),
        constants=config["heading"]["internal_model"]["constants"],
        design=design_of_experiments(),
        modules=modules("run_heading_experiments"),
    message:
        "Experiment with the inner compass"
    script:
        "../scripts/run_heading_experiments.py"


rule summarise_internal_model:
    input:
        experiments="results/heading/calibration/internal_model.nc",
        references=REFERENCES,
    output:
        out="results/heading/internal_model.nc",
        png="results/figures/internal_model.png",
        svg="results/figures/internal_model.svg",
    log:
        "results/logs/summarise_internal_model.log",
    benchmark:
        "results/benchmarks/summarise_internal_model.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        modules=modules("summarise_internal_model"),
    message:
        "Summarise the experiments with the inner compass"
    script:
        "../scripts/summarise_internal_model.py"
