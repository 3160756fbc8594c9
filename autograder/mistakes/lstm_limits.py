"""Mistakes of the lstm unit, task 6: limiting cases and the direct path."""
# ruff: noqa: F821, N805, N806
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- limiting cases, direct path ----------------------------------------------------------


class CarryWritesAsWell(Mistake):
    """Your input gate is open, so the candidate is added at each step. To carry, i = 0: b_i very negative."""

    caught_by = "lstm.limit_carry"
    zh = "你的输入门开着，每一步都会加上候选值。要原样传下去需 i = 0：b_i 取很大的负数。"
    edit = ("carry_params", "i=-50.0", "i=50.0")


class CarryForgets(Mistake):
    """Your forget gate is 0, which empties the cell. It keeps with f = 1: b_f large and positive."""

    caught_by = "lstm.limit_carry"
    zh = "你的遗忘门为 0，记忆细胞被清空了。f = 1 才是保留：b_f 取很大的正数。"
    edit = ("carry_params", "f=50.0", "f=-50.0")


class CarryGatesHalfOpen(Mistake):
    """You set the gates' parameters to 0; then σ(0) = ½ and every gate is half open. Use biases of ±50."""

    caught_by = "lstm.limit_carry"
    zh = "你把门的参数设为 0，于是 σ(0) = ½，每个门都半开。请把偏置取为 ±50。"
    edit = ("carry_params", "i=-50.0, f=50.0", "i=0.0, f=0.0")


class CarryOpensTheForgetGateOnly(Mistake):
    """You only open the forget gate; the input gate still writes. To carry the cell, i = 0 as well."""

    caught_by = "lstm.limit_carry"
    zh = "你只打开了遗忘门；输入门仍在写入。要原样传下去，还需 i = 0。"

    def carry_params(params):
        still = {name: 0 * params[name] for name in ("W_xf", "W_hf")}
        return {**params, **still, "b_f": 0 * params["b_f"] + 100.0}


class CarryShutsTheInputGateOnly(Mistake):
    """You only shut the input gate; the forget gate still lets the cell decay. To carry it, f = 1."""

    caught_by = "lstm.limit_carry"
    zh = "你只关上了输入门；遗忘门仍会让记忆细胞衰减。要原样传下去，还需 f = 1。"

    def carry_params(params):
        still = {name: 0 * params[name] for name in ("W_xi", "W_hi")}
        return {**params, **still, "b_i": 0 * params["b_i"] - 100.0}


class CarryByZeroCandidate(Mistake):
    """You set the candidate's parameters to 0. Only the gates may change: i = 0 keeps the candidate out."""

    caught_by = "lstm.limit_carry"
    zh = "你把候选值的参数设成了 0。只许改门的参数：i = 0 就能把候选值挡在外面。"

    def carry_params(params):
        still = {name: 0 * params[name] for name in ("W_xf", "W_hf", "W_xc", "W_hc", "b_c")}
        return {**params, **still, "b_f": 0 * params["b_f"] + 100.0}


class CarryChangesItsArgument(Mistake):
    """You write into the dict that was passed in, and the caller's arrays are lost; make a copy first."""

    caught_by = "lstm.limit_carry"
    zh = "你直接改写了传入的字典，调用者的数组就丢了；请先复制一份。"

    def carry_params(params):
        for name in ("W_xi", "W_hi", "W_xf", "W_hf"):
            params[name] = 0 * params[name]
        params["b_i"] = 0 * params["b_i"] - 100.0
        params["b_f"] = 0 * params["b_f"] + 100.0
        return params


class CountWithShutInputGate(Mistake):
    """Your input gate is 0, so nothing is counted: that is the cell carried unchanged. Counting needs i = 1."""

    caught_by = "lstm.limit_count"
    zh = "你的输入门为 0，什么也没数：那是原样传下去。计数需要 i = 1。"
    edit = ("count_params", "i=50.0", "i=-50.0")


class CountForgets(Mistake):
    """Your forget gate is 0, so the sum so far is lost at each step. Counting needs f = 1."""

    caught_by = "lstm.limit_count"
    zh = "你的遗忘门为 0，每一步都丢掉已有的和。计数需要 f = 1。"
    edit = ("count_params", "f=50.0", "f=-50.0")


class CountOpensTheForgetGateOnly(Mistake):
    """You only open the forget gate; the input gate still adds a part of the candidate. Set i = 1."""

    caught_by = "lstm.limit_count"
    zh = "你只打开了遗忘门；输入门仍只放进候选值的一部分。请让 i = 1。"

    def count_params(params):
        still = {name: 0 * params[name] for name in ("W_xf", "W_hf")}
        return {**params, **still, "b_f": 0 * params["b_f"] + 100.0}


class CountTooWeakBias(Mistake):
    """Your biases of ±5 leave σ(5) = 0.993, short of the 10⁻⁶ that is asked. Try ±50."""

    caught_by = "lstm.limit_count"
    zh = "你的偏置 ±5 只得到 σ(5) = 0.993，达不到要求的 10⁻⁶。试试 ±50。"
    edit = ("count_params", "i=50.0, f=50.0", "i=5.0, f=5.0")


class RNNKeepsTheCell(Mistake):
    """Your forget gate is 1, so the old cell is still there. An RNN without a cell needs f = 0."""

    caught_by = "lstm.limit_rnn"
    zh = "你的遗忘门为 1，旧的记忆细胞还在。没有记忆细胞的 RNN 需要 f = 0。"
    edit = ("rnn_params", "f=-50.0", "f=50.0")


class RNNLeavesTheOutputGate(Mistake):
    """You leave the output gate as it was; h_t = tanh(c̃_t) needs o = 1 as well."""

    caught_by = "lstm.limit_rnn"
    zh = "你没有动输出门；要得到 h_t = tanh(c̃_t)，还需 o = 1。"

    def rnn_params(params):
        still = {f"W_{a}{g}": 0 * params[f"W_{a}{g}"] for a in "xh" for g in "if"}
        biases = {"b_i": 0 * params["b_i"] + 100.0, "b_f": 0 * params["b_f"] - 100.0}
        return {**params, **still, **biases}


class RNNLeavesTheForgetGate(Mistake):
    """You leave the forget gate as it was, so part of the old cell is kept. Set f = 0."""

    caught_by = "lstm.limit_rnn"
    zh = "你没有动遗忘门，旧的记忆细胞会留下一部分。请让 f = 0。"

    def rnn_params(params):
        still = {f"W_{a}{g}": 0 * params[f"W_{a}{g}"] for a in "xh" for g in "io"}
        return {**params, **still, "b_i": 0 * params["b_i"] + 100, "b_o": 0 * params["b_o"] + 100}


class RNNWithShutInputGate(Mistake):
    """Your input gate is 0, so nothing gets into the cell and h_t is 0. It has to be 1."""

    caught_by = "lstm.limit_rnn"
    zh = "你的输入门为 0，什么也进不了记忆细胞，h_t 就是 0。它应为 1。"
    edit = ("rnn_params", "i=50.0", "i=-50.0")


class PathOfTheInputGate(Mistake):
    """You multiply the input gates. What weighs the old cell in equation (5) is the forget gate."""

    caught_by = "lstm.direct_path"
    zh = "你乘的是输入门。公式 (5) 中旧记忆细胞的权重是遗忘门。"
    edit = ("direct_path", "_, f, _ = gates", "f, _, _ = gates")


class PathOfTheOutputGate(Mistake):
    """You multiply the output gates. What weighs the old cell in equation (5) is the forget gate."""

    caught_by = "lstm.direct_path"
    zh = "你乘的是输出门。在公式 (5) 中，旧记忆细胞的权重是遗忘门。"
    edit = ("direct_path", "_, f, _ = gates", "_, _, f = gates")


class PathOfWhatIsForgotten(Mistake):
    """You multiply 1 − f, the part that is forgotten; what is left is the product of f."""

    caught_by = "lstm.direct_path"
    zh = "你乘的是 1 − f，即忘掉的部分；留下的部分是 f 的乘积。"
    edit = ("direct_path", "fs.append(f)", "fs.append(1 - f)")


class PathAdded(Mistake):
    """You add the forget gates up. Parts of parts multiply: equation (7) is a product."""

    caught_by = "lstm.direct_path"
    zh = "你把遗忘门加了起来。比例的比例要相乘：公式 (7) 是乘积。"
    edit = ("direct_path", "np.cumprod", "np.cumsum")


class PathNotMultiplied(Mistake):
    """You return the forget gates themselves; equation (7) is their product up to each step."""

    caught_by = "lstm.direct_path"
    zh = "你返回的是遗忘门本身；公式 (7) 是到每一步为止的乘积。"
    edit = ("direct_path", "np.cumprod(np.stack(fs, axis=1), axis=1)", "np.stack(fs, axis=1)")


class PathAtTheEndOnly(Mistake):
    """You return the product of all steps only; expected one for each t: (batch, time, units)."""

    caught_by = "lstm.direct_path"
    zh = "你只返回了全部时间步的乘积；每个 t 都要有一个：(batch, time, units)。"
    edit = ("direct_path", "np.cumprod(", "np.prod(")


class PathOverTheBatch(Mistake):
    """You multiply along the batch axis; the steps are axis 1."""

    caught_by = "lstm.direct_path"
    zh = "你沿批量轴相乘了；时间步在第 1 轴。"
    edit = (
        "direct_path",
        "np.cumprod(np.stack(fs, axis=1), axis=1)",
        "np.cumprod(np.stack(fs, axis=1), axis=0)",
    )


class PathBeginsWithOne(Mistake):
    """Your first entry is 1, the part left before any step; at t = 1 it is already f_1."""

    caught_by = "lstm.direct_path"
    zh = "你的第一项是 1，即还没走时的比例；t = 1 时已经是 f_1。"
    edit = (
        "direct_path",
        "return np.cumprod(np.stack(fs, axis=1), axis=1)",
        "return np.cumprod(np.stack([np.ones_like(fs[0]), *fs[:-1]], axis=1), axis=1)",
    )


class PathFromTheFirstState(Mistake):
    """You compute all gates from h_0. The gates of step t see h_{t-1}: take the steps in between."""

    caught_by = "lstm.direct_path"
    zh = "你所有的门都用 h_0 计算。第 t 步的门看到的是 h_{t-1}：中间各步都要走。"
    edit = ("direct_path", "gates(xs[:, t], h, params)", "gates(xs[:, t], h_0, params)")


class PathFromTheNewState(Mistake):
    """You compute the gate of step t from h_t; equation (2) uses the state before it, h_{t-1}."""

    caught_by = "lstm.direct_path"
    zh = "你用 h_t 计算第 t 步的门；公式 (2) 用的是之前的状态 h_{t-1}。"

    def direct_path(xs, h_0, c_0, params):
        h, c, fs = h_0, c_0, []
        for t in range(xs.shape[1]):
            h, c = lstm_step(xs[:, t], h, c, params)
            fs.append(gates(xs[:, t], h, params)[1])
        return np.cumprod(np.stack(fs, axis=1), axis=1)
