"""Observations of the rnn unit: one function a check, (student, case) -> named arrays."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from . import drawn_tokens, pair, present
from .keras_model import KerasModel

CELL = ("W_xh", "W_hh", "b_h")
PARAMETERS = ("E", *CELL, "W_ho", "b_o")
LENGTHS = (4, 16, 28)
"""Of the generated texts whose work is counted; their differences are equal."""
GROWTH, SLACK = 1.4, 30
"""The work of 12 more tokens may be this many times that of the 12 before, and so many events
more: the first is 1 if every token costs the same, the second leaves room for a library's own."""
LIBRARIES = tuple({os.path.dirname(os.__file__), os.path.dirname(os.path.dirname(np.__file__))})
_keras = KerasModel("rnn", "RNNCell", CELL)

keras_cell, language_model, same_model = _keras.cell, _keras.language_model, _keras.same_model
learns, result = _keras.learns, _keras.result


def parameters(case: Any) -> dict[str, np.ndarray]:
    """The case's arrays as the dict that the student's functions take."""
    return {name: case.values[name].copy() for name in PARAMETERS if name in case.values}


def one_hot(student: Any, case: Any) -> dict[str, Any]:
    size = case.vocabulary
    return present(
        vectors=student.one_hot(case.ids, size),
        vectors_of_a_row=student.one_hot(case.row, size),
    )


def embed(student: Any, case: Any) -> dict[str, Any]:
    return present(
        xs=student.embed(case.vectors, case.E),
        xs_between=student.embed(case.between, case.E),
    )


def look_up(student: Any, case: Any) -> dict[str, Any]:
    return present(
        xs=student.look_up(case.ids, case.E),
        xs_of_a_row=student.look_up(case.row, case.E),
    )


def one_step(student: Any, case: Any) -> dict[str, Any]:
    return present(h=student.rnn_step(case.x, case.h_prev, parameters(case)))


def output(student: Any, case: Any) -> dict[str, Any]:
    return present(
        o=student.output(case.h, parameters(case)),
        o_over_time=student.output(case.hs, parameters(case)),
    )


def over_time(student: Any, case: Any) -> dict[str, Any]:
    hs, h_last = pair(student.rnn_over_time(case.xs, case.h_0, parameters(case)))
    single, after = pair(student.rnn_over_time(case.single, case.h_0[:1], parameters(case)))
    return present(hs=hs, h_T=h_last, hs_of_one_step=single, h_T_of_one_step=after)


def read(student: Any, case: Any) -> dict[str, Any]:
    logits, h_last = pair(student.read(case.ids, case.h_0, parameters(case)))
    return present(logits=logits, h_T=h_last)


def _of_logits(name: str, function: Callable[[Any], Any], case: Any) -> dict[str, Any]:
    """The function of ordinary and of large logits, and whether it left them as they were."""
    o, large = case.o.copy(), case.large.copy()
    seen = present(**{name: function(o), f"{name}_of_large_logits": function(large)})
    kept = np.array_equal(o, case.o) and np.array_equal(large, case.large)
    return {**seen, "input_unchanged": np.array(kept)}


def softmax(student: Any, case: Any) -> dict[str, Any]:
    return _of_logits("p", student.softmax, case)


def log_softmax(student: Any, case: Any) -> dict[str, Any]:
    return _of_logits("log_p", student.log_softmax, case)


def log_odds(student: Any, case: Any) -> dict[str, Any]:
    return present(log_odds=student.log_odds(case.h, case.y, case.other, parameters(case)))


def token_losses(student: Any, case: Any) -> dict[str, Any]:
    return present(
        losses=student.token_losses(case.o, case.targets),
        losses_of_large_logits=student.token_losses(case.large, case.targets),
    )


def mean_loss(student: Any, case: Any) -> dict[str, Any]:
    return present(loss=student.mean_loss(case.o, case.targets, case.mask))


def perplexity(student: Any, case: Any) -> dict[str, Any]:
    batches = [
        (case.values[f"o_{i}"], case.values[f"targets_{i}"], case.values[f"mask_{i}"])
        for i in range(case.batches)
    ]
    return present(perplexity=student.perplexity(batches))


def sequential_batches(student: Any, case: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for length, batch, time in case.settings.tolist():
        cut = student.sequential_batches(case.ids[:length].copy(), batch, time)
        inputs, targets = pair(cut)
        names = f"inputs of {length} tokens", f"targets of {length} tokens"
        seen |= dict(zip(names, (inputs, targets), strict=True))
    return present(**seen)


def random_batches(student: Any, case: Any) -> dict[str, Any]:
    whole = len(case.ids)
    asked = {
        "": (case.seed, whole),
        "_again": (case.seed, whole),
        "_other": (case.other_seed, whole),
    }
    asked |= {f"_{name}": (case.seed, length) for name, length in case.lengths.items()}
    seen: dict[str, Any] = {}
    for name, (seed, length) in asked.items():
        rng, ids = np.random.default_rng(int(seed)), case.ids[:length].copy()
        cut = student.random_batches(ids, int(case.batch), int(case.time), rng)
        seen[f"inputs{name}"], seen[f"targets{name}"] = pair(cut)
    return present(**seen)


def read_batches(student: Any, case: Any) -> dict[str, Any]:
    return present(
        carried=student.read_batches(case.inputs, parameters(case), True),
        from_zero=student.read_batches(case.inputs, parameters(case), False),
    )


def with_temperature(student: Any, case: Any) -> dict[str, Any]:
    seen = {
        f"temperature {value:g}": student.with_temperature(case.o.copy(), value)
        for value in (*case.temperatures.tolist(), 0)
    }
    return present(**seen, one_row=student.with_temperature(case.row, float(case.temperatures[0])))


def generate(student: Any, case: Any) -> dict[str, Any]:
    """The likeliest continuations, texts drawn with three generators, and the work they take."""

    def written(prefix: np.ndarray, length: int, temperature: float, seed: int) -> Any:
        rng = np.random.default_rng(seed)
        return student.generate(prefix.copy(), length, parameters(case), temperature, rng)

    whole, t = case.prefixes[0], float(case.temperature)
    beginnings = [row[:n] for row, n in zip(case.prefixes, case.lengths, strict=True)]
    likeliest = [written(beginning, case.steps, 0, 0) for beginning in beginnings]
    if any(text is None for text in likeliest):
        return {}
    text = np.asarray(written(whole, case.length, t, int(case.seed)))
    work, texts = [], []
    for length in LENGTHS:
        write = partial(written, whole, length, t, int(case.seed))
        first = write()  # so that no graph is made while the work is counted
        events, again = _work(write)
        work.append(events)
        texts = [np.asarray(first), np.asarray(again)]
    other = np.asarray(written(whole, LENGTHS[-1], t, int(case.other_seed)))
    return {
        "likeliest": _even(likeliest),
        "text": text,
        "text_fits": _fits(student, case, text),
        "same_seed_same_text": np.array(np.array_equal(texts[0], texts[1])),
        "other_seed_same_text": np.array(np.array_equal(texts[0], other)),
        "work": np.array(work),
        "work_grows": np.array(grows(np.array(work))),
    }


def _fits(student: Any, case: Any, text: np.ndarray) -> np.ndarray:
    """Whether the text may be drawn from what the student's own network gives, at temperatures τ,
    1 and 1/τ. What decides a grade does not trust this; a students' copy and hints do."""
    fits = np.zeros(3, bool)
    if text.shape == (case.length,) and np.isin(text, np.arange(len(case.b_o))).all():
        ids = np.concatenate([case.prefixes[0], text[:-1].astype(np.int32)])[None]
        o, _ = pair(student.read(ids, np.zeros((1, len(case.b_h))), parameters(case)))
        kept = np.asarray(o)[0, len(case.prefixes[0]) - 1 :]
        for i, temperature in enumerate((case.temperature, 1.0, 1.0 / case.temperature)):
            p = np.asarray(student.with_temperature(kept, temperature), np.float64)
            fits[i] = drawn_tokens.gap(text.astype(int), p) <= drawn_tokens.allowed(len(text))
    return fits


def grows(work: np.ndarray) -> bool:
    """Whether the last tokens of a text take more work than as many before them."""
    first, second = (int(n) for n in np.diff(work.astype(np.int64)))
    return second > GROWTH * max(first, 0) + SLACK


def _even(rows: list[Any]) -> Any:
    """The rows as one array; where they differ in length, the first one alone."""
    arrays = [np.asarray(row) for row in rows]
    return np.stack(arrays) if len({array.shape for array in arrays}) == 1 else arrays[0]


def _work(function: Callable[[], Any]) -> tuple[int, Any]:
    """The work of a call, counted instead of timed, and its result: how many functions it calls
    in Python, and how many lines it runs outside of the installed libraries."""
    count = 0

    def tracer(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return None if frame.f_code.co_filename.startswith(LIBRARIES) else tracer

    before, collects = sys.gettrace(), gc.isenabled()
    gc.disable()  # what is thrown away just now would count as work
    sys.settrace(tracer)
    try:
        result = function()
    finally:
        sys.settrace(before)
        if collects:
            gc.enable()
    return count, result
