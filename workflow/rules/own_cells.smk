# What the analysis is worth on a recording's own cells: replay planted in twins of it.


rule calibrate_recording:
    input:
        recording=recording_of,
        fields="results/replay/fields/{subject}.nc",
        candidates="results/replay/candidates/{subject}.nc",
    output:
        out="results/replay/own/{subject}.nc",
    log:
        "results/logs/calibrate_recording/{subject}.log",
    benchmark:
        "results/benchmarks/calibrate_recording/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        subject="{subject}",
        seed=config["seed"],
        twins=twins(),
        analysis=analysis_of_twins(),
        modules=modules("calibrate_recording"),
    message:
        "Plant replay in the cells of {wildcards.subject}"
    script:
        "../scripts/calibrate_recording.py"


rule summarise_own_cells:
    input:
        own=of_subjects("replay/own", TWINNED),
        events=of_subjects("replay/events", TWINNED),
        p_values=of_subjects("replay/significance", TWINNED),
        planted=of_subjects("replay/planted", [name for name in TWINNED if name in SIMULATED]),
        references=REFERENCES,
    output:
        out="results/replay/own_cells.nc",
        png="results/figures/own_cells.png",
        svg="results/figures/own_cells.svg",
    log:
        "results/logs/summarise_own_cells.log",
    benchmark:
        "results/benchmarks/summarise_own_cells.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        states=config["replay"]["candidates"]["states"],
        modules=modules("summarise_own_cells"),
    message:
        "Summarise what the analysis is worth on each recording's own cells"
    script:
        "../scripts/summarise_own_cells.py"
