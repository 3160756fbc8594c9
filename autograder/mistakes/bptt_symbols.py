"""Mistakes of the bptt unit, tasks 7 and 8: the sum over paths, and a gradient checker."""
# ruff: noqa: B903, F821, N805, N806
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 7 the sum over paths -------------------------------------------------------------------


class PathsDirectOnly(Mistake):
    """Each loss uses w in its own step only. For τ > 0 go on through h_{t-1} to the earlier steps."""

    caught_by = "bptt.path_sum"
    zh = "每项损失只用到本步的 w。τ > 0 时，还要经过 h_{t-1} 走到更早的步。"
    edit = ("dL_dw", "max(t - tau, 1)", "t")


class PathsOfAnyLength(Mistake):
    """You return all six paths for every τ. Leave out those that go back more than τ steps."""

    caught_by = "bptt.path_sum"
    zh = "不论 τ 是多少，你都返回全部六条路径。往回超过 τ 步的要去掉。"
    edit = ("dL_dw", "max(t - tau, 1)", "1")


class PathsOneShort(Mistake):
    """Your paths go back at most τ − 1 steps; t − i = τ is still allowed."""

    caught_by = "bptt.path_sum"
    zh = "你的路径最多往回 τ − 1 步；t − i = τ 仍是允许的。"
    edit = ("dL_dw", "max(t - tau, 1) - 1", "max(t - tau, 0)")


class PathsOfLastLoss(Mistake):
    """Only l_3 counts in yours. L is l_1 + l_2 + l_3, and each of them has paths to w."""

    caught_by = "bptt.path_sum"
    zh = "你只算了 l_3。L = l_1 + l_2 + l_3，每一项都有通向 w 的路径。"
    edit = ("dL_dw", "(1, 2, 3)", "(3,)")


class PathsWithoutFirstStep(Mistake):
    """The paths to w in step 1 are missing. h_0 is not zero, so w acts there, too."""

    caught_by = "bptt.path_sum"
    zh = "缺少通向第 1 步的 w 的路径。h_0 不为零，w 在那里也起作用。"
    edit = ("dL_dw", "max(t - tau, 1)", "max(t - tau, 2)")


class LongestPathMissing(Mistake):
    """The longest path is missing: from l_3 back through h_3, h_2 and h_1 to w in step 1."""

    caught_by = "bptt.path_sum"
    zh = "缺少最长的路径：从 l_3 经 h_3、h_2、h_1 回到第 1 步的 w。"
    edit = ("dL_dw", "max(t - tau, 1)", "max(t - min(tau, 1), 1)")


class PathsWithoutTanh(Mistake):
    """No path passes tanh in yours: every step on a path has the factor 1 − h²."""

    caught_by = "bptt.path_sum"
    zh = "你的路径都没有穿过 tanh：路径上的每一步都有因子 1 − h²。"
    edit = ("dL_dw", "arrives * (1 - s.h[i] ** 2)", "arrives")


class PathsWithoutW(Mistake):
    """A step back from h_j to h_{j-1} has two factors: 1 − h_j² and w. The w is missing."""

    caught_by = "bptt.path_sum"
    zh = "从 h_j 退回 h_{j-1} 有两个因子：1 − h_j² 和 w。漏了 w。"
    edit = ("dL_dw", "arrives = arrives * s.w", "arrives = arrives * 1")


class PathsCurrentState(Mistake):
    """You end each path with h_i. w was multiplied with the state before, h_{i-1}."""

    caught_by = "bptt.path_sum"
    zh = "你让每条路径以 h_i 结尾。与 w 相乘的是前一个状态 h_{i-1}。"
    edit = ("dL_dw", "s.h[i - 1]", "s.h[i]")


class PathsOfInputWeight(Mistake):
    """You end each path with x_i: that is the derivative with respect to u. w stands before h_{i-1}."""

    caught_by = "bptt.path_sum"
    zh = "你让每条路径以 x_i 结尾：那是对 u 的导数。w 乘的是 h_{i-1}。"
    edit = ("dL_dw", "s.h[i - 1]", "s.x[i]")


class PathsWithoutHalf(Mistake):
    """All is doubled: the ½ in the loss cancels the 2 of the square's derivative."""

    caught_by = "bptt.path_sum"
    zh = "全都大了一倍：损失里的 ½ 与平方求导得到的 2 相消。"
    edit = ("dL_dw", "s.v * (s.v", "2 * s.v * (s.v")


class PathsSign(Mistake):
    """The sign is turned: the derivative of ½ (v h − y)² has v h − y, not y − v h."""

    caught_by = "bptt.path_sum"
    zh = "符号反了：½ (v h − y)² 的导数里是 v h − y，不是 y − v h。"
    edit = ("dL_dw", "s.v * (s.v", "-s.v * (s.v")


class PathsWithoutV(Mistake):
    """The factor v is missing: from the output o_t = v h_t back to h_t it is multiplied by v."""

    caught_by = "bptt.path_sum"
    zh = "漏了因子 v：从输出 o_t = v h_t 退回 h_t 要乘 v。"
    edit = ("dL_dw", "s.v * (s.v", "(s.v")


class PathsOneFactorTooMany(Mistake):
    """One step back too many: for i = t the product is empty (the slides' product starts at i)."""

    caught_by = "bptt.path_sum"
    zh = "多退了一步：i = t 时连乘是空的（课件上的连乘从 i 开始取）。"
    edit = ("dL_dw", "(s.v * s.h[t] - s.y[t])", "(s.v * s.h[t] - s.y[t]) * s.w")


class PathThroughStepTwoTwice(Mistake):
    """One path is counted twice: the way from l_3 to w in step 2 exists only once."""

    caught_by = "bptt.path_sum"
    zh = "有一条路径计了两次：从 l_3 到第 2 步的 w 只有一条路。"
    edit = ("dL_dw", "arrives * s.h[i - 1]", "arrives * s.h[i - 1] * (1 + ((t, i) == (3, 2)))")


class PathsWithAnotherSymbol(Mistake):
    """Your formula has symbols of your own, such as a_1. Write them out with those in s."""

    caught_by = "bptt.path_sum"
    zh = "你的公式里有自己的符号，例如 a_1。请用 s 中的符号写出来。"
    edit = ("dL_dw", "(1 - s.h[i] ** 2)", '(1 - sp.tanh(sp.Symbol(f"a_{i}")) ** 2)')


class PathsAsList(Mistake):
    """You return the paths one by one. Equation (17) is their sum: one expression."""

    caught_by = "bptt.path_sum"
    zh = "你返回的是一条条路径。公式 (17) 是它们的和：一个表达式。"

    def dL_dw(s, tau):
        terms = []
        for t in (1, 2, 3):
            arrives = s.v * (s.v * s.h[t] - s.y[t])
            for i in range(t, max(t - tau, 1) - 1, -1):
                arrives = arrives * (1 - s.h[i] ** 2)
                terms.append(arrives * s.h[i - 1])
                arrives = arrives * s.w
        return terms


# --- 8 a gradient checker -------------------------------------------------------------------


class OneSidedDifference(Mistake):
    """Your difference is one-sided, and errs by s. Equation (18) goes up and down, and errs by s²."""

    caught_by = "bptt.numerical_gradient"
    zh = "你用了单边差分，误差与 s 成正比。公式 (18) 上下各走一步，误差与 s² 成正比。"
    edit = (
        "numerical_gradient",
        "x[index] = here - step\n        below = f(x)\n        x[index] = here\n"
        "        gradient[index] = (above - below) / (2 * step)",
        "x[index] = here\n        gradient[index] = (above - f(x)) / step",
    )


class DifferenceNotHalved(Mistake):
    """You divided by s. From down to up it is 2 s."""

    caught_by = "bptt.numerical_gradient"
    zh = "你除以了 s。从下到上一共是 2 s。"
    edit = ("numerical_gradient", "(2 * step)", "step")


class DifferenceInGivenType(Mistake):
    """You kept the dtype of x. In float32 a step of 1e-5 drowns in rounding; integers lose it."""

    caught_by = "bptt.numerical_gradient"
    zh = "你沿用了 x 的 dtype。float32 里 1e-5 的步长淹没在舍入中，整数则完全丢失。"
    edit = (
        "numerical_gradient",
        "x = np.array(x, dtype=np.float64)\n    gradient = np.empty_like(x)",
        "x = np.array(x)\n    gradient = np.empty(x.shape)",
    )


class DifferenceChangesInput(Mistake):
    """x is not as it was: put each element back after its two losses, or work on a copy."""

    caught_by = "bptt.numerical_gradient"
    zh = "x 被改动了：每个元素算完两个损失后要还原，或者在副本上计算。"

    def numerical_gradient(f, x, step=1e-5):
        x = np.asarray(x, dtype=np.float64)
        gradient = np.empty_like(x)
        for index in np.ndindex(x.shape):
            x[index] += step
            above = f(x)
            x[index] -= 2 * step
            gradient[index] = (above - f(x)) / (2 * step)
        return gradient


class DifferenceStepIgnored(Mistake):
    """You always use 1e-5. The argument `step` says how far to go."""

    caught_by = "bptt.numerical_gradient"
    zh = "你总是用 1e-5。走多远由参数 `step` 决定。"
    edit = ("numerical_gradient", "x = np.array(x", "step = 1e-5\n    x = np.array(x")


class DifferenceOfAllAtOnce(Mistake):
    """You move all elements at once. For one partial derivative only one element moves."""

    caught_by = "bptt.numerical_gradient"
    zh = "你同时移动了所有元素。求一个偏导数时只移动一个元素。"

    def numerical_gradient(f, x, step=1e-5):
        x = np.array(x, dtype=np.float64)
        return np.full(x.shape, (f(x + step) - f(x - step)) / (2 * step))


class DifferenceFlattened(Mistake):
    """Your gradient is flat. It has the shape of x, so that it can be compared with the claim."""

    caught_by = "bptt.numerical_gradient"
    zh = "你的梯度被展平了。它的形状应与 x 相同，才能拿来比较。"
    edit = ("numerical_gradient", "return gradient", "return gradient.ravel()")


class ErrorMean(Mistake):
    """You averaged the errors. One wrong element among many must show: take the largest."""

    caught_by = "bptt.relative_error"
    zh = "你对误差取了平均。许多元素中有一个错了也要看得出来：取最大值。"
    edit = ("relative_error", "np.max(", "np.mean(")


class ErrorZeroByZero(Mistake):
    """Where both are zero you divide 0 by 0. The 1e-8 in equation (19) is there for that."""

    caught_by = "bptt.relative_error"
    zh = "两者都为零时你算了 0 除以 0。公式 (19) 里的 1e-8 就是为此而设。"

    def relative_error(a, b):
        with np.errstate(all="ignore"):
            return np.max(np.abs(a - b) / (np.abs(a) + np.abs(b)))


class ErrorRelativeToFirst(Mistake):
    """You divide by |a| alone. Equation (19) divides by |a| + |b|, so that neither is favoured."""

    caught_by = "bptt.relative_error"
    zh = "你只除以 |a|。公式 (19) 除以 |a| + |b|，不偏向任何一方。"
    edit = ("relative_error", "np.abs(a) + np.abs(b)", "np.abs(a)")


class ErrorAbsolute(Mistake):
    """This is the absolute error. A gap of 1e-6 is a lot where the gradient itself is 1e-6: divide."""

    caught_by = "bptt.relative_error"
    zh = "这是绝对误差。梯度本身只有 1e-6 时，1e-6 的差距就很大了：要除。"
    edit = (
        "relative_error",
        "np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))",
        "np.abs(a - b)",
    )


class ErrorOfNorms(Mistake):
    """You compare whole arrays by their norms; a wrong small element disappears beside large ones."""

    caught_by = "bptt.relative_error"
    zh = "你按整个数组的范数来比较；小元素出错会被大元素掩盖。"

    def relative_error(a, b):
        size = np.linalg.norm(a) + np.linalg.norm(b)
        return np.linalg.norm(a - b) / max(1e-8, size)


class ErrorByLarger(Mistake):
    """You divide by the larger of |a| and |b|. Equation (19) divides by their sum."""

    caught_by = "bptt.relative_error"
    zh = "你除以 |a| 和 |b| 中较大的一个。公式 (19) 除以两者之和。"
    edit = ("relative_error", "np.abs(a) + np.abs(b)", "np.maximum(np.abs(a), np.abs(b))")


class ErrorWithoutAbsolute(Mistake):
    """The absolute value is missing: where a < b, your error is negative and never the largest."""

    caught_by = "bptt.relative_error"
    zh = "漏了绝对值：a < b 处你的误差是负的，永远成不了最大值。"
    edit = ("relative_error", "np.abs(a - b)", "(a - b)")


class CheckerAsksForAllNames(Mistake):
    """You loop over params. gradients may leave some names out: loop over those that it has."""

    caught_by = "bptt.gradient_errors"
    zh = "你对 params 循环。gradients 可以缺几个名字：应对它已有的名字循环。"
    explains = False  # KeyError
    edit = (
        "gradient_errors",
        "for name, claim in gradients.items():",
        "for name in params:\n        claim = gradients[name]",
    )


class CheckerHidesTheOthers(Mistake):
    """loss needs all of params: hand it {**params, name: moved}, with one array exchanged."""

    caught_by = "bptt.gradient_errors"
    zh = "loss 需要完整的 params：传 {**params, name: moved}，只换掉一个数组。"
    explains = False  # KeyError
    edit = ("gradient_errors", "{**params, name: array}", "{name: array}")


class CheckerOfItself(Mistake):
    """You compare the numerical gradient with itself, so every claim looks right."""

    caught_by = "bptt.gradient_errors"
    zh = "你拿数值梯度与它自己比较，于是什么梯度看起来都对。"

    def gradient_errors(loss, params, gradients):
        errors = {}
        for name in gradients:
            numerical = numerical_gradient(lambda a, n=name: loss({**params, n: a}), params[name])
            errors[name] = relative_error(numerical, numerical)
        return errors


class CheckerOfFirstElement(Mistake):
    """You look at the first element only. A gradient may be wrong in any of them."""

    caught_by = "bptt.gradient_errors"
    zh = "你只看第一个元素。梯度可能在任何一个元素上出错。"
    edit = (
        "gradient_errors",
        "relative_error(claim, numerical_gradient(moved, params[name]))",
        "relative_error(claim.flat[0], numerical_gradient(moved, params[name]).flat[0])",
    )


class CheckerWithLargeStep(Mistake):
    """Your step is too large: the curve of the loss then looks like a wrong gradient."""

    caught_by = "bptt.gradient_errors"
    zh = "你的步长太大：损失函数的弯曲看起来就像梯度错了。"
    edit = ("gradient_errors", "params[name])", "params[name], 0.1)")


class CheckerAnyIsAll(Mistake):
    """You report the worst error of all for every name. Give each name its own."""

    caught_by = "bptt.gradient_errors"
    zh = "你把所有名字中最大的误差报给了每个名字。应各报各的。"
    edit = (
        "gradient_errors",
        "return errors",
        "return dict.fromkeys(errors, max(errors.values()))",
    )
