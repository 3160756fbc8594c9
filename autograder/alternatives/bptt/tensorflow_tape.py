"""All gradients from TensorFlow's tape; truncation by stopping gradients."""

# mypy: ignore-errors

import tensorflow as tf

NAMES = ("W_xh", "W_hh", "W_ho", "b_h", "b_o")


def losses_and_inputs(xs, h_0, params, d_os, tau):
    """The tape's gradients when each loss sees a state that was cut off tau + 1 steps before."""
    inputs = {name: tf.constant(params[name]) for name in NAMES}
    inputs |= {"xs": tf.constant(xs), "h_0": tf.constant(h_0)}

    def run(start, first, last):
        h = start
        for t in range(first, last):
            a = inputs["xs"][:, t] @ inputs["W_xh"] + h @ inputs["W_hh"] + inputs["b_h"]
            h = tf.tanh(a)
        return h

    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = tf.constant(0.0, tf.float64)
        for t in range(1, xs.shape[1] + 1):
            first = max(t - tau - 1, 0)
            start = run(inputs["h_0"], 0, first)
            if t - tau - 1 >= 0:
                start = tf.stop_gradient(start)
            o = run(start, first, t) @ inputs["W_ho"] + inputs["b_o"]
            total += tf.reduce_sum(o * d_os[:, t - 1])
    found = tape.gradient(total, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return {name: tf.convert_to_tensor(value) for name, value in found.items()}


def rnn_gradients(xs, h_0, params, d_os):
    return losses_and_inputs(xs, h_0, params, d_os, xs.shape[1])


def truncated_gradients(xs, h_0, params, d_os, tau):
    return losses_and_inputs(xs, h_0, params, d_os, tau)


def output_gradient(os, ys):
    logits = tf.constant(os)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=ys, logits=logits)
        total = tf.reduce_sum(nats)
    return tape.gradient(total, logits)
