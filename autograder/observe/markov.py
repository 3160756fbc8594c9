"""Observations of the markov unit: one function a check, (student, case) -> named arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from itertools import product
from typing import Any

import numpy as np

from . import pair, present

Observe = Callable[[Any, Any], dict[str, Any]]

LONGEST = 8
"""Tokens of context that a model of the text may ask for."""


def quietly(observe: Observe) -> Observe:
    """The same without NumPy's warnings: the logarithm of 0 is part of the lesson."""

    @wraps(observe)
    def quiet(student: Any, case: Any) -> dict[str, Any]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return observe(student, case)

    return quiet


def table_model(table: np.ndarray) -> Callable[[Any], np.ndarray]:
    """A model with the rows of a table (V, ..., V, V): one axis for each token of context."""
    order = table.ndim - 1

    def model(context: Any) -> np.ndarray:
        got = np.shape(context)
        if got != (order,):
            what = f"{got[0]} tokens" if len(got) == 1 else f"{context!r}"
            raise ValueError(f"the model was asked about a context of {what}; expected {order}")
        return np.array(table[tuple(int(token) for token in context)])

    return model


def all_contexts(vocabulary_size: int, order: int) -> list[tuple[int, ...]]:
    """Every context of `order` ids, the last token running fastest."""
    return list(product(range(vocabulary_size), repeat=order))


def _rows(model: Callable[[Any], Any], vocabulary_size: int, order: int) -> np.ndarray:
    """The model's row of every context: (V, ..., V, and what a row holds)."""
    rows = [np.asarray(model(context)) for context in all_contexts(vocabulary_size, order)]
    return np.stack(rows).reshape((vocabulary_size,) * order + rows[0].shape)


# --- 1 chain rule ---------------------------------------------------------------------------


def forward(student: Any, case: Any) -> dict[str, Any]:
    return _factors(student.forward_factors(case.joint))


def backward(student: Any, case: Any) -> dict[str, Any]:
    return _factors(student.backward_factors(case.joint))


def _factors(value: Any) -> dict[str, Any]:
    if not isinstance(value, list | tuple):
        return present(factor_1=value)
    found = {f"factor_{place}": factor for place, factor in enumerate(value, start=1)}
    return {**present(**found), "number": np.array(len(value))}


# --- 2 counting -----------------------------------------------------------------------------


def vocabulary(student: Any, case: Any) -> dict[str, Any]:
    """Tokens as their place in the case's list of all words; −1 for anything else."""
    built = student.build_vocabulary(case.sequences, int(case.min_count))
    places = {word: place for place, word in enumerate(case.words)}
    known = None if built is None else np.array([places.get(token, -1) for token in built])
    ids = [student.encode(sequence, case.vocabulary) for sequence in case.texts]
    seen = {f"ids_{place}": found for place, found in enumerate(ids, start=1)}
    return present(vocabulary=known, **seen)


def windows(student: Any, case: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for place, (sequence, order) in enumerate(zip(case.sequences, case.orders, strict=True)):
        given = list(sequence)
        found = student.windows(sequence, int(order))
        if found is not None:
            contexts, tokens = _pairs(found)
            seen |= {f"contexts_{place}": contexts, f"tokens_{place}": tokens}
        seen[f"unchanged_{place}"] = np.array(list(sequence) == given)
    return seen


def _pairs(found: Any) -> tuple[list[Any], list[Any]]:
    pairs = list(found)
    if not all(isinstance(item, tuple | list) and len(item) == 2 for item in pairs):
        raise TypeError(f"windows gave {pairs[:2]!r} ...; expected pairs (context, token)")
    return [context for context, _ in pairs], [token for _, token in pairs]


def counts(student: Any, case: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for order in case.orders:
        found = student.count_ngrams(case.sequences, int(order))
        if isinstance(found, Mapping):
            seen[f"counts_{order}"] = _count_table(found, int(case.vocabulary_size), int(order))
            lengths = {len(key) if isinstance(key, tuple) else -1 for key in found}
            seen[f"lengths_{order}"] = np.array(sorted(lengths))
    return seen


def _count_table(found: Mapping[Any, Any], vocabulary_size: int, order: int) -> np.ndarray:
    """n(c, w) as an array (V, ..., V, V); what is not in the dicts is 0."""
    table = np.zeros((vocabulary_size,) * (order + 1))
    for context in all_contexts(vocabulary_size, order):
        followers = found.get(context)
        if isinstance(followers, Mapping):
            table[context] = [followers.get(token, 0) for token in range(vocabulary_size)]
        elif followers is not None:  # counts as an array, as far as it goes
            row = np.asarray(followers)[:vocabulary_size]
            table[context][: len(row)] = row
    return table


# --- 3 probabilities, 4 smoothing -----------------------------------------------------------


@quietly
def mle(student: Any, case: Any) -> dict[str, Any]:
    size = int(case.vocabulary_size)

    def row(counts: Any, context: Any) -> Any:
        return student.mle_row(counts, context, size)

    return _rows_of_counts(student, case, row)


@quietly
def add_k(student: Any, case: Any) -> dict[str, Any]:
    size, k = int(case.vocabulary_size), float(case.k)

    def row(counts: Any, context: Any) -> Any:
        return student.add_k_row(counts, context, size, k)

    return _rows_of_counts(student, case, row)


def _rows_of_counts(
    student: Any, case: Any, row: Callable[[Any, Any], Any]
) -> dict[str, np.ndarray]:
    seen = {}
    for place, (training, order) in enumerate(zip(case.trainings, case.orders, strict=True)):
        counts = student.count_ngrams(training, int(order))

        def model(context: Any, counts: Any = counts) -> Any:
            return row(counts, context)

        seen[f"rows_{place}"] = _rows(model, int(case.vocabulary_size), int(order))
    return seen


@quietly
def interpolation(student: Any, case: Any) -> dict[str, Any]:
    size, k, seen = int(case.vocabulary_size), float(case.k), {}
    for place, (training, order) in enumerate(zip(case.trainings, case.orders, strict=True)):
        counts = [student.count_ngrams(training, m) for m in range(int(order) + 1)]

        def model(context: Any, counts: Any = counts) -> Any:
            return student.interpolated_row(counts, context, size, k)

        seen[f"rows_{place}"] = _rows(model, size, int(order))
    return seen


@quietly
def model(student: Any, case: Any) -> dict[str, Any]:
    """All models are fitted before the first of them is asked."""
    size, k = int(case.vocabulary_size), float(case.k)
    asked = list(zip(case.trainings, case.orders, strict=True))
    models = [student.fit(training, int(order), size, k) for training, order in asked]
    return {
        f"rows_{place}": _rows(fitted, size, int(order))
        for place, (fitted, (_, order)) in enumerate(zip(models, asked, strict=True))
        if fitted is not None
    }


@quietly
def sequence(student: Any, case: Any) -> dict[str, Any]:
    order = case.table.ndim - 1
    model = table_model(case.table)
    found = [student.sequence_probability(model, list(ids), order) for ids in case.sequences]
    return present(probabilities=_all(found))


@quietly
def both_directions(student: Any, case: Any) -> dict[str, Any]:
    size, order = int(case.vocabulary_size), int(case.order)

    def likely(counts: Any, context: Any) -> Any:
        return student.mle_row(counts, context, size)

    def mixed(counts: Any, context: Any) -> Any:
        return 0.5 * np.asarray(student.mle_row(counts, context, size)) + 0.5 / size

    seen: dict[str, Any] = {}
    for kind, row_of in (("", likely), ("_mixed", mixed)):
        found = [
            _two(student.read_both_ways(row_of, _copies(case.training), list(ids), order))
            for ids in case.sequences
        ]
        for side, name in enumerate(("forward", "backward")):
            seen[name + kind] = _all([both[side] for both in found])
    return present(**seen)


def _all(found: list[Any]) -> np.ndarray | None:
    """The values as an array; None if one of them is."""
    return None if any(value is None for value in found) else np.array(found)


def _two(value: Any) -> tuple[Any, Any]:
    """Two returned values, also those of an array of two."""
    return pair(list(value) if isinstance(value, np.ndarray) and value.ndim == 1 else value)


def _copies(sequences: Any) -> list[list[int]]:
    return [list(ids) for ids in sequences]


# --- 5 perplexity, 7 held-out text ----------------------------------------------------------


@quietly
def nats(student: Any, case: Any) -> dict[str, Any]:
    return _scores(student.mean_nats, case)


@quietly
def perplexity(student: Any, case: Any) -> dict[str, Any]:
    found = _scores(student.perplexity, case)
    order = case.impossible.ndim - 1
    impossible = student.perplexity(table_model(case.impossible), case.sequences_1, order)
    return present(**found, impossible=impossible)


def _scores(function: Any, case: Any) -> dict[str, Any]:
    tables = [case.table_1, case.table_2]
    texts = [case.sequences_1, case.sequences_2]
    found = [
        function(table_model(table), text, table.ndim - 1)
        for table, text in zip(tables, texts, strict=True)
    ]
    return present(scores=_all(found))


def unseen(student: Any, case: Any) -> dict[str, Any]:
    found = []
    for order in case.orders:
        counts = student.count_ngrams(case.training, int(order))
        found.append(_two(student.unseen(counts, case.sequences, int(order))))
    contexts, tokens = zip(*found, strict=True)
    return present(contexts=_all(list(contexts)), tokens=_all(list(tokens)))


@quietly
def best_order(student: Any, case: Any) -> dict[str, Any]:
    orders, size = [int(order) for order in case.orders], int(case.vocabulary_size)
    best, found = pair(
        student.best_order(case.training, case.validation, list(orders), size, float(case.k))
    )
    if isinstance(found, Mapping):
        found = [found[order] for order in orders]
    return present(best=best, perplexities=found)


@quietly
def result(student: Any, case: Any) -> dict[str, Any]:
    """The row of every held-out context; the contexts come in random order, without the tokens."""
    size = int(case.vocabulary_size)
    model, order = pair(student.text_model(_copies(case.training), size))
    if order is None or not 0 <= int(order) <= LONGEST:
        return present(order=order)
    shown = case.contexts[:, LONGEST - int(order) :]
    rows = [np.asarray(model(tuple(int(token) for token in context))) for context in shown]
    return {"order": np.array(int(order)), "rows": np.stack(rows)}


# --- 6 sampling -----------------------------------------------------------------------------


@quietly
def temperature(student: Any, case: Any) -> dict[str, Any]:
    rows = [
        student.with_temperature(np.array(row), float(theta))
        for row, theta in zip(case.rows, case.temperatures, strict=True)
    ]
    tiny = student.with_temperature(np.array(case.flat), float(case.tiny))
    return present(rows=_all(rows), tiny=tiny)


@quietly
def sampling(student: Any, case: Any) -> dict[str, Any]:
    """Sequences as rows of ids, −1 behind their end."""
    order, longest = case.table.ndim - 1, int(case.max_length)
    model, endless = table_model(case.table), table_model(case.endless)

    def draw(theta: float, number: int) -> Any:
        rng = np.random.default_rng(int(case.rng_seed))
        drawn = [student.sample(model, order, rng, theta, longest) for _ in range(number)]
        return None if any(ids is None for ids in drawn) else _as_matrix(drawn, longest)

    rng = np.random.default_rng(int(case.rng_seed))
    cut = [student.sample(endless, order, rng, 1.0, int(length)) for length in case.lengths]
    again = [draw(1.0, 5), draw(1.0, 5)]
    return present(
        drawn=draw(1.0, int(case.number)),
        cold=draw(float(case.theta), int(case.number)),
        lengths=_all([None if ids is None else len(ids) for ids in cut]),
        same_again=np.array(np.array_equal(*again)),
    )


def _as_matrix(drawn: list[Any], longest: int) -> np.ndarray:
    width = max([longest + 1, *(len(ids) for ids in drawn)])
    matrix = np.full((len(drawn), width), -1)
    for row, ids in zip(matrix, drawn, strict=True):
        row[: len(ids)] = ids
    return matrix


# --- 8 a source of known entropy ------------------------------------------------------------


@quietly
def entropy_rate(student: Any, case: Any) -> dict[str, Any]:
    return present(
        pi_1=student.stationary(np.array(case.P_1)),
        pi_2=student.stationary(np.array(case.P_2)),
        H=_all([student.entropy_rate(np.array(P)) for P in (case.P_1, case.P_2)]),
    )


@quietly
def known_source(student: Any, case: Any) -> dict[str, Any]:
    P, size = case.P, len(case.P)
    fitted = student.fit(case.training, 1, size, float(case.k))
    found = [student.expected_nats(np.array(P), np.array(Q)) for Q in case.Q]
    return present(
        C=_all(found),
        excluded=student.expected_nats(np.array(P), np.array(case.excluding)),
        rows=None if fitted is None else _rows(fitted, size, 1),
    )
