"""A subject of the scrambled task: learns, rests before and after a reward, and is decoded.

Before the reward both sequences are replayed forward; after it the one that holds the rewarded
object is replayed in reverse, and the other as before (Liu et al. 2019,
10.1016/j.cell.2019.06.012). Which order is replayed is that of a learner: the one seen (a movie) or
the one inferred from a rule (imagination).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.decode.code_leads import code_lead
from neurosim.decode.sequenceness import sequenceness_of
from neurosim.decode.state_orders import chain_transitions
from neurosim.decode.tdlm import Tdlm, state_coefficients
from neurosim.errors import choices
from neurosim.tasks.scrambled_learners import LEARNERS, learner_transitions, replayed_chains
from neurosim.tasks.scrambled_subject import ScrambledStudy, decoded_rest, make_subject
from neurosim.tasks.sensor_replay import WAYS, plant_replay

CONDITIONS = ("before", "after")
WAY_AFTER = "reverse"  # of the rewarded sequence, after the reward
STRUCTURE = ("position", "sequence")
LEAD_FORM = "whitened"


def orders_to_test(
    learned: Mapping[str, np.ndarray], rewarded: int
) -> dict[str, dict[str, list[list[int]]]]:
    """Chains of objects by order (seen, inferred) and sequence (both, rewarded, neutral).

    Parameters
    ----------
    learned : Mapping of order to array (object, object)
        From `neurosim.tasks.scrambled_learners.learner_transitions`.
    rewarded : int
        Object; the rewarded sequence of an order is the one that holds it.
    """
    found = {}
    for order, transitions in learned.items():
        chains = replayed_chains(transitions)
        found[order] = {
            "both": chains,
            "rewarded": [chain for chain in chains if rewarded in chain],
            "neutral": [chain for chain in chains if rewarded not in chain],
        }
    return found


def scrambled_session(
    study: ScrambledStudy, replayed: str, method: Tdlm, rng: np.random.Generator
) -> xr.Dataset:
    """Simulate the rests of one subject before and after a reward, and measure sequenceness.

    Parameters
    ----------
    study : ScrambledStudy
    replayed : {"seen", "inferred"}
        Learner whose order is replayed.
    method : Tdlm
        Its bin must be the study's sample.
    rng : numpy.random.Generator

    Returns
    -------
    Dataset
        Dims ``condition`` (before, after the reward), ``order`` (seen, inferred), ``sequence``
        (both, rewarded, neutral), ``direction``, ``lag``.

        - ``sequenceness`` (condition, order, sequence, direction, lag), ``threshold``,
          ``p_value``, ``peak_lag`` s and ``n_permutations``, as
          `neurosim.decode.tdlm.sequenceness` gives them;
        - ``structure_sequenceness`` (order, code_kind, code_lag), ``structure_lead`` s,
          ``structure_threshold`` and ``structure_p_value``: by how much the codes of position and
          sequence, as each order has them, lead those of the objects, in both rests;
        - ``learned_transitions`` (order, from_object, to_object) of the learners;
        - ``accuracy`` (code) of the decoders;
        - ``n_events`` (condition, sequence, way): the truth.

    Raises
    ------
    NeurosimError
        If no learner has that name, or bin and sample differ.
    """
    if replayed not in LEARNERS:
        raise NeurosimError(f"replayed: expected one of {choices(LEARNERS)}, found {replayed!r}")
    if method.bin_s != study.sample_s:
        raise NeurosimError(
            f"bin_s: expected {study.sample_s} s, the sample of the study, found {method.bin_s}"
        )
    subject = make_subject(study, rng)
    learned = learner_transitions(subject.task)
    orders = orders_to_test(learned, rewarded=subject.task.inferred[0][-1])
    courses, planted, measured = [], [], []
    for condition in CONDITIONS:
        ways = {"rewarded": WAY_AFTER if condition == "after" else "forward", "neutral": "forward"}
        chains = [orders[replayed][name][0] for name in ways]
        events = plant_replay(
            chains, list(ways.values()), study.replay, study.duration_s, study.codes, rng
        )
        courses.append(decoded_rest(study, subject, events, rng))
        planted.append(_planted(events, list(ways)))
        measured.append(_by_order(study, courses[-1], orders, method, rng))
    leads = [_structure_leads(study, courses, one["both"], method, rng) for one in orders.values()]
    parts = [
        xr.concat(measured, "condition", combine_attrs="override"),
        xr.concat(planted, "condition"),
        xr.concat(leads, "order"),
        _learned(learned, subject.accuracy),
    ]
    return (
        xr.merge(parts, combine_attrs="override", join="exact")
        .assign_coords(condition=list(CONDITIONS), order=list(orders))
        .assign_attrs(replayed=replayed)
    )


def _learned(learned: Mapping[str, np.ndarray], accuracy: Mapping[str, float]) -> xr.Dataset:
    """What the learners know, and how well the decoders decode."""
    one = {"units": "1"}
    return xr.Dataset(
        {
            "learned_transitions": (
                ("order", "from_object", "to_object"),
                np.stack(list(learned.values())),
                one | {"long_name": "probability of the transition, to the learner"},
            ),
            "accuracy": (
                "code",
                list(accuracy.values()),
                one | {"long_name": "fraction decoded right in a localiser"},
            ),
        },
        coords={"code": list(accuracy)},
    )


def _by_order(
    study: ScrambledStudy,
    courses: np.ndarray,
    orders: Mapping[str, Mapping[str, list[list[int]]]],
    method: Tdlm,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Sequenceness of a rest (order, sequence, direction, lag)."""
    objects = study.codes.kinds["stimulus"]
    coefficients = state_coefficients([courses[:, objects]], method)
    parts = []
    for sequences in orders.values():
        transitions = {
            name: chain_transitions(chains, objects.size) for name, chains in sequences.items()
        }
        tested = sequenceness_of(coefficients, transitions, method, rng)
        parts.append(tested.rename(order="sequence"))
    return xr.concat(parts, "order", combine_attrs="override")


def _planted(events: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Number of events (sequence, way) in a rest; all of them in the sequence ``both``."""
    counts = np.zeros((len(names), len(WAYS)), dtype=int)
    np.add.at(counts, (events["chain"].values, events["way"].values), 1)
    return xr.Dataset(
        {
            "n_events": (
                ("sequence", "way"),
                np.concatenate([counts.sum(axis=0, keepdims=True), counts]),
                {"units": "1", "long_name": "planted events"},
            )
        },
        coords={"sequence": ["both", *names], "way": list(WAYS)},
    )


def _structure_leads(
    study: ScrambledStudy,
    courses: Sequence[np.ndarray],
    chains: Sequence[Sequence[int]],
    method: Tdlm,
    rng: np.random.Generator,
) -> xr.Dataset:
    """By how much position and sequence in an order lead the objects (code_kind, code_lag)."""
    kinds = study.codes.kinds
    objects = kinds["stimulus"]
    place = np.zeros((2, objects.size), dtype=int)  # position and sequence of each object
    for number, chain in enumerate(chains):
        place[:, chain] = np.arange(len(chain)), np.full(len(chain), number)
    lagged = replace(method, form=LEAD_FORM, max_lag_s=study.max_lead_s)
    found = []
    for kind, of_object in zip(STRUCTURE, place, strict=True):
        codes = kinds[kind]
        found.append(
            code_lead(
                [one[:, codes] for one in courses],
                [one[:, objects] for one in courses],
                np.arange(codes.size)[:, None] == of_object,
                lagged,
                rng,
            )
        )
    named = {name: f"structure_{name}" for name in found[0].data_vars}
    together = xr.concat(found, "code_kind").assign_coords(code_kind=list(STRUCTURE))
    return together.rename(named)
