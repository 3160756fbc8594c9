# ---
# jupyter:
#   course:
#     unit: bptt
#   jupytext:
#     notebook_metadata_filter: course,-jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] lang="en"
# # Back-propagation through time
#
# A recurrent network uses the same weights at every step, and what it writes into its state at
# step 3 still matters at step 30. So the gradient of a weight is a sum over everything that the
# weight ever did: over every step at which it was used, and over every later loss that felt it. The
# lecture writes it as a double sum of products, and adds: too many terms, unstable, costly.
#
# This notebook is that derivation, one line at a time:
#
# | task | what you write |
# |---|---|
# | 1 | the lecture's linear RNN: three gradients in closed form, the double sum itself |
# | 2 | the recursion that makes one pass out of the double sum, a function for each line |
# | 3 | all gradients of the tanh RNN, equal to automatic differentiation |
# | 4 | the products of Jacobians, and why they vanish or explode |
# | 5 | truncation after τ steps, and truncation at random that is right on average |
# | 6 | clipping by the global norm |
# | 7 | the sum over paths, by hand, as a formula |
# | 8 | a gradient checker of your own |
#
# At the end a network learns English spelling from nothing but the gradients that you have written.
# Allow 90 to 120 minutes. Paper and pencil help.

# %% [markdown] lang="zh"
# # 时间反向传播
#
# 循环神经网络每一步都用同一组权重，第 3 步写进状态里的东西，到第 30 步仍然在起作用。因此，一个权重的梯度是它所做过的一切的总和：它被用到的每一步，以及此后受它影响的每一项损失。课上把它写成连乘的二重求和，并且指出：项太多、不稳定、开销大。
#
# 这份作业就是把这个推导一行一行地写出来：
#
# | 任务 | 你要写的内容 |
# |---|---|
# | 1 | 课上的线性 RNN：三个梯度的闭式，也就是那个二重求和本身 |
# | 2 | 把二重求和变成一趟反向计算的递推，每一行写成一个函数 |
# | 3 | tanh RNN 的全部梯度，与自动微分一致 |
# | 4 | 雅可比矩阵的连乘，以及它为什么会消失或爆炸 |
# | 5 | 在 τ 步处截断；以及平均起来仍然正确的随机截断 |
# | 6 | 按全局范数裁剪 |
# | 7 | 亲手写出对路径的求和，写成一个公式 |
# | 8 | 自己的梯度检验程序 |
#
# 最后，一个网络将只靠你写的梯度学会英文拼写。预计用时 90 到 120 分钟，手边最好有纸和笔。

# %% [markdown] lang="en"
# ## How this notebook works
#
# - Where a cell says `raise NotImplementedError("not done yet")`, put your code in place of that line.
#   Keep the names and the arguments of the functions.
# - Run the cell, then the `check(...)` below it. It runs your function on random inputs and tells
#   you what differs and which equation to look at. When your work is graded, the same check runs
#   once more on inputs that you have not seen.
# - In a cell of your own, `check.progress()` shows what is left, and `check.all()` runs every check.
# - The tasks build on each other, but a slip costs you only its own task: where an earlier function
#   is wrong, the later ones are graded with ours in its place.
# - Work in float64 (NumPy's own choice), and change no array that you were given.
#
# The network, with a batch of **rows**:
#
# $$
# \begin{align*}
# a_t &= x_t W_{xh} + h_{t-1} W_{hh} + b_h, & h_t &= \tanh(a_t), \\
# o_t &= h_t W_{ho} + b_o, & L &= \textstyle\sum_{t=1}^{T} l(y_t, o_t),
# \end{align*}
# $$
#
# and $L$ also sums over the batch. It is a sum, not a mean, here as in the lecture.
#
# | symbol | in code | shape |
# |---|---|---|
# | $x_1 \dots x_T$ | `xs` | (batch, time, features) |
# | $h_0$ | `h_0` | (batch, units) |
# | $h_1 \dots h_T$ | `hs` | (batch, time, units) |
# | $h_0 \dots h_{T-1}$ | `states_before(hs, h_0)` | (batch, time, units) |
# | $o_1 \dots o_T$, $\partial L/\partial o_t$ | `os`, `d_os` | (batch, time, outputs) |
# | $y_1 \dots y_T$, token ids | `ys` | (batch, time) |
# | $W_{xh}$, $W_{hh}$, $W_{ho}$ | `W_xh`, `W_hh`, `W_ho` | (features, units), (units, units), (units, outputs) |
# | $b_h$, $b_o$ | `b_h`, `b_o` | (units,), (outputs,) |
#
# Python counts from 0: step $t$ is row `t - 1`, so `xs[:, 0]` is $x_1$ and `hs[:, -1]` is $h_T$.
#
# **Three places where the slides are loose**, and how they are read here.
#
# 1. The lecture's linear RNN has columns, $h_t = W_{hx} x_t + W_{hh} h_{t-1}$. With rows everything
#    is transposed: our $W_{xh}$, $W_{hh}$, $W_{ho}$ are its $W_{hx}^\top$, $W_{hh}^\top$, $W_{oh}^\top$.
# 2. One slide feeds $x_{t-1}$ into $h_t$, the slides on gradients feed $x_t$. It is $x_t$ here: the
#    state $h_t$ has read $x_1, \dots, x_t$, and predicts $y_t$ (in a language model $y_t = x_{t+1}$).
# 3. The lecture's product of Jacobians runs over $j = t, \dots, i$. That is one factor too many: its
#    own recursion gives the direct term, $i = t$, no factor at all. So the product runs over
#    $j = t, \dots, i + 1$, and is empty for $i = t$.

# %% [markdown] lang="zh"
# ## 怎样做这份作业
#
# - 看到 `raise NotImplementedError("not done yet")` 的地方，删掉这一行，换成你的代码。函数名和参数请保持不变。
# - 运行该单元格，再运行它下面的 `check(...)`。它会用随机输入运行你的函数，告诉你哪里不对、该回头看哪个公式。正式评分时，同样的检查会换一组你没见过的输入再跑一遍。
# - 在自己的单元格里运行 `check.progress()`，可以看到还剩哪些没做；`check.all()` 会把所有检查都跑一遍。
# - 各个任务前后相连，但一处出错只扣那一处的分：如果前面的函数有误，后面的任务会改用我们的版本来评分。
# - 请用 float64（NumPy 本来的选择），不要改动传进来的数组。
#
# 网络如下，批量中的每个样本占**一行**：
#
# $$
# \begin{align*}
# a_t &= x_t W_{xh} + h_{t-1} W_{hh} + b_h, & h_t &= \tanh(a_t), \\
# o_t &= h_t W_{ho} + b_o, & L &= \textstyle\sum_{t=1}^{T} l(y_t, o_t),
# \end{align*}
# $$
#
# $L$ 同时也对批量求和。这里和课上一样是求和，不是求平均。
#
# | 符号 | 代码中的名字 | 形状 |
# |---|---|---|
# | $x_1 \dots x_T$ | `xs` | (batch, time, features) |
# | $h_0$ | `h_0` | (batch, units) |
# | $h_1 \dots h_T$ | `hs` | (batch, time, units) |
# | $h_0 \dots h_{T-1}$ | `states_before(hs, h_0)` | (batch, time, units) |
# | $o_1 \dots o_T$、$\partial L/\partial o_t$ | `os`、`d_os` | (batch, time, outputs) |
# | $y_1 \dots y_T$，词元编号 | `ys` | (batch, time) |
# | $W_{xh}$、$W_{hh}$、$W_{ho}$ | `W_xh`、`W_hh`、`W_ho` | (features, units)、(units, units)、(units, outputs) |
# | $b_h$、$b_o$ | `b_h`、`b_o` | (units,)、(outputs,) |
#
# Python 从 0 数起：第 $t$ 步在第 `t - 1` 行，所以 `xs[:, 0]` 是 $x_1$，`hs[:, -1]` 是 $h_T$。
#
# **课件中有三处写得不够严格**，这里的读法如下。
#
# 1. 课上的线性 RNN 用的是列向量，$h_t = W_{hx} x_t + W_{hh} h_{t-1}$。换成行向量后一切都要转置：我们的 $W_{xh}$、$W_{hh}$、$W_{ho}$ 就是课上的 $W_{hx}^\top$、$W_{hh}^\top$、$W_{oh}^\top$。
# 2. 有一页把 $x_{t-1}$ 送进 $h_t$，讲梯度的几页送的是 $x_t$。这里用 $x_t$：状态 $h_t$ 读过了 $x_1, \dots, x_t$，用来预测 $y_t$（在语言模型里 $y_t = x_{t+1}$）。
# 3. 课上雅可比矩阵的连乘取 $j = t, \dots, i$，这样多了一个因子：按课上自己的递推式，直接项 $i = t$ 前面没有任何因子。所以连乘应取 $j = t, \dots, i + 1$，$i = t$ 时是空积。

# %% nbgrader={"grade": false, "grade_id": "bptt-imports", "locked": true, "schema_version": 3, "solution": false}
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp
from IPython.display import display

from autograder.notebook import check
from course_lib import ProgressBar, Vocabulary, load_corpus, plots, split_held_out

# %% nbgrader={"grade": false, "grade_id": "bptt-given", "locked": true, "schema_version": 3, "solution": false}
WEIGHTS = ("W_xh", "W_hh", "W_ho", "b_h", "b_o")


def forward(xs, h_0, params, activation=np.tanh):
    """The states and the outputs of all steps.

    xs (batch, time, features), h_0 (batch, units)
    -> hs (batch, time, units), os (batch, time, outputs)
    """
    h, states = h_0, []
    for x in np.swapaxes(xs, 0, 1):
        h = activation(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        states.append(h)
    states = np.stack(states, axis=1)
    return states, states @ params["W_ho"] + params["b_o"]


def states_before(hs, h_0):
    """h_0 ... h_{T-1}: row by row, the state that each step began with.  (batch, time, units)"""
    return np.concatenate([h_0[:, None], hs[:, :-1]], axis=1)


def softmax(o):
    """exp(o) / sum of exp(o) over the last axis, without overflow."""
    e = np.exp(o - o.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def cross_entropy(os, ys):
    """L, the sum over batch and time of -log softmax(o_t)[y_t], in nats."""
    shifted = os - os.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_p, ys[..., None], axis=-1).sum()


def random_params(features, units, outputs, seed=0):
    """Five random arrays to try your functions on: {"W_xh": (features, units), ...}."""
    rng = np.random.default_rng(seed)
    shapes = ((features, units), (units, units), (units, outputs), (units,), (outputs,))
    return {name: rng.normal(0, 0.6, shape) for name, shape in zip(WEIGHTS, shapes, strict=True)}


# %% [markdown] lang="en"
# ## 1 The linear RNN, in closed form
#
# Without tanh and without biases the whole network is a chain of products,
#
# $$h_t = x_t W_{xh} + h_{t-1} W_{hh}, \qquad o_t = h_t W_{ho},$$
#
# and every Jacobian is the same matrix. Let $g_t = \frac{\partial L}{\partial o_t} W_{ho}^\top$ be what the
# loss of step $t$ sends to its own state $h_t$. On the way back each step multiplies by
# $W_{hh}^\top$, so at step $i$ it arrives as $g_t\, (W_{hh}^\top)^{t-i}$, and there the weights were at work:
#
# $$
# \begin{align}
# \frac{\partial L}{\partial W_{ho}} &= \sum_{t=1}^{T} h_t^\top\, \frac{\partial L}{\partial o_t} \tag{1}\\
# \frac{\partial L}{\partial W_{hh}} &= \sum_{t=1}^{T} \sum_{i=1}^{t} h_{i-1}^\top\; g_t\, (W_{hh}^\top)^{t-i} \tag{2}\\
# \frac{\partial L}{\partial W_{xh}} &= \sum_{t=1}^{T} \sum_{i=1}^{t} x_i^\top\; g_t\, (W_{hh}^\top)^{t-i} \tag{3}
# \end{align}
# $$
#
# Write the three as they stand, with loops over $t$ and $i$; that they are slow is the point of
# task 2. With a batch, `x.T @ d` of (batch, features) and (batch, units) is $x^\top d$, summed over the
# batch.
#
# A single unit with $W_{xh} = W_{ho} = 1$, $W_{hh} = 0.5$, $h_0 = 0$ that reads $1, 0, 0$ has the
# states $1,\ 0.5,\ 0.25$. If only the last output counts, $\partial L/\partial o = (0, 0, 1)$, equation (2)
# has three terms: $h_0 \cdot 0.25 + h_1 \cdot 0.5 + h_2 \cdot 1 = 0 + 0.5 + 0.5 = 1$. Indeed
# $h_3 = W_{hh}^2$, whose derivative is $2\,W_{hh} = 1$.

# %% [markdown] lang="zh"
# ## 1 线性 RNN 的闭式梯度
#
# 去掉 tanh 和偏置，整个网络就是一串乘法：
#
# $$h_t = x_t W_{xh} + h_{t-1} W_{hh}, \qquad o_t = h_t W_{ho},$$
#
# 所有的雅可比矩阵都是同一个。记 $g_t = \frac{\partial L}{\partial o_t} W_{ho}^\top$，它是第 $t$ 步的损失传给本步状态 $h_t$ 的部分。往回每走一步就乘一次 $W_{hh}^\top$，所以传到第 $i$ 步时是 $g_t\, (W_{hh}^\top)^{t-i}$，而权重正是在那里起作用的：
#
# $$
# \begin{align}
# \frac{\partial L}{\partial W_{ho}} &= \sum_{t=1}^{T} h_t^\top\, \frac{\partial L}{\partial o_t} \tag{1}\\
# \frac{\partial L}{\partial W_{hh}} &= \sum_{t=1}^{T} \sum_{i=1}^{t} h_{i-1}^\top\; g_t\, (W_{hh}^\top)^{t-i} \tag{2}\\
# \frac{\partial L}{\partial W_{xh}} &= \sum_{t=1}^{T} \sum_{i=1}^{t} x_i^\top\; g_t\, (W_{hh}^\top)^{t-i} \tag{3}
# \end{align}
# $$
#
# 请照原样写出这三个式子，对 $t$ 和 $i$ 各用一个循环；它们很慢，而这正是任务 2 要解决的问题。有批量时，`x.T @ d`（形状分别为 (batch, features) 和 (batch, units)）就是 $x^\top d$，并且已经对批量求了和。
#
# 举例：只有一个单元，$W_{xh} = W_{ho} = 1$，$W_{hh} = 0.5$，$h_0 = 0$，依次读入 $1, 0, 0$，状态是 $1,\ 0.5,\ 0.25$。若只有最后一个输出计入损失，$\partial L/\partial o = (0, 0, 1)$，则公式 (2) 有三项：$h_0 \cdot 0.25 + h_1 \cdot 0.5 + h_2 \cdot 1 = 0 + 0.5 + 0.5 = 1$。确实，$h_3 = W_{hh}^2$，导数是 $2\,W_{hh} = 1$。


# %% nbgrader={"grade": false, "grade_id": "bptt-linear_W_ho-answer", "locked": false, "schema_version": 3, "solution": true}
def linear_W_ho_gradient(hs, d_os):
    """Equation (1).  hs (batch, time, units), d_os (batch, time, outputs) -> (units, outputs)"""
    ### BEGIN SOLUTION
    return np.einsum("btu,bto->uo", hs, d_os)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-linear_W_ho", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("bptt.linear_W_ho")


# %% nbgrader={"grade": false, "grade_id": "bptt-linear_W_hh-answer", "locked": false, "schema_version": 3, "solution": true}
def linear_W_hh_gradient(hs, h_0, params, d_os):
    """Equation (2).  hs (batch, time, units), h_0 (batch, units) -> (units, units)"""
    ### BEGIN SOLUTION
    befores = states_before(hs, h_0)
    total = 0.0
    for t in range(hs.shape[1]):
        arrives = d_os[:, t] @ params["W_ho"].T
        for i in range(t, -1, -1):
            total = total + befores[:, i].T @ arrives
            arrives = arrives @ params["W_hh"].T
    return total
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-linear_W_hh", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("bptt.linear_W_hh")


# %% nbgrader={"grade": false, "grade_id": "bptt-linear_W_xh-answer", "locked": false, "schema_version": 3, "solution": true}
def linear_W_xh_gradient(xs, params, d_os):
    """Equation (3).  xs (batch, time, features) -> (features, units)"""
    ### BEGIN SOLUTION
    total = 0.0
    for t in range(xs.shape[1]):
        arrives = d_os[:, t] @ params["W_ho"].T
        for i in range(t, -1, -1):
            total = total + xs[:, i].T @ arrives
            arrives = arrives @ params["W_hh"].T
    return total
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-linear_W_xh", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("bptt.linear_W_xh")

# %% [markdown] lang="en"
# ## 2 The recursion, line by line
#
# Equation (2) has $T(T+1)/2$ terms, and many of them share a piece of their way. Collect first what
# arrives at a state from **all** losses after it,
#
# $$\delta_t = \frac{\partial L}{\partial h_t},$$
#
# and send that back one step at a time: $T$ steps instead of $T^2/2$ terms. From here on with tanh, with
# biases, and with the loss of a language model, the cross-entropy $l(y, o) = -\log \operatorname{softmax}(o)[y]$.
#
# **Line 1, the loss.** What does the loss say to the outputs?
#
# $$\frac{\partial L}{\partial o_t} = \operatorname{softmax}(o_t) - \operatorname{onehot}(y_t) \tag{4}$$
#
# Derive it: $-\log\operatorname{softmax}(o)[y] = \log \sum_k e^{o_k} - o_y$. For $o = (2, 1, 0)$ and $y = 0$
# it is $(0.665, 0.245, 0.090) - (1, 0, 0) = (-0.335,\ 0.245,\ 0.090)$. A step down this gradient pushes the right
# token up and each other one down, by as much as was wrongly believed of it. The three numbers add up to zero.
#
# *Hint.* `softmax` is given above. `np.eye(n)[ys]` makes one-hot vectors.

# %% [markdown] lang="zh"
# ## 2 一行一行写出递推
#
# 公式 (2) 有 $T(T+1)/2$ 项，其中许多项走过同一段路。先把后面**所有**损失传到某个状态的部分汇总起来，
#
# $$\delta_t = \frac{\partial L}{\partial h_t},$$
#
# 再把它一步一步地往回送：只要 $T$ 步，而不是 $T^2/2$ 项。从这里开始，网络带有 tanh 和偏置，损失是语言模型的交叉熵 $l(y, o) = -\log \operatorname{softmax}(o)[y]$。
#
# **第一行：损失。** 损失对输出说了什么？
#
# $$\frac{\partial L}{\partial o_t} = \operatorname{softmax}(o_t) - \operatorname{onehot}(y_t) \tag{4}$$
#
# 请自己推一遍：$-\log\operatorname{softmax}(o)[y] = \log \sum_k e^{o_k} - o_y$。例如 $o = (2, 1, 0)$，$y = 0$ 时，它是 $(0.665, 0.245, 0.090) - (1, 0, 0) = (-0.335,\ 0.245,\ 0.090)$：梯度下降会把正确的词元往上推，把其余的往下压，错信了多少就压多少。三个数之和为零。
#
# *提示*：`softmax` 上面已经给出。`np.eye(n)[ys]` 可以得到独热向量。


# %% nbgrader={"grade": false, "grade_id": "bptt-output_gradient-answer", "locked": false, "schema_version": 3, "solution": true}
def output_gradient(os, ys):
    """Equation (4).  os (batch, time, outputs), ys (batch, time) -> d_os (batch, time, outputs)"""
    ### BEGIN SOLUTION
    return softmax(os) - np.eye(os.shape[-1])[ys]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-output_gradient", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("bptt.output_gradient")

# %% [markdown] lang="en"
# **Line 2, the output layer.** What the loss of step $t$ says to the state of the same step, $h_t$'s *own
# part* of the loss:
#
# $$g_t = \frac{\partial L}{\partial o_t}\, W_{ho}^\top \tag{5}$$
#
# All steps at once: (batch, time, outputs) becomes (batch, time, units).

# %% [markdown] lang="zh"
# **第二行：输出层。** 第 $t$ 步的损失对同一步的状态说了什么，即 $h_t$ 自己那一份：
#
# $$g_t = \frac{\partial L}{\partial o_t}\, W_{ho}^\top \tag{5}$$
#
# 所有时间步一起算：(batch, time, outputs) 变成 (batch, time, units)。


# %% nbgrader={"grade": false, "grade_id": "bptt-own_part-answer", "locked": false, "schema_version": 3, "solution": true}
def own_part(d_os, W_ho):
    """Equation (5).  d_os (batch, time, outputs) -> gs (batch, time, units)"""
    ### BEGIN SOLUTION
    return d_os @ W_ho.T
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-own_part", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("bptt.own_part")

# %% [markdown] lang="en"
# **Line 3, through tanh.** From the state back to its pre-activation $a_t$. The derivative of tanh is known
# from its own output, $\tanh'(a_t) = 1 - \tanh^2(a_t) = 1 - h_t^2$:
#
# $$\varepsilon_t = \frac{\partial L}{\partial a_t} = \delta_t \odot (1 - h_t^2) \tag{6}$$
#
# A unit at $h = 0.5$ lets 75 % through, one at $h = 0.99$ only 2 %: a saturated unit does not learn.

# %% [markdown] lang="zh"
# **第三行：穿过 tanh。** 从状态回到激活之前的 $a_t$。tanh 的导数可以由它自己的输出算出，$\tanh'(a_t) = 1 - \tanh^2(a_t) = 1 - h_t^2$：
#
# $$\varepsilon_t = \frac{\partial L}{\partial a_t} = \delta_t \odot (1 - h_t^2) \tag{6}$$
#
# 处在 $h = 0.5$ 的单元让 75% 通过，处在 $h = 0.99$ 的只让 2% 通过：饱和的单元学不动。


# %% nbgrader={"grade": false, "grade_id": "bptt-through_tanh-answer", "locked": false, "schema_version": 3, "solution": true}
def through_tanh(delta, h):
    """Equation (6).  both (batch, units), or any other shape -> epsilon of that shape"""
    ### BEGIN SOLUTION
    return delta * (1 - h**2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-through_tanh", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("bptt.through_tanh")

# %% [markdown] lang="en"
# **Line 4, one step back.** $a_t$ contains $h_{t-1} W_{hh}$. So $\varepsilon_t$ reaches the state before as
#
# $$\frac{\partial a_t}{\partial h_{t-1}} \text{ applied to } \varepsilon_t: \qquad \varepsilon_t\, W_{hh}^\top \tag{7}$$
#
# Why the transpose? $a_t[j] = \dots + \sum_i h_{t-1}[i]\, W_{hh}[i, j]$, so unit $i$ gets back
# $\sum_j W_{hh}[i, j]\, \varepsilon_t[j]$: the sum is over the *second* index.

# %% [markdown] lang="zh"
# **第四行：往回走一步。** $a_t$ 中含有 $h_{t-1} W_{hh}$，所以 $\varepsilon_t$ 传到前一个状态时是
#
# $$\frac{\partial a_t}{\partial h_{t-1}} \text{ 作用于 } \varepsilon_t: \qquad \varepsilon_t\, W_{hh}^\top \tag{7}$$
#
# 为什么要转置？$a_t[j] = \dots + \sum_i h_{t-1}[i]\, W_{hh}[i, j]$，所以单元 $i$ 收回的是 $\sum_j W_{hh}[i, j]\, \varepsilon_t[j]$：求和是对**第二个**下标进行的。


# %% nbgrader={"grade": false, "grade_id": "bptt-one_step_back-answer", "locked": false, "schema_version": 3, "solution": true}
def one_step_back(epsilon, W_hh):
    """Equation (7).  epsilon (batch, units) -> its part of the state before, (batch, units)"""
    ### BEGIN SOLUTION
    return epsilon @ W_hh.T
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-one_step_back", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("bptt.one_step_back")

# %% [markdown] lang="en"
# **Line 5, the recursion.** A state acts on the loss in two ways: through its own output, and through
# the next state. Nothing comes after the last state, and $h_0$ has no output:
#
# $$
# \begin{align}
# \delta_T &= g_T \\
# \delta_t &= g_t + \varepsilon_{t+1}\, W_{hh}^\top, \qquad \varepsilon_{t+1} = \delta_{t+1} \odot (1 - h_{t+1}^2), \qquad t = T-1, \dots, 1 \tag{8}\\
# \delta_0 &= \varepsilon_1\, W_{hh}^\top
# \end{align}
# $$
#
# `deltas(hs, d_os, params)` returns $\delta_1, \dots, \delta_T$ as one array (batch, time, units), and $\delta_0$
# (batch, units). Mind which $h$ stands in $\varepsilon$: the state of the step that you come *from*.

# %% [markdown] lang="zh"
# **第五行：递推。** 一个状态通过两条途径影响损失：经过它自己的输出，以及经过下一个状态。最后一个状态后面什么也没有，而 $h_0$ 没有输出：
#
# $$
# \begin{align}
# \delta_T &= g_T \\
# \delta_t &= g_t + \varepsilon_{t+1}\, W_{hh}^\top, \qquad \varepsilon_{t+1} = \delta_{t+1} \odot (1 - h_{t+1}^2), \qquad t = T-1, \dots, 1 \tag{8}\\
# \delta_0 &= \varepsilon_1\, W_{hh}^\top
# \end{align}
# $$
#
# `deltas(hs, d_os, params)` 返回 $\delta_1, \dots, \delta_T$（一个数组，(batch, time, units)）和 $\delta_0$ (batch, units)。注意 $\varepsilon$ 里是哪一个 $h$：是你**出发**的那一步的状态。


# %% nbgrader={"grade": false, "grade_id": "bptt-deltas-answer", "locked": false, "schema_version": 3, "solution": true}
def deltas(hs, d_os, params):
    """Equation (8).  hs (batch, time, units) -> deltas like hs, and delta_0 (batch, units)"""
    ### BEGIN SOLUTION
    gs = own_part(d_os, params["W_ho"])
    found = np.empty_like(gs)
    back = np.zeros_like(gs[:, 0])  # nothing comes back to the last state
    for t in reversed(range(hs.shape[1])):
        found[:, t] = gs[:, t] + back
        back = one_step_back(through_tanh(found[:, t], hs[:, t]), params["W_hh"])
    return found, back
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-deltas", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("bptt.deltas")

# %% [markdown] lang="en"
# ## 3 All gradients of the tanh RNN
#
# $\varepsilon_t$ says how the loss changes with $a_t$, and the weights act through $a_t$ alone. They are the
# same at every step, so their gradients are sums over the steps (and over the batch):
#
# $$
# \begin{align}
# \frac{\partial L}{\partial W_{xh}} &= \sum_t x_t^\top \varepsilon_t, &
# \frac{\partial L}{\partial W_{hh}} &= \sum_t h_{t-1}^\top \varepsilon_t, &
# \frac{\partial L}{\partial b_h} &= \sum_t \varepsilon_t, \\
# \frac{\partial L}{\partial W_{ho}} &= \sum_t h_t^\top \frac{\partial L}{\partial o_t}, &
# \frac{\partial L}{\partial b_o} &= \sum_t \frac{\partial L}{\partial o_t} && \tag{9}
# \end{align}
# $$
#
# `weight_gradients(xs, h_0, hs, d_os, epsilons)` returns the five as a dict with the keys `"W_xh"`,
# `"W_hh"`, `"W_ho"`, `"b_h"`, `"b_o"`. The inputs and the first state have gradients too,
#
# $$\frac{\partial L}{\partial x_t} = \varepsilon_t\, W_{xh}^\top, \qquad \frac{\partial L}{\partial h_0} = \delta_0, \tag{10}$$
#
# and `rnn_gradients(xs, h_0, params, d_os)` puts everything together: forward, the recursion, a dict
# with the five names and `"xs"`, `"h_0"`. The loss may be any: all that is left of it is `d_os`, its
# gradient with respect to the outputs.
#
# *Hint.* Step $t$ multiplied $W_{hh}$ with the state *before*. `states_before` has those, row for row.

# %% [markdown] lang="zh"
# ## 3 tanh RNN 的全部梯度
#
# $\varepsilon_t$ 说的是损失怎样随 $a_t$ 变化，而权重只通过 $a_t$ 起作用。每一步用的是同一组权重，所以它们的梯度是对各步（以及对批量）求和：
#
# $$
# \begin{align}
# \frac{\partial L}{\partial W_{xh}} &= \sum_t x_t^\top \varepsilon_t, &
# \frac{\partial L}{\partial W_{hh}} &= \sum_t h_{t-1}^\top \varepsilon_t, &
# \frac{\partial L}{\partial b_h} &= \sum_t \varepsilon_t, \\
# \frac{\partial L}{\partial W_{ho}} &= \sum_t h_t^\top \frac{\partial L}{\partial o_t}, &
# \frac{\partial L}{\partial b_o} &= \sum_t \frac{\partial L}{\partial o_t} && \tag{9}
# \end{align}
# $$
#
# `weight_gradients(xs, h_0, hs, d_os, epsilons)` 返回含这五个梯度的字典，键为 `"W_xh"`、`"W_hh"`、`"W_ho"`、`"b_h"`、`"b_o"`。输入和最初的状态也有梯度：
#
# $$\frac{\partial L}{\partial x_t} = \varepsilon_t\, W_{xh}^\top, \qquad \frac{\partial L}{\partial h_0} = \delta_0, \tag{10}$$
#
# `rnn_gradients(xs, h_0, params, d_os)` 把一切合在一起：前向计算、递推，返回的字典除五个权重名外还有 `"xs"` 和 `"h_0"`。损失可以是任意的：这里只剩下它对输出的梯度 `d_os`。
#
# *提示*：第 $t$ 步与 $W_{hh}$ 相乘的是**前一个**状态。`states_before` 逐行给出的正是它们。


# %% nbgrader={"grade": false, "grade_id": "bptt-weight_gradients-answer", "locked": false, "schema_version": 3, "solution": true}
def weight_gradients(xs, h_0, hs, d_os, epsilons):
    """Equation (9).  epsilons like hs, (batch, time, units) -> {"W_xh", "W_hh", "W_ho", "b_h", "b_o"}"""
    ### BEGIN SOLUTION
    return {
        "W_xh": np.einsum("btf,btu->fu", xs, epsilons),
        "W_hh": np.einsum("btv,btu->vu", states_before(hs, h_0), epsilons),
        "W_ho": np.einsum("btu,bto->uo", hs, d_os),
        "b_h": epsilons.sum(axis=(0, 1)),
        "b_o": d_os.sum(axis=(0, 1)),
    }
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-weight_gradients", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("bptt.weight_gradients")


# %% nbgrader={"grade": false, "grade_id": "bptt-rnn_gradients-answer", "locked": false, "schema_version": 3, "solution": true}
def rnn_gradients(xs, h_0, params, d_os):
    """Equations (5) to (10): all gradients.  -> {"W_xh", "W_hh", "W_ho", "b_h", "b_o", "xs", "h_0"}"""
    ### BEGIN SOLUTION
    hs, _ = forward(xs, h_0, params)
    found, delta_0 = deltas(hs, d_os, params)
    epsilons = through_tanh(found, hs)
    gradients = weight_gradients(xs, h_0, hs, d_os, epsilons)
    return gradients | {"xs": epsilons @ params["W_xh"].T, "h_0": delta_0}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-rnn_gradients", "locked": true, "points": 7, "schema_version": 3, "solution": false}
check("bptt.rnn_gradients")

# %% [markdown] lang="en"
# **See it.** TensorFlow derives the same seven arrays by automatic differentiation, without being told
# a single equation of the backward pass. Both in float64: how many digits do they share?

# %% [markdown] lang="zh"
# **看一看。** TensorFlow 用自动微分求出同样的七个数组，而没有人告诉过它反向计算的任何一个公式。两边都用 float64：它们有多少位相同？

# %%
import tensorflow as tf

if check.done("bptt.rnn_gradients") and check.done("bptt.output_gradient"):
    rng = np.random.default_rng(1)
    example = random_params(features=3, units=5, outputs=4) | {
        "xs": rng.normal(size=(2, 12, 3)),
        "h_0": rng.uniform(-0.9, 0.9, (2, 5)),
    }
    answers = rng.integers(0, 4, (2, 12))

    watched = {name: tf.Variable(value) for name, value in example.items()}
    with tf.GradientTape() as tape:
        state, total = watched["h_0"], 0.0
        for step in range(12):
            read = watched["xs"][:, step] @ watched["W_xh"]
            state = tf.tanh(read + state @ watched["W_hh"] + watched["b_h"])
            said = state @ watched["W_ho"] + watched["b_o"]
            total += tf.reduce_sum(
                tf.nn.sparse_softmax_cross_entropy_with_logits(answers[:, step], said)
            )
    automatic = tape.gradient(total, watched)

    said = forward(example["xs"], example["h_0"], example)[1]
    by_hand = rnn_gradients(example["xs"], example["h_0"], example, output_gradient(said, answers))
    for name, array in by_hand.items():
        gap = np.abs(array - automatic[name]).max() / np.abs(array).max()
        print(f"{name:5} {str(array.shape):11} largest relative gap {gap:.1e}")

# %% [markdown] lang="en"
# ## 4 Jacobians: vanishing and exploding
#
# Look at one sequence, without a batch. How much does $h_t$ change when $h_{t-1}$ does? One factor of the
# lecture's products, the Jacobian of one step:
#
# $$J_t[i, j] = \frac{\partial h_t[i]}{\partial h_{t-1}[j]} = (1 - h_t[i]^2)\; W_{hh}[j, i] \tag{11}$$
#
# Row $i$ is the new state, column $j$ the old one. Equations (6) and (7) together are the row vector
# $\delta_t$ times $J_t$: the recursion of task 2 never needed the matrix, but this is it.
#
# Over several steps Jacobians multiply, the latest on the left:
#
# $$\frac{\partial h_T}{\partial h_{T-n}} = J_T\, J_{T-1} \cdots J_{T-n+1}, \qquad n = 0, \dots, T \tag{12}$$
#
# with $n = 0$ the identity. Its size is the **spectral norm**, its largest singular value: the most that any
# change of $h_{T-n}$ is stretched on the way (`np.linalg.norm(matrix, 2)`).
#
# - `jacobian(h, W_hh)`: $J_t$ (units, units) from $h_t$ (units,).
# - `jacobian_norms(hs, W_hh)`: from $h_1 \dots h_T$ (time, units) the $T + 1$ numbers
#   $\lVert \partial h_T / \partial h_{T-n} \rVert$ for the lags $n = 0, \dots, T$.

# %% [markdown] lang="zh"
# ## 4 雅可比矩阵：消失与爆炸
#
# 只看一个序列，不带批量。$h_{t-1}$ 变化时，$h_t$ 会变多少？这就是课上连乘中的一个因子，单步的雅可比矩阵：
#
# $$J_t[i, j] = \frac{\partial h_t[i]}{\partial h_{t-1}[j]} = (1 - h_t[i]^2)\; W_{hh}[j, i] \tag{11}$$
#
# 行 $i$ 是新状态，列 $j$ 是旧状态。公式 (6) 和 (7) 合起来就是行向量 $\delta_t$ 乘 $J_t$：任务 2 的递推从来不需要写出这个矩阵，但那里做的正是这件事。
#
# 跨过若干步时，雅可比矩阵相乘，越晚的越靠左：
#
# $$\frac{\partial h_T}{\partial h_{T-n}} = J_T\, J_{T-1} \cdots J_{T-n+1}, \qquad n = 0, \dots, T \tag{12}$$
#
# $n = 0$ 时是单位矩阵。它的大小用**谱范数**衡量，也就是最大的奇异值：$h_{T-n}$ 的变化一路上最多被拉长多少倍（`np.linalg.norm(matrix, 2)`）。
#
# - `jacobian(h, W_hh)`：由 $h_t$ (units,) 求 $J_t$ (units, units)。
# - `jacobian_norms(hs, W_hh)`：由 $h_1 \dots h_T$ (time, units) 求 $T + 1$ 个数 $\lVert \partial h_T / \partial h_{T-n} \rVert$，滞后 $n = 0, \dots, T$。


# %% nbgrader={"grade": false, "grade_id": "bptt-jacobian-answer", "locked": false, "schema_version": 3, "solution": true}
def jacobian(h, W_hh):
    """Equation (11).  h (units,), W_hh (units, units) -> (units, units), row i: dh_t[i]"""
    ### BEGIN SOLUTION
    return (1 - h**2)[:, None] * W_hh.T
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-jacobian", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("bptt.jacobian")


# %% nbgrader={"grade": false, "grade_id": "bptt-jacobian_norms-answer", "locked": false, "schema_version": 3, "solution": true}
def jacobian_norms(hs, W_hh):
    """Norms of equation (12).  hs (time, units), h_1 ... h_T -> (time + 1,), for lags 0 ... T"""
    ### BEGIN SOLUTION
    product = np.eye(len(W_hh))
    norms = [1.0]
    for h in hs[::-1]:
        product = product @ jacobian(h, W_hh)
        norms.append(np.linalg.norm(product, 2))
    return np.array(norms)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-jacobian_norms", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("bptt.jacobian_norms")

# %% [markdown] lang="en"
# What decides between vanishing and exploding? In the linear RNN $J_t = W_{hh}^\top$ at every step, the
# product is a power, and for a long lag a power grows or shrinks like the largest eigenvalue:
#
# $$\lVert (W_{hh}^\top)^n \rVert^{1/n} \to \rho(W_{hh}), \qquad \rho(W) = \max_k |\lambda_k(W)|, \tag{13}$$
#
# the **spectral radius**. Below 1 the gradient vanishes, above 1 it explodes. The eigenvalues of a matrix
# that is not symmetric are complex in general: $\begin{pmatrix} 0 & 0.9 \\ -0.9 & 0 \end{pmatrix}$ turns the
# state by 90° and shrinks it to 90 %; its eigenvalues are $\pm 0.9\,\mathrm{i}$ and its spectral radius is 0.9.
#
# - `spectral_radius(W)` returns $\rho(W)$.
# - `with_spectral_radius(W, rho)` returns $W$ times one number, so that its spectral radius is `rho`.

# %% [markdown] lang="zh"
# 消失还是爆炸，由什么决定？在线性 RNN 里每一步都有 $J_t = W_{hh}^\top$，连乘就是矩阵的幂；滞后很长时，幂的增减由最大的特征值决定：
#
# $$\lVert (W_{hh}^\top)^n \rVert^{1/n} \to \rho(W_{hh}), \qquad \rho(W) = \max_k |\lambda_k(W)|, \tag{13}$$
#
# 这就是**谱半径**。小于 1 时梯度消失，大于 1 时梯度爆炸。非对称矩阵的特征值一般是复数：$\begin{pmatrix} 0 & 0.9 \\ -0.9 & 0 \end{pmatrix}$ 把状态旋转 90° 并缩到 90%，特征值是 $\pm 0.9\,\mathrm{i}$，谱半径是 0.9。
#
# - `spectral_radius(W)` 返回 $\rho(W)$。
# - `with_spectral_radius(W, rho)` 返回 $W$ 乘上一个数，使谱半径恰为 `rho`。


# %% nbgrader={"grade": false, "grade_id": "bptt-spectral_radius-answer", "locked": false, "schema_version": 3, "solution": true}
def spectral_radius(W):
    """Equation (13).  W (units, units) -> a number"""
    ### BEGIN SOLUTION
    return np.abs(np.linalg.eigvals(W)).max()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-spectral_radius", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("bptt.spectral_radius")


# %% nbgrader={"grade": false, "grade_id": "bptt-with_spectral_radius-answer", "locked": false, "schema_version": 3, "solution": true}
def with_spectral_radius(W, rho):
    """W times a number, so that its spectral radius is rho.  (units, units) -> (units, units)"""
    ### BEGIN SOLUTION
    return W * (rho / spectral_radius(W))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-with_spectral_radius", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("bptt.with_spectral_radius")

# %% [markdown] lang="en"
# **See it.** One random matrix, scaled to three spectral radii. Left to right: the lag. In the first figure
# all states are zero, where tanh has slope 1 and the network is as good as linear; in the second the network
# reads an input, and its tanh's bend. The straight lines of the first have slope $\log\rho$. Why do they not
# start straight? And what has become of $\rho = 1.3$ in the second?

# %% [markdown] lang="zh"
# **看一看。** 同一个随机矩阵，缩放到三种谱半径，横轴是滞后。第一张图中所有状态都为零，tanh 在那里的斜率是 1，网络与线性的无异；第二张图中网络读入了输入，tanh 弯曲起来。第一张图里直线的斜率是 $\log\rho$。为什么开头一段不是直的？在第二张图里，$\rho = 1.3$ 又变成了什么样？

# %%
if all(map(check.done, ("bptt.jacobian_norms", "bptt.with_spectral_radius"))):
    rng = np.random.default_rng(4)
    raw, read = rng.normal(size=(30, 30)), 0.6 * rng.normal(size=(1, 40, 5))
    at_rest, at_work = {}, {}
    for rho in (0.7, 1.0, 1.3):
        network = random_params(features=5, units=30, outputs=1, seed=5)
        network["W_hh"] = with_spectral_radius(raw, rho)
        visited, _ = forward(read, np.zeros((1, 30)), network)
        at_rest[f"ρ = {rho}"] = jacobian_norms(np.zeros((40, 30)), network["W_hh"])
        at_work[f"ρ = {rho}"] = jacobian_norms(visited[0], network["W_hh"])
    display(plots.gradient_flow(at_rest, "Linear: a power of one matrix"))
    display(plots.gradient_flow(at_work, "tanh, reading an input: every slope is below 1"))

# %% [markdown] lang="en"
# ## 5 Truncation
#
# The lecture's cure for sums that are too long: stop. Let $\tau$ be the number of steps that the loss of step
# $t$ may go back. It reaches $h_t, h_{t-1}, \dots, h_{t-\tau}$, and $h_{t-\tau-1}$ counts as a constant. What
# arrives at $a_i$ is then
#
# $$\varepsilon_i = \sum_{t=i}^{\min(i+\tau,\, T)} \big(\text{the loss of step } t \text{, sent back } t - i \text{ steps}\big), \tag{14}$$
#
# and equations (9) and (10) stay as they are. $\tau = 0$ goes back in time not at all; $\tau \ge T$ cuts nothing,
# since $h_0$ lies $t$ steps before $h_t$. Only the *gradient* is truncated: the states, the outputs and the
# loss are those of the whole sequence.
#
# `truncated_gradients(xs, h_0, params, d_os, tau)` returns the seven arrays of `rnn_gradients`.
#
# *Hint.* $\delta_t$ of task 2 mixes losses that have come different ways, so it cannot tell which of them are
# tired. Send the loss of each step back on its own, and add up at each $\varepsilon_i$ what arrives.
# (Training on windows cuts elsewhere, at the windows' borders: there the first loss of a window reaches
# back no step and the last one many. That is a truncation too, but not this one.)

# %% [markdown] lang="zh"
# ## 5 截断
#
# 和式太长，课上的办法是：到此为止。设第 $t$ 步的损失最多可以往回走 $\tau$ 步：它到达 $h_t, h_{t-1}, \dots, h_{t-\tau}$，而 $h_{t-\tau-1}$ 被当作常数。于是传到 $a_i$ 的是
#
# $$\varepsilon_i = \sum_{t=i}^{\min(i+\tau,\, T)} \big(\text{第 } t \text{ 步的损失往回传 } t - i \text{ 步}\big), \tag{14}$$
#
# 公式 (9) 和 (10) 照旧。$\tau = 0$ 完全不沿时间回传；$h_0$ 在 $h_t$ 之前 $t$ 步，所以 $\tau \ge T$ 时什么也没截掉。被截断的只是**梯度**：状态、输出和损失仍然是整个序列的。
#
# `truncated_gradients(xs, h_0, params, d_os, tau)` 返回与 `rnn_gradients` 相同的七个数组。
#
# *提示*：任务 2 中的 $\delta_t$ 把走过不同路程的损失混在一起，分不清哪些已经走够了。请让每一步的损失各自往回走，在每个 $\varepsilon_i$ 处把到达的加起来。（分窗口训练是在窗口边界处切断：窗口里第一项损失一步也回不去，最后一项却能回去很多步。那也是截断，但不是这里要的这种。）


# %% nbgrader={"grade": false, "grade_id": "bptt-truncated-answer", "locked": false, "schema_version": 3, "solution": true}
def truncated_gradients(xs, h_0, params, d_os, tau):
    """Equation (14): as rnn_gradients, but no loss goes back more than tau steps."""
    ### BEGIN SOLUTION
    hs, _ = forward(xs, h_0, params)
    gs = own_part(d_os, params["W_ho"])
    epsilons, delta_0 = np.zeros_like(hs), np.zeros_like(h_0)
    for t in range(hs.shape[1]):
        delta = gs[:, t]
        for lag in range(min(tau, t) + 1):
            epsilon = through_tanh(delta, hs[:, t - lag])
            epsilons[:, t - lag] += epsilon
            delta = one_step_back(epsilon, params["W_hh"])
        if t < tau:  # row t is step t + 1, which lies t + 1 steps after h_0
            delta_0 += delta
    gradients = weight_gradients(xs, h_0, hs, d_os, epsilons)
    return gradients | {"xs": epsilons @ params["W_xh"].T, "h_0": delta_0}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-truncated", "locked": true, "points": 7, "schema_version": 3, "solution": false}
check("bptt.truncated")

# %% [markdown] lang="en"
# A fixed cut is wrong always in the same direction: what happened more than $\tau$ steps ago never counts. **Cut
# at random** instead, and make up for it. Each step back is taken with probability $\pi$ (`keep`), otherwise
# the way ends there. A loss then comes $n$ steps back with probability $\pi^n$, so what does arrive
# is given the weight $1/\pi^n$. For each term of the double sum
#
# $$\mathbb{E}[\text{weight}] = \pi^n \cdot \frac{1}{\pi^n} + (1 - \pi^n) \cdot 0 = 1: \tag{15}$$
#
# on average nothing is lost. Most of the time the way is short; now and then it is long, and then it
# counts for all those that were not. That is the price: variance.
#
# `randomised_gradients(xs, h_0, params, d_os, keep, rng)` returns the seven arrays of one random draw;
# `rng` is a `np.random.Generator`, $0 < \pi < 1$. There are two usual ways, and both are right: in the
# recursion (8), multiply what goes one step back by $\xi$, which is $1/\pi$ with probability $\pi$ and
# else 0; or draw for a loss how many steps it goes back, and weigh each term of equation (14) by one
# over the probability that it is reached.

# %% [markdown] lang="zh"
# 固定的截断总是往同一个方向错：$\tau$ 步以前发生的事永远不算数。不如**随机截断**，再加以补偿。每往回走一步之前，以概率 $\pi$（`keep`）继续，否则到此为止。这样，一项损失能往回走到 $n$ 步的概率是 $\pi^n$，所以真正走到的那部分要乘上权重 $1/\pi^n$。对二重求和里的每一项都有
#
# $$\mathbb{E}[\text{权重}] = \pi^n \cdot \frac{1}{\pi^n} + (1 - \pi^n) \cdot 0 = 1: \tag{15}$$
#
# 平均起来什么也没丢。大多数时候路很短；偶尔很长，这时它要替所有没走到的那些次一并计数。代价就是方差。
#
# `randomised_gradients(xs, h_0, params, d_os, keep, rng)` 返回一次随机抽取得到的七个数组；`rng` 是 `np.random.Generator`，$0 < \pi < 1$。常见的做法有两种，都是对的：在递推 (8) 中，把往回走一步的量乘上 $\xi$，它以概率 $\pi$ 取 $1/\pi$，否则取 0；或者为一项损失抽取它往回走的步数，再把公式 (14) 的每一项除以它被走到的概率。


# %% nbgrader={"grade": false, "grade_id": "bptt-randomised-answer", "locked": false, "schema_version": 3, "solution": true}
def randomised_gradients(xs, h_0, params, d_os, keep, rng):
    """Equation (15): as rnn_gradients, each step back taken with probability keep."""
    ### BEGIN SOLUTION
    hs, _ = forward(xs, h_0, params)
    gs = own_part(d_os, params["W_ho"])
    epsilons, back = np.zeros_like(hs), np.zeros_like(h_0)
    for t in reversed(range(hs.shape[1])):
        epsilons[:, t] = through_tanh(gs[:, t] + back, hs[:, t])
        weight = 1 / keep if rng.random() < keep else 0.0
        back = weight * one_step_back(epsilons[:, t], params["W_hh"])
    gradients = weight_gradients(xs, h_0, hs, d_os, epsilons)
    return gradients | {"xs": epsilons @ params["W_xh"].T, "h_0": back}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-randomised", "locked": true, "points": 7, "schema_version": 3, "solution": false}
check("bptt.randomised")

# %% [markdown] lang="en"
# **See it.** How wrong is $\partial L/\partial W_{hh}$ (distance from the full gradient, relative to its length)? On the
# left for a fixed $\tau$; on the right for the mean over more and more random draws. The dashed lines are fixed
# cuts: they do not get better with patience. With which slope does the random one fall, and why?

# %% [markdown] lang="zh"
# **看一看。** $\partial L/\partial W_{hh}$ 错了多少（与完整梯度的距离，除以完整梯度的长度）？左图是固定的 $\tau$；右图是越来越多次随机抽取的平均。虚线是固定截断：再有耐心它也不会变好。随机的那条以什么斜率下降？为什么？

# %%
if (
    check.done("bptt.truncated")
    and check.done("bptt.randomised")
    and check.done("bptt.rnn_gradients")
):
    rng = np.random.default_rng(2)
    network = random_params(features=4, units=12, outputs=6, seed=1)
    network["W_hh"] *= 0.5
    start, told = np.zeros((3, 12)), rng.normal(size=(3, 20, 6))
    read = rng.normal(size=(3, 20, 4))
    full = rnn_gradients(read, start, network, told)["W_hh"]

    def distance(estimate):
        return np.linalg.norm(estimate - full) / np.linalg.norm(full)

    cuts = [
        distance(truncated_gradients(read, start, network, told, tau)["W_hh"]) for tau in range(11)
    ]
    draws = [
        randomised_gradients(read, start, network, told, 0.8, rng)["W_hh"] for _ in range(2000)
    ]
    means = np.cumsum(draws, axis=0) / np.arange(1, 2001)[:, None, None]

    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
    left.semilogy(range(11), cuts, "o-")
    left.set(xlabel="truncated after τ steps", ylabel="relative error of dL/dW_hh")
    right.loglog(np.arange(1, 2001), [distance(mean) for mean in means], color="#D55E00")
    for tau in (1, 3, 5):
        right.axhline(cuts[tau], linestyle="--", linewidth=1, color="#767676")
        right.annotate(f"τ = {tau}", (2000, cuts[tau]), va="bottom", ha="right")
    right.set(xlabel="random draws averaged, π = 0.8")
    plt.show()

# %% [markdown] lang="en"
# ## 6 Clipping
#
# What cannot be made stable can at least be kept short. The lecture's rule, for **all** gradients taken
# together as one long vector $g$:
#
# $$g \leftarrow \min\left(1, \frac{\theta}{\lVert g \rVert}\right) g, \qquad \lVert g \rVert = \sqrt{\textstyle\sum_{\text{arrays}} \sum_{\text{elements}} g^2} \tag{16}$$
#
# One factor for all arrays: the direction of the step stays, only its length is bounded by $\theta$. A gradient
# that is short already stays as it is; clipping bounds gradients that explode and lifts none that vanish.
#
# - `global_norm(gradients)`: $\lVert g \rVert$ of a dict of arrays, a number.
# - `clip_by_global_norm(gradients, theta)`: a **new** dict with the same names. The arrays you were
#   given stay as they were. A gradient of zeros stays zeros (mind the division). And where $\lVert g \rVert$ is
#   infinite or not a number, no direction is left to keep: make **every** array NaN, as
#   `tf.clip_by_global_norm` does, so that the next loss shows that the training has broken down.
#
# With two arrays $(3)$ and $(4)$ and $\theta = 1$ the norm is 5, and the result $(0.6)$ and $(0.8)$.

# %% [markdown] lang="zh"
# ## 6 裁剪
#
# 不能让它稳定，至少可以让它不太长。课上的规则把**所有**梯度合在一起，看成一个长向量 $g$：
#
# $$g \leftarrow \min\left(1, \frac{\theta}{\lVert g \rVert}\right) g, \qquad \lVert g \rVert = \sqrt{\textstyle\sum_{\text{各数组}} \sum_{\text{各元素}} g^2} \tag{16}$$
#
# 所有数组共用一个因子：这一步的方向不变，只是长度不超过 $\theta$。本来就短的梯度保持原样；裁剪能管住爆炸的梯度，却救不了消失的梯度。
#
# - `global_norm(gradients)`：由数组组成的字典的 $\lVert g \rVert$，一个数。
# - `clip_by_global_norm(gradients, theta)`：返回一个**新**字典，名字不变。传进来的数组要保持原样。全零的梯度仍然是零（小心除法）。如果 $\lVert g \rVert$ 是无穷大或不是数（NaN），方向已经无从谈起：请把**每个**数组都变成 NaN，这也是 `tf.clip_by_global_norm` 的做法，这样下一次的损失就会显示训练已经崩溃。
#
# 例如两个数组 $(3)$ 和 $(4)$，$\theta = 1$：范数是 5，结果是 $(0.6)$ 和 $(0.8)$。


# %% nbgrader={"grade": false, "grade_id": "bptt-global_norm-answer", "locked": false, "schema_version": 3, "solution": true}
def global_norm(gradients):
    """The norm of all arrays of a dict together.  {"W_xh": array, ...} -> a number"""
    ### BEGIN SOLUTION
    return np.sqrt(sum(np.sum(gradient**2) for gradient in gradients.values()))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-global_norm", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("bptt.global_norm")


# %% nbgrader={"grade": false, "grade_id": "bptt-clipping-answer", "locked": false, "schema_version": 3, "solution": true}
def clip_by_global_norm(gradients, theta):
    """Equation (16): a new dict of arrays, all scaled by the same number.  theta > 0"""
    ### BEGIN SOLUTION
    norm = global_norm(gradients)
    factor = theta / max(norm, theta) if np.isfinite(norm) else np.nan
    return {name: factor * gradient for name, gradient in gradients.items()}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-clipping", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("bptt.clipping")

# %% [markdown] lang="en"
# ## 7 The sum over paths, as a formula
#
# The smallest network that has everything: one unit, three steps, $h_0$ given,
#
# $$h_t = \tanh(w\, h_{t-1} + u\, x_t), \qquad l_t = \tfrac12 (v\, h_t - y_t)^2, \qquad L = l_1 + l_2 + l_3.$$
#
# The figure shows it: each way along the thick arrows, from $L$ back to a use of $w$, is one term of
# $\partial L/\partial w$. From $l_t$ one gets to $w$ in step $t$, or goes back to $h_{t-1}$ and gets to $w$ in step
# $t - 1$, and so on: six paths.
#
# $$
# \frac{\partial L}{\partial w} = \sum_{t=1}^{3} \sum_{i=1}^{t}
# \underbrace{\frac{\partial l_t}{\partial h_t}}_{\text{the loss}}\;
# \underbrace{\prod_{j=i+1}^{t} \frac{\partial h_j}{\partial h_{j-1}}}_{\text{back to step } i}\;
# \underbrace{\frac{\partial^+ h_i}{\partial w}}_{w \text{ at work in step } i} \tag{17}
# $$
#
# Here $\partial^+ h_i/\partial w$ is the *direct* derivative, with $h_{i-1}$ held constant. Work out the three factors on
# paper. Then let `dL_dw(s, tau)` return the sum over the paths with $t - i \le \tau$ as a SymPy expression: all six
# for $\tau = 2$, the truncated gradient for $\tau = 1$ and $\tau = 0$.
#
# `s` holds the symbols: `s.w`, `s.u`, `s.v`, `s.h[0]`, and `s.h[t]`, `s.x[t]`, `s.y[t]` for $t = 1, 2, 3$. You may use
# $h_1, h_2, h_3$ as symbols, or write them out with `sp.tanh`; write $1 - h^2$ or $1/\cosh^2$; expand, factor or
# simplify: the check puts in numbers, and any form that is equal is right. Symbols add and multiply
# like numbers: `s.w * s.h[0] + s.u * s.x[1]`.

# %% [markdown] lang="zh"
# ## 7 把对路径的求和写成公式
#
# 一个麻雀虽小、五脏俱全的网络：只有一个单元，走三步，$h_0$ 已知，
#
# $$h_t = \tanh(w\, h_{t-1} + u\, x_t), \qquad l_t = \tfrac12 (v\, h_t - y_t)^2, \qquad L = l_1 + l_2 + l_3.$$
#
# 下图画的就是它：沿粗箭头从 $L$ 往回走到某一次用到 $w$ 的地方，每一种走法就是 $\partial L/\partial w$ 的一项。从 $l_t$ 出发，可以到达第 $t$ 步的 $w$；也可以退回 $h_{t-1}$，到达第 $t-1$ 步的 $w$；依此类推，共六条路径。
#
# $$
# \frac{\partial L}{\partial w} = \sum_{t=1}^{3} \sum_{i=1}^{t}
# \underbrace{\frac{\partial l_t}{\partial h_t}}_{\text{损失}}\;
# \underbrace{\prod_{j=i+1}^{t} \frac{\partial h_j}{\partial h_{j-1}}}_{\text{退回第 } i \text{ 步}}\;
# \underbrace{\frac{\partial^+ h_i}{\partial w}}_{w \text{ 在第 } i \text{ 步的作用}} \tag{17}
# $$
#
# 其中 $\partial^+ h_i/\partial w$ 是**直接**导数，求导时把 $h_{i-1}$ 当作常数。请先在纸上推出这三个因子，再让 `dL_dw(s, tau)` 返回满足 $t - i \le \tau$ 的路径之和，结果是一个 SymPy 表达式：$\tau = 2$ 时六条都在，$\tau = 1$ 和 $\tau = 0$ 时是截断的梯度。
#
# 符号都在 `s` 里：`s.w`、`s.u`、`s.v`、`s.h[0]`，以及 $t = 1, 2, 3$ 的 `s.h[t]`、`s.x[t]`、`s.y[t]`。可以把 $h_1, h_2, h_3$ 当符号用，也可以用 `sp.tanh` 展开；写 $1 - h^2$ 或 $1/\cosh^2$ 都行；展开、因式分解、化简随意：检查时会代入数值，只要相等就算对。符号可以像数一样相加相乘，例如 `s.w * s.h[0] + s.u * s.x[1]`。

# %%
display(plots.computational_graph(3, gradients=True, title="Every way back is a term"))

# %% nbgrader={"grade": false, "grade_id": "bptt-symbols", "locked": true, "schema_version": 3, "solution": false}
s = SimpleNamespace(
    **dict(zip("wuv", sp.symbols("w u v"), strict=True)),
    h=sp.symbols("h_0:4"),
    x=(None, *sp.symbols("x_1:4")),  # there is no x_0: s.x[1] is x_1
    y=(None, *sp.symbols("y_1:4")),
)


# %% nbgrader={"grade": false, "grade_id": "bptt-path_sum-answer", "locked": false, "schema_version": 3, "solution": true}
def dL_dw(s, tau):
    """Equation (17), the paths with t - i <= tau.  tau 0, 1 or 2 -> a SymPy expression"""
    ### BEGIN SOLUTION
    total = 0
    for t in (1, 2, 3):
        arrives = s.v * (s.v * s.h[t] - s.y[t])
        for i in range(t, max(t - tau, 1) - 1, -1):
            arrives = arrives * (1 - s.h[i] ** 2)
            total = total + arrives * s.h[i - 1]
            arrives = arrives * s.w
    return total
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-path_sum", "locked": true, "points": 8, "schema_version": 3, "solution": false}
check("bptt.path_sum")

# %%
if check.done("bptt.path_sum"):
    for tau in (0, 1, 2):
        print(f"τ = {tau}")
        display(dL_dw(s, tau))

# %% [markdown] lang="en"
# ## 8 A gradient checker
#
# You will not always have a check that knows the answer. But a loss that you can compute is all that is needed to
# test a gradient: move one element a little up and a little down, and see.
#
# $$\frac{\partial f}{\partial x_k} \approx \frac{f(x + s\, e_k) - f(x - s\, e_k)}{2 s} \tag{18}$$
#
# For $f(x) = x^3$ at $x = 2$ and $s = 0.1$: $(9.261 - 6.859)/0.2 = 12.01$, where 12 is right. One-sided,
# $(9.261 - 8)/0.1 = 12.61$. The central difference errs by $s^2$, the one-sided one by $s$.
#
# - `numerical_gradient(f, x, step=1e-5)`: equation (18) for every element of an array `x` of any shape; `f` takes
#   such an array and returns a number. Compute in **float64** even where `x` is float32 or holds whole
#   numbers, and leave `x` as it was.
#
# Equal to how many digits? Relative to the size of both, and without dividing by zero where both are zero:
#
# $$\text{error} = \max_k \frac{|a_k - b_k|}{\max(10^{-8},\ |a_k| + |b_k|)} \tag{19}$$
#
# - `relative_error(a, b)`: equation (19), a number between 0 (equal) and 1 (opposite, or one of them zero).
# - `gradient_errors(loss, params, gradients)`: for each name in `gradients` the relative error between the
#   claim `gradients[name]` and the numerical gradient of `loss` with respect to `params[name]`, as a dict
#   {name: number}. `loss` takes a dict like `params`; `gradients` may leave some of its names out.
#
# In float64 right gradients come out below $10^{-6}$, wrong ones mostly above $10^{-3}$.

# %% [markdown] lang="zh"
# ## 8 梯度检验
#
# 不会总有一个知道答案的检查等着你。但只要损失算得出来，就能检验梯度：把一个元素稍微调高一点、调低一点，看看结果。
#
# $$\frac{\partial f}{\partial x_k} \approx \frac{f(x + s\, e_k) - f(x - s\, e_k)}{2 s} \tag{18}$$
#
# 例如 $f(x) = x^3$，$x = 2$，$s = 0.1$：$(9.261 - 6.859)/0.2 = 12.01$，正确值是 12。单边差分则是 $(9.261 - 8)/0.1 = 12.61$。中心差分的误差与 $s^2$ 成正比，单边差分与 $s$ 成正比。
#
# - `numerical_gradient(f, x, step=1e-5)`：对任意形状的数组 `x` 的每个元素按公式 (18) 计算；`f` 接收这样的数组，返回一个数。即使 `x` 是 float32 或者整数，也要用 **float64** 计算，并且不要改动 `x`。
#
# 有多少位相同才算相等？要相对于两者的大小来看，而且两者都为零时不能除以零：
#
# $$\text{误差} = \max_k \frac{|a_k - b_k|}{\max(10^{-8},\ |a_k| + |b_k|)} \tag{19}$$
#
# - `relative_error(a, b)`：公式 (19)，结果在 0（相等）和 1（符号相反，或其中一个为零）之间。
# - `gradient_errors(loss, params, gradients)`：对 `gradients` 中的每个名字，求所声称的 `gradients[name]` 与 `loss` 对 `params[name]` 的数值梯度之间的相对误差，返回字典 {名字: 数}。`loss` 接收像 `params` 那样的字典；`gradients` 里可以缺几个名字。
#
# 在 float64 下，正确的梯度误差低于 $10^{-6}$，错误的多半高于 $10^{-3}$。


# %% nbgrader={"grade": false, "grade_id": "bptt-numerical_gradient-answer", "locked": false, "schema_version": 3, "solution": true}
def numerical_gradient(f, x, step=1e-5):
    """Equation (18).  f: array like x -> number; x of any shape -> float64 array of that shape"""
    ### BEGIN SOLUTION
    x = np.array(x, dtype=np.float64)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        here = x[index]
        x[index] = here + step
        above = f(x)
        x[index] = here - step
        below = f(x)
        x[index] = here
        gradient[index] = (above - below) / (2 * step)
    return gradient
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-numerical_gradient", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("bptt.numerical_gradient")


# %% nbgrader={"grade": false, "grade_id": "bptt-relative_error-answer", "locked": false, "schema_version": 3, "solution": true}
def relative_error(a, b):
    """Equation (19).  two arrays of one shape -> a number"""
    ### BEGIN SOLUTION
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-relative_error", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("bptt.relative_error")


# %% nbgrader={"grade": false, "grade_id": "bptt-gradient_errors-answer", "locked": false, "schema_version": 3, "solution": true}
def gradient_errors(loss, params, gradients):
    """{name: relative error of gradients[name] against differences of loss(params)}"""
    ### BEGIN SOLUTION
    errors = {}
    for name, claim in gradients.items():

        def moved(array, name=name):
            return loss({**params, name: array})

        errors[name] = relative_error(claim, numerical_gradient(moved, params[name]))
    return errors
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "bptt-gradient_errors", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("bptt.gradient_errors")

# %% [markdown] lang="en"
# **See it.** Your gradients of task 3 before your own checker. And the size of the step: too large, and the curve
# of the function shows; too small, and rounding does. Where is the best step, in float64 and in float32? And what
# would float32 have said about a right gradient at the step of $10^{-5}$ that your checker uses? (The grey line is
# an error of 1 %.)

# %% [markdown] lang="zh"
# **看一看。** 用你自己的检验程序来检验任务 3 的梯度。再看步长：太大，函数的弯曲就显出来；太小，舍入误差就显出来。float64 和 float32 的最佳步长各在哪里？在你的检验程序所用的步长 $10^{-5}$ 处，float32 会怎样评价一个正确的梯度？（灰线是 1% 的误差。）

# %%
if all(map(check.done, ("bptt.gradient_errors", "bptt.rnn_gradients", "bptt.output_gradient"))):
    rng = np.random.default_rng(3)
    example = random_params(features=3, units=4, outputs=5, seed=7) | {
        "xs": rng.normal(size=(2, 6, 3)),
        "h_0": rng.uniform(-0.9, 0.9, (2, 4)),
    }
    answers = rng.integers(0, 5, (2, 6))

    def loss(values):
        return cross_entropy(forward(values["xs"], values["h_0"], values)[1], answers)

    said = forward(example["xs"], example["h_0"], example)[1]
    claims = rnn_gradients(example["xs"], example["h_0"], example, output_gradient(said, answers))
    for name, error in gradient_errors(loss, example, claims).items():
        print(f"{name:5} relative error {error:.1e}")

    def difference(dtype, size):
        """The central difference of the loss, computed in a dtype, along one direction."""
        up, down = (
            {
                name: (value + move * (name == "W_hh")).astype(dtype)
                for name, value in example.items()
            }
            for move in (size, -size)
        )
        return float(loss(up) - loss(down)) / (2 * size)

    sizes, exact = np.logspace(-12, 0, 49), claims["W_hh"].sum()
    fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
    for dtype, style in (("float64", "o-"), ("float32", "s--")):
        gaps = [abs(difference(dtype, size) / exact - 1) for size in sizes]
        ax.loglog(sizes, np.maximum(gaps, 1e-13), style, markersize=3, label=dtype)
    ax.axhline(0.01, color="#767676", linewidth=1)
    ax.set(xlabel="step $s$", ylabel="relative error of the difference", ylim=(1e-13, 10))
    ax.legend()
    plt.show()

# %% [markdown] lang="en"
# ## A network that learns from your gradients
#
# No Keras and no automatic differentiation: plain gradient descent, $w \leftarrow w - 2\, g$, with the gradients
# of task 5, clipped by task 6. The text is some 40 kB of English prose, in lower case, character by character; the
# last tenth is held out. The recurrent matrix starts with a spectral radius of 1.3, so that gradients can explode. The
# state is carried from window to window, also where the gradient is not.
#
# The *ladder* tells what a perplexity on the held-out text means: a model that knows nothing is as uncertain as a
# fair choice among all characters; the unigram model knows how frequent each one is; the bigram model also sees the
# character before.
#
# Four networks are trained, one after the other. After an interrupt (■, or *Kernel › Interrupt*), running the
# training cell again goes on with the one that was at work; to begin anew, run the cell below first.

# %% [markdown] lang="zh"
# ## 用你的梯度训练的网络
#
# 不用 Keras，也不用自动微分：就是最朴素的梯度下降 $w \leftarrow w - 2\, g$，梯度来自任务 5，由任务 6 裁剪。语料是大约 40 kB 的英文散文，全部转成小写，以字符为词元，最后十分之一留作测试。循环矩阵的初始谱半径取 1.3，好让梯度有机会爆炸。状态跨窗口传递，即使梯度不跨。
#
# 下面的“阶梯”告诉你留出文本上的困惑度意味着什么：一无所知的模型，相当于在所有字符里随便猜一个；一元模型知道每个字符有多常见；二元模型还看得到前一个字符。
#
# 接下来依次训练四个网络。如果中断了（■，或菜单里的 *Kernel › Interrupt*），再运行一次训练单元格，就从当时正在训练的那个网络继续；要从头开始，请先运行下面这个单元格。

# %%
text = load_corpus("prose_en").lower()
train_text, held_out_text = split_held_out(text, 0.1)
vocabulary = Vocabulary.from_text(train_text)
train_ids, held_out_ids = vocabulary.encode(train_text), vocabulary.encode(held_out_text)
before, after = held_out_ids[:-1], held_out_ids[1:]

counts = np.zeros((len(vocabulary), len(vocabulary)))
np.add.at(counts, (train_ids[:-1], train_ids[1:]), 1)
unigram = (counts.sum(axis=0) + 1) / (counts.sum() + len(vocabulary))
bigram = (counts + 3 * unigram) / (counts.sum(axis=1, keepdims=True) + 3)

ladder = {
    "uniform": float(len(vocabulary)),
    "unigram": float(np.exp(-np.log(unigram[after]).mean())),
    "bigram": float(np.exp(-np.log(bigram[before, after]).mean())),
}
lengths = {}
for name, value in ladder.items():
    print(f"{name:8} {value:6.2f}")


# %%
def learn(name, tau, theta, epochs=6, rows=16, window=16, units=64):
    """Gradient descent on the text; the held-out perplexity, and the norm of every gradient."""
    rng, tokens = np.random.default_rng(0), len(vocabulary)
    network = {
        "W_xh": rng.normal(0, 0.5, (tokens, units)),
        "W_hh": with_spectral_radius(rng.normal(size=(units, units)), 1.3),
        "W_ho": rng.normal(0, 0.1, (units, tokens)),
        "b_h": np.zeros(units),
        "b_o": np.zeros(tokens),
    }
    vectors, length = np.eye(tokens), (len(train_ids) - 1) // rows
    inputs = train_ids[: rows * length].reshape(rows, length)
    targets = train_ids[1 : rows * length + 1].reshape(rows, length)
    norms, bar = [], ProgressBar(epochs * (length // window), name)
    for _ in range(epochs):
        state = np.zeros((rows, units))
        for at in range(0, length - window + 1, window):
            read, wanted = vectors[inputs[:, at : at + window]], targets[:, at : at + window]
            visited, said = forward(read, state, network)
            told = output_gradient(said, wanted) / wanted.size  # here the mean, not the sum
            gradients = truncated_gradients(read, state, network, told, tau)
            gradients = {name: gradients[name] for name in WEIGHTS}
            norms.append(float(global_norm(gradients)))
            clipped = clip_by_global_norm(gradients, theta)
            network = {name: network[name] - 2.0 * clipped[name] for name in WEIGHTS}
            state = visited[:, -1]  # carried on as a number: no gradient goes through it
            loss = cross_entropy(said, wanted) / wanted.size
            bar.show(len(norms), f"perplexity {np.exp(min(loss, 700)):.2f}")
    bar.show(len(norms), f"perplexity {np.exp(min(loss, 700)):.2f}", last=True)
    _, said = forward(vectors[before[None]], np.zeros((1, units)), network)
    return float(np.exp(cross_entropy(said, after[None]) / len(after))), norms


if all(
    map(
        check.done,
        ("bptt.output_gradient", "bptt.truncated", "bptt.clipping", "bptt.with_spectral_radius"),
    )
):
    runs = (("RNN, τ = 0", 0, 0.5), ("RNN, τ = 2", 2, 0.5), ("RNN, full gradient", 16, 0.5))
    for name, tau, theta in (*runs, ("the same, not clipped", 16, 1e9)):
        if name not in lengths:  # after an interrupt: those that are done are done
            ladder[name], lengths[name] = learn(name, tau, theta)
        print(f"{name:22} held-out perplexity {ladder[name]:.3g}")
    shown = slice(0, 150)
    clipped, wild = lengths["RNN, full gradient"][shown], lengths["the same, not clipped"][shown]
    display(plots.gradient_norms(clipped, 0.5, "Full gradient, clipped: the first 150 steps"))
    display(plots.gradient_norms(wild, None, "The same, not clipped"))
    worth = [(name, value) for name, value in ladder.items() if name != "the same, not clipped"]
    display(plots.ladder(worth, own="RNN, full gradient"))

# %% [markdown] lang="en"
# ## Written question (6 points)
#
# Answer in your own words, two to four sentences each. A person reads this.
#
# 1. The double sum of task 1 and the recursion of task 2 give the same numbers. How many products with $W_{hh}^\top$ does
#    each of them take for $T$ steps, and where exactly does the saving come from? What does the recursion need in
#    memory that the forward pass alone does not?
# 2. In the second figure of task 4 a spectral radius above 1 did not explode. Why? And what happens to the gradient of
#    the same network when its units saturate? So is $\rho(W_{hh}) > 1$ necessary for a gradient to explode, or
#    sufficient, or both?
# 3. Compare the rows of your last figures. What did clipping save, and what can it never mend? The network with $\tau = 0$
#    learned without a single step back in time, and still beats the bigram model or comes near to it: how can it
#    know more than one character?

# %% [markdown] lang="zh"
# ## 问答题（6 分）
#
# 请用自己的话回答，每小题两到四句。这道题由老师批改。
#
# 1. 任务 1 的二重求和与任务 2 的递推给出同样的数。对 $T$ 步，它们各要做多少次与 $W_{hh}^\top$ 的乘法？省下的到底是什么？递推在内存里需要保留哪些单靠前向计算并不需要的东西？
# 2. 在任务 4 的第二张图里，谱半径大于 1 却没有爆炸，为什么？当同一个网络的单元饱和时，梯度会怎样？那么 $\rho(W_{hh}) > 1$ 对梯度爆炸来说是必要的、充分的，还是既必要又充分？
# 3. 比较最后几张图里的各行。裁剪挽救了什么？它永远补救不了什么？$\tau = 0$ 的网络学习时一步也没有沿时间回传，却仍然胜过二元模型或与之接近：它怎么可能知道不止一个字符？

# %% [markdown] lang="en" nbgrader={"grade": true, "grade_id": "bptt-written", "locked": false, "points": 6, "schema_version": 3, "solution": true}
# **Your answer** (edit this cell):
#
# ### BEGIN SOLUTION
# *1 (2 points).* The double sum sends each of the $T$ losses back on its own, $T(T-1)/2$ products in all; the recursion makes $T$ (or $T-1$, without the one to $h_0$). The saving is that losses which have to go the same way are added first and sent together: the product is linear, so sum and product may be exchanged. It must keep all states $h_1, \dots, h_T$ (or recompute them), because $1 - h_t^2$ and $h_{t-1}$ are needed on the way back, while the forward pass forgets each state after use.
#
# *2 (2 points).* Each step multiplies by $\operatorname{diag}(1 - h_t^2)\, W_{hh}^\top$, not by $W_{hh}^\top$ alone, and all these slopes are below 1 once the states are not zero. With saturated units the slopes are near 0, so the gradient vanishes whatever the spectral radius is. A spectral radius above 1 is thus not sufficient. Over a long lag in the linear network it is what decides; for tanh and finite lags it is not strictly necessary either, since the norm of a matrix that is not normal can grow for a while although its spectral radius is below 1, as the start of the curves in the first figure shows.
#
# *3 (2 points).* Without clipping one long step threw the weights to where the network has saturated, and it never came back; clipping bounds the step and keeps its direction. It cannot lengthen what has vanished, so dependencies that the gradient does not see stay unseen. The forward pass is not truncated: the state of a random recurrent network still carries traces of earlier characters, and the output layer, whose gradient needs no step back in time, learns to read them.
#
# *Rubric.* One point for each half of a part. Part 1: the count in orders of $T$ is enough; the memory must name the states. Part 2: one point for the slopes of tanh, one for "not sufficient" with a reason; credit for necessary in the limit or for the transient growth. Part 3: one point for explode against vanish, one for the state that is carried forward.
# ### END SOLUTION

# %% [markdown] lang="zh" nbgrader={"grade": true, "grade_id": "bptt-written", "locked": false, "points": 6, "schema_version": 3, "solution": true}
# **你的回答**（请编辑本单元格）：
#
# ### BEGIN SOLUTION
# *1（2 分）。* 二重求和让 $T$ 项损失各自往回走，一共 $T(T-1)/2$ 次乘法；递推只要 $T$ 次（不算退到 $h_0$ 的那次则是 $T-1$ 次）。省下的是：要走同一段路的损失先加起来再一起往回送，乘法是线性的，求和与乘法可以交换次序。递推必须保留全部状态 $h_1, \dots, h_T$（或者重新计算），因为反向时要用到 $1 - h_t^2$ 和 $h_{t-1}$，而前向计算用完一个状态就可以丢掉。
#
# *2（2 分）。* 每一步乘的是 $\operatorname{diag}(1 - h_t^2)\, W_{hh}^\top$，而不单是 $W_{hh}^\top$；只要状态不为零，这些斜率都小于 1。单元饱和时斜率接近 0，不论谱半径多大，梯度都会消失。所以谱半径大于 1 并不充分。在线性网络里，滞后很长时由它决定；对 tanh 和有限的滞后，它也并非严格必要：非正规矩阵的谱半径即使小于 1，幂的范数也可能先增长一段，第一张图中曲线的开头就是这样。
#
# *3（2 分）。* 不裁剪时，一次过长的更新就把权重甩到网络饱和的地方，再也回不来；裁剪限制了步长，保留了方向。但它不能把已经消失的梯度变长，梯度看不到的依赖关系仍然看不到。前向计算并没有截断：随机循环网络的状态里仍然带着更早字符的痕迹，而输出层的梯度不需要沿时间回传，它学会了读出这些痕迹。
#
# *评分标准。* 每小题的两半各 1 分。第 1 题：次数答出 $T$ 的量级即可，内存必须说到各步的状态。第 2 题：说出 tanh 的斜率得 1 分，说明“不充分”并给出理由得 1 分，提到极限情形下的必要性或暂时增长也算。第 3 题：说清爆炸与消失的区别得 1 分，说到向前传递的状态得 1 分。
# ### END SOLUTION
