"""Methods against forgetting, by name, and the budget that they share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from neurosim import NeurosimError
from neurosim.agents.reservoir import ORDERS
from neurosim.errors import choices
from neurosim.models.maml import InnerParameters
from neurosim.tasks.examples import made

IMAGINATION = "imagination"
REPLAYS = (*ORDERS, IMAGINATION)


@dataclass(frozen=True)
class MetaParameters:
    """Meta-learning among the tasks that are remembered.

    Attributes
    ----------
    inner : InnerParameters
    every : int
        Updates from one meta-gradient to the next.
    n_tasks : int
        Tasks of a meta-gradient, drawn among those remembered and the one being learned.
    n_support, n_query : int
        Examples of each; a new task's support is what a learner adapts to before it trains.
    weight : float
        Of the queries' loss.
    """

    inner: InnerParameters = field(
        default_factory=lambda: InnerParameters(rate=0.1, first_order=True)
    )
    every: int = 10
    n_tasks: int = 3
    n_support: int = 10
    n_query: int = 10
    weight: float = 1.0


@dataclass(frozen=True)
class Method:
    """What a learner does against forgetting; by default nothing (fine-tuning).

    Attributes
    ----------
    network : str
        Name of the network that learns.
    replay : str, optional
        Order of replay, of `REPLAYS`; None for none.
    answers : float
        Weight of replaying the network's own earlier answers (DER++: Buzzega et al. 2020,
        10.48550/arXiv.2004.07211).
    consolidation : float
        Strength of elastic weight consolidation.
    joint : bool
        Train on all tasks so far, as if nothing had to be remembered: the bound.
    meta : bool
        Whether it adapts to a new task before it trains on it, and meta-learns among the tasks that
        it replays and the current one. Without replay that is the current one alone.
    replay_first : bool
        Whether it replays during the first task already, of which alone there is something then.
    lesion : bool
        Whether the trained network is tested a second time with nothing read from its memory.
    """

    network: str = "plain"
    replay: str | None = None
    answers: float = 0.0
    consolidation: float = 0.0
    joint: bool = False
    meta: bool = False
    replay_first: bool = True
    lesion: bool = False

    def __post_init__(self) -> None:
        """Refuse what does not go together."""
        if self.replay is not None and self.replay not in REPLAYS:
            raise NeurosimError(
                f"replay: expected one of {choices(REPLAYS)}, found {self.replay!r}"
            )
        if self.answers and self.replay in (None, IMAGINATION):
            raise NeurosimError(
                f"answers: expected 0 with replay {self.replay!r}, found {self.answers}: only what "
                "was experienced was ever answered"
            )
        if self.joint and self.replay is not None:
            raise NeurosimError(
                f"joint: expected no replay with all tasks at hand, found {self.replay!r}"
            )


@dataclass(frozen=True)
class LearnerParameters:
    """Budget and memory that all methods share.

    DER++ replays two draws of `replay_size`, as published; and a learner that meta-learns sees the
    supports and queries of its rehearsals besides.

    Attributes
    ----------
    n_epochs : int
        Passes through a task.
    batch_size : int
        Examples of the current task in an update.
    learning_rate : float
        Of Adam.
    clip : float
        Largest norm of the gradient.
    memory_size : int
        Examples kept.
    replay_size : int
        Examples replayed in an update.
    replay_weight : float
        Weight of the replayed examples' mean loss.
    alpha : float
        Power of the priorities.
    beta : (float, float)
        Power of the weights at first and at last.
    n_fisher : int
        Examples a task that tell which weights matter.
    meta : MetaParameters
    """

    n_epochs: int = 10
    batch_size: int = 16
    learning_rate: float = 1e-3
    clip: float = 1.0
    memory_size: int = 200
    replay_size: int = 16
    replay_weight: float = 1.0
    alpha: float = 0.6
    beta: tuple[float, float] = (0.4, 1.0)
    n_fisher: int = 100
    meta: MetaParameters = field(default_factory=MetaParameters)

    @classmethod
    def from_mapping(cls, given: Mapping) -> "LearnerParameters":
        """Build from the keys of the configuration; those left out have their defaults."""
        options = dict(given)
        if "meta" in options:
            meta = dict(options["meta"])
            if "inner" in meta:
                meta["inner"] = made(InnerParameters, meta["inner"], "meta.inner")
            options["meta"] = made(MetaParameters, meta, "meta")
        if "beta" in options:
            first, last = options["beta"]
            options["beta"] = float(first), float(last)
        return made(cls, options, "learner")


WITH_ALL = {"network": "agent", "replay": "prioritised", "meta": True}
WITHOUT = {  # part that is left out, and what is there instead
    "no_memory": {"network": "controller"},
    "no_replay": {"replay": None},
    "no_meta": {"meta": False},
}
BASELINES = {
    "fine_tuning": Method(),
    "er": Method(replay="uniform"),
    "der++": Method(replay="uniform", answers=0.5),
    "ewc": Method(consolidation=30.0),
    "joint": Method(joint=True),
}
ORDERED = {
    f"er,{order}": Method(replay=order)
    for order in ("prioritised", "movie_forward", "movie_reverse", "imagination")
}


def ablations() -> dict[str, Method]:
    """Give the agent with everything on, and without each of its parts, alone and together.

    They learn with the networks ``agent`` and ``controller``, the agent without its memory. Names
    tell what is left out: ``agent``, ``agent,no_memory``, ``agent,no_memory,no_replay``...
    """
    found = {}
    for number in range(2 ** len(WITHOUT)):
        left_out = [name for bit, name in enumerate(WITHOUT) if number >> bit & 1]
        options = dict(WITH_ALL)
        for name in left_out:
            options |= WITHOUT[name]
        found[",".join(["agent", *left_out])] = Method(**options, lesion=not left_out)
    return found
