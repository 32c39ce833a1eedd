# Place: fields, candidate events, direction, compression, significance.


rule replay:
    input:
        study_results("replay"),


rule fit_place_fields:
    input:
        recording=recording_of,
    output:
        out="results/replay/fields/{subject}.nc",
        maps="results/replay/maps/{subject}.nc",
    log:
        "results/logs/fit_place_fields/{subject}.log",
    benchmark:
        "results/benchmarks/fit_place_fields/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        fields=config["replay"]["fields"],
        bin_s=config["replay"]["fit_bin_s"],
        modules=modules("fit_place_fields"),
    message:
        "Estimate the place fields of {wildcards.subject}"
    script:
        "../scripts/fit_place_fields.py"


rule decode_wake_position:
    input:
        recording=recording_of,
    output:
        out="results/replay/wake/{subject}.nc",
    log:
        "results/logs/decode_wake_position/{subject}.log",
    benchmark:
        "results/benchmarks/decode_wake_position/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        fields=config["replay"]["fields"],
        wake=config["replay"]["wake"],
        modules=modules("decode_wake_position"),
    message:
        "Decode the position of {wildcards.subject} awake"
    script:
        "../scripts/decode_wake_position.py"


rule find_candidate_events:
    input:
        recording=recording_of,
    output:
        out="results/replay/candidates/{subject}.nc",
    log:
        "results/logs/find_candidate_events/{subject}.log",
    benchmark:
        "results/benchmarks/find_candidate_events/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        candidates=config["replay"]["candidates"],
        modules=modules("find_candidate_events"),
    message:
        "Find the candidate events of {wildcards.subject}"
    script:
        "../scripts/find_candidate_events.py"


rule decode_events:
    input:
        recording=recording_of,
        fields="results/replay/fields/{subject}.nc",
        candidates="results/replay/candidates/{subject}.nc",
    output:
        out="results/replay/events/{subject}.nc",
    log:
        "results/logs/decode_events/{subject}.log",
    benchmark:
        "results/benchmarks/decode_events/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        trajectories=config["replay"]["trajectories"],
        modules=modules("decode_events"),
    message:
        "Decode the candidate events of {wildcards.subject}"
    script:
        "../scripts/decode_events.py"


rule shuffle_events:
    input:
        unpack(own_calibration_of),
        recording=recording_of,
        fields="results/replay/fields/{subject}.nc",
        candidates="results/replay/candidates/{subject}.nc",
        tables=calibrating_tables,
    output:
        out="results/replay/significance/{subject}.nc",
    log:
        "results/logs/shuffle_events/{subject}.log",
    benchmark:
        "results/benchmarks/shuffle_events/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        subject="{subject}",
        seed=config["seed"],
        significance=shuffles_of_events(),
        modules=modules("shuffle_events"),
    message:
        "Shuffle the events of {wildcards.subject}"
    script:
        "../scripts/shuffle_events.py"


rule compare_dynamics:
    input:
        recording=recording_of,
        fields="results/replay/fields/{subject}.nc",
        candidates="results/replay/candidates/{subject}.nc",
    output:
        out="results/replay/dynamics/{subject}.nc",
    log:
        "results/logs/compare_dynamics/{subject}.log",
    benchmark:
        "results/benchmarks/compare_dynamics/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        decoder=dynamics_decoder(),
        modules=modules("compare_dynamics"),
    message:
        "Compare the dynamics of the candidate events of {wildcards.subject}"
    script:
        "../scripts/compare_dynamics.py"


rule match_planted_events:
    input:
        recording=recording_of,
        candidates="results/replay/candidates/{subject}.nc",
    output:
        out="results/replay/planted/{subject}.nc",
    log:
        "results/logs/match_planted_events/{subject}.log",
    benchmark:
        "results/benchmarks/match_planted_events/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        min_overlap=config["replay"]["matching"]["min_overlap"],
        modules=modules("match_planted_events"),
    message:
        "Compare the events of {wildcards.subject} with what was planted"
    script:
        "../scripts/match_planted_events.py"


rule summarise_position:
    input:
        decoded=of_subjects("replay/wake"),
        references=REFERENCES,
    output:
        out="results/replay/position.nc",
        png="results/figures/position.png",
        svg="results/figures/position.svg",
    log:
        "results/logs/summarise_position.log",
    benchmark:
        "results/benchmarks/summarise_position.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        simulated=SIMULATED,
        bins_s=config["replay"]["wake"]["bins_s"],
        modules=modules("summarise_position"),
    message:
        "Summarise the decoding of position"
    script:
        "../scripts/summarise_position.py"


rule summarise_events:
    input:
        events=of_subjects("replay/events"),
        p_values=of_subjects("replay/significance"),
        dynamics=of_subjects("replay/dynamics"),
        planted=of_subjects("replay/planted"),
        references=REFERENCES,
    output:
        out=expand("results/replay/{question}.nc", question=EVENT_QUESTIONS),
        png=expand("results/figures/{question}.png", question=EVENT_QUESTIONS),
        svg=expand("results/figures/{question}.svg", question=EVENT_QUESTIONS),
    log:
        "results/logs/summarise_events.log",
    benchmark:
        "results/benchmarks/summarise_events.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        questions=EVENT_QUESTIONS,
        seed=config["seed"],
        simulated=SIMULATED,
        states=config["replay"]["candidates"]["states"],
        alpha=config["replay"]["significance"]["alpha"],
        modules=modules("summarise_events"),
    message:
        "Summarise candidate events"
    script:
        "../scripts/summarise_events.py"


rule draw_events:
    input:
        recordings=all_recordings,
        fields=of_subjects("replay/fields"),
        events=of_subjects("replay/events"),
        p_values=of_subjects("replay/significance"),
        planted=of_subjects("replay/planted"),
    output:
        pages=expand(
            "results/figures/events/{number}.png",
            number=range(config["replay"]["browser"]["n_events"]),
        ),
    log:
        "results/logs/draw_events.log",
    benchmark:
        "results/benchmarks/draw_events.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        alpha=config["replay"]["significance"]["alpha"],
        modules=modules("draw_events"),
    message:
        "Draw single events"
    script:
        "../scripts/draw_events.py"
