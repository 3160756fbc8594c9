"""RNN, GRU and LSTM: the equations of all time steps, forward and back.

Notation: W, U, b are kernel, recurrent kernel and bias; a_t is what the activations are applied to,
x_t W + h_{t-1} U + b in the RNN; Δ_t = ∂L/∂a_t; "dh" is ∂L/∂h_t with all that comes back from later
steps. Then, for every layer,

    ∂L/∂W = Σ_t x_tᵀ Δ_t,   ∂L/∂b = Σ_t Δ_t,   ∂L/∂x_t = Δ_t Wᵀ

A masked step copies the state. Its gates are pinned (GRU: z = 1; LSTM: i = 0, f = 1, o = 0), so
that the same equations carry its gradient.
"""

import tensorflow as tf

from course_lib.fast.over_time import loop, over_time, previous, product

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
    return over_time(_RNN, x, (h,), kernel, recurrent_kernel, bias, mask)


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
    return over_time(_GRU, x, (h,), kernel, recurrent_kernel, bias, mask)


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
    return over_time(
        (_lstm_forward, _lstm_backward), x, (h, c), kernel, recurrent_kernel, bias, mask
    )


# -- one cell: its forward pass, its backward pass ---------------------------------------------


def _rnn_forward(a, U, m, h):
    def step(h, a, m):
        h = _where(m, tf.tanh(a + h @ U), h)
        return (h,), (h,)

    return loop(step, (h,), (a, m), [h.shape[-1]])


def _rnn_backward(dy, d_last, U, m, states, saved):
    (h,) = states
    (hs,) = saved
    slope = _pin(m, 1 - tf.square(hs), 0)
    Ut = tf.transpose(U)

    def step(dh, dy, slope, m):
        dh = dh + dy
        delta = dh * slope
        return (_carry(m, delta @ Ut, dh),), (delta,)

    d_first, (delta,) = loop(step, d_last, (dy, slope, m), [h.shape[-1]], backwards=True)
    return delta, product(previous(h, hs), delta), d_first


def _gru_forward(a, U, m, h):
    units = h.shape[-1]
    U_zr, U_h = U[:, : 2 * units], U[:, 2 * units :]

    def step(h, a, m):
        zr = _sigmoid(a[:, : 2 * units] + h @ U_zr)
        z, r = tf.split(zr, 2, axis=-1)
        candidate = tf.tanh(a[:, 2 * units :] + (r * h) @ U_h)
        z = _pin(m, z, 1)
        h = z * h + (1 - z) * _pin(m, candidate, 0)
        return (h,), (h, z, r, candidate)

    return loop(step, (h,), (a, m), 4 * [units])


def _gru_backward(dy, d_last, U, m, states, saved):
    (h,) = states
    hs, z, r, candidate = saved
    units = h.shape[-1]
    U_zr, U_h = tf.transpose(U[:, : 2 * units]), tf.transpose(U[:, 2 * units :])
    h_prev = previous(h, hs)
    r, candidate = _pin(m, r, 0), _pin(m, candidate, 0)
    slope_h = (1 - z) * (1 - tf.square(candidate))
    slope_z = (h_prev - candidate) * z * (1 - z)
    slope_r = h_prev * r * (1 - r)

    def step(dh, dy, slope_h, slope_z, slope_r, z, r):
        dh = dh + dy
        delta_h = dh * slope_h
        q = delta_h @ U_h
        delta_zr = tf.concat([dh * slope_z, q * slope_r], axis=-1)
        return (dh * z + q * r + delta_zr @ U_zr,), (delta_zr, delta_h)

    steps = (dy, slope_h, slope_z, slope_r, z, r)
    d_first, (delta_zr, delta_h) = loop(step, d_last, steps, [2 * units, units], True)
    dU = tf.concat([product(h_prev, delta_zr), product(r * h_prev, delta_h)], axis=-1)
    return tf.concat([delta_zr, delta_h], axis=-1), dU, d_first


def _lstm_forward(a, U, m, h, c):
    units = h.shape[-1]

    def by_gate(i, f, g, o):
        return tf.repeat(tf.constant([i, f, g, o], a.dtype), units)

    # σ(s) = tanh(s/2)/2 + 1/2, so that one tanh over the whole row serves the four gates.
    scale, shift = by_gate(0.5, 0.5, 1, 0.5), by_gate(0.5, 0.5, 0, 0.5)
    pinned = by_gate(0, 1, 0, 0)

    def step(h, c, a, m):
        gates = tf.tanh((a + h @ U) * scale) * scale + shift
        gates = _where(m, gates, pinned)
        i, f, g, o = tf.split(gates, 4, axis=-1)
        c = f * c + i * g
        h = _where(m, o * tf.tanh(c), h)
        return (h, c), (h, c, gates)

    return loop(step, (h, c), (a, m), [units, units, 4 * units])


def _lstm_backward(dy, d_last, U, m, states, saved):
    h, c = states
    hs, cs, gates = saved
    i, f, g, o = tf.split(gates, 4, axis=-1)
    tanh_c = tf.tanh(cs)
    slopes = tf.concat(
        [
            g * i * (1 - i),
            previous(c, cs) * f * (1 - f),
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
    d_first, (delta,) = loop(step, d_last, steps, [4 * h.shape[-1]], True)
    return delta, product(previous(h, hs), delta), d_first


# -- what the three share -------------------------------------------------------------------------


def _sigmoid(x):
    """σ(x) by tanh, which XLA turns into vector code; its own sigmoid takes three times as long."""
    return 0.5 * tf.tanh(0.5 * x) + 0.5


def _pin(m, value, pinned):
    """`value` where the step counts, the constant `pinned` where it is masked."""
    return value if m is None else tf.where(m, value, tf.cast(pinned, value.dtype))


def _where(m, new, old):
    return new if m is None else tf.where(m, new, old)


def _carry(m, sent, dh):
    """What goes back to h_{t-1}: a masked step, h_t = h_{t-1}, hands dh on."""
    return sent if m is None else tf.where(m, sent, sent + dh)


_RNN = _rnn_forward, _rnn_backward
_GRU = _gru_forward, _gru_backward
_LSTM = _lstm_forward, _lstm_backward
