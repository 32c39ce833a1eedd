# Heading: tuning, decoding awake and asleep, drift, virtual turns.


rule heading:
    input:
        study_results("heading"),


rule decode_heading:
    input:
        recording=recording_of,
    output:
        out="results/heading/decoded/{subject}.nc",
    log:
        "results/logs/decode_heading/{subject}.log",
    benchmark:
        "results/benchmarks/decode_heading/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        subject="{subject}",
        seed=config["seed"],
        tuning=config["heading"]["tuning"],
        decoding=config["heading"]["decoding"],
        modules=modules("decode_heading"),
    message:
        "Decode the heading of {wildcards.subject}"
    script:
        "../scripts/decode_heading.py"


rule relate_turns:
    input:
        recording=recording_of,
        decoded="results/heading/decoded/{subject}.nc",
        turns=turns_of,
    output:
        out="results/heading/virtual/{subject}.nc",
    log:
        "results/logs/relate_turns/{subject}.log",
    benchmark:
        "results/benchmarks/relate_turns/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        subject="{subject}",
        seed=config["seed"],
        relation=config["heading"]["relation"],
        modules=modules("relate_turns"),
    message:
        "Relate the virtual turns of {wildcards.subject} to their commands"
    script:
        "../scripts/relate_turns.py"


rule match_planted_heading:
    input:
        recording=recording_of,
        decoded="results/heading/decoded/{subject}.nc",
        turns=turns_of,
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
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        bins_s=config["heading"]["decoding"]["bins_s"],
        bin_s=config["heading"]["bin_s"],
        limits=config["heading"]["turns"],
        relation=config["heading"]["relation"],
        modules=modules("match_planted_heading"),
    message:
        "Compare the heading of {wildcards.subject} with what was planted"
    script:
        "../scripts/match_planted_heading.py"


rule summarise_heading:
    input:
        decoded=of_subjects("heading/decoded", HEADING_SUBJECTS),
        turns=of_subjects("heading/turns", TURN_SUBJECTS),
        virtual=of_subjects("heading/virtual", HEADING_SUBJECTS),
        planted=of_subjects("heading/planted", HEADING_SIMULATED),
        references=REFERENCES,
    output:
        out=expand("results/heading/{question}.nc", question=HEADING_QUESTIONS),
        png=expand("results/figures/{question}.png", question=HEADING_QUESTIONS),
        svg=expand("results/figures/{question}.svg", question=HEADING_QUESTIONS),
    log:
        "results/logs/summarise_heading.log",
    benchmark:
        "results/benchmarks/summarise_heading.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        questions=HEADING_QUESTIONS,
        seed=config["seed"],
        simulated=HEADING_SIMULATED,
        bin_s=config["heading"]["bin_s"],
        limits=config["heading"]["turns"],
        modules=modules("summarise_heading"),
    message:
        "Summarise decoded headings, their drift and virtual turns"
    script:
        "../scripts/summarise_heading.py"
