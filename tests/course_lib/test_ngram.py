"""n-gram models: definitions, distributions, both directions, boundaries, samples, bad input."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ngram_definitions import Definitions

from course_lib import NGram, Vocabulary, load_corpus, ngram, split_held_out
from course_lib.ngram.counts import count_ngrams
from course_lib.ngram.interpolation import fit_weights
from course_lib.ngram.kneser_ney import FALLBACK, discounts
from course_lib.ngram.sequences import Alphabet, as_row

few = settings(max_examples=20, deadline=None)
SMOOTHED = ("add_k", "interpolation", "witten_bell", "kneser_ney")
HELD_OUT = [[0, 1, 2, 1, 0, 3], [2, 2, 1]]

SIZE = 5


@st.composite
def texts(draw):
    """Sequences over few tokens of many (so that some never occur), with an order and options."""
    rows = draw(st.lists(st.lists(st.integers(0, 3), max_size=16), min_size=1, max_size=4))
    rows = rows if any(rows) else [*rows, [1]]
    return rows, draw(st.integers(1, 4)), draw(st.booleans()), draw(st.booleans())


def fitted(rows, order, smoothing, boundaries, reversed=False, classes=2):
    held_out = HELD_OUT if smoothing == "interpolation" else None
    return ngram.fit(rows, SIZE, order, smoothing, k=0.3, held_out=held_out, classes=classes,
                     boundaries=boundaries, reversed=reversed)  # fmt: skip


def defined(definitions, smoothing, rows, classes=2):
    """p(w | c) of a smoothing by its definition."""
    if smoothing == "add_k":
        return lambda w, c: definitions.add_k(w, c, 0.3)
    if smoothing == "interpolation":
        weights = weights_of(rows, definitions.order, definitions.boundaries, definitions.reversed)
        return lambda w, c: definitions.interpolation(w, c, weights, classes)
    return getattr(definitions, smoothing)


def weights_of(rows, order, boundaries, reversed, classes=2):
    alphabet = Alphabet(SIZE, boundaries)
    counts = count_ngrams(as_row(rows, alphabet, reversed), alphabet, order)
    return fit_weights(counts, as_row(HELD_OUT, alphabet, reversed), classes, tolerance=1e-5)


@pytest.mark.parametrize("smoothing", ngram.SMOOTHINGS)
@few
@given(texts())
def test_log_probabilities_are_those_of_the_definition(smoothing, text) -> None:
    rows, order, boundaries, reversed = text
    model = fitted(rows, order, smoothing, boundaries, reversed)
    definitions = Definitions(rows, SIZE, order, boundaries, reversed)
    p = defined(definitions, smoothing, rows)
    unseen = [[4, 0, 3], [], [1, 1, 2, 0, 3, 0, 1]]
    for scored in (rows, unseen):
        read = Definitions(scored, SIZE, order, boundaries, reversed)
        by_row = [[p(w, c) for c, w in read.contexts_of(row)] for row in read.rows]
        expected = [x for row in by_row for x in (row[::-1] if reversed else row)]
        got = np.exp(model.log_probabilities(scored))
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("smoothing", SMOOTHED)
@few
@given(texts(), st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_every_row_is_a_distribution_and_the_definition(smoothing, text, time, seed) -> None:
    rows, order, boundaries, _ = text
    model = fitted(rows, order, smoothing, boundaries)
    contexts = np.random.default_rng(seed).integers(0, SIZE, (8, time))  # seen, unseen, unknown
    if boundaries and time:
        contexts[:3, 0] = model.alphabet.start
        contexts[:2, -1] = model.alphabet.start
    rows_of_p = model.probabilities(contexts)
    assert rows_of_p.shape == (8, SIZE + boundaries)
    np.testing.assert_allclose(rows_of_p.sum(-1), 1, rtol=0, atol=1e-12)
    assert (rows_of_p > 0).all()
    definitions = Definitions(rows, SIZE, order, boundaries)
    p = defined(definitions, smoothing, rows)
    for context, row in zip(contexts.tolist(), rows_of_p, strict=True):
        read = ["s" if t == SIZE + 1 else t for t in context]
        while "s" in read[1:]:
            read = read[1:]
        read = tuple(read[len(read) - min(len(read), order - 1) :])
        expected = [p(w, read) for w in definitions.predicted]
        np.testing.assert_allclose(row, expected, rtol=1e-12)


@pytest.mark.parametrize("smoothing", ngram.SMOOTHINGS)
@pytest.mark.parametrize("reversed", [False, True])
def test_scores_of_a_text_are_the_rows_of_its_contexts(smoothing, reversed) -> None:
    rng = np.random.default_rng(3)
    text, scored = rng.integers(0, 4, 200), rng.integers(0, 4, 40)
    held_out = 0.2 if smoothing == "interpolation" else None
    model = ngram.fit(text, 5, 3, smoothing, held_out=held_out, reversed=reversed)
    nats = model.log_probabilities(scored)
    for t in range(40):
        context = scored[t + 1 : t + 3] if reversed else scored[max(0, t - 2) : t]
        np.testing.assert_allclose(
            np.exp(nats[t]), model.probabilities(context)[scored[t]], rtol=1e-12
        )


@pytest.mark.parametrize("boundaries", [False, True])
def test_a_later_token_changes_no_earlier_probability(boundaries) -> None:
    rng = np.random.default_rng(0)
    model = ngram.fit(rng.integers(0, 4, 300), 4, 4, boundaries=boundaries)
    scored = rng.integers(0, 4, 30)
    changed = np.append(scored[:20], (scored[20:] + 1) % 4)
    np.testing.assert_array_equal(
        model.log_probabilities(scored)[:20], model.log_probabilities(changed)[:20]
    )


@pytest.mark.parametrize("smoothing", SMOOTHED)
def test_probabilities_of_all_texts_with_an_end_sum_to_one(smoothing) -> None:
    """Exactly: up to length 6, plus the mass of going on, which the model also tells."""
    rows = [[0, 1, 1], [1], [1, 0, 0, 1]]
    model = ngram.fit(rows, 2, 3, smoothing, held_out=[[0, 1], [1]],
                      boundaries=True)  # fmt: skip
    mass = 0.0
    for length in range(7):
        texts = [list(np.binary_repr(i, length)) if length else [] for i in range(2**length)]
        for text in texts:
            ids = [np.array(text, int), [0]]  # a list may hold an empty sequence, not be empty
            nats = model.log_probabilities(ids)[: length + 1]
            mass += math.exp(nats.sum() if length < 6 else nats[:6].sum())
    assert mass == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("order", [2, 3])
def test_forward_and_reversed_bigrams_by_maximum_likelihood_give_one_joint(order) -> None:
    """On a closed text both factorisations are the same product of counts."""
    text = [0, 2, 1, 1, 0, 2, 2, 1, 0, 0, 1]
    rows = [text]
    forward = ngram.fit(rows, 3, order, "mle", boundaries=True)
    backward = ngram.fit(rows, 3, order, "mle", boundaries=True, reversed=True)
    if order == 2:
        assert forward.log_probabilities(rows).sum() == pytest.approx(
            backward.log_probabilities(rows).sum(), rel=1e-12
        )
    mirrored = ngram.fit([text[::-1]], 3, order, "mle", boundaries=True)
    np.testing.assert_array_equal(
        backward.log_probabilities(rows), mirrored.log_probabilities([text[::-1]])[::-1]
    )


def test_no_ngram_reaches_into_the_next_sequence() -> None:
    model = ngram.fit([[0, 1], [2, 3]], 4, 2, "mle")
    np.testing.assert_array_equal(model.probabilities([1]), np.zeros(4))  # nothing came after 1
    np.testing.assert_array_equal(model.probabilities([0]), [0, 1, 0, 0])


def test_maximum_likelihood_meets_a_new_token_with_infinite_perplexity() -> None:
    model = ngram.fit([0, 1, 0, 1, 0], 3, 2, "mle")
    assert model.perplexity([0, 1, 0]) < 2
    assert model.perplexity([0, 0]) == math.inf
    assert model.perplexity([0, 1, 2, 0]) == math.inf  # 2 is not even a context


def test_perplexity_is_the_geometric_mean_of_choices() -> None:
    model = ngram.fit([0, 1, 2, 3], 4, 1, "mle")
    assert model.perplexity([3, 3, 0]) == pytest.approx(4)
    assert ngram.fit([[0, 1, 2]], 3, 1, "mle", boundaries=True).perplexity([[2]]) == pytest.approx(
        4
    )  # </s> is a token like the others; <s> is none


def test_one_sequence_may_be_a_list_an_array_or_an_array_of_rows() -> None:
    rows = np.array([[0, 1, 1], [1, 0, 0]])
    models = [ngram.fit(text, 2, 2, boundaries=True) for text in (rows, rows.tolist(), list(rows))]
    assert len({model.perplexity([0, 1, 1]) for model in models}) == 1
    assert ngram.fit([0, 1, 1], 2, 2).perplexity(np.array([1])) == ngram.fit(
        np.array([0, 1, 1], np.uint8), 2, 2
    ).perplexity((1,))


@few
@given(st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_discounts_take_less_than_a_count_and_something(counts) -> None:
    found = discounts(np.array(counts))
    assert all(0 < d <= i for i, d in enumerate(found, 1))
    if not {1, 2, 3} <= set(counts):
        assert found == FALLBACK


def test_the_weights_of_the_interpolation_make_the_held_out_text_likeliest() -> None:
    """No step away from any weight is better, with the imagined tokens counted as EM does."""
    rng = np.random.default_rng(1)
    rows = [(rng.integers(0, 4, 60) * rng.integers(0, 2, 60)).tolist()]
    definitions = Definitions(rows, SIZE, 3, False)
    read = Definitions(HELD_OUT, SIZE, 3, False)

    def objective(weights):
        text = sum(
            math.log(definitions.interpolation(w, c, weights, 2))
            for row in read.rows
            for c, w in read.contexts_of(row)
        )
        return text + sum(math.log(w) + math.log(1 - w) for row in weights[1:] for w in row)

    weights = weights_of(rows, 3, False, False)
    best = objective(weights)
    for m in (1, 2, 3):
        for group in (0, 1):
            for step in (-0.02, 0.02):
                other = [row.copy() for row in weights]
                other[m][group] = min(max(other[m][group] + step, 1e-9), 1 - 1e-9)
                assert objective(other) < best + 1e-9


def test_a_share_held_out_gives_the_weights_and_is_counted_afterwards() -> None:
    text = np.random.default_rng(4).integers(0, 4, 400)
    seen, held_out = split_held_out(text, 0.25)
    model = ngram.fit(text, 5, 2, "interpolation", held_out=0.25, classes=1)
    apart = ngram.fit(seen, 5, 2, "interpolation", held_out=held_out, classes=1)
    np.testing.assert_allclose(model.backoff[1][:4], apart.backoff[1][:4], rtol=1e-12)
    frequency = Definitions([text.tolist()], 5, 2, False).mle(1, (0,))
    below = model.probabilities([])
    rest = model.backoff[1][0]
    np.testing.assert_allclose(
        model.probabilities([0])[1], (1 - rest) * frequency + rest * below[1]
    )


@pytest.mark.parametrize("boundaries", [False, True])
def test_samples_follow_the_rows_of_the_model(boundaries) -> None:
    rng = np.random.default_rng(5)
    model = ngram.fit([rng.integers(0, 3, 30) for _ in range(4)], 3, 2, boundaries=boundaries)
    drawn = [model.sample(1, seed=seed, prefix=[0]) for seed in range(1500)]
    ends = sum(len(row) == 1 for row in drawn)
    seen = np.bincount([row[1] for row in drawn if len(row) > 1], minlength=3)
    seen = np.append(seen, ends) if boundaries else seen
    p = model.probabilities([0])
    assert (np.abs(seen / 1500 - p) < 4.5 * np.sqrt(p * (1 - p) / 1500)).all()


def test_a_sample_continues_the_prefix_with_the_longest_context() -> None:
    text = np.tile([0, 0, 1, 2], 20)
    model = ngram.fit(text, 3, 3, "mle")
    assert model.sample(6, seed=0, prefix=[0, 0]).tolist() == [0, 0, 1, 2, 0, 0, 1, 2]
    backward = ngram.fit(text, 3, 3, "mle", reversed=True)  # it writes what comes before
    assert backward.sample(6, seed=0, prefix=[1, 2]).tolist() == [1, 2, 0, 0, 1, 2, 0, 0][-2:] + [
        1, 2, 0, 0, 1, 2]  # fmt: skip


def test_the_same_seed_gives_the_same_sample_and_another_another() -> None:
    model = ngram.fit(np.random.default_rng(6).integers(0, 4, 100), 4, 3)
    first, again, other = (model.sample(30, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.tolist() != other.tolist() and len(first) == 30


def test_temperature_0_takes_the_likeliest_and_low_ones_come_near() -> None:
    text = [0, 1, 0, 1, 0, 2, 0, 1]
    model = ngram.fit(text, 3, 2)
    assert model.sample(4, temperature=0, prefix=[0]).tolist() == [0, 1, 0, 1, 0]
    assert model.sample(4, temperature=1e-3, seed=1, prefix=[0]).tolist() == [0, 1, 0, 1, 0]
    p = model.probabilities([0])
    drawn = [model.sample(1, temperature=2.0, seed=s, prefix=[0])[1] for s in range(1500)]
    warm = np.sqrt(p) / np.sqrt(p).sum()
    np.testing.assert_allclose(np.bincount(drawn, minlength=3) / 1500, warm, atol=0.04)


def test_with_boundaries_a_sample_is_over_at_the_end_mark() -> None:
    model = ngram.fit([[0, 1, 2]] * 3, 3, 2, "mle", boundaries=True)
    assert model.sample(50, seed=0).tolist() == [0, 1, 2]
    assert model.sample(2, seed=0).tolist() == [0, 1]


def test_a_saved_model_comes_back_exactly(tmp_path) -> None:
    text = np.random.default_rng(7).integers(0, 6, 500)
    for smoothing in ("mle", "add_k", "kneser_ney"):
        model = ngram.fit(text, 7, 3, smoothing, boundaries=True, reversed=True)
        model.save(tmp_path / "model.npz")
        again = NGram.load(tmp_path / "model.npz")
        np.testing.assert_array_equal(
            again.log_probabilities(text[:90]), model.log_probabilities(text[:90])
        )
        assert (again.smoothing, again.order, again.reversed) == (smoothing, 3, True)
        assert again.parameters == model.parameters
    assert [path.name for path in tmp_path.iterdir()] == ["model.npz"]


def test_files_are_readable_by_whom_other_files_are_and_their_folder_is_made(tmp_path) -> None:
    (tmp_path / "other").write_text("")
    model = ngram.fit([0, 1], 2, 1)
    model.save(tmp_path / "new/model.npz")
    model.write_arpa(tmp_path / "new/model.arpa", ["a", "b"])
    modes = {path.stat().st_mode for path in [tmp_path / "other", *tmp_path.glob("new/*")]}
    assert len(modes) == 1


def test_a_file_that_holds_no_model_is_said_to(tmp_path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    (tmp_path / "text.npz").write_text("not a zip file")
    for name in ("other.npz", "text.npz"):
        with pytest.raises(ValueError, match="holds no n-gram model; expected a file that model.s"):
            NGram.load(tmp_path / name)


def test_a_failed_write_leaves_the_old_file(tmp_path) -> None:
    path = tmp_path / "model.arpa"
    path.write_text("old")
    model = ngram.fit([0, 1], 2, 1)
    object.__setattr__(model, "probability", [None, None])
    with pytest.raises(TypeError):
        model.write_arpa(path, ["a", "b"])
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def bad(message, *arguments, **options):
    return pytest.param(arguments, options, re.escape(message), id=message[:40])


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        bad("the text is empty; expected at least one token id, got none", [], 3, 2),
        bad("the text is empty", [[], []], 3, 2, boundaries=True),
        bad("order is not a positive whole number; expected an int of at least 1, got 0",
            [1], 3, 0),
        bad("vocabulary_size is not a positive whole number", [1], 0, 2),
        bad("classes is not a positive whole number", [1], 3, 2, classes=0),
        bad("token id out of range; expected ids from 0 to 2, got 3", [1, 3], 3, 2),
        bad("token id out of range; expected ids from 0 to 2, got -1", [[1], [-1]], 3, 2),
        bad("token ids must be integers; expected an integer array, got dtype float64",
            [0.5], 3, 2),
        bad("a text is one row of token ids, or a list of such; expected ids (length,), got 5",
            5, 3, 2),
        bad("expected ids (length,), got True", [1, 2], 3, 2, "interpolation", held_out=True),
        bad("a sequence is one row of token ids; expected ids (length,), or a list of such, got an "
            "array of shape (1, 2) in the list", [[[0, 1]]], 3, 2),
        bad("k is what add-k adds to every count; expected a number above 0, got 0",
            [1], 3, 2, "add_k", k=0),
        bad("expected a number above 0, got nan", [1], 3, 2, "add_k", k=math.nan),
        bad("the weights of the interpolation are fitted on held-out text; expected held_out=ids "
            "or a share of the text, got None; try held_out=0.1", [1, 2], 3, 2, "interpolation"),
        bad("the held-out part and the rest must both hold something", [1, 2], 3, 2,
            "interpolation", held_out=1.5),
        bad("the text is empty", [1, 2], 3, 2, "interpolation", held_out=[]),
        bad("unknown smoothing; expected one of mle, add_k, interpolation, witten_bell, "
            "kneser_ney, got 'laplace'", [1], 3, 2, "laplace"),
    ],
)  # fmt: skip
def test_bad_input_to_fit_is_explained(arguments, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        ngram.fit(*arguments, **options)


def test_bad_input_to_a_model_is_explained() -> None:
    model = ngram.fit([[0, 1, 2]], 3, 2, boundaries=True)
    for contexts, message in (
        ([[0, 9]], "token id out of range; expected ids from 0 to 4, got 9"),
        ([[0], [1, 2]], "contexts are rows of one length; expected ids .*got rows of unequal"),
        (2, r"a context is a row of ids; expected ids \(..., time\), got the number 2; try \[2\]"),
        ([[3]], "nothing comes after </s>; expected ids from 0 to 2 or <s> .4., got 3"),
    ):
        with pytest.raises(ValueError, match=message):
            model.probabilities(contexts)
    for options, message in (
        ({"length": -1}, "length is not a number of tokens; .* got -1"),
        ({"length": 2, "temperature": -1}, "temperature is not a number of at least 0; got -1"),
        ({"length": 2, "temperature": math.nan}, "temperature is not a number of at least 0"),
        ({"length": 2, "prefix": [7]}, "token id out of range; expected ids from 0 to 2, got 7"),
        ({"length": 2, "prefix": [[1]]}, r"the prefix is not one row of ids; .* got \(1, 1\)"),
        ({"length": 2, "seed": -1}, "seed is not a whole number; .* of at least 0 or None, got -1"),
        ({"length": 2, "seed": "a"}, "seed is not a whole number; .* got 'a'"),
    ):
        with pytest.raises(ValueError, match=message):
            model.sample(**options)
    for scored in ([], [5]):
        with pytest.raises(ValueError, match="the text is empty|token id out of range"):
            model.perplexity(scored)


def test_a_sample_with_nothing_to_draw_from_is_explained() -> None:
    model = ngram.fit([0, 1, 2], 3, 2, "mle")
    message = r"no token has any probability after \[2\]; .* got one that smoothing='mle' knows no"
    with pytest.raises(ValueError, match=message):
        model.sample(5, seed=0, prefix=[0])


def test_witten_bell_on_the_time_machine_scores_as_measured_before(course_data) -> None:
    """Letters of each line, lines joined without a space (the older reading of D2L)."""
    lines = load_corpus("time_machine").split("\n")
    text = "".join(re.sub("[^A-Za-z]+", " ", line).strip().lower() for line in lines)
    train, held_out = split_held_out(text, 17000)
    vocabulary = Vocabulary.from_text(train)
    train, held_out = vocabulary.encode(train), vocabulary.encode(held_out)
    got = [ngram.fit(train, len(vocabulary), n).perplexity(held_out) for n in range(1, 7)]
    np.testing.assert_allclose(got, [17.05, 10.00, 6.86, 5.15, 4.70, 4.88], atol=0.005)


@pytest.mark.parametrize(("order", "kenlm"), [(3, 7.7086), (5, 4.7922)])
def test_kneser_ney_has_the_perplexity_of_kenlm(order, kenlm, course_data) -> None:
    """lmplz --discount_fallback, then query (OOVs included), in lines of 2,000 characters."""
    text = load_corpus("tiny_shakespeare")
    train, test = text[: int(0.9 * len(text))], text[int(0.9 * len(text)) :]
    vocabulary = Vocabulary.from_text(train)
    train, test = ([vocabulary.encode(part[i : i + 2000]) for i in range(0, len(part), 2000)]
                   for part in (train, test))  # fmt: skip
    model = ngram.fit(train, len(vocabulary), order, "kneser_ney", boundaries=True)
    assert model.perplexity(test) == pytest.approx(kenlm, rel=1e-4)
