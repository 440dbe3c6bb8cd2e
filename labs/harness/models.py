"""Write a trained model into the output pipe, and read one back in the predict job."""

import io
import pickle
from pathlib import Path
from typing import Any

from labs.harness.channels import Output, TooLarge
from labs.harness.problems import Problem, learner_traceback

_CHUNK = 1 << 20
_CURE = "Return something pickle can store: no lambdas, open files, or classes made in functions."


def write_model(model: Any, output: Output, solution: Path) -> None:
    with io.BufferedWriter(output, _CHUNK) as file:
        try:
            pickle.Pickler(file, protocol=5).dump(model)
            file.flush()
        except TooLarge:
            raise Problem(
                "model_too_large",
                f"The model is larger than {output.cap >> 20} MB when pickled.",
            ) from None
        except (MemoryError, OSError):
            raise
        except Exception as error:  # __reduce__ and __getstate__ are the learner's code
            raise Problem(
                "not_picklable",
                f"The model cannot be pickled ({type(error).__name__}: {error}). {_CURE}",
                learner_traceback(error, solution),
            ) from error


def read_model(path: Path, solution: Path) -> Any:
    with path.open("rb") as file:
        try:
            return pickle.load(file)
        except MemoryError:
            raise
        except Exception as error:  # as above
            raise Problem(
                "not_picklable",
                f"The model cannot be read back ({type(error).__name__}: {error}). {_CURE}",
                learner_traceback(error, solution),
            ) from error
