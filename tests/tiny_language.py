"""Language models of a few units, saved as the real ones are, with tokenizers of a few words."""

from pathlib import Path

import torch

WORDS = ("go", "toward", "the", "stronger", "weaker", "stimulus", "away", "from", "first", "second")
SENTENCES = [
    "go toward the stronger stimulus",
    "go away",
    "go toward the second stimulus away from the first weaker stimulus",
    "the first",
]
SIZE = {"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2}
LONGEST = 20
START, END, PAD = "<start>", "<end>", "<pad>"


def save_tiny(kind: str, folder: Path, seed: int = 0) -> Path:
    """Save a random model of a kind, "bert", "roberta", "gpt2" or "clip", and its tokenizer."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _model(kind)
        for parameter in model.parameters():
            is_gain = parameter.ndim == 1 and bool((parameter == 1).all())
            parameter.data.normal_(float(is_gain), 0.3)  # biases too, so that each of them counts
    model.save_pretrained(folder)
    tokenizer(kind).save_pretrained(folder)
    return folder


def save_in_cache(kind: str, name: str, cache: Path) -> None:
    """Save a random model as the cache of the Hugging Face hub holds it."""
    stored = cache / f"models--{name.replace('/', '--')}"
    (stored / "refs").mkdir(parents=True)
    (stored / "refs" / "main").write_text("0" * 40)
    save_tiny(kind, stored / "snapshots" / ("0" * 40))


def drop_weights(folder: Path, beginning: str) -> None:
    """Take the weights whose names begin so out of a saved model."""
    from safetensors.torch import load_file, save_file

    file = folder / "model.safetensors"
    kept = {key: value for key, value in load_file(file).items() if not key.startswith(beginning)}
    save_file(kept, file, {"format": "pt"})


def _model(kind: str):
    import transformers as hf

    if kind == "gpt2":
        return hf.GPT2Model(
            hf.GPT2Config(
                vocab_size=32, n_embd=16, n_layer=4, n_head=2, n_positions=LONGEST,
                bos_token_id=1, eos_token_id=1,
            )
        )  # fmt: skip
    if kind == "clip":
        vision = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
                  "intermediate_size": 8, "image_size": 8, "patch_size": 4}  # fmt: skip
        text = {**SIZE, "intermediate_size": 32, "max_position_embeddings": LONGEST,
                "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}  # fmt: skip
        return hf.CLIPModel(hf.CLIPConfig(text_config=text, vision_config=vision))
    config, model = {
        "bert": (hf.BertConfig, hf.BertModel),
        "roberta": (hf.RobertaConfig, hf.RobertaModel),
    }[kind]
    return model(config(**SIZE, intermediate_size=32, max_position_embeddings=LONGEST,
                        pad_token_id=2))  # fmt: skip


def tokenizer(kind: str):
    """Words as tokens; GPT's sets none at the end and knows none for padding, as the real one."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate((START, END, PAD, *WORDS))}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token=PAD))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if kind == "gpt2":
        return PreTrainedTokenizerFast(tokenizer_object=made, eos_token=END, bos_token=END)
    made.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(START, 0), (END, 1)]
    )
    special = {"bert": {"cls_token": START, "sep_token": END, "pad_token": PAD},
               "roberta": {"cls_token": START, "eos_token": END, "pad_token": PAD},
               "clip": {"bos_token": START, "eos_token": END, "pad_token": END}}[kind]  # fmt: skip
    return PreTrainedTokenizerFast(tokenizer_object=made, **special)
