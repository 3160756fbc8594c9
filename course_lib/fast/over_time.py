"""From a layer's equations to outputs and gradients over time.

What makes it fast, each measured (benchmarks/README.md):

1. The input product of all steps is one matrix product before the loop, a = X W; the weights'
   gradients, Xᵀ Δ and H_prevᵀ Δ, are one product each after the loop back.
2. Every gate has arrays of its own. XLA's code for a slice of a row of gates, or for joining them,
   is slow, and four products with a quarter of U cost no more than one with all of it.
3. Arrays of all time steps do not fit the caches, those of one step do: gates overwrite the a they
   come from, all element-wise work is in the loops, and with no tape listening nothing is kept.
4. XLA compiles forward and back, where the number of time steps is known when the graph is made.
5. The batch goes in two halves, each a compiled program of its own, which TensorFlow runs side by
   side: a step's products are too small to be worth sharing between cores, half the batch is not.

Inside, arrays are time-major: (time, batch, ·).
"""

import functools
import os

import tensorflow as tf
from tensorflow.python.eager.record import could_possibly_record, stop_recording

__all__ = ["loop", "over_time", "previous", "product"]


@tf.autograph.experimental.do_not_convert
def over_time(cell, x, states, kernel, recurrent_kernel, bias, mask):
    """(outputs, *last states) of a cell, which is a pair of functions on time-major arrays:

    forward(a, U, b, m, keep, *states)                -> last states, saved
    backward(dy, d_last, U, m, states, last, saved)   -> Δ, ∂L/∂U, gradients of the first states

    a = X W, U, b, Δ and ∂L/∂U are lists, an array for each gate; m is the mask (time, batch, 1) or
    None. The h of all steps come first in `saved`, and alone if `keep`, for the way back, is False.
    """
    x = tf.convert_to_tensor(x)
    if x.shape[1] == 0:
        raise ValueError(
            "the sequence has no time steps; expected x of shape (batch, time, features) with at "
            f"least one step; got {tuple(x.shape)}; try the initial states, which are the result"
        )
    if bias is None:
        bias = tf.zeros(kernel.shape[-1], x.dtype)
    tensors = (x, *states, kernel, recurrent_kernel, bias)
    x, *states, W, U, b = (tf.convert_to_tensor(tensor, x.dtype) for tensor in tensors)
    mask = None if mask is None else tf.convert_to_tensor(mask, tf.bool)
    if tf.executing_eagerly():
        forward, backward = _for_eager_callers(cell, *W.shape, x.dtype, mask is None)
    else:
        forward, backward = _programs(cell)

    keep = could_possibly_record()  # a tape listens; or else the way back runs forward once more

    @tf.custom_gradient
    def differentiable(x, W, U, b, *states):
        with stop_recording():  # no tape looks into what is differentiated by hand
            outputs, last, kept = forward(x, W, U, b, mask, states, keep)

        def gradient(dy, *d_last):
            @tf.custom_gradient
            def first(dy, d_last, x, W, U, b, states):
                with stop_recording():
                    saved = kept if keep else forward(x, W, U, b, mask, states, True)[2]
                    gradients = backward(dy, d_last, x, W, U, mask, states, saved)

                def second(*d_gradients):
                    arguments = (dy, d_last, x, W, U, b, states)
                    return _second(cell, mask, arguments, d_gradients)

                return gradients, second

            return first(dy, d_last, x, W, U, b, states)

        return (outputs, *last), gradient

    return differentiable(x, W, U, b, *states)


def _programs(cell):
    """(forward, backward) on the whole batch, to be called where a graph is made."""
    programs = {}

    def compiled(function, x, **options):
        """XLA where the time steps are counted: else every length would be compiled anew. One
        program for both halves: what is compiled for one serves the other."""
        program = functools.partial(function, cell, **options)
        if x.shape[1] is None:
            return program
        key = function, *options.items()
        if key not in programs:
            programs[key] = tf.function(program, jit_compile=True, autograph=False)
        return programs[key]

    def forward(x, W, U, b, mask, states, keep):
        program = compiled(_forward, x, keep=keep)
        halves = [program(x, W, U, b, m, s) for x, m, s in _cut(_parts(x, U), x, mask, states)]
        outputs, last, saved = zip(*halves, strict=True)
        kept = list(zip(last, saved, strict=True))
        return _whole(*outputs), [_whole(*states) for states in zip(*last, strict=True)], kept

    def backward(dy, d_last, x, W, U, mask, states, saved):
        program = compiled(_backward, x)
        parts = _cut(len(saved), dy, d_last, x, mask, states)
        halves = [
            program(dy, d_last, x, U, m, s, *kept)
            for (dy, d_last, x, m, s), kept in zip(parts, saved, strict=True)
        ]
        deltas, *gradients, d_first = zip(*halves, strict=True)
        dx = _whole(*(_to_inputs(delta, W) for delta in deltas))
        d_first = [_whole(*states) for states in zip(*d_first, strict=True)]
        return dx, *(sum(halves) for halves in gradients), *d_first

    return forward, backward


@functools.cache
def _for_eager_callers(cell, *kind):
    """The same as two graphs, kept for callers of this kind. Each is traced for the first shape of
    x and then, `reduce_retracing`, for any: a second number of steps gives the graph without XLA,
    so that sequences of ever new lengths are neither traced nor compiled one by one."""

    def traced(k):
        return tf.function(
            lambda *arguments: _programs(cell)[k](*arguments),
            reduce_retracing=True,
            autograph=False,
        )

    return traced(0), traced(1)


def _parts(x, U):
    """Two halves of the batch; one whole if it is small, or with one core."""
    batch = x.shape[0]
    return 1 if os.cpu_count() == 1 or (batch is not None and batch < 16) else 2


def _cut(parts, first, *others):
    """The arguments for each part of the batch."""
    if parts == 1:
        return [(first, *others)]
    half = ((first.shape[0] or tf.shape(first)[0]) + 1) // 2

    def cut(rows):
        return lambda array: None if array is None else array[rows]

    both = cut(slice(None, half)), cut(slice(half, None))
    return [tf.nest.map_structure(rows, (first, *others)) for rows in both]


def _whole(*halves):
    return tf.concat(halves, axis=0)


def _forward(cell, x, W, U, b, mask, states, keep):
    xs, m = _swap(x), _time_major(mask)
    a = [_rows(xs, lambda rows, w=w: rows @ w) for w in _by_gate(W, U)]
    last, saved = cell[0](a, _by_gate(U, U), _by_gate(b, U), m, keep, *states)
    return _swap(_repeated(m, saved[0])), last, saved if keep else []


def _backward(cell, dy, d_last, x, U, mask, states, last, saved):
    m = _time_major(mask)
    dy = _repeated(m, _swap(dy))
    delta, dU, d_first = cell[1](dy, d_last, _by_gate(U, U), m, states, last, saved)
    xs = _swap(x)
    dW = [product(xs, gate) for gate in delta]
    db = [tf.reduce_sum(gate, axis=(0, 1)) for gate in delta]
    return delta, *(tf.concat(gates, axis=-1) for gates in (dW, dU, db)), d_first


def _to_inputs(delta, W):
    """∂L/∂x. Left to TensorFlow, which skips it where nobody asks for it."""
    gates = zip(delta, tf.split(W, len(delta), axis=-1), strict=True)
    return _swap(tf.add_n([_rows(d, lambda rows, w=w: rows @ tf.transpose(w)) for d, w in gates]))


def _second(cell, mask, arguments, d_gradients):
    """The gradient of the gradient: TensorFlow's own, of the loop as it is."""
    with tf.GradientTape() as outer:
        outer.watch(arguments)
        dy, d_last, *tensors, states = arguments
        with tf.GradientTape() as inner:
            inner.watch((tensors, states))
            outputs, last, _ = _forward(cell, *tensors, mask, states, keep=False)
        gradients = inner.gradient(
            (outputs, *last),
            (*tensors, *states),
            output_gradients=(dy, *d_last),
        )
    if all(gradient is None for gradient in gradients):  # TensorFlow has stopped every tape
        raise NotImplementedError(
            "the fast way has no forward-mode derivatives; expected tf.GradientTape, got "
            'tf.autodiff.ForwardAccumulator; try the layer with way="readable"'
        )
    return outer.gradient(
        gradients, arguments, output_gradients=d_gradients, unconnected_gradients="zero"
    )


def loop(step, states, sequences, new=0, over=0, backwards=False):
    """(states, outputs) of `step(*states, *sequences_t) -> states, outputs_t` over all t.

    sequences: (time, batch, units) or None, which every step then gets. Of the outputs, of the same
    shape, the first go to `new` arrays and those after them `over` the first sequences, which saves
    a pass over memory; what a step returns beyond these is not kept.
    """
    batch, dtype = states[0].shape[0], states[0].dtype
    time = sequences[0].shape[0] or tf.shape(sequences[0])[0]
    shape = batch, states[0].shape[-1]
    read = [None if s is None else tf.TensorArray(s.dtype, time).unstack(s) for s in sequences]
    outputs = [tf.TensorArray(dtype, time, element_shape=shape) for _ in range(new)] + read[:over]

    def body(k, states, outputs):
        t = time - 1 - k if backwards else k
        arrays = [*outputs[new:], *read[over:]]
        states, found = step(*states, *(None if a is None else a.read(t) for a in arrays))
        return k + 1, states, [o.write(t, f) for o, f in zip(outputs, found, strict=False)]

    _, states, outputs = tf.while_loop(
        lambda k, *_: k < time, body, (0, tuple(states), outputs), maximum_iterations=time
    )
    return states, [array.stack() for array in outputs]


def previous(first, states):
    """h_0 … h_{T-1} from h_0 and h_1 … h_T."""
    return tf.concat([first[None], states[:-1]], axis=0)


def product(left, right):
    """Σ_t left_tᵀ right_t as one matrix product."""
    return tf.matmul(_flat(left), _flat(right), transpose_a=True)


def _flat(steps):
    """(time, batch, n) -> (time·batch, n)."""
    return tf.reshape(steps, (-1, steps.shape[-1]))


def _rows(steps, function):
    """`function`, from rows to rows, over all steps of all sequences: (time, batch, ·)."""
    rows, shape = function(_flat(steps)), tf.shape(steps)
    whole = tf.reshape(rows, (shape[0], shape[1], rows.shape[-1]))
    return tf.ensure_shape(whole, (*steps.shape[:2], rows.shape[-1]))


def _by_gate(array, U):
    """W, U or b as a list of what belongs to each gate."""
    return tf.split(array, U.shape[-1] // U.shape[0], axis=-1)


def _swap(array):
    """(batch, time, n) <-> (time, batch, n)."""
    return tf.transpose(array, (1, 0, 2))


def _time_major(mask):
    return None if mask is None else tf.transpose(mask)[:, :, None]


def _repeated(m, hs):
    """Keras's outputs: zero before the first step that counts, when there is none to repeat."""
    if m is None:
        return hs
    return tf.where(tf.cumsum(tf.cast(m, tf.int32), axis=0) > 0, hs, tf.zeros_like(hs))
