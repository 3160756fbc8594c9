"""Models as NumPy's .npz files, without pickle."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.ngram.index import NGramIndex
from course_lib.ngram.sequences import Alphabet
from course_lib.whole_file import whole_file

FORMAT = "course_lib.ngram 1"


def save(model: Any, path: str | Path) -> None:
    """Write an NGram so that `load` gives the same model."""
    about = {
        "format": FORMAT,
        "vocabulary_size": model.alphabet.vocabulary_size,
        "boundaries": model.alphabet.boundaries,
        "below": model.below,
        "smoothing": model.smoothing,
        "reversed": model.reversed,
        "order": model.order,
    }
    arrays = {"about": np.array(json.dumps(about))}
    for m in range(1, model.order + 1):
        arrays |= {
            f"keys_{m}": model.index.keys[m],
            f"probability_{m}": model.probability[m],
            f"backoff_{m - 1}": model.backoff[m - 1],
        }
    with whole_file(path) as scratch, scratch.open("wb") as file:
        np.savez_compressed(file, **arrays)


def parts(path: str | Path) -> dict[str, Any]:
    """The fields of the NGram that `save` wrote; ValueError for any other file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            if about["format"] != FORMAT:
                raise ValueError(f"its format is {about['format']!r}")
            alphabet = Alphabet(about["vocabulary_size"], about["boundaries"])
            orders = range(1, about["order"] + 1)
            nothing = np.array([], np.int64)
            keys = [nothing, *(file[f"keys_{m}"] for m in orders)]
            return {
                "alphabet": alphabet,
                "index": NGramIndex(alphabet.size, keys),
                "probability": [np.array([]), *(file[f"probability_{m}"] for m in orders)],
                "backoff": [file[f"backoff_{m - 1}"] for m in orders],
                "below": about["below"],
                "smoothing": about["smoothing"],
                "reversed": about["reversed"],
            }
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path} holds no n-gram model; expected a file that model.save(path) wrote, got "
            f"{type(error).__name__}: {error}; try saving the model again"
        ) from error
