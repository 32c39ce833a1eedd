"""Two skills that need a memory: to copy a sequence, and to recall what went with what.

Graves, Wayne & Danihelka 2014 (10.48550/arXiv.1410.5401). In associative recall the key and its
value come in separate steps, as otherwise one step holds all there is to find.
"""

from collections.abc import Callable

import numpy as np

from neurosim import NeurosimError

N_BITS = 8
N_FLAGS = 2  # channels beside the bits
Episodes = tuple[np.ndarray, np.ndarray, np.ndarray]


def copy_episodes(length: int, n_episodes: int, rng: np.random.Generator) -> Episodes:
    """Random vectors, a mark, then silence in which to say them again in order.

    Parameters
    ----------
    length : int
        Vectors to copy.
    n_episodes : int
    rng : numpy.random.Generator

    Returns
    -------
    x : array (episode, step, channel)
        Bits as -1 and 1 (silence is 0), then the flags "listen" and "speak"; float32.
    y : array (episode, step, bit)
        What is to be said; float32, 0 where nothing is.
    asked : array (step,) of bool
    """
    bits = rng.integers(0, 2, (n_episodes, length, N_BITS))
    x = np.zeros((n_episodes, 2 * length + 1, N_BITS + N_FLAGS), np.float32)
    x[:, :length, :N_BITS] = _shown(bits)
    x[:, :length, N_BITS] = 1
    x[:, length, N_BITS + 1] = 1
    y = np.zeros((n_episodes, 2 * length + 1, N_BITS), np.float32)
    y[:, length + 1 :] = bits
    return x, y, np.arange(2 * length + 1) > length


def recall_episodes(n_pairs: int, n_episodes: int, rng: np.random.Generator) -> Episodes:
    """Key, value, key, value, ...; then each key again, in another order, and its value is asked.

    The value is asked in the step after its key. Keys of an episode are all different.

    Parameters and returns as those of `copy_episodes`; the flags are "key" and "asked key".
    """
    if n_pairs > 2**N_BITS:
        raise NeurosimError(
            f"memory.skills.length: expected at most {2**N_BITS} pairs of different keys, "
            f"found {n_pairs}"
        )
    keys = rng.permuted(np.tile(np.arange(2**N_BITS), (n_episodes, 1)), axis=1)[:, :n_pairs]
    keys = keys[..., None] >> np.arange(N_BITS) & 1
    values = rng.integers(0, 2, keys.shape)
    order = rng.permuted(np.tile(np.arange(n_pairs), (n_episodes, 1)), axis=1)[..., None]
    n_steps = 4 * n_pairs
    x = np.zeros((n_episodes, n_steps, N_BITS + N_FLAGS), np.float32)
    y = np.zeros((n_episodes, n_steps, N_BITS), np.float32)
    heard, asked = slice(0, 2 * n_pairs, 2), slice(2 * n_pairs, n_steps, 2)
    x[:, heard, :N_BITS], x[:, heard, N_BITS] = _shown(keys), 1
    x[:, 1 : 2 * n_pairs : 2, :N_BITS] = _shown(values)
    x[:, asked, :N_BITS] = _shown(np.take_along_axis(keys, order, axis=1))
    x[:, asked, N_BITS + 1] = 1
    y[:, 2 * n_pairs + 1 :: 2] = np.take_along_axis(values, order, axis=1)
    step = np.arange(n_steps)
    return x, y, (step > 2 * n_pairs) & (step % 2 == 1)


def _shown(bits: np.ndarray) -> np.ndarray:
    """Bits as -1 and 1."""
    return 2 * bits - 1


SKILLS: dict[str, Callable[[int, int, np.random.Generator], Episodes]] = {
    "copy": copy_episodes,
    "recall": recall_episodes,
}
