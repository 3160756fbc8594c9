"""A class that holds the parameters and the state; the functions of the tasks make one of it."""

# mypy: ignore-errors

from dataclasses import dataclass

import numpy as np


@dataclass
class Network:
    E: np.ndarray
    W_xh: np.ndarray
    W_hh: np.ndarray
    b_h: np.ndarray
    W_ho: np.ndarray
    b_o: np.ndarray
    state: np.ndarray

    @property
    def logits(self):
        return self.state @ self.W_ho + self.b_o

    def feed(self, tokens):
        self.state = np.tanh(self.E[tokens] @ self.W_xh + self.state @ self.W_hh + self.b_h)
        return self.logits


def read(ids, h_0, params):
    network = Network(**params, state=h_0)
    outputs = [network.feed(tokens) for tokens in np.transpose(ids)]
    return np.stack(outputs, axis=1), network.state


def generate(prefix, length, params, temperature, rng):
    network = Network(**params, state=np.zeros(params["b_h"].shape))
    for token in prefix:
        network.feed(token)
    text = []
    for _ in range(length):
        o = network.logits
        if temperature > 0:  # the largest of noisy logits is a draw from the softmax (Gumbel)
            o = o / temperature + rng.gumbel(size=len(o))
        text.append(int(np.argmax(o)))
        network.feed(text[-1])
    return text
