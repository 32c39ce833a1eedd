# The summary of all studies and the report.


rule collect_summary:
    input:
        questions=[
            f"results/{study}/{question}.nc"
            for study, questions in QUESTIONS.items()
            for question in questions
        ],
    output:
        csv="results/summary.csv",
        out="results/summary.nc",
    log:
        "results/logs/collect_summary.log",
    benchmark:
        "results/benchmarks/collect_summary.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        modules=modules("collect_summary"),
    message:
        "Collect the summary"
    script:
        "../scripts/collect_summary.py"


rule make_report:
    input:
        summary=rules.collect_summary.output.csv,
        references=REFERENCES,
        figures=[
            f"results/figures/{question}.svg"
            for questions in QUESTIONS.values()
            for question in questions
        ],
        events=rules.draw_events.output.pages,
        pages=expand(rules.describe_recording.output.out, subject=PAGED),
        templates=TEMPLATES,
        speed="docs/results/benchmarks.csv",
    output:
        out="results/report.html",
    log:
        "results/logs/make_report.log",
    benchmark:
        "results/benchmarks/make_report.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        questions=QUESTIONS,
        config=config,
        benchmarks="results/benchmarks",
        modules=modules("make_report"),
    message:
        "Make the report"
    script:
        "../scripts/make_report.py"
