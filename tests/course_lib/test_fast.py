"""The fast way gives Keras's outputs, states and gradients, however it is called."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import fast
from course_lib.fast import equations, over_time

KERAS = {
    "rnn": keras.layers.SimpleRNN,
    "gru": lambda *args, **options: keras.layers.GRU(*args, reset_after=False, **options),
    "lstm": keras.layers.LSTM,
}
STATES = {"rnn": 1, "gru": 1, "lstm": 2}
STACKED = {"rnn": 1, "gru": 3, "lstm": 4}
FEATURES, UNITS = 3, 4

each_cell = pytest.mark.parametrize("cell", KERAS)


class Case:
    """Random inputs, states, weights, mask, and cotangents of everything that comes out."""

    def __init__(self, cell, batch, time, seed=0, masked=False, bias=True, dtype="float64"):
        rng = np.random.default_rng(seed)

        def normal(*shape, scale=1.0):
            return tf.constant(scale * rng.normal(size=shape), dtype)

        self.cell, self.dtype, self.bias = cell, dtype, bias
        width = STACKED[cell] * UNITS
        self.x = normal(batch, time, FEATURES)
        self.states = [normal(batch, UNITS) for _ in range(STATES[cell])]
        self.weights = [normal(FEATURES, width), normal(UNITS, width, scale=0.5)]
        self.weights += [normal(width)] if bias else []
        self.mask = tf.constant(rng.random((batch, time)) < 0.6) if masked else None
        self.cotangents = [normal(batch, time, UNITS)]
        self.cotangents += [normal(batch, UNITS) for _ in self.states]

    def tensors(self):
        return self.x, self.states, self.weights

    def fast(self, x, states, weights):
        """(what comes out, the gradients of all that goes in)."""
        with tf.GradientTape() as tape:
            tape.watch([x, states, weights])
            bias = weights[2:] or [None]
            out = getattr(fast, self.cell)(x, *states, *weights[:2], *bias, mask=self.mask)
            loss = self.loss(out)
        return list(out), tape.gradient(loss, [x, states, weights])

    def keras(self):
        layer = KERAS[self.cell](
            UNITS,
            return_sequences=True,
            return_state=True,
            use_bias=self.bias,
            recurrent_initializer="zeros",
            dtype=self.dtype,
        )
        layer.build(self.x.shape)
        layer.set_weights(self.weights)
        weights = [weight.value for weight in layer.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch([self.x, self.states])
            out = layer(self.x, initial_state=self.states, mask=self.mask)
            loss = self.loss(out)
        return list(out), tape.gradient(loss, [self.x, self.states, weights])

    def loss(self, out):
        return tf.add_n([tf.reduce_sum(c * o) for c, o in zip(self.cotangents, out, strict=True)])


def assert_same(got, expected, tolerance=1e-10):
    for one, other in zip(tf.nest.flatten(got), tf.nest.flatten(expected), strict=True):
        assert one.dtype == other.dtype
        scale = max(1, np.abs(other).max(initial=0))
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * scale)


@given(
    cell=st.sampled_from(list(KERAS)),
    batch=st.sampled_from((1, 3, 17)),
    time=st.integers(1, 7),
    seed=st.integers(0, 1000),
    masked=st.booleans(),
    bias=st.booleans(),
)
@settings(max_examples=20, deadline=None)
def test_equals_keras_for_any_shape_mask_and_state(cell, batch, time, seed, masked, bias):
    case = Case(cell, batch, time, seed, masked, bias)
    assert_same(case.fast(*case.tensors()), case.keras())


@each_cell
@pytest.mark.parametrize("masked", (False, True))
def test_the_compiled_halves_of_a_batch_equal_keras(cell, masked):
    case = Case(cell, batch=17, time=5, masked=masked)  # a half of 9 and a half of 8
    assert_same(tf.function(case.fast)(*case.tensors()), case.keras())


@each_cell
def test_equals_keras_in_float32(cell):
    case = Case(cell, batch=16, time=5, dtype="float32")
    assert_same(tf.function(case.fast)(*case.tensors()), case.keras(), tolerance=1e-5)


@each_cell
@pytest.mark.parametrize("dtype", ("float16", "bfloat16"))
def test_half_precision_stays_near_float32(cell, dtype):
    case, exact = (Case(cell, batch=5, time=4, masked=True, dtype=d) for d in (dtype, "float32"))
    got = case.fast(*case.tensors())
    assert {tensor.dtype.name for tensor in tf.nest.flatten(got)} == {dtype}
    got = tf.nest.map_structure(lambda tensor: tf.cast(tensor, "float32"), got)
    assert_same(got, exact.fast(*exact.tensors()), tolerance=0.05)


@each_cell
@pytest.mark.parametrize("time", (None, 5), ids=("any time", "time known"))
def test_batch_and_time_need_not_be_known(cell, time):
    case = Case(cell, batch=17, time=5)
    x = tf.TensorSpec((None, time, FEATURES), case.dtype)
    states = [tf.TensorSpec((None, UNITS), case.dtype) for _ in case.states]
    weights = [tf.TensorSpec(weight.shape, case.dtype) for weight in case.weights]
    run = tf.function(case.fast, input_signature=(x, states, weights))
    assert_same(run(*case.tensors()), case.keras())


@each_cell
def test_works_inside_a_function_that_xla_compiles(cell):
    case = Case(cell, batch=17, time=5, masked=True)
    assert_same(tf.function(case.fast, jit_compile=True)(*case.tensors()), case.keras())


@each_cell
def test_second_derivatives_equal_those_of_automatic_differentiation(cell):
    case = Case(cell, batch=3, time=4, masked=True)
    layer = KERAS[cell](UNITS, return_sequences=True, return_state=True, dtype=case.dtype)
    layer.build(case.x.shape)
    layer.set_weights(case.weights)
    ways = (
        lambda x: getattr(fast, cell)(x, *case.states, *case.weights, mask=case.mask),
        lambda x: layer(x, initial_state=case.states, mask=case.mask),
    )
    second = []
    for way in ways:
        with tf.GradientTape() as outer:
            outer.watch(case.x)
            with tf.GradientTape() as inner:
                inner.watch(case.x)
                loss = case.loss(way(case.x))
            loss = tf.reduce_sum(inner.gradient(loss, case.x) ** 3)
        second.append(outer.gradient(loss, case.x))
    assert_same(*second)


def test_jacobians_with_and_without_pfor_agree():
    case = Case("gru", batch=2, time=3)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(case.x)
        last = fast.gru(case.x, *case.states, *case.weights)[1]
    jacobians = [tape.jacobian(last, case.x, experimental_use_pfor=way) for way in (True, False)]
    assert_same(*jacobians)
    assert np.all(jacobians[0][0, :, 0] != 0) and not np.any(jacobians[0][0, :, 1])


def test_forward_mode_is_refused():
    case = Case("rnn", batch=2, time=3)
    (h,) = case.states
    with (
        pytest.raises(NotImplementedError, match="expected tf.GradientTape, got tf.autodiff"),
        tf.autodiff.ForwardAccumulator(h, tf.ones_like(h)),
    ):
        fast.rnn(case.x, h, *case.weights)


def test_a_sequence_without_steps_is_refused():
    case = Case("rnn", batch=2, time=0)
    with pytest.raises(ValueError, match=r"at least one step; got \(2, 0, 3\)"):
        fast.rnn(case.x, *case.states, *case.weights)


def test_eager_callers_trace_once_for_a_shape_and_once_for_all_other_lengths():
    over_time._for_eager_callers.cache_clear()
    traces = []
    for time in (4, 4, 4, 5, 6, 7, 4, 11):
        case = Case("gru", batch=3, time=time)
        case.fast(*case.tensors())
        programs = over_time._for_eager_callers(
            equations._GRU, FEATURES, 3 * UNITS, case.x.dtype, True
        )
        traces.append([program.experimental_get_tracing_count() for program in programs])
    assert over_time._for_eager_callers.cache_info().currsize == 1
    assert traces[2] == [1, 1]
    assert traces[-1] == [2, 2]


def programs(function, *arguments):
    """The operations that call what XLA compiles, in the graph of a function."""
    graph = tf.function(function).get_concrete_function(*arguments).graph
    return [
        operation
        for operation in graph.get_operations()
        if operation.type.endswith("PartitionedCall") and operation.get_attr("_XlaMustCompile")
    ]


def test_a_graph_holds_one_program_for_both_halves_of_a_batch():
    case = Case("lstm", batch=32, time=5)
    names = [operation.get_attr("f").name for operation in programs(case.fast, *case.tensors())]
    assert len(names) == 4 and len(set(names)) == 2  # forward and back, two halves each


@each_cell
def test_without_a_tape_nothing_is_kept_for_the_way_back(cell):
    case = Case(cell, batch=3, time=5)
    (alone,) = programs(lambda x: getattr(fast, cell)(x, *case.states, *case.weights), case.x)
    trained = programs(case.fast, *case.tensors())[0]
    assert len(alone.outputs) == 1 + len(case.states)  # outputs and last states
    assert len(trained.outputs) == len(alone.outputs) + {"rnn": 1, "gru": 4, "lstm": 6}[cell]


@each_cell
def test_a_graph_made_without_a_tape_has_the_same_gradients(cell):
    case = Case(cell, batch=17, time=5, masked=True)
    run = tf.function(lambda x: getattr(fast, cell)(x, *case.states, *case.weights, mask=case.mask))
    run(case.x)
    with tf.GradientTape() as tape:
        tape.watch(case.x)
        loss = case.loss(run(case.x))
    assert_same(tape.gradient(loss, case.x), case.keras()[1][0])
    assert run.experimental_get_tracing_count() == 1


def test_a_saved_model_gives_the_same_outputs(tmp_path):
    case = Case("lstm", batch=16, time=5)

    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 5, FEATURES), "float64")])
        def outputs(self, x):
            zeros = tf.zeros((tf.shape(x)[0], UNITS), x.dtype)
            return fast.lstm(x, zeros, zeros, *case.weights)[0]

    module = Module()
    tf.saved_model.save(module, tmp_path / "model")
    loaded = tf.saved_model.load(tmp_path / "model")
    assert_same(loaded.outputs(case.x), module.outputs(case.x))
