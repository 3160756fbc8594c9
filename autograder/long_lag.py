"""The threshold of the lstm unit's long-lag check, with the runs behind it.

As the check does, the reference's LSTM and the plain RNN are trained on the adding problem, once
for each seed (of the weights and of the sequences), and every correct alternative that trains in
its own way a few times. The threshold is the geometric mean of the worst LSTM's mean squared error
on new sequences and the best RNN's: as many times above the one as below the other.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from . import alternatives, reference
from .calibrate import Progress
from .case import Case
from .checks.held_out_text import DATA
from .checks.lstm_adding import EPOCHS, NEW_SEQUENCES, ONE_KNOWN, SEQUENCES, TIME, UNITS
from .observe.lstm_adding import long_lag
from .student import Student

UNIT = "lstm"
NAMES = ("LSTMCell", "adding_model", "train_adding")
OTHER_SEEDS = 3
PLAIN_RNN = "def LSTMCell(units):\n    return keras.layers.SimpleRNNCell(units)\n"


def calibrate(seeds: int = 20, progress: Progress = lambda name, value: None) -> dict[str, Any]:
    """`seeds` runs of the LSTM and of the RNN; write and return `data/lstm_long_lag.json`."""

    def runs(name: str, count: int, override: str = "") -> tuple[list[float], list[int]]:
        space = reference.namespace(UNIT, NAMES, override)
        errors, learned = [], []
        for seed in range(count):
            error, losses = _trained(space, seed)
            errors.append(round(error, 5))
            learned.append(int(np.argmax(np.append(losses, 0.0) < ONE_KNOWN / 2)) + 1)
            progress(name, error)
        return errors, learned

    lstm, learned = runs("LSTM", seeds)
    rnn, _ = runs("RNN", seeds, PLAIN_RNN)
    asked = set(NAMES)
    others = {
        other.id: runs(other.id, OTHER_SEEDS, other.source)[0]
        for other in alternatives.bank(UNIT)
        if other.defines & asked
    }
    found = {
        "command": f"course calibrate {UNIT} --seeds {seeds}",
        "time": TIME,
        "units": UNITS,
        "sequences": SEQUENCES,
        "epochs": EPOCHS,
        "threshold": threshold(
            [*lstm, *(error for runs in others.values() for error in runs)], rnn
        ),
        "lstm": lstm,
        "lstm_epochs_until_half_of_one_number": learned,
        "rnn": rnn,
        "alternatives": others,
    }
    content = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    (DATA / "lstm_long_lag.json").write_text(content, encoding="utf-8")
    return found


def threshold(lstm: list[float], rnn: list[float]) -> float:
    """Geometric mean of the worst LSTM and the best RNN."""
    return round(float(np.sqrt(max(lstm) * min(rnn))), 4)


def _trained(space: dict[str, Any], seed: int) -> tuple[float, np.ndarray]:
    """Mean squared error on new sequences, and the losses of the epochs."""
    from pathlib import Path

    from course_lib.sources import adding_problem

    inputs, targets = adding_problem(SEQUENCES, TIME, 2 * seed)
    new_inputs, new_targets = adding_problem(NEW_SEQUENCES, TIME, 2 * seed + 1)
    values = {
        "inputs": inputs,
        "targets": targets[:, None],
        "new_inputs": new_inputs,
        "units": UNITS,
        "epochs": EPOCHS,
        "weight_seed": seed,
    }
    seen = long_lag(Student(space, Path()), Case("calibration", values))
    error = float(np.mean((seen["predictions"][:, 0] - new_targets) ** 2))
    return error, np.asarray(seen["losses"])
