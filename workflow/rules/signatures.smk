# What replay, theta and REM leave beside single events: maps, compression, rewards.


rule measure_signatures:
    input:
        recording=recording_of,
        maps="results/replay/maps/{subject}.nc",
        candidates="results/replay/candidates/{subject}.nc",
    output:
        out="results/replay/signatures/{subject}.nc",
    log:
        "results/logs/measure_signatures/{subject}.log",
    benchmark:
        "results/benchmarks/measure_signatures/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        subject="{subject}",
        seed=config["seed"],
        fields=config["replay"]["fields"],
        fit_bin_s=config["replay"]["fit_bin_s"],
        signatures=config["replay"]["signatures"],
        modules=modules("measure_signatures"),
    message:
        "Measure maps, theta, rewards and REM of {wildcards.subject}"
    script:
        "../scripts/measure_signatures.py"


rule match_planted_signatures:
    input:
        recording=recording_of,
        signatures="results/replay/signatures/{subject}.nc",
    output:
        out="results/replay/planted_signatures/{subject}.nc",
    log:
        "results/logs/match_planted_signatures/{subject}.log",
    benchmark:
        "results/benchmarks/match_planted_signatures/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        precession=planted_precession(),
        modules=modules("match_planted_signatures"),
    message:
        "Compare the signatures of {wildcards.subject} with what was planted"
    script:
        "../scripts/match_planted_signatures.py"


rule calibrate_rewards:
    output:
        out="results/replay/calibration/rewards.nc",
    log:
        "results/logs/calibrate_rewards.log",
    benchmark:
        "results/benchmarks/calibrate_rewards.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        seed=config["seed"],
        simulation=simulation_of_each(),
        design=config["replay"]["calibration"]["rewards"],
        candidates=config["replay"]["candidates"],
        fields=config["replay"]["fields"],
        fit_bin_s=config["replay"]["fit_bin_s"],
        rewards=config["replay"]["signatures"]["rewards"],
        modules=modules("calibrate_rewards"),
    message:
        "Plant replay in bulk on a branching track and measure reward discounts"
    script:
        "../scripts/calibrate_rewards.py"


rule summarise_signatures:
    input:
        signatures=of_subjects("replay/signatures"),
        planted=of_subjects("replay/planted_signatures", SIMULATED),
        calibration="results/replay/calibration/rewards.nc",
        references=REFERENCES,
    output:
        out=expand("results/replay/{question}.nc", question=SIGNATURE_QUESTIONS),
        png=expand("results/figures/{question}.png", question=SIGNATURE_QUESTIONS),
        svg=expand("results/figures/{question}.svg", question=SIGNATURE_QUESTIONS),
    log:
        "results/logs/summarise_signatures.log",
    benchmark:
        "results/benchmarks/summarise_signatures.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        questions=SIGNATURE_QUESTIONS,
        seed=config["seed"],
        simulated=SIMULATED,
        rewards=planted_rewards(),
        modules=modules("summarise_signatures"),
    message:
        "Summarise maps, theta, rewards and REM"
    script:
        "../scripts/summarise_signatures.py"
