"""Make a numpy array of whatever predict returned, and send it as npy bytes."""

import io
from typing import Any

import numpy

from labs.harness.channels import Output, TooLarge
from labs.harness.problems import Problem


def to_array(value: Any) -> "numpy.ndarray[Any, Any]":
    """Takes arrays, torch tensors, pandas objects, lists of numbers or of those. Raises Problem."""
    if value is None:
        raise Problem("bad_predictions", "predict returned None. Does it end with a return?")
    if isinstance(value, (list, tuple)):
        value = [_plain(each) for each in value]
    try:
        array = numpy.asarray(_plain(value))
    except ValueError as error:
        raise Problem(
            "bad_predictions", f"The predictions do not form one array: {error}"
        ) from None
    if array.dtype.hasobject:
        raise Problem(
            "bad_predictions",
            f"The predictions are {type(value).__name__} of Python objects, not of numbers. "
            "Return a numpy array with a numeric dtype.",
        )
    return array


def _plain(value: Any) -> Any:
    if hasattr(value, "detach"):  # a torch tensor, perhaps on a GPU and with a gradient
        return value.detach().cpu().numpy()
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    return value


def write_predictions(array: "numpy.ndarray[Any, Any]", output: Output) -> None:
    with io.BufferedWriter(output) as file:
        try:
            numpy.lib.format.write_array(file, array, allow_pickle=False)
            file.flush()
        except TooLarge:
            raise Problem(
                "bad_predictions", f"The predictions are larger than {output.cap >> 20} MB."
            ) from None
