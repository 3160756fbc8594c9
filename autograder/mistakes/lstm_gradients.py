"""Mistakes of the lstm unit, task 7: one edit each of the reference's backward pass."""

from __future__ import annotations

from . import Mistake

# --- one step -------------------------------------------------------------------------------


class NoDerivativeOfCandidate(Mistake):
    """The factor 1 − c̃² is missing: back through the tanh of equation (4), multiply by it."""

    caught_by = "lstm.step_gradients"
    zh = "漏了因子 1 − c̃²：反向经过公式 (4) 的 tanh 时，要乘上它。"
    edit = ("lstm_step_gradients", "dc_total * i * (1 - c_tilde**2)", "dc_total * i")


class NoDerivativeOfInputGate(Mistake):
    """The factor i (1 − i) is missing: back through σ of the input gate, multiply by it."""

    caught_by = "lstm.step_gradients"
    zh = "漏了因子 i (1 − i)：反向经过输入门的 σ 时，要乘上它。"
    edit = ("lstm_step_gradients", " * i * (1 - i)", "")


class NoDerivativeOfForgetGate(Mistake):
    """The factor f (1 − f) is missing: back through σ of the forget gate, multiply by it."""

    caught_by = "lstm.step_gradients"
    zh = "漏了因子 f (1 − f)：反向经过遗忘门的 σ 时，要乘上它。"
    edit = ("lstm_step_gradients", " * f * (1 - f)", "")


class NoDerivativeOfOutputGate(Mistake):
    """The factor o (1 − o) is missing: back through σ of the output gate, multiply by it."""

    caught_by = "lstm.step_gradients"
    zh = "漏了因子 o (1 − o)：反向经过输出门的 σ 时，要乘上它。"
    edit = ("lstm_step_gradients", " * o * (1 - o)", "")


class NoDerivativeOfSquashedCell(Mistake):
    """The factor 1 − tanh²(c) is missing: on the way from h_t to the cell lies the tanh of (6)."""

    caught_by = "lstm.step_gradients"
    zh = "漏了因子 1 − tanh²(c)：从 h_t 回到记忆细胞要经过公式 (6) 的 tanh。"
    edit = ("lstm_step_gradients", "dh * o * (1 - shown**2)", "dh * o")


class SquashedCellWithoutOutputGate(Mistake):
    """On the way from h_t to the cell the factor o is missing: in equation (6) it weighs tanh(c)."""

    caught_by = "lstm.step_gradients"
    zh = "从 h_t 回到记忆细胞时漏了因子 o：公式 (6) 中它是 tanh(c) 的权重。"
    edit = ("lstm_step_gradients", "dh * o * (1 - shown**2)", "dh * (1 - shown**2)")


class CellFromTheStepAfterOnly(Mistake):
    """You send back dc only. The cell also acts through h_t: add dh ⊙ o ⊙ (1 − tanh² c_t)."""

    caught_by = "lstm.step_gradients"
    zh = "你只传回了 dc。记忆细胞还经 h_t 起作用：要加上 dh ⊙ o ⊙ (1 − tanh² c_t)。"
    edit = ("lstm_step_gradients", "dc + dh * o * (1 - shown**2)", "dc")


class CellFromHiddenOnly(Mistake):
    """You leave out dc, the gradient that reaches c_t itself; add it to what comes through h_t."""

    caught_by = "lstm.step_gradients"
    zh = "你漏了 dc，即直接到达 c_t 的梯度；要把它加到经 h_t 来的部分上。"
    edit = ("lstm_step_gradients", "dc + dh * o", "dh * o")


class OutputGateTimesTheCell(Mistake):
    """The gradient of the output gate has the factor c; in equation (6) o is multiplied by tanh(c)."""

    caught_by = "lstm.step_gradients"
    zh = "输出门的梯度里你乘了 c；公式 (6) 中 o 乘的是 tanh(c)。"
    edit = ("lstm_step_gradients", "dh * shown", "dh * cell_state(f, c_prev, i, c_tilde)")


class FactorsOfGatesSwapped(Mistake):
    """Input and forget gate have each other's factor: δi has c̃_t and δf has c_{t-1}, see (5)."""

    caught_by = "lstm.step_gradients"
    zh = "输入门和遗忘门的因子互换了：由公式 (5)，δi 乘 c̃_t，δf 乘 c_{t-1}。"
    edit = (
        "lstm_step_gradients",
        '"i": dc_total * c_tilde * i * (1 - i),\n        "f": dc_total * c_prev',
        '"i": dc_total * c_prev * i * (1 - i),\n        "f": dc_total * c_tilde',
    )


class CandidateWeighedByForgetGate(Mistake):
    """Through the candidate flows δc ⊙ i, not δc ⊙ f: see its weight in equation (5)."""

    caught_by = "lstm.step_gradients"
    zh = "流经候选值的是 δc ⊙ i，不是 δc ⊙ f：看公式 (5) 中它的权重。"
    edit = (
        "lstm_step_gradients",
        "dc_total * i * (1 - c_tilde**2)",
        "dc_total * f * (1 - c_tilde**2)",
    )


class OldCellWithoutForgetGate(Mistake):
    """dL/dc_prev lacks the factor f: equation (5) weighs the old cell with the forget gate."""

    caught_by = "lstm.step_gradients"
    zh = "dL/dc_prev 漏了因子 f：公式 (5) 用遗忘门给旧记忆细胞加权。"
    edit = ("lstm_step_gradients", "dc_total * f}", "dc_total}")


class OldCellFromDcOnly(Mistake):
    """dL/dc_prev is dc ⊙ f; it has to be the whole gradient of the cell, h_t's part included, times f."""

    caught_by = "lstm.step_gradients"
    zh = "你的 dL/dc_prev 是 dc ⊙ f；应是记忆细胞的全部梯度（含经 h_t 的部分）乘 f。"
    edit = ("lstm_step_gradients", "dc_total * f}", "dc * f}")


class HiddenThroughGatesOnly(Mistake):
    """dL/dh_prev lacks the path through the candidate: da_c W_hcᵀ."""

    caught_by = "lstm.step_gradients"
    zh = "dL/dh_prev 漏了经过候选值的路径：da_c W_hcᵀ。"
    edit = (
        "lstm_step_gradients",
        'params["W_h" + part].T for part in "ifoc"',
        'params["W_h" + part].T for part in "ifo"',
    )


class HiddenThroughCandidateOnly(Mistake):
    """dL/dh_prev lacks the paths through the three gates: da_i W_hiᵀ + da_f W_hfᵀ + da_o W_hoᵀ."""

    caught_by = "lstm.step_gradients"
    zh = "dL/dh_prev 漏了经过三个门的路径：da_i W_hiᵀ + da_f W_hfᵀ + da_o W_hoᵀ。"
    edit = (
        "lstm_step_gradients",
        'params["W_h" + part].T for part in "ifoc"',
        'params["W_h" + part].T for part in "c"',
    )


class InputThroughCandidateOnly(Mistake):
    """dL/dx lacks the paths through the three gates: all of (1) to (4) read x_t."""

    caught_by = "lstm.step_gradients"
    zh = "dL/dx 漏了经过三个门的路径：公式 (1) 到 (4) 都读 x_t。"
    edit = (
        "lstm_step_gradients",
        'params["W_x" + part].T for part in "ifoc"',
        'params["W_x" + part].T for part in "c"',
    )


class HiddenNotTransposed(Mistake):
    """Back through a product h W the gradient is multiplied by W transposed; yours is not."""

    caught_by = "lstm.step_gradients"
    zh = "反向经过乘积 h W 时，梯度要乘 W 的转置；你没有转置。"
    edit = ("lstm_step_gradients", 'params["W_h" + part].T', 'params["W_h" + part]')


class RecurrentWeightsFromTheCell(Mistake):
    """Your dL/dW_hi … use c_prev; what these matrices are multiplied with is h_prev."""

    caught_by = "lstm.step_gradients"
    zh = "你的 dL/dW_hi 等用了 c_prev；与这些矩阵相乘的是 h_prev。"
    edit = ("lstm_step_gradients", "h_prev.T @ da[part]", "c_prev.T @ da[part]")


class BiasGradientsAveraged(Mistake):
    """Your bias gradients are divided by the batch size; L is a sum, so they are sums."""

    caught_by = "lstm.step_gradients"
    zh = "你的偏置梯度除以了批量大小；L 是求和，所以应求和。"
    edit = ("lstm_step_gradients", ".sum(axis=0)", ".mean(axis=0)")


# --- over time ------------------------------------------------------------------------------


class NothingSentBackAlongH(Mistake):
    """What step t+1 sends back along h is forgotten: add it to dhs[:, t]."""

    caught_by = "lstm.gradients_over_time"
    zh = "忘了第 t+1 步沿 h 传回来的梯度：要加到 dhs[:, t] 上。"
    edit = ("lstm_gradients", "dhs[:, t] + dh, dc", "dhs[:, t], dc")


class NothingSentBackAlongC(Mistake):
    """What step t+1 sends back along the cell is forgotten: hand its c_prev on as dc."""

    caught_by = "lstm.gradients_over_time"
    zh = "忘了第 t+1 步沿记忆细胞传回来的梯度：它的 c_prev 就是这一步的 dc。"
    edit = ("lstm_gradients", "dhs[:, t] + dh, dc", "dhs[:, t] + dh, 0 * dc")


class NothingSentBackAtAll(Mistake):
    """Every step uses dhs[:, t] only; what the later steps send back, along h and c, is forgotten."""

    caught_by = "lstm.gradients_over_time"
    zh = "每一步只用了 dhs[:, t]；忘了后面各步沿 h 和 c 传回来的梯度。"
    edit = ("lstm_gradients", "dhs[:, t] + dh, dc", "dhs[:, t], 0 * dc")


class BothGradientsTheSame(Mistake):
    """You hand the gradient of h on as that of c as well; step t+1 gives each its own."""

    caught_by = "lstm.gradients_over_time"
    zh = "你把 h 的梯度也当作 c 的梯度往回传；第 t+1 步分别给出了两者。"
    edit = ("lstm_gradients", 'dh, dc = step["x"], step["h_prev"], step["c_prev"]',
            'dh, dc = step["x"], step["h_prev"], step["h_prev"]')  # fmt: skip


class LastTermOfTheLossOnly(Mistake):
    """Only the last step uses its dhs; every step adds its own dhs[:, t] to what is sent back."""

    caught_by = "lstm.gradients_over_time"
    zh = "只有最后一步用了自己的 dhs；每一步都要把 dhs[:, t] 加到传回的梯度上。"
    edit = (
        "lstm_gradients",
        "dhs[:, t] + dh, dc",
        "dh if t < xs.shape[1] - 1 else dhs[:, t], dc",
    )


class WeightGradientsOverwritten(Mistake):
    """The weights' gradients are overwritten at each step (=); all steps share them, so add (+=)."""

    caught_by = "lstm.gradients_over_time"
    zh = "权重的梯度每一步都被覆盖（=）；所有时间步共享权重，应累加（+=）。"
    edit = ("lstm_gradients", "gradients[name] += step[name]", "gradients[name] = step[name]")


class BothStatesAfterTheStep(Mistake):
    """Step t is differentiated at h_t, c_t; it started from h_{t-1}, c_{t-1}, the first from h_0, c_0."""

    caught_by = "lstm.gradients_over_time"
    zh = "第 t 步在 h_t、c_t 处求导；它是从 h_{t-1}、c_{t-1} 出发的，第一步从 h_0、c_0。"
    edit = ("lstm_gradients", "h_before[:, t], c_before[:, t]", "hs[:, t], cs[:, t]")


class CellAfterTheStep(Mistake):
    """Step t is differentiated at the right h_{t-1} but at the cell c_t; it started from c_{t-1}."""

    caught_by = "lstm.gradients_over_time"
    zh = "第 t 步的 h_{t-1} 对了，但记忆细胞用了 c_t；它是从 c_{t-1} 出发的。"
    edit = ("lstm_gradients", "h_before[:, t], c_before[:, t]", "h_before[:, t], cs[:, t]")


class LoopsForwardInTime(Mistake):
    """The loop runs forward in time; gradients are sent back, so it begins with the last step."""

    caught_by = "lstm.gradients_over_time"
    zh = "循环沿时间正向进行；梯度是往回传的，所以要从最后一步开始。"
    edit = ("lstm_gradients", "reversed(range(xs.shape[1]))", "range(xs.shape[1])")


class WeightGradientsAveraged(Mistake):
    """The weights' gradients are means over the steps; L is a sum over time, so they are sums."""

    caught_by = "lstm.gradients_over_time"
    zh = "权重的梯度在时间步上取了平均；L 是对时间求和，所以应求和。"
    edit = (
        "lstm_gradients",
        "gradients[name] += step[name]",
        "gradients[name] += step[name] / xs.shape[1]",
    )
