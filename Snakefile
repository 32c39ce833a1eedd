# Table of contents of the workflow: `snakemake --cores 8` makes everything.
import os

from snakemake.utils import min_version

# One thread a job: oversubscribed OpenMP spins. Width is in the graph of jobs.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.update(NEUROSIM_RUN=str(os.getpid()))  # a job that outlives it writes nothing any more

min_version("9.20")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/recordings.smk"
include: "workflow/rules/replay.smk"
include: "workflow/rules/own_cells.smk"
include: "workflow/rules/signatures.smk"
include: "workflow/rules/calibration.smk"
include: "workflow/rules/found.smk"
include: "workflow/rules/heading.smk"
include: "workflow/rules/inactivation.smk"
include: "workflow/rules/turns.smk"
include: "workflow/rules/internal_model.smk"
include: "workflow/rules/emergent.smk"
include: "workflow/rules/reverse.smk"
include: "workflow/rules/imagination.smk"
include: "workflow/rules/memory.smk"
include: "workflow/rules/instruction.smk"
include: "workflow/rules/pages.smk"
include: "workflow/rules/report.smk"


localrules:
    all,
    replay,
    heading,
    emergent,
    reverse,
    imagination,
    memory,
    instruction,


rule all:
    default_target: True
    input:
        rules.replay.input,
        rules.heading.input,
        rules.emergent.input,
        rules.reverse.input,
        rules.imagination.input,
        rules.memory.input,
        rules.instruction.input,
        rules.collect_summary.output,
        rules.make_report.output,
