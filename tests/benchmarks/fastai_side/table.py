"""What was measured, as figures and as a table in docs/benchmarks.md."""

import math
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.fastai_side.labs import MEAN_AT_MOST, SIDES
from tests.site import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- fastai side: {} -->", "<!-- end of fastai side: {} -->"
LOWER_IS_BETTER = ("movielens",)
Labs = Mapping[str, Mapping[str, list[dict[str, Any]]]]


def median(rounds: list[dict[str, Any]], what: str) -> float:
    return statistics.median(one[what] for one in rounds)


def ratio(of_lab: Mapping[str, list[dict[str, Any]]]) -> float | None:
    """Our seconds to fastai's; None where only ours were measured."""
    if "fastai" not in of_lab or "ours" not in of_lab:
        return None
    return median(of_lab["ours"], "seconds") / median(of_lab["fastai"], "seconds")


def geometric_mean(labs: Labs) -> float | None:
    ratios = [found for of_lab in labs.values() if (found := ratio(of_lab)) is not None]
    return math.exp(statistics.fmean(map(math.log, ratios))) if ratios else None


def no_worse(name: str, of_lab: Mapping[str, list[dict[str, Any]]]) -> bool:
    """Whether our metric is equal to fastai's or better."""
    ours, theirs = median(of_lab["ours"], "metric"), median(of_lab["fastai"], "metric")
    return ours <= theirs if name in LOWER_IS_BETTER else ours >= theirs


def section(results: Mapping[str, Any]) -> str:
    """The table in Markdown, with the command, the machine and what missed its goal."""
    labs: Labs = results["labs"]
    device = results["device"]
    lines = [
        "| lab | metric, ours | metric, fastai | fit, ours | fit, fastai | ratio | at most |",
        "|---|---|---|---|---|---|---|",
    ]
    missed = []
    for side in SIDES:
        of_lab = labs.get(side.name)
        if of_lab is None:
            continue
        found = ratio(of_lab)
        cells = [side.name, f"{median(of_lab['ours'], 'metric'):.4f}"]
        seconds = f"{median(of_lab['ours'], 'seconds'):.2f} s"
        if found is None or side.most is None:
            lines.append("| " + " | ".join([*cells, "", seconds, "", "", ""]) + " |")
            continue
        cells += [f"{median(of_lab['fastai'], 'metric'):.4f}", seconds]
        cells += [f"{median(of_lab['fastai'], 'seconds'):.2f} s", f"{found:.3f}", f"{side.most:g}"]
        lines.append("| " + " | ".join(cells) + " |")
        if found > side.most:
            missed.append(f"{side.name} took {found:.3f} of fastai's time, not {side.most:g}")
        if not no_worse(side.name, of_lab):
            missed.append(f"{side.name} was faster to a worse metric")
    rounds = max(len(of_lab["ours"]) for of_lab in labs.values())
    whole = [labs[side.name] for side in SIDES if side.name in labs and not side.reviews]
    together = sum(median(of_lab["ours"], "seconds") for of_lab in whole)
    told = [f"The references of {len(whole)} labs together: {together:.0f} s."]
    fewer = {name: len(of_lab["ours"]) for name, of_lab in labs.items()}
    told += [
        f"{name}: one round." if one == 1 else f"{name}: {one} rounds."
        for name, one in fewer.items()
        if one < rounds
    ]
    if mean := geometric_mean(labs):
        told.append(f"Geometric mean of the ratios: {mean:.3f} (at most {MEAN_AT_MOST}).")
        told.append("Missed: " + "; ".join(missed) + "." if missed else "No goal was missed.")
    command = f"python -m tests.benchmarks.fastai_side --rounds {rounds}"
    command += " --device cuda" if device == "cuda" else ""
    of = "the only round" if rounds == 1 else f"the median of {rounds} rounds"
    machine = f"{results['machine']}, fastai {_version(labs)}"
    return "\n".join([f"`{command}` on {machine}; {of}.", "", *lines, "", " ".join(told)])


def _version(labs: Labs) -> str:
    found = {
        one["versions"]["fastai"] for of_lab in labs.values() for one in of_lab.get("fastai", [])
    }
    return ", ".join(sorted(found)) or "not measured"


def write_page(results: Mapping[str, Any], page: Path = PAGE) -> None:
    """Put the table between its marks; what else stands on the page stays."""
    device = results["device"]
    begin, end = BEGIN.format(device), END.format(device)
    text = page.read_text(encoding="utf-8") if page.exists() else FIRST_TEXT
    block = f"{begin}\n{section(results)}\n{end}"
    if begin in text and end in text:
        head, rest = text.split(begin, 1)
        text = head + block + rest.split(end, 1)[1]
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    page.write_text(text, encoding="utf-8")


FIRST_TEXT = """# Benchmarks

`make bench` prints what it measures and writes `var/bench.json`. This page keeps the figures that
the labs promise.

## The labs' references beside fastai

Each reference and the way that fastai's own book goes, on the same training data and the same
hidden examples, in processes of their own one after the other. **Fit** is for ours all of `train`:
reading pixels, coding tables, splitting words, training and validating. For fastai it is the fit
alone, without building its data loaders (which for texts splits the words and for tables codes
them). The **metric** is that of the lab over all hidden examples: accuracy, for movielens the mean
squared error, for cam the pointing game.

fastai's own way is: a tabular learner, three epochs of one-cycle; factors and biases, five epochs;
five convolutions with batch normalisation, five epochs at 0.1; photos presized, the head for one
epoch and the whole network for two, from the same ImageNet weights. *imdb-2000* is 2,000 reviews
cut to 128 words and signs, and 1,500 hidden ones cut likewise: an AWD-LSTM classifier from scratch,
four epochs. The full reviews would take fastai hours on two cores, so that *imdb* stands alone.
Numbers too small for a normal float count as 0 on both sides, a help to an untrained LSTM whose
gradients die away. (It still learns nothing in four epochs from so few reviews.)
With `--device cuda` both sides train on a GPU; where there is no such table below, none was there.
"""
