"""Mistakes of the bptt unit, tasks 1 to 3. Functions here are read as source: see `Mistake`."""
# ruff: noqa: B903, F821, N805, N806
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 1 the linear RNN -----------------------------------------------------------------------


class OutputWeightsOfLastStep(Mistake):
    """You took the last step only. Every step has an output: equation (1) sums over all t."""

    caught_by = "bptt.linear_W_ho"
    zh = "你只取了最后一步。每一步都有输出：公式 (1) 对所有 t 求和。"

    def linear_W_ho_gradient(hs, d_os):
        return hs[:, -1].T @ d_os[:, -1]


class OutputWeightsMean(Mistake):
    """You averaged over the batch. L is a sum, so dL/dW_ho is a sum over batch and time."""

    caught_by = "bptt.linear_W_ho"
    zh = "你对批量取了平均。L 是求和，所以 dL/dW_ho 也对批量和时间求和。"
    edit = ("linear_W_ho_gradient", '", hs, d_os)', '", hs, d_os) / len(hs)')


class OutputWeightsShifted(Mistake):
    """You pair each output with the state before it. o_t is made from h_t of the same step."""

    caught_by = "bptt.linear_W_ho"
    zh = "你把每个输出与前一步的状态配对。o_t 是由同一步的 h_t 得到的。"

    def linear_W_ho_gradient(hs, d_os):
        return np.einsum("btu,bto->uo", hs[:, :-1], d_os[:, 1:])


class OutputWeightsLecturesWay(Mistake):
    """This is the gradient of the lecture's W_oh, for columns. Our W_ho is its transpose."""

    caught_by = "bptt.linear_W_ho"
    zh = "这是课上（列向量）W_oh 的梯度。我们的 W_ho 是它的转置。"
    edit = ("linear_W_ho_gradient", "->uo", "->ou")


class LinearCurrentState(Mistake):
    """You used h_i. What W_hh was multiplied with in step i is h_{i-1}, the state before."""

    caught_by = "bptt.linear_W_hh"
    zh = "你用了 h_i。第 i 步与 W_hh 相乘的是前一个状态 h_{i-1}。"
    edit = ("linear_W_hh_gradient", "befores[:, i]", "hs[:, i]")


class LinearStartsAtZero(Mistake):
    """Your first step begins with zeros. It began with h_0, which is given and not zero."""

    caught_by = "bptt.linear_W_hh"
    zh = "你的第一步从零状态出发。它应从给定的 h_0 出发，而 h_0 不为零。"
    edit = ("linear_W_hh_gradient", "states_before(hs, h_0)", "states_before(hs, 0 * h_0)")


class LinearPowerNotTransposed(Mistake):
    """You multiply by W_hh on the way back. Equation (2) has its transpose there."""

    caught_by = "bptt.linear_W_hh"
    zh = "往回走时你乘的是 W_hh。公式 (2) 里是它的转置。"
    edit = ("linear_W_hh_gradient", 'params["W_hh"].T', 'params["W_hh"]')


class LinearDirectTermsOnly(Mistake):
    """You kept the terms with i = t only. A loss also feels W_hh at work in all earlier steps."""

    caught_by = "bptt.linear_W_hh"
    zh = "你只保留了 i = t 的项。损失还受之前各步中 W_hh 的影响。"
    edit = ("linear_W_hh_gradient", "range(t, -1, -1)", "range(t, t - 1, -1)")


class LinearOneFactorTooMany(Mistake):
    """One factor W_hhᵀ too many: for i = t there is none (the slides' product runs one too far)."""

    caught_by = "bptt.linear_W_hh"
    zh = "多乘了一个 W_hhᵀ：i = t 时一个也没有（课件上的连乘多取了一项）。"
    edit = (
        "linear_W_hh_gradient",
        'params["W_ho"].T',
        'params["W_ho"].T @ params["W_hh"].T',
    )


class LinearLastLossOnly(Mistake):
    """Only the loss of the last step counts in yours. Equation (2) sums over the losses of all t."""

    caught_by = "bptt.linear_W_hh"
    zh = "你只算了最后一步的损失。公式 (2) 对所有 t 的损失求和。"
    edit = ("linear_W_hh_gradient", "in range(hs.shape[1])", "in [hs.shape[1] - 1]")


class LinearForwardInTime(Mistake):
    """You sum over i ≥ t. A loss feels what happened before it, never what comes after: i ≤ t."""

    caught_by = "bptt.linear_W_hh"
    zh = "你对 i ≥ t 求和。损失只受之前发生的事影响，不受之后的影响：i ≤ t。"
    edit = ("linear_W_hh_gradient", "range(t, -1, -1)", "range(t, hs.shape[1])")


class LinearMeanOverTime(Mistake):
    """You divided dL/dW_hh by the number of steps. L is a sum over time, not a mean."""

    caught_by = "bptt.linear_W_hh"
    zh = "你把 dL/dW_hh 除以了步数。L 对时间是求和，不是平均。"
    edit = ("linear_W_hh_gradient", "return total", "return total / hs.shape[1]")


class LinearWithTanh(Mistake):
    """You multiply by 1 − h². The linear RNN has no tanh: its only factor is W_hhᵀ."""

    caught_by = "bptt.linear_W_hh"
    zh = "你乘了 1 − h²。线性 RNN 没有 tanh，因子只有 W_hhᵀ。"
    edit = (
        "linear_W_hh_gradient",
        'arrives = arrives @ params["W_hh"].T',
        'arrives = (arrives * (1 - hs[:, i] ** 2)) @ params["W_hh"].T',
    )


class LinearInputBefore(Mistake):
    """You pair step i with x_{i-1}. In this notebook h_i reads x_i, which is row i − 1 of xs."""

    caught_by = "bptt.linear_W_xh"
    zh = "你把第 i 步与 x_{i-1} 配对。本作业中 h_i 读的是 x_i，即 xs 的第 i − 1 行。"
    edit = ("linear_W_xh_gradient", "xs[:, i].T", "xs[:, i - 1].T * (i > 0)")


class LinearInputDirectOnly(Mistake):
    """You kept i = t only. An earlier input is in later states, too: sum over all i ≤ t."""

    caught_by = "bptt.linear_W_xh"
    zh = "你只保留了 i = t。更早的输入也留在后面的状态里：对所有 i ≤ t 求和。"
    edit = ("linear_W_xh_gradient", "range(t, -1, -1)", "range(t, t - 1, -1)")


class LinearInputOneFactorTooMany(Mistake):
    """For i = t nothing was sent back yet, so there is no factor W_hhᵀ: use it after the term."""

    caught_by = "bptt.linear_W_xh"
    zh = "i = t 时还没有往回走，没有因子 W_hhᵀ：加完这一项再乘。"
    edit = (
        "linear_W_xh_gradient",
        'params["W_ho"].T',
        'params["W_ho"].T @ params["W_hh"].T',
    )


class LinearInputNotTransposed(Mistake):
    """Equation (3) has powers of W_hh transposed; yours has W_hh itself."""

    caught_by = "bptt.linear_W_xh"
    zh = "公式 (3) 里是 W_hh 转置的幂；你用的是 W_hh 本身。"
    edit = ("linear_W_xh_gradient", 'params["W_hh"].T', 'params["W_hh"]')


class LinearInputOverwritten(Mistake):
    """Each term replaces the one before (=). Equation (3) is a sum: add the terms up (+=)."""

    caught_by = "bptt.linear_W_xh"
    zh = "每一项都覆盖了前一项（=）。公式 (3) 是求和：要累加（+=）。"
    edit = ("linear_W_xh_gradient", "total = total + xs", "total = xs")


# --- 2 the recursion, line by line ----------------------------------------------------------


class LossMeanOverAll(Mistake):
    """You divided by batch × time. Here L is the sum of the losses, so nothing is divided."""

    caught_by = "bptt.output_gradient"
    zh = "你除以了批量×时间。这里 L 是各项损失之和，不用除。"

    def output_gradient(os, ys):
        return (softmax(os) - np.eye(os.shape[-1])[ys]) / ys.size


class LossGradientSign(Mistake):
    """The sign is turned: equation (4) is softmax minus one-hot, the way up for the loss."""

    caught_by = "bptt.output_gradient"
    zh = "符号反了：公式 (4) 是 softmax 减独热向量，即损失上升的方向。"
    edit = (
        "output_gradient",
        "softmax(os) - np.eye(os.shape[-1])[ys]",
        "np.eye(os.shape[-1])[ys] - softmax(os)",
    )


class LossGradientOfProbability(Mistake):
    """−1/p is the derivative with respect to the probability. Go on, through softmax, to o_t."""

    caught_by = "bptt.output_gradient"
    zh = "−1/p 是对概率的导数。还要继续穿过 softmax，一直求到 o_t。"
    edit = (
        "output_gradient",
        "softmax(os) - np.eye(os.shape[-1])[ys]",
        "-np.eye(os.shape[-1])[ys] / np.maximum(softmax(os), 1e-300)",
    )


class LossGradientWithoutTarget(Mistake):
    """Your gradient is softmax alone; equation (4) takes the one-hot target away from it."""

    caught_by = "bptt.output_gradient"
    zh = "你的梯度只有 softmax；公式 (4) 还要减去目标的独热向量。"
    edit = ("output_gradient", "softmax(os) - np.eye(os.shape[-1])[ys]", "softmax(os)")


class LossGradientOfSquares(Mistake):
    """o − onehot(y) belongs to the squared error. The cross-entropy has softmax(o) in its place."""

    caught_by = "bptt.output_gradient"
    zh = "o − onehot(y) 属于平方误差。交叉熵在那里是 softmax(o)。"
    edit = ("output_gradient", "softmax(os) -", "os -")


class SoftmaxOverTime(Mistake):
    """Your softmax sums over time. It is a distribution over tokens: sum over the last axis."""

    caught_by = "bptt.output_gradient"
    zh = "你的 softmax 对时间求和。它是词元上的分布：应对最后一个轴求和。"
    edit = ("output_gradient", "softmax(os)", "np.swapaxes(softmax(np.swapaxes(os, 1, 2)), 1, 2)")


class SoftmaxOverflows(Mistake):
    """exp of a large output overflows, and inf/inf is NaN. The given softmax subtracts the largest."""

    caught_by = "bptt.output_gradient"
    zh = "较大的输出取 exp 会溢出，inf/inf 得 NaN。给定的 softmax 先减去了最大值。"

    def output_gradient(os, ys):
        with np.errstate(all="ignore"):
            p = np.exp(os) / np.exp(os).sum(axis=-1, keepdims=True)
        return p - np.eye(os.shape[-1])[ys]


class TargetsShiftedAgain(Mistake):
    """You took the target of the next step. y_t already is what follows; no shift is needed."""

    caught_by = "bptt.output_gradient"
    zh = "你取了下一步的目标。y_t 已经是要预测的内容，不用再移位。"
    edit = ("output_gradient", "[ys]", "[np.roll(ys, -1, axis=1)]")


class OwnPartOfLastStepOnly(Mistake):
    """Only the last step has a loss in yours. Every output has one: L = Σ_t l_t."""

    caught_by = "bptt.own_part"
    zh = "你只让最后一步有损失。每个输出都有损失：L = Σ_t l_t。"

    def own_part(d_os, W_ho):
        gs = d_os @ W_ho.T
        gs[:, :-1] = 0
        return gs


class OwnPartOfAllLaterSteps(Mistake):
    """You added what later losses say. g_t is the own step's part; the later ones come in line 5."""

    caught_by = "bptt.own_part"
    zh = "你把后面各步的损失也加进来了。g_t 只是本步那一份，后面的到第五行再加。"
    edit = ("own_part", "d_os @ W_ho.T", "np.cumsum((d_os @ W_ho.T)[:, ::-1], axis=1)[:, ::-1]")


class OwnPartMean(Mistake):
    """You divided g_t by the batch size. The rows of a batch are separate sequences."""

    caught_by = "bptt.own_part"
    zh = "你把 g_t 除以了批量大小。批量中的各行是互不相干的序列。"
    edit = ("own_part", "d_os @ W_ho.T", "d_os @ W_ho.T / len(d_os)")


class OwnPartNotTransposed(Mistake):
    """W_ho leads from units to outputs; the way back needs its transpose."""

    caught_by = "bptt.own_part"
    zh = "W_ho 从单元通向输出；往回走要用它的转置。"
    explains = False  # the shapes do not fit: NumPy raises
    edit = ("own_part", "W_ho.T", "W_ho")


class NoTanhSlope(Mistake):
    """The factor 1 − h² is missing: back through tanh, δ is multiplied by its slope."""

    caught_by = "bptt.through_tanh"
    zh = "漏了因子 1 − h²：反向穿过 tanh 时，δ 要乘上它的斜率。"
    edit = ("through_tanh", "delta * (1 - h**2)", "delta")


class TanhOfTheState(Mistake):
    """You took tanh of h. h already is tanh(a), so its slope is 1 − h², not 1 − tanh(h)²."""

    caught_by = "bptt.through_tanh"
    zh = "你对 h 又取了 tanh。h 已经是 tanh(a)，斜率是 1 − h²，不是 1 − tanh(h)²。"
    edit = ("through_tanh", "1 - h**2", "1 - np.tanh(h) ** 2")


class SlopeWithoutSquare(Mistake):
    """Your slope is 1 − h. The derivative of tanh is 1 − tanh², so h has to be squared."""

    caught_by = "bptt.through_tanh"
    zh = "你的斜率是 1 − h。tanh 的导数是 1 − tanh²，h 要平方。"
    edit = ("through_tanh", "h**2", "h")


class SlopeOfSigmoid(Mistake):
    """h (1 − h) is the slope of the sigmoid. That of tanh is 1 − h²."""

    caught_by = "bptt.through_tanh"
    zh = "h (1 − h) 是 sigmoid 的斜率。tanh 的斜率是 1 − h²。"
    edit = ("through_tanh", "(1 - h**2)", "h * (1 - h)")


class SlopeAlone(Mistake):
    """You return the slope 1 − h² alone; equation (6) multiplies it with δ."""

    caught_by = "bptt.through_tanh"
    zh = "你只返回了斜率 1 − h²；公式 (6) 还要与 δ 相乘。"
    edit = ("through_tanh", "delta * (1 - h**2)", "1 - h**2")


class SlopeDivides(Mistake):
    """You divide by 1 − h². The chain rule multiplies: a flat tanh lets little through."""

    caught_by = "bptt.through_tanh"
    zh = "你除以了 1 − h²。链式法则是相乘：tanh 越平，通过的越少。"
    edit = ("through_tanh", "delta * (1 - h**2)", "delta / (1 - h**2)")


class BackNotTransposed(Mistake):
    """You multiply ε by W_hh. Unit i gets Σ_j W_hh[i, j] ε[j], which is ε W_hhᵀ."""

    caught_by = "bptt.one_step_back"
    zh = "你把 ε 乘以 W_hh。单元 i 收回的是 Σ_j W_hh[i, j] ε[j]，即 ε W_hhᵀ。"
    edit = ("one_step_back", "W_hh.T", "W_hh")


class BackInverted(Mistake):
    """You undo the step with the inverse of W_hh. A gradient goes back through the transpose."""

    caught_by = "bptt.one_step_back"
    zh = "你用 W_hh 的逆把这一步撤销了。梯度往回走用的是转置。"
    edit = ("one_step_back", "W_hh.T", "np.linalg.inv(W_hh)")


class DeltasWithoutLaterSteps(Mistake):
    """Your δ_t is g_t alone. What the next state sends back, ε_{t+1} W_hhᵀ, is missing."""

    caught_by = "bptt.deltas"
    zh = "你的 δ_t 只有 g_t。漏了下一个状态传回来的 ε_{t+1} W_hhᵀ。"
    edit = ("deltas", "gs[:, t] + back", "gs[:, t]")


class DeltasOfLastLossOnly(Mistake):
    """Only δ_T has its own part in yours. Every state has an output: add g_t at each step."""

    caught_by = "bptt.deltas"
    zh = "你只有 δ_T 含自己那一份。每个状态都有输出：每一步都要加 g_t。"
    edit = ("deltas", "gs[:, t] + back", "back if back.any() else gs[:, t]")


class DeltasWithoutTanh(Mistake):
    """You send δ back without passing tanh: equation (8) sends ε_{t+1} = δ_{t+1} ⊙ (1 − h_{t+1}²)."""

    caught_by = "bptt.deltas"
    zh = "你没有穿过 tanh 就把 δ 往回送：公式 (8) 送的是 ε_{t+1} = δ_{t+1} ⊙ (1 − h_{t+1}²)。"
    edit = ("deltas", "through_tanh(found[:, t], hs[:, t])", "found[:, t]")


class DeltasSlopeOfEarlierState(Mistake):
    """The slope is that of the state you come from, h_{t+1}; you took the one you go to, h_t."""

    caught_by = "bptt.deltas"
    zh = "斜率应取出发的那个状态 h_{t+1}；你取了要去的那个 h_t。"
    edit = ("deltas", "hs[:, t])", "hs[:, max(t - 1, 0)])")


class DeltasOneStepOnly(Mistake):
    """You send back g_{t+1} only. δ_{t+1} holds what came from even later steps: send that."""

    caught_by = "bptt.deltas"
    zh = "你只把 g_{t+1} 往回送。δ_{t+1} 还含有更后面传来的部分：应送 δ_{t+1}。"
    edit = ("deltas", "through_tanh(found[:, t]", "through_tanh(gs[:, t]")


class DeltasForwardInTime(Mistake):
    """Your loop runs forward in time. δ_t needs δ_{t+1}: begin with the last step."""

    caught_by = "bptt.deltas"
    zh = "你的循环沿时间正向进行。δ_t 要用到 δ_{t+1}：从最后一步开始。"
    edit = ("deltas", "reversed(range(hs.shape[1]))", "range(hs.shape[1])")


class DeltaZeroIsDeltaOne(Mistake):
    """You return δ_1 as δ_0. h_0 lies one step before: δ_0 = ε_1 W_hhᵀ, with no own part."""

    caught_by = "bptt.deltas"
    zh = "你把 δ_1 当成 δ_0 返回了。h_0 还要再往前一步：δ_0 = ε_1 W_hhᵀ，没有自己那一份。"
    edit = ("deltas", "return found, back", "return found, found[:, 0]")


class DeltaZeroForgotten(Mistake):
    """Your δ_0 is zero. h_0 has no output, but it acts on the loss through h_1."""

    caught_by = "bptt.deltas"
    zh = "你的 δ_0 是零。h_0 没有输出，但它通过 h_1 影响损失。"
    edit = ("deltas", "return found, back", "return found, 0 * back")


class DeltasAreEpsilons(Mistake):
    """You return ε_t = ∂L/∂a_t. δ_t is ∂L/∂h_t, before tanh is passed."""

    caught_by = "bptt.deltas"
    zh = "你返回的是 ε_t = ∂L/∂a_t。δ_t 是 ∂L/∂h_t，还没有穿过 tanh。"
    edit = ("deltas", "return found, back", "return through_tanh(found, hs), back")


class DeltasNotTransposed(Mistake):
    """On the way back your recursion multiplies by W_hh; line 4 says W_hhᵀ."""

    caught_by = "bptt.deltas"
    zh = "往回走时你的递推乘的是 W_hh；第四行说的是 W_hhᵀ。"
    edit = ("deltas", 'params["W_hh"])', 'params["W_hh"].T)')


# --- 3 all gradients ------------------------------------------------------------------------


class WeightsCurrentState(Mistake):
    """Your dL/dW_hh pairs ε_t with h_t. W_hh was multiplied with h_{t-1}: states_before has it."""

    caught_by = "bptt.weight_gradients"
    zh = "你的 dL/dW_hh 把 ε_t 与 h_t 配对。与 W_hh 相乘的是 h_{t-1}：见 states_before。"
    edit = ("weight_gradients", "states_before(hs, h_0)", "hs")


class WeightsStartAtZero(Mistake):
    """In your dL/dW_hh the first step begins with zeros, not with h_0."""

    caught_by = "bptt.weight_gradients"
    zh = "在你的 dL/dW_hh 中，第一步从零出发，而不是从 h_0。"
    edit = ("weight_gradients", "states_before(hs, h_0)", "states_before(hs, 0 * h_0)")


class WeightsMeanOverTime(Mistake):
    """You averaged over the steps. The steps share the weights, so their gradients add up."""

    caught_by = "bptt.weight_gradients"
    zh = "你对各步取了平均。各步共享权重，所以梯度相加。"

    def weight_gradients(xs, h_0, hs, d_os, epsilons):
        time = xs.shape[1]
        return {
            "W_xh": np.einsum("btf,btu->fu", xs, epsilons) / time,
            "W_hh": np.einsum("btv,btu->vu", states_before(hs, h_0), epsilons) / time,
            "W_ho": np.einsum("btu,bto->uo", hs, d_os) / time,
            "b_h": epsilons.sum(axis=(0, 1)) / time,
            "b_o": d_os.sum(axis=(0, 1)) / time,
        }


class WeightsOfLastStep(Mistake):
    """Your gradients hold one step only. In the loop over t, add to them (+=), do not assign (=)."""

    caught_by = "bptt.weight_gradients"
    zh = "你的梯度只含一步。在对 t 的循环里要累加（+=），不要赋值（=）。"

    def weight_gradients(xs, h_0, hs, d_os, epsilons):
        gradients, before = {}, states_before(hs, h_0)
        for t in range(xs.shape[1]):
            gradients["W_xh"] = xs[:, t].T @ epsilons[:, t]
            gradients["W_hh"] = before[:, t].T @ epsilons[:, t]
            gradients["W_ho"] = hs[:, t].T @ d_os[:, t]
            gradients["b_h"] = epsilons[:, t].sum(axis=0)
            gradients["b_o"] = d_os[:, t].sum(axis=0)
        return gradients


class BiasesMean(Mistake):
    """Your bias gradients are means over batch and time; they are sums like the others."""

    caught_by = "bptt.weight_gradients"
    zh = "你的偏置梯度在批量和时间上取了平均；它们和其他梯度一样是求和。"
    edit = ("weight_gradients", ".sum(", ".mean(")


class BiasesPerRow(Mistake):
    """Your bias gradients still have a batch axis. All rows share a bias: sum over the batch too."""

    caught_by = "bptt.weight_gradients"
    zh = "你的偏置梯度还留着批量轴。各行共享偏置：对批量也要求和。"
    edit = ("weight_gradients", "axis=(0, 1)", "axis=1")


class OutputLayerReadsStateBefore(Mistake):
    """Your dL/dW_ho uses h_{t-1}. The output o_t is made from h_t."""

    caught_by = "bptt.weight_gradients"
    zh = "你的 dL/dW_ho 用了 h_{t-1}。输出 o_t 是由 h_t 得到的。"
    edit = ("weight_gradients", '"btu,bto->uo", hs', '"btu,bto->uo", states_before(hs, h_0)')


class RecurrentGradientTransposed(Mistake):
    """Your dL/dW_hh is transposed: row i belongs to the old unit i, so h_{t-1} stands first."""

    caught_by = "bptt.weight_gradients"
    zh = "你的 dL/dW_hh 转置了：第 i 行属于旧单元 i，所以 h_{t-1} 在前。"
    edit = ("weight_gradients", "btv,btu->vu", "btv,btu->uv")


class InputsOfStepBefore(Mistake):
    """Your dL/dW_xh pairs ε_t with x_{t-1}. Here h_t reads x_t: the same row of xs."""

    caught_by = "bptt.weight_gradients"
    zh = "你的 dL/dW_xh 把 ε_t 与 x_{t-1} 配对。这里 h_t 读的是 x_t：xs 的同一行。"
    edit = (
        "weight_gradients",
        '"btf,btu->fu", xs, epsilons',
        '"btf,btu->fu", xs[:, :-1], epsilons[:, 1:]',
    )


class WeightsFromDeltas(Mistake):
    """You handed δ_t on in place of ε_t. The weights act through a_t: pass tanh first, line 3."""

    caught_by = "bptt.rnn_gradients"
    zh = "你把 δ_t 当成 ε_t 用了。权重通过 a_t 起作用：先穿过 tanh（第三行）。"
    edit = ("rnn_gradients", "through_tanh(found, hs)", "found")


class InputGradientFromDeltas(Mistake):
    """Your dL/dx_t is δ_t W_xhᵀ. The input goes into a_t, before tanh: ε_t W_xhᵀ."""

    caught_by = "bptt.rnn_gradients"
    zh = "你的 dL/dx_t 是 δ_t W_xhᵀ。输入进的是 tanh 之前的 a_t：应为 ε_t W_xhᵀ。"
    edit = ("rnn_gradients", 'epsilons @ params["W_xh"].T', 'found @ params["W_xh"].T')


class StartGradientMissing(Mistake):
    """Your dL/dh_0 is zero; it is δ_0, what the first step sends back."""

    caught_by = "bptt.rnn_gradients"
    zh = "你的 dL/dh_0 是零；它应是 δ_0，即第一步传回来的部分。"
    edit = ("rnn_gradients", '"h_0": delta_0', '"h_0": np.zeros_like(h_0)')


class StartGradientIsDeltaOne(Mistake):
    """Your dL/dh_0 is δ_1 = ∂L/∂h_1, one step too late; equation (10) says δ_0."""

    caught_by = "bptt.rnn_gradients"
    zh = "你的 dL/dh_0 是 δ_1 = ∂L/∂h_1，晚了一步；公式 (10) 是 δ_0。"
    edit = ("rnn_gradients", '"h_0": delta_0', '"h_0": found[:, 0]')


class ForwardFromZeros(Mistake):
    """Your forward pass begins with zeros. Hand it the h_0 that you were given."""

    caught_by = "bptt.rnn_gradients"
    zh = "你的前向计算从零状态出发。请把给定的 h_0 传给它。"
    edit = ("rnn_gradients", "forward(xs, h_0, params)", "forward(xs, np.zeros_like(h_0), params)")


class TanhTwice(Mistake):
    """The slope of tanh is in your ε_t twice: once is right, for the one tanh of a step."""

    caught_by = "bptt.rnn_gradients"
    zh = "你的 ε_t 里 tanh 的斜率乘了两次：每步只有一个 tanh，乘一次。"
    edit = ("rnn_gradients", "through_tanh(found, hs)", "through_tanh(through_tanh(found, hs), hs)")


class NothingThroughTime(Mistake):
    """Every loss reaches its own step only. Use δ_t of line 5 in place of g_t of line 2."""

    caught_by = "bptt.rnn_gradients"
    zh = "你的每项损失只到达本步。请用第五行的 δ_t，不要用第二行的 g_t。"
    edit = (
        "rnn_gradients",
        "found, delta_0 = deltas(hs, d_os, params)",
        'found, delta_0 = own_part(d_os, params["W_ho"]), np.zeros_like(h_0)',
    )
