"""Each lab's reference beside fastai's own way, on our data and split, on one machine.

`python -m tests.benchmarks.fastai_side [LAB ...]` measures the labs that are named (all of them
otherwise), keeps what it measured in var/fastai_side.json and writes docs/benchmarks.md. Every
measurement is a process of its own, one after the other. What counts is the time to fit: our whole
`train`, from the data as they lie in the folder; of fastai only the fit itself, without building
its data loaders. The metric is of the hidden examples, which neither saw.
"""

from tests.benchmarks.fastai_side.measuring import for_the_table

__all__ = ["for_the_table"]
