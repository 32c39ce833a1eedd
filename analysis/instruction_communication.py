"""What one network makes of the words of another, which it wrote for what it inferred by acting.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, fig. 5.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from analysis.instruction_communication_figure import draw
from analysis.instruction_data import Measurements, by_task, networks_in
from analysis.instruction_regimes import (
    ANY,
    NOVEL_IDS,
    PARTNER_IDS,
    PARTNER_WORDS,
    PUBLISHED_OF,
    REGIME_WORDS,
    TOLD_WORDS,
    communication_table,
    condition_of,
    known,
    regimes_in,
)
from analysis.instruction_rows import (
    effect_words,
    instruction_row,
    measured_tasks,
    none_rows,
    over_tasks,
    paired,
    said_of,
)
from analysis.results import result
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row

__all__ = ["analyse", "draw"]

INSTRUCTORS = {  # regimes that differ in what the instructor was trained on
    "all": "an instructor that trained on all tasks",
    "held_out": "an instructor that never trained the task",
}


def analyse(measured: Measurements, references: Mapping[str, Reference]) -> xr.DataTree:
    """Rows of partners, novel instructions, and of what was inferred.

    Parameters
    ----------
    measured : Measurements
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/partners`` (network, regime, partner, told): means and intervals;
        ``/confusion`` (regime, task, understood) of the first instructor.
    """
    table = communication_table(measured.communication)
    rows: list[Row] = []
    for network in networks_in(measured.communication):
        for regime in regimes_in(measured.communication):
            rows += _partners(measured, table, network, regime, references)
            rows += _novel(measured, table, network, regime, references)
            rows += _over_copies(measured, table, network, regime)
        rows += _inferred(measured, network)
    rows += _published_not_run(measured, rows, references)
    reason = "no network instructed another one at this scale"
    for quantity in ("partner_performance", "novel_instructions", "inferred_embedding"):
        rows += none_rows(quantity, measured, rows, reason)
    return result(rows, _shown(measured, table, references))


def _partners(
    measured: Measurements,
    table: pd.DataFrame,
    network: str,
    regime: str,
    references: Mapping[str, Reference],
) -> list[Row]:
    rows = []
    for partner, who in PARTNER_WORDS.items():
        for told, how in TOLD_WORDS.items():
            values = by_task(table, f"{regime},{partner},{told}", network, ANY)
            if values.empty:
                continue
            reference = known(references, PARTNER_IDS.get((regime, told, partner)))
            what = f"a partner {who}, {how}, by {REGIME_WORDS[regime]}"
            what += f"; {PUBLISHED_OF}" if reference else ""
            rows.append(
                instruction_row(
                    "partner_performance",
                    condition_of(measured, regime, partner, told),
                    network,
                    over_tasks(values),
                    reference=reference,
                    tasks=measured_tasks(values),
                    test=said_of(values, what),
                )
            )
    return rows


def _novel(
    measured: Measurements,
    table: pd.DataFrame,
    network: str,
    regime: str,
    references: Mapping[str, Reference],
) -> list[Row]:
    """Rows of written instructions that are new, and of how true a writer is to what it learned."""
    rows = []
    where = measured.condition(f"instructor={regime}")
    about = {
        "novel_instructions": ("novel", "share of the written instructions that are none of those "
                               "that the writer learned"),
        "retold_instructions": ("retold", "share of the instructions written while the instructor "
                                "follows its own that are wordings of that task"),
    }  # fmt: skip
    for quantity, (measure, what) in about.items():
        values = by_task(table, f"{regime},{measure}", network, ANY)
        if values.empty:
            continue
        reference = known(references, NOVEL_IDS.get(regime)) if measure == "novel" else None
        said = f"{what}, by {REGIME_WORDS[regime]}{f'; {PUBLISHED_OF}' if reference else ''}"
        rows.append(
            instruction_row(
                quantity,
                where,
                network,
                over_tasks(values),
                reference=reference,
                tasks=measured_tasks(values),
                test=said_of(values, said),
            )
        )
    return rows


def _over_copies(
    measured: Measurements, table: pd.DataFrame, network: str, regime: str
) -> list[Row]:
    """Rows of what words are worth beside a copied embedding, over the same tasks."""
    rows = []
    for partner, who in PARTNER_WORDS.items():
        words, copies = (
            by_task(table, f"{regime},{partner},{told}", network, ANY)
            for told in ("instruction", "embedding")
        )
        if words.empty or copies.empty:
            continue
        more = paired(words, copies)
        rows.append(
            instruction_row(
                "words_over_copies",
                measured.condition(f"instructor={regime}", f"partner={partner}"),
                network,
                more.difference,
                test=f"a partner {who}, {TOLD_WORDS['instruction']} less "
                f"{TOLD_WORDS['embedding']}, paired over tasks; paired t test; "
                f"{effect_words(more)}",
                p_value=more.p_value,
            )
        )
    return rows


def _inferred(measured: Measurements, network: str) -> list[Row]:
    """Rows of how well the instructor does with what it inferred from motor feedback.

    One of an instructor that trained on all tasks and one of one that never trained them: its two
    writers word the same embeddings, which count once.
    """
    own = [d for d in measured.communication if d.attrs["network"] == network]
    rows = []
    for regime in INSTRUCTORS:
        by_number: dict[int, dict[str, float]] = {}
        for data in own:
            if "embedding_performance" not in data or regime not in data["regime"].values:
                continue
            means = data["embedding_performance"].sel(regime=regime).mean("embedding")
            known = means.dropna("task")
            found = dict(zip(known["task"].values.astype(str), known.values.tolist(), strict=True))
            by_number.setdefault(int(data.attrs["number"]), {}).update(found)
        if not any(by_number.values()):
            continue
        values = pd.DataFrame.from_dict(by_number, orient="index")
        what = f"trials done right by {INSTRUCTORS[regime]}, with embeddings that it inferred from "
        what += "motor feedback, all its weights frozen"
        rows.append(
            instruction_row(
                "inferred_embedding",
                measured.condition(f"instructor={regime}"),
                network,
                over_tasks(values),
                test=said_of(values, what),
            )
        )
    return rows


def _published_not_run(
    measured: Measurements, rows: Sequence[Row], references: Mapping[str, Reference]
) -> list[Row]:
    """Rows of published numbers without one beside them."""
    there = {row.reference_id for row in rows}
    reason = next(iter(measured.missing.values()), "this regime was not run at this scale")
    if networks_in(measured.communication):
        reason = "this regime or partner was not run at this scale"
    wanted = [
        ("partner_performance", condition_of(measured, regime, partner, told), name)
        for (regime, told, partner), name in PARTNER_IDS.items()
    ]
    wanted += [
        ("novel_instructions", measured.condition(f"instructor={regime}"), name)
        for regime, name in NOVEL_IDS.items()
    ]
    return [
        instruction_row(
            quantity,
            where,
            "sbertnet_l",
            over_tasks(pd.DataFrame()),
            test="",
            reference=known(references, name),
            reason=reason,
        )
        for quantity, where, name in wanted
        if name not in there
    ]


def _shown(
    measured: Measurements, table: pd.DataFrame, references: Mapping[str, Reference]
) -> dict[str, xr.Dataset]:
    """Datasets of the figure."""
    names, regimes = networks_in(measured.communication), regimes_in(measured.communication)
    if not names:
        return {}
    shape = (len(names), len(regimes), len(PARTNER_WORDS), len(TOLD_WORDS))
    numbers = {part: np.full(shape, np.nan) for part in ("value", "low", "high")}
    published = np.full(shape[1:], np.nan)
    for r, regime in enumerate(regimes):
        for p, partner in enumerate(PARTNER_WORDS):
            for t, told in enumerate(TOLD_WORDS):
                reference = known(references, PARTNER_IDS.get((regime, told, partner)))
                published[r, p, t] = reference.value if reference else np.nan
                for n, name in enumerate(names):
                    found = over_tasks(by_task(table, f"{regime},{partner},{told}", name, ANY))
                    for part, values in numbers.items():
                        values[n, r, p, t] = getattr(found, part)
    dims = ("regime", "partner", "told")
    about = {"units": "1", "long_name": "part of a partner's trials done right"}
    partners = xr.Dataset(
        {part: (("network", *dims), values, about) for part, values in numbers.items()}
        | {"published": (dims, published, about)},
        {
            "network": names,
            "regime": regimes,
            "partner": list(PARTNER_WORDS),
            "told": list(TOLD_WORDS),
        },
    )
    return {"partners": partners} | _confusion(measured, names[-1])


def _confusion(measured: Measurements, network: str) -> dict[str, xr.Dataset]:
    """Messages by task and by the task whose instruction they are, over trainings."""
    own = [
        data["confusion"]
        for data in measured.communication
        if data.attrs["network"] == network and "confusion" in data
    ]
    if not own:
        return {}
    counts = xr.concat(own, "file", join="outer", fill_value=0).sum("file")
    about = {"units": "1", "long_name": "share of the task's messages"}
    total = counts.sum("understood")
    share = (counts / total.where(total > 0)).assign_attrs(about)
    return {"confusion": xr.Dataset({"share": share}, attrs={"network": network})}
