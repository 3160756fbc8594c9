"""The ladder: what counting and what networks reach on the same held-out text.

All models learn from the same training text and are scored on the same tokens of the same held-out
text, each token once. All start at the first held-out token knowing nothing of the text before it:
that token is read, not scored. From there the n-grams look back as far as their order goes, and
the networks carry their state from the second token to the last.

Nothing is chosen on the held-out text. Smoothing and order of the n-grams are chosen on the last
tenth of the training text, then all of it is counted. The networks train by a recipe that is fixed
before they start, for a fixed number of epochs, and what is scored are the weights after the last
of them: no early stopping, no best epoch. The recipes themselves were chosen likewise, on the end
of the training text.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from course_lib import ngram
from course_lib.corpus import split_held_out, split_text
from course_lib.evaluation import evaluate
from course_lib.language_model import LanguageModel
from course_lib.model_folder import train_in_folder
from course_lib.plots import ladder as draw
from course_lib.vocabulary import Vocabulary
from course_lib.whole_file import whole_file
from course_lib.windows import random_windows

__all__ = ["Ladder", "Recipe", "Rung", "climb", "recipe"]

ORDERS = range(1, 9)
CHOICE_SHARE = 0.1
"""The part at the end of the training text on which the n-gram is chosen."""
CELLS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}


Watch = Callable[[str, int], Sequence[keras.callbacks.Callback]]
"""From the name of a rung and the number of its epochs to callbacks for its training."""


@dataclass(frozen=True)
class Rung:
    """A model on the ladder. seconds: training and scoring; parameters: numbers that it holds."""

    name: str
    perplexity: float
    parameters: int
    seconds: float


@dataclass(frozen=True)
class Recipe:
    """How a network of the ladder is built and trained; see LanguageModel and `train`."""

    epochs: int
    embedding_size: int = 64
    units: int = 256
    dropout: float = 0.0
    learning_rate: float = 4e-3
    decay: str = "cosine"
    batch: int = 32
    time: int = 35


MIDDLE = {
    "rnn": Recipe(epochs=12, learning_rate=4e-3, batch=16),
    "gru": Recipe(epochs=8, dropout=0.1, batch=16),
    "lstm": Recipe(epochs=12, learning_rate=6e-3, dropout=0.2, batch=16),
}
"""For 100,000 to 500,000 tokens; tried on the end of The Time Machine's training part."""
LONG = {cell: Recipe(epochs=3, learning_rate=6e-3) for cell in CELLS}
SHORT = {
    "rnn": Recipe(epochs=30, dropout=0.2, batch=16),
    "gru": Recipe(epochs=15, learning_rate=6e-3, dropout=0.3, batch=16),
    "lstm": Recipe(epochs=15, learning_rate=6e-3, dropout=0.3, batch=16),
}
"""For 30,000 to 100,000 tokens; tried on the end of the English prose's training part."""
SCARCE = {cell: Recipe(epochs=6, dropout=0.3, batch=16) for cell in CELLS}
"""For 15,000 to 30,000 tokens, where a network soon knows the text by heart; likewise, Analects."""
TINY = {cell: Recipe(epochs=10, dropout=0.5, batch=8) for cell in CELLS}
"""For less; likewise, the Chinese prose."""


@dataclass(frozen=True)
class Ladder:
    """The rungs, the worst first, and the text they were measured on."""

    title: str
    train: int
    held_out: int
    """Scored tokens, one fewer than were held out."""
    vocabulary: int
    unknown: int
    """Scored tokens that the vocabulary does not have."""
    rungs: tuple[Rung, ...]

    def figure(self) -> Any:
        """The rungs as a Matplotlib Figure."""
        rows = [(r.name, r.perplexity, r.seconds, r.parameters) for r in self.rungs]
        return draw(rows, title=f"{self.title}: held-out perplexity, lower is better")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def climb(
    text: str,
    held_out: int | float,
    folder: str | Path,
    title: str = "text",
    tokens: str = "characters",
    min_count: int = 2,
    seed: int = 0,
    recipes: dict[str, Recipe] | None = None,
    watch: Watch = lambda name, epochs: (),
) -> Ladder:
    """Measure every rung; each is kept in the folder when it is done, so the same call resumes.

    text: the whole text; its end is held out, see `split_text`. tokens, min_count: for
    `Vocabulary.from_text`; tokens of the training text that occur but once teach the models what
    an unknown token is like. recipes: cell -> Recipe; by default `recipe` chooses by length.
    The folder gets ladder.json, ladder.png and, for each network, a folder as `train_in_folder`
    writes it.
    Raises ValueError for a text that is too short, or a folder that holds another ladder.
    """
    folder = Path(folder)
    seen, unseen = split_text(text, held_out, tokens)
    vocabulary = Vocabulary.from_text(seen, tokens, min_count)
    ids, scored = vocabulary.encode(seen), vocabulary.encode(unseen)
    if recipes is None:
        recipes = {cell: recipe(cell, len(ids)) for cell in CELLS}
    for how in recipes.values():
        random_windows(ids, how.batch, how.time, seed)  # refuses a text that is too short
    if len(scored) < 2:
        raise ValueError(
            "the held-out text has nothing to score; expected at least two tokens, of which the "
            f"first is only read, got {len(scored)}; try held_out=0.1"
        )
    fingerprint = hashlib.sha256(f"{seen}\0{unseen}".encode()).hexdigest()
    about = {"title": title, "train": len(ids), "held_out": len(scored) - 1}
    about |= {"vocabulary": len(vocabulary), "unknown": int((scored[1:] == 0).sum())}
    kept = _Kept(folder / "ladder.json", {**about, "seed": seed, "text": fingerprint[:16]})
    rungs = kept.rungs("n-grams", lambda: _ngrams(ids, scored, len(vocabulary)))
    for cell, how in recipes.items():

        def network(cell: str = cell, how: Recipe = how) -> list[Rung]:
            return [_network(folder / cell, cell, how, ids, scored, vocabulary, seed, watch)]

        rungs += kept.rungs(f"{cell} {asdict(how)}", network)
    found = Ladder(**about, rungs=tuple(sorted(rungs, key=lambda rung: -rung.perplexity)))
    with whole_file(folder / "ladder.png") as scratch:
        found.figure().savefig(scratch, dpi=150)
    return found


def recipe(cell: str, tokens: int) -> Recipe:
    """How the ladder trains a cell on so many tokens, chosen on training text only."""
    by_length = ((15_000, TINY), (30_000, SCARCE), (100_000, SHORT), (500_000, MIDDLE))
    fitting = (recipes for limit, recipes in by_length if tokens < limit)
    return next(fitting, LONG)[cell]


def _ngrams(ids: np.ndarray, scored: np.ndarray, size: int) -> list[Rung]:
    """Unigram, bigram and the best n-gram, each with the smoothing that is best for it."""
    start = time.perf_counter()
    counted, chosen_on = split_held_out(ids, CHOICE_SHARE)
    found = {
        (order, smoothing): _nats(_fitted(counted, size, order, smoothing), chosen_on)
        for order in ORDERS
        for smoothing in ngram.SMOOTHINGS
    }
    chosen = [min((key for key in found if key[0] == n), key=found.__getitem__) for n in (1, 2)]
    best = min(found, key=found.__getitem__)
    search = time.perf_counter() - start
    rungs = []
    for order, smoothing in dict.fromkeys([*chosen, best]):
        start = time.perf_counter()
        model = _fitted(ids, size, order, smoothing)
        perplexity = math.exp(_nats(model, scored))
        seconds = time.perf_counter() - start + search * ((order, smoothing) == best)
        kind = {1: "unigram", 2: "bigram"}.get(order, f"{order}-gram")
        name = f"{kind}, {smoothing.replace('_', ' ')}"
        rungs.append(Rung(name, perplexity, model.parameters, seconds))
    return rungs


def _fitted(ids, size, order, smoothing):
    weights = {"held_out": CHOICE_SHARE} if smoothing == "interpolation" else {}
    return ngram.fit(ids, size, order, smoothing, **weights)


def _nats(model, ids):
    """Mean negative log-likelihood of all tokens but the first, which is context only."""
    return -float(np.mean(model.log_probabilities(ids)[1:]))


def _network(folder, cell, how, ids, scored, vocabulary, seed, watch):
    keras.utils.set_random_seed(seed)
    model = LanguageModel(len(vocabulary), how.embedding_size, how.units, cell, dropout=how.dropout)
    history = train_in_folder(
        folder,
        model,
        vocabulary,
        random_windows(ids, how.batch, how.time, seed),
        how.epochs,
        about=asdict(how),
        learning_rate=how.learning_rate,
        decay=how.decay,
        progress=False,
        callbacks=watch(CELLS[cell], how.epochs),
    )
    start = time.perf_counter()
    perplexity = evaluate(model, scored)
    seconds = sum(history["seconds"]) + time.perf_counter() - start
    return Rung(CELLS[cell], perplexity, model.count_params(), seconds)


class _Kept:
    """The rungs that are done, in a file."""

    def __init__(self, path: Path, about: dict[str, Any]):
        self.path, self.about, self.done = path, about, {}
        if not path.is_file():
            return
        try:
            content = json.loads(path.read_text("utf-8"))
            theirs, self.done = content["about"], content["rungs"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} is no ladder; expected what `climb` writes, got {type(error).__name__}: "
                f"{error}; try another folder, or remove the file"
            ) from error
        if theirs != about:
            raise ValueError(
                f"{path} is the ladder of another text; expected {about}, got {theirs}; try "
                "another folder, or remove this one"
            )

    def rungs(self, name: str, measure: Callable[[], list[Rung]]) -> list[Rung]:
        if name not in self.done:
            self.done[name] = [asdict(rung) for rung in measure()]
            with whole_file(self.path) as scratch:
                content = {"about": self.about, "rungs": self.done}
                scratch.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
        return [Rung(**rung) for rung in self.done[name]]
