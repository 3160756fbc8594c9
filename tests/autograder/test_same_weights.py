"""Equal trained weights are found by their contents, in files that differ."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from autograder.same_weights import LOOKED_AT, same_weights, windows
from autograder.submission import Submission

FEW = 3


def drawn(seed: int) -> list[np.ndarray]:
    """Arrays as a small GRU has them, biases at zero."""
    rng = np.random.default_rng(seed)
    shapes = [(38, 32), (32, 192), (64, 192), (64, 38)]
    arrays = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    return [*arrays, np.zeros((2, 192), np.float32), np.zeros(38, np.float32)]


def npz(arrays: list[np.ndarray], packed: bool = False) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(file, *arrays)
    return file.getvalue()


def h5(arrays: list[np.ndarray], folder: Path, names: str = "layer") -> bytes:
    path = folder / "weights.h5"
    with h5py.File(path, "w") as file:
        for number, array in enumerate(arrays):
            file.create_dataset(f"{names}/{number}/vars/0", data=array)
    return path.read_bytes()


def handed_in(files: dict[str, bytes]) -> list[Submission]:
    return [Submission("gru", name, (), {"gru.npz": data}) for name, data in files.items()]


def test_the_same_arrays_are_found_in_every_kind_of_file(tmp_path: Path) -> None:
    files = {f"s{n}": h5(drawn(n), tmp_path) for n in range(8)}
    files |= {
        "again": h5(drawn(0), tmp_path, "other_names_of_the_layers"),
        "npz": npz(drawn(1)),
        "packed": npz(drawn(2), packed=True),
        "reversed": npz(drawn(3)[::-1]),
    }
    assert files["again"] != files["s0"]
    assert same_weights(handed_in(files), FEW) == [
        ("again", "s0"),
        ("npz", "s1"),
        ("packed", "s2"),
        ("reversed", "s3"),
    ]


def test_weights_that_were_trained_apart_are_not_the_same(tmp_path: Path) -> None:
    kinds = [lambda arrays: h5(arrays, tmp_path), npz]
    files = {f"s{n}": kinds[n % 2](drawn(n)) for n in range(20)}
    assert same_weights(handed_in(files), FEW) == []
    two = {name: files[name] for name in ("s0", "s2")}
    assert same_weights(handed_in(two), 2) == []


def test_what_many_share_is_the_notebooks_seed(tmp_path: Path) -> None:
    crowd = {f"c{n}": h5(drawn(0), tmp_path) for n in range(FEW + 1)}
    rest = {f"s{n}": h5(drawn(n), tmp_path) for n in range(1, 5)}
    assert same_weights(handed_in({**crowd, **rest}), FEW) == []
    three = dict(list(crowd.items())[:FEW])
    assert same_weights(handed_in({**three, **rest}), FEW) == [("c0", "c1", "c2")]


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(str(number), bytes(4 * LOOKED_AT))
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 broken", b"PK\x05\x06" + bytes(18), bomb(), b"\x89HDF\r\n\x1a\n" * 9],
    ids=["empty", "broken", "empty archive", "bomb", "no h5"],
)
def test_a_file_that_is_none_harms_nobody(data: bytes) -> None:
    assert len(windows({"gru.npz": data})) < 10


def test_files_that_keras_saved_of_equal_weights_are_the_same(tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(3)
    files = {}
    for n, name in enumerate(("ada", "bela", "chen", "dora")):
        model = keras.Sequential(
            [keras.Input((5, 30)), keras.layers.GRU(40, name=f"mine{n}"), keras.layers.Dense(30)]
        )
        if name == "bela":
            model.set_weights(keras.models.load_model(tmp_path / "ada.keras").get_weights())
        model.save(tmp_path / f"{name}.keras")
        model.save_weights(tmp_path / "gru.weights.h5")
        files[name] = (tmp_path / "gru.weights.h5").read_bytes()
    assert files["ada"] != files["bela"]
    assert same_weights(handed_in(files), FEW) == [("ada", "bela")]
