# ---
# jupyter:
#   course:
#     unit: lstm
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
# # Long short-term memory (LSTM)
#
# A plain recurrent network keeps all that it knows in one vector, and pushes this vector through a matrix
# and a tanh at every step. The LSTM adds a second state, the **memory cell** $C_t$, which is spared both:
# from one step to the next it is only multiplied, number by number, with a gate, and something is added to
# it. If you know how a bit is kept in an electronic circuit, you know the three gates: one says *write*
# (the input gate), one says *keep* (the forget gate), one says *show* (the output gate).
#
# The whole unit is six equations, and this notebook is about these six:
#
# $$
# \begin{align}
# I_t &= \sigma(X_t W_{xi} + H_{t-1} W_{hi} + b_i) && \text{input gate} \tag{1}\\
# F_t &= \sigma(X_t W_{xf} + H_{t-1} W_{hf} + b_f) && \text{forget gate} \tag{2}\\
# O_t &= \sigma(X_t W_{xo} + H_{t-1} W_{ho} + b_o) && \text{output gate} \tag{3}\\
# \tilde C_t &= \tanh(X_t W_{xc} + H_{t-1} W_{hc} + b_c) && \text{candidate cell} \tag{4}\\
# C_t &= F_t \odot C_{t-1} + I_t \odot \tilde C_t && \text{cell state} \tag{5}\\
# H_t &= O_t \odot \tanh(C_t) && \text{hidden state} \tag{6}
# \end{align}
# $$
#
# You will write them in NumPy (tasks 1 to 5), find the simpler networks hidden inside them (6),
# differentiate them by hand (7), turn them into a Keras cell (8), train a language model with it (9),
# and give it a task of long memory that the plain RNN cannot learn (10). Allow 60 to 120 minutes.

# %% [markdown] lang="zh"
# # 长短期记忆网络（LSTM）
#
# 普通的循环神经网络把所知道的一切都放在一个向量里，每走一步，这个向量都要穿过一次矩阵乘法和一次 tanh。LSTM 添了第二个状态，即**记忆细胞** $C_t$，它免去了这两道变换：从一步到下一步，只是逐个数乘上一个门，再加上一点新内容。如果你知道电路里怎样保存一个比特，那么三个门也就不陌生了：一个管**写入**（输入门），一个管**保持**（遗忘门），一个管**读出**（输出门）。
#
# 整个单元只有六个公式，本次作业就围绕它们展开：
#
# $$
# \begin{align}
# I_t &= \sigma(X_t W_{xi} + H_{t-1} W_{hi} + b_i) && \text{输入门} \tag{1}\\
# F_t &= \sigma(X_t W_{xf} + H_{t-1} W_{hf} + b_f) && \text{遗忘门} \tag{2}\\
# O_t &= \sigma(X_t W_{xo} + H_{t-1} W_{ho} + b_o) && \text{输出门} \tag{3}\\
# \tilde C_t &= \tanh(X_t W_{xc} + H_{t-1} W_{hc} + b_c) && \text{候选记忆细胞} \tag{4}\\
# C_t &= F_t \odot C_{t-1} + I_t \odot \tilde C_t && \text{记忆细胞} \tag{5}\\
# H_t &= O_t \odot \tanh(C_t) && \text{隐含状态} \tag{6}
# \end{align}
# $$
#
# 你将先用 NumPy 写出它们（任务 1 至 5），找出藏在里面的几种更简单的网络（任务 6），亲手求导（任务 7），把它们写成 Keras 单元（任务 8），用它训练一个语言模型（任务 9），最后让它去做一件普通 RNN 学不会的、需要长久记忆的事（任务 10）。预计用时 60 到 120 分钟。

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
# | $H_{t-1}$, $C_{t-1}$, the states before the step | `h_prev`, `c_prev` | (batch, units) |
# | $I_t$, $F_t$, $O_t$, $\tilde C_t$, $C_t$, $H_t$ | `i`, `f`, `o`, `c_tilde`, `c`, `h` | (batch, units) |
# | $W_{xi}$, $W_{xf}$, $W_{xo}$, $W_{xc}$ | `W_xi`, `W_xf`, `W_xo`, `W_xc` | (features, units) |
# | $W_{hi}$, $W_{hf}$, $W_{ho}$, $W_{hc}$ | `W_hi`, `W_hf`, `W_ho`, `W_hc` | (units, units) |
# | $b_i$, $b_f$, $b_o$, $b_c$ | `b_i`, `b_f`, `b_o`, `b_c` | (units,) |
# | all steps of the input, of the two states | `xs`, `hs`, `cs` | (batch, time, features), (batch, time, units) |
#
# The twelve parameters travel together in a dict, `params`; `params["W_xf"]` is $W_{xf}$.
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
# | $H_{t-1}$、$C_{t-1}$，这一步之前的两个状态 | `h_prev`、`c_prev` | (batch, units) |
# | $I_t$、$F_t$、$O_t$、$\tilde C_t$、$C_t$、$H_t$ | `i`、`f`、`o`、`c_tilde`、`c`、`h` | (batch, units) |
# | $W_{xi}$、$W_{xf}$、$W_{xo}$、$W_{xc}$ | `W_xi`、`W_xf`、`W_xo`、`W_xc` | (features, units) |
# | $W_{hi}$、$W_{hf}$、$W_{ho}$、$W_{hc}$ | `W_hi`、`W_hf`、`W_ho`、`W_hc` | (units, units) |
# | $b_i$、$b_f$、$b_o$、$b_c$ | `b_i`、`b_f`、`b_o`、`b_c` | (units,) |
# | 所有时间步的输入、两个状态 | `xs`、`hs`、`cs` | (batch, time, features)、(batch, time, units) |
#
# 十二个参数装在同一个字典 `params` 里，`params["W_xf"]` 就是 $W_{xf}$。
#
# 批量中的每个序列占**一行**，所以输入写在左边：是 $X_t W$，不是 $W x_t$。$\sigma$ 是 logistic 函数，$\odot$ 是按元素相乘。
#
# 请先运行下面三个单元格。加载 TensorFlow 要花几秒钟。

# %% nbgrader={"grade": false, "grade_id": "lstm-imports", "locked": true, "schema_version": 3, "solution": false}
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
    adding_problem,
    load_corpus,
    perplexity,
    plots,
    random_windows,
    sample,
    sequential_windows,
    split_held_out,
)

# %% nbgrader={"grade": false, "grade_id": "lstm-given", "locked": true, "schema_version": 3, "solution": false}
GATES = ("W_xi", "W_hi", "b_i", "W_xf", "W_hf", "b_f", "W_xo", "W_ho", "b_o")
PARAMETERS = (*GATES, "W_xc", "W_hc", "b_c")


def sigmoid(x):
    """σ(x) = 1 / (1 + exp(-x)), without overflow and exact in both tails."""
    return np.exp(-np.logaddexp(0.0, -np.asarray(x)))


def random_params(features, units, seed=0):
    """Twelve random arrays to try your functions on: {"W_xi": (features, units), ...}."""
    rng = np.random.default_rng(seed)
    sizes = {"W_x": (features, units), "W_h": (units, units), "b_": (units,)}
    return {key: rng.normal(0, 0.8, sizes[key[:-1]]) for key in PARAMETERS}


print("TensorFlow", tf.__version__, "and Keras", keras.__version__)


# %% [markdown] lang="en"
# ## 1 The three gates
#
# Each gate looks at the new input and at the old hidden state, and gives every unit a number between
# 0 (shut) and 1 (open). The three have the same form, each with parameters of its own:
#
# $$
# \begin{align}
# I_t &= \sigma(X_t W_{xi} + H_{t-1} W_{hi} + b_i) \tag{1}\\
# F_t &= \sigma(X_t W_{xf} + H_{t-1} W_{hf} + b_f) \tag{2}\\
# O_t &= \sigma(X_t W_{xo} + H_{t-1} W_{ho} + b_o) \tag{3}
# \end{align}
# $$
#
# `gates(x, h_prev, params)` returns all three, in this order. Shapes: `x` (batch, features), `h_prev`
# (batch, units), each result (batch, units).
#
# With a single feature and a single unit, $x = 1$, $h = 0.5$, $W_{xf} = 0.4$, $W_{hf} = -1.2$ and
# $b_f = 1$ give the forget gate $\sigma(0.4 - 0.6 + 1) = \sigma(0.8) = 0.690$.
#
# *Hints.* `@` is the matrix product, `*` the product element by element. The bias has shape
# (units,); NumPy adds it to every row by itself. `sigmoid` is given above. The gates see $H_{t-1}$, not
# $C_{t-1}$: an LSTM whose gates also look into the cell has *peepholes*, and is another network.

# %% [markdown] lang="zh"
# ## 1 三个门
#
# 每个门都看一眼新的输入，再看一眼旧的隐含状态，然后给每个单元一个 0 到 1 之间的数：0 是关，1 是开。三个门形式相同，参数各有一套：
#
# $$
# \begin{align}
# I_t &= \sigma(X_t W_{xi} + H_{t-1} W_{hi} + b_i) \tag{1}\\
# F_t &= \sigma(X_t W_{xf} + H_{t-1} W_{hf} + b_f) \tag{2}\\
# O_t &= \sigma(X_t W_{xo} + H_{t-1} W_{ho} + b_o) \tag{3}
# \end{align}
# $$
#
# `gates(x, h_prev, params)` 按这个次序返回三个门。形状：`x` (batch, features)，`h_prev` (batch, units)，每个结果都是 (batch, units)。
#
# 举个只有一个特征、一个单元的例子：$x = 1$，$h = 0.5$，$W_{xf} = 0.4$，$W_{hf} = -1.2$，$b_f = 1$，则遗忘门为 $\sigma(0.4 - 0.6 + 1) = \sigma(0.8) = 0.690$。
#
# *提示*：`@` 是矩阵乘法，`*` 是按元素相乘。偏置的形状是 (units,)，NumPy 会自动把它加到每一行上。`sigmoid` 上面已经给出。门看的是 $H_{t-1}$，不是 $C_{t-1}$：门还能窥见记忆细胞的 LSTM 带有所谓**窥视孔**（peephole），那是另一种网络。


# %% nbgrader={"grade": false, "grade_id": "lstm-gates-answer", "locked": false, "schema_version": 3, "solution": true}
def gates(x, h_prev, params):
    """Equations (1) to (3).  x (batch, features), h_prev (batch, units) -> i, f, o (batch, units)"""
    ### BEGIN SOLUTION
    i = sigmoid(x @ params["W_xi"] + h_prev @ params["W_hi"] + params["b_i"])
    f = sigmoid(x @ params["W_xf"] + h_prev @ params["W_hf"] + params["b_f"])
    o = sigmoid(x @ params["W_xo"] + h_prev @ params["W_ho"] + params["b_o"])
    return i, f, o
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-gates", "locked": true, "points": 8, "schema_version": 3, "solution": false}
check("lstm.gates")

# %% [markdown] lang="en"
# ## 2 Candidate cell
#
# The candidate is what may be written into the cell. It is a plain RNN step: it looks at the same two
# things as the gates, but through a tanh, so that it can be negative as well as positive:
#
# $$\tilde C_t = \tanh(X_t W_{xc} + H_{t-1} W_{hc} + b_c) \tag{4}$$
#
# Shapes: `x` (batch, features), `h_prev` (batch, units), result (batch, units).
#
# Why tanh here and $\sigma$ there? A gate is a share, and a share of $-0.3$ makes no sense. The candidate
# is content: were it never negative, equation (5) could only ever add to the cell, never take away.

# %% [markdown] lang="zh"
# ## 2 候选记忆细胞
#
# 候选记忆细胞是准备写进记忆细胞的内容。它就是普通 RNN 的一步：看的东西和门一样，但用的是 tanh，所以可正可负：
#
# $$\tilde C_t = \tanh(X_t W_{xc} + H_{t-1} W_{hc} + b_c) \tag{4}$$
#
# 形状：`x` (batch, features)，`h_prev` (batch, units)，结果 (batch, units)。
#
# 为什么这里用 tanh，门却用 $\sigma$？门是比例，$-0.3$ 的比例没有意义。候选值是内容：假如它永远不为负，公式 (5) 就只能往记忆细胞里加，而永远不能往下减。


# %% nbgrader={"grade": false, "grade_id": "lstm-candidate-answer", "locked": false, "schema_version": 3, "solution": true}
def candidate(x, h_prev, params):
    """Equation (4).  x (batch, features), h_prev (batch, units) -> c_tilde (batch, units)"""
    ### BEGIN SOLUTION
    return np.tanh(x @ params["W_xc"] + h_prev @ params["W_hc"] + params["b_c"])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-candidate", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("lstm.candidate")

# %% [markdown] lang="en"
# ## 3 Cell state
#
# Now the cell itself: what the forget gate leaves of the old content, plus what the input gate lets in
# of the candidate,
#
# $$C_t = F_t \odot C_{t-1} + I_t \odot \tilde C_t \tag{5}$$
#
# Shapes: all (batch, units). With $f = 0.9$, $c_{t-1} = 2$, $i = 0.5$ and $\tilde c_t = -1$ the new cell is
# $1.8 - 0.5 = 1.3$.
#
# Two things to notice. The forget gate **keeps** when it is open: $F = 1$ forgets nothing, whatever its
# name says. And the two gates are independent: the GRU has to give up as much of the old as it takes in of
# the new ($z$ and $1 - z$), whereas here both may be open at once, and the cell may grow beyond 1. An LSTM
# can count; task 6 makes it.
#
# *Hint.* Return a new array. `c_prev *= f` would change the caller's state behind its back.

# %% [markdown] lang="zh"
# ## 3 记忆细胞
#
# 现在轮到记忆细胞本身：旧内容经遗忘门留下的部分，加上候选值经输入门放进来的部分：
#
# $$C_t = F_t \odot C_{t-1} + I_t \odot \tilde C_t \tag{5}$$
#
# 形状：全部是 (batch, units)。例如 $f = 0.9$，$c_{t-1} = 2$，$i = 0.5$，$\tilde c_t = -1$ 时，新的记忆细胞为 $1.8 - 0.5 = 1.3$。
#
# 有两点值得注意。遗忘门打开时是**保留**：不管名字怎么叫，$F = 1$ 意味着什么也不忘。另外，两个门互不牵制：GRU 放进多少新的，就得丢掉多少旧的（$z$ 和 $1 - z$）；这里两个门却可以同时打开，记忆细胞可以超过 1。LSTM 会数数，任务 6 就让它数一数。
#
# *提示*：请返回一个新数组。`c_prev *= f` 会悄悄改掉调用者手里的状态。


# %% nbgrader={"grade": false, "grade_id": "lstm-cell_state-answer", "locked": false, "schema_version": 3, "solution": true}
def cell_state(f, c_prev, i, c_tilde):
    """Equation (5).  all (batch, units) -> c (batch, units)"""
    ### BEGIN SOLUTION
    return f * c_prev + i * c_tilde
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-cell_state", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("lstm.cell_state")

# %% [markdown] lang="en"
# ## 4 Hidden state
#
# The cell is private. What the rest of the network gets to see, and what the gates of the next step read,
# is the hidden state: the cell, squashed, and shown as far as the output gate is open:
#
# $$H_t = O_t \odot \tanh(C_t) \tag{6}$$
#
# Shapes: all (batch, units). With $o = 0.5$ and $c = 1.3$ the hidden state is
# $0.5 \tanh(1.3) = 0.5 \cdot 0.862 = 0.431$.
#
# With $O = 0$ a unit is silent, and remembers all the same.

# %% [markdown] lang="zh"
# ## 4 隐含状态
#
# 记忆细胞不对外公开。网络其余部分看到的，以及下一步的门所读的，是隐含状态：把记忆细胞压缩一下，再按输出门打开的程度亮出来：
#
# $$H_t = O_t \odot \tanh(C_t) \tag{6}$$
#
# 形状：全部是 (batch, units)。例如 $o = 0.5$，$c = 1.3$ 时，隐含状态为 $0.5 \tanh(1.3) = 0.5 \cdot 0.862 = 0.431$。
#
# $O = 0$ 时，单元一声不响，但照样记得。


# %% nbgrader={"grade": false, "grade_id": "lstm-hidden_state-answer", "locked": false, "schema_version": 3, "solution": true}
def hidden_state(o, c):
    """Equation (6).  all (batch, units) -> h (batch, units)"""
    ### BEGIN SOLUTION
    return o * np.tanh(c)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-hidden_state", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("lstm.hidden_state")

# %% [markdown] lang="en"
# ## 5 One step, and over time
#
# Put the six equations together. There are two states now, and both go in and come out, $H$ first:
#
# - `lstm_step(x, h_prev, c_prev, params)` makes one step and returns $H_t$ and $C_t$, each (batch, units).
# - `lstm_over_time(xs, h_0, c_0, params)` reads a whole sequence, beginning in the states `h_0` and `c_0`:
#   `xs` (batch, time, features) gives `hs` and `cs`, each (batch, time, units), the states
#   $H_1, \dots, H_T$ and $C_1, \dots, C_T$.
#
# $$H_t, C_t = \operatorname{LSTM}(X_t, H_{t-1}, C_{t-1}), \qquad t = 1, \dots, T$$
#
# *Hints.* Time is the **second** axis: `xs[:, t]` has shape (batch, features). `h_0` is not in `hs`, and
# `c_0` not in `cs`. Every step starts from the two states that the step before has left. Cutting a sequence
# in two, and handing both states over the cut, must give the same as reading it in one go; that is a
# good test to make yourself.

# %% [markdown] lang="zh"
# ## 5 走一步，再走完整个序列
#
# 现在把六个公式合在一起。状态有两个，都要传入，也都要传出，$H$ 在前：
#
# - `lstm_step(x, h_prev, c_prev, params)` 走一步，返回 $H_t$ 和 $C_t$，形状都是 (batch, units)。
# - `lstm_over_time(xs, h_0, c_0, params)` 从状态 `h_0`、`c_0` 出发读完整个序列：输入 `xs` (batch, time, features)，返回 `hs` 和 `cs`，形状都是 (batch, time, units)，即 $H_1, \dots, H_T$ 和 $C_1, \dots, C_T$。
#
# $$H_t, C_t = \operatorname{LSTM}(X_t, H_{t-1}, C_{t-1}), \qquad t = 1, \dots, T$$
#
# *提示*：时间是**第二个**轴，`xs[:, t]` 的形状是 (batch, features)。`hs` 里不包含 `h_0`，`cs` 里也不包含 `c_0`。每一步都要从上一步留下的两个状态出发。把一个序列从中间切开，两个状态都跨过切口传下去，得到的结果应当和一口气读完完全相同：这是一个值得自己动手做的检验。


# %% nbgrader={"grade": false, "grade_id": "lstm-one_step-answer", "locked": false, "schema_version": 3, "solution": true}
def lstm_step(x, h_prev, c_prev, params):
    """Equations (1) to (6).  x (batch, features), h_prev, c_prev -> h, c, all (batch, units)"""
    ### BEGIN SOLUTION
    i, f, o = gates(x, h_prev, params)
    c_tilde = candidate(x, h_prev, params)
    c = cell_state(f, c_prev, i, c_tilde)
    return hidden_state(o, c), c
    ### END SOLUTION


def lstm_over_time(xs, h_0, c_0, params):
    """xs (batch, time, features), h_0, c_0 (batch, units) -> hs, cs, each (batch, time, units)"""
    ### BEGIN SOLUTION
    h, c, hs, cs = h_0, c_0, [], []
    for t in range(xs.shape[1]):
        h, c = lstm_step(xs[:, t], h, c, params)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-one_step", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("lstm.one_step")

# %% nbgrader={"grade": true, "grade_id": "lstm-over_time", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("lstm.over_time")

# %% [markdown] lang="en"
# **See it.** An LSTM of one unit, its weights set by hand. At every step it reads a number and a mark. The
# mark opens the input gate, so only marked numbers get into the cell; the forget gate is a bias and nothing
# else. With $b_f = 8$ the unit adds up what was marked and holds the sum. What happens to the sum at
# the smaller biases? In task 10 a network has to find such weights by itself.

# %% [markdown] lang="zh"
# **看一看。** 只有一个单元的 LSTM，权重由我们手工设定。它每一步读到一个数和一个标记。标记打开输入门，所以只有带标记的数才进得了记忆细胞；遗忘门只靠偏置。$b_f = 8$ 时，这个单元把带标记的数加起来并一直保存着。偏置小一些时，这个和会怎样？在任务 10 里，网络得自己找出这样的权重。

# %%
if check.done("lstm.over_time"):
    steps = 40
    numbers = np.random.default_rng(4).uniform(0, 1, steps)
    marks = np.isin(np.arange(steps), (4, 22)).astype(float)
    by_hand = {name: np.zeros_like(value) for name, value in random_params(2, 1).items()}
    by_hand |= {"W_xi": np.array([[0.0], [20.0]]), "b_i": np.array([-10.0])}  # written when marked
    by_hand |= {"W_xc": np.array([[1.0], [0.0]])}  # what is written: tanh of the number

    fig, (above, below) = plt.subplots(2, 1, figsize=(7, 4.2), sharex=True)
    above.bar(np.arange(steps), numbers, color=np.where(marks > 0, "tab:orange", "lightgrey"))
    above.set(ylabel="number", title="One unit that adds up the marked (orange) numbers")
    for b_f in (1.0, 3.0, 8.0):
        params = by_hand | {"b_f": np.array([b_f])}
        sequence, zero = np.stack([numbers, marks], axis=1)[None], np.zeros((1, 1))
        _, cs = lstm_over_time(sequence, zero, zero, params)
        below.plot(np.asarray(cs)[0, :, 0], marker=".", label=f"$b_f$ = {b_f:.0f}")
    below.set(xlabel="step $t$", ylabel="cell $c_t$")
    below.legend()
    plt.show()

# %% [markdown] lang="en"
# ## 6 Three networks inside the LSTM, and the direct path
#
# Gates that are stuck at 0 or 1 turn the LSTM into something simpler:
#
# | gates | what is left | function |
# |---|---|---|
# | $F = 1$, $I = 0$ | $C_t = C_{t-1}$, the cell is carried along unchanged | `carry_params` |
# | $F = 1$, $I = 1$ | $C_t = C_{t-1} + \tilde C_t$, the cell counts | `count_params` |
# | $F = 0$, $I = 1$, $O = 1$ | $H_t = \tanh(\tilde C_t)$, an RNN without a memory cell | `rnn_params` |
#
# (The last one is the plain RNN up to a second tanh; the LSTM does not contain the plain RNN itself.)
#
# Each function takes a dict of twelve arrays and returns a **new** dict of twelve arrays, in which only
# the nine gate parameters (their names are in `GATES`) have changed, so that the network does what the
# table says, to within $10^{-6}$, whatever the inputs (of ordinary size) and the states.
#
# *Hints.* $\sigma$ never quite reaches 0 or 1: how large must its argument be for $10^{-6}$? Which
# terms of the gate's argument still depend on the input, and what do you do with them? Leave the
# arrays you were given as they were; the shapes stay the same too.
#
# **The direct path.** Between the limits, equation (5) multiplies the old cell by $F_t$. Let the gates be
# whatever they are, and follow this one path only: of $C_0$ the part that is left in $C_t$ is
#
# $$\frac{\partial C_t}{\partial C_0}\bigg|_{\text{direct}} = F_1 \odot F_2 \odot \cdots \odot F_t \tag{7}$$
#
# "Direct" means: without the detour through $H$, on which $C_0$ also acts on the gates and the candidates of
# later steps. `direct_path(xs, h_0, c_0, params)` returns (7) for every $t$, (batch, time, units), with the
# gates that the LSTM takes on along its own states. With forget gates 0.9, 0.5, 0.8 it is 0.9, 0.45,
# 0.36. The same numbers are the gradient on its way back: in the plain RNN a matrix and a tanh derivative
# stand in this place at every step.

# %% [markdown] lang="zh"
# ## 6 藏在 LSTM 里的三种网络，以及直接通路
#
# 如果门卡在 0 或 1 上不动，LSTM 就退化成更简单的网络：
#
# | 门 | 剩下的网络 | 函数 |
# |---|---|---|
# | $F = 1$，$I = 0$ | $C_t = C_{t-1}$，记忆细胞原封不动地传下去 | `carry_params` |
# | $F = 1$，$I = 1$ | $C_t = C_{t-1} + \tilde C_t$，记忆细胞成了计数器 | `count_params` |
# | $F = 0$，$I = 1$，$O = 1$ | $H_t = \tanh(\tilde C_t)$，没有记忆细胞的 RNN | `rnn_params` |
#
# （最后一种比普通 RNN 多一层 tanh；真正的普通 RNN 并不在 LSTM 里面。）
#
# 每个函数接收一个装有十二个数组的字典，返回一个**新的**字典，同样是十二个数组，其中只改动九个门参数（名字见 `GATES`），使网络对任何（大小正常的）输入和状态都符合上表，误差不超过 $10^{-6}$。
#
# *提示*：$\sigma$ 永远到不了 0 或 1，要使误差小于 $10^{-6}$，它的自变量得有多大？门的自变量里还有哪些项会随输入变化，该怎么处理？不要改动传进来的数组，形状也要保持不变。
#
# **直接通路。** 在这些极端情形之间，公式 (5) 每一步给旧的记忆细胞乘上 $F_t$。不管门取什么值，只跟着这一条路走：$C_0$ 在 $C_t$ 里还剩下
#
# $$\frac{\partial C_t}{\partial C_0}\bigg|_{\text{直接}} = F_1 \odot F_2 \odot \cdots \odot F_t \tag{7}$$
#
# “直接”是指不绕道 $H$：$C_0$ 还会经过 $H$ 影响后面各步的门和候选值，那些这里不算。`direct_path(xs, h_0, c_0, params)` 对每个 $t$ 返回 (7) 的值，形状 (batch, time, units)，其中的门取 LSTM 沿自己的状态走过时的值。如果遗忘门依次是 0.9、0.5、0.8，结果就是 0.9、0.45、0.36。梯度往回传时乘的也正是这些数；而在普通 RNN 里，每一步处在这个位置的是一个矩阵和一个 tanh 的导数。


# %% nbgrader={"grade": false, "grade_id": "lstm-limit_carry-answer", "locked": false, "schema_version": 3, "solution": true}
def carry_params(params):
    """A new dict of the twelve arrays with which c_t = c_{t-1}."""
    ### BEGIN SOLUTION
    return stuck_gates(params, i=-50.0, f=50.0)


def stuck_gates(params, **biases):
    """`params` with gates that see neither input nor state, but the bias alone: i=-50.0, ..."""
    stuck = {}
    for gate, bias in biases.items():
        stuck["W_x" + gate] = np.zeros_like(params["W_x" + gate])
        stuck["W_h" + gate] = np.zeros_like(params["W_h" + gate])
        stuck["b_" + gate] = np.full_like(params["b_" + gate], bias)
    return params | stuck
    ### END SOLUTION


def count_params(params):
    """A new dict of the twelve arrays with which c_t = c_{t-1} + c_tilde_t."""
    ### BEGIN SOLUTION
    return stuck_gates(params, i=50.0, f=50.0)
    ### END SOLUTION


def rnn_params(params):
    """A new dict of the twelve arrays with which h_t = tanh(c_tilde_t), whatever c_{t-1} is."""
    ### BEGIN SOLUTION
    return stuck_gates(params, i=50.0, f=-50.0, o=50.0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-limit_carry", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("lstm.limit_carry")

# %% nbgrader={"grade": true, "grade_id": "lstm-limit_count", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("lstm.limit_count")

# %% nbgrader={"grade": true, "grade_id": "lstm-limit_rnn", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("lstm.limit_rnn")


# %% nbgrader={"grade": false, "grade_id": "lstm-direct_path-answer", "locked": false, "schema_version": 3, "solution": true}
def direct_path(xs, h_0, c_0, params):
    """Equation (7) for t = 1 ... T.  xs (batch, time, features) -> (batch, time, units)"""
    ### BEGIN SOLUTION
    h, c, fs = h_0, c_0, []
    for t in range(xs.shape[1]):
        _, f, _ = gates(xs[:, t], h, params)
        fs.append(f)
        h, c = lstm_step(xs[:, t], h, c, params)
    return np.cumprod(np.stack(fs, axis=1), axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-direct_path", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("lstm.direct_path")

# %% [markdown] lang="en"
# ## 7 Gradients by hand
#
# Let $L$ be a loss, and write $\delta a = \partial L / \partial a$ for its gradient with respect to any
# array $a$; $\delta a$ has the shape of $a$. Two states leave a step, so two gradients arrive there: you are
# given $\delta H_t$ and $\delta C_t$, and want the gradients of the fifteen arrays that went in: $X_t$,
# $H_{t-1}$, $C_{t-1}$ and the twelve parameters.
#
# Go through the equations backwards. The cell $C_t$ is used twice: it leaves the step itself, and it goes
# into $H_t$ through equation (6). What arrives along both ways is added,
#
# $$\delta C_t^{\text{total}} = \delta C_t + \delta H_t \odot O_t \odot (1 - \tanh^2 C_t),$$
#
# and everything before it receives from this sum: $\delta F_t = \delta C_t^{\text{total}} \odot C_{t-1}$,
# and so on. A nonlinearity multiplies by its derivative, which its own output tells:
# $\tanh' = 1 - \tanh^2$ and $\sigma' = \sigma\,(1 - \sigma)$. And a product $A = X W + b$ with rows as
# samples has
#
# $$\delta W = X^\top \delta A, \qquad \delta X = \delta A\, W^\top, \qquad
# \delta b = \textstyle\sum_{\text{batch}} \delta A.$$
#
# - `lstm_step_gradients(x, h_prev, c_prev, params, dh, dc)`: gradients of
#   $L = \sum \text{dh} \odot H_t + \sum \text{dc} \odot C_t$ for one step, as a dict with the keys `"x"`,
#   `"h_prev"`, `"c_prev"` and the twelve names.
# - `lstm_gradients(xs, h_0, c_0, params, dhs)`: gradients of $L = \sum_t \sum \text{dhs}_t \odot H_t$, back
#   through time, as a dict with the keys `"xs"`, `"h_0"`, `"c_0"` and the twelve names.
#
# *Hints.* Over time, the gradient that reaches $H_t$ is $\text{dhs}_t$ **plus** what step $t+1$ sends back
# along $H$; the one that reaches $C_t$ is what step $t+1$ sends back along $C$. The parameters are used in
# every step, so their gradients are sums over the steps, not means. When a check fails, it names the arrays
# that differ; those that it does not name are right already.

# %% [markdown] lang="zh"
# ## 7 亲手求梯度
#
# 设 $L$ 为损失，对任意数组 $a$ 记 $\delta a = \partial L / \partial a$，它的形状与 $a$ 相同。一步之后传出两个状态，所以也有两个梯度传回来：已知 $\delta H_t$ 和 $\delta C_t$，要求输入这一步的十五个数组的梯度：$X_t$、$H_{t-1}$、$C_{t-1}$ 和十二个参数。
#
# 把公式从后往前走一遍。记忆细胞 $C_t$ 用了两次：它本身传给下一步，又经公式 (6) 进入 $H_t$。沿两条路传回来的梯度要相加：
#
# $$\delta C_t^{\text{total}} = \delta C_t + \delta H_t \odot O_t \odot (1 - \tanh^2 C_t),$$
#
# 再往前的一切都从这个和里分得自己的梯度，例如 $\delta F_t = \delta C_t^{\text{total}} \odot C_{t-1}$。经过非线性函数时要乘上它的导数，而导数可以直接由输出算出：$\tanh' = 1 - \tanh^2$，$\sigma' = \sigma\,(1 - \sigma)$。每行是一个样本的乘积 $A = X W + b$ 则有
#
# $$\delta W = X^\top \delta A, \qquad \delta X = \delta A\, W^\top, \qquad \delta b = \textstyle\sum_{\text{batch}} \delta A.$$
#
# - `lstm_step_gradients(x, h_prev, c_prev, params, dh, dc)`：单步损失 $L = \sum \text{dh} \odot H_t + \sum \text{dc} \odot C_t$ 的梯度，返回字典，键为 `"x"`、`"h_prev"`、`"c_prev"` 和十二个参数名。
# - `lstm_gradients(xs, h_0, c_0, params, dhs)`：整个序列损失 $L = \sum_t \sum \text{dhs}_t \odot H_t$ 的梯度，即时间反向传播，返回字典，键为 `"xs"`、`"h_0"`、`"c_0"` 和十二个参数名。
#
# *提示*：沿时间反传时，到达 $H_t$ 的梯度是 $\text{dhs}_t$ **加上**第 $t+1$ 步沿 $H$ 传回来的部分；到达 $C_t$ 的梯度则是第 $t+1$ 步沿 $C$ 传回来的部分。参数每一步都在用，所以它们的梯度是各步之和，不是平均。检查不通过时，它会列出有出入的数组；没列出的就已经对了。


# %% nbgrader={"grade": false, "grade_id": "lstm-step_gradients-answer", "locked": false, "schema_version": 3, "solution": true}
def lstm_step_gradients(x, h_prev, c_prev, params, dh, dc):
    """Gradients of L = sum(dh * h_t) + sum(dc * c_t) -> {"x", "h_prev", "c_prev", "W_xi", ...}"""
    ### BEGIN SOLUTION
    i, f, o = gates(x, h_prev, params)
    c_tilde = candidate(x, h_prev, params)
    shown = np.tanh(cell_state(f, c_prev, i, c_tilde))

    # back through (6): the cell is reached from h_t and from the step after
    dc_total = dc + dh * o * (1 - shown**2)
    # back through (5), and through the nonlinearities of (1) to (4)
    da = {
        "i": dc_total * c_tilde * i * (1 - i),
        "f": dc_total * c_prev * f * (1 - f),
        "o": dh * shown * o * (1 - o),
        "c": dc_total * i * (1 - c_tilde**2),
    }

    gradients = {"c_prev": dc_total * f}
    gradients["x"] = sum(da[part] @ params["W_x" + part].T for part in "ifoc")
    gradients["h_prev"] = sum(da[part] @ params["W_h" + part].T for part in "ifoc")
    for part in "ifoc":
        gradients["W_x" + part] = x.T @ da[part]
        gradients["W_h" + part] = h_prev.T @ da[part]
        gradients["b_" + part] = da[part].sum(axis=0)
    return gradients
    ### END SOLUTION


def lstm_gradients(xs, h_0, c_0, params, dhs):
    """Gradients of L = sum(dhs * hs).  dhs (batch, time, units) -> {"xs", "h_0", "c_0", ...}"""
    ### BEGIN SOLUTION
    hs, cs = lstm_over_time(xs, h_0, c_0, params)
    h_before = np.concatenate([h_0[:, None], hs[:, :-1]], axis=1)  # the states each step began with
    c_before = np.concatenate([c_0[:, None], cs[:, :-1]], axis=1)
    gradients = {name: np.zeros_like(params[name]) for name in PARAMETERS}
    dxs = np.zeros_like(xs)
    dh, dc = np.zeros_like(h_0), np.zeros_like(c_0)  # what the step after sends back
    for t in reversed(range(xs.shape[1])):
        before = h_before[:, t], c_before[:, t]
        step = lstm_step_gradients(xs[:, t], *before, params, dhs[:, t] + dh, dc)
        dxs[:, t], dh, dc = step["x"], step["h_prev"], step["c_prev"]
        for name in PARAMETERS:
            gradients[name] += step[name]
    return {"xs": dxs, "h_0": dh, "c_0": dc, **gradients}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-step_gradients", "locked": true, "points": 8, "schema_version": 3, "solution": false}
check("lstm.step_gradients")

# %% nbgrader={"grade": true, "grade_id": "lstm-gradients_over_time", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("lstm.gradients_over_time")

# %% [markdown] lang="en"
# **See it.** How much of a gradient at the last step arrives at the cell $n$ steps earlier? The same random
# weights throughout; only $b_f$ differs. The dotted lines are the direct path alone, equation (7); the dashed
# line is the RNN of task 6, which has no cell. How much do the detours through $H$ add? And at which bias does
# the LSTM stop being worse than the network without a memory?

# %% [markdown] lang="zh"
# **看一看。** 最后一步的梯度，往回传 $n$ 步，到达记忆细胞时还剩多少？各条曲线用的是同一组随机权重，只有 $b_f$ 不同。点线只算直接通路，即公式 (7)；虚线是任务 6 里没有记忆细胞的 RNN。绕道 $H$ 的那些路添了多少？偏置到多大时，LSTM 才不再比没有记忆的网络差？

# %%
if all(map(check.done, ("lstm.gradients_over_time", "lstm.direct_path", "lstm.limit_rnn"))):
    base = {name: 0.4 * value for name, value in random_params(3, 8, seed=2).items()}
    inputs, lags = np.random.default_rng(1).normal(size=(5, 60, 3)), np.arange(1, 61)
    zero = np.zeros((5, 8))

    def gradient_left(params, state):
        """Norm of the gradient that arrives at the first state, for each lag."""
        norms = []
        for lag in lags:
            last_only = np.zeros((5, lag, 8))
            last_only[:, -1] = 1.0
            back = lstm_gradients(inputs[:, -lag:], zero, zero, params, last_only)
            norms.append(np.linalg.norm(back[state]) / np.linalg.norm(last_only))
        return norms

    fig, ax = plt.subplots(figsize=(7, 3.4))
    for b_f, color in zip((-2.0, 0.0, 2.0, 4.0), ("C0", "C1", "C2", "C3"), strict=True):
        params = base | {"b_f": np.full(8, b_f)}
        norms = gradient_left(params, "c_0")
        path = np.linalg.norm(np.asarray(direct_path(inputs, zero, zero, params)), axis=(0, 2))
        ax.semilogy(lags, norms, color=color, label=f"LSTM, $b_f$ = {b_f:.0f}")
        ax.semilogy(lags, norms[0] * path / path[0], ":", color=color)
    ax.semilogy(lags, gradient_left(rnn_params(base), "h_0"), "k--", label="RNN of task 6")
    ax.set(xlabel="steps back", ylabel="gradient that is left", ylim=(1e-8, 3))
    ax.legend(fontsize=8)
    plt.show()

# %% [markdown] lang="en"
# ## 8 A Keras cell, its gate order, its forget bias
#
# For training you want TensorFlow to do task 7. A *cell* is a Keras layer that makes one step;
# `keras.layers.RNN(cell)` runs it over time. Keras asks this of a cell:
#
# - `build(input_shape)` makes the weights with `self.add_weight(shape=..., initializer=..., name=...)`;
#   `input_shape` is (batch, features). Use Glorot-uniform input matrices, orthogonal recurrent ones, and
#   zero biases, **except for the forget gate: $b_f = 1$**.
# - `call(inputs, states, training=None)` makes one step: `inputs` (batch, features), `states` a list
#   with $H_{t-1}$ and $C_{t-1}$; it returns the output and the list of new states, here `h, [h, c]`.
# - `state_size` is the list of the states' sizes, here `[units, units]`.
# - `get_config()` returns what `__init__` needs, on top of `super().get_config()`, so that a model
#   with your cell can be saved and loaded.
#
# One method is our own: `load(params)` puts the twelve arrays of `params` into the layer's weights
# (building it first, if that has not happened). Whether you keep twelve weights or pack them is your choice.
# Use `ops` (`keras.ops`), not NumPy, in `call`, and no NumPy `sigmoid`: NumPy results have no gradient.
#
# **Gate order.** `keras_weights(params)` gives the list `[kernel, recurrent_kernel, bias]` that
# `keras.layers.LSTMCell(units).set_weights` takes. Keras stacks its four blocks side by side in the order
# **i, f, c, o**: shapes (features, 4 units), (units, 4 units), (4 units,). The order is a convention and no
# library asks another; weights stacked as i, f, o, c have the right shape and give a different network
# without a word of warning.
#
# **Forget bias.** In a fresh cell the matrices say little yet, so the forget gate stands near $\sigma(b_f)$, and
# after $n$ steps $\sigma(b_f)^n$ of the cell is left: with $b_f = 0$ that is $10^{-6}$ after 20 steps, with
# $b_f = 1$ it is 2000 times as much. What is left of the value is also left of the gradient, and a network
# that gets next to no gradient from far back is slow to learn that it should have kept something. Which bias
# would leave **one half** after `steps` steps? `forget_bias(steps)` returns it, for an array of
# numbers: for 1 step it is 0, for 20 steps 3.34.

# %% [markdown] lang="zh"
# ## 8 写成 Keras 单元，门的次序，遗忘门的偏置
#
# 训练时，任务 7 的活儿应该交给 TensorFlow。Keras 里的**单元**（cell）是只走一步的层，由 `keras.layers.RNN(cell)` 带着它走完整个序列。Keras 对单元有这些要求：
#
# - `build(input_shape)` 用 `self.add_weight(shape=..., initializer=..., name=...)` 创建权重；`input_shape` 是 (batch, features)。输入矩阵用 Glorot 均匀初始化，循环矩阵用正交初始化，偏置取零，**只有遗忘门例外：$b_f = 1$**。
# - `call(inputs, states, training=None)` 走一步：`inputs` 的形状是 (batch, features)，`states` 是装着 $H_{t-1}$ 和 $C_{t-1}$ 的列表；返回输出和新状态的列表，这里就是 `h, [h, c]`。
# - `state_size` 是各个状态大小的列表，这里等于 `[units, units]`。
# - `get_config()` 在 `super().get_config()` 的基础上加上 `__init__` 所需的参数，这样含有你的单元的模型才能保存和加载。
#
# 另有一个方法是我们自己约定的：`load(params)` 把 `params` 里的十二个数组放进这一层的权重（若尚未创建权重，先创建）。存成十二个权重还是拼在一起，由你决定。`call` 里请用 `ops`（即 `keras.ops`），不要用 NumPy，也不要用上面那个 NumPy 版的 `sigmoid`：NumPy 算出的结果没有梯度。
#
# **门的次序。** `keras_weights(params)` 返回列表 `[kernel, recurrent_kernel, bias]`，可以直接交给 `keras.layers.LSTMCell(units).set_weights`。Keras 把四组参数按 **i, f, c, o** 的次序并排放在一起，形状依次为 (features, 4 units)、(units, 4 units)、(4 units,)。次序只是约定，各个库各行其是：按 i, f, o, c 排好的权重形状分毫不差，得到的却是另一个网络，而且不会有任何警告。
#
# **遗忘门的偏置。** 在刚创建的单元里，矩阵还没学到什么，遗忘门大致停在 $\sigma(b_f)$，$n$ 步之后记忆细胞还剩 $\sigma(b_f)^n$：$b_f = 0$ 时，20 步之后只剩 $10^{-6}$；$b_f = 1$ 时则是它的 2000 倍。数值剩多少，梯度也就剩多少；从远处几乎收不到梯度的网络，要很久才能学会当初应该留住些什么。要让 `steps` 步之后恰好剩下**一半**，偏置该取多少？`forget_bias(steps)` 返回这个值，`steps` 是一个数组，结果也是：1 步对应 0，20 步对应 3.34。


# %% nbgrader={"grade": false, "grade_id": "lstm-keras_cell-answer", "locked": false, "schema_version": 3, "solution": true}
class LSTMCell(keras.layers.Layer):
    """One step of equations (1) to (6).  inputs (batch, features), states [h, c] (batch, units)"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    @property
    def state_size(self):
        """The number of units, for each of the two states."""
        ### BEGIN SOLUTION
        return [self.units, self.units]
        ### END SOLUTION

    def build(self, input_shape):
        """Make the weights; the forget gate's bias begins at 1.  input_shape (batch, features)"""
        ### BEGIN SOLUTION
        features, units = input_shape[-1], self.units
        shapes = {"W_x": (features, units), "W_h": (units, units), "b_": (units,)}
        start = {"W_x": "glorot_uniform", "W_h": "orthogonal", "b_": "zeros"}
        self.parts = {}
        for name in PARAMETERS:
            kind = name[:-1]
            first = "ones" if name == "b_f" else start[kind]
            self.parts[name] = self.add_weight(shape=shapes[kind], initializer=first, name=name)
        ### END SOLUTION

    def call(self, inputs, states, training=None):
        """One step: return the output and the list of new states."""
        ### BEGIN SOLUTION
        h_prev, c_prev = states
        w = self.parts
        i = ops.sigmoid(inputs @ w["W_xi"] + h_prev @ w["W_hi"] + w["b_i"])
        f = ops.sigmoid(inputs @ w["W_xf"] + h_prev @ w["W_hf"] + w["b_f"])
        o = ops.sigmoid(inputs @ w["W_xo"] + h_prev @ w["W_ho"] + w["b_o"])
        c_tilde = ops.tanh(inputs @ w["W_xc"] + h_prev @ w["W_hc"] + w["b_c"])
        c = f * c_prev + i * c_tilde
        h = o * ops.tanh(c)
        return h, [h, c]
        ### END SOLUTION

    def get_config(self):
        """What __init__ needs to make this layer again."""
        ### BEGIN SOLUTION
        return {**super().get_config(), "units": self.units}
        ### END SOLUTION

    def load(self, params):
        """Put the twelve arrays into the layer's weights."""
        ### BEGIN SOLUTION
        if not self.built:
            self.build((None, len(params["W_xi"])))
        for name in PARAMETERS:
            self.parts[name].assign(params[name])
        ### END SOLUTION


def keras_weights(params):
    """The weights of keras.layers.LSTMCell(units): kernel, recurrent_kernel, bias."""
    ### BEGIN SOLUTION
    return [
        np.concatenate([params[part + block] for block in "ifco"], axis=-1)
        for part in ("W_x", "W_h", "b_")
    ]
    ### END SOLUTION


def forget_bias(steps):
    """The b_f with which σ(b_f)^steps is one half."""
    ### BEGIN SOLUTION
    kept = 0.5 ** (1.0 / np.asarray(steps))  # in one step
    return np.log(kept / (1.0 - kept))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-keras_cell", "locked": true, "points": 7, "schema_version": 3, "solution": false}
check("lstm.keras_cell")

# %% nbgrader={"grade": true, "grade_id": "lstm-fresh_cell", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("lstm.fresh_cell")

# %% nbgrader={"grade": true, "grade_id": "lstm-keras_weights", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("lstm.keras_weights")

# %% nbgrader={"grade": true, "grade_id": "lstm-forget_bias", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("lstm.forget_bias")

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
# | your cell over time, all hidden states | (batch, time, units) |
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
# *Hints.* `keras.layers.RNN` returns only the last hidden state unless told otherwise. Logits are not
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
# | 你的单元沿时间展开，取所有隐含状态 | (batch, time, units) |
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
# *提示*：`keras.layers.RNN` 默认只返回最后一个隐含状态。logits 不是概率，模型里不要加 softmax，同时要让损失函数知道这一点（`from_logits`）。用 `compile` 和 `fit`，或者自己写循环都可以；Keras 有三种裁剪方式（`clipvalue`、`clipnorm`、`global_clipnorm`），这里指的只是其中一种。


# %% nbgrader={"grade": false, "grade_id": "lstm-language_model-answer", "locked": false, "schema_version": 3, "solution": true}
def language_model(vocabulary_size, embedding_size, units):
    """A keras.Model: ids (batch, time) -> logits (batch, time, vocabulary_size), using LSTMCell."""
    ### BEGIN SOLUTION
    ids = keras.Input(shape=(None,), dtype="int32")
    xs = keras.layers.Embedding(vocabulary_size, embedding_size)(ids)
    hs = keras.layers.RNN(LSTMCell(units), return_sequences=True)(xs)
    return keras.Model(ids, keras.layers.Dense(vocabulary_size)(hs))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-language_model", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("lstm.language_model")

# %% nbgrader={"grade": true, "grade_id": "lstm-same_model", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("lstm.same_model")


# %% nbgrader={"grade": false, "grade_id": "lstm-learns-answer", "locked": false, "schema_version": 3, "solution": true}
def train(model, windows, epochs):
    """Train on windows of (inputs, targets), ids (batch, time); return each epoch's mean loss."""
    ### BEGIN SOLUTION
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.01, global_clipnorm=1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model.fit(windows, epochs=epochs, shuffle=False, verbose=0).history["loss"]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-learns", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("lstm.learns")

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
    print(f"{name:9} {value:6.2f}")

# %% [markdown] lang="en"
# ### Train yours
#
# This takes about half a minute. It saves the weights as `lstm.weights.h5` beside the notebook: **hand
# that file in together with the notebook**; the last check of this task reads it. Change the number of
# epochs or the windows if you like, but keep the sizes 32 and 64.
#
# The first cell makes the model, the second trains it. You may interrupt the second (■, or *Kernel › Interrupt*):
# the model keeps what it has learnt, and running the cell again goes on. To begin anew, run the first one.

# %% [markdown] lang="zh"
# ### 训练你的模型
#
# 大约半分钟就能完成。训练好的权重会保存在笔记本旁边的 `lstm.weights.h5` 里，**请把这个文件和笔记本一起提交**，本任务的最后一项检查要用到它。训练轮数和窗口可以随意调整，但 32 和 64 这两个尺寸请不要改。
#
# 第一个单元格创建模型，第二个训练它。第二个可以随时中断（■，或菜单里的 *Kernel › Interrupt*）：模型保留已学到的内容，再运行一次就接着训练。要从头开始，请运行第一个。

# %%
if check.done("lstm.language_model") and check.done("lstm.learns"):
    keras.utils.set_random_seed(1)
    model = language_model(len(vocabulary), 32, 64)
    windows = random_windows(train_ids, batch=32, time=32, seed=1)
    training = LiveTraining(model, epochs=12)

# %%
if check.done("lstm.language_model") and check.done("lstm.learns"):
    losses = training.run(lambda epochs: train(model, windows, epochs))
    model.save_weights("lstm.weights.h5")

    unread = sequential_windows(held_out_ids, batch=1, time=32)
    targets = np.concatenate([shifted for _, shifted in unread])
    ladder["your LSTM"] = perplexity(model.predict(unread, verbose=0), targets)
    for name, value in ladder.items():
        print(f"{name:9} {value:6.2f}")

# %%
if check.done("lstm.language_model") and check.done("lstm.learns"):
    display(plots.perplexity_curve({"perplexity": np.exp(losses)}, ladder.items()))

    with keras.saving.custom_object_scope({"LSTMCell": LSTMCell}):  # sampling copies the model
        for temperature in (0.5, 1.0):
            written = sample(model, vocabulary, "the ", 200, temperature, seed=1)
            print(f"temperature {temperature}: {written}\n")

# %% nbgrader={"grade": true, "grade_id": "lstm-result", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("lstm.result")

# %% [markdown] lang="en"
# ## 10 A long memory
#
# Text rewards a short memory: a few characters back is most of what matters. So here is a task that
# rewards nothing else, the **adding problem** (Hochreiter and Schmidhuber, 1997). A sequence has two
# features at every step: a number between 0 and 1, and a mark. Exactly two steps are marked, one in the first
# half of the sequence and one in the second. After the last step the network is to say the **sum of the two
# marked numbers**. All other numbers are noise; the first marked one has to survive up to thirty steps of it.
#
# What a mean squared error tells about a network's memory:
#
# | mean squared error | what the network knows |
# |---|---|
# | 1/6 = 0.167 | nothing: it always answers 1, the mean of the sum |
# | 1/12 = 0.083 | one of the two numbers |
# | 0 | both |
#
# - `adding_model(cell)` returns a `keras.Model` that takes (batch, time, 2), of any batch size and any length,
#   runs the cell over time, and makes one number of the **last hidden state** with a dense layer without
#   activation: (batch, 1). It takes any cell, so that the plain RNN can have a try as well.
# - `train_adding(model, inputs, targets, epochs)` trains it on the mean squared error, with Adam (learning rate
#   0.01, global norm clipped to 1) and 50 sequences a batch; `targets` (batch, 1). It returns the list of
#   mean losses, one number an epoch.
# - `error_by_lag(predictions, inputs, targets, edges)` tells how the error depends on how long a number had to be
#   remembered. The **lag** of a sequence is the number of steps from its first mark to its last step: if the
#   first mark is in step 0 of 30, the lag is 29. A sequence belongs to group $k$ if
#   `edges[k]` ≤ lag < `edges[k + 1]`. Return the mean squared error of each group, (groups,).
#
# *Hint.* The marks are `inputs[:, :, 1]`; `argmax` finds the first largest value along an axis.

# %% [markdown] lang="zh"
# ## 10 长久的记忆
#
# 对付文字，短时的记忆就够用：往回看几个字符，要紧的已经差不多都在了。所以这里换一个只靠长久记忆才能完成的任务，**加法问题**（Hochreiter 和 Schmidhuber，1997）。序列的每一步有两个特征：一个 0 到 1 之间的数，和一个标记。恰好有两步带标记，一个在序列的前半段，一个在后半段。读完最后一步，网络要说出**两个带标记的数之和**。其余的数全是噪声，而第一个带标记的数最多要在噪声中保存近三十步。
#
# 从均方误差可以看出网络记住了多少：
#
# | 均方误差 | 网络知道什么 |
# |---|---|
# | 1/6 = 0.167 | 什么也不知道：永远回答 1，即和的平均值 |
# | 1/12 = 0.083 | 两个数中的一个 |
# | 0 | 两个数 |
#
# - `adding_model(cell)` 返回一个 `keras.Model`：输入 (batch, time, 2)，批量大小和长度都不限；让单元沿时间走完，再用一个不加激活函数的全连接层，把**最后一个隐含状态**变成一个数，输出 (batch, 1)。它接收任意单元，好让普通 RNN 也来试一试。
# - `train_adding(model, inputs, targets, epochs)` 以均方误差训练它，用 Adam（学习率 0.01，梯度按全局范数裁剪到 1），每批 50 个序列；`targets` 的形状是 (batch, 1)。返回一个列表，每轮记一个平均损失。
# - `error_by_lag(predictions, inputs, targets, edges)` 回答：误差与一个数要记多久有什么关系？序列的**时滞**（lag）是从第一个标记到最后一步的步数：如果长度为 30，第一个标记在第 0 步，时滞就是 29。满足 `edges[k]` ≤ 时滞 < `edges[k + 1]` 的序列属于第 $k$ 组。返回每一组的均方误差，形状 (groups,)。
#
# *提示*：标记是 `inputs[:, :, 1]`；`argmax` 沿一个轴找出最大值第一次出现的位置。


# %% nbgrader={"grade": false, "grade_id": "lstm-adding_model-answer", "locked": false, "schema_version": 3, "solution": true}
def adding_model(cell):
    """A keras.Model: (batch, time, 2) -> (batch, 1), from the last hidden state of the cell."""
    ### BEGIN SOLUTION
    numbers = keras.Input(shape=(None, 2))
    h_T = keras.layers.RNN(cell)(numbers)
    return keras.Model(numbers, keras.layers.Dense(1)(h_T))
    ### END SOLUTION


def train_adding(model, inputs, targets, epochs):
    """Train on inputs (batch, time, 2), targets (batch, 1); return each epoch's mean loss."""
    ### BEGIN SOLUTION
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.01, global_clipnorm=1.0),
        loss="mean_squared_error",
    )
    return model.fit(inputs, targets, batch_size=50, epochs=epochs, verbose=0).history["loss"]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-adding_model", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("lstm.adding_model")

# %% [markdown] lang="en"
# The next check trains your LSTM of 32 units for real, some ten seconds.

# %% [markdown] lang="zh"
# 下一项检查会真的训练你的 LSTM（32 个单元），大约需要十秒。

# %% nbgrader={"grade": true, "grade_id": "lstm-long_lag", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("lstm.long_lag")


# %% nbgrader={"grade": false, "grade_id": "lstm-error_by_lag-answer", "locked": false, "schema_version": 3, "solution": true}
def error_by_lag(predictions, inputs, targets, edges):
    """Mean squared error of each group of lags.  predictions, targets (batch, 1) -> (groups,)"""
    ### BEGIN SOLUTION
    lag = inputs.shape[1] - 1 - inputs[:, :, 1].argmax(axis=1)
    error = (predictions - targets)[:, 0] ** 2
    return np.array(
        [error[(edges[k] <= lag) & (lag < edges[k + 1])].mean() for k in range(len(edges) - 1)]
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lstm-error_by_lag", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("lstm.error_by_lag")

# %% [markdown] lang="en"
# ### The RNN and the LSTM on the same sequences
#
# The same model, the same training, the same sequences; only the cell differs. `keras.layers.SimpleRNNCell` is
# the plain RNN, $H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h)$. Left, the loss while they learn: the LSTM
# stays at 1/6 for some epochs, as if it learned nothing, and then suddenly has it. Right, the error of the trained
# networks by lag, on sequences they have never seen.

# %% [markdown] lang="zh"
# ### 同样的序列，RNN 与 LSTM
#
# 模型相同，训练相同，序列也相同，只有单元不同。`keras.layers.SimpleRNNCell` 就是普通 RNN，$H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h)$。左图是学习过程中的损失：请留意 LSTM 先在 1/6 附近停留几轮，好像什么也没学到，然后突然就会了。右图是训练好的网络在没见过的序列上，误差随时滞的变化。

# %%
if all(map(check.done, ("lstm.adding_model", "lstm.long_lag", "lstm.error_by_lag"))):
    inputs, targets = adding_problem(2000, 30, seed=1)
    new_inputs, new_targets = adding_problem(2000, 30, seed=2)
    edges = np.arange(14, 31, 2)

    cells = {"plain RNN": keras.layers.SimpleRNNCell(32), "your LSTM": LSTMCell(32)}
    adders = {}
    for name, cell in cells.items():
        keras.utils.set_random_seed(1)
        adders[name] = LiveTraining(adding_model(cell), epochs=13, loss="mean squared error")

# %%
if all(map(check.done, ("lstm.adding_model", "lstm.long_lag", "lstm.error_by_lag"))):
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    for name, marker in zip(cells, "os", strict=True):
        adder = adders[name].model
        losses = adders[name].run(
            lambda epochs, adder=adder: train_adding(adder, inputs, targets[:, None], epochs)
        )
        predictions = adder.predict(new_inputs, verbose=0)
        by_lag = error_by_lag(predictions, new_inputs, new_targets[:, None], edges)
        error = np.mean((predictions[:, 0] - new_targets) ** 2)
        print(f"{name}: mean squared error {error:.4f} on new sequences")
        left.plot(np.arange(1, len(losses) + 1), losses, marker=marker, label=name)
        right.plot(edges[:-1] + 0.5, by_lag, marker=marker, label=name)
    left.set(
        xlabel="epoch", ylabel="mean squared error", title="While they learn", ylim=(-0.01, 0.25)
    )
    right.set(xlabel="lag: steps to remember", title="Afterwards, by lag", ylim=(-0.01, 0.25))
    for axes in (left, right):
        axes.axhline(1 / 6, color="grey", linestyle="--", linewidth=1)
        axes.axhline(1 / 12, color="grey", linestyle=":", linewidth=1)
        axes.legend(fontsize=8)
    right.set_xticks(range(14, 31, 2))
    right.text(14, 1 / 6 + 0.004, "knows nothing", color="grey", fontsize=8)
    right.text(14, 1 / 12 + 0.004, "knows one number", color="grey", fontsize=8)
    fig.tight_layout()
    plt.show()

# %% [markdown] lang="en"
# ### What the cells hold
#
# The trained parameters sit inside your Keras cell, in a packing that only you know. The function
# below finds them all the same: it loads the numbers 0, 1, 2, ... into a second cell of your class
# and looks where each of them has gone. So your own `lstm_over_time` can read a sequence with them, and show
# what Keras does not: the cells. The figure shows the three whose last value goes most closely with the sum. One
# sequence is read twice, with its two marks and without them, and the **difference** is drawn: what the marks
# have put into the cell. Compare with the unit that was made by hand in task 5.

# %% [markdown] lang="zh"
# ### 记忆细胞里装着什么
#
# 训练好的参数就在你的 Keras 单元里，但怎样存放只有你自己知道。下面这个函数照样能把它们找出来：它往你的类的另一个单元里装入 0、1、2……，再看每个数去了哪里。于是你自己的 `lstm_over_time` 就能用这些参数读序列，让我们看到 Keras 不给看的东西：记忆细胞。图中是最后的值与和关系最密切的三个。同一个序列读两遍，一遍带两个标记，一遍不带，画出来的是两者之**差**，也就是标记往记忆细胞里放了什么。请和任务 5 里手工设定的那个单元比一比。


# %%
def trained_params(cell, features):
    """The twelve arrays of a trained LSTMCell, however it keeps them, in float64."""
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


if all(map(check.done, ("lstm.over_time", "lstm.keras_cell", "lstm.long_lag"))):
    trained = trained_params(cells["your LSTM"], features=2)
    read, zero = new_inputs[:200].astype(float), np.zeros((200, 32))
    _, cs = lstm_over_time(read, zero, zero, trained)
    with_sum = np.corrcoef(np.asarray(cs)[:, -1].T, new_targets[:200])[-1, :-1]
    chosen = np.argsort(-np.abs(with_sum))[:3]

    marked, unmarked = read[0].copy(), read[0].copy()
    marked[:, 1], unmarked[:, 1] = 0.0, 0.0
    marked[[8, 26], 1] = 1.0
    marked[[8, 26], 0] = unmarked[[8, 26], 0] = 0.9, 0.5
    _, cs = lstm_over_time(np.stack([marked, unmarked]), zero[:2], zero[:2], trained)
    difference = np.asarray(cs)[0] - np.asarray(cs)[1]

    fig, (above, below) = plt.subplots(2, 1, figsize=(7, 4.2), sharex=True)
    colors = np.where(marked[:, 1] > 0, "tab:orange", "lightgrey")
    above.bar(np.arange(30), marked[:, 0], color=colors)
    above.set(ylabel="number", title="What two marks change in three trained cells")
    for unit in chosen:
        label = f"unit {unit}, correlation {with_sum[unit]:.2f}"
        below.plot(difference[:, unit], marker=".", label=label)
    below.axhline(0.0, color="grey", linewidth=1)
    below.set(xlabel="step $t$", ylabel="cells, with − without")
    below.legend(fontsize=8, loc="best")
    plt.show()

# %% [markdown] lang="en"
# ## Written question (6 points)
#
# Answer in your own words, two to four sentences each. A person reads this.
#
# 1. Why is the gradient along the cell better preserved than along the hidden state of a plain RNN? Name what
#    stands between $C_T$ and $C_0$ on the direct path, and what stands between $H_T$ and $H_0$ in the plain
#    RNN. Can an LSTM still lose a gradient, and can one still explode?
# 2. Suppose that all forget biases were started at $+50$ instead of 1. Which values would the forget gates have,
#    and could training change them? The LSTM solves the adding problem all the same (try it): why? Name
#    something in a text for which such a network would be worse off.
# 3. In your figures, what does the plain RNN's error tell about what it remembers? Then describe one of the three
#    cells: what does it do at a mark, and what between the marks? Which gates must do what for this?

# %% [markdown] lang="zh"
# ## 问答题（6 分）
#
# 请用自己的话回答，每小题两到四句。这道题由老师批改。
#
# 1. 为什么梯度沿记忆细胞比沿普通 RNN 的隐含状态保存得更好？请说出直接通路上 $C_T$ 与 $C_0$ 之间是什么，普通 RNN 里 $H_T$ 与 $H_0$ 之间又是什么。LSTM 还会不会丢失梯度？梯度还会不会爆炸？
# 2. 假如所有遗忘门的偏置都从 $+50$ 而不是 1 开始，遗忘门会取什么值？训练还能改变它们吗？即便如此，LSTM 照样能解决加法问题（可以试试）：为什么？再举一个文字里的例子，说明这样的网络在哪里会吃亏。
# 3. 在你的图里，普通 RNN 的误差说明它记住了什么？再从三个记忆细胞里挑一个描述：遇到标记时它做什么，两个标记之间又做什么？为此各个门必须怎样配合？

# %% [markdown] lang="en" nbgrader={"grade": true, "grade_id": "lstm-written", "locked": false, "points": 6, "schema_version": 3, "solution": true}
# **Your answer** (edit this cell):
#
# ### BEGIN SOLUTION
# *1 (2 points).* On the direct path there is only the product of the forget gates, $\prod_t F_t$, element by element: no matrix and no derivative of a tanh, and each factor can be as close to 1 as the network wants. In the plain RNN there is a product of Jacobians, $W_{hh}^\top$ times $\operatorname{diag}(1 - H_t^2)$ at every step, which shrinks or grows exponentially. An LSTM loses a gradient as soon as its forget gates are below 1 for long enough, and since the detours through $H$ still contain matrices, gradients can explode there; that is why we clip.
#
# *2 (2 points).* $\sigma(50)$ is 1 to the last digit, so the cell only ever adds: $C_t = C_{t-1} + I_t \odot \tilde C_t$, the LSTM of 1997. The gate is saturated: its derivative $\sigma(1 - \sigma)$ is 0, so neither its bias nor its weights receive a gradient, and it can never learn to close. The adding problem never asks to forget: whatever is written is to be kept until the end, where the sequence is over. In a text much has to be dropped, such as the letters of the last word at a space, or an opening quotation mark once it is closed; here old content stays in the cell, and all that the network can do is write something against it.
#
# *3 (2 points).* An error near 1/6 says that the RNN has nothing of either number left at the end, or no way to use it: it answers the mean. A trained cell jumps at each mark by an amount that goes with the marked number and is nearly level in between. At a mark the input gate opens (it reads the mark) and the candidate carries the number; between marks the input gate is nearly shut and the forget gate nearly 1.
#
# *Rubric.* Part 1: one point for the two products, one for saying that both troubles remain and where. Part 2: one point for the stuck gate and its missing gradient, one for why adding needs no forgetting, with an example that does. Part 3: one point for reading the error level rightly (1/6 nothing, 1/12 one number), one for jump and plateau with input and forget gate. An observation from the student's own figure that differs from ours counts if it is described rightly.
# ### END SOLUTION

# %% [markdown] lang="zh" nbgrader={"grade": true, "grade_id": "lstm-written", "locked": false, "points": 6, "schema_version": 3, "solution": true}
# **你的回答**（请编辑本单元格）：
#
# ### BEGIN SOLUTION
# *1（2 分）。* 直接通路上只有遗忘门的逐元素连乘 $\prod_t F_t$：没有矩阵，也没有 tanh 的导数，而且每个因子都可以按网络的需要任意接近 1。普通 RNN 在这里是雅可比矩阵的连乘，每一步都是 $W_{hh}^\top$ 与 $\operatorname{diag}(1 - H_t^2)$，会指数式地缩小或增大。只要遗忘门长时间小于 1，LSTM 同样会丢失梯度；绕道 $H$ 的路上仍有矩阵，梯度也仍可能在那里爆炸，所以要裁剪。
#
# *2（2 分）。* $\sigma(50)$ 精确到最后一位都是 1，记忆细胞只进不出：$C_t = C_{t-1} + I_t \odot \tilde C_t$，这就是 1997 年的 LSTM。门完全饱和，导数 $\sigma(1 - \sigma)$ 为 0，偏置和权重都收不到梯度，永远学不会关上。加法问题从不需要忘记：写进去的东西都要留到最后，而那时序列也就结束了。文字里却有许多东西必须丢掉，例如读到空格时上一个词的字母，或者引号关闭之后“在引号内”这件事；而在这里旧内容一直留在记忆细胞里，网络只能再写些东西去抵消它。
#
# *3（2 分）。* 误差在 1/6 附近，说明到最后 RNN 对两个数都一无所知，或者知道也用不上，只能回答平均值。训练好的记忆细胞每遇到标记就跳一下，跳的幅度随带标记的数而变，两个标记之间则几乎保持水平。遇到标记时，输入门（它读到了标记）打开，候选值带来那个数；标记之间，输入门几乎关闭，遗忘门接近 1。
#
# *评分标准。* 第 1 题：写出两种连乘得 1 分，指出两种麻烦都还在以及在哪里得 1 分。第 2 题：说出门卡住、收不到梯度得 1 分，说出加法问题为何不需要忘记并举出反例得 1 分。第 3 题：正确解读误差水平（1/6 什么也不知道，1/12 知道一个数）得 1 分，说出跳跃与平台以及输入门、遗忘门的作用得 1 分。学生根据自己的图得出不同的观察，只要描述正确就算。
# ### END SOLUTION
