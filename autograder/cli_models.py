"""`course train`, `course sample`, `course ladder`: language models from the command line."""

from __future__ import annotations

import json as codec
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from .cli_text import Corpus, HeldOut, MinCount, Normalise, Tokens, problems, read
from .console import out, progress_bar, say
from .problem import Problem
from .watching import watching

Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
VALIDATION = 0.1
"""The share of the training text that is kept back to stop on."""


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
    normalise: Normalise = None,
    held_out: HeldOut = None,
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
        int,
        typer.Option(
            help="Stop after so many epochs that are no better on the last tenth of the training "
            "text, which is then not learnt; 0: learn all of it, to the last epoch.",
            min=0,
        ),
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
    The held-out end of the text chooses nothing: the weights are those of the epoch that was best
    on the end of the training text, or with --patience 0 those of the last epoch.

    Example: course train --corpus time_machine --cell lstm
    """
    with problems(), progress_bar("Training", shown=not json) as bar:
        for name, value, known in (
            ("windows", windows, ("random", "sequential")),
            ("decay", decay, ("cosine", "linear", "none")),
        ):
            if value not in known:
                raise Problem(f"{name} is {value!r}; expected one of {', '.join(known)}")
        if tensorboard and find_spec("tensorboard") is None:
            raise Problem("TensorBoard is not installed; pip install tensorboard")
        text = read(corpus, normalise, held_out)
        folder = out_dir or Path("models") / f"{text.name}-{cell}"
        task = bar.add_task("starting TensorFlow", total=None)
        import keras

        from course_lib import (
            LanguageModel,
            Vocabulary,
            evaluate,
            random_windows,
            sequential_windows,
            split_held_out,
        )
        from course_lib.corpus import split_text
        from course_lib.model_folder import train_in_folder

        seen, unseen = split_text(text.text, text.held_out, tokens)
        vocabulary = Vocabulary.from_text(seen, tokens, min_count)
        ids, scored = vocabulary.encode(seen), vocabulary.encode(unseen)
        learnt, watched = split_held_out(ids, VALIDATION) if patience else (ids, scored)
        name = "validation" if patience else "held out"
        if in_order := windows == "sequential":
            batches = sequential_windows(learnt, batch, time)
        else:
            batches = random_windows(learnt, batch, time, seed)
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
            f"{len(learnt):,} {tokens} to learn from, "
            + f"{len(watched):,} for validation, " * bool(patience)
            + f"{len(scored):,} held out, vocabulary of {len(vocabulary):,}; "
            f"{model.count_params():,} parameters",
            not json,
        )
        callbacks = watching(bar, task, epochs, not json, held_out=name)
        if tensorboard:
            callbacks.append(keras.callbacks.TensorBoard(str(folder / "tensorboard")))
        if (folder / "checkpoint.npz").exists():
            say(f"going on with what is in {folder}", not json)
        history = train_in_folder(
            folder,
            model,
            vocabulary,
            batches,
            epochs,
            about={"corpus": corpus, "tokens": tokens, "normalise": text.normalise}
            | {"held_out": text.held_out, "windows": windows, "batch": batch, "time": time}
            | {"learning_rate": learning_rate, "max_norm": max_norm, "seed": seed},
            held_out_name=name,
            held_out=watched,
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
            "perplexity": history["perplexity"][best],
            "validation_perplexity": scores[best] if patience else None,
            "held_out_perplexity": evaluate(model, scored) if patience else scores[best],
            "parameters": model.count_params(),
            "seconds": round(sum(history["seconds"]), 1),
        }
    if json:
        print(codec.dumps(result))
        return
    out.print(
        f"held-out perplexity [bold]{result['held_out_perplexity']:.3f}[/] "
        + (f"(validation {scores[best]:.3f}, " if patience else "(")
        + f"epoch {best + 1} of {len(scores)}, {result['seconds']:.0f} s)"
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
    held_out: HeldOut = None,
    tokens: Tokens = "characters",
    min_count: MinCount = 2,
    normalise: Normalise = None,
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
    with problems(), progress_bar("Climbing", shown=not json) as bar:
        text = read(corpus, normalise, held_out)
        name, folder = text.name, out_dir or Path("ladder") / text.name
        task = bar.add_task("counting n-grams", total=None)
        from course_lib.ladder import climb

        found = climb(
            text.text,
            text.held_out,
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
