# A page of each recording: checks that a person would make, and what came out.


rule check_recording:
    input:
        recording=recording_of,
        candidates="results/replay/candidates/{subject}.nc",
    output:
        out="results/checks/{subject}.nc",
    log:
        "results/logs/check_recording/{subject}.log",
    benchmark:
        "results/benchmarks/check_recording/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        subject="{subject}",
        seed=config["seed"],
        checks=checks_of_recordings(),
        modules=modules("check_recording"),
    message:
        "Check the recording {wildcards.subject}"
    script:
        "../scripts/check_recording.py"


rule describe_recording:
    input:
        unpack(files_of_recording),
        recording=recording_of,
        references=REFERENCES,
        templates=TEMPLATES,
    output:
        out="results/pages/{subject}.html",
    log:
        "results/logs/describe_recording/{subject}.log",
    benchmark:
        "results/benchmarks/describe_recording/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        options=questions_of_recording(),
        modules=modules("describe_recording"),
    message:
        "Describe the recording {wildcards.subject}"
    script:
        "../scripts/describe_recording.py"
