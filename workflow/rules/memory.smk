# Networks that learn one task after another, with a memory outside of them and with replay.


rule memory:
    input:
        study_results("memory"),


rule learn_in_turn:
    input:
        own=own_tasks_of,
    output:
        out="results/memory/sequences/{sequence}.nc",
    log:
        "results/logs/learn_in_turn/{sequence}.log",
    benchmark:
        "results/benchmarks/learn_in_turn/{sequence}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        name="{sequence}",
        networks=networks_of_memory(),
        tasks=tasks_of,
        modules=modules("learn_in_turn"),
    message:
        "Learn tasks in turn: {wildcards.sequence}"
    script:
        "../scripts/learn_in_turn.py"


rule learn_to_learn:
    output:
        out="results/memory/few_shot/{family}.nc",
    log:
        "results/logs/learn_to_learn/{family}.log",
    benchmark:
        "results/benchmarks/learn_to_learn/{family}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        name="{family}",
        n_seeds=config["memory"]["n_seeds"],
        networks=networks_of_memory(),
        family=family_of,
        few_shot=few_shot_training(),
        modules=modules("learn_to_learn"),
    message:
        "Learn to learn {wildcards.family}"
    script:
        "../scripts/learn_to_learn.py"


rule train_skill:
    output:
        out="results/memory/skills/{skill}.nc",
    log:
        "results/logs/train_skill/{skill}.log",
    benchmark:
        "results/benchmarks/train_skill/{skill}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        name="{skill}",
        agent=config["memory"]["agent"],
        skills=config["memory"]["skills"],
        modules=modules("train_skill"),
    message:
        "Train networks to {wildcards.skill}"
    script:
        "../scripts/train_skill.py"


rule vary_memory:
    output:
        out="results/memory/sensitivity/{varied}.nc",
    log:
        "results/logs/vary_memory/{varied}.log",
    benchmark:
        "results/benchmarks/vary_memory/{varied}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        varied="{varied}",
        networks=networks_of_memory(),
        tasks=varied_tasks(config["memory"]),
        skills=config["memory"]["skills"],
        sensitivity=config["memory"]["sensitivity"],
        modules=modules("vary_memory"),
    message:
        "Vary {wildcards.varied} of the agent"
    script:
        "../scripts/vary_memory.py"


rule count_memory_cost:
    output:
        out="results/memory/cost.nc",
    log:
        "results/logs/count_memory_cost.log",
    benchmark:
        "results/benchmarks/count_memory_cost.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
    params:
        seed=config["seed"],
        agent=config["memory"]["agent"],
        cost=config["memory"]["cost"],
        modules=modules("count_memory_cost"),
    message:
        "Count what a step of an agent costs"
    script:
        "../scripts/count_memory_cost.py"


rule summarise_memory:
    input:
        sequences=expand("results/memory/sequences/{sequence}.nc", sequence=SEQUENCES),
        few_shot=expand("results/memory/few_shot/{family}.nc", family=FAMILIES),
        skills=expand("results/memory/skills/{skill}.nc", skill=SKILLS),
        sensitivity=expand("results/memory/sensitivity/{varied}.nc", varied=VARIED),
        cost="results/memory/cost.nc",
        references=REFERENCES,
    output:
        out=expand("results/memory/{question}.nc", question=MEMORY_QUESTIONS),
        png=expand("results/figures/{question}.png", question=MEMORY_QUESTIONS),
        svg=expand("results/figures/{question}.svg", question=MEMORY_QUESTIONS),
    log:
        "results/logs/summarise_memory.log",
    benchmark:
        "results/benchmarks/summarise_memory.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1500,
    params:
        seed=config["seed"],
        modules=modules("summarise_memory"),
    message:
        "Compare what memory and replay keep from being forgotten"
    script:
        "../scripts/summarise_memory.py"
