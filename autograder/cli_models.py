"""`course train`, `course sample`, `course ladder`: language models from the command line."""

from __future__ import annotations

import json as codec
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from .console import err, out, progress_bar
from .problem import Problem

Corpus = Annotated[
    str, typer.Option(help="A corpus by name (see `course train --help`), or a UTF-8 file.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
Letters = Annotated[
    bool, typer.Option("--letters", help="Lower-case ASCII letters and single spaces only.")
]
Lower = Annotated[bool, typer.Option("--lower", help="The text in lower case.")]
Tokens = Annotated[str, typer.Option(help="characters or words.")]
MinCount = Annotated[
    int,
    typer.Option(help="Rarer tokens are read as the unknown one; 2 lets models learn it.", min=1),
]


def train(
    corpus: Corpus = "prose_en",
    cell: Annotated[str, typer.Option(help="lstm, gru, rnn or linear.")] = "lstm",
    layers: Annotated[int, typer.Option(help="Cells upon each other.", min=1)] = 1,
    units: Annotated[int, typer.Option(help="Size of the hidden state.", min=1)] = 256,
    embedding: Annotated[int, typer.Option(help="Size of the token vectors.", min=1)] = 64,
    tied: Annotated[
        bool, typer.Option("--tied", help="The embedding makes the logits too.")
    ] = False,
    one_hot: Annotated[bool, typer.Option("--one-hot", help="No embedding.")] = False,
    dropout: Annotated[float, typer.Option(help="Share of values dropped while training.")] = 0.2,
    tokens: Tokens = "characters",
    min_count: MinCount = 2,
    letters: Letters = False,
    lower: Lower = False,
    held_out: Annotated[
        str, typer.Option(help="The end of the text: a share (0.1) or so many tokens (17000).")
    ] = "0.1",
    windows: Annotated[
        str, typer.Option(help="random, or sequential: the state goes on from window to window.")
    ] = "random",
    batch: Annotated[int, typer.Option(help="Windows at a time.", min=1)] = 32,
    time: Annotated[int, typer.Option(help="Tokens in a window.", min=1)] = 35,
    epochs: Annotated[int, typer.Option(help="At most so many.", min=1)] = 20,
    learning_rate: Annotated[float, typer.Option(help="Of Adam, at the beginning.")] = 4e-3,
    decay: Annotated[
        str, typer.Option(help="Of the learning rate: cosine, linear, none.")
    ] = "cosine",
    max_norm: Annotated[float, typer.Option(help="Gradients are clipped to this norm.")] = 1.0,
    patience: Annotated[
        int, typer.Option(help="Stop after so many epochs that are no better; 0: never.", min=0)
    ] = 3,
    seed: Annotated[int, typer.Option(help="Of weights, windows and dropout.", min=0)] = 0,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Default: models/CORPUS-CELL.", show_default=False)
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write logs for TensorBoard into the folder.")
    ] = False,
    json: Json = False,
) -> None:
    """Train a language model on a text; run the same command again to go on after a break.

    Corpora: prose_en, prose_zh (with the course); time_machine, tiny_shakespeare, analects,
    thousand_character_classic (downloaded, or from the folder COURSE_DATA).

    Example: course train --corpus time_machine --letters --cell lstm --held-out 17000
    """
    name = Path(corpus).stem
    folder = out_dir or Path("models") / f"{name}-{cell}"
    with problems(), progress_bar("Training", shown=not json) as bar:
        text = read(corpus, letters=letters, lower=lower)
        task = bar.add_task("starting TensorFlow", total=None)
        import keras

        from course_lib import (
            LanguageModel,
            Vocabulary,
            random_windows,
            sequential_windows,
            split_held_out,
        )
        from course_lib.model_folder import train_in_folder

        seen, unseen = split_held_out(text, size(held_out))
        vocabulary = Vocabulary.from_text(seen, tokens, min_count)
        ids, scored = vocabulary.encode(seen), vocabulary.encode(unseen)
        if windows not in ("random", "sequential"):
            raise Problem(f"windows is {windows!r}; expected random or sequential")
        in_order = windows == "sequential"
        keras.utils.set_random_seed(seed)
        model = LanguageModel(
            len(vocabulary),
            embedding,
            units,
            cell,
            layers=layers,
            tied=tied,
            one_hot=one_hot,
            dropout=dropout,
            stateful=in_order,
            batch_size=batch if in_order else None,
        )
        say(
            f"{len(ids):,} {tokens} to learn from, {len(scored):,} held out, vocabulary of "
            f"{len(vocabulary):,}; {model.count_params():,} parameters",
            not json,
        )
        callbacks = watching(bar, task, epochs, not json)
        if tensorboard:
            if find_spec("tensorboard") is None:
                raise Problem("TensorBoard is not installed; pip install tensorboard")
            callbacks.append(keras.callbacks.TensorBoard(str(folder / "tensorboard")))
        if (folder / "checkpoint.npz").exists():
            say(f"going on with what is in {folder}", not json)
        history = train_in_folder(
            folder,
            model,
            vocabulary,
            sequential_windows(ids, batch, time)
            if in_order
            else random_windows(ids, batch, time, seed),
            epochs,
            about={"corpus": corpus, "tokens": tokens, "letters": letters, "lower": lower}
            | {"held_out": held_out, "windows": windows, "batch": batch, "time": time}
            | {"learning_rate": learning_rate, "max_norm": max_norm, "seed": seed},
            held_out=scored,
            learning_rate=learning_rate,
            decay=None if decay == "none" else decay,
            max_norm=max_norm,
            patience=patience or None,
            progress=False,
            callbacks=callbacks,
        )
    scores = history["held_out_perplexity"]
    best = min(range(len(scores)), key=scores.__getitem__) if patience else len(scores) - 1
    result = {
        "folder": str(folder),
        "epochs": len(scores),
        "epoch": best + 1,
        "held_out_perplexity": scores[best],
        "perplexity": history["perplexity"][best],
        "parameters": model.count_params(),
        "seconds": round(sum(history["seconds"]), 1),
    }
    if json:
        print(codec.dumps(result))
        return
    out.print(
        f"held-out perplexity [bold]{scores[best]:.3f}[/] (epoch {best + 1} of {len(scores)}, "
        f"{result['seconds']:.0f} s)"
    )
    out.print(
        f"wrote {folder}: model.keras, vocabulary.json, history.json, curve.png", soft_wrap=True
    )
    out.print(f"next: course sample {folder} --temperature 0.8", soft_wrap=True)


def sample(
    model: Annotated[Path, typer.Argument(help="The folder that `course train` wrote.")],
    prefix: Annotated[
        str | None, typer.Option(help="How the text begins; default: the commonest token.")
    ] = None,
    length: Annotated[int, typer.Option(help="Tokens to generate.", min=0)] = 400,
    temperature: Annotated[
        float, typer.Option(help="Below 1 bolder about what is likely; 0 as --greedy.", min=0)
    ] = 1.0,
    top_k: Annotated[
        int | None, typer.Option(help="Draw among the k likeliest only.", min=1)
    ] = None,
    greedy: Annotated[bool, typer.Option("--greedy", help="Always the likeliest token.")] = False,
    seed: Annotated[int | None, typer.Option(help="The same seed, the same text.", min=0)] = None,
    json: Json = False,
) -> None:
    """Write text with a trained model, as it comes.

    Example: course sample models/prose_en-lstm --prefix "The keeper " --temperature 0.8 --seed 1
    """
    with problems():
        if not model.exists():
            raise Problem(f"{model} is not there; run `course train --out {model}` first")
        from course_lib.model_folder import load_model
        from course_lib.sampling import stream

        trained, vocabulary = load_model(model)
        begin = vocabulary.tokens[1] if prefix is None else prefix
        pieces = stream(
            trained, vocabulary, begin, length, 0.0 if greedy else temperature, seed, top_k
        )
        if json:
            print(codec.dumps({"prefix": begin, "text": "".join(pieces)}, ensure_ascii=False))
            return
        for piece in pieces:
            print(piece, end="", flush=True)
        print()


def ladder(
    corpus: Corpus = "prose_en",
    held_out: Annotated[
        str | None,
        typer.Option(help="A share (0.1) or so many tokens; default: the corpus's usual part."),
    ] = None,
    tokens: Tokens = "characters",
    min_count: MinCount = 2,
    letters: Letters = False,
    lower: Lower = False,
    seed: Annotated[int, typer.Option(help="Of weights and windows.", min=0)] = 0,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Default: ladder/CORPUS.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """What counting and what networks reach on the same held-out text.

    Unigram, bigram, the best n-gram of all smoothings, RNN, GRU, LSTM: held-out perplexity, time
    and parameters, as a table and a picture. Run it again to go on after a break.

    Example: course ladder --corpus time_machine
    """
    name = Path(corpus).stem
    folder = out_dir or Path("ladder") / name
    with problems(), progress_bar("Climbing", shown=not json) as bar:
        task = bar.add_task("counting n-grams", total=None)
        from course_lib.ladder import USUAL, Usual, climb

        usual = USUAL.get(corpus, Usual())
        text = read(corpus, letters=letters or usual.letters, lower=lower or usual.lower)
        found = climb(
            text,
            usual.held_out if held_out is None else size(held_out),
            folder,
            title=name,
            tokens=tokens,
            min_count=min_count,
            seed=seed,
            watch=lambda rung, epochs: watching(bar, task, epochs, not json, rung),
        )
    if json:
        print(codec.dumps(found.to_json()))
        return
    out.print(
        f"{name}: {found.train:,} {tokens} to learn from, {found.held_out:,} scored, vocabulary of "
        f"{found.vocabulary:,}" + (f", {found.unknown:,} unknown" if found.unknown else ""),
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("model", no_wrap=True)
    for heading in ("held-out perplexity", "parameters", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for rung in found.rungs:
        cells = f"{rung.perplexity:.3f}", f"{rung.parameters:,}", f"{rung.seconds:.1f}"
        table.add_row(escape(rung.name), *cells)
    out.print(table)
    out.print(f"wrote {folder}: ladder.png, ladder.json, and a folder a network", soft_wrap=True)


@contextmanager
def problems() -> Iterator[None]:
    """What course_lib raises about its input, in the command's one line."""
    try:
        yield
    except (ValueError, FloatingPointError, OSError) as error:
        raise Problem(str(error)) from error


def read(corpus: str, *, letters: bool, lower: bool) -> str:
    """The text of a corpus or of a file."""
    from course_lib import CORPORA, load_corpus, read_text
    from course_lib.corpus import only_letters

    text: str = load_corpus(corpus) if corpus in CORPORA else read_text(corpus)
    text = only_letters(text, corpus) if letters else text
    return text.lower() if lower else text


def size(held_out: str) -> int | float:
    """A number of tokens, or a share of them."""
    try:
        return int(held_out) if held_out.isdigit() else float(held_out)
    except ValueError:
        raise Problem(
            f"held-out is {held_out!r}; expected a share such as 0.1, or a number of tokens"
        ) from None


def watching(bar: Progress, task: Any, epochs: int, shown: bool, name: str = "") -> list[Any]:
    """Keras callbacks that move the bar and print a line an epoch; with a name, a line in all."""
    import keras

    steps = {"done": 0}

    class Watching(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            perplexity = logs["perplexity"]
            total = self.params["steps"] * epochs
            done = self.params["steps"] * steps["epoch"] + batch + 1
            text = f"{name} epoch {steps['epoch'] + 1} of {epochs}, perplexity {perplexity:.2f}"
            bar.update(task, completed=done, total=total, description=text.strip())

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            steps["epoch"] = epoch

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if name and epoch + 1 < epochs:
                return  # one of several networks: a line each
            line = f"{name} epoch {epoch + 1:>2} of {epochs}  perplexity {logs['perplexity']:6.2f}"
            if "held_out_perplexity" in logs:
                line += f"  held out {logs['held_out_perplexity']:6.2f}"
            say(f"{line}  {logs['seconds']:5.1f} s".strip(), shown)

    return [Watching()]


def say(line: str, shown: bool = True) -> None:
    """A line about what goes on, on stderr."""
    if shown:
        err.print(escape(line), soft_wrap=True)
    sys.stderr.flush()
