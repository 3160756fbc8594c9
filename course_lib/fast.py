"""Recurrent layers over time with the backward pass by hand: the same arrays, sooner.

What makes it fast, in the order of what it gains:

1. The input product of all steps is one matrix product before the loop, a = X W + b.
2. The loop back through time holds one product a step (the GRU: two): the element-wise factors of
   all its steps are computed at once before it, the weights' gradient H_prevᵀ Δ after it.
3. Where the number of time steps is known, XLA compiles the loops.

Notation: Δ_t = ∂L/∂a_t, "dh" = ∂L/∂h_t with all that comes back from later steps.
Arrays inside are time-major, (time, batch, units).

A masked step copies the state. It has its gates pinned (the GRU: z = 1; the LSTM: i = 0, f = 1,
o = 0), so that the equations below, unchanged, also carry its gradient.
"""

import functools

import tensorflow as tf

__all__ = ["gru", "lstm", "rnn"]


def rnn(x, h, kernel, recurrent_kernel, bias, *, mask=None):
    """The tanh RNN over time.

        h_t = tanh(x_t W + h_{t-1} U + b)

    and back, from t = T to 1, with dh = ∂L/∂y_t + (what step t+1 sent):

        Δ_t = dh ⊙ (1 − h_t²)            send Δ_t Uᵀ
        ∂L/∂U = Σ_t h_{t-1}ᵀ Δ_t

    x (batch, time, features), h (batch, units), mask (batch, time) of bool; kernel W
    (features, units), recurrent_kernel U (units, units), bias (units,) or None.
    Returns (outputs, h_T): (batch, time, units) and (batch, units).
    Equals keras.layers.SimpleRNN. Source: lecture, "gradients (back-propagation through time)".
    """
    return _over_time(_rnn, x, (h,), kernel, recurrent_kernel, bias, mask)


def gru(x, h, kernel, recurrent_kernel, bias, *, mask=None):
    """The lecture's GRU over time (the reset gate acts before the product).

        z_t, r_t = σ(x_t W_z,r + h_{t-1} U_z,r + b_z,r)
        h̃_t = tanh(x_t W_h + (r_t ⊙ h_{t-1}) U_h + b_h)
        h_t = z_t ⊙ h_{t-1} + (1 − z_t) ⊙ h̃_t

    and back, from t = T to 1, with dh = ∂L/∂y_t + (what step t+1 sent):

        Δ_h = dh ⊙ (1 − z_t) ⊙ (1 − h̃_t²)
        Δ_z = dh ⊙ (h_{t-1} − h̃_t) ⊙ z_t ⊙ (1 − z_t)
        q   = Δ_h U_hᵀ
        Δ_r = q ⊙ h_{t-1} ⊙ r_t ⊙ (1 − r_t)
        send dh ⊙ z_t + q ⊙ r_t + [Δ_z Δ_r] U_z,rᵀ
        ∂L/∂U_z,r = Σ_t h_{t-1}ᵀ [Δ_z Δ_r],   ∂L/∂U_h = Σ_t (r_t ⊙ h_{t-1})ᵀ Δ_h

    Shapes as in `rnn`, with kernels (·, 3·units) and bias (3·units,) that stack z, r, h.
    Equals keras.layers.GRU(reset_after=False). Source: lecture, "GRU summary".
    """
    return _over_time(_gru, x, (h,), kernel, recurrent_kernel, bias, mask)


def lstm(x, h, c, kernel, recurrent_kernel, bias, *, mask=None):
    """The LSTM over time.

        i_t, f_t, o_t = σ(x_t W_i,f,o + h_{t-1} U_i,f,o + b_i,f,o)
        g_t = tanh(x_t W_c + h_{t-1} U_c + b_c)               (the lecture's C̃_t)
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
        h_t = o_t ⊙ tanh(c_t)

    and back, from t = T to 1, with dh = ∂L/∂y_t + (what step t+1 sent) and dc likewise:

        dc  = dc + dh ⊙ o_t ⊙ (1 − tanh²(c_t))
        Δ_i = dc ⊙ g_t ⊙ i_t ⊙ (1 − i_t)
        Δ_f = dc ⊙ c_{t-1} ⊙ f_t ⊙ (1 − f_t)
        Δ_c = dc ⊙ i_t ⊙ (1 − g_t²)
        Δ_o = dh ⊙ tanh(c_t) ⊙ o_t ⊙ (1 − o_t)
        send Δ_t Uᵀ (to h) and dc ⊙ f_t (to c)
        ∂L/∂U = Σ_t h_{t-1}ᵀ Δ_t

    Shapes as in `rnn`, c (batch, units), kernels (·, 4·units) and bias (4·units,) that stack
    i, f, c, o. Returns (outputs, h_T, c_T).
    Equals keras.layers.LSTM. Source: lecture, "LSTM summary".
    """
    return _over_time(_lstm, x, (h, c), kernel, recurrent_kernel, bias, mask)


# -- one cell: its forward pass, its backward pass ---------------------------------------------


def _rnn_forward(a, U, m, h):
    def step(h, a, m):
        h = _where(m, tf.tanh(a + h @ U), h)
        return (h,), (h,)

    return _loop(step, (h,), (a, m), [h.shape[-1]])


def _rnn_backward(dy, d_last, U, m, h, saved):
    (hs,) = saved
    slope = _pin(m, 1 - tf.square(hs), 0)
    Ut = tf.transpose(U)

    def step(dh, dy, slope, m):
        dh = dh + dy
        delta = dh * slope
        return (_carry(m, delta @ Ut, dh),), (delta,)

    d_first, (delta,) = _loop(step, d_last, (dy, slope, m), [h.shape[-1]], backwards=True)
    return delta, _product(_previous(h, hs), delta), d_first


def _gru_forward(a, U, m, h):
    units = h.shape[-1]
    U_zr, U_h = U[:, : 2 * units], U[:, 2 * units :]

    def step(h, a, m):
        zr = tf.sigmoid(a[:, : 2 * units] + h @ U_zr)
        z, r = tf.split(zr, 2, axis=-1)
        candidate = tf.tanh(a[:, 2 * units :] + (r * h) @ U_h)
        z = _pin(m, z, 1)
        h = z * h + (1 - z) * _pin(m, candidate, 0)
        return (h,), (h, z, r, candidate)

    return _loop(step, (h,), (a, m), 4 * [units])


def _gru_backward(dy, d_last, U, m, h, saved):
    hs, z, r, candidate = saved
    units = h.shape[-1]
    U_zr, U_h = tf.transpose(U[:, : 2 * units]), tf.transpose(U[:, 2 * units :])
    previous = _previous(h, hs)
    r, candidate = _pin(m, r, 0), _pin(m, candidate, 0)
    slope_h = (1 - z) * (1 - tf.square(candidate))
    slope_z = (previous - candidate) * z * (1 - z)
    slope_r = previous * r * (1 - r)

    def step(dh, dy, slope_h, slope_z, slope_r, z, r):
        dh = dh + dy
        delta_h = dh * slope_h
        q = delta_h @ U_h
        delta_zr = tf.concat([dh * slope_z, q * slope_r], axis=-1)
        return (dh * z + q * r + delta_zr @ U_zr,), (delta_zr, delta_h)

    steps = (dy, slope_h, slope_z, slope_r, z, r)
    d_first, (delta_zr, delta_h) = _loop(step, d_last, steps, [2 * units, units], True)
    dU = tf.concat([_product(previous, delta_zr), _product(r * previous, delta_h)], axis=-1)
    return tf.concat([delta_zr, delta_h], axis=-1), dU, d_first


def _lstm_forward(a, U, m, h, c):
    def step(h, c, a, m):
        i, f, g, o = tf.split(a + h @ U, 4, axis=-1)
        i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
        i, f, g, o = _pin(m, i, 0), _pin(m, f, 1), _pin(m, g, 0), _pin(m, o, 0)
        c = f * c + i * g
        h = _where(m, o * tf.tanh(c), h)
        return (h, c), (h, c, tf.concat([i, f, g, o], axis=-1))

    units = h.shape[-1]
    return _loop(step, (h, c), (a, m), [units, units, 4 * units])


def _lstm_backward(dy, d_last, U, m, h, c, saved):
    hs, cs, gates = saved
    i, f, g, o = tf.split(gates, 4, axis=-1)
    tanh_c = tf.tanh(cs)
    slopes = tf.concat(
        [
            g * i * (1 - i),
            _previous(c, cs) * f * (1 - f),
            i * (1 - tf.square(g)),
            tanh_c * o * (1 - o),
        ],
        axis=-1,
    )
    slope_c = o * (1 - tf.square(tanh_c))
    Ut = tf.transpose(U)

    def step(dh, dc, dy, slopes, slope_c, f, m):
        dh = dh + dy
        dc = dc + dh * slope_c
        delta = tf.concat([dc, dc, dc, dh], axis=-1) * slopes
        return (_carry(m, delta @ Ut, dh), dc * f), (delta,)

    steps = (dy, slopes, slope_c, f, m)
    d_first, (delta,) = _loop(step, d_last, steps, [4 * h.shape[-1]], True)
    return delta, _product(_previous(h, hs), delta), d_first


# -- what the three share -------------------------------------------------------------------------


def _pin(m, value, pinned):
    """`value` where the step counts, the constant `pinned` where it is masked."""
    return value if m is None else tf.where(m, value, tf.cast(pinned, value.dtype))


def _where(m, new, old):
    return new if m is None else tf.where(m, new, old)


def _carry(m, sent, dh):
    """What goes back to h_{t-1}: a masked step, h_t = h_{t-1}, hands dh on."""
    return sent if m is None else tf.where(m, sent, sent + dh)


def _previous(first, states):
    """h_0 … h_{T-1} from h_0 and h_1 … h_T."""
    return tf.concat([first[None], states[:-1]], axis=0)


def _flat(steps):
    """(time, batch, n) -> (time·batch, n)."""
    return tf.reshape(steps, (-1, steps.shape[-1]))


def _product(left, right):
    """Σ_t left_tᵀ right_t as one matrix product."""
    return tf.matmul(_flat(left), _flat(right), transpose_a=True)


def _loop(step, states, sequences, widths, backwards=False):
    """(states, outputs) of `step(*states, *sequences_t) -> states, outputs_t` over all t.

    sequences: (time, batch, ·) or None, which every step then gets. outputs: (time, batch, width).
    """
    batch = states[0].shape[0]
    time = sequences[0].shape[0] or tf.shape(sequences[0])[0]
    dtype = states[0].dtype
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


# -- the way in -----------------------------------------------------------------------------------


def _over_time(cell, x, states, kernel, recurrent_kernel, bias, mask):
    x = tf.convert_to_tensor(x)
    tensors = [x, *states, kernel, recurrent_kernel]
    tensors = [tf.convert_to_tensor(tensor, x.dtype) for tensor in tensors]
    bias = None if bias is None else tf.convert_to_tensor(bias, x.dtype)
    mask = None if mask is None else tf.convert_to_tensor(mask, tf.bool)
    if tf.executing_eagerly():
        kernel, U = tensors[-2:]
        traced = _traced(cell, kernel.shape[0], U.shape[0], x.dtype, bias is None, mask is None)
        return traced(*tensors, bias=bias, mask=mask)
    return _outputs(cell, *tensors, bias=bias, mask=mask)


@functools.cache
def _traced(cell, *kind):
    """One graph for eager callers of this kind: traced for the first shape of x, then once or twice
    for all others (`reduce_retracing`), however many batches and lengths come."""
    return tf.function(functools.partial(_outputs, cell), reduce_retracing=True)


def _outputs(cell, x, *tensors, bias, mask):
    *states, kernel, U = tensors
    x = tf.transpose(x, (1, 0, 2))
    a = tf.tensordot(x, kernel, 1)
    if bias is not None:
        a += bias
    m = None if mask is None else tf.transpose(mask)[:, :, None]
    hs, *last = _recurrence(cell, a, U, m, *states)
    if m is not None:  # Keras: nothing is repeated before the first step that counts
        seen = tf.cumsum(tf.cast(m, tf.int32), axis=0) > 0
        hs = tf.where(seen, hs, tf.zeros_like(hs))
    return tf.transpose(hs, (1, 0, 2)), *last


def _recurrence(cell, a, U, m, *states):
    """(h_1 … h_T, last states) from a = X W + b, with the gradients above."""
    forward, backward = cell
    known = a.shape[0] is not None

    def compiled(function):
        return tf.function(function, jit_compile=True) if known else function

    @tf.custom_gradient
    def recurrence(a, U, *states):
        last, saved = compiled(lambda a, U, *s: forward(a, U, m, *s))(a, U, *states)

        def gradient(dy, *d_last):
            delta, dU, d_first = compiled(
                lambda dy, d_last, U, states, saved: backward(dy, d_last, U, m, *states, saved)
            )(dy, d_last, U, states, saved)
            return delta, dU, *d_first

        return (saved[0], *last), gradient

    return recurrence(a, U, *states)


_rnn = _rnn_forward, _rnn_backward
_gru = _gru_forward, _gru_backward
_lstm = _lstm_forward, _lstm_backward
