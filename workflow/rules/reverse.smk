# Sequence models: from the outcome back to its causes, and the forward twin.


rule reverse:
    input:
        study_results("reverse"),


rule make_chains:
    input:
        unpack(chain_inputs),
    output:
        out="results/reverse/chains/{source}.nc",
    log:
        "results/logs/make_chains/{source}.log",
    benchmark:
        "results/benchmarks/make_chains/{source}.tsv"
    priority: 10  # the longest chain of jobs: begin early
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        source="{source}",
        options={
            name: config["reverse"][name]
            for name in ("n_places", "min_steps", "wake_bin_s", "replay_bin_s")
        }
        | {"alpha": config["replay"]["significance"]["alpha"]},
        modules=modules("make_chains"),
    message:
        "Make chains of places: {wildcards.source}"
    script:
        "../scripts/make_chains.py"


rule train_chain_models:
    input:
        chains="results/reverse/chains/{source}.nc",
    output:
        out="results/reverse/models/{source}.nc",
    log:
        "results/logs/train_chain_models/{source}.log",
    benchmark:
        "results/benchmarks/train_chain_models/{source}.tsv"
    priority: 10  # the longest chain of jobs: begin early
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        source="{source}",
        n_seeds=config["reverse"]["n_seeds"],
        test_fraction=config["reverse"]["test_fraction"],
        model=config["reverse"]["model"],
        modules=modules("train_chain_models"),
    message:
        "Train the models on {wildcards.source}"
    script:
        "../scripts/train_chain_models.py"


rule summarise_similarity:
    input:
        models=expand("results/reverse/models/{source}.nc", source=config["reverse"]["sources"]),
        references=REFERENCES,
    output:
        out="results/reverse/similarity.nc",
        png="results/figures/similarity.png",
        svg="results/figures/similarity.svg",
    log:
        "results/logs/summarise_similarity.log",
    benchmark:
        "results/benchmarks/summarise_similarity.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        sources=config["reverse"]["sources"],
        modules=modules("summarise_similarity"),
    message:
        "Compare reverse models with their forward twins"
    script:
        "../scripts/summarise_similarity.py"
