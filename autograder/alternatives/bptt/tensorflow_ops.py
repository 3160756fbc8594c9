"""The lines of the recursion in TensorFlow's operations, eager tensors throughout."""

# mypy: ignore-errors

import tensorflow as tf


def output_gradient(os, ys):
    return tf.nn.softmax(os, axis=-1) - tf.one_hot(ys, os.shape[-1], dtype=tf.float64)


def own_part(d_os, W_ho):
    return tf.linalg.matmul(d_os, W_ho, transpose_b=True)


def through_tanh(delta, h):
    return tf.multiply(delta, 1.0 - tf.square(h))


def one_step_back(epsilon, W_hh):
    return tf.linalg.matmul(epsilon, W_hh, transpose_b=True)


def deltas(hs, d_os, params):
    gs = tf.unstack(own_part(d_os, params["W_ho"]), axis=1)
    found, back = [], tf.zeros_like(gs[0])
    for g, h in zip(reversed(gs), reversed(tf.unstack(hs, axis=1)), strict=True):
        found.insert(0, g + back)
        back = one_step_back(through_tanh(found[0], h), params["W_hh"])
    return tf.stack(found, axis=1), back


def weight_gradients(xs, h_0, hs, d_os, epsilons):
    before = tf.concat([h_0[:, None], hs[:, :-1]], axis=1)

    def flat(array):
        return tf.reshape(array, (-1, array.shape[-1]))

    def product(left, right):
        return tf.matmul(flat(left), flat(right), transpose_a=True)

    return {
        "W_xh": product(xs, epsilons),
        "W_hh": product(before, epsilons),
        "W_ho": product(hs, d_os),
        "b_h": tf.reduce_sum(epsilons, axis=(0, 1)),
        "b_o": tf.reduce_sum(d_os, axis=(0, 1)),
    }


def jacobian(h, W_hh):
    return tf.linalg.diag(1.0 - h**2) @ tf.transpose(W_hh)


def spectral_radius(W):
    return tf.reduce_max(tf.abs(tf.linalg.eigvals(W)))


def with_spectral_radius(W, rho):
    return W * (rho / spectral_radius(W))


def global_norm(gradients):
    return tf.linalg.global_norm([tf.constant(value) for value in gradients.values()])


def clip_by_global_norm(gradients, theta):
    arrays = [tf.constant(value) for value in gradients.values()]
    clipped, _ = tf.clip_by_global_norm(arrays, theta)
    return dict(zip(gradients, clipped, strict=True))
