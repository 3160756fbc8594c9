"""The units of the course, in the lecture's order, with their titles. Imports plain data only."""

from __future__ import annotations

from .verdict import Text

TITLES = {
    "markov": Text("Markov and n-gram models", "马尔可夫与 n 元语法模型"),
    "rnn": Text("Recurrent neural network", "循环神经网络"),
    "bptt": Text("Back-propagation through time", "时间反向传播"),
    "gru": Text("Gated recurrent unit", "门控循环单元"),
    "lstm": Text("Long short-term memory", "长短期记忆网络"),
}
UNITS = tuple(TITLES)
