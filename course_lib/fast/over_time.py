"""From a layer's equations to outputs and gradients over time.

What makes it fast, each measured (benchmarks/README.md):

1. The input product of all steps is one matrix product before the loop, a = X W + b; the weights'
   gradients, Xᵀ Δ and H_prevᵀ Δ, are one product each after the loop back.
2. The element-wise factors of all steps of the way back are computed at once, before its loop,
   which is left with one product a step (the GRU: two).
3. XLA compiles forward and back, where the number of time steps is known when the graph is made.
4. The batch goes in two halves, each a compiled program of its own, which TensorFlow runs side by
   side: a step's products are too small to be worth sharing between cores, half the batch is not.

Inside, arrays are time-major: (time, batch, ·).
"""

import functools
import os

import tensorflow as tf

__all__ = ["loop", "over_time", "previous", "product"]


def over_time(cell, x, states, kernel, recurrent_kernel, bias, mask):
    """(outputs, *last states) of a cell, which is a pair of functions on time-major arrays:

    forward(a, U, m, *states)                       -> last states, saved
    backward(dy, d_last, U, m, states, saved)       -> Δ, ∂L/∂U, gradients of the first states

    with a = X W + b, m the mask (time, batch, 1) or None, and the h of all steps first in `saved`.
    """
    x = tf.convert_to_tensor(x)
    if bias is None:
        bias = tf.zeros(kernel.shape[-1], x.dtype)
    tensors = (x, *states, kernel, recurrent_kernel, bias)
    x, *states, W, U, b = (tf.convert_to_tensor(tensor, x.dtype) for tensor in tensors)
    mask = None if mask is None else tf.convert_to_tensor(mask, tf.bool)
    run = _halves
    if tf.executing_eagerly():
        run = _traced(W.shape[0], U.shape[0], x.dtype, mask is None, cell)
    return run(cell, x, states, W, U, b, mask)


@functools.cache
def _traced(*kind):
    """One graph for the eager callers of this kind. It is traced for the first shape of x and then,
    `reduce_retracing`, for any: a new number of steps gives the graph without XLA, so that
    sequences of ever new lengths are not compiled one by one."""
    return tf.function(_halves, reduce_retracing=True, autograph=False)


def _halves(cell, x, states, W, U, b, mask):
    """The two halves of the batch, side by side; one piece if it is small or there is one core."""
    recurrence = _recurrence(cell, compiled=x.shape[1] is not None)
    batch = x.shape[0]
    if os.cpu_count() == 1 or (batch is not None and batch < 16):
        return recurrence(x, states, W, U, b, mask)
    half = ((batch or tf.shape(x)[0]) + 1) // 2
    pieces = []
    for rows in (slice(None, half), slice(half, None)):
        piece_mask = None if mask is None else mask[rows]
        piece = recurrence(x[rows], [state[rows] for state in states], W, U, b, piece_mask)
        pieces.append(piece)
    return tuple(tf.concat(both, axis=0) for both in zip(*pieces, strict=True))


def _recurrence(cell, compiled):
    """The function (x, states, W, U, b, mask) -> (outputs, *last states), with its gradient."""
    cell_forward, cell_backward = cell

    def forward(x, W, U, b, mask, states):
        x = _swap(x)
        a = _unflat(_flat(x) @ W + b, x)
        m = _time_major_mask(mask)
        last, saved = cell_forward(a, U, m, *states)
        hs = saved[0]
        if m is not None:  # Keras: before the first step that counts there is nothing to repeat
            hs = tf.where(tf.cumsum(tf.cast(m, tf.int32), axis=0) > 0, hs, tf.zeros_like(hs))
        return _swap(hs), last, saved

    def backward(dy, d_last, x, U, mask, states, saved):
        dy, m = _swap(dy), _time_major_mask(mask)
        if m is not None:
            dy = tf.where(tf.cumsum(tf.cast(m, tf.int32), axis=0) > 0, dy, tf.zeros_like(dy))
        delta, dU, d_first = cell_backward(dy, d_last, U, m, states, saved)
        return delta, product(_swap(x), delta), dU, tf.reduce_sum(delta, axis=(0, 1)), d_first

    if compiled:  # one function for both halves: what XLA compiles for one serves the other
        forward, backward = (
            tf.function(f, jit_compile=True, autograph=False) for f in (forward, backward)
        )

    def recurrence(x, states, W, U, b, mask):
        @tf.custom_gradient
        def differentiable(x, W, U, b, *states):
            outputs, last, saved = forward(x, W, U, b, mask, states)

            def gradient(dy, *d_last):
                back = functools.partial(_once, backward)
                delta, dW, dU, db, d_first = back(dy, d_last, x, U, mask, states, saved)
                # Left to TensorFlow, which skips it where nobody asks for the gradient of x.
                dx = _swap(_unflat(tf.matmul(_flat(delta), W, transpose_b=True), delta))
                return dx, dW, dU, db, *d_first

            return (outputs, *last), gradient

        return differentiable(x, W, U, b, *states)

    return recurrence


def _once(backward, *arguments):
    """backward(*arguments), whose own gradient is an error and not silently wrong."""

    def second(*_):
        raise NotImplementedError(
            "course_lib.fast has first derivatives only; expected one gradient of its outputs, got "
            'the gradient of a gradient; try the layer with way="readable"'
        )

    @tf.custom_gradient
    def guarded(*flat):
        return tuple(tf.nest.flatten(results)), second

    results = backward(*arguments)
    return tf.nest.pack_sequence_as(results, guarded(*tf.nest.flatten(results)))


def loop(step, states, sequences, widths, backwards=False):
    """(states, outputs) of `step(*states, *sequences_t) -> states, outputs_t` over all t.

    sequences: (time, batch, ·) or None, which every step then gets. outputs: (time, batch, width).
    """
    batch, dtype = states[0].shape[0], states[0].dtype
    time = sequences[0].shape[0] or tf.shape(sequences[0])[0]
    arrays = [None if s is None else tf.TensorArray(s.dtype, time).unstack(s) for s in sequences]
    outputs = tuple(tf.TensorArray(dtype, time, element_shape=(batch, w)) for w in widths)

    def body(k, states, outputs):
        t = time - 1 - k if backwards else k
        states, new = step(*states, *(None if a is None else a.read(t) for a in arrays))
        return k + 1, states, tuple(o.write(t, n) for o, n in zip(outputs, new, strict=True))

    _, states, outputs = tf.while_loop(
        lambda k, *_: k < time, body, (0, tuple(states), outputs), maximum_iterations=time
    )
    return states, tuple(array.stack() for array in outputs)


def previous(first, states):
    """h_0 … h_{T-1} from h_0 and h_1 … h_T."""
    return tf.concat([first[None], states[:-1]], axis=0)


def product(left, right):
    """Σ_t left_tᵀ right_t as one matrix product."""
    return tf.matmul(_flat(left), _flat(right), transpose_a=True)


def _flat(steps):
    """(time, batch, n) -> (time·batch, n)."""
    return tf.reshape(steps, (-1, steps.shape[-1]))


def _unflat(rows, like):
    """(time·batch, n) -> (time, batch, n)."""
    shape = tf.shape(like)
    return tf.ensure_shape(
        tf.reshape(rows, (shape[0], shape[1], rows.shape[-1])), (*like.shape[:2], rows.shape[-1])
    )


def _swap(array):
    """(batch, time, n) <-> (time, batch, n)."""
    return tf.transpose(array, (1, 0, 2))


def _time_major_mask(mask):
    return None if mask is None else tf.transpose(mask)[:, :, None]
