# Heading: tuning, decoding awake and asleep, virtual turns.


rule heading:
    input:
        study_results("heading"),


rule fit_heading_tuning:
    input:
        recording=recording_of,
    output:
        out="results/heading/tuning/{subject}.nc",
    log:
        "results/logs/fit_heading_tuning/{subject}.log",
    benchmark:
        "results/benchmarks/fit_heading_tuning/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        tuning=config["heading"]["tuning"],
        bin_s=config["heading"]["fit_bin_s"],
        modules=modules("fit_heading_tuning"),
    message:
        "Estimate the heading tuning of {wildcards.subject}"
    script:
        "../scripts/fit_heading_tuning.py"


rule decode_wake_heading:
    input:
        recording=recording_of,
    output:
        out="results/heading/wake/{subject}.nc",
    log:
        "results/logs/decode_wake_heading/{subject}.log",
    benchmark:
        "results/benchmarks/decode_wake_heading/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        tuning=config["heading"]["tuning"],
        wake=config["heading"]["wake"],
        modules=modules("decode_wake_heading"),
    message:
        "Decode the heading of {wildcards.subject} awake"
    script:
        "../scripts/decode_wake_heading.py"


rule decode_sleep_heading:
    input:
        recording=recording_of,
        tuning="results/heading/tuning/{subject}.nc",
    output:
        out="results/heading/sleep/{subject}.nc",
    log:
        "results/logs/decode_sleep_heading/{subject}.log",
    benchmark:
        "results/benchmarks/decode_sleep_heading/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        sleep=config["heading"]["sleep"],
        modules=modules("decode_sleep_heading"),
    message:
        "Decode the heading of {wildcards.subject} asleep"
    script:
        "../scripts/decode_sleep_heading.py"


rule match_planted_heading:
    input:
        recording=recording_of,
        decoded="results/heading/sleep/{subject}.nc",
    output:
        out="results/heading/planted/{subject}.nc",
    log:
        "results/logs/match_planted_heading/{subject}.log",
    benchmark:
        "results/benchmarks/match_planted_heading/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        bins_s=config["heading"]["sleep"]["bins_s"],
        turns=config["heading"]["turns"],
        modules=modules("match_planted_heading"),
    message:
        "Compare the heading of {wildcards.subject} with what was planted"
    script:
        "../scripts/match_planted_heading.py"


rule summarise_heading_error:
    input:
        decoded=of_subjects("heading/wake", HEADING_SUBJECTS),
        references=REFERENCES,
    output:
        out="results/heading/heading_error.nc",
        png="results/figures/heading_error.png",
        svg="results/figures/heading_error.svg",
    log:
        "results/logs/summarise_heading_error.log",
    benchmark:
        "results/benchmarks/summarise_heading_error.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        simulated=HEADING_SIMULATED,
        bin_s=config["heading"]["wake"]["bin_s"],
        modules=modules("summarise_heading_error"),
    message:
        "Summarise the decoding of heading"
    script:
        "../scripts/summarise_heading_error.py"


rule summarise_rem_heading:
    input:
        decoded=of_subjects("heading/sleep", HEADING_SUBJECTS),
        planted=of_subjects("heading/planted", HEADING_SUBJECTS),
        references=REFERENCES,
    output:
        out="results/heading/rem_heading.nc",
        png="results/figures/rem_heading.png",
        svg="results/figures/rem_heading.svg",
    log:
        "results/logs/summarise_rem_heading.log",
    benchmark:
        "results/benchmarks/summarise_rem_heading.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        simulated=HEADING_SIMULATED,
        bins_s=config["heading"]["sleep"]["bins_s"],
        turns=config["heading"]["turns"],
        modules=modules("summarise_rem_heading"),
    message:
        "Summarise virtual turns and drift"
    script:
        "../scripts/summarise_rem_heading.py"
