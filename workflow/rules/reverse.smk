# Sequence models: from the outcome back to its causes, and the forward twin.


rule reverse:
    input:
        study_results("reverse"),


rule decode_track_events:
    input:
        recording="results/recordings/{subject}.nc",
        candidates="results/replay/candidates/{subject}.nc",
        maps="results/replay/maps/{subject}.nc",
        table=nearest_table(),
    output:
        out="results/reverse/events/{environment}-{subject}.nc",
    log:
        "results/logs/decode_track_events/{environment}-{subject}.log",
    benchmark:
        "results/benchmarks/decode_track_events/{environment}-{subject}.tsv"
    priority: 20  # two rounds of training wait for it
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        environment="{environment}",
        decoding={k: v for k, v in decoding_of_networks().items() if k != "candidates"},
        modules=modules("decode_track_events"),
    message:
        "Decode the events of {wildcards.subject} along the routes of {wildcards.environment}"
    script:
        "../scripts/decode_track_events.py"


rule make_chains:
    input:
        unpack(chain_inputs),
    output:
        out="results/reverse/chains/{track}.nc",
    log:
        "results/logs/make_chains/{track}.log",
    benchmark:
        "results/benchmarks/make_chains/{track}.tsv"
    priority: 20  # two rounds of training wait for it
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        track="{track}",
        sources=lambda wildcards: CHAIN_SOURCES[wildcards.track],
        options=track_of_chains,
        decoding=places_of_chains()
        | {
            "fields": config["replay"]["fields"],
            "n_folds": config["replay"]["wake"]["n_folds"],
        },
        modules=modules("make_chains"),
    message:
        "Make chains of places on {wildcards.track}"
    script:
        "../scripts/make_chains.py"


rule train_on_track:
    input:
        chains="results/reverse/chains/{track}.nc",
    output:
        out="results/reverse/tracks/{track}.nc",
    log:
        "results/logs/train_on_track/{track}.log",
    benchmark:
        "results/benchmarks/train_on_track/{track}.tsv"
    priority: 15  # the longest of the trainings
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        name="{track}",
        sources=lambda wildcards: CHAIN_SOURCES[wildcards.track],
        study=study_of_chains(),
        modules=modules("train_on_track"),
    message:
        "Train the models on {wildcards.track}, from all sources"
    script:
        "../scripts/train_on_track.py"


rule train_on_mazes:
    output:
        out="results/reverse/mazes/{group}.nc",
    log:
        "results/logs/train_on_mazes/{group}.log",
    benchmark:
        "results/benchmarks/train_on_mazes/{group}.tsv"
    priority: 10  # the longest chain of jobs: begin early
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        group="{group}",
        mazes=lambda wildcards: {n: maze_options(n) for n in MAZE_GROUPS[wildcards.group]},
        splits=lambda wildcards: splits_of(wildcards.group),
        n_laps=config["reverse"]["n_laps"],
        study=study_of_chains(),
        modules=modules("train_on_mazes"),
    message:
        "Train the models in mazes: {wildcards.group}"
    script:
        "../scripts/train_on_mazes.py"


rule vary_discount:
    output:
        out="results/reverse/discounts/{maze}.nc",
    log:
        "results/logs/vary_discount/{maze}.log",
    benchmark:
        "results/benchmarks/vary_discount/{maze}.tsv"
    priority: 10  # the longest chain of jobs: begin early
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        name="{maze}",
        maze=lambda wildcards: maze_options(wildcards.maze),
        discounts=config["reverse"]["discounts"]["values"],
        n_laps=config["reverse"]["n_laps"],
        study=study_of_chains(),
        modules=modules("vary_discount"),
    message:
        "Vary the discount in the maze {wildcards.maze}"
    script:
        "../scripts/vary_discount.py"


rule choose_by_models:
    output:
        out="results/reverse/choices/{maze}.nc",
    log:
        "results/logs/choose_by_models/{maze}.log",
    benchmark:
        "results/benchmarks/choose_by_models/{maze}.tsv"
    priority: 10  # the longest chain of jobs: begin early
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        name="{maze}",
        maze=lambda wildcards: maze_options(wildcards.maze),
        n_laps=config["reverse"]["n_laps"],
        study=study_of_chains(),
        modules=modules("choose_by_models"),
    message:
        "Choose by the models in the maze {wildcards.maze}"
    script:
        "../scripts/choose_by_models.py"


rule learn_from_sleep:
    input:
        chains="results/reverse/chains/{track}.nc",
        gap=f"results/reverse/chains/{config['reverse']['sleep']['gap']}.nc",
    output:
        out="results/reverse/sleep/{track}.nc",
    log:
        "results/logs/learn_from_sleep/{track}.log",
    benchmark:
        "results/benchmarks/learn_from_sleep/{track}.tsv"
    priority: 10  # the longest chain of jobs: begin early
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        name="{track}",
        study=study_of_chains(),
        modules=modules("learn_from_sleep"),
    message:
        "Learn {wildcards.track} from wake, from replay and from both"
    script:
        "../scripts/learn_from_sleep.py"


rule separate_environments:
    input:
        recordings=of_subjects("recordings", SIMULATED),
        maps=of_subjects("replay/maps", SIMULATED),
        first_events=of_subjects("replay/events", SIMULATED),
        first_significance=of_subjects("replay/significance", SIMULATED),
        second_events=track_events(config["reverse"]["similar"][1]),
    output:
        out="results/reverse/environments/similar.nc",
    log:
        "results/logs/separate_environments.log",
    benchmark:
        "results/benchmarks/separate_environments.tsv"
    priority: 10  # the longest chain of jobs: begin early
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        similar=config["reverse"]["similar"],
        decoding=places_of_chains(),
        study=study_of_chains(),
        modules=modules("separate_environments"),
    message:
        "Tell similar environments apart"
    script:
        "../scripts/separate_environments.py"


rule summarise_reverse:
    input:
        tracks=expand("results/reverse/tracks/{track}.nc", track=TRACKS),
        mazes=expand("results/reverse/mazes/{group}.nc", group=MAZE_GROUPS),
        discounts=expand(
            "results/reverse/discounts/{maze}.nc", maze=config["reverse"]["discounts"]["mazes"]
        ),
        sleep=f"results/reverse/sleep/{config['reverse']['sleep']['track']}.nc",
        environments="results/reverse/environments/similar.nc",
        choices=expand("results/reverse/choices/{maze}.nc", maze=config["reverse"]["choices"]),
        references=REFERENCES,
    output:
        out=expand("results/reverse/{question}.nc", question=REVERSE_QUESTIONS),
        png=expand("results/figures/{question}.png", question=REVERSE_QUESTIONS),
        svg=expand("results/figures/{question}.svg", question=REVERSE_QUESTIONS),
    log:
        "results/logs/summarise_reverse.log",
    benchmark:
        "results/benchmarks/summarise_reverse.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        questions=REVERSE_QUESTIONS,
        seed=config["seed"],
        sources=CHAIN_SOURCES,
        unseen=[m for m in MAZES if config["reverse"]["mazes"][m].get("split") == "paths"],
        modules=modules("summarise_reverse"),
    message:
        "Compare reverse models with their forward twins"
    script:
        "../scripts/summarise_reverse.py"
