"""Sittings: what is loaded, observed, replaced; the same bits each time; many at once; soon."""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from half_life import CASE, Z, observe, source

from autograder.case import Case
from autograder.sandbox.limits import Limits
from autograder.sandbox.observation import Failure
from autograder.sandbox.parent import SandboxError, Server

pytestmark = pytest.mark.sandbox
TRAIN = """
    import keras, tensorflow as tf
    class Cell(keras.layers.Layer):
        state_size = 8
        def build(self, shape):
            self.W, self.U = self.add_weight((shape[-1], 8)), self.add_weight((8, 8))
        def call(self, x, states):
            h = keras.ops.tanh(x @ self.W + states[0] @ self.U)
            return h, [h]
    cell, dropout = keras.layers.RNN(Cell()), keras.layers.Dropout(0.2)
    x = np.random.normal(size=(64, 5, 3)).astype('float32')
    data = tf.data.Dataset.from_tensor_slices(x).shuffle(64).map(
        lambda row: row + tf.random.normal((5, 3)), num_parallel_calls=tf.data.AUTOTUNE)
    optimizer = keras.optimizers.Adam()
    for batch in data.batch(8).prefetch(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(dropout(cell(batch), training=True) ** 2)
        optimizer.apply(tape.gradient(loss, cell.trainable_variables), cell.trainable_variables)
    return np.concatenate([np.ravel(w) for w in cell.get_weights()])
"""


def test_any_number_that_numpy_understands_comes_back_bit_for_bit(server: Server) -> None:
    bodies = ["return z", "return z.tolist()", "import tensorflow as tf; return tf.constant(z)"]
    bodies += ["import keras; return keras.ops.convert_to_tensor(z)"]
    with server.sit() as sitting:
        for body in bodies:
            seen = observe(sitting, body)
            assert seen.failure is None
            assert np.allclose(seen.arrays["half_life"], Z, rtol=1e-6)
            assert 0.0 < seen.seconds < 5.0


def test_a_case_arrives_as_it_was_sent(server: Server) -> None:
    values = {
        **{name: np.full((2, 3), 0.1, np.float32) for name in ("x", "h_prev", "W_xr", "W_hr")},
        "b_r": [1, 2.5, "three", [4]],
    }
    cells = [
        {
            "id": "answer",
            "source": "def reset_gate(x, h, W, U, b):\n    print(b, x.dtype)\n    return x + b[1]",
        }
    ]
    with server.sit() as sitting:
        sitting.load(cells, ["reset_gate"])
        seen = sitting.observe("gru.reset_gate", Case("hidden-1", values), 5.0)
    assert seen.output == "[1, 2.5, 'three', [4]] float32\n"
    assert np.array_equal(seen.arrays["r"], np.full((2, 3), np.float32(0.1)) + np.float32(2.5))


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (
            "y = z\nreturn y / {}",
            Failure(
                "exception",
                "TypeError: unsupported operand type(s) for /: 'float' and 'dict'",
                "cell answer, line 4: return y / {}",
            ),
        ),
        (
            "def inner(): raise ValueError('too deep')\ninner()",
            Failure(
                "exception",
                "ValueError: too deep",
                "cell answer, line 4: inner()\n"
                "cell answer, line 3: def inner(): raise ValueError('too deep')",
            ),
        ),
        (
            "np.ones(3).reshape(2)",
            Failure(
                "exception",
                "ValueError: cannot reshape array of size 3 into shape (2,)",
                "cell answer, line 3: np.ones(3).reshape(2)",
            ),
        ),
        (
            "raise SystemExit",
            Failure("exception", "SystemExit", "cell answer, line 3: raise SystemExit"),
        ),
        (
            "raise KeyboardInterrupt",
            Failure(
                "exception", "KeyboardInterrupt", "cell answer, line 3: raise KeyboardInterrupt"
            ),
        ),
        (
            "raise NotImplementedError",
            Failure(
                "not_done", "NotImplementedError", "cell answer, line 3: raise NotImplementedError"
            ),
        ),
        (
            "return 'many'",
            Failure("reply", "half_life is a str of <U4; expected an array of numbers"),
        ),
        (
            "return print",
            Failure(
                "reply", "half_life is a builtin_function_or_method; expected an array of numbers"
            ),
        ),
    ],
)
def test_a_failure_shows_the_students_own_lines(
    server: Server, body: str, failure: Failure
) -> None:
    with server.sit() as sitting:
        seen = observe(sitting, body)
        if "/ {}" in body:
            assert seen.failure is not None
            assert seen.failure.where == failure.where
        else:
            assert seen.failure == failure
        assert not sitting.dead


def test_a_missing_name_is_not_done(server: Server) -> None:
    with server.sit() as sitting:
        sitting.load(source("return z"), ["half_life"])
        seen = sitting.observe(
            "gru.reset_gate", Case("public", dict.fromkeys(("x", "h_prev"), 1)), 5
        )
        assert seen.failure is not None
        assert (seen.failure.kind, seen.failure.message) == (
            "not_done",
            "reset_gate is not defined",
        )


def test_an_unknown_observation_is_claimed_to_be_our_fault(server: Server) -> None:
    with server.sit() as sitting:
        for function in ("gru.nothing", "nothing.at_all", "nonsense"):
            seen = sitting.observe(function, CASE, 5.0)
            assert seen.failure is not None
            assert seen.failure.kind == "claim"


def test_a_cell_that_cannot_be_run_is_a_problem_and_no_end(server: Server) -> None:
    cells = [
        {"id": "one", "source": "half_life = 1 / 0"},
        {"id": "two", "source": "def gates(:"},
        {"id": "three", "source": "def reset_gate(*_): return 3.0"},
    ]
    with server.sit() as sitting:
        loaded = sitting.load(cells, ["half_life", "reset_gate"])
        assert [(p["cell"], p["line"]) for p in loaded["problems"]] == [("two", 1), ("one", 1)]
        assert loaded["failure"] is None
        values = dict.fromkeys(("x", "h_prev", "W_xr", "W_hr", "b_r"), 1.0)
        assert sitting.observe("gru.reset_gate", Case("public", values), 5).failure is None


def test_an_endless_loop_while_loading_is_stopped(server: Server) -> None:
    with server.sit(Limits(load_seconds=0.5)) as sitting:
        cells = [{"id": "one", "source": "while True: half_life = 1"}]
        loaded = sitting.load(cells, ["half_life"])
        assert loaded["failure"] == Failure("time", "stopped at the limit of 0.5 s")
        assert sitting.observe("gru.half_life", CASE, 5.0).failure == loaded["failure"]


def test_files_lie_beside_the_notebook(server: Server) -> None:
    body = """
        import os
        print(sorted(os.listdir()), open('notes.txt', 'rb').read(), oct(os.stat('a.h5').st_mode))
        return z
        """
    with server.sit() as sitting:
        files = {"a.h5": bytes(range(256)), "notes.txt": b"two\n", "../../escape": b"x"}
        loaded = sitting.load(source(body), ["half_life"], files)
        found = {"problems": [], "failure": None, "output": "", "defined": ["half_life"]}
        assert loaded == found
        seen = sitting.observe("gru.half_life", CASE, 5.0)
        assert seen.output == "['a.h5', 'escape', 'notes.txt'] b'two\\n' 0o100600\n"


def test_a_file_above_the_limit_is_a_files_failure(server: Server) -> None:
    with server.sit(Limits(file_mb=1)) as sitting:
        loaded = sitting.load(source("return z"), ["half_life"], {"big.h5": bytes(2**21)})
        assert loaded["failure"] is not None
        assert loaded["failure"].kind == "files"
        assert loaded["failure"].message.startswith("big.h5: OSError: [Errno 27] File too large")


def test_given_definitions_replace_the_students_and_use_none_of_theirs(server: Server) -> None:
    cells = [
        {"id": "one", "source": "def inner(z): return z * 0\ndef half_life(z): return inner(z)"},
        {"id": "two", "source": "def reset_gate(*_): return half_life(1.0)"},
    ]
    given = "def inner(z): return z + 1\ndef half_life(z): return inner(z)"
    values = dict.fromkeys(("x", "h_prev", "W_xr", "W_hr", "b_r"), 1.0)
    with server.sit() as sitting:
        sitting.load(cells, ["half_life", "reset_gate"])
        assert sitting.define(given, ["half_life"]) == {"failure": None}
        assert np.array_equal(sitting.observe("gru.half_life", CASE, 5).arrays["half_life"], Z + 1)
        # what else the student wrote uses the replacement, as if it stood in their notebook
        assert sitting.observe("gru.reset_gate", Case("public", values), 5).arrays["r"] == 2.0


def test_given_source_is_nowhere_in_what_a_student_sees(server: Server) -> None:
    with server.sit() as sitting:
        sitting.load(source("return z"), ["half_life"])
        sitting.define("def half_life(z):\n    raise ValueError('inside')", ["half_life"])
        failure = sitting.observe("gru.half_life", CASE, 5).failure
        assert failure == Failure("exception", "ValueError: inside", "")


@pytest.mark.parametrize(
    ("given", "words"),
    [("half_life = 1 / 0", "ZeroDivisionError"), ("other = 1", "does not define half_life")],
)
def test_given_source_that_fails_is_claimed_as_our_fault(
    server: Server, given: str, words: str
) -> None:
    with server.sit() as sitting:
        failure = sitting.define(given, ["half_life"])["failure"]
        assert failure.kind == "claim"
        assert words in failure.message


def test_the_same_submission_gives_the_same_bits(server: Server) -> None:
    results = []
    for _ in range(2):
        with server.sit() as sitting:
            seen = observe(sitting, TRAIN, 30.0)
            assert seen.failure is None, seen.failure
            results.append(seen.arrays["half_life"].tobytes())
    assert results[0] == results[1]


def test_random_numbers_depend_on_the_case_not_on_what_ran_before(server: Server) -> None:
    body = "import tensorflow as tf; return np.random.normal(size=3) + tf.random.normal((3,))"
    with server.sit() as one, server.sit() as other:
        first = observe(one, body).arrays["half_life"]
        observe(other, "np.random.normal(size=10); return z")
        assert np.array_equal(first, observe(other, body).arrays["half_life"])
        another = other.observe("gru.half_life", Case("hidden-1", CASE.values), 5.0)
        assert not np.array_equal(first, another.arrays["half_life"])


def test_strings_hash_alike_in_every_sitting(server: Server) -> None:
    with server.sit() as sitting:
        seen = observe(sitting, "return np.array(hash('vocabulary') % 2**31)")
    with server.sit() as sitting:
        again = observe(sitting, "return np.array(hash('vocabulary') % 2**31)")
    assert seen.arrays == again.arrays


def test_many_threads_may_sit_at_once(server: Server) -> None:
    def one(number: int) -> bool:
        with server.sit(Limits()) as sitting:
            seen = observe(sitting, f"import time; time.sleep(0.1); return z * {number}", 20.0)
            return np.array_equal(seen.arrays.get("half_life", 0), Z * number)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(12)))


def test_the_server_outlives_the_thread_that_started_it(server: Server) -> None:
    assert threading.active_count() == 1  # the fixture's thread is over
    with server.sit() as sitting:
        assert observe(sitting, "return z").failure is None


def test_a_server_is_entered_once(server: Server) -> None:
    with pytest.raises(SandboxError, match="is running already: enter it once"):
        server.__enter__()


def test_a_sitting_is_ready_soon_and_small(server: Server) -> None:
    seconds, megabytes = [], []
    for _ in range(5):
        began = time.monotonic()
        with server.sit() as sitting:
            seen = observe(sitting, "import tensorflow as tf; return tf.tanh(z)")
            seconds.append(time.monotonic() - began)
            megabytes.append(sitting.peak_mb)
        assert seen.failure is None
    assert statistics.median(seconds) < 0.6  # 0.3 where the machine is ours alone
    assert statistics.median(megabytes) < 100


def test_closing_twice_is_no_error(server: Server) -> None:
    sitting = server.sit()
    sitting.close()
    sitting.close()
    assert sitting.dead
    failure = sitting.observe("gru.half_life", CASE, 1.0).failure
    assert failure == Failure("fault", "the sitting is closed")
