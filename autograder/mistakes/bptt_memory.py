"""Mistakes of the bptt unit, tasks 4 to 6: Jacobians, truncation, clipping."""
# ruff: noqa: B903, F821, N805, N806
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 4 Jacobians ----------------------------------------------------------------------------


class JacobianTransposed(Mistake):
    """Your Jacobian is transposed: row i is the new unit h_t[i], column j the old h_{t-1}[j]."""

    caught_by = "bptt.jacobian"
    zh = "你的雅可比矩阵转置了：行 i 是新单元 h_t[i]，列 j 是旧单元 h_{t-1}[j]。"
    edit = ("jacobian", "(1 - h**2)[:, None] * W_hh.T", "(1 - h**2) * W_hh")


class JacobianSlopeOfColumns(Mistake):
    """Your slopes 1 − h² scale the columns. They belong to the new units, which are the rows."""

    caught_by = "bptt.jacobian"
    zh = "你的斜率 1 − h² 乘在列上。它们属于新单元，也就是各行。"
    edit = ("jacobian", "(1 - h**2)[:, None]", "(1 - h**2)")


class JacobianOfUntransposed(Mistake):
    """You scale the rows of W_hh. Equation (11) has W_hh[j, i]: the rows of W_hhᵀ."""

    caught_by = "bptt.jacobian"
    zh = "你缩放的是 W_hh 的行。公式 (11) 是 W_hh[j, i]：应是 W_hhᵀ 的行。"
    edit = ("jacobian", "W_hh.T", "W_hh")


class JacobianOfLinear(Mistake):
    """W_hhᵀ is the Jacobian of the linear RNN. With tanh, row i has the factor 1 − h_t[i]²."""

    caught_by = "bptt.jacobian"
    zh = "W_hhᵀ 是线性 RNN 的雅可比矩阵。有 tanh 时，第 i 行还有因子 1 − h_t[i]²。"
    edit = ("jacobian", "(1 - h**2)[:, None] * W_hh.T", "W_hh.T.copy()")


class JacobianTanhTwice(Mistake):
    """Your slope is 1 − tanh(h)². h is tanh(a) already, so the slope is 1 − h²."""

    caught_by = "bptt.jacobian"
    zh = "你的斜率是 1 − tanh(h)²。h 已经是 tanh(a)，斜率就是 1 − h²。"
    edit = ("jacobian", "h**2", "np.tanh(h) ** 2")


class NormsFrobenius(Mistake):
    """This is the Frobenius norm, NumPy's default. The spectral norm is norm(matrix, 2)."""

    caught_by = "bptt.jacobian_norms"
    zh = "这是 Frobenius 范数（NumPy 的默认值）。谱范数是 norm(matrix, 2)。"
    edit = ("jacobian_norms", "norm(product, 2)", "norm(product)")


class NormsFromTheStart(Mistake):
    """You start at h_0 and go forward. The lag counts back from the last state, h_T."""

    caught_by = "bptt.jacobian_norms"
    zh = "你从 h_0 出发往前走。滞后应从最后的状态 h_T 往回数。"

    def jacobian_norms(hs, W_hh):
        product = np.eye(len(W_hh))
        norms = [1.0]
        for h in hs:
            product = jacobian(h, W_hh) @ product
            norms.append(np.linalg.norm(product, 2))
        return np.array(norms)


class NormsWithoutLagZero(Mistake):
    """Lag 0 is missing: ∂h_T/∂h_T is the identity, with norm 1."""

    caught_by = "bptt.jacobian_norms"
    zh = "缺少滞后 0：∂h_T/∂h_T 是单位矩阵，范数为 1。"
    edit = ("jacobian_norms", "norms = [1.0]", "norms = []")


class NormsOfSingleSteps(Mistake):
    """These are the norms of single Jacobians. Multiply them up to the lag, then take the norm."""

    caught_by = "bptt.jacobian_norms"
    zh = "这是单个雅可比矩阵的范数。先连乘到该滞后，再取范数。"
    edit = ("jacobian_norms", "product @ jacobian", "jacobian")


class NormsInReverse(Mistake):
    """You multiply the earlier Jacobian on the left. Equation (12) has the latest on the left."""

    caught_by = "bptt.jacobian_norms"
    zh = "你把较早的雅可比矩阵乘在左边。公式 (12) 中越晚的越靠左。"
    edit = ("jacobian_norms", "product @ jacobian(h, W_hh)", "jacobian(h, W_hh) @ product")


class NormsMultiplied(Mistake):
    """The product of the norms is only a bound. Equation (12) is the norm of the product."""

    caught_by = "bptt.jacobian_norms"
    zh = "范数的乘积只是上界。公式 (12) 是乘积的范数。"

    def jacobian_norms(hs, W_hh):
        return np.cumprod([1.0] + [np.linalg.norm(jacobian(h, W_hh), 2) for h in hs[::-1]])


class NormsByEigenvalue(Mistake):
    """You took the largest eigenvalue of the product. The spectral norm is its singular value."""

    caught_by = "bptt.jacobian_norms"
    zh = "你取了乘积的最大特征值。谱范数是最大奇异值。"
    edit = (
        "jacobian_norms",
        "np.linalg.norm(product, 2)",
        "np.abs(np.linalg.eigvals(product)).max()",
    )


class RadiusOfRealParts(Mistake):
    """You compare real parts. Eigenvalues are complex: take the absolute value |λ| of each."""

    caught_by = "bptt.spectral_radius"
    zh = "你比较的是实部。特征值是复数：应取每个的绝对值 |λ|。"
    edit = (
        "spectral_radius",
        "np.abs(np.linalg.eigvals(W)).max()",
        "np.linalg.eigvals(W).real.max()",
    )


class RadiusOfAbsoluteRealParts(Mistake):
    """You dropped the imaginary parts before the absolute value. |λ| needs both parts."""

    caught_by = "bptt.spectral_radius"
    zh = "你在取绝对值之前丢掉了虚部。|λ| 两部分都要。"
    edit = ("spectral_radius", "eigvals(W))", "eigvals(W).real)")


class RadiusIsNorm(Mistake):
    """That is the largest singular value, one step's stretch. ρ is the largest |eigenvalue|."""

    caught_by = "bptt.spectral_radius"
    zh = "那是最大奇异值，即一步的拉伸。ρ 是特征值绝对值的最大值。"
    edit = ("spectral_radius", "np.abs(np.linalg.eigvals(W)).max()", "np.linalg.norm(W, 2)")


class RadiusAsIfSymmetric(Mistake):
    """eigvalsh takes W for symmetric and reads one half of it. W_hh is not symmetric: eigvals."""

    caught_by = "bptt.spectral_radius"
    zh = "eigvalsh 把 W 当成对称矩阵，只读一半。W_hh 不对称：用 eigvals。"
    edit = ("spectral_radius", "eigvals(W)", "eigvalsh(W)")


class RadiusSmallest(Mistake):
    """You took the smallest |λ|. The largest one wins in a high power."""

    caught_by = "bptt.spectral_radius"
    zh = "你取了最小的 |λ|。高次幂中胜出的是最大的那个。"
    edit = ("spectral_radius", ".max()", ".min()")


class RadiusNotDivided(Mistake):
    """You multiplied by rho only. Divide by the radius that W has now, too."""

    caught_by = "bptt.with_spectral_radius"
    zh = "你只乘了 rho。还要除以 W 现在的谱半径。"
    edit = ("with_spectral_radius", "(rho / spectral_radius(W))", "rho")


class RadiusFactorInverted(Mistake):
    """Your factor is upside down: scaling W by c scales ρ(W) by c, so c = rho / ρ(W)."""

    caught_by = "bptt.with_spectral_radius"
    zh = "你的因子颠倒了：W 乘 c，ρ(W) 也乘 c，所以 c = rho / ρ(W)。"
    edit = ("with_spectral_radius", "rho / spectral_radius(W)", "spectral_radius(W) / rho")


class RadiusByNorm(Mistake):
    """You divided by a norm of W. Its spectral radius is smaller: divide by ρ(W)."""

    caught_by = "bptt.with_spectral_radius"
    zh = "你除以了 W 的范数。谱半径比它小：应除以 ρ(W)。"
    edit = ("with_spectral_radius", "spectral_radius(W)", "np.linalg.norm(W, 2)")


# --- 5 truncation ---------------------------------------------------------------------------


class TruncationIgnored(Mistake):
    """You return the full gradient for every τ. No loss may go back more than τ steps."""

    caught_by = "bptt.truncated"
    zh = "不论 τ 是多少，你都返回完整的梯度。任何损失都不得往回走超过 τ 步。"
    edit = ("truncated_gradients", "hs, _ =", "tau = xs.shape[1]\n    hs, _ =")


class TruncationOneShort(Mistake):
    """You stop one step too early: τ = 0 still counts the own step, and τ steps back are allowed."""

    caught_by = "bptt.truncated"
    zh = "你早停了一步：τ = 0 时本步仍然算数，而往回走 τ 步是允许的。"
    edit = ("truncated_gradients", "hs, _ =", "tau = tau - 1\n    hs, _ =")


class TruncationOneFar(Mistake):
    """You go τ + 1 steps back. The last state that a loss reaches is h_{t−τ}."""

    caught_by = "bptt.truncated"
    zh = "你往回走了 τ + 1 步。损失最后到达的状态是 h_{t−τ}。"
    edit = ("truncated_gradients", "hs, _ =", "tau = tau + 1\n    hs, _ =")


class TruncationInWindows(Mistake):
    """You cut the sequence into windows. Here every loss reaches τ steps back, across any border."""

    caught_by = "bptt.truncated"
    zh = "你把序列切成了窗口。这里每项损失都往回走 τ 步，没有窗口边界。"

    def truncated_gradients(xs, h_0, params, d_os, tau):
        hs, _ = forward(xs, h_0, params)
        gs = own_part(d_os, params["W_ho"])
        epsilons, back = np.zeros_like(hs), np.zeros_like(h_0)
        for t in reversed(range(hs.shape[1])):
            epsilons[:, t] = through_tanh(gs[:, t] + back, hs[:, t])
            back = one_step_back(epsilons[:, t], params["W_hh"])
            if t % (tau + 1) == 0 and t > 0:
                back = 0 * back
        gradients = weight_gradients(xs, h_0, hs, d_os, epsilons)
        return gradients | {"xs": epsilons @ params["W_xh"].T, "h_0": back}


class TruncationOfTheLastStepsOnly(Mistake):
    """Only the last τ + 1 steps get a gradient. Each loss has its own τ steps, not the last alone."""

    caught_by = "bptt.truncated"
    zh = "你只给最后 τ + 1 步算了梯度。每项损失各有自己的 τ 步，不只是最后一项。"
    edit = ("truncated_gradients", "in range(hs.shape[1])", "in [hs.shape[1] - 1]")


class TruncationForgetsLosses(Mistake):
    """You dropped the losses of the early steps. The objective stays whole; only ways back are cut."""

    caught_by = "bptt.truncated"
    zh = "你把前面各步的损失丢掉了。目标函数保持完整，截断的只是回传的路。"
    edit = (
        "truncated_gradients",
        "hs, _ =",
        "tau, d_os = xs.shape[1], np.where(np.arange(xs.shape[1])[:, None]"
        " < xs.shape[1] - 1 - tau, 0.0, d_os)\n    hs, _ =",
    )


class TruncationOfTheForwardPass(Mistake):
    """You restarted the forward pass from zeros. h_{t−τ−1} is a constant, but not zero: keep it."""

    caught_by = "bptt.truncated"
    zh = "你让前向计算从零重新开始。h_{t−τ−1} 是常数，但不是零：要保留。"
    edit = (
        "truncated_gradients",
        "hs, _ = forward(xs, h_0, params)",
        "hs, _ = forward(xs, h_0, params)\n    for t in range(tau + 1, hs.shape[1]):\n"
        "        hs[:, t] = forward(xs[:, t - tau : t + 1], 0 * h_0, params)[0][:, -1]",
    )


class TruncationStartForgotten(Mistake):
    """Your dL/dh_0 is always zero. A loss of step t ≤ τ does reach h_0, t steps back."""

    caught_by = "bptt.truncated"
    zh = "你的 dL/dh_0 总是零。t ≤ τ 时，第 t 步的损失往回走 t 步正好到达 h_0。"
    edit = ("truncated_gradients", "delta_0 += delta", "delta_0 += 0")


class TruncationStartTooEarly(Mistake):
    """Your dL/dh_0 counts one loss too many: h_0 lies t steps before h_t, so only t ≤ τ counts."""

    caught_by = "bptt.truncated"
    zh = "你的 dL/dh_0 多算了一项损失：h_0 在 h_t 之前 t 步，只有 t ≤ τ 才算。"
    edit = ("truncated_gradients", "t < tau", "t <= tau")


class TruncationOverwritten(Mistake):
    """At each ε_i the losses of several steps arrive. Add them up (+=), do not replace (=)."""

    caught_by = "bptt.truncated"
    zh = "每个 ε_i 处有若干步的损失到达。要累加（+=），不要覆盖（=）。"
    edit = ("truncated_gradients", "t - lag] += epsilon", "t - lag] = epsilon")


class RandomWithoutWeights(Mistake):
    """Nothing makes up for what is cut: what comes n steps back needs the weight 1/πⁿ."""

    caught_by = "bptt.randomised"
    zh = "被截掉的没有得到补偿：往回走到 n 步的部分要乘权重 1/πⁿ。"
    edit = ("randomised_gradients", "1 / keep if", "1.0 if")


class RandomWeightedOnce(Mistake):
    """Your weight is 1/π however far it goes. After n steps that were each taken by chance it is 1/πⁿ."""

    caught_by = "bptt.randomised"
    zh = "不论走多远，你的权重都是 1/π。连走 n 步都是碰运气，权重应是 1/πⁿ。"

    def randomised_gradients(xs, h_0, params, d_os, keep, rng):
        hs, _ = forward(xs, h_0, params)
        gs = own_part(d_os, params["W_ho"])
        epsilons, back = np.zeros_like(hs), np.zeros_like(h_0)
        for t in reversed(range(hs.shape[1])):
            epsilons[:, t] = through_tanh(gs[:, t] + back, hs[:, t])
            if rng.random() < keep:
                back = one_step_back(through_tanh(gs[:, t] / keep + back, hs[:, t]), params["W_hh"])
            else:
                back = 0 * back
        gradients = weight_gradients(xs, h_0, hs, d_os, epsilons)
        return gradients | {"xs": epsilons @ params["W_xh"].T, "h_0": back}


class RandomKeepIsCut(Mistake):
    """You cut with probability keep. keep is the probability that the step back is taken."""

    caught_by = "bptt.randomised"
    zh = "你以概率 keep 截断。keep 是继续往回走一步的概率。"
    edit = ("randomised_gradients", "rng.random() < keep", "rng.random() >= keep")


class RandomWeightOfTheCut(Mistake):
    """Your weight is 1/(1 − π). What arrives with probability π is weighed by 1/π."""

    caught_by = "bptt.randomised"
    zh = "你的权重是 1/(1 − π)。以概率 π 到达的要乘 1/π。"
    edit = ("randomised_gradients", "1 / keep if", "1 / (1 - keep) if")


class RandomWeightMultiplied(Mistake):
    """You multiply by π what was kept; that makes it smaller still. Divide by π."""

    caught_by = "bptt.randomised"
    zh = "保留下来的你又乘了 π，变得更小了。应除以 π。"
    edit = ("randomised_gradients", "1 / keep if", "keep if")


class RandomNeverCut(Mistake):
    """Nothing is ever cut: this is the full gradient. Each step back is taken with probability π."""

    caught_by = "bptt.randomised"
    zh = "从来没有截断：这是完整的梯度。每往回一步只以概率 π 继续。"
    edit = ("randomised_gradients", "1 / keep if rng.random() < keep else 0.0", "1.0")


class RandomAverageInPlaceOfChance(Mistake):
    """Each step back is multiplied by π, and none is cut: that shrinks the gradient at no gain."""

    caught_by = "bptt.randomised"
    zh = "你把每往回一步都乘 π，却没有截断：梯度白白变小了。"
    edit = ("randomised_gradients", "1 / keep if rng.random() < keep else 0.0", "keep")


class RandomOwnPartToo(Mistake):
    """Your weight also hits g_t. The own step needs no step back: its weight is always 1."""

    caught_by = "bptt.randomised"
    zh = "你的权重也乘到了 g_t 上。本步不需要往回走：权重总是 1。"

    def randomised_gradients(xs, h_0, params, d_os, keep, rng):
        hs, _ = forward(xs, h_0, params)
        gs = own_part(d_os, params["W_ho"])
        epsilons, back = np.zeros_like(hs), np.zeros_like(h_0)
        for t in reversed(range(hs.shape[1])):
            weight = 1 / keep if rng.random() < keep else 0.0
            epsilons[:, t] = through_tanh(weight * (gs[:, t] + back), hs[:, t])
            back = one_step_back(epsilons[:, t], params["W_hh"])
        gradients = weight_gradients(xs, h_0, hs, d_os, epsilons)
        return gradients | {"xs": epsilons @ params["W_xh"].T, "h_0": back}


class RandomAllOrNothing(Mistake):
    """You keep or drop the whole way back with one draw. Every single step back has its own chance."""

    caught_by = "bptt.randomised"
    zh = "你只抽一次，就决定整条回路的去留。每往回一步都要单独抽取。"

    def randomised_gradients(xs, h_0, params, d_os, keep, rng):
        weight = 1 / keep if rng.random() < keep else 0.0
        full = rnn_gradients(xs, h_0, params, d_os)
        own = truncated_gradients(xs, h_0, params, d_os, 0)
        return {name: own[name] + weight * (full[name] - own[name]) for name in full}


# --- 6 clipping -----------------------------------------------------------------------------


class NormsAddedUp(Mistake):
    """You added the norms of the arrays. Add the squares of all elements, then take one root."""

    caught_by = "bptt.global_norm"
    zh = "你把各数组的范数相加了。应先把所有元素的平方相加，再开一次方。"
    edit = (
        "global_norm",
        "np.sqrt(sum(np.sum(gradient**2) for gradient in gradients.values()))",
        "sum(np.sqrt(np.sum(gradient**2)) for gradient in gradients.values())",
    )


class NormOfTheLongest(Mistake):
    """This is the norm of the longest array. The global norm takes all arrays together."""

    caught_by = "bptt.global_norm"
    zh = "这是最长的那个数组的范数。全局范数要把所有数组合在一起。"
    edit = ("global_norm", "sum(np.sum", "max(np.sum")


class NormWithoutRoot(Mistake):
    """The square root is missing: a norm is the root of the sum of squares."""

    caught_by = "bptt.global_norm"
    zh = "漏了开方：范数是平方和的平方根。"
    edit = ("global_norm", "np.sqrt(", "float(")


class NormRootMeanSquare(Mistake):
    """You took means of the squares. The global norm is a sum over all elements, not a mean."""

    caught_by = "bptt.global_norm"
    zh = "你对平方取了平均。全局范数是对所有元素求和，不是平均。"
    edit = ("global_norm", "np.sum(gradient", "np.mean(gradient")


class NormOfAbsolutes(Mistake):
    """You added absolute values. The global norm adds squares and takes the root."""

    caught_by = "bptt.global_norm"
    zh = "你把绝对值相加了。全局范数是平方相加再开方。"
    edit = (
        "global_norm",
        "np.sqrt(sum(np.sum(gradient**2)",
        "float(sum(np.sum(np.abs(gradient))",
    )


class EachArrayClipped(Mistake):
    """You clip each array by its own norm. One factor for all of them keeps the direction."""

    caught_by = "bptt.clipping"
    zh = "你按各数组自己的范数分别裁剪。所有数组共用一个因子，方向才不变。"

    def clip_by_global_norm(gradients, theta):
        def factor(gradient):
            norm = np.linalg.norm(gradient)
            return theta / max(norm, theta) if np.isfinite(global_norm(gradients)) else np.nan

        return {name: factor(gradient) * gradient for name, gradient in gradients.items()}


class ElementsClipped(Mistake):
    """You cut off single elements at ±θ. Scale all of them by one number."""

    caught_by = "bptt.clipping"
    zh = "你把单个元素截断在 ±θ。应把所有元素乘以同一个数。"

    def clip_by_global_norm(gradients, theta):
        lost = 0.0 if np.isfinite(global_norm(gradients)) else np.nan
        return {name: np.clip(g, -theta, theta) + lost for name, g in gradients.items()}


class AlwaysRescaled(Mistake):
    """You scale every gradient to length θ, short ones and zeros too. The factor is min(1, θ/‖g‖)."""

    caught_by = "bptt.clipping"
    zh = "你把所有梯度都缩放到长度 θ，短的、全零的也不例外。因子是 min(1, θ/‖g‖)。"

    def clip_by_global_norm(gradients, theta):
        norm = global_norm(gradients)
        with np.errstate(all="ignore"):
            factor = theta / np.float64(norm) if np.isfinite(norm) else np.nan
            return {name: factor * gradient for name, gradient in gradients.items()}


class ShortOnesLifted(Mistake):
    """You lift short gradients and let long ones pass: it must be min(1, θ/‖g‖), not max."""

    caught_by = "bptt.clipping"
    zh = "你拉长了短的梯度，放过了长的：应是 min(1, θ/‖g‖)，不是 max。"
    edit = ("clip_by_global_norm", "max(norm, theta)", "max(min(norm, theta), 1e-12)")


class NotFiniteForgotten(Mistake):
    """Where ‖g‖ is not finite, yours returns numbers that look fine. Make every array NaN."""

    caught_by = "bptt.clipping"
    zh = "‖g‖ 不是有限数时，你返回了看似正常的数。应把每个数组都变成 NaN。"

    def clip_by_global_norm(gradients, theta):
        norm = global_norm(gradients)
        factor = theta / norm if norm > theta else 1.0
        return {name: factor * gradient for name, gradient in gradients.items()}


class NotFiniteMadeZero(Mistake):
    """You turn what is not finite into zeros. The training then stands still and nobody notices."""

    caught_by = "bptt.clipping"
    zh = "你把非有限的梯度变成了零。训练就此停滞，却没有人察觉。"
    edit = ("clip_by_global_norm", "factor * gradient for", "np.nan_to_num(factor * gradient) for")


class ClippedInPlace(Mistake):
    """You scaled the caller's own arrays. Build new ones: `factor * g`, not `g *= factor`."""

    caught_by = "bptt.clipping"
    zh = "你改动了调用者的数组。应生成新的：用 `factor * g`，不要用 `g *= factor`。"

    def clip_by_global_norm(gradients, theta):
        norm = global_norm(gradients)
        factor = theta / max(norm, theta) if np.isfinite(norm) else np.nan
        for gradient in gradients.values():
            gradient *= factor
        return gradients


class ClippedToOne(Mistake):
    """You clip to length 1 whatever θ is: the factor is θ/‖g‖."""

    caught_by = "bptt.clipping"
    zh = "不论 θ 是多少，你都裁剪到长度 1：因子应是 θ/‖g‖。"
    edit = ("clip_by_global_norm", "theta / max(norm, theta)", "1 / max(norm, theta)")
