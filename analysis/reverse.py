"""The questions about reverse models, by name: each has ``analyse`` and ``draw``."""

from analysis import (
    chain_example,
    choices,
    crossover,
    discount,
    environments,
    noise,
    reverse_claims,
    similarity,
    sleep,
    step_accuracy,
)

MODULES = {
    "similarity": similarity,
    "crossover": crossover,
    "step_accuracy": step_accuracy,
    "discount": discount,
    "sleep": sleep,
    "environments": environments,
    "choices": choices,
    "noise": noise,
    "chain_example": chain_example,
    "reverse_claims": reverse_claims,
}
