"""Reber's grammar, and the embedded one, whose last choice was made at the beginning."""

from functools import cached_property
from typing import Any

import numpy as np

from course_lib.sources.distributions import (
    generator,
    log,
    one_text,
)
from course_lib.token_ids import positive

SYMBOLS = "BTPSXVE"
_REBER: tuple[dict[str, int], ...] = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 0},
)


class Grammar:
    """A finite automaton that writes strings; every arc that leaves a state is equally likely.

    arcs: for every state, symbol -> next state. A string begins in state 0 and ends with the arc
    that comes back to it, so a text of several strings, one after the other, can be read as well.
    The symbols are those of SYMBOLS; a symbol's id is its place there.
    Raises ValueError for a state without arcs, and arcs to a state that is not there.
    """

    symbols = SYMBOLS

    def __init__(self, arcs: Any) -> None:
        self.arcs = tuple(arcs)
        for state, leaving in enumerate(self.arcs or ({},)):
            strange = set(leaving) - set(self.symbols)
            beyond = [to for to in leaving.values() if to not in range(len(self.arcs))]
            if strange or beyond or not leaving:
                raise ValueError(
                    f"not an automaton; expected for every state symbols of {self.symbols!r} and "
                    f"states from 0 to {len(self.arcs) - 1}, got {leaving} for state {state}; try "
                    '[{"B": 1}, {"E": 0}]'
                )

    def strings(self, count: int, seed: int) -> list[str]:
        """`count` strings, drawn independently."""
        count, rng = positive("count", count), generator(seed)
        return [self._string(rng) for _ in range(count)]

    def sample(self, length: int, seed: int) -> str:
        """A text of strings one after the other, cut off at `length` symbols."""
        length, rng = positive("length", length), generator(seed)
        text: list[str] = []
        while len(text) < length:
            text.extend(self._string(rng))
        return "".join(text[:length])

    def legal_next(self, prefix: str) -> set[str]:
        """The symbols that may come after a prefix; ValueError if the prefix itself is illegal."""
        return set(self.arcs[self._states(prefix)[-1]])

    def accepts(self, string: str) -> bool:
        """Whether this is one whole string of the grammar."""
        state = 0
        for place, symbol in enumerate(string):
            if symbol not in self.arcs[state] or (place and state == 0):
                return False
            state = self.arcs[state][symbol]
        return bool(string) and state == 0

    def encode(self, text: str) -> np.ndarray:
        """Ids of the symbols: int32 (length,). ValueError for a symbol the grammar has not."""
        if odd := set(text) - set(self.symbols):
            raise ValueError(
                f"not a symbol of the grammar; expected symbols of {self.symbols!r}, got "
                f"{sorted(odd)[0]!r}; try upper case"
            )
        return np.array([self.symbols.index(symbol) for symbol in text], np.int32)

    def decode(self, ids: Any) -> str:
        """The text of a row of ids. ValueError for an id of no symbol."""
        return "".join(self.symbols[i] for i in one_text(ids, len(self.symbols)))

    def probabilities(self, text: str) -> np.ndarray:
        """The exact predictor: row t is p(x_t | x_1 … x_{t-1}); (length, symbols).

        ValueError where the text is empty or illegal.
        """
        if not text:
            raise ValueError(
                "the text is empty; expected at least one symbol, got none; try sample(20, seed=0)"
            )
        return self._rows[self._states(text)[:-1]]

    def log_probabilities(self, text: str) -> np.ndarray:
        """log p(x_t | x_1 … x_{t-1}) in nats: (length,)."""
        return log(self.probabilities(text)[np.arange(len(text)), self.encode(text)])

    @property
    def entropy_rate(self) -> float:
        """Nats a symbol, of a long text of strings: Σ_s π(s) H(arcs of s)."""
        from course_lib.sources.stationary import entropy

        return float(self._stationary @ entropy(self._rows))

    @property
    def mean_length(self) -> float:
        """The expected length of a string: the mean time between visits of state 0, 1 / π(0)."""
        return float(1 / self._stationary[0])

    def _string(self, rng: np.random.Generator) -> str:
        state, string = 0, []
        while not string or state != 0:
            choices = list(self.arcs[state])
            string.append(choices[int(rng.integers(len(choices)))])
            state = self.arcs[state][string[-1]]
        return "".join(string)

    def _states(self, text: str) -> list[int]:
        states = [0]
        for place, symbol in enumerate(text):
            arcs = self.arcs[states[-1]]
            if symbol not in arcs:
                raise ValueError(
                    f"not a text of the grammar; expected one of {', '.join(arcs)} at place "
                    f"{place}, got {symbol!r} after {text[:place]!r}; try strings(count, seed)"
                )
            states.append(arcs[symbol])
        return states

    @cached_property
    def _rows(self) -> np.ndarray:
        rows = np.zeros((len(self.arcs), len(self.symbols)))
        for state, arcs in enumerate(self.arcs):
            rows[state, [self.symbols.index(symbol) for symbol in arcs]] = 1 / len(arcs)
        return rows

    @cached_property
    def _stationary(self) -> np.ndarray:
        # Imported here: the grammars are of use in a course that leaves this file out.
        from course_lib.sources.stationary import stationary_distribution

        moves = np.zeros((len(self.arcs), len(self.arcs)))
        for state, arcs in enumerate(self.arcs):
            for after in arcs.values():
                moves[state, after] += 1 / len(arcs)
        return stationary_distribution(moves)


class ReberGrammar(Grammar):
    """Reber's grammar: B, then T S* X or P T* V, then loops, then E. Strings of 5 symbols and more.

    A state is known from the last two symbols or so: short memory is enough.
    Source: Reber 1967; the automaton as in Cleeremans, Servan-Schreiber and McClelland 1989.
    """

    def __init__(self) -> None:
        super().__init__(_REBER)


class EmbeddedReberGrammar(Grammar):
    """B, then T or P, then a whole Reber string, then the same T or P again, then E.

    The last symbol but one repeats the second: whoever has forgotten it scores ln 2 there. Between
    them are at least 5 symbols, and no bound. Source: Hochreiter and Schmidhuber 1997.
    """

    def __init__(self) -> None:
        size = len(_REBER)
        arcs: list[dict[str, int]] = [{"B": 1}, {"T": 2, "P": 2 + size + 1}]
        for symbol in "TP":  # a copy of the inner automaton for each, which ends with its symbol
            start = len(arcs)
            for inner in _REBER:
                arcs.append({s: start + (to or size) for s, to in inner.items()})
            arcs.append({symbol: 2 + 2 * (size + 1)})
        arcs.append({"E": 0})
        super().__init__(arcs)

    def long_lag(self, string: str) -> tuple[int, int]:
        """(place of the symbol to remember, place where it comes back) in a whole string."""
        if not self.accepts(string):
            raise ValueError(
                f"not a string of the embedded Reber grammar; expected one from strings(count, "
                f"seed), got {string!r}; try one string, not a text of several"
            )
        return 1, len(string) - 2
