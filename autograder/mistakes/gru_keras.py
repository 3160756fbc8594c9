"""Mistakes of the gru unit, tasks 8 and 9: the Keras cell and the language model."""

from __future__ import annotations

from . import Mistake

# --- 8 Keras cell ---------------------------------------------------------------------------


class CellResetsAfterProduct(Mistake):
    """Your cell scales h W_hh (Keras's reset_after=True). Equation (3) scales h first: (r ⊙ h) W_hh."""

    caught_by = "gru.keras_cell"
    zh = (
        "你的单元缩放的是 h W_hh（即 Keras 的 reset_after=True）。公式 (3) 先缩放 h：(r ⊙ h) W_hh。"
    )
    edit = ("GRUCell", '(r * h_prev) @ w["W_hh"]', 'r * (h_prev @ w["W_hh"])')


class CellUpdateSwapped(Mistake):
    """Your cell has z and 1 − z swapped. In equation (4) z = 1 keeps the old state."""

    caught_by = "gru.keras_cell"
    zh = "你的单元把 z 和 1 − z 对调了。公式 (4) 中 z = 1 保留旧状态。"
    edit = ("GRUCell", "z * h_prev + (1 - z) * h_tilde", "(1 - z) * h_prev + z * h_tilde")


class CellReturnsOldState(Mistake):
    """Your cell returns its old state as the new one, so nothing is remembered: return h, [h]."""

    caught_by = "gru.keras_cell"
    zh = "你的单元把旧状态当新状态返回，什么也记不住：应返回 h, [h]。"
    edit = ("GRUCell", "return h, [h]", "return h, [h_prev]")


class CellGatesSwapped(Mistake):
    """Your cell's gates have changed places: the candidate uses r, equation (4) uses z."""

    caught_by = "gru.keras_cell"
    zh = "你的单元里两个门换了位置：候选状态用 r，公式 (4) 用 z。"
    edit = (
        "GRUCell",
        "h = z * h_prev + (1 - z) * h_tilde",
        'h_tilde = ops.tanh(inputs @ w["W_xh"] + (z * h_prev) @ w["W_hh"] + w["b_h"])\n'
        "        h = r * h_prev + (1 - r) * h_tilde",
    )


class CellWithoutBiases(Mistake):
    """Your cell never adds its biases, so they get no gradient: see b_r, b_z, b_h in (1) to (3)."""

    caught_by = "gru.keras_cell"
    zh = "你的单元没有加偏置，偏置也就没有梯度：见公式 (1) 到 (3) 中的 b_r、b_z、b_h。"
    edit = (
        "GRUCell",
        "h_prev, w = states[0], self.parts",
        'h_prev, w = states[0], {**self.parts, "b_r": 0.0, "b_z": 0.0, "b_h": 0.0}',
    )


class CellConfigWithoutUnits(Mistake):
    """get_config leaves out units, so the saved layer cannot be made again."""

    caught_by = "gru.keras_cell"
    zh = "get_config 里没有 units，保存的层就无法重建。"
    edit = ("GRUCell", '{**super().get_config(), "units": self.units}', "super().get_config()")


class CellConfigWithoutKeras(Mistake):
    """Your get_config holds the units only. Put `**super().get_config()` in front: name and dtype belong to it."""

    zh = "你的 get_config 只有 units。请在前面加上 `**super().get_config()`：名字和 dtype 也属于配置。"
    caught_by = "gru.keras_cell"
    edit = ("GRUCell", '{**super().get_config(), "units": self.units}', '{"units": self.units}')


class LoadNeedsWeights(Mistake):
    """Your `load` works on a cell that is built already only. Call `self.build((None, features))` first where it is not."""

    zh = "你的 `load` 只能用于已经创建好权重的单元。若尚未创建，请先调用 `self.build((None, features))`。"
    caught_by = "gru.keras_cell"
    edit = ("GRUCell", "if not self.built:", "if False:")


class LoadSkipsBiases(Mistake):
    """load puts the six matrices into the cell but not the three biases."""

    caught_by = "gru.keras_cell"
    zh = "load 只装入了六个矩阵，没有装入三个偏置。"
    edit = (
        "GRUCell",
        "for name in PARAMETERS:\n            self.parts[name].assign",
        'for name in [n for n in PARAMETERS if n[0] == "W"]:\n            self.parts[name].assign',
    )


class KerasOrderResetFirst(Mistake):
    """You stack r, z, h. Keras stacks the update gate first: z, r, h."""

    caught_by = "gru.keras_weights"
    zh = "你按 r、z、h 堆叠。Keras 把更新门放在最前：z、r、h。"
    edit = ("keras_weights", '"zrh"', '"rzh"')


class KerasOrderCandidateFirst(Mistake):
    """You stack the candidate first. Keras's order is z, r, h."""

    caught_by = "gru.keras_weights"
    zh = "你把候选状态放在最前。Keras 的顺序是 z、r、h。"
    edit = ("keras_weights", '"zrh"', '"hzr"')


class KerasStackedOnFirstAxis(Mistake):
    """You stack the gates along the first axis; Keras stacks them along the last: (features, 3 units)."""

    caught_by = "gru.keras_weights"
    zh = "你沿第一个轴堆叠；Keras 沿最后一个轴堆叠：(特征, 3×单元)。"
    edit = ("keras_weights", "axis=-1", "axis=0")


class CountWithoutBias(Mistake):
    """You leave out the biases: each of the three products has one bias of `units` numbers."""

    caught_by = "gru.parameter_count"
    zh = "你漏数了偏置：三个乘积各有一个长度为 units 的偏置。"
    edit = ("parameter_count", "biases = 2 * units if reset_after else units", "biases = 0")


class CountIgnoresResetAfter(Mistake):
    """Keras's default has two biases a gate (one is inside the reset product): add units for each."""

    caught_by = "gru.parameter_count"
    zh = "Keras 默认每个门有两个偏置（其中一个在重置的乘积里面）：每个门再加 units 个。"
    edit = ("parameter_count", "2 * units if reset_after else units", "units")


class CountOfLSTM(Mistake):
    """You count four products; that is an LSTM. A GRU has three: r, z and the candidate."""

    caught_by = "gru.parameter_count"
    zh = "你数了四个乘积，那是 LSTM。GRU 只有三个：r、z 和候选状态。"
    edit = ("parameter_count", "3 * (features", "4 * (features")


class CountBothBiasesAlways(Mistake):
    """You count two biases a gate in both cases; the lecture's GRU (reset before) has one."""

    caught_by = "gru.parameter_count"
    zh = "两种情况你都按每个门两个偏置来数；本课的 GRU（先重置）只有一个。"
    edit = ("parameter_count", "2 * units if reset_after else units", "2 * units")


# --- 9 language model -----------------------------------------------------------------------


class SoftmaxInTheModel(Mistake):
    """Your last layer has a softmax; the loss takes one as well (from_logits=True). Return logits."""

    caught_by = "gru.language_model"
    zh = "你的最后一层有 softmax；损失函数里还有一次（from_logits=True）。请返回 logits。"
    edit = (
        "language_model",
        "Dense(vocabulary_size)",
        'Dense(vocabulary_size, activation="softmax")',
    )


class EmbeddingOfAnotherSize(Mistake):
    """Your embedding has vocabulary_size columns. It is to give each token embedding_size numbers."""

    zh = "你的嵌入层有 vocabulary_size 列。每个字符应映射为 embedding_size 个数。"
    caught_by = "gru.language_model"
    edit = (
        "language_model",
        "Embedding(vocabulary_size, embedding_size)",
        "Embedding(vocabulary_size, vocabulary_size)",
    )


class LooksAhead(Mistake):
    """Your RNN is bidirectional: it reads the future that it has to predict."""

    caught_by = "gru.language_model"
    zh = "你的 RNN 是双向的：它读到了要预测的未来。"
    edit = (
        "language_model",
        "hs = keras.layers.RNN(GRUCell(units), return_sequences=True)(xs)",
        "hs = keras.layers.RNN(GRUCell(units), return_sequences=True)(xs)\n"
        "    back = keras.layers.RNN(GRUCell(units), return_sequences=True, go_backwards=True)(xs)\n"
        "    hs = keras.layers.Concatenate()([hs, ops.flip(back, axis=1)])",
    )


class LastStateOnly(Mistake):
    """Your RNN returns its last state only; a prediction is due after every character."""

    caught_by = "gru.language_model"
    zh = "你的 RNN 只返回最后一个状态；每个字符之后都要预测。"
    edit = ("language_model", ", return_sequences=True", "")


class NoRecurrence(Mistake):
    """Your model leaves out the recurrent layer, so it sees the current character only: a bigram."""

    caught_by = "gru.language_model"
    zh = "你的模型没有循环层，只看得到当前字符：成了二元模型。"
    edit = (
        "language_model",
        "keras.layers.RNN(GRUCell(units), return_sequences=True)(xs)",
        "keras.layers.Dense(units)(xs)",
    )


class KerasGRUInstead(Mistake):
    """Your model uses keras.layers.GRU; the task is to use the GRUCell that you wrote."""

    caught_by = "gru.language_model"
    part = "layer"
    zh = "你的模型用了 keras.layers.GRU；本题要用你自己写的 GRUCell。"
    edit = (
        "language_model",
        "keras.layers.RNN(GRUCell(units), return_sequences=True)",
        "keras.layers.GRU(units, return_sequences=True)",
    )


class LossSummed(Mistake):
    """Your loss is summed over the window; perplexity and learning rate need the mean per character."""

    caught_by = "gru.learns"
    part = "losses"
    zh = "你的损失在窗口上求了和；困惑度和学习率都需要每字符的平均。"
    edit = ("train", "from_logits=True", 'from_logits=True, reduction="sum"')


class ClippedArrayByArray(Mistake):
    """You clip each array by its own norm, which turns the gradient. Use global_clipnorm."""

    caught_by = "gru.learns"
    part = "clipping"
    zh = "你按每个数组自己的范数裁剪，改变了梯度方向。请用 global_clipnorm。"
    edit = ("train", "global_clipnorm", "clipnorm")


class GradientsNotClipped(Mistake):
    """You do not clip the gradients: g ← min(1, θ/‖g‖) g with θ = 1, by global_clipnorm=1.0."""

    caught_by = "gru.learns"
    part = "no clipping"
    zh = "你没有裁剪梯度：g ← min(1, θ/‖g‖) g，θ = 1，用 global_clipnorm=1.0。"
    edit = ("train", ", global_clipnorm=1.0", "")


class ClippedToAnotherNorm(Mistake):
    """You clip to another global norm than the θ = 1 that the task asks for."""

    caught_by = "gru.learns"
    part = "another θ"
    zh = "你裁剪到的全局范数不是题目要求的 θ = 1。"
    edit = ("train", "global_clipnorm=1.0", "global_clipnorm=5.0")


class LogitsTakenForProbabilities(Mistake):
    """Your loss takes the logits for probabilities: set from_logits=True."""

    caught_by = "gru.learns"
    part = "from_logits"
    zh = "你的损失把 logits 当成了概率：请设 from_logits=True。"
    edit = ("train", "from_logits=True", "from_logits=False")


class LearningRateTooSmall(Mistake):
    """After this many epochs the model has hardly moved: is the learning rate 100 times too small?"""

    caught_by = "gru.learns"
    part = "hardly moved"
    zh = "训练了这么多轮，模型几乎没动：学习率是不是小了 100 倍？"
    edit = ("train", "learning_rate=0.01", "learning_rate=0.0001")
