# ---
# jupyter:
#   course:
#     unit: gru
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
# # The gated recurrent unit (GRU)
#
# A plain recurrent network rewrites its whole state at every step. What it saw fifty characters ago
# has passed through fifty matrix products and fifty tanh's, and little of it is left, neither of
# the value nor of its gradient. The GRU adds two *gates*, numbers between 0 and 1 that the network
# computes for itself: one decides how much of the old state to keep, the other how much of it to
# look at.
#
# The whole unit is four equations, and this notebook is about these four:
#
# $$
# \begin{align}
# R_t &= \sigma(X_t W_{xr} + H_{t-1} W_{hr} + b_r) && \text{reset gate} \tag{1}\\
# Z_t &= \sigma(X_t W_{xz} + H_{t-1} W_{hz} + b_z) && \text{update gate} \tag{2}\\
# \tilde H_t &= \tanh(X_t W_{xh} + (R_t \odot H_{t-1})\, W_{hh} + b_h) && \text{candidate} \tag{3}\\
# H_t &= Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde H_t && \text{new state} \tag{4}
# \end{align}
# $$
#
# You will write them in NumPy (tasks 1 to 5), find the simpler networks hidden inside them (6),
# differentiate them by hand (7), turn them into a Keras cell (8), train a language model with it (9)
# and read what its gates have learned (10). Allow 60 to 120 minutes.

# %% [markdown] lang="zh"
# # 门控循环单元（GRU）
#
# 普通的循环神经网络每走一步，都会把整个隐含状态重写一遍。五十个字符之前读到的东西，要穿过五十次矩阵乘法和五十次 tanh 才能传到现在：数值所剩无几，梯度也所剩无几。GRU 为此加了两个**门**，也就是由网络自己算出来的、介于 0 和 1 之间的数：一个决定旧状态保留多少，另一个决定计算新内容时参考多少旧状态。
#
# 整个单元只有四个公式，本次作业就围绕它们展开：
#
# $$
# \begin{align}
# R_t &= \sigma(X_t W_{xr} + H_{t-1} W_{hr} + b_r) && \text{重置门} \tag{1}\\
# Z_t &= \sigma(X_t W_{xz} + H_{t-1} W_{hz} + b_z) && \text{更新门} \tag{2}\\
# \tilde H_t &= \tanh(X_t W_{xh} + (R_t \odot H_{t-1})\, W_{hh} + b_h) && \text{候选隐含状态} \tag{3}\\
# H_t &= Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde H_t && \text{隐含状态} \tag{4}
# \end{align}
# $$
#
# 你将先用 NumPy 写出它们（任务 1 至 5），找出藏在里面的几种更简单的网络（任务 6），亲手求导（任务 7），把它们写成 Keras 单元（任务 8），用它训练一个语言模型（任务 9），最后看看门究竟学到了什么（任务 10）。预计用时 60 到 120 分钟。

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
# - In the checks `batch`, `time`, `features` and `units` are all different, and neither biases nor
#   initial states are zero: nothing comes out right by luck.
#
# | symbol | in code | shape |
# |---|---|---|
# | $X_t$, the input of step $t$ | `x` | (batch, features) |
# | $H_{t-1}$, $R_t$, $Z_t$, $\tilde H_t$, $H_t$ | `h_prev`, `r`, `z`, `h_tilde`, `h` | (batch, units) |
# | $W_{xr}$, $W_{xz}$, $W_{xh}$ | `W_xr`, `W_xz`, `W_xh` | (features, units) |
# | $W_{hr}$, $W_{hz}$, $W_{hh}$ | `W_hr`, `W_hz`, `W_hh` | (units, units) |
# | $b_r$, $b_z$, $b_h$ | `b_r`, `b_z`, `b_h` | (units,) |
# | all steps of the input, of the state | `xs`, `hs` | (batch, time, features), (batch, time, units) |
#
# Every sequence of the batch is a **row**, so the input stands on the left: $X_t W$, not $W x_t$.
# $\sigma$ is the logistic function, $\odot$ the product element by element.
#
# Begin by running the next three cells. Loading TensorFlow takes a few seconds.

# %% [markdown] lang="zh"
# ## 怎样做这份作业
#
# - 看到 `raise NotImplementedError("not done yet")` 的地方，删掉这一行，换成你的代码。函数名和参数请保持不变。
# - 运行该单元格，再运行它下面的 `check(...)`。它会用随机输入运行你的函数，告诉你哪里不对、该回头看哪个公式。正式评分时，同样的检查会换一组你没见过的输入再跑一遍。
# - 在自己的单元格里运行 `check.progress()`，可以看到还剩哪些没做；`check.all()` 会把所有检查都跑一遍。
# - 各个任务前后相连，但一处出错只扣那一处的分：如果前面的函数有误，后面的任务会改用我们的版本来评分。
# - 检查所用的 `batch`、`time`、`features`、`units` 各不相同，偏置和初始状态也都不为零，所以“碰巧写对”是行不通的。
#
# | 符号 | 代码中的名字 | 形状 |
# |---|---|---|
# | $X_t$，第 $t$ 步的输入 | `x` | (batch, features) |
# | $H_{t-1}$、$R_t$、$Z_t$、$\tilde H_t$、$H_t$ | `h_prev`、`r`、`z`、`h_tilde`、`h` | (batch, units) |
# | $W_{xr}$、$W_{xz}$、$W_{xh}$ | `W_xr`、`W_xz`、`W_xh` | (features, units) |
# | $W_{hr}$、$W_{hz}$、$W_{hh}$ | `W_hr`、`W_hz`、`W_hh` | (units, units) |
# | $b_r$、$b_z$、$b_h$ | `b_r`、`b_z`、`b_h` | (units,) |
# | 所有时间步的输入、状态 | `xs`、`hs` | (batch, time, features)、(batch, time, units) |
#
# 批量中的每个序列占**一行**，所以输入写在左边：是 $X_t W$，不是 $W x_t$。$\sigma$ 是 logistic 函数，$\odot$ 是按元素相乘。
#
# 请先运行下面三个单元格。加载 TensorFlow 要花几秒钟。

# %% nbgrader={"grade": false, "grade_id": "gru-imports", "locked": true, "schema_version": 3, "solution": false}
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from IPython.display import display
from keras import ops

from autograder.notebook import check
from course_lib import (
    LiveTraining,
    Vocabulary,
    load_corpus,
    perplexity,
    plots,
    random_windows,
    sample,
    sequential_windows,
    split_held_out,
)

# %% nbgrader={"grade": false, "grade_id": "gru-given", "locked": true, "schema_version": 3, "solution": false}
PARAMETERS = ("W_xr", "W_hr", "b_r", "W_xz", "W_hz", "b_z", "W_xh", "W_hh", "b_h")


def sigmoid(x):
    """σ(x) = 1 / (1 + exp(-x)), without overflow and exact in both tails."""
    return np.exp(-np.logaddexp(0.0, -np.asarray(x)))


def random_params(features, units, seed=0):
    """Nine random arrays to try your functions on: {"W_xr": (features, units), ...}."""
    rng = np.random.default_rng(seed)
    sizes = {"W_x": (features, units), "W_h": (units, units), "b_": (units,)}
    return {key: rng.normal(0, 0.8, sizes[key[:-1]]) for key in PARAMETERS}


print("TensorFlow", tf.__version__, "and Keras", keras.__version__)


# %% [markdown] lang="en"
# ## 1 Reset gate
#
# The reset gate looks at the new input and at the old state, and gives each unit a number between
# 0 (ignore the old state when the candidate is computed) and 1 (use all of it):
#
# $$R_t = \sigma(X_t W_{xr} + H_{t-1} W_{hr} + b_r) \tag{1}$$
#
# Shapes: `x` (batch, features), `h_prev` (batch, units), result (batch, units).
#
# With a single feature and a single unit, $x = 1$, $h = 0.5$, $W_{xr} = 0.4$, $W_{hr} = -1.2$ and
# $b_r = 0.1$ give $\sigma(0.4 - 0.6 + 0.1) = \sigma(-0.1) = 0.475$.
#
# *Hints.* `@` is the matrix product, `*` the product element by element. The bias has shape
# (units,); NumPy adds it to every row by itself. `sigmoid` is given above.

# %% [markdown] lang="zh"
# ## 1 重置门
#
# 重置门看一眼新的输入，再看一眼旧的状态，然后给每个隐含单元一个 0 到 1 之间的数：0 表示计算候选状态时完全不理会旧状态，1 表示全部用上。
#
# $$R_t = \sigma(X_t W_{xr} + H_{t-1} W_{hr} + b_r) \tag{1}$$
#
# 形状：`x` (batch, features)，`h_prev` (batch, units)，结果 (batch, units)。
#
# 举个只有一个特征、一个单元的例子：$x = 1$，$h = 0.5$，$W_{xr} = 0.4$，$W_{hr} = -1.2$，$b_r = 0.1$，则 $\sigma(0.4 - 0.6 + 0.1) = \sigma(-0.1) = 0.475$。
#
# *提示*：`@` 是矩阵乘法，`*` 是按元素相乘。偏置的形状是 (units,)，NumPy 会自动把它加到每一行上。`sigmoid` 上面已经给出。


# %% nbgrader={"grade": false, "grade_id": "gru-reset_gate-answer", "locked": false, "schema_version": 3, "solution": true}
def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    """Equation (1).  x (batch, features), h_prev (batch, units) -> r (batch, units)"""
    ### BEGIN SOLUTION
    return sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-reset_gate", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("gru.reset_gate")

# %% [markdown] lang="en"
# ## 2 Update gate
#
# The update gate has the same form with parameters of its own. What differs is its use: it decides
# in equation (4) how much of the old state survives.
#
# $$Z_t = \sigma(X_t W_{xz} + H_{t-1} W_{hz} + b_z) \tag{2}$$
#
# Shapes: `x` (batch, features), `h_prev` (batch, units), result (batch, units).
#
# A bias of $b_z = 4$ alone gives $\sigma(4) = 0.982$: such a unit starts its life by keeping 98 % of
# its state at every step.

# %% [markdown] lang="zh"
# ## 2 更新门
#
# 更新门的形式与重置门相同，只是参数是它自己的一套。真正的不同在用途：在公式 (4) 里，由它决定旧状态留下多少。
#
# $$Z_t = \sigma(X_t W_{xz} + H_{t-1} W_{hz} + b_z) \tag{2}$$
#
# 形状：`x` (batch, features)，`h_prev` (batch, units)，结果 (batch, units)。
#
# 单凭一个偏置 $b_z = 4$ 就有 $\sigma(4) = 0.982$：这样的单元一开始每一步都会保留 98% 的状态。


# %% nbgrader={"grade": false, "grade_id": "gru-update_gate-answer", "locked": false, "schema_version": 3, "solution": true}
def update_gate(x, h_prev, W_xz, W_hz, b_z):
    """Equation (2).  x (batch, features), h_prev (batch, units) -> z (batch, units)"""
    ### BEGIN SOLUTION
    return sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-update_gate", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("gru.update_gate")

# %% [markdown] lang="en"
# ## 3 Candidate
#
# The candidate is what the state would become if nothing of the old one were kept. It is a plain
# RNN step, except that it sees the old state through the reset gate:
#
# $$\tilde H_t = \tanh(X_t W_{xh} + (R_t \odot H_{t-1})\, W_{hh} + b_h) \tag{3}$$
#
# Shapes: `x` (batch, features), `h_prev` and `r` (batch, units), result (batch, units).
#
# Mind the brackets. Take two units with $h = (1, 1)$, $r = (1, 0)$ and
# $W_{hh} = \begin{pmatrix} 0 & 1 \\ 1 & 0 \end{pmatrix}$. Equation (3) asks for
# $(r \odot h)\, W_{hh} = (1, 0)\, W_{hh} = (0, 1)$: unit 2 may still read unit 1, and nobody reads
# unit 2. The other order, $r \odot (h\, W_{hh})$, gives $(1, 0)$, a different network. PyTorch's GRU
# and the default of Keras's are of that other kind; task 8 returns to it. With only one unit the two
# cannot be told apart.

# %% [markdown] lang="zh"
# ## 3 候选隐含状态
#
# 假如旧状态一点也不留，新状态会是什么样？这就是候选状态。它其实就是普通 RNN 的一步，只不过看旧状态时隔着一道重置门：
#
# $$\tilde H_t = \tanh(X_t W_{xh} + (R_t \odot H_{t-1})\, W_{hh} + b_h) \tag{3}$$
#
# 形状：`x` (batch, features)，`h_prev` 和 `r` (batch, units)，结果 (batch, units)。
#
# 注意括号的位置。取两个单元，$h = (1, 1)$，$r = (1, 0)$，$W_{hh} = \begin{pmatrix} 0 & 1 \\ 1 & 0 \end{pmatrix}$。公式 (3) 要算的是 $(r \odot h)\, W_{hh} = (1, 0)\, W_{hh} = (0, 1)$：单元 2 仍然读得到单元 1，而单元 2 谁也读不到。换一个次序，$r \odot (h\, W_{hh})$ 得到的却是 $(1, 0)$，这是另一种网络。PyTorch 的 GRU 和 Keras 的默认设置用的正是后一种，任务 8 会再谈到它。如果只有一个单元，两种写法是分不出来的。


# %% nbgrader={"grade": false, "grade_id": "gru-candidate-answer", "locked": false, "schema_version": 3, "solution": true}
def candidate(x, h_prev, r, W_xh, W_hh, b_h):
    """Equation (3).  x (batch, features), h_prev and r (batch, units) -> h_tilde (batch, units)"""
    ### BEGIN SOLUTION
    return np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-candidate", "locked": true, "points": 7, "schema_version": 3, "solution": false}
check("gru.candidate")

# %% [markdown] lang="en"
# ## 4 New state
#
# The new state is a weighted mean of the old state and the candidate, with a weight of its own for
# every unit:
#
# $$H_t = Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde H_t \tag{4}$$
#
# Shapes: all four (batch, units). With $z = 0.9$, $h_{t-1} = 0.5$ and $\tilde h_t = -1$ the new state
# is $0.45 - 0.1 = 0.35$.
#
# **Which one does $Z$ keep?** In the lecture, and in this notebook, $Z = 1$ keeps the *old state*;
# so it is in Cho et al. (2014), in Keras and in PyTorch. Chung et al. (2014) and many blog posts
# write $(1 - Z_t) \odot H_{t-1} + Z_t \odot \tilde H_t$. Both describe the same family of networks,
# because $1 - \sigma(a) = \sigma(-a)$: flip the signs of $W_{xz}$, $W_{hz}$ and $b_z$, and one becomes the
# other. That is why a mix-up never shows in a training curve, and why you should know which one
# you are reading.
#
# *Hint.* Return a new array. `h_prev *= z` would change the caller's state behind its back.

# %% [markdown] lang="zh"
# ## 4 新的隐含状态
#
# 新状态是旧状态和候选状态的加权平均，每个单元有自己的权重：
#
# $$H_t = Z_t \odot H_{t-1} + (1 - Z_t) \odot \tilde H_t \tag{4}$$
#
# 形状：四者都是 (batch, units)。例如 $z = 0.9$，$h_{t-1} = 0.5$，$\tilde h_t = -1$ 时，新状态为 $0.45 - 0.1 = 0.35$。
#
# **$Z$ 保留的是哪一个？** 课上和这份作业里，$Z = 1$ 保留**旧状态**；Cho 等人（2014）、Keras 和 PyTorch 也都如此。Chung 等人（2014）以及不少博客则写成 $(1 - Z_t) \odot H_{t-1} + Z_t \odot \tilde H_t$。由于 $1 - \sigma(a) = \sigma(-a)$，只要把 $W_{xz}$、$W_{hz}$、$b_z$ 变号，一种写法就变成另一种，所以两者描述的是同一族网络。正因为如此，把它们弄混在训练曲线上是看不出来的，读别人的公式时一定要先弄清楚是哪一种。
#
# *提示*：请返回一个新数组。`h_prev *= z` 会悄悄改掉调用者手里的状态。


# %% nbgrader={"grade": false, "grade_id": "gru-new_state-answer", "locked": false, "schema_version": 3, "solution": true}
def new_state(z, h_prev, h_tilde):
    """Equation (4).  all (batch, units) -> h (batch, units)"""
    ### BEGIN SOLUTION
    return z * h_prev + (1 - z) * h_tilde
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-new_state", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("gru.new_state")

# %% [markdown] lang="en"
# ## 5 One step, and over time
#
# Put the four equations together. `params` is a dict with the nine arrays; their names are in
# `PARAMETERS`.
#
# - `gru_step(x, h_prev, params)` makes one step and returns $H_t$ (batch, units).
# - `gru_over_time(xs, h_0, params)` reads a whole sequence, beginning in the state `h_0`:
#   `xs` (batch, time, features) and `h_0` (batch, units) give `hs` (batch, time, units), the states
#   $H_1, \dots, H_T$, and the last one, `h_T` (batch, units).
#
# $$H_t = \operatorname{GRU}(X_t, H_{t-1}), \qquad t = 1, \dots, T$$
#
# *Hints.* Time is the **second** axis: `xs[:, t]` has shape (batch, features). `h_0` is not in `hs`.
# Every step starts from the state that the step before has left. Cutting a sequence in two, and
# handing the state over the cut, must give the same states as reading it in one go; that is a good
# test to make yourself.

# %% [markdown] lang="zh"
# ## 5 走一步，再走完整个序列
#
# 现在把四个公式合在一起。`params` 是一个字典，装着九个数组，名字见 `PARAMETERS`。
#
# - `gru_step(x, h_prev, params)` 走一步，返回 $H_t$ (batch, units)。
# - `gru_over_time(xs, h_0, params)` 从状态 `h_0` 出发读完整个序列：输入 `xs` (batch, time, features) 和 `h_0` (batch, units)，返回 `hs` (batch, time, units)，即 $H_1, \dots, H_T$，以及最后一个状态 `h_T` (batch, units)。
#
# $$H_t = \operatorname{GRU}(X_t, H_{t-1}), \qquad t = 1, \dots, T$$
#
# *提示*：时间是**第二个**轴，`xs[:, t]` 的形状是 (batch, features)。`hs` 里不包含 `h_0`。每一步都要从上一步留下的状态出发。把一个序列从中间切开，状态跨过切口传下去，得到的结果应当和一口气读完完全相同：这是一个值得自己动手做的检验。


# %% nbgrader={"grade": false, "grade_id": "gru-one_step-answer", "locked": false, "schema_version": 3, "solution": true}
def gru_step(x, h_prev, params):
    """Equations (1) to (4).  x (batch, features), h_prev (batch, units) -> h (batch, units)"""
    ### BEGIN SOLUTION
    r = reset_gate(x, h_prev, params["W_xr"], params["W_hr"], params["b_r"])
    z = update_gate(x, h_prev, params["W_xz"], params["W_hz"], params["b_z"])
    h_tilde = candidate(x, h_prev, r, params["W_xh"], params["W_hh"], params["b_h"])
    return new_state(z, h_prev, h_tilde)
    ### END SOLUTION


def gru_over_time(xs, h_0, params):
    """xs (batch, time, features), h_0 (batch, units) -> hs (batch, time, units), h_T like h_0"""
    ### BEGIN SOLUTION
    h, hs = h_0, []
    for t in range(xs.shape[1]):
        h = gru_step(xs[:, t], h, params)
        hs.append(h)
    return np.stack(hs, axis=1), h
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-one_step", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("gru.one_step")

# %% nbgrader={"grade": true, "grade_id": "gru-over_time", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("gru.over_time")

# %% [markdown] lang="en"
# **See it.** One unit begins at $h_0 = 1$ and then reads nothing: all weights are zero, so the
# candidate is 0 and only the bias of the update gate is at work. How long the unit remembers depends
# on $b_z$ alone. What formula do the four curves follow?

# %% [markdown] lang="zh"
# **看一看。** 一个单元从 $h_0 = 1$ 出发，之后什么也读不到：权重全为零，候选状态恒为 0，起作用的只剩更新门的偏置。它能记住多久，完全由 $b_z$ 决定。图中四条曲线各自服从什么公式？

# %%
if check.done("gru.over_time"):
    silent = {name: np.zeros_like(value) for name, value in random_params(1, 1).items()}
    nothing, one = np.zeros((1, 40, 1)), np.ones((1, 1))
    fig, ax = plt.subplots(figsize=(7, 3))
    for b_z in (-2.0, 0.0, 2.0, 4.0):
        hs, _ = gru_over_time(nothing, one, silent | {"b_z": np.array([b_z])})
        ax.plot(np.r_[1.0, hs[0, :, 0]], marker=".", label=f"$b_z$ = {b_z:.0f}")
    ax.set(xlabel="step $t$", ylabel="$h_t$", title="One unit, left alone")
    ax.legend()
    plt.show()

# %% [markdown] lang="en"
# ## 6 Three networks inside the GRU
#
# A gate that is stuck at 0 or 1 turns the GRU into something simpler:
#
# | gates | what is left | function |
# |---|---|---|
# | $Z = 1$ | $H_t = H_{t-1}$, the state is copied | `copy_params` |
# | $Z = 0$, $R = 1$ | $H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h)$, the plain RNN | `plain_rnn_params` |
# | $Z = 0$, $R = 0$ | $H_t = \tanh(X_t W_{xh} + b_h)$, the past is forgotten | `forget_params` |
#
# Each function takes a dict of nine arrays and returns a **new** dict of nine arrays, in which only
# the six gate parameters (those ending in `r` and `z`) have changed, so that the network does what
# the table says, to within $10^{-6}$, whatever the inputs (of ordinary size) and the state.
#
# *Hints.* $\sigma$ never quite reaches 0 or 1: how large must its argument be for $10^{-6}$? Which
# terms of the gate's argument still depend on the input, and what do you do with them? Leave the
# arrays you were given as they were; the shapes stay the same too.

# %% [markdown] lang="zh"
# ## 6 藏在 GRU 里的三种网络
#
# 如果门卡在 0 或 1 上不动，GRU 就退化成更简单的网络：
#
# | 门 | 剩下的网络 | 函数 |
# |---|---|---|
# | $Z = 1$ | $H_t = H_{t-1}$，状态原样复制 | `copy_params` |
# | $Z = 0$，$R = 1$ | $H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h)$，普通 RNN | `plain_rnn_params` |
# | $Z = 0$，$R = 0$ | $H_t = \tanh(X_t W_{xh} + b_h)$，忘掉过去 | `forget_params` |
#
# 每个函数接收一个装有九个数组的字典，返回一个**新的**字典，同样是九个数组，其中只改动六个门参数（名字以 `r` 和 `z` 结尾的那些），使网络对任何（大小正常的）输入和状态都符合上表，误差不超过 $10^{-6}$。
#
# *提示*：$\sigma$ 永远到不了 0 或 1，要使误差小于 $10^{-6}$，它的自变量得有多大？门的自变量里还有哪些项会随输入变化，该怎么处理？不要改动传进来的数组，形状也要保持不变。


# %% nbgrader={"grade": false, "grade_id": "gru-limit_copy-answer", "locked": false, "schema_version": 3, "solution": true}
def copy_params(params):
    """A new dict of the nine arrays with which h_t = h_{t-1}."""
    ### BEGIN SOLUTION
    return stuck_gates(params, r=-50.0, z=+50.0)


def stuck_gates(params, r, z):
    """`params` with gates that see neither input nor state: R = σ(r), Z = σ(z) everywhere."""
    gates = {name: np.zeros_like(params[name]) for name in ("W_xr", "W_hr", "W_xz", "W_hz")}
    biases = {"b_r": np.full_like(params["b_r"], r), "b_z": np.full_like(params["b_z"], z)}
    return params | gates | biases
    ### END SOLUTION


def plain_rnn_params(params):
    """A new dict of the nine arrays with which h_t = tanh(x_t W_xh + h_{t-1} W_hh + b_h)."""
    ### BEGIN SOLUTION
    return stuck_gates(params, r=+50.0, z=-50.0)
    ### END SOLUTION


def forget_params(params):
    """A new dict of the nine arrays with which h_t = tanh(x_t W_xh + b_h)."""
    ### BEGIN SOLUTION
    return stuck_gates(params, r=-50.0, z=-50.0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-limit_copy", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("gru.limit_copy")

# %% nbgrader={"grade": true, "grade_id": "gru-limit_plain_rnn", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("gru.limit_plain_rnn")

# %% nbgrader={"grade": true, "grade_id": "gru-limit_forget", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("gru.limit_forget")

# %% [markdown] lang="en"
# ## 7 Gradients by hand
#
# Let $L$ be a loss, and write $\delta a = \partial L / \partial a$ for its gradient with respect to any
# array $a$; $\delta a$ has the shape of $a$. You are given $\delta H_t$ and want the gradients of the
# eleven arrays that went in: $X_t$, $H_{t-1}$ and the nine parameters.
#
# Go through the equations backwards. Equation (4) is a sum of products, so for instance
#
# $$\delta Z_t = \delta H_t \odot (H_{t-1} - \tilde H_t).$$
#
# A nonlinearity multiplies by its derivative, which its own output tells: $\tanh' = 1 - \tanh^2$ and
# $\sigma' = \sigma\,(1 - \sigma)$. And a product $A = X W + b$ with rows as samples has
#
# $$\delta W = X^\top \delta A, \qquad \delta X = \delta A\, W^\top, \qquad
# \delta b = \textstyle\sum_{\text{batch}} \delta A.$$
#
# - `gru_step_gradients(x, h_prev, params, dh)`: gradients of $L = \sum \text{dh} \odot H_t$ for one step,
#   as a dict with the keys `"x"`, `"h_prev"` and the nine names.
# - `gru_gradients(xs, h_0, params, dhs)`: gradients of $L = \sum_t \sum \text{dhs}_t \odot H_t$, back through
#   time, as a dict with the keys `"xs"`, `"h_0"` and the nine names.
#
# *Hints.* The old state reaches the new one along **four** paths: find them all in the equations
# before you write `"h_prev"`, and add what arrives along each. Over time, the gradient that reaches
# $H_t$ is $\text{dhs}_t$ **plus** what step $t+1$ sends back; the parameters are used in every step,
# so their gradients are sums over the steps, not means. When a check fails, it names the arrays that
# differ; those that it does not name are right already.

# %% [markdown] lang="zh"
# ## 7 亲手求梯度
#
# 设 $L$ 为损失，对任意数组 $a$ 记 $\delta a = \partial L / \partial a$，它的形状与 $a$ 相同。已知 $\delta H_t$，要求输入这一步的十一个数组的梯度：$X_t$、$H_{t-1}$ 和九个参数。
#
# 把公式从后往前走一遍。公式 (4) 是几个乘积之和，例如
#
# $$\delta Z_t = \delta H_t \odot (H_{t-1} - \tilde H_t).$$
#
# 经过非线性函数时要乘上它的导数，而导数可以直接由输出算出：$\tanh' = 1 - \tanh^2$，$\sigma' = \sigma\,(1 - \sigma)$。每行是一个样本的乘积 $A = X W + b$ 则有
#
# $$\delta W = X^\top \delta A, \qquad \delta X = \delta A\, W^\top, \qquad \delta b = \textstyle\sum_{\text{batch}} \delta A.$$
#
# - `gru_step_gradients(x, h_prev, params, dh)`：单步损失 $L = \sum \text{dh} \odot H_t$ 的梯度，返回字典，键为 `"x"`、`"h_prev"` 和九个参数名。
# - `gru_gradients(xs, h_0, params, dhs)`：整个序列损失 $L = \sum_t \sum \text{dhs}_t \odot H_t$ 的梯度，即时间反向传播，返回字典，键为 `"xs"`、`"h_0"` 和九个参数名。
#
# *提示*：旧状态通过**四条**路径影响新状态。动手写 `"h_prev"` 之前，先在公式里把它们都找出来，再把每条路径传回的梯度相加。沿时间反传时，到达 $H_t$ 的梯度是 $\text{dhs}_t$ **加上**第 $t+1$ 步传回来的部分；参数每一步都在用，所以它们的梯度是各步之和，不是平均。检查不通过时，它会列出有出入的数组；没列出的就已经对了。


# %% nbgrader={"grade": false, "grade_id": "gru-step_gradients-answer", "locked": false, "schema_version": 3, "solution": true}
def gru_step_gradients(x, h_prev, params, dh):
    """Gradients of L = sum(dh * h_t).  dh (batch, units) -> {"x", "h_prev", "W_xr", ...}"""
    ### BEGIN SOLUTION
    r = reset_gate(x, h_prev, params["W_xr"], params["W_hr"], params["b_r"])
    z = update_gate(x, h_prev, params["W_xz"], params["W_hz"], params["b_z"])
    h_tilde = candidate(x, h_prev, r, params["W_xh"], params["W_hh"], params["b_h"])

    # back through (4), and through the nonlinearities of (3) and (2)
    da_h = dh * (1 - z) * (1 - h_tilde**2)
    da_z = dh * (h_prev - h_tilde) * z * (1 - z)
    # back through the product of (3), and through the nonlinearity of (1)
    d_reset = da_h @ params["W_hh"].T  # the gradient of r ⊙ h_{t-1}
    da_r = d_reset * h_prev * r * (1 - r)

    return {
        "x": da_r @ params["W_xr"].T + da_z @ params["W_xz"].T + da_h @ params["W_xh"].T,
        "h_prev": dh * z + d_reset * r + da_r @ params["W_hr"].T + da_z @ params["W_hz"].T,
        "W_xr": x.T @ da_r,
        "W_hr": h_prev.T @ da_r,
        "b_r": da_r.sum(axis=0),
        "W_xz": x.T @ da_z,
        "W_hz": h_prev.T @ da_z,
        "b_z": da_z.sum(axis=0),
        "W_xh": x.T @ da_h,
        "W_hh": (r * h_prev).T @ da_h,
        "b_h": da_h.sum(axis=0),
    }
    ### END SOLUTION


def gru_gradients(xs, h_0, params, dhs):
    """Gradients of L = sum(dhs * hs).  dhs (batch, time, units) -> {"xs", "h_0", "W_xr", ...}"""
    ### BEGIN SOLUTION
    hs, _ = gru_over_time(xs, h_0, params)
    before = np.concatenate([h_0[:, None], hs[:, :-1]], axis=1)  # the state each step began with
    gradients = {name: np.zeros_like(params[name]) for name in PARAMETERS}
    dxs = np.zeros_like(xs)
    carried = np.zeros_like(h_0)
    for t in reversed(range(xs.shape[1])):
        step = gru_step_gradients(xs[:, t], before[:, t], params, dhs[:, t] + carried)
        dxs[:, t], carried = step["x"], step["h_prev"]
        for name in PARAMETERS:
            gradients[name] += step[name]
    return {"xs": dxs, "h_0": carried, **gradients}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-step_gradients", "locked": true, "points": 8, "schema_version": 3, "solution": false}
check("gru.step_gradients")

# %% nbgrader={"grade": true, "grade_id": "gru-gradients_over_time", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("gru.gradients_over_time")

# %% [markdown] lang="en"
# **See it.** How much of a gradient at the last step arrives at the state $n$ steps earlier? The same
# random weights throughout; only $b_z$ differs, and the dashed line is the plain RNN of task 6. A gate
# does not help by being there: which of the four GRUs loses its gradient faster than the plain RNN?

# %% [markdown] lang="zh"
# **看一看。** 最后一步的梯度，往回传 $n$ 步还剩多少？各条曲线用的是同一组随机权重，只有 $b_z$ 不同；虚线是任务 6 里的普通 RNN。门并不是有了就管用：四个 GRU 里，哪些比普通 RNN 丢得还快？

# %%
if check.done("gru.gradients_over_time") and check.done("gru.limit_plain_rnn"):
    base = {name: 0.4 * value for name, value in random_params(3, 8, seed=2).items()}
    networks = {"plain RNN": plain_rnn_params(base)}
    for b_z in (-2.0, 0.0, 2.0, 4.0):
        networks[f"GRU, $b_z$ = {b_z:.0f}"] = base | {"b_z": np.full(8, b_z)}
    inputs, lags = np.random.default_rng(1).normal(size=(5, 60, 3)), np.arange(1, 61)

    fig, ax = plt.subplots(figsize=(7, 3.2))
    for name, params in networks.items():
        norms = []
        for lag in lags:
            last_only = np.zeros((5, lag, 8))
            last_only[:, -1] = 1.0
            back = gru_gradients(inputs[:, -lag:], np.zeros((5, 8)), params, last_only)
            norms.append(np.linalg.norm(back["h_0"]) / np.linalg.norm(last_only))
        ax.semilogy(lags, norms, "k--" if name == "plain RNN" else "-", label=name)
    ax.set(xlabel="steps back", ylabel="gradient that is left", ylim=(1e-8, 3))
    ax.legend(fontsize=8)
    plt.show()

# %% [markdown] lang="en"
# ## 8 A Keras cell
#
# For training you want TensorFlow to do task 7. A *cell* is a Keras layer that makes one step;
# `keras.layers.RNN(cell)` runs it over time. Keras asks this of a cell:
#
# - `build(input_shape)` makes the weights with `self.add_weight(shape=..., initializer=..., name=...)`;
#   `input_shape` is (batch, features). Glorot-uniform input matrices, orthogonal recurrent ones
#   and zero biases are a good start.
# - `call(inputs, states, training=None)` makes one step: `inputs` (batch, features), `states` a list
#   with $H_{t-1}$; it returns the output and the list of new states, here `h, [h]`.
# - `state_size` is the size of the state, here `units`.
# - `get_config()` returns what `__init__` needs, on top of `super().get_config()`, so that a model
#   with your cell can be saved and loaded.
#
# One method is our own: `load(params)` puts the nine arrays of `params` into the layer's weights
# (building it first, if that has not happened). Whether you keep nine weights or pack them is your choice.
# Use `ops` (`keras.ops`), not NumPy, in `call`, and no NumPy `sigmoid`: NumPy results have no gradient.
#
# Then two functions about Keras's own cell:
#
# - `keras_weights(params)` gives the list `[kernel, recurrent_kernel, bias]` that
#   `keras.layers.GRUCell(units, reset_after=False).set_weights` takes. Keras stacks its gates side by
#   side in the order **z, r, h**: shapes (features, 3 units), (units, 3 units), (3 units,).
# - `parameter_count(features, units, reset_after=False)` says how many numbers such a cell learns.
#
# The default of Keras (and what PyTorch and cuDNN do) is `reset_after=True`: the reset gate comes
# *after* the product,
#
# $$\tilde H_t = \tanh\big(X_t W_{xh} + b_{xh} + R_t \odot (H_{t-1} W_{hh} + b_{hh})\big), \tag{3'}$$
#
# which lets one large product serve all three gates. Here $b_{hh}$ stands inside the reset gate and
# $b_{xh}$ outside, so they are no longer one vector; Keras keeps such a pair of biases for each of
# the three. With 4 features and 5 units a cell has 150 parameters one way and 165 the other; which
# is which, and where does the difference come from?

# %% [markdown] lang="zh"
# ## 8 写成 Keras 单元
#
# 训练时，任务 7 的活儿应该交给 TensorFlow。Keras 里的**单元**（cell）是只走一步的层，由 `keras.layers.RNN(cell)` 带着它走完整个序列。Keras 对单元有这些要求：
#
# - `build(input_shape)` 用 `self.add_weight(shape=..., initializer=..., name=...)` 创建权重；`input_shape` 是 (batch, features)。输入矩阵用 Glorot 均匀初始化，循环矩阵用正交初始化，偏置取零，是不错的起点。
# - `call(inputs, states, training=None)` 走一步：`inputs` 的形状是 (batch, features)，`states` 是只含 $H_{t-1}$ 的列表；返回输出和新状态的列表，这里就是 `h, [h]`。
# - `state_size` 是状态的大小，这里等于 `units`。
# - `get_config()` 在 `super().get_config()` 的基础上加上 `__init__` 所需的参数，这样含有你的单元的模型才能保存和加载。
#
# 另有一个方法是我们自己约定的：`load(params)` 把 `params` 里的九个数组放进这一层的权重（若尚未创建权重，先创建）。存成九个权重还是拼在一起，由你决定。`call` 里请用 `ops`（即 `keras.ops`），不要用 NumPy，也不要用上面那个 NumPy 版的 `sigmoid`：NumPy 算出的结果没有梯度。
#
# 接着是关于 Keras 自带单元的两个函数：
#
# - `keras_weights(params)` 返回列表 `[kernel, recurrent_kernel, bias]`，可以直接交给 `keras.layers.GRUCell(units, reset_after=False).set_weights`。Keras 把三组参数按 **z, r, h** 的次序并排放在一起，形状依次为 (features, 3 units)、(units, 3 units)、(3 units,)。
# - `parameter_count(features, units, reset_after=False)` 返回这样一个单元有多少个可学习的数。
#
# Keras 的默认设置是 `reset_after=True`（PyTorch 和 cuDNN 也是这种做法），重置门放在乘法**之后**：
#
# $$\tilde H_t = \tanh\big(X_t W_{xh} + b_{xh} + R_t \odot (H_{t-1} W_{hh} + b_{hh})\big), \tag{3'}$$
#
# 这样三组参数只需一次大的矩阵乘法。此时 $b_{hh}$ 在重置门里面，$b_{xh}$ 在外面，两者不能再合并成一个向量；Keras 干脆给三组参数各配了这样一对偏置。当特征数为 4、单元数为 5 时，两种单元的参数个数分别是 150 和 165。哪个对应哪一种？差别从何而来？


# %% nbgrader={"grade": false, "grade_id": "gru-keras_cell-answer", "locked": false, "schema_version": 3, "solution": true}
class GRUCell(keras.layers.Layer):
    """One step of equations (1) to (4).  inputs (batch, features), states [(batch, units)]"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    @property
    def state_size(self):
        """The number of units."""
        ### BEGIN SOLUTION
        return self.units
        ### END SOLUTION

    def build(self, input_shape):
        """Make the weights.  input_shape (batch, features)"""
        ### BEGIN SOLUTION
        features, units = input_shape[-1], self.units
        shapes = {"W_x": (features, units), "W_h": (units, units), "b_": (units,)}
        start = {"W_x": "glorot_uniform", "W_h": "orthogonal", "b_": "zeros"}
        self.parts = {
            name: self.add_weight(shape=shapes[name[:-1]], initializer=start[name[:-1]], name=name)
            for name in PARAMETERS
        }
        ### END SOLUTION

    def call(self, inputs, states, training=None):
        """One step: return the output and the list of new states."""
        ### BEGIN SOLUTION
        h_prev, w = states[0], self.parts
        r = ops.sigmoid(inputs @ w["W_xr"] + h_prev @ w["W_hr"] + w["b_r"])
        z = ops.sigmoid(inputs @ w["W_xz"] + h_prev @ w["W_hz"] + w["b_z"])
        h_tilde = ops.tanh(inputs @ w["W_xh"] + (r * h_prev) @ w["W_hh"] + w["b_h"])
        h = z * h_prev + (1 - z) * h_tilde
        return h, [h]
        ### END SOLUTION

    def get_config(self):
        """What __init__ needs to make this layer again."""
        ### BEGIN SOLUTION
        return {**super().get_config(), "units": self.units}
        ### END SOLUTION

    def load(self, params):
        """Put the nine arrays into the layer's weights."""
        ### BEGIN SOLUTION
        if not self.built:
            self.build((None, len(params["W_xr"])))
        for name in PARAMETERS:
            self.parts[name].assign(params[name])
        ### END SOLUTION


def keras_weights(params):
    """The weights of keras.layers.GRUCell(units, reset_after=False): kernel, recurrent, bias."""
    ### BEGIN SOLUTION
    return [
        np.concatenate([params[part + gate] for gate in "zrh"], axis=-1)
        for part in ("W_x", "W_h", "b_")
    ]
    ### END SOLUTION


def parameter_count(features, units, reset_after=False):
    """How many numbers keras.layers.GRUCell(units, reset_after=reset_after) learns."""
    ### BEGIN SOLUTION
    biases = 2 * units if reset_after else units
    return 3 * (features * units + units * units + biases)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-keras_cell", "locked": true, "points": 7, "schema_version": 3, "solution": false}
check("gru.keras_cell")

# %% nbgrader={"grade": true, "grade_id": "gru-keras_weights", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("gru.keras_weights")

# %% nbgrader={"grade": true, "grade_id": "gru-parameter_count", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("gru.parameter_count")

# %% [markdown] lang="en"
# ## 9 A language model
#
# A language model gives, at every position, a distribution over the next token:
# $p(x_{t+1} \mid x_1, \dots, x_t)$. Ids go in, **logits** come out, one for each token of the vocabulary:
#
# | layer | shape of its output |
# |---|---|
# | ids | (batch, time) |
# | embedding | (batch, time, embedding_size) |
# | your cell over time, all states | (batch, time, units) |
# | dense, without activation | (batch, time, vocabulary_size) |
#
# `language_model(vocabulary_size, embedding_size, units)` returns this as a `keras.Model` that takes
# any batch size and any length.
#
# `train(model, windows, epochs)` trains it. `windows` is a `tf.data.Dataset` of pairs (inputs,
# targets) of ids, both (batch, time); the targets are the inputs shifted by one. The loss is the mean
# cross-entropy in nats,
#
# $$L = -\frac{1}{BT} \sum_{b,t} \ln p(x^{(b)}_{t+1} \mid x^{(b)}_1, \dots, x^{(b)}_t),$$
#
# and $e^L$ is the perplexity. Use Adam with a learning rate of 0.01, and clip the gradients to
# **global** norm 1, $g \leftarrow \min(1, \theta / \lVert g \rVert)\, g$ with $\theta = 1$, where $\lVert g \rVert$
# is the norm of all gradients taken together. Return the list of mean losses, one number an epoch.
#
# *Hints.* `keras.layers.RNN` returns only the last state unless told otherwise. Logits are not
# probabilities: no softmax in the model, and the loss must know (`from_logits`). `compile` and `fit` will do,
# and so will your own loop; of Keras's three ways to clip (`clipvalue`, `clipnorm`, `global_clipnorm`) only
# one is meant here.

# %% [markdown] lang="zh"
# ## 9 语言模型
#
# 语言模型在每个位置给出下一个词元的概率分布 $p(x_{t+1} \mid x_1, \dots, x_t)$。输入是编号，输出是 **logits**，词表里每个词元对应一个：
#
# | 层 | 输出的形状 |
# |---|---|
# | 编号 | (batch, time) |
# | 嵌入层 | (batch, time, embedding_size) |
# | 你的单元沿时间展开，取所有状态 | (batch, time, units) |
# | 全连接层，不加激活函数 | (batch, time, vocabulary_size) |
#
# `language_model(vocabulary_size, embedding_size, units)` 把它们组成一个 `keras.Model` 返回，批量大小和序列长度都不限。
#
# `train(model, windows, epochs)` 训练这个模型。`windows` 是一个 `tf.data.Dataset`，每个元素是一对编号 (inputs, targets)，形状都是 (batch, time)；targets 就是 inputs 向后移一位。损失是以 nat 为单位的平均交叉熵
#
# $$L = -\frac{1}{BT} \sum_{b,t} \ln p(x^{(b)}_{t+1} \mid x^{(b)}_1, \dots, x^{(b)}_t),$$
#
# 而 $e^L$ 就是困惑度。请使用学习率为 0.01 的 Adam，并把梯度按**全局**范数裁剪到 1：$g \leftarrow \min(1, \theta / \lVert g \rVert)\, g$，其中 $\theta = 1$，$\lVert g \rVert$ 是所有梯度放在一起的范数。返回一个列表，每训练一轮记一个平均损失。
#
# *提示*：`keras.layers.RNN` 默认只返回最后一个状态。logits 不是概率，模型里不要加 softmax，同时要让损失函数知道这一点（`from_logits`）。用 `compile` 和 `fit`，或者自己写循环都可以；Keras 有三种裁剪方式（`clipvalue`、`clipnorm`、`global_clipnorm`），这里指的只是其中一种。


# %% nbgrader={"grade": false, "grade_id": "gru-language_model-answer", "locked": false, "schema_version": 3, "solution": true}
def language_model(vocabulary_size, embedding_size, units):
    """A keras.Model: ids (batch, time) -> logits (batch, time, vocabulary_size), using GRUCell."""
    ### BEGIN SOLUTION
    ids = keras.Input(shape=(None,), dtype="int32")
    xs = keras.layers.Embedding(vocabulary_size, embedding_size)(ids)
    hs = keras.layers.RNN(GRUCell(units), return_sequences=True)(xs)
    return keras.Model(ids, keras.layers.Dense(vocabulary_size)(hs))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-language_model", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("gru.language_model")

# %% nbgrader={"grade": true, "grade_id": "gru-same_model", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("gru.same_model")


# %% nbgrader={"grade": false, "grade_id": "gru-learns-answer", "locked": false, "schema_version": 3, "solution": true}
def train(model, windows, epochs):
    """Train on windows of (inputs, targets), ids (batch, time); return each epoch's mean loss."""
    ### BEGIN SOLUTION
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.01, global_clipnorm=1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model.fit(windows, epochs=epochs, shuffle=False, verbose=0).history["loss"]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-learns", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("gru.learns")

# %% [markdown] lang="en"
# ### The text, and what simpler models make of it
#
# Some 40 kB of English prose, in lower case, character by character; the last tenth is held out. The
# *ladder* tells what a perplexity on it means: a model that knows nothing is as uncertain as a fair
# choice among all characters; the unigram model knows how frequent each one is; the bigram model
# also sees the character before. (The counts of the bigram model are mixed with a little of the
# unigram model, so that a pair that never occurred does not get probability 0.)

# %% [markdown] lang="zh"
# ### 语料，以及简单模型的成绩
#
# 语料是大约 40 kB 的英文散文，全部转成小写，以字符为词元，最后十分之一留作测试。下面这个“阶梯”告诉你困惑度的大小意味着什么：一无所知的模型，相当于在所有字符里随便猜一个；一元模型知道每个字符有多常见；二元模型还看得到前一个字符。（二元模型的计数里掺进了少量一元模型，免得没出现过的组合概率为 0。）

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
print(f"{len(train_ids):,} characters to learn from, {len(held_out_ids):,} held out")
for name, value in ladder.items():
    print(f"{name:8} {value:6.2f}")

# %% [markdown] lang="en"
# ### Train yours
#
# This takes less than half a minute. It saves the weights as `gru.weights.h5` beside the notebook: **hand
# that file in together with the notebook**; the last check of this task reads it. Change the number of
# epochs or the windows if you like, but keep the sizes 32 and 64.
#
# The first cell makes the model, the second trains it. You may interrupt the second (■, or *Kernel › Interrupt*):
# the model keeps what it has learnt, and running the cell again goes on. To begin anew, run the first one.

# %% [markdown] lang="zh"
# ### 训练你的模型
#
# 不到半分钟就能完成。训练好的权重会保存在笔记本旁边的 `gru.weights.h5` 里，**请把这个文件和笔记本一起提交**，本任务的最后一项检查要用到它。训练轮数和窗口可以随意调整，但 32 和 64 这两个尺寸请不要改。
#
# 第一个单元格创建模型，第二个训练它。第二个可以随时中断（■，或菜单里的 *Kernel › Interrupt*）：模型保留已学到的内容，再运行一次就接着训练。要从头开始，请运行第一个。

# %%
if check.done("gru.language_model") and check.done("gru.learns"):
    keras.utils.set_random_seed(1)
    model = language_model(len(vocabulary), 32, 64)
    windows = random_windows(train_ids, batch=32, time=32, seed=1)
    training = LiveTraining(model, epochs=12)

# %%
if check.done("gru.language_model") and check.done("gru.learns"):
    losses = training.run(lambda epochs: train(model, windows, epochs))
    model.save_weights("gru.weights.h5")

    unread = sequential_windows(held_out_ids, batch=1, time=32)
    targets = np.concatenate([shifted for _, shifted in unread])
    ladder["your GRU"] = perplexity(model.predict(unread, verbose=0), targets)
    for name, value in ladder.items():
        print(f"{name:8} {value:6.2f}")

# %%
if check.done("gru.language_model") and check.done("gru.learns"):
    display(plots.perplexity_curve({"perplexity": np.exp(losses)}, ladder.items()))

    with keras.saving.custom_object_scope({"GRUCell": GRUCell}):  # sampling copies the model
        for temperature in (0.5, 1.0):
            written = sample(model, vocabulary, "the ", 200, temperature, seed=1)
            print(f"temperature {temperature}: {written}\n")

# %% nbgrader={"grade": true, "grade_id": "gru-result", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("gru.result")

# %% [markdown] lang="en"
# ## 10 Reading the gates
#
# What has the model learned to remember? First collect the gates: `gates_over_time(xs, h_0, params)`
# returns $R_1, \dots, R_T$ and $Z_1, \dots, Z_T$, each (batch, time, units).
#
# Then put a number on a unit's memory. Follow the direct path of equation (4) only: what was in the
# state is multiplied by $z_t$ at every step, so after $n$ steps the part that is left is
# $z_1 z_2 \cdots z_n$. This is one half when $n$ has reached the **half-life**
#
# $$n_{1/2} = \frac{\ln \frac12}{\overline{\ln z}},$$
#
# where the mean $\overline{\ln z}$ is taken over batch and time, for each unit on its own.
# `half_life(z)` takes $z$ (batch, time, units) and returns (units,), in steps.
#
# A gate that always stands at 0.5 has a half-life of 1 step, one at 0.9 of 6.6 steps, one at 0.99 of
# 69 steps. Note that the mean of the logarithm is not the logarithm of the mean: a gate that is
# 0.99 half of the time and 0.01 otherwise averages 0.5, but what has its half-life?

# %% [markdown] lang="zh"
# ## 10 读懂门
#
# 模型学会了记住什么？先把门收集起来：`gates_over_time(xs, h_0, params)` 返回 $R_1, \dots, R_T$ 和 $Z_1, \dots, Z_T$，形状都是 (batch, time, units)。
#
# 再用一个数来刻画单元的记忆。只看公式 (4) 里的直接通路：状态里原有的内容每一步都乘上一个 $z_t$，$n$ 步之后还剩 $z_1 z_2 \cdots z_n$。剩下一半时的步数就是**半衰期**：
#
# $$n_{1/2} = \frac{\ln \frac12}{\overline{\ln z}},$$
#
# 其中 $\overline{\ln z}$ 是对批量和时间取的平均，每个单元各算各的。`half_life(z)` 接收 (batch, time, units) 的 $z$，返回 (units,)，单位是步。
#
# 门一直停在 0.5，半衰期是 1 步；停在 0.9 是 6.6 步，停在 0.99 是 69 步。注意，对数的平均不等于平均的对数：一个门有一半时间是 0.99，另一半时间是 0.01，平均值是 0.5，那它的半衰期是多少？


# %% nbgrader={"grade": false, "grade_id": "gru-gates_over_time-answer", "locked": false, "schema_version": 3, "solution": true}
def gates_over_time(xs, h_0, params):
    """xs (batch, time, features), h_0 (batch, units) -> r, z, each (batch, time, units)"""
    ### BEGIN SOLUTION
    h, rs, zs = h_0, [], []
    for t in range(xs.shape[1]):
        x = xs[:, t]
        rs.append(reset_gate(x, h, params["W_xr"], params["W_hr"], params["b_r"]))
        zs.append(update_gate(x, h, params["W_xz"], params["W_hz"], params["b_z"]))
        h = gru_step(x, h, params)
    return np.stack(rs, axis=1), np.stack(zs, axis=1)
    ### END SOLUTION


def half_life(z):
    """Steps until half of the old state is left.  z (batch, time, units) -> (units,)"""
    ### BEGIN SOLUTION
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "gru-gates_over_time", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("gru.gates_over_time")

# %% nbgrader={"grade": true, "grade_id": "gru-half_life", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("gru.half_life")

# %% [markdown] lang="en"
# ### The gates of your own model
#
# The trained parameters sit inside your Keras cell, in a packing that only you know. The function
# below finds them all the same: it loads the numbers 0, 1, 2, ... into a second cell of your class
# and looks where each of them has gone.
#
# The heat map shows $z$ while the model reads the beginning of the held-out text, yellow where the
# old state is kept: one row for each unit, the longest half-life at the bottom. Do not be surprised if most half-lives are below one
# character. A model of characters rewrites most of its state at every letter, and one step with
# $z = 0.001$ weighs as much in the mean logarithm as 690 steps with $z = 0.99$. Look for the rows and
# the places where the gate does stay near 1.

# %% [markdown] lang="zh"
# ### 看看你自己模型的门
#
# 训练好的参数就在你的 Keras 单元里，但怎样存放只有你自己知道。下面这个函数照样能把它们找出来：它往你的类的另一个单元里装入 0、1、2……，再看每个数去了哪里。
#
# 热图画的是模型阅读留出文本开头时的 $z$，黄色表示保留旧状态：每个单元占一行，半衰期最长的在最下面。如果大多数半衰期不到一个字符，不必惊讶：以字符为词元的模型每读一个字母都要改写大半状态，而在对数的平均里，一步 $z = 0.001$ 的分量抵得上 690 步 $z = 0.99$。请留意哪些行、哪些位置的门确实停在 1 附近。


# %%
def trained_params(cell, features):
    """The nine arrays of a trained GRUCell, however it keeps them, in float64."""
    like = random_params(features, cell.units)
    sizes = [array.size for array in like.values()]

    def as_params(flat):
        parts = zip(like.items(), np.split(flat, np.cumsum(sizes)[:-1]), strict=True)
        return {name: part.reshape(array.shape) for (name, array), part in parts}

    twin = type(cell)(cell.units)
    twin.load(as_params(np.arange(sum(sizes), dtype=float)))
    places = np.concatenate([w.ravel() for w in twin.get_weights()]).astype(int)
    values = np.empty(len(places))
    values[places] = np.concatenate([w.ravel() for w in cell.get_weights()])
    return as_params(values)


if all(map(check.done, ("gru.keras_cell", "gru.learns", "gru.gates_over_time", "gru.half_life"))):
    embedding = next(layer for layer in model.layers if isinstance(layer, keras.layers.Embedding))
    cell = next(layer.cell for layer in model.layers if isinstance(layer, keras.layers.RNN))
    read = held_out_ids[:1000]
    vectors = embedding.get_weights()[0].astype(float)[read]
    _, z = gates_over_time(vectors[None], np.zeros((1, 64)), trained_params(cell, features=32))
    memory = half_life(z)
    order = np.argsort(memory)
    print("shortest half-lives:", memory[order[:3]].round(2), "characters")
    print("longest half-lives: ", memory[order[-3:]].round(1), "characters")

    title = "Update gate of each unit, the shortest half-life on top"
    display(plots.gate_heatmap(z[0, :60][:, order], vocabulary.decode(read[:60]), title))
    display(plots.half_lives(memory))

# %% [markdown] lang="en"
# ## Written question (6 points)
#
# Answer in your own words, two to four sentences each. A person reads this.
#
# 1. Suppose you had written $(1 - Z_t) \odot H_{t-1} + Z_t \odot \tilde H_t$ in task 4 and in your Keras
#    cell. Would the training loss of task 9 have told you? Why? And what would `half_life` then have
#    measured?
# 2. Along which path can a gradient travel from $H_T$ back to $H_0$ almost unchanged, and by what is it
#    multiplied on the way? What stands in that place in the plain RNN? Does the GRU therefore never
#    lose a gradient?
# 3. Pick one unit with a short and one with a long half-life from your figures. What might each be
#    good for in this text? And give one reason why short half-lives do not prove that the *network*
#    has forgotten.

# %% [markdown] lang="zh"
# ## 问答题（6 分）
#
# 请用自己的话回答，每小题两到四句。这道题由老师批改。
#
# 1. 假如你在任务 4 和 Keras 单元里都写成了 $(1 - Z_t) \odot H_{t-1} + Z_t \odot \tilde H_t$，任务 9 的训练损失能让你发现吗？为什么？这时 `half_life` 量到的又是什么？
# 2. 梯度可以沿哪条路径从 $H_T$ 几乎不变地回到 $H_0$？一路上它被乘上了什么？在普通 RNN 里，处在这个位置的是什么？这是否意味着 GRU 永远不会丢失梯度？
# 3. 从你的图里各挑一个半衰期短的和半衰期长的单元。在这段文字里，它们可能各有什么用处？再说出一个理由，说明半衰期短并不能证明**网络**已经忘记。

# %% [markdown] lang="en" nbgrader={"grade": true, "grade_id": "gru-written", "locked": false, "points": 6, "schema_version": 3, "solution": true}
# **Your answer** (edit this cell):
#
# ### BEGIN SOLUTION
# *1 (2 points).* No. Since $1 - \sigma(a) = \sigma(-a)$, each network of one kind is a network of the other kind with the signs of $W_{xz}$, $W_{hz}$ and $b_z$ flipped; training starts from weights that are as likely to have one sign as the other, and finds the mirrored solution just as easily. The loss is the same. The function would then measure how long a unit goes on overwriting its state: a unit that remembers for long has small values there and is listed with a half-life near zero.
#
# *2 (2 points).* Along the direct path of equation (4), where each step multiplies element by element with $Z_t$, so the whole factor is $\prod_t Z_t$ and involves neither a matrix nor a tanh derivative. The plain RNN has the product of the Jacobians $W_{hh}^\top$ times $\operatorname{diag}(1 - H_t^2)$ there, which shrinks or grows exponentially. But no gate is exactly one: the product of the gates still decays, with the half-life of task 10; the network can only learn to make that slow where it pays.
#
# *3 (2 points).* A short unit can follow what changes with every character, such as whether the last letter was a vowel; a long one can hold something that stays true for a word or a sentence, such as the distance from the last space or being inside quotation marks. A short half-life says only that this unit's direct path is short: the content may have been rewritten by the candidate into the same unit or read into another unit before, and a mean hides that the gate may stand near one exactly while it matters.
#
# *Rubric.* One point for the claim and one for the reason in each part. Part 1: full marks need the symmetry of the sigmoid, half for "the network adapts". Part 2: one point for the product of gates, one for naming that it still decays. Part 3: any unit described from the student's own figure counts; a claim about the network needs a second path.
# ### END SOLUTION

# %% [markdown] lang="zh" nbgrader={"grade": true, "grade_id": "gru-written", "locked": false, "points": 6, "schema_version": 3, "solution": true}
# **你的回答**（请编辑本单元格）：
#
# ### BEGIN SOLUTION
# *1（2 分）。* 不能。由于 $1 - \sigma(a) = \sigma(-a)$，把 $W_{xz}$、$W_{hz}$、$b_z$ 变号，一种网络就成了另一种；训练从正负机会均等的权重出发，会同样容易地找到镜像的解，损失没有差别。这时量到的是单元持续改写状态的时间：记忆长的单元在那里数值很小，半衰期反而会被算得接近零。
#
# *2（2 分）。* 沿公式 (4) 的直接通路，每一步按元素乘以 $Z_t$，总的因子是 $\prod_t Z_t$，既没有矩阵，也没有 tanh 的导数。普通 RNN 在这里是一连串雅可比矩阵 $W_{hh}^\top$ 与 $\operatorname{diag}(1 - H_t^2)$ 的乘积，会指数式地缩小或增大。但没有哪个门恰好等于 1，门的连乘照样会衰减，快慢就是任务 10 的半衰期；网络只是能够学会在值得的地方让它衰减得慢一些。
#
# *3（2 分）。* 半衰期短的单元可以跟踪逐字符变化的信息，例如上一个字母是不是元音；半衰期长的单元可以保存在一个词或一句话里始终成立的信息，例如离上一个空格有多远、是否在引号之内。半衰期短只说明这个单元的直接通路短：内容可能早已经由候选状态重新写回，或者被别的单元读走；平均值也掩盖了门恰好在要紧的时候接近 1 的情形。
#
# *评分标准。* 每小题结论 1 分、理由 1 分。第 1 题：说出 sigmoid 的对称性得满分，只说“网络会自己适应”得一半。第 2 题：写出门的连乘得 1 分，指出它仍会衰减得 1 分。第 3 题：只要是根据自己的图描述的单元都算；谈到网络是否忘记，必须提到另一条通路。
# ### END SOLUTION
