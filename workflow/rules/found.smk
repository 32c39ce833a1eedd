# What was found, held against what was planted: edges of bursts, and which of two tracks.


rule summarise_bursts:
    input:
        candidates=of_subjects("replay/candidates", SIMULATED),
        planted=of_subjects("replay/planted", SIMULATED),
    output:
        out="results/replay/bursts.nc",
        png="results/figures/bursts.png",
        svg="results/figures/bursts.svg",
    log:
        "results/logs/summarise_bursts.log",
    benchmark:
        "results/benchmarks/summarise_bursts.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        states=config["replay"]["candidates"]["states"],
        modules=modules("summarise_bursts"),
    message:
        "Compare detected bursts with planted ones"
    script:
        "../scripts/summarise_bursts.py"


rule compare_track_maps:
    input:
        recording=recording_of,
        maps="results/replay/maps/{subject}.nc",
        candidates="results/replay/candidates/{subject}.nc",
    output:
        out="results/replay/tracks/{subject}.nc",
    log:
        "results/logs/compare_track_maps/{subject}.log",
    benchmark:
        "results/benchmarks/compare_track_maps/{subject}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory_of(1500),
    params:
        seed=config["seed"],
        subject="{subject}",
        significance=shuffles_of_events(),
        modules=modules("compare_track_maps"),
    message:
        "Compare the events of {wildcards.subject} with the maps of two tracks"
    script:
        "../scripts/compare_track_maps.py"


rule summarise_tracks:
    input:
        compared=of_subjects("replay/tracks"),
        planted=of_subjects("replay/planted"),
        references=REFERENCES,
    output:
        out="results/replay/tracks.nc",
        png="results/figures/tracks.png",
        svg="results/figures/tracks.svg",
    log:
        "results/logs/summarise_tracks.log",
    benchmark:
        "results/benchmarks/summarise_tracks.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        simulated=SIMULATED,
        states=config["replay"]["candidates"]["states"],
        alpha=config["replay"]["significance"]["alpha"],
        modules=modules("summarise_tracks"),
    message:
        "Summarise the log odds of events on two tracks"
    script:
        "../scripts/summarise_tracks.py"
