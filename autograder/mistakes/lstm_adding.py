"""Mistakes of the lstm unit, task 10: the adding problem."""
# ruff: noqa: F821, N805, N806
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake


class AddingEveryStep(Mistake):
    """Your model predicts after every step (return_sequences=True); asked is one number after the last."""

    caught_by = "lstm.adding_model"
    zh = "你的模型每一步都预测（return_sequences=True）；只要最后一步之后的一个数。"
    edit = (
        "adding_model",
        "keras.layers.RNN(cell)",
        "keras.layers.RNN(cell, return_sequences=True)",
    )


class AddingWithSigmoid(Mistake):
    """Your last layer has a sigmoid, so it can never say more than 1; the sum goes up to 2."""

    caught_by = "lstm.adding_model"
    zh = "你的最后一层有 sigmoid，永远说不出大于 1 的数；而和最大可到 2。"
    edit = ("adding_model", "Dense(1)", 'Dense(1, activation="sigmoid")')


class AddingWithTanh(Mistake):
    """Your last layer has a tanh, so it stays below 1; the sum goes up to 2."""

    caught_by = "lstm.adding_model"
    zh = "你的最后一层有 tanh，输出总小于 1；而和最大可到 2。"
    edit = ("adding_model", "Dense(1)", 'Dense(1, activation="tanh")')


class AddingMeanState(Mistake):
    """Your model averages all hidden states, which needs no memory; asked is the last one."""

    caught_by = "lstm.adding_model"
    zh = "你的模型对所有隐含状态取了平均，这用不着记忆；要用的是最后一个。"
    edit = (
        "adding_model",
        "keras.layers.RNN(cell)(numbers)",
        "ops.mean(keras.layers.RNN(cell, return_sequences=True)(numbers), axis=1)",
    )


class AddingSumOfStates(Mistake):
    """Your model adds up all hidden states, so the memory lies outside the cell; asked is the last one."""

    caught_by = "lstm.adding_model"
    zh = "你的模型把所有隐含状态加了起来，记忆就不在单元里了；要用的是最后一个。"
    edit = (
        "adding_model",
        "keras.layers.RNN(cell)(numbers)",
        "ops.sum(keras.layers.RNN(cell, return_sequences=True)(numbers), axis=1)",
    )


class AddingReadsTheCell(Mistake):
    """Your dense layer reads the cell c_T; what an LSTM shows of it is the hidden state h_T."""

    caught_by = "lstm.adding_model"
    zh = "你的全连接层读的是记忆细胞 c_T；LSTM 对外显示的是隐含状态 h_T。"
    edit = (
        "adding_model",
        "keras.layers.RNN(cell)(numbers)",
        "keras.layers.RNN(cell, return_state=True)(numbers)[2]",
    )


class AddingBackwards(Mistake):
    """Your model reads the sequence from its end: go_backwards has no place here."""

    caught_by = "lstm.adding_model"
    zh = "你的模型从序列末尾往前读：这里不该用 go_backwards。"
    edit = ("adding_model", "keras.layers.RNN(cell)", "keras.layers.RNN(cell, go_backwards=True)")


class AddingWithItsOwnCell(Mistake):
    """Your model makes a cell of its own; it has to use the one that it is given."""

    caught_by = "lstm.adding_model"
    zh = "你的模型自己新建了一个单元；应使用传入的那一个。"
    edit = ("adding_model", "keras.layers.RNN(cell)", "keras.layers.RNN(LSTMCell(32))")


class AddingOnlyLastLoss(Mistake):
    """train_adding returns the last loss only; expected the list, one mean loss an epoch."""

    caught_by = "lstm.long_lag"
    part = "losses"
    zh = "train_adding 只返回了最后一个损失；应返回列表，每轮一个平均损失。"
    edit = ("train_adding", '.history["loss"]', '.history["loss"][-1]')


class AddingEachArrayClipped(Mistake):
    """In train_adding every array is clipped by its own norm; the global norm is meant."""

    caught_by = "lstm.long_lag"
    part = "clipping"
    zh = "train_adding 里每个数组按自己的范数裁剪；这里指的是全局范数。"
    edit = ("train_adding", "global_clipnorm", "clipnorm")


class AddingNothingClipped(Mistake):
    """In train_adding nothing clips the gradients; set global_clipnorm=1.0."""

    caught_by = "lstm.long_lag"
    part = "no clipping"
    zh = "train_adding 里没有裁剪梯度；请设 global_clipnorm=1.0。"
    edit = ("train_adding", ", global_clipnorm=1.0", "")


class AddingOtherBatches(Mistake):
    """Your batches have another size (Keras's is 32 unless told otherwise); asked are 50 sequences."""

    caught_by = "lstm.long_lag"
    part = "batches"
    zh = "你的批量大小不对（不指定时 Keras 用 32）；应为每批 50 个序列。"
    edit = ("train_adding", "batch_size=50, ", "")


class AddingTargetsBroadcast(Mistake):
    """Your network remembers nothing: is each prediction compared with its own target, both (batch, 1)?"""

    caught_by = "lstm.long_lag"
    part = "remembers nothing"
    zh = "你的网络什么也没记住：每个预测是和它自己的目标比吗？两者都是 (batch, 1)。"
    edit = (
        "train_adding",
        'loss="mean_squared_error"',
        "loss=lambda sums, guesses: ops.mean((sums[:, 0] - guesses) ** 2)",
    )


class AddingTooSlowly(Mistake):
    """After these epochs the network still does not answer the mean: is the learning rate 0.01?"""

    caught_by = "lstm.long_lag"
    part = "hardly moved"
    zh = "训练了这些轮，网络连平均值都还没答对：学习率是 0.01 吗？"
    edit = ("train_adding", "learning_rate=0.01", "learning_rate=0.00001")


class LagOfTheSecondMark(Mistake):
    """You count from the second mark; the lag is that of the number that has to be kept longest, the first."""

    caught_by = "lstm.error_by_lag"
    zh = "你从第二个标记数起；时滞指的是要保存最久的那个数，即第一个标记。"
    edit = (
        "error_by_lag",
        "inputs.shape[1] - 1 - inputs[:, :, 1].argmax(axis=1)",
        "inputs[:, ::-1, 1].argmax(axis=1)",
    )


class LagOffByOne(Mistake):
    """Your lags are one too long: from step 0 of 30 to the last one, step 29, it is 29 steps."""

    caught_by = "lstm.error_by_lag"
    zh = "你的时滞多了 1：长度为 30 时，从第 0 步到最后的第 29 步是 29 步。"
    edit = ("error_by_lag", "inputs.shape[1] - 1 -", "inputs.shape[1] -")


class LagBetweenTheMarks(Mistake):
    """You count from the first mark to the second; the number has to be kept until the last step."""

    caught_by = "lstm.error_by_lag"
    zh = "你从第一个标记数到第二个标记；这个数要一直保存到最后一步。"
    edit = (
        "error_by_lag",
        "inputs.shape[1] - 1 - inputs[:, :, 1].argmax(axis=1)",
        "(inputs.shape[1] - 1 - inputs[:, ::-1, 1].argmax(axis=1)) - inputs[:, :, 1].argmax(axis=1)",
    )


class LagOfTheLargestNumber(Mistake):
    """You look for the largest number, inputs[:, :, 0]; the marks are inputs[:, :, 1]."""

    caught_by = "lstm.error_by_lag"
    zh = "你找的是最大的数 inputs[:, :, 0]；标记是 inputs[:, :, 1]。"
    edit = ("error_by_lag", "inputs[:, :, 1]", "inputs[:, :, 0]")


class GroupsWithTheirUpperEdge(Mistake):
    """Your groups hold their upper edge as well, so a lag may be in two of them: lag < edges[k + 1]."""

    caught_by = "lstm.error_by_lag"
    zh = "你的每一组都含上界，一个时滞可能落进两组：应为 lag < edges[k + 1]。"
    edit = ("error_by_lag", "lag < edges", "lag <= edges")


class GroupsWithoutTheirLowerEdge(Mistake):
    """Your groups leave out their lower edge: it belongs to the group, edges[k] ≤ lag."""

    caught_by = "lstm.error_by_lag"
    zh = "你的每一组都漏了下界：下界属于该组，edges[k] ≤ lag。"
    edit = ("error_by_lag", "edges[k] <= lag", "edges[k] < lag")


class RootOfTheError(Mistake):
    """You take the root at the end; asked is the mean squared error itself."""

    caught_by = "lstm.error_by_lag"
    zh = "你最后又开了平方根；要的是均方误差本身。"
    edit = ("error_by_lag", ".mean() for k", ".mean() ** 0.5 for k")


class AbsoluteError(Mistake):
    """You average the absolute error; asked is the mean of its square."""

    caught_by = "lstm.error_by_lag"
    zh = "你平均的是绝对误差；要的是平方的平均。"
    edit = (
        "error_by_lag",
        "(predictions - targets)[:, 0] ** 2",
        "np.abs(predictions - targets)[:, 0]",
    )


class SummedError(Mistake):
    """You add the squared errors of a group up; asked is their mean."""

    caught_by = "lstm.error_by_lag"
    zh = "你把一组里的平方误差加了起来；要的是平均。"
    edit = ("error_by_lag", ".mean() for k", ".sum() for k")
