"""Mistakes of the gru unit. Functions here are read as source, not called: see `Mistake`."""
# ruff: noqa: B903, F821, N805, N806
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 1 reset gate, 2 update gate ------------------------------------------------------------


class ResetGateWithoutBias(Mistake):
    """Your reset gate leaves out the bias b_r of equation (1)."""

    caught_by = "gru.reset_gate"
    zh = "你的重置门漏掉了公式 (1) 中的偏置 b_r。"

    def reset_gate(x, h_prev, W_xr, W_hr, b_r):
        return sigmoid(x @ W_xr + h_prev @ W_hr)


class ResetGateWithTanh(Mistake):
    """Your reset gate uses tanh. A gate is a share between 0 and 1: equation (1) uses σ."""

    caught_by = "gru.reset_gate"
    zh = "你的重置门用了 tanh。门是 0 到 1 之间的比例：公式 (1) 用的是 σ。"

    def reset_gate(x, h_prev, W_xr, W_hr, b_r):
        return np.tanh(x @ W_xr + h_prev @ W_hr + b_r)


class ResetGateHardSigmoid(Mistake):
    """Your reset gate uses the hard sigmoid (a straight line, cut off). Equation (1) uses σ."""

    caught_by = "gru.reset_gate"
    zh = "你的重置门用了 hard sigmoid（截断的直线）。公式 (1) 用的是 σ。"

    def reset_gate(x, h_prev, W_xr, W_hr, b_r):
        return np.clip((x @ W_xr + h_prev @ W_hr + b_r) / 6 + 0.5, 0.0, 1.0)


class ResetGateIgnoresState(Mistake):
    """Your reset gate looks at x_t only. Equation (1) also has the term h_{t-1} W_hr."""

    caught_by = "gru.reset_gate"
    zh = "你的重置门只看 x_t。公式 (1) 还有 h_{t-1} W_hr 这一项。"

    def reset_gate(x, h_prev, W_xr, W_hr, b_r):
        return sigmoid(x @ W_xr + b_r)


class ResetGateTransposed(Mistake):
    """You multiply by W_hr transposed. With rows as batch, equation (1) is h_{t-1} W_hr."""

    caught_by = "gru.reset_gate"
    zh = "你乘的是 W_hr 的转置。样本按行排列时，公式 (1) 是 h_{t-1} W_hr。"

    def reset_gate(x, h_prev, W_xr, W_hr, b_r):
        return sigmoid(x @ W_xr + h_prev @ W_hr.T + b_r)


class ResetGateSumOfSigmoids(Mistake):
    """You add two sigmoids. Equation (1) adds first and takes σ of the sum."""

    caught_by = "gru.reset_gate"
    zh = "你把两个 sigmoid 相加。公式 (1) 是先相加，再取 σ。"

    def reset_gate(x, h_prev, W_xr, W_hr, b_r):
        return sigmoid(x @ W_xr + b_r) + sigmoid(h_prev @ W_hr)


class GateWithoutActivation(Mistake):
    """Your reset gate is the sum inside σ; the σ itself is missing."""

    caught_by = "gru.reset_gate"
    zh = "你的重置门只算了 σ 里面的和，漏了 σ 本身。"

    def reset_gate(x, h_prev, W_xr, W_hr, b_r):
        return x @ W_xr + h_prev @ W_hr + b_r


class UpdateGateWithoutBias(Mistake):
    """Your update gate leaves out the bias b_z of equation (2)."""

    caught_by = "gru.update_gate"
    zh = "你的更新门漏掉了公式 (2) 中的偏置 b_z。"

    def update_gate(x, h_prev, W_xz, W_hz, b_z):
        return sigmoid(x @ W_xz + h_prev @ W_hz)


class UpdateGateBiasTwice(Mistake):
    """Your update gate adds b_z twice (one bias for x, one for h). Equation (2) has one bias."""

    caught_by = "gru.update_gate"
    zh = "你的更新门把 b_z 加了两次（x 一次，h 一次）。公式 (2) 只有一个偏置。"

    def update_gate(x, h_prev, W_xz, W_hz, b_z):
        return sigmoid(x @ W_xz + b_z + h_prev @ W_hz + b_z)


class UpdateGateTanh(Mistake):
    """Your update gate uses tanh. It weighs old against new, so equation (2) uses σ."""

    caught_by = "gru.update_gate"
    zh = "你的更新门用了 tanh。它要在旧与新之间加权，所以公式 (2) 用 σ。"

    def update_gate(x, h_prev, W_xz, W_hz, b_z):
        return np.tanh(x @ W_xz + h_prev @ W_hz + b_z)


class UpdateGateComplement(Mistake):
    """You return 1 − z. In the lecture z keeps the old state; some papers call 1 − z "z"."""

    caught_by = "gru.update_gate"
    zh = "你返回的是 1 − z。本课中 z 保留旧状态；有的论文把 1 − z 叫作 z。"

    def update_gate(x, h_prev, W_xz, W_hz, b_z):
        return 1.0 - sigmoid(x @ W_xz + h_prev @ W_hz + b_z)


class UpdateGateTransposed(Mistake):
    """You multiply by W_hz transposed. With rows as batch, equation (2) is h_{t-1} W_hz."""

    caught_by = "gru.update_gate"
    zh = "你乘的是 W_hz 的转置。样本按行排列时，公式 (2) 是 h_{t-1} W_hz。"

    def update_gate(x, h_prev, W_xz, W_hz, b_z):
        return sigmoid(x @ W_xz + h_prev @ W_hz.T + b_z)


# --- 3 candidate ----------------------------------------------------------------------------


class ResetAfterProduct(Mistake):
    """Your reset gate scales h W_hh. Equation (3) scales h first: (r ⊙ h) W_hh."""

    caught_by = "gru.candidate"
    zh = "你的重置门作用在 h W_hh 上。公式 (3) 先缩放 h：(r ⊙ h) W_hh。"

    def candidate(x, h_prev, r, W_xh, W_hh, b_h):
        return np.tanh(x @ W_xh + r * (h_prev @ W_hh) + b_h)


class ResetAfterProductAndBias(Mistake):
    """Your reset gate scales h W_hh + b_h (Keras's default, PyTorch). Equation (3): (r ⊙ h) W_hh + b_h."""

    caught_by = "gru.candidate"
    zh = "你的重置门作用在 h W_hh + b_h 上（Keras 默认和 PyTorch 的做法）。公式 (3)：(r ⊙ h) W_hh + b_h。"

    def candidate(x, h_prev, r, W_xh, W_hh, b_h):
        return np.tanh(x @ W_xh + r * (h_prev @ W_hh + b_h))


class CandidateWithSigmoid(Mistake):
    """Your candidate uses σ, so the state can never be negative. Equation (3) uses tanh."""

    caught_by = "gru.candidate"
    zh = "你的候选状态用了 σ，状态就永远不会是负的。公式 (3) 用 tanh。"

    def candidate(x, h_prev, r, W_xh, W_hh, b_h):
        return sigmoid(x @ W_xh + (r * h_prev) @ W_hh + b_h)


class CandidateIgnoresReset(Mistake):
    """Your candidate does not use r: it is the plain RNN's state. Equation (3) has r ⊙ h_{t-1}."""

    caught_by = "gru.candidate"
    zh = "你的候选状态没有用 r，成了普通 RNN 的状态。公式 (3) 中是 r ⊙ h_{t-1}。"

    def candidate(x, h_prev, r, W_xh, W_hh, b_h):
        return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)


class CandidateWithoutBias(Mistake):
    """Your candidate leaves out the bias b_h of equation (3)."""

    caught_by = "gru.candidate"
    zh = "你的候选状态漏掉了公式 (3) 中的偏置 b_h。"

    def candidate(x, h_prev, r, W_xh, W_hh, b_h):
        return np.tanh(x @ W_xh + (r * h_prev) @ W_hh)


class CandidateResetsInput(Mistake):
    """Your reset gate scales the input's part as well. In equation (3) it scales h_{t-1} only."""

    caught_by = "gru.candidate"
    zh = "你的重置门连输入那一项也缩放了。公式 (3) 中它只缩放 h_{t-1}。"

    def candidate(x, h_prev, r, W_xh, W_hh, b_h):
        return np.tanh(r * (x @ W_xh) + (r * h_prev) @ W_hh + b_h)


class CandidateResetComplement(Mistake):
    """Your candidate uses 1 − r. In equation (3), r = 1 lets the state through: r ⊙ h_{t-1}."""

    caught_by = "gru.candidate"
    zh = "你的候选状态用了 1 − r。公式 (3) 中 r = 1 表示让状态通过：r ⊙ h_{t-1}。"

    def candidate(x, h_prev, r, W_xh, W_hh, b_h):
        return np.tanh(x @ W_xh + ((1 - r) * h_prev) @ W_hh + b_h)


# --- 4 new state ----------------------------------------------------------------------------


class UpdateSwapped(Mistake):
    """You have z and 1 − z swapped. In equation (4) z = 1 keeps the old state: z ⊙ h_{t-1}."""

    caught_by = "gru.new_state"
    zh = "你把 z 和 1 − z 对调了。公式 (4) 中 z = 1 保留旧状态：z ⊙ h_{t-1}。"

    def new_state(z, h_prev, h_tilde):
        return (1 - z) * h_prev + z * h_tilde


class NewStateAddsAll(Mistake):
    """You add the whole candidate. Equation (4) weighs it with 1 − z, so that the shares sum to 1."""

    caught_by = "gru.new_state"
    zh = "你把整个候选状态加上去了。公式 (4) 用 1 − z 加权，使两份权重之和为 1。"

    def new_state(z, h_prev, h_tilde):
        return z * h_prev + h_tilde


class NewStateAppliesTanh(Mistake):
    """You take tanh once more. Equation (4) is a weighted mean; the tanh is in the candidate."""

    caught_by = "gru.new_state"
    zh = "你又取了一次 tanh。公式 (4) 只是加权平均；tanh 已在候选状态里。"

    def new_state(z, h_prev, h_tilde):
        return np.tanh(z * h_prev + (1 - z) * h_tilde)


class NewStateIsCandidate(Mistake):
    """You return (1 − z) ⊙ h̃ only; the share of the old state, z ⊙ h_{t-1}, is missing."""

    caught_by = "gru.new_state"
    zh = "你只返回了 (1 − z) ⊙ h̃；漏了旧状态那一份 z ⊙ h_{t-1}。"

    def new_state(z, h_prev, h_tilde):
        return (1 - z) * h_tilde


# --- 5 one step, over time ------------------------------------------------------------------


class GatesSwapped(Mistake):
    """Your reset and update gate have changed places: r goes into the candidate, z into equation (4)."""

    caught_by = "gru.one_step"
    zh = "你的重置门和更新门换了位置：r 用于候选状态，z 用于公式 (4)。"

    def gru_step(x, h_prev, params):
        p = params
        z = reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"])
        r = update_gate(x, h_prev, p["W_xz"], p["W_hz"], p["b_z"])
        h_tilde = candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"])
        return new_state(z, h_prev, h_tilde)


class StepReturnsCandidate(Mistake):
    """Your step returns the candidate h̃_t; the last line, equation (4), is missing."""

    caught_by = "gru.one_step"
    zh = "你的一步返回了候选状态 h̃_t；漏了最后一行公式 (4)。"

    def gru_step(x, h_prev, params):
        p = params
        r = reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"])
        return candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"])


class UpdateGateSeesReset(Mistake):
    """Your update gate gets r ⊙ h. In equation (2) it sees h_{t-1} itself; r belongs to (3) only."""

    caught_by = "gru.one_step"
    zh = "你的更新门用了 r ⊙ h。公式 (2) 中它看到的是 h_{t-1} 本身；r 只属于公式 (3)。"

    def gru_step(x, h_prev, params):
        p = params
        r = reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"])
        z = update_gate(x, r * h_prev, p["W_xz"], p["W_hz"], p["b_z"])
        h_tilde = candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"])
        return new_state(z, h_prev, h_tilde)


class StateNotCarried(Mistake):
    """Every step starts from h_0: the state of the step before is not carried on."""

    caught_by = "gru.over_time"
    zh = "每一步都从 h_0 出发：上一步的状态没有传下去。"

    def gru_over_time(xs, h_0, params):
        hs = [gru_step(xs[:, t], h_0, params) for t in range(xs.shape[1])]
        return np.stack(hs, axis=1), hs[-1]


class StartsFromZero(Mistake):
    """You start from zeros and ignore the h_0 that was passed in."""

    caught_by = "gru.over_time"
    zh = "你从零状态出发，没有用传入的 h_0。"

    def gru_over_time(xs, h_0, params):
        h, hs = np.zeros_like(h_0), []
        for t in range(xs.shape[1]):
            h = gru_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs, axis=1), h


class TimeAxisFirst(Mistake):
    """Your states are stacked as (time, batch, units); stack them along axis 1."""

    caught_by = "gru.over_time"
    zh = "你的状态按 (时间, 批量, 单元) 堆叠；应沿第 1 轴堆叠。"

    def gru_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in range(xs.shape[1]):
            h = gru_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs, axis=0), h


class StatesBeforeTheStep(Mistake):
    """You keep the state before each step (h_0 … h_{T-1}); expected the states after: h_1 … h_T."""

    caught_by = "gru.over_time"
    zh = "你记录的是每步之前的状态（h_0 … h_{T-1}）；应记录每步之后的：h_1 … h_T。"

    def gru_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in range(xs.shape[1]):
            hs.append(h)
            h = gru_step(xs[:, t], h, params)
        return np.stack(hs, axis=1), h


class BackwardsInTime(Mistake):
    """You read the sequence from its end; the first step must read xs[:, 0]."""

    caught_by = "gru.over_time"
    zh = "你从序列末尾往前读；第一步应读 xs[:, 0]。"

    def gru_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in reversed(range(xs.shape[1])):
            h = gru_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs, axis=1), h


class FirstStateReturnedLast(Mistake):
    """The second value you return is the first state; expected the last one, h_T."""

    caught_by = "gru.over_time"
    zh = "你返回的第二个值是第一个状态；应为最后一个状态 h_T。"

    def gru_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in range(xs.shape[1]):
            h = gru_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs, axis=1), hs[0]


# --- 6 limiting cases -----------------------------------------------------------------------


class CopyWithClosedUpdateGate(Mistake):
    """Your update gate is 0, which replaces the state. To copy it, equation (4) needs z = 1: b_z large."""

    caught_by = "gru.limit_copy"
    zh = "你的更新门为 0，状态被替换掉了。要复制状态，公式 (4) 需要 z = 1：取很大的 b_z。"

    def copy_params(params):
        zero = {"W_xz": 0 * params["W_xz"], "W_hz": 0 * params["W_hz"]}
        return {**params, **zero, "b_z": 0 * params["b_z"] - 100.0}


class CopyWithTheResetGate(Mistake):
    """You open the reset gate; copying the state is the update gate's work: z = 1 in equation (4)."""

    caught_by = "gru.limit_copy"
    zh = "你打开的是重置门；复制状态靠更新门：公式 (4) 中 z = 1。"

    def copy_params(params):
        zero = {"W_xr": 0 * params["W_xr"], "W_hr": 0 * params["W_hr"]}
        return {**params, **zero, "b_r": 0 * params["b_r"] + 100.0}


class CopyChangesItsArgument(Mistake):
    """You write into the dict that was passed in, so the caller's parameters are gone; copy it first."""

    caught_by = "gru.limit_copy"
    zh = "你改写了传入的字典，调用者的参数就丢了；请先复制一份。"

    def copy_params(params):
        params["W_xz"] = 0 * params["W_xz"]
        params["W_hz"] = 0 * params["W_hz"]
        params["b_z"] = 0 * params["b_z"] + 100.0
        return params


class PlainRNNWithClosedReset(Mistake):
    """Your reset gate is 0, so h_{t-1} is gone. The plain RNN needs r = 1: b_r large and positive."""

    caught_by = "gru.limit_plain_rnn"
    zh = "你的重置门为 0，h_{t-1} 就没有了。普通 RNN 需要 r = 1：取很大的正 b_r。"

    def plain_rnn_params(params):
        p = {name: 0 * params[name] for name in ("W_xr", "W_hr", "W_xz", "W_hz")}
        return {**params, **p, "b_r": 0 * params["b_r"] - 100.0, "b_z": 0 * params["b_z"] - 100.0}


class PlainRNNGatesHalfOpen(Mistake):
    """You set the gates' parameters to 0; then σ(0) = ½ and both gates are half open. Use biases of ±50."""

    caught_by = "gru.limit_plain_rnn"
    zh = "你把门的参数设为 0，于是 σ(0) = ½，两个门都半开。请把偏置取为 ±50。"

    def plain_rnn_params(params):
        return {n: 0 * a if n[-1] in "rz" else a for n, a in params.items()}


class PlainRNNKeepsUpdateGate(Mistake):
    """You only open the reset gate. The plain RNN also needs z = 0, or part of the old state is kept."""

    caught_by = "gru.limit_plain_rnn"
    zh = "你只打开了重置门。普通 RNN 还需要 z = 0，否则会留下一部分旧状态。"

    def plain_rnn_params(params):
        p = {name: 0 * params[name] for name in ("W_xr", "W_hr")}
        return {**params, **p, "b_r": 0 * params["b_r"] + 100.0}


class ForgetKeepsUpdateGate(Mistake):
    """You only close the reset gate; equation (4) still keeps z ⊙ h_{t-1}. To forget, z = 0 as well."""

    caught_by = "gru.limit_forget"
    zh = "你只关上了重置门；公式 (4) 仍保留 z ⊙ h_{t-1}。要忘记，还需 z = 0。"

    def forget_params(params):
        p = {name: 0 * params[name] for name in ("W_xr", "W_hr")}
        return {**params, **p, "b_r": 0 * params["b_r"] - 100.0}


class ForgetWithOpenReset(Mistake):
    """Your reset gate is 1: that is the plain RNN, which still sees h_{t-1}. To forget, r = 0."""

    caught_by = "gru.limit_forget"
    zh = "你的重置门为 1：那是普通 RNN，仍能看到 h_{t-1}。要忘记，需 r = 0。"

    def forget_params(params):
        p = {name: 0 * params[name] for name in ("W_xr", "W_hr", "W_xz", "W_hz")}
        return {**params, **p, "b_r": 0 * params["b_r"] + 100.0, "b_z": 0 * params["b_z"] - 100.0}


class ForgetByZeroingTheCandidate(Mistake):
    """You set W_hh to 0. The task changes the gates only: r = 0 hides the state, W_hh stays."""

    caught_by = "gru.limit_forget"
    zh = "你把 W_hh 设成了 0。本题只许改门的参数：r = 0 遮住状态，W_hh 保持不变。"

    def forget_params(params):
        p = {name: 0 * params[name] for name in ("W_xz", "W_hz", "W_hh")}
        return {**params, **p, "b_z": 0 * params["b_z"] - 100.0}


# --- 10 reading the gates -------------------------------------------------------------------


class GatesFromTheFirstState(Mistake):
    """You compute all gates from h_0. The gates of step t see h_{t-1}: take the step in between."""

    caught_by = "gru.gates_over_time"
    zh = "你所有的门都用 h_0 计算。第 t 步的门看到的是 h_{t-1}：两步之间要更新状态。"

    def gates_over_time(xs, h_0, params):
        p = params
        steps = range(xs.shape[1])
        r = [reset_gate(xs[:, t], h_0, p["W_xr"], p["W_hr"], p["b_r"]) for t in steps]
        z = [update_gate(xs[:, t], h_0, p["W_xz"], p["W_hz"], p["b_z"]) for t in steps]
        return np.stack(r, axis=1), np.stack(z, axis=1)


class GatesFromTheNewState(Mistake):
    """You compute the gates of step t from h_t. Equations (1) and (2) use the state before: h_{t-1}."""

    caught_by = "gru.gates_over_time"
    zh = "你用 h_t 计算第 t 步的门。公式 (1)、(2) 用的是之前的状态 h_{t-1}。"

    def gates_over_time(xs, h_0, params):
        p, h, r, z = params, h_0, [], []
        for t in range(xs.shape[1]):
            h = gru_step(xs[:, t], h, p)
            r.append(reset_gate(xs[:, t], h, p["W_xr"], p["W_hr"], p["b_r"]))
            z.append(update_gate(xs[:, t], h, p["W_xz"], p["W_hz"], p["b_z"]))
        return np.stack(r, axis=1), np.stack(z, axis=1)


class GatesReturnedSwapped(Mistake):
    """You return (z, r); expected (r, z): the reset gate first."""

    caught_by = "gru.gates_over_time"
    zh = "你返回的是 (z, r)；应为 (r, z)，重置门在前。"

    def gates_over_time(xs, h_0, params):
        p, h, r, z = params, h_0, [], []
        for t in range(xs.shape[1]):
            r.append(reset_gate(xs[:, t], h, p["W_xr"], p["W_hr"], p["b_r"]))
            z.append(update_gate(xs[:, t], h, p["W_xz"], p["W_hz"], p["b_z"]))
            h = gru_step(xs[:, t], h, p)
        return np.stack(z, axis=1), np.stack(r, axis=1)


class HalfLifeOfTheMean(Mistake):
    """You take ln of the mean of z. Shares multiply over time, so take the mean of ln z."""

    caught_by = "gru.half_life"
    zh = "你对 z 的平均值取了 ln。比例随时间相乘，所以应对 ln z 取平均。"

    def half_life(z):
        return np.log(0.5) / np.log(z.mean(axis=(0, 1)))


class HalfLifeInBits(Mistake):
    """You divide ln ½ by a logarithm of base 2; the base cancels only if both are the same."""

    caught_by = "gru.half_life"
    zh = "你用 ln ½ 除以以 2 为底的对数；两处底数相同才能约掉。"

    def half_life(z):
        return np.log(0.5) / np.log2(z).mean(axis=(0, 1))


class TimeConstant(Mistake):
    """You give 1 / (1 − z), the time constant. The half-life is where z^n = ½: ln ½ / ln z."""

    caught_by = "gru.half_life"
    zh = "你给出的是时间常数 1 / (1 − z)。半衰期满足 zⁿ = ½：ln ½ / ln z。"

    def half_life(z):
        return 1.0 / (1.0 - z).mean(axis=(0, 1))


class EFoldingTime(Mistake):
    """You give −1 / mean ln z, the steps until 1/e is left. For one half, multiply by ln 2."""

    caught_by = "gru.half_life"
    zh = "你给出的是 −1 / 平均 ln z，即剩下 1/e 的步数。要剩一半，再乘 ln 2。"

    def half_life(z):
        return -1.0 / np.log(z).mean(axis=(0, 1))


class HalfLifeNegative(Mistake):
    """Your half-life is negative: you have ln 2 / ln z. ln ½ and ln z are both negative."""

    caught_by = "gru.half_life"
    zh = "你的半衰期是负数：你用了 ln 2 / ln z。ln ½ 和 ln z 都是负的。"

    def half_life(z):
        return np.log(2.0) / np.log(z).mean(axis=(0, 1))


class HalfLifeOfOneMinusZ(Mistake):
    """You use 1 − z, the share of the new. What is left of the old after n steps is z^n."""

    caught_by = "gru.half_life"
    zh = "你用了 1 − z，那是新信息的份额。n 步之后旧信息剩下 zⁿ。"

    def half_life(z):
        return np.log(0.5) / np.log(1.0 - z).mean(axis=(0, 1))


class HalfLifeOverAll(Mistake):
    """You average over the units too and return one number; every unit has its own half-life."""

    caught_by = "gru.half_life"
    zh = "你把单元也平均掉了，只返回一个数；每个单元有自己的半衰期。"

    def half_life(z):
        return np.log(0.5) / np.log(z).mean()
