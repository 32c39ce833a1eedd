"""The model of the state-space decoder: its dynamics, and how they follow one another."""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.decode.transitions import STATES, Movement


@dataclass(frozen=True)
class StateSpace:
    """A model: which dynamics there are, how they follow one another, how positions move.

    Attributes
    ----------
    movement : Movement
        Of positions and maps.
    transition : array (state, state)
        Probability to go from the dynamic of the row to that of the column in one bin.
    states : tuple of str
        Names of the dynamics.
    moves : tuple of tuple of str
        Movement out of `STATES` from the dynamic of the row to that of the column.
    initial : array (state, map, position)
        Probabilities before the first bin's spikes.
    """

    movement: Movement
    transition: np.ndarray
    states: tuple[str, ...]
    moves: tuple[tuple[str, ...], ...]
    initial: np.ndarray

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of states, maps and positions."""
        return (len(self.states), *self.movement.visited.shape)

    def matrix(self) -> np.ndarray:
        """Write the whole transition out: for tests and small models."""
        blocks = [
            [p * self.movement.matrix(name) for p, name in zip(*row, strict=True)]
            for row in zip(self.transition, self.moves, strict=True)
        ]
        return np.block(blocks)


def sticky_transition(n_states: int, stay: float) -> np.ndarray:
    """Dynamics (state, state) that stay with a probability and else go to any other alike."""
    if n_states == 1:
        return np.ones((1, 1))
    transition = np.full((n_states, n_states), (1 - stay) / (n_states - 1))
    np.fill_diagonal(transition, stay)
    return transition


def make_state_space(
    movement: Movement,
    transition: np.ndarray,
    *,
    states: tuple[str, ...] = STATES,
    moves: tuple[tuple[str, ...], ...] | None = None,
    initial: np.ndarray | None = None,
) -> StateSpace:
    """Put a model together and check it.

    Parameters
    ----------
    movement : Movement
        From `neurosim.decode.transitions.make_movement`.
    transition : array (state, state)
        Rows sum to one; see `sticky_transition`.
    states : tuple of str
        Names of the dynamics.
    moves : tuple of tuple of str, optional
        Movement from row to column. Where left out the position moves as the state that is
        entered says, and anywhere out of ``fragmented``.
    initial : array (state, map, position), optional
        Flat over states and visited bins where left out.

    Raises
    ------
    NeurosimError
        If shapes do not match, a row does not sum to one, or a movement is not known.
    """
    k = len(states)
    transition = np.asarray(transition, dtype=float)
    if transition.shape != (k, k):
        raise NeurosimError(f"transition: expected shape {(k, k)}, found {transition.shape}")
    if np.any(transition < 0) or not np.allclose(transition.sum(axis=1), 1.0, atol=1e-6):
        raise NeurosimError(
            f"transition: expected rows of probabilities that sum to 1, found {transition.tolist()}"
        )
    if moves is None:
        moves = tuple(
            tuple("fragmented" if origin == "fragmented" else name for name in states)
            for origin in states
        )
    unknown = {name for row in moves for name in row} - set(STATES)
    if unknown or any(len(row) != k for row in moves) or len(moves) != k:
        raise NeurosimError(f"moves: expected {k} x {k} out of {', '.join(STATES)}, found {moves}")
    visited = movement.visited
    shape = (k, *visited.shape)
    if initial is None:
        initial = np.broadcast_to(visited, shape).astype(float)
    initial = np.asarray(initial, dtype=float)
    if initial.shape != shape:
        raise NeurosimError(f"initial: expected shape {shape}, found {initial.shape}")
    initial = initial * visited
    if np.any(initial < 0) or not initial.sum() > 0:
        raise NeurosimError("initial: expected probabilities on visited bins, found none")
    return StateSpace(movement, transition, tuple(states), moves, initial / initial.sum())
