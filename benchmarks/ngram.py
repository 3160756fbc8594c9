"""n-gram models against NLTK and KenLM, side by side in one run.

    python benchmarks/ngram.py                       # the whole table, about two minutes
    python benchmarks/ngram.py --rounds 1 --text my.txt
    pip install nltk==3.10.4 kenlm==0.3.0            # the peers; each is skipped if it is not there

Three parts. Characters: our own speed on a text of a million, for every smoothing. Words: order 3,
the same sentences (the lines of the text) for us and for NLTK; NLTK scores with Kneser-Ney some 30
words a second, so it gets only a few lines. KenLM: the same ARPA file in both, the same sentences
one call each (its module has no batch) and one call for all of ours.

Contestants take turns, so that a busy machine slows them all; medians, and ratios of medians.
Memory is the highest resident memory of a process of its own, over what it was before the fit.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from course_lib import Vocabulary, load_corpus, ngram, read_text, split_held_out

CHARACTERS = 1_000_000
ORDER = 5  # of the characters
WORDS_ORDER = 3


def seconds(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def in_turns(rounds, **contestants):
    """Median seconds of each contestant; one turn of each after the other."""
    times = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, work in contestants.items():
            times[name].append(seconds(work)[0])
    return {name: statistics.median(found) for name, found in times.items()}


def the_text(path):
    if path:
        return read_text(path)
    try:
        return load_corpus("tiny_shakespeare")
    except (ConnectionError, ValueError) as error:
        print(f"tiny_shakespeare is not here ({type(error).__name__}); prose_en instead, repeated")
        return load_corpus("prose_en") * 25


def sentences(text):
    """Lines as lists of words: (training, held out)."""
    return split_held_out([line.split() for line in text.split("\n") if line.split()], 0.1)


def encoded(train, other):
    vocabulary = Vocabulary.from_text(" ".join(word for line in train for word in line), "words")
    return vocabulary, *([vocabulary.encode(" ".join(line)) for line in part]
                         for part in (train, other))  # fmt: skip


def characters(text, rounds):
    vocabulary = Vocabulary.from_text(text)
    ids = np.resize(vocabulary.encode(text), CHARACTERS)
    train, held_out = split_held_out(ids, 0.1)
    print(f"\n{CHARACTERS:,} characters, order {ORDER}, V = {len(vocabulary)}")
    print(f"{'smoothing':15}{'fit, s':>8}{'characters/s':>15}{'score/s':>13}{'perplexity':>12}")
    for smoothing in ngram.SMOOTHINGS:
        options = {"held_out": 0.05} if smoothing == "interpolation" else {}

        def fit(smoothing=smoothing, options=options, ids=ids):
            return ngram.fit(ids, len(vocabulary), ORDER, smoothing, **options)

        model = fit()
        took = in_turns(rounds, fit=fit, score=lambda model=model: model.log_probabilities(ids))
        fresh = fit(ids=train).perplexity(held_out)
        print(
            f"{smoothing:15}{took['fit']:8.2f}{len(ids) / took['fit']:15,.0f}"
            f"{len(ids) / took['score']:13,.0f}{fresh:12.3f}"
        )


def nltk_model(kind, train):
    from nltk.lm import models
    from nltk.lm.preprocessing import padded_everygram_pipeline

    model = getattr(models, kind)(WORDS_ORDER)
    model.fit(*padded_everygram_pipeline(WORDS_ORDER, train))
    return model


def nltk_scores(model, lines):
    from nltk.lm.preprocessing import pad_both_ends

    for line in lines:
        padded = list(pad_both_ends(line, WORDS_ORDER))
        for t in range(WORDS_ORDER - 1, len(padded)):
            model.score(padded[t], padded[t - WORDS_ORDER + 1 : t])


def against_nltk(text, rounds):
    train, test = sentences(text)
    vocabulary, ids, test_ids = encoded(train, test)
    words = sum(len(line) + 1 for line in train)
    print(f"\n{words:,} words (</s> included), order {WORDS_ORDER}, V = {len(vocabulary)}: NLTK")
    print(f"{'':27}{'ours/s':>12}{'NLTK/s':>10}{'ratio':>10}")
    few = {"WittenBellInterpolated": 200, "KneserNeyInterpolated": 10}
    for smoothing, kind in zip(("witten_bell", "kneser_ney"), few, strict=True):

        def fit(smoothing=smoothing):
            return ngram.fit(ids, len(vocabulary), WORDS_ORDER, smoothing, boundaries=True)

        took = in_turns(rounds, ours=fit, nltk=lambda kind=kind: nltk_model(kind, train))
        row(f"{smoothing} fit", words / took["ours"], words / took["nltk"])
        ours, theirs, lines = fit(), nltk_model(kind, train), test[: few[kind]]
        took = in_turns(
            rounds,
            ours=lambda ours=ours: ours.log_probabilities(test_ids),
            nltk=lambda theirs=theirs, lines=lines: nltk_scores(theirs, lines),
        )
        ours_scored = sum(len(line) + 1 for line in test)
        theirs_scored = sum(len(line) + 1 for line in lines)
        row(f"{smoothing} score", ours_scored / took["ours"], theirs_scored / took["nltk"])
    for who in ("ours", "nltk"):
        print(f"memory of a Kneser-Ney fit, {who}: {memory_of(who):,.0f} MB")


def row(name, ours, theirs):
    print(f"{name:27}{ours:12,.0f}{theirs:10,.0f}{ours / theirs:9,.1f}×")


def memory_of(who):
    """Megabytes that a fit needs at most, measured in a process of its own."""
    command = [sys.executable, __file__, "--memory", who, *sys.argv[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def memory_here(who, text):
    train, test = sentences(text)
    vocabulary, ids, _ = encoded(train, test)
    if who == "nltk":
        import nltk.lm  # noqa: F401, so that the module itself is not counted
    before = resident("VmRSS")
    if who == "ours":
        ngram.fit(ids, len(vocabulary), WORDS_ORDER, "kneser_ney", boundaries=True)
    else:
        nltk_model("KneserNeyInterpolated", train)
    print((resident("VmHWM") - before) / 1024)


def resident(field):
    """Kilobytes of this process: VmRSS now, VmHWM at the highest (Linux)."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))


def against_kenlm(text, rounds):
    import kenlm

    train, test = sentences(text)
    vocabulary, ids, test_ids = encoded(train, test)
    model = ngram.fit(ids, len(vocabulary), WORDS_ORDER, "kneser_ney", boundaries=True)
    quiet = kenlm.Config()
    quiet.show_progress = False
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.arpa")
        wrote, _ = seconds(lambda: model.write_arpa(path, vocabulary))
        read, (again, _) = seconds(lambda: ngram.read_arpa(path))
        loaded, theirs = seconds(lambda: kenlm.Model(path, quiet))
        size = os.path.getsize(path) / 2**20
    lines = [" ".join(line) for line in test]
    scored = sum(len(line) + 1 for line in test)
    took = in_turns(
        rounds,
        ours=lambda: again.log_probabilities(test_ids),
        kenlm=lambda: [list(theirs.full_scores(line)) for line in lines],
    )
    print(f"\nARPA, {size:.0f} MB: written in {wrote:.1f} s, read in {read:.1f} s", end="")
    print(f", by KenLM in {loaded:.1f} s")
    print(f"{'':27}{'ours/s':>12}{'KenLM/s':>10}{'ratio':>10}")
    row("kneser_ney score", scored / took["ours"], scored / took["kenlm"])
    ours = model.log_probabilities(test_ids) / np.log(10)
    log10 = [score for line in lines for score, _, _ in theirs.full_scores(line)]
    print(f"largest difference of a log10 p: {np.abs(ours - log10).max():.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--text", help="a text file (UTF-8) instead of tiny_shakespeare")
    parser.add_argument("--memory", choices=("ours", "nltk"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    text = the_text(options.text)
    if options.memory:
        memory_here(options.memory, text)
        return
    characters(text, options.rounds)
    for peer, part in (("nltk", against_nltk), ("kenlm", against_kenlm)):
        try:
            __import__(peer)
        except ImportError:
            print(f"\nSKIPPED: {peer} is not installed (pip install {peer})")
        else:
            part(text, options.rounds)


if __name__ == "__main__":
    main()
