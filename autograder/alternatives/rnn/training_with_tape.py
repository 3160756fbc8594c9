"""A training loop of its own: GradientTape, tf.clip_by_global_norm, floats come back."""

# mypy: ignore-errors

import keras
import tensorflow as tf


def train(model, windows, epochs):
    optimizer = keras.optimizers.Adam(1e-2)

    @tf.function
    def step(inputs, targets):
        with tf.GradientTape() as tape:
            logits = model(inputs, training=True)
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
            )
        gradients = tape.gradient(loss, model.trainable_variables)
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    losses = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for inputs, targets in windows:
            total += float(step(inputs, targets)) * len(inputs)
            count += len(inputs)
        losses.append(total / count)
    return losses
