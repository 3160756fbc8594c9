"""Mistakes of the gru unit, task 7: one edit each of the reference's backward pass."""

from __future__ import annotations

from . import Mistake


class NoTanhDerivative(Mistake):
    """The factor 1 − h̃² is missing: back through tanh, the gradient is multiplied by it."""

    caught_by = "gru.step_gradients"
    zh = "漏了因子 1 − h̃²：反向经过 tanh 时，梯度要乘上它。"
    edit = ("gru_step_gradients", "* (1 - h_tilde**2)", "")


class NoDerivativeOfUpdateGate(Mistake):
    """The factor z (1 − z) is missing: back through σ of the update gate, multiply by it."""

    caught_by = "gru.step_gradients"
    zh = "漏了因子 z (1 − z)：反向经过更新门的 σ 时，要乘上它。"
    edit = ("gru_step_gradients", "* z * (1 - z)", "")


class NoDerivativeOfResetGate(Mistake):
    """The factor r (1 − r) is missing: back through σ of the reset gate, multiply by it."""

    caught_by = "gru.step_gradients"
    zh = "漏了因子 r (1 − r)：反向经过重置门的 σ 时，要乘上它。"
    edit = ("gru_step_gradients", "* h_prev * r * (1 - r)", "* h_prev")


class UpdateGradientSign(Mistake):
    """The sign of ∂h/∂z is turned: from equation (4) it is h_{t-1} − h̃_t."""

    caught_by = "gru.step_gradients"
    zh = "∂h/∂z 的符号反了：由公式 (4)，它是 h_{t-1} − h̃_t。"
    edit = ("gru_step_gradients", "(h_prev - h_tilde)", "(h_tilde - h_prev)")


class CandidateShareSwapped(Mistake):
    """Through the candidate flows dh (1 − z), not dh z: see its weight in equation (4)."""

    caught_by = "gru.step_gradients"
    zh = "流经候选状态的是 dh (1 − z)，不是 dh z：看公式 (4) 中它的权重。"
    edit = ("gru_step_gradients", "da_h = dh * (1 - z)", "da_h = dh * z")


class DirectPathMissing(Mistake):
    """dL/dh_prev lacks the direct path of equation (4): dh ⊙ z."""

    caught_by = "gru.step_gradients"
    zh = "dL/dh_prev 漏了公式 (4) 的直通路径：dh ⊙ z。"
    edit = ("gru_step_gradients", "dh * z + d_reset", "d_reset")


class ResetPathMissing(Mistake):
    """dL/dh_prev lacks the path through the candidate: (da_h W_hhᵀ) ⊙ r."""

    caught_by = "gru.step_gradients"
    zh = "dL/dh_prev 漏了经过候选状态的路径：(da_h W_hhᵀ) ⊙ r。"
    edit = ("gru_step_gradients", "dh * z + d_reset * r", "dh * z")


class PathWithoutReset(Mistake):
    """On the way through the candidate h_prev was scaled by r, so its gradient is scaled by r too."""

    caught_by = "gru.step_gradients"
    zh = "经过候选状态时 h_prev 被 r 缩放过，它的梯度也要乘 r。"
    edit = ("gru_step_gradients", "d_reset * r +", "d_reset +")


class GatePathsMissing(Mistake):
    """dL/dh_prev lacks the paths through the gates: da_r W_hrᵀ + da_z W_hzᵀ."""

    caught_by = "gru.step_gradients"
    zh = "dL/dh_prev 漏了经过两个门的路径：da_r W_hrᵀ + da_z W_hzᵀ。"
    edit = ("gru_step_gradients", ' + da_r @ params["W_hr"].T + da_z @ params["W_hz"].T,', ",")


class InputPathsThroughGatesMissing(Mistake):
    """dL/dx lacks the paths through the gates: x_t is read by (1), (2) and (3)."""

    caught_by = "gru.step_gradients"
    zh = "dL/dx 漏了经过两个门的路径：公式 (1)、(2)、(3) 都读 x_t。"
    edit = (
        "gru_step_gradients",
        'da_r @ params["W_xr"].T + da_z @ params["W_xz"].T + da_h',
        "da_h",
    )


class CandidateKernelWithoutReset(Mistake):
    """dL/dW_hh uses h_prev; what W_hh was multiplied with in equation (3) is r ⊙ h_prev."""

    caught_by = "gru.step_gradients"
    zh = "dL/dW_hh 用了 h_prev；公式 (3) 中与 W_hh 相乘的是 r ⊙ h_prev。"
    edit = ("gru_step_gradients", "(r * h_prev).T @ da_h", "h_prev.T @ da_h")


class BiasGradientMean(Mistake):
    """Your bias gradients are means over the batch; L is a sum, so they are sums."""

    caught_by = "gru.step_gradients"
    zh = "你的偏置梯度在批量上取了平均；L 是求和，所以应求和。"
    edit = ("gru_step_gradients", ".sum(axis=0)", ".mean(axis=0)")


class RecurrentNotTransposed(Mistake):
    """Back through h W_hh the gradient is multiplied by W_hh transposed."""

    caught_by = "gru.step_gradients"
    zh = "反向经过 h W_hh 时，梯度要乘 W_hh 的转置。"
    edit = ("gru_step_gradients", 'da_h @ params["W_hh"].T', 'da_h @ params["W_hh"]')


class ResetGateForgotten(Mistake):
    """The gradient of the reset gate lacks the factor h_prev: in (3) r is multiplied with it."""

    caught_by = "gru.step_gradients"
    zh = "重置门的梯度漏了因子 h_prev：公式 (3) 中 r 与它相乘。"
    edit = ("gru_step_gradients", "d_reset * h_prev * r", "d_reset * r")


class NothingSentBack(Mistake):
    """Every step uses dhs[:, t] only; what the later steps send back through h_t is forgotten."""

    caught_by = "gru.gradients_over_time"
    zh = "每一步只用了 dhs[:, t]；忘了后面各步经 h_t 传回来的梯度。"
    edit = ("gru_gradients", "dhs[:, t] + carried", "dhs[:, t]")


class OnlyWhatIsSentBack(Mistake):
    """Only the last step uses its dhs; every step adds its own dhs[:, t] to what is sent back."""

    caught_by = "gru.gradients_over_time"
    zh = "只有最后一步用了它的 dhs；每一步都要把自己的 dhs[:, t] 加到传回的梯度上。"
    edit = (
        "gru_gradients",
        "dhs[:, t] + carried",
        "carried if t < xs.shape[1] - 1 else dhs[:, t]",
    )


class GradientsOverwritten(Mistake):
    """The weights' gradients are overwritten at each step (=); the steps share them, so add (+=)."""

    caught_by = "gru.gradients_over_time"
    zh = "权重的梯度在每一步都被覆盖（=）；各步共享权重，应累加（+=）。"
    edit = ("gru_gradients", "gradients[name] += step[name]", "gradients[name] = step[name]")


class StatesAfterTheStep(Mistake):
    """Step t is differentiated at h_t; it started from h_{t-1}, and the first one from h_0."""

    caught_by = "gru.gradients_over_time"
    zh = "第 t 步在 h_t 处求导；它是从 h_{t-1} 出发的，第一步从 h_0 出发。"
    edit = ("gru_gradients", "before[:, t]", "hs[:, t]")


class ForwardInTime(Mistake):
    """The loop runs forward in time; gradients are sent back, so start with the last step."""

    caught_by = "gru.gradients_over_time"
    zh = "循环沿时间正向进行；梯度是往回传的，应从最后一步开始。"
    edit = ("gru_gradients", "reversed(range(xs.shape[1]))", "range(xs.shape[1])")


class MeanOverTime(Mistake):
    """The weights' gradients are divided by the number of steps; L is a sum over time, not a mean."""

    caught_by = "gru.gradients_over_time"
    zh = "权重的梯度除以了步数；L 是对时间求和，不是平均。"
    edit = (
        "gru_gradients",
        "gradients[name] += step[name]",
        "gradients[name] += step[name] / xs.shape[1]",
    )
