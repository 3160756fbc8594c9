"""TensorFlow instead of NumPy in tasks 1 to 7 and 10; tensors come back."""

# mypy: ignore-errors

import tensorflow as tf

GATES = ("W_xr", "W_hr", "b_r", "W_xz", "W_hz", "b_z")
ALL = (*GATES, "W_xh", "W_hh", "b_h")


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return tf.sigmoid(tf.matmul(x, W_xr) + tf.matmul(h_prev, W_hr) + b_r)


@tf.function
def update_gate(x, h_prev, W_xz, W_hz, b_z):
    return tf.math.sigmoid(x @ W_xz + h_prev @ W_hz + b_z)


def candidate(x, h_prev, r, W_xh, W_hh, b_h):
    return tf.tanh(tf.matmul(x, W_xh) + tf.matmul(tf.multiply(r, h_prev), W_hh) + b_h)


def new_state(z, h_prev, h_tilde):
    return tf.add(z * h_prev, (1 - z) * h_tilde)


def gru_step(x, h_prev, params):
    r = reset_gate(x, h_prev, params["W_xr"], params["W_hr"], params["b_r"])
    z = update_gate(x, h_prev, params["W_xz"], params["W_hz"], params["b_z"])
    h_tilde = candidate(x, h_prev, r, params["W_xh"], params["W_hh"], params["b_h"])
    return new_state(z, h_prev, h_tilde)


def gru_over_time(xs, h_0, params):
    steps = tf.transpose(tf.convert_to_tensor(xs), (1, 0, 2))
    hs = tf.scan(lambda h, x: gru_step(x, h, params), steps, initializer=tf.constant(h_0))
    return tf.transpose(hs, (1, 0, 2)), hs[-1]


def fixed_gates(params, reset, update):
    new = {name: tf.convert_to_tensor(params[name]) for name in ALL}
    for name in GATES:
        new[name] = tf.zeros_like(new[name])
    new["b_r"] += reset
    new["b_z"] += update
    return new


def copy_params(params):
    return fixed_gates(params, 0.0, 80.0)


def plain_rnn_params(params):
    return fixed_gates(params, 80.0, -80.0)


def forget_params(params):
    return fixed_gates(params, -80.0, -80.0)


def gru_step_gradients(x, h_prev, params, dh):
    p = {name: tf.convert_to_tensor(value) for name, value in params.items()}
    x, h_prev, dh = (tf.convert_to_tensor(a) for a in (x, h_prev, dh))
    r = reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"])
    z = update_gate(x, h_prev, p["W_xz"], p["W_hz"], p["b_z"])
    h_tilde = candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"])
    a_h = dh * (1 - z) * (1 - tf.square(h_tilde))
    a_z = dh * (h_prev - h_tilde) * z * (1 - z)
    d_rh = tf.matmul(a_h, p["W_hh"], transpose_b=True)
    a_r = d_rh * h_prev * r * (1 - r)
    grads = {"x": 0.0, "h_prev": dh * z + d_rh * r}
    for gate, a, left in (("r", a_r, h_prev), ("z", a_z, h_prev), ("h", a_h, r * h_prev)):
        grads["x"] += tf.matmul(a, p["W_x" + gate], transpose_b=True)
        if gate != "h":
            grads["h_prev"] += tf.matmul(a, p["W_h" + gate], transpose_b=True)
        grads["W_x" + gate] = tf.matmul(x, a, transpose_a=True)
        grads["W_h" + gate] = tf.matmul(left, a, transpose_a=True)
        grads["b_" + gate] = tf.reduce_sum(a, axis=0)
    return grads


def gru_gradients(xs, h_0, params, dhs):
    hs, _ = gru_over_time(xs, h_0, params)
    states = [h_0, *tf.unstack(hs, axis=1)]
    total, dxs, dh = None, [], tf.zeros_like(h_0)
    for t in range(xs.shape[1] - 1, -1, -1):
        step = gru_step_gradients(xs[:, t], states[t], params, dhs[:, t] + dh)
        dh = step.pop("h_prev")
        dxs.insert(0, step.pop("x"))
        total = step if total is None else tf.nest.map_structure(tf.add, total, step)
    return {"xs": tf.stack(dxs, axis=1), "h_0": dh, **total}


def gates_over_time(xs, h_0, params):
    h, r, z = h_0, [], []
    for x in tf.unstack(tf.convert_to_tensor(xs), axis=1):
        r.append(reset_gate(x, h, params["W_xr"], params["W_hr"], params["b_r"]))
        z.append(update_gate(x, h, params["W_xz"], params["W_hz"], params["b_z"]))
        h = gru_step(x, h, params)
    return tf.stack(r, 1), tf.stack(z, 1)


def half_life(z):
    return tf.math.log(tf.constant(0.5, z.dtype)) / tf.reduce_mean(tf.math.log(z), axis=[0, 1])
