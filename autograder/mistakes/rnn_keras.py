"""Mistakes of the rnn unit, task 7: the Keras cell and the language model."""

from __future__ import annotations

from . import Mistake

# --- the cell -----------------------------------------------------------------------------------


class CellReturnsOldState(Mistake):
    """Your cell hands its old state on, so nothing is ever remembered: return h, [h]."""

    caught_by = "rnn.keras_cell"
    zh = "你的单元把旧状态传了下去，什么也记不住：应返回 h, [h]。"
    edit = ("RNNCell", "return h, [h]", "return h, list(states)")


class CellIgnoresState(Mistake):
    """Your cell looks at its input only; equation (1) also has the term h_{t-1} W_hh."""

    caught_by = "rnn.keras_cell"
    zh = "你的单元只看输入；公式 (1) 还有 h_{t-1} W_hh 这一项。"
    edit = ("RNNCell", ' + states[0] @ w["W_hh"]', "")


class CellWithoutBias(Mistake):
    """Your cell never adds its bias, so b_h gets no gradient: see equation (1)."""

    caught_by = "rnn.keras_cell"
    zh = "你的单元没有加偏置，b_h 也就没有梯度：见公式 (1)。"
    edit = ("RNNCell", ' + w["b_h"]', "")


class CellWithSigmoid(Mistake):
    """Your cell uses sigmoid; equation (1) uses tanh, whose states can be negative."""

    caught_by = "rnn.keras_cell"
    zh = "你的单元用了 sigmoid；公式 (1) 用 tanh，状态可以是负的。"
    edit = ("RNNCell", "ops.tanh(", "ops.sigmoid(")


class CellWithoutTanh(Mistake):
    """Your cell is linear: the tanh of equation (1) is missing, and its state may grow for ever."""

    caught_by = "rnn.keras_cell"
    zh = "你的单元是线性的：漏了公式 (1) 的 tanh，状态会无限增长。"
    edit = ("RNNCell", "ops.tanh(", "(")


class CellTransposed(Mistake):
    """Your cell multiplies by W_hh transposed; equation (1) is h_{t-1} W_hh."""

    caught_by = "rnn.keras_cell"
    zh = "你的单元乘的是 W_hh 的转置；公式 (1) 是 h_{t-1} W_hh。"
    edit = ("RNNCell", 'states[0] @ w["W_hh"]', 'states[0] @ ops.transpose(w["W_hh"])')


class CellConfigWithoutUnits(Mistake):
    """Your get_config leaves out units, so a saved layer cannot be made again."""

    caught_by = "rnn.keras_cell"
    zh = "你的 get_config 漏了 units，保存的层就无法重建。"
    edit = ("RNNCell", '{**super().get_config(), "units": self.units}', "super().get_config()")


class CellBiasNotTrainable(Mistake):
    """Your bias is not a trainable weight; leave trainable at its default in add_weight."""

    caught_by = "rnn.keras_cell"
    zh = "你的偏置不是可训练的权重；add_weight 里的 trainable 请用默认值。"
    edit = ("RNNCell", "name=name)", 'name=name, trainable=name != "b_h")')


class LoadSkipsBias(Mistake):
    """Your load puts the two matrices into the cell, and leaves the bias at zero."""

    caught_by = "rnn.keras_cell"
    zh = "你的 load 只装入了两个矩阵，偏置仍是零。"
    edit = (
        "RNNCell",
        "for name in CELL:\n            self.parts[name].assign",
        'for name in ("W_xh", "W_hh"):\n            self.parts[name].assign',
    )


# --- the language model -------------------------------------------------------------------------


class SoftmaxInTheModel(Mistake):
    """Your last layer has a softmax, and the loss takes one too (from_logits=True). Return logits."""

    caught_by = "rnn.language_model"
    zh = "你的最后一层有 softmax，损失函数里还有一次（from_logits=True）。请返回 logits。"
    edit = (
        "language_model",
        "Dense(vocabulary_size)",
        'Dense(vocabulary_size, activation="softmax")',
    )


class LooksAhead(Mistake):
    """Your model reads in both directions, so it sees the tokens that it is to predict."""

    caught_by = "rnn.language_model"
    zh = "你的模型向两个方向读，于是看到了要预测的词元。"
    edit = (
        "language_model",
        "hs = keras.layers.RNN(RNNCell(units), return_sequences=True)(xs)",
        "hs = keras.layers.RNN(RNNCell(units), return_sequences=True)(xs)\n"
        "    back = keras.layers.RNN(RNNCell(units), return_sequences=True, go_backwards=True)(xs)\n"
        "    hs = keras.layers.Concatenate()([hs, ops.flip(back, axis=1)])",
    )


class LastStateOnly(Mistake):
    """Your RNN layer returns its last state only; every token needs a prediction (return_sequences)."""

    caught_by = "rnn.language_model"
    zh = "你的 RNN 层只返回最后一个状态；每个词元都要有预测（return_sequences）。"
    edit = ("language_model", ", return_sequences=True", "")


class NoRecurrence(Mistake):
    """Your model has no recurrent layer, so it sees one character only: a bigram."""

    caught_by = "rnn.language_model"
    zh = "你的模型没有循环层，只看得到一个字符：不过是二元模型。"
    edit = (
        "language_model",
        "keras.layers.RNN(RNNCell(units), return_sequences=True)(xs)",
        "keras.layers.Dense(units)(xs)",
    )


class KerasSimpleRNNInstead(Mistake):
    """Your model uses keras.layers.SimpleRNN; use the RNNCell that you wrote."""

    caught_by = "rnn.language_model"
    part = "layer"
    zh = "你的模型用了 keras.layers.SimpleRNN；请用你自己写的 RNNCell。"
    edit = (
        "language_model",
        "keras.layers.RNN(RNNCell(units), return_sequences=True)",
        "keras.layers.SimpleRNN(units, return_sequences=True)",
    )


class LogitsForUnits(Mistake):
    """Your last layer has as many outputs as the embedding; expected one for each token."""

    caught_by = "rnn.language_model"
    zh = "你的最后一层输出个数等于嵌入的大小；应为每个词元一个。"
    edit = ("language_model", "Dense(vocabulary_size)", "Dense(embedding_size)")


# --- training -----------------------------------------------------------------------------------


class LossSummed(Mistake):
    """Your loss adds up the tokens of a batch; perplexity and learning rate need their mean."""

    caught_by = "rnn.learns"
    part = "losses"
    zh = "你的损失把一个批量的词元加了起来；困惑度和学习率都需要平均值。"
    edit = ("train", "from_logits=True", 'from_logits=True, reduction="sum"')


class ClippedArrayByArray(Mistake):
    """You clip every array by its own norm, which turns the gradient: global_clipnorm is meant."""

    caught_by = "rnn.learns"
    part = "clipping"
    zh = "你按每个数组自己的范数来裁剪，改变了梯度的方向：要用 global_clipnorm。"
    edit = ("train", "global_clipnorm", "clipnorm")


class NotClipped(Mistake):
    """Nothing clips your gradients; give the optimizer global_clipnorm=1.0."""

    caught_by = "rnn.learns"
    part = "no clipping"
    zh = "你没有裁剪梯度；请给优化器 global_clipnorm=1.0。"
    edit = ("train", ", global_clipnorm=1.0", "")


class ClippedElsewhere(Mistake):
    """You clip at another norm than θ = 1."""

    caught_by = "rnn.learns"
    part = "another θ"
    zh = "你裁剪的范数不是 θ = 1。"
    edit = ("train", "global_clipnorm=1.0", "global_clipnorm=10.0")


class LogitsTakenForProbabilities(Mistake):
    """Your loss takes logits for probabilities; tell it with from_logits=True."""

    caught_by = "rnn.learns"
    part = "from_logits"
    zh = "你的损失函数把 logits 当成了概率；请告诉它 from_logits=True。"
    edit = ("train", "from_logits=True", "from_logits=False")


class LearningRateTooSmall(Mistake):
    """Your model has hardly moved after all its epochs: is the learning rate 1000 times too small?"""

    caught_by = "rnn.learns"
    part = "hardly moved"
    zh = "你的模型训练完还几乎没动：学习率是不是小了 1000 倍？"
    edit = ("train", "learning_rate=0.01", "learning_rate=0.00001")
