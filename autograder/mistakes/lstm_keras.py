"""Mistakes of the lstm unit, tasks 8 and 9: the Keras cell and the language model."""

from __future__ import annotations

from . import Mistake

# --- 8 Keras cell ---------------------------------------------------------------------------


class CellInputAndForgetSwapped(Mistake):
    """Your cell has i and f swapped. In equation (5) the forget gate weighs c_{t-1}."""

    caught_by = "lstm.keras_cell"
    zh = "你的单元把 i 和 f 对调了。公式 (5) 中遗忘门是 c_{t-1} 的权重。"
    edit = ("LSTMCell", "f * c_prev + i * c_tilde", "i * c_prev + f * c_tilde")


class CellOutputIsTheCell(Mistake):
    """Your cell gives c as its output; what the other layers see is the hidden state: h, [h, c]."""

    caught_by = "lstm.keras_cell"
    zh = "你的单元把 c 当作输出；其他层看到的应是隐含状态：h, [h, c]。"
    edit = ("LSTMCell", "return h, [h, c]", "return c, [h, c]")


class CellStatesReturnedCrosswise(Mistake):
    """Your cell returns its new states as [c, h]; they have to come back as they went in: [h, c]."""

    caught_by = "lstm.keras_cell"
    zh = "你的单元把新状态返回成 [c, h]；怎样传入就要怎样传出：[h, c]。"
    edit = ("LSTMCell", "return h, [h, c]", "return h, [c, h]")


class CellKeepsItsOldStates(Mistake):
    """Your cell returns its old states as the new ones, so nothing is remembered: return h, [h, c]."""

    caught_by = "lstm.keras_cell"
    zh = "你的单元把旧状态当作新状态返回，什么也记不住：应返回 h, [h, c]。"
    edit = ("LSTMCell", "return h, [h, c]", "return h, [h_prev, c_prev]")


class CellKeepsItsOldCell(Mistake):
    """Your cell returns c_{t-1} as the new cell state; what it has just computed is lost."""

    caught_by = "lstm.keras_cell"
    zh = "你的单元把 c_{t-1} 当作新的记忆细胞返回；刚算出的内容丢了。"
    edit = ("LSTMCell", "return h, [h, c]", "return h, [h, c_prev]")


class CellHiddenWithoutTanh(Mistake):
    """Your cell's hidden state is o ⊙ c. Equation (6) squashes the cell first: o ⊙ tanh(c)."""

    caught_by = "lstm.keras_cell"
    zh = "你的单元的隐含状态是 o ⊙ c。公式 (6) 要先压缩：o ⊙ tanh(c)。"
    edit = ("LSTMCell", "o * ops.tanh(c)", "o * c")


class CellCandidateWithSigmoid(Mistake):
    """Your cell's candidate uses σ, so it can only add to c. Equation (4) uses tanh."""

    caught_by = "lstm.keras_cell"
    zh = "你的单元的候选值用了 σ，c 只增不减。公式 (4) 用 tanh。"
    edit = ("LSTMCell", "c_tilde = ops.tanh", "c_tilde = ops.sigmoid")


class CellBiasesNotAdded(Mistake):
    """Your cell never adds its biases, so they get no gradient: see b_i, b_f, b_o, b_c in (1) to (4)."""

    caught_by = "lstm.keras_cell"
    zh = "你的单元没有加偏置，偏置也就没有梯度：见公式 (1) 到 (4) 的 b_i、b_f、b_o、b_c。"
    edit = (
        "LSTMCell",
        "w = self.parts\n",
        'w = {name: 0.0 if name[0] == "b" else weight for name, weight in self.parts.items()}\n',
    )


class CellAddsOneToTheForgetGate(Mistake):
    """Your cell adds 1 inside the forget gate at each step; it is the start value of b_f, in build."""

    caught_by = "lstm.keras_cell"
    zh = "你的单元每一步都在遗忘门里加 1；1 只是 b_f 的初始值，应写在 build 里。"
    edit = ("LSTMCell", '+ w["b_f"])', '+ w["b_f"] + 1.0)')


class CellConfigForgetsUnits(Mistake):
    """get_config does not hold units, so a saved layer cannot be made again."""

    caught_by = "lstm.keras_cell"
    zh = "get_config 里没有 units，保存的层无法重新建立。"
    edit = ("LSTMCell", '{**super().get_config(), "units": self.units}', "super().get_config()")


class CellConfigOfUnitsOnly(Mistake):
    """Your get_config holds nothing but units; what Keras knows of every layer (its name) is lost."""

    caught_by = "lstm.keras_cell"
    zh = "你的 get_config 只有 units；Keras 对每一层记录的内容（如名字）丢了。"
    edit = ("LSTMCell", '{**super().get_config(), "units": self.units}', '{"units": self.units}')


class LoadOfABuiltCellOnly(Mistake):
    """Your load needs weights that are there already; for a new cell it has to build them first."""

    caught_by = "lstm.keras_cell"
    zh = "你的 load 要求权重已经存在；对新单元应先创建权重。"
    edit = ("LSTMCell", "if not self.built:", "if False:")


class LoadWithoutBiases(Mistake):
    """load puts the eight matrices into the cell but not the four biases."""

    caught_by = "lstm.keras_cell"
    zh = "load 只装入了八个矩阵，没有装入四个偏置。"
    edit = (
        "LSTMCell",
        "for name in PARAMETERS:\n            self.parts[name].assign",
        'for name in [n for n in PARAMETERS if n[0] == "W"]:\n            self.parts[name].assign',
    )


class OneStateSize(Mistake):
    """Your state_size is one number; this cell has two states, so Keras needs [units, units]."""

    caught_by = "lstm.keras_cell"
    zh = "你的 state_size 只是一个数；这个单元有两个状态，Keras 需要 [units, units]。"
    edit = ("LSTMCell", "return [self.units, self.units]", "return self.units")


class ForgetBiasStartsAtZero(Mistake):
    """Your fresh cell has b_f = 0, so it keeps only σ(0) = ½ of the cell at each step; start at 1."""

    caught_by = "lstm.fresh_cell"
    zh = "你的新单元 b_f = 0，每一步只保留 σ(0) = ½ 的内容；请从 1 开始。"
    edit = ("LSTMCell", '"ones" if name == "b_f" else start[kind]', "start[kind]")


class AllBiasesStartAtOne(Mistake):
    """All biases of your fresh cell start at 1; only the forget gate's does, the others at 0."""

    caught_by = "lstm.fresh_cell"
    zh = "你的新单元所有偏置都从 1 开始；只有遗忘门如此，其余从 0 开始。"
    edit = ("LSTMCell", 'name == "b_f"', 'kind == "b_"')


class OutputBiasStartsAtOne(Mistake):
    """In your fresh cell the output gate's bias is 1 and the forget gate's 0; it has to be b_f = 1."""

    caught_by = "lstm.fresh_cell"
    zh = "你的新单元里输出门的偏置是 1，遗忘门的是 0；应是 b_f = 1。"
    edit = ("LSTMCell", 'name == "b_f"', 'name == "b_o"')


class KerasOrderOutputThird(Mistake):
    """You stack i, f, o, c, the order of the lecture. Keras's order is i, f, c, o."""

    caught_by = "lstm.keras_weights"
    zh = "你按课上的次序 i、f、o、c 堆叠。Keras 的次序是 i、f、c、o。"
    edit = ("keras_weights", '"ifco"', '"ifoc"')


class KerasOrderForgetFirst(Mistake):
    """You stack f, i, c, o. Keras puts the input gate first: i, f, c, o."""

    caught_by = "lstm.keras_weights"
    zh = "你按 f、i、c、o 堆叠。Keras 把输入门放在最前：i、f、c、o。"
    edit = ("keras_weights", '"ifco"', '"fico"')


class KerasOrderOfTensorFlow(Mistake):
    """You stack i, c, f, o, as TensorFlow's old BasicLSTMCell did. Keras's order is i, f, c, o."""

    caught_by = "lstm.keras_weights"
    zh = "你按 i、c、f、o 堆叠，那是 TensorFlow 旧的 BasicLSTMCell。Keras 的次序是 i、f、c、o。"
    edit = ("keras_weights", '"ifco"', '"icfo"')


class KerasBlocksOnFirstAxis(Mistake):
    """You stack the blocks along the first axis; Keras stacks them side by side: (features, 4 units)."""

    caught_by = "lstm.keras_weights"
    zh = "你沿第一个轴堆叠；Keras 是并排放：(特征, 4×单元)。"
    edit = ("keras_weights", "axis=-1", "axis=0")


class GateInsteadOfBias(Mistake):
    """You return the gate, (1/2)^(1/steps); the bias is the number whose σ it is: ln(p / (1 − p))."""

    caught_by = "lstm.forget_bias"
    zh = "你返回的是门的值 (1/2)^(1/steps)；偏置是 σ 等于它的那个数：ln(p / (1 − p))。"
    edit = ("forget_bias", "np.log(kept / (1.0 - kept))", "kept")


class BiasWithTheWrongSign(Mistake):
    """Your bias has the wrong sign: a gate that keeps more than one half needs a positive one."""

    caught_by = "lstm.forget_bias"
    zh = "你的偏置符号反了：要保留一半以上，偏置应为正。"
    edit = ("forget_bias", "kept / (1.0 - kept)", "(1.0 - kept) / kept")


class BiasOfLogSteps(Mistake):
    """You return ln(steps), a good rule of thumb; exactly half is left for ln(p / (1 − p)), p = 2^(−1/steps)."""

    caught_by = "lstm.forget_bias"
    zh = "你返回的是 ln(steps)，这只是经验法则；恰好一半应为 ln(p / (1 − p))，p = 2^(−1/steps)。"
    edit = ("forget_bias", "np.log(kept / (1.0 - kept))", "np.log(steps)")


class BiasForOneOverE(Mistake):
    """Your bias leaves 1/e after the steps; for one half the gate has to be (1/2)^(1/steps)."""

    caught_by = "lstm.forget_bias"
    zh = "你的偏置使 steps 步之后剩下 1/e；要剩一半，门应为 (1/2)^(1/steps)。"
    edit = ("forget_bias", "0.5 ** (1.0 / np.asarray(steps))", "np.exp(-1.0 / np.asarray(steps))")


class BiasForOneStep(Mistake):
    """You solve σ(b) = (1/2)^steps; it is the product of all steps that has to be one half."""

    caught_by = "lstm.forget_bias"
    zh = "你解的是 σ(b) = (1/2)^steps；应是全部步数的乘积等于一半。"
    edit = ("forget_bias", "0.5 ** (1.0 / np.asarray(steps))", "0.5 ** np.asarray(steps)")


# --- 9 language model -----------------------------------------------------------------------


class ModelEndsInSoftmax(Mistake):
    """Your model ends in a softmax, and the loss takes another (from_logits=True). Return logits."""

    caught_by = "lstm.language_model"
    zh = "你的模型以 softmax 结尾，损失函数里又有一次（from_logits=True）。请返回 logits。"
    edit = (
        "language_model",
        "Dense(vocabulary_size)",
        'Dense(vocabulary_size, activation="softmax")',
    )


class ModelWithAnotherEmbedding(Mistake):
    """Your embedding gives each token `units` numbers; asked are embedding_size of them."""

    caught_by = "lstm.language_model"
    zh = "你的嵌入层给每个词元 units 个数；应为 embedding_size 个。"
    edit = (
        "language_model",
        "Embedding(vocabulary_size, embedding_size)",
        "Embedding(vocabulary_size, units)",
    )


class ModelReadsTheFuture(Mistake):
    """Your LSTM runs in both directions: it reads the future that it has to predict."""

    caught_by = "lstm.language_model"
    zh = "你的 LSTM 是双向的：它读到了要预测的未来。"
    edit = (
        "language_model",
        "hs = keras.layers.RNN(LSTMCell(units), return_sequences=True)(xs)",
        "hs = keras.layers.RNN(LSTMCell(units), return_sequences=True)(xs)\n"
        "    back = keras.layers.RNN(LSTMCell(units), return_sequences=True, go_backwards=True)(xs)\n"
        "    hs = keras.layers.Concatenate()([hs, ops.flip(back, axis=1)])",
    )


class ModelOfTheLastState(Mistake):
    """Your RNN layer returns its last hidden state only; a prediction is due after every character."""

    caught_by = "lstm.language_model"
    zh = "你的 RNN 层只返回最后一个隐含状态；每个字符之后都要预测。"
    edit = ("language_model", ", return_sequences=True", "")


class ModelWithoutRecurrence(Mistake):
    """Your model has no recurrent layer, so it sees the current character only: a bigram model."""

    caught_by = "lstm.language_model"
    zh = "你的模型里没有循环层，只看得到当前字符：那是二元模型。"
    edit = (
        "language_model",
        "keras.layers.RNN(LSTMCell(units), return_sequences=True)(xs)",
        "keras.layers.Dense(units)(xs)",
    )


class KerasLSTMInstead(Mistake):
    """Your model uses keras.layers.LSTM; the task is to use the LSTMCell that you wrote."""

    caught_by = "lstm.language_model"
    part = "layer"
    zh = "你的模型用了 keras.layers.LSTM；本题要用你自己写的 LSTMCell。"
    edit = (
        "language_model",
        "keras.layers.RNN(LSTMCell(units), return_sequences=True)",
        "keras.layers.LSTM(units, return_sequences=True)",
    )


class LossAddedUp(Mistake):
    """Your loss adds up all characters of a batch; learning rate and perplexity need their mean."""

    caught_by = "lstm.learns"
    part = "losses"
    zh = "你的损失把一批里的所有字符加了起来；学习率和困惑度都需要平均。"
    edit = ("train", "from_logits=True", 'from_logits=True, reduction="sum"')


class EachArrayClipped(Mistake):
    """You clip every array by its own norm, which turns the gradient; global_clipnorm is meant."""

    caught_by = "lstm.learns"
    part = "clipping"
    zh = "你按每个数组各自的范数裁剪，梯度方向会变；这里指的是 global_clipnorm。"
    edit = ("train", "global_clipnorm", "clipnorm")


class NothingClipped(Mistake):
    """Nothing clips your gradients; θ = 1 is asked for: g ← min(1, θ/‖g‖) g, by global_clipnorm=1.0."""

    caught_by = "lstm.learns"
    part = "no clipping"
    zh = "你的梯度没有裁剪；题目要求 θ = 1：g ← min(1, θ/‖g‖) g，即 global_clipnorm=1.0。"
    edit = ("train", ", global_clipnorm=1.0", "")


class AnotherNormClippedTo(Mistake):
    """Your gradients are clipped to another global norm than θ = 1."""

    caught_by = "lstm.learns"
    part = "another θ"
    zh = "你把梯度裁剪到了 θ = 1 以外的全局范数。"
    edit = ("train", "global_clipnorm=1.0", "global_clipnorm=5.0")


class LossExpectsProbabilities(Mistake):
    """Your loss expects probabilities and gets logits: set from_logits=True."""

    caught_by = "lstm.learns"
    part = "from_logits"
    zh = "你的损失函数要的是概率，得到的却是 logits：请设 from_logits=True。"
    edit = ("train", "from_logits=True", "from_logits=False")


class LearnsTooSlowly(Mistake):
    """After these epochs the model has hardly moved: is the learning rate 0.01?"""

    caught_by = "lstm.learns"
    part = "hardly moved"
    zh = "训练了这些轮，模型几乎没动：学习率是 0.01 吗？"
    edit = ("train", "learning_rate=0.01", "learning_rate=0.0001")
