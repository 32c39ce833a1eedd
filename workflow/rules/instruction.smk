# Networks that are told in words, or by rules, which motor task to do.

NETWORK_FILE = "results/instruction/networks/{hold_out}/{instructed}_{number}.nc"


rule instruction:
    input:
        study_results("instruction"),


rule embed_instructions:
    input:
        instructions=config["instruction"]["instructions"],
    output:
        out="results/instruction/embeddings/{language}.nc",
    log:
        "results/logs/embed_instructions/{language}.log",
    benchmark:
        "results/benchmarks/embed_instructions/{language}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda wildcards: memory_of_language(wildcards.language),
    params:
        seed=config["seed"],
        language="{language}",
        language_models=config["instruction"]["language_models"],
        modules=modules("embed_instructions"),
    message:
        "Embed instructions: {wildcards.language}"
    script:
        "../scripts/embed_instructions.py"


rule find_confidence:
    input:
        instructions=config["instruction"]["instructions"],
    output:
        out="results/instruction/thresholds.nc",
    log:
        "results/logs/find_confidence.log",
    benchmark:
        "results/benchmarks/find_confidence.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        seed=config["seed"],
        experiment=experiment(),
        confidence=config["instruction"]["confidence"],
        modules=modules("find_confidence"),
    message:
        "Find the thresholds of the confidence tasks"
    script:
        "../scripts/find_confidence.py"


rule train_instructed:
    input:
        unpack(told_by),
        instructions=config["instruction"]["instructions"],
        thresholds=thresholds(),
    output:
        out=NETWORK_FILE,
    log:
        "results/logs/train_instructed/{hold_out}/{instructed}_{number}.log",
    benchmark:
        "results/benchmarks/train_instructed/{hold_out}/{instructed}_{number}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=lambda wildcards: memory_of_training(of_files(wildcards.instructed)),
    params:
        seed=config["seed"],
        name=lambda wildcards: of_files(wildcards.instructed),
        hold_out="{hold_out}",
        number=lambda wildcards: int(wildcards.number),
        experiment=experiment(),
        tuned=config["instruction"]["tuned"],
        language_models=config["instruction"]["language_models"],
        modules=modules("train_instructed"),
    message:
        "Train {wildcards.instructed} without {wildcards.hold_out}"
    script:
        "../scripts/train_instructed.py"


rule measure_held_out:
    input:
        network=NETWORK_FILE,
        thresholds=thresholds(),
    output:
        out="results/instruction/held_out/{hold_out}/{instructed}_{number}.nc",
    log:
        "results/logs/measure_held_out/{hold_out}/{instructed}_{number}.log",
    benchmark:
        "results/benchmarks/measure_held_out/{hold_out}/{instructed}_{number}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        seed=config["seed"],
        hold_out="{hold_out}",
        number=lambda wildcards: int(wildcards.number),
        experiment=experiment(),
        held_out=config["instruction"]["held_out"],
        modules=modules("measure_held_out"),
    message:
        "Measure {wildcards.instructed} on {wildcards.hold_out}"
    script:
        "../scripts/measure_held_out.py"


rule learn_by_inputs:
    input:
        network=NETWORK_FILE,
        thresholds=thresholds(),
    output:
        out="results/instruction/input_learning/{hold_out}/{instructed}_{number}.nc",
    log:
        "results/logs/learn_by_inputs/{hold_out}/{instructed}_{number}.log",
    benchmark:
        "results/benchmarks/learn_by_inputs/{hold_out}/{instructed}_{number}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        seed=config["seed"],
        hold_out="{hold_out}",
        number=lambda wildcards: int(wildcards.number),
        experiment=experiment(),
        learning=config["instruction"]["input_learning"]["learning"],
        modules=modules("learn_by_inputs"),
    message:
        "Learn {wildcards.hold_out} by the input weights of {wildcards.instructed}"
    script:
        "../scripts/learn_by_inputs.py"


rule measure_representation:
    input:
        unpack(embedding_of),
        network=NETWORK_FILE,
        thresholds=thresholds(),
    output:
        out="results/instruction/representation/{hold_out}/{instructed}_{number}.nc",
    log:
        "results/logs/measure_representation/{hold_out}/{instructed}_{number}.log",
    benchmark:
        "results/benchmarks/measure_representation/{hold_out}/{instructed}_{number}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=3000,
    params:
        seed=config["seed"],
        hold_out="{hold_out}",
        number=lambda wildcards: int(wildcards.number),
        experiment=experiment(),
        representation=config["instruction"]["representation"],
        modules=modules("measure_representation"),
    message:
        "Measure what {wildcards.instructed} makes of its tasks"
    script:
        "../scripts/measure_representation.py"


rule communicate:
    input:
        unpack(talking),
        instructions=config["instruction"]["instructions"],
        thresholds=thresholds(),
    output:
        out="results/instruction/communication/{hold_out}/{instructed}.nc",
    log:
        "results/logs/communicate/{hold_out}/{instructed}.log",
    benchmark:
        "results/benchmarks/communicate/{hold_out}/{instructed}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=4000,
    params:
        seed=config["seed"],
        experiment=experiment(),
        communication=communication(),
        language_models=config["instruction"]["language_models"],
        modules=modules("communicate"),
    message:
        "Let {wildcards.instructed} write instructions for others"
    script:
        "../scripts/communicate.py"


rule draw_tasks:
    input:
        network=NETWORK_FILE,
        thresholds=thresholds(),
    output:
        out="results/instruction/gallery/{hold_out}/{instructed}_{number}.nc",
    log:
        "results/logs/draw_tasks/{hold_out}/{instructed}_{number}.log",
    benchmark:
        "results/benchmarks/draw_tasks/{hold_out}/{instructed}_{number}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
    params:
        seed=config["seed"],
        hold_out="{hold_out}",
        number=lambda wildcards: int(wildcards.number),
        experiment=experiment(),
        modules=modules("draw_tasks"),
    message:
        "Draw a trial of each task by {wildcards.instructed}"
    script:
        "../scripts/draw_tasks.py"


rule summarise_instruction:
    input:
        held_out=of_trainings("held_out"),
        input_learning=of_trainings("input_learning", INPUT_TRAININGS),
        representation=of_trainings("representation"),
        communication=expand(
            "results/instruction/communication/{hold_out}/{instructed}.nc",
            hold_out=config["instruction"]["communication"]["hold_outs"],
            instructed=SPEAKERS,
        ),
        gallery=of_trainings("gallery", TRAININGS[:1]),
        instructions=config["instruction"]["instructions"],
        thresholds=thresholds(),
        references=REFERENCES,
    output:
        out=expand("results/instruction/{question}.nc", question=INSTRUCTION_QUESTIONS),
        png=expand("results/figures/{question}.png", question=INSTRUCTION_QUESTIONS),
        svg=expand("results/figures/{question}.svg", question=INSTRUCTION_QUESTIONS),
    log:
        "results/logs/summarise_instruction.log",
    benchmark:
        "results/benchmarks/summarise_instruction.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=3000,
    params:
        seed=config["seed"],
        scale=config["instruction"]["scale"],
        modules=modules("summarise_instruction"),
    message:
        "Compare what instructed networks do"
    script:
        "../scripts/summarise_instruction.py"
