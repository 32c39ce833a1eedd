# What silencing a colliculus does to the inner compass.


rule measure_inactivation:
    input:
        recording=recording_of,
        decoded="results/heading/decoded/{subject}.nc",
    output:
        out="results/heading/inactivation/{subject}.nc",
    log:
        "results/logs/measure_inactivation/{subject}.log",
    benchmark:
        "results/benchmarks/measure_inactivation/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        inactivation=rotation_of_blocks(),
        modules=modules("measure_inactivation"),
    message:
        "Measure the rotation of the decoded heading of {wildcards.subject} by inactivation"
    script:
        "../scripts/measure_inactivation.py"


rule match_planted_inactivation:
    input:
        recording=recording_of,
        measured="results/heading/inactivation/{subject}.nc",
    output:
        out="results/heading/planted_inactivation/{subject}.nc",
    log:
        "results/logs/match_planted_inactivation/{subject}.log",
    benchmark:
        "results/benchmarks/match_planted_inactivation/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        inactivation=rotation_of_blocks(),
        modules=modules("match_planted_inactivation"),
    message:
        "Compare the rotation of {wildcards.subject} with that of its ring"
    script:
        "../scripts/match_planted_inactivation.py"


rule summarise_inactivation:
    input:
        measured=of_subjects("heading/inactivation", INACTIVATED),
        planted=of_subjects("heading/planted_inactivation", INACTIVATED),
        references=REFERENCES,
    output:
        out="results/heading/inactivation.nc",
        png="results/figures/inactivation.png",
        svg="results/figures/inactivation.svg",
    log:
        "results/logs/summarise_inactivation.log",
    benchmark:
        "results/benchmarks/summarise_inactivation.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        simulated=HEADING_SIMULATED,
        n_permutations=config["heading"]["inactivation"]["n_permutations"],
        modules=modules("summarise_inactivation"),
    message:
        "Summarise rotation under inactivation"
    script:
        "../scripts/summarise_inactivation.py"
