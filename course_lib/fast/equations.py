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
    return over_time(_LSTM, x, (h, c), kernel, recurrent_kernel, bias, mask)


# -- one cell: its forward pass, its backward pass ---------------------------------------------


def _rnn_forward(a, U, b, m, keep, h):
    def step(h, a, m):
        h = _where(m, tf.tanh(a + h @ U[0] + b[0]), h)
        return (h,), (h,)

    return loop(step, (h,), (*a, m), over=1)


def _rnn_backward(dy, d_last, U, m, states, last, saved):
    (hs,) = saved
    Ut = tf.transpose(U[0])

    def step(dh, dy, h, m):
        dh = dh + dy
        delta = _pin(m, dh * (1 - tf.square(h)), 0)
        return (_carry(m, delta @ Ut, dh),), (delta,)

    d_first, delta = loop(step, d_last, (dy, hs, m), new=1, backwards=True)
    return delta, [product(previous(states[0], hs), delta[0])], d_first


def _gru_forward(a, U, b, m, keep, h):
    def step(h, z, r, candidate, m):
        z = _sigmoid(z + h @ U[0] + b[0])
        r = _sigmoid(r + h @ U[1] + b[1])
        candidate = tf.tanh(candidate + (r * h) @ U[2] + b[2])
        z, r, candidate = _pin(m, z, 1), _pin(m, r, 0), _pin(m, candidate, 0)
        h = z * h + (1 - z) * candidate
        return (h,), (h, z, r, candidate)

    return loop(step, (h,), (*a, m), new=1, over=3 if keep else 0)


def _gru_backward(dy, d_last, U, m, states, last, saved):
    hs, *gates = saved
    h_prev = previous(states[0], hs)
    U_z, U_r, U_h = map(tf.transpose, U)

    def step(dh, dy, h, z, r, candidate):
        dh = dh + dy
        delta_h = dh * (1 - z) * (1 - tf.square(candidate))
        delta_z = dh * (h - candidate) * z * (1 - z)
        q = delta_h @ U_h
        delta_r = q * h * r * (1 - r)
        return (dh * z + q * r + delta_z @ U_z + delta_r @ U_r,), (delta_z, delta_r, delta_h)

    d_first, delta = loop(step, d_last, (dy, h_prev, *gates), new=3, backwards=True)
    read = h_prev, h_prev, gates[1] * h_prev
    return delta, [product(h, d) for h, d in zip(read, delta, strict=True)], d_first


def _lstm_forward(a, U, b, m, keep, h, c):
    def step(h, c_prev, i, f, g, o, m):
        i = _pin(m, _sigmoid(i + h @ U[0] + b[0]), 0)
        f = _pin(m, _sigmoid(f + h @ U[1] + b[1]), 1)
        g = _pin(m, tf.tanh(g + h @ U[2] + b[2]), 0)
        o = _pin(m, _sigmoid(o + h @ U[3] + b[3]), 0)
        c = f * c_prev + i * g
        h = _where(m, o * tf.tanh(c), h)
        return (h, c), (h, c_prev, i, f, g, o)

    return loop(step, (h, c), (*a, m), *((2, 4) if keep else (1, 0)))


def _lstm_backward(dy, d_last, U, m, states, last, saved):
    hs, *kept = saved
    Ut = [tf.transpose(gate) for gate in U]

    def step(dh, dc, c, dy, c_prev, i, f, g, o, m):
        tanh_c = tf.tanh(c)
        dh = dh + dy
        dc = dc + dh * o * (1 - tf.square(tanh_c))
        delta = (
            dc * g * i * (1 - i),
            dc * c_prev * f * (1 - f),
            dc * i * (1 - tf.square(g)),
            dh * tanh_c * o * (1 - o),
        )
        sent = sum(d @ gate for d, gate in zip(delta, Ut, strict=True))
        return (_carry(m, sent, dh), dc * f, c_prev), delta

    # The way back begins with the last c, and finds the one before it among what was kept.
    arrays = (dy, *kept, m)
    (*d_first, _), delta = loop(step, (*d_last, last[1]), arrays, new=4, backwards=True)
    h_prev = previous(states[0], hs)
    return delta, [product(h_prev, d) for d in delta], d_first


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
