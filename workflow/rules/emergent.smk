# Networks whose replay nobody planted: simulated, decoded like any recording, compared.


rule emergent:
    input:
        study_results("emergent"),


rule simulate_network:
    input:
        constants=CONSTANTS,
    output:
        out="results/emergent/recordings/{network}.nc",
    log:
        "results/logs/simulate_network/{network}.log",
    benchmark:
        "results/benchmarks/simulate_network/{network}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        network=network_of,
        number=lambda wildcards: design_of(wildcards.network)[1],
        seed=config["seed"],
        modules=modules("simulate_network"),
    message:
        "Simulate the network {wildcards.network}"
    script:
        "../scripts/simulate_network.py"


rule decode_network_events:
    input:
        recording="results/emergent/recordings/{network}.nc",
        table=nearest_table(),
    output:
        out="results/emergent/events/{network}.nc",
    log:
        "results/logs/decode_network_events/{network}.log",
    benchmark:
        "results/benchmarks/decode_network_events/{network}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        name="{network}",
        seed=config["seed"],
        decoding=decoding_of_networks(),
        modules=modules("decode_network_events"),
    message:
        "Decode the events of the network {wildcards.network}"
    script:
        "../scripts/decode_network_events.py"


rule measure_packets:
    input:
        recordings=of_networks("recordings"),
        events=of_networks("events"),
    output:
        out=of_networks("packets"),
    log:
        "results/logs/measure_packets.log",
    benchmark:
        "results/benchmarks/measure_packets.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        modules=modules("measure_packets"),
    message:
        "Measure the packets of all networks in their own activity"
    script:
        "../scripts/measure_packets.py"


rule vary_network_constants:
    input:
        constants=CONSTANTS,
    output:
        out="results/emergent/sensitivity/{number}.nc",
    log:
        "results/logs/vary_network_constants/{number}.log",
    benchmark:
        "results/benchmarks/vary_network_constants/{number}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        network=sensitivity_parameters(config),
        number=lambda wildcards: int(wildcards.number),
        factors=config["emergent"]["sensitivity"]["factors"],
        varied=config["emergent"]["sensitivity"]["constants"],
        seed=config["seed"],
        modules=modules("vary_network_constants"),
    message:
        "Vary the constants of network {wildcards.number}"
    script:
        "../scripts/vary_network_constants.py"


rule summarise_sensitivity:
    input:
        sensitivity=varied_networks(),
    output:
        out="results/emergent/emergent_sensitivity.nc",
        png="results/figures/emergent_sensitivity.png",
        svg="results/figures/emergent_sensitivity.svg",
    log:
        "results/logs/summarise_sensitivity.log",
    benchmark:
        "results/benchmarks/summarise_sensitivity.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        modules=modules("summarise_sensitivity"),
    message:
        "Summarise what decides emergent replay"
    script:
        "../scripts/summarise_sensitivity.py"


rule summarise_emergent:
    input:
        events=of_networks("events"),
        packets=of_networks("packets"),
        sensitivity="results/emergent/emergent_sensitivity.nc",
        references=REFERENCES,
    output:
        out="results/emergent/emergent.nc",
        png="results/figures/emergent.png",
        svg="results/figures/emergent.svg",
    log:
        "results/logs/summarise_emergent.log",
    benchmark:
        "results/benchmarks/summarise_emergent.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        designs=designs_of(config["emergent"]),
        min_span_m=config["emergent"]["min_span_m"],
        modules=modules("summarise_emergent"),
    message:
        "Summarise emergent replay"
    script:
        "../scripts/summarise_emergent.py"


rule draw_emergent_event:
    input:
        recording=f"results/emergent/recordings/{EXAMPLE_NETWORK}.nc",
        events=f"results/emergent/events/{EXAMPLE_NETWORK}.nc",
        packets=f"results/emergent/packets/{EXAMPLE_NETWORK}.nc",
    output:
        out="results/emergent/emergent_event.nc",
        png="results/figures/emergent_event.png",
        svg="results/figures/emergent_event.svg",
    log:
        "results/logs/draw_emergent_event.log",
    benchmark:
        "results/benchmarks/draw_emergent_event.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        min_span_m=config["emergent"]["min_span_m"],
        modules=modules("draw_emergent_event"),
    message:
        "Draw one emergent event"
    script:
        "../scripts/draw_emergent_event.py"
