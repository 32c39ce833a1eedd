# Recordings: simulated ones. Imported ones are made by `python -m neurosim import`.


rule simulate_recording:
    output:
        out="results/recordings/{subject}.nc",
    log:
        "results/logs/simulate_recording/{subject}.log",
    benchmark:
        "results/benchmarks/simulate_recording/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        subject="{subject}",
        seed=config["seed"],
        simulation=simulation_of,
        modules=modules("simulate_recording"),
    message:
        "Simulate the recording of {wildcards.subject}"
    script:
        "../scripts/simulate_recording.py"
