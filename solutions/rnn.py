# ---
# jupyter:
#   course:
#     unit: rnn
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
# # The recurrent neural network (RNN)
#
# An n-gram model remembers the last few characters and counts what followed them. To remember ten characters of
# a vocabulary of 38 it would need a table of $38^{10}$ rows, some six million billion. A recurrent network
# keeps no table: it carries a *hidden state*, a vector of fixed size that is rewritten at every step
# and is meant to sum up all that has been read.
#
# $$
# \begin{align}
# H_t &= \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h) && \text{hidden state} \tag{1}\\
# O_t &= H_t W_{ho} + b_o && \text{output: logits} \tag{2}\\
# p(y \mid o) &= \frac{\exp o[y]}{\sum_v \exp o[v]} && \text{probability of the next token} \tag{3}
# \end{align}
# $$
#
# This notebook goes once along the whole way, from a text to a model that writes texts: tokens become
# vectors (task 1), vectors become states (2, 3), states become probabilities (4) and probabilities one
# number that says how good the model is (5). A long text is cut into windows (6), a Keras cell learns
# from them (7), and at last the model goes on writing by itself (8). Allow 60 to 120 minutes.

# %% [markdown] lang="zh"
# # 循环神经网络（RNN）
#
# n 元语法模型记住最近几个字符，再去数它们后面出现过什么。词表有 38 个字符时，要记住十个字符，计数表就得有 $38^{10}$ 行，约六千万亿行。循环网络不用表：它随身带着一个**隐含状态**，这是一个长度固定的向量，每一步都重写一次，用来概括到目前为止读过的全部内容。
#
# $$
# \begin{align}
# H_t &= \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h) && \text{隐含状态} \tag{1}\\
# O_t &= H_t W_{ho} + b_o && \text{输出：logits} \tag{2}\\
# p(y \mid o) &= \frac{\exp o[y]}{\sum_v \exp o[v]} && \text{下一个词元的概率} \tag{3}
# \end{align}
# $$
#
# 这份作业把整条路走一遍，从一段文本走到一个会写字的模型：词元变成向量（任务 1），向量变成状态（任务 2、3），状态变成概率（任务 4），概率变成一个衡量模型好坏的数（任务 5）；再把长文本切成窗口（任务 6），让 Keras 单元从中学习（任务 7），最后让模型自己往下写（任务 8）。预计用时 60 到 120 分钟。

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
# - In the checks `batch`, `time`, `features`, `units` and `vocabulary` are all different, and neither
#   biases nor initial states are zero: nothing comes out right by luck.
#
# | symbol | in code | shape |
# |---|---|---|
# | token ids, integers from 0 on | `ids` | (batch, time) |
# | embedding matrix $E$ | `E` | (vocabulary, features) |
# | $X_t$, the input of step $t$ | `x` | (batch, features) |
# | $H_{t-1}$, $H_t$ | `h_prev`, `h` | (batch, units) |
# | $W_{xh}$, $W_{hh}$, $b_h$ | `W_xh`, `W_hh`, `b_h` | (features, units), (units, units), (units,) |
# | $W_{ho}$, $b_o$ | `W_ho`, `b_o` | (units, vocabulary), (vocabulary,) |
# | $O_t$, the logits | `o` | (batch, vocabulary) |
# | all steps of the input, of the state | `xs`, `hs` | (batch, time, features), (batch, time, units) |
#
# `params` is a dict with the six arrays `E`, `W_xh`, `W_hh`, `b_h`, `W_ho`, `b_o`.
#
# **How we read the lecture.** Three places can be read in more than one way:
#
# - The slides write $W_{hx} x_t$ with columns. Here every sequence of the batch is a **row**, so the
#   input stands on the left: $X_t W_{xh}$ with $W_{xh} = W_{hx}^\top$, and so on.
# - One slide has $x_{t-1}$ in the new state, $h_t = f(h_{t-1}, x_{t-1})$; the next has $x_t$. We take
#   $x_t$: $H_t$ is the state **after** token $t$ has been read, and it predicts token $t+1$. With
#   $x_{t-1}$ the same network has its states numbered one later, and $h_t$ predicts token $t$. Either
#   will do; what must not happen is that a state predicts a token which it has already read.
# - The slide has a $\phi$ around the output too. We leave it out, since the softmax (3) follows: it
#   needs logits that may be large. With tanh they would stay between $-1$ and $1$, and no character
#   of a vocabulary of 38 could ever get a probability above
#   $e^1 / (e^1 + 37\, e^{-1}) = 17\,\%$.
#
# Begin by running the next three cells. Loading TensorFlow takes a few seconds.

# %% [markdown] lang="zh"
# ## 怎样做这份作业
#
# - 看到 `raise NotImplementedError("not done yet")` 的地方，删掉这一行，换成你的代码。函数名和参数请保持不变。
# - 运行该单元格，再运行它下面的 `check(...)`。它会用随机输入运行你的函数，告诉你哪里不对、该回头看哪个公式。正式评分时，同样的检查会换一组你没见过的输入再跑一遍。
# - 在自己的单元格里运行 `check.progress()`，可以看到还剩哪些没做；`check.all()` 会把所有检查都跑一遍。
# - 各个任务前后相连，但一处出错只扣那一处的分：如果前面的函数有误，后面的任务会改用我们的版本来评分。
# - 检查所用的 `batch`、`time`、`features`、`units`、`vocabulary` 各不相同，偏置和初始状态也都不为零，所以“碰巧写对”是行不通的。
#
# | 符号 | 代码中的名字 | 形状 |
# |---|---|---|
# | 词元编号，从 0 开始的整数 | `ids` | (batch, time) |
# | 嵌入矩阵 $E$ | `E` | (vocabulary, features) |
# | $X_t$，第 $t$ 步的输入 | `x` | (batch, features) |
# | $H_{t-1}$、$H_t$ | `h_prev`、`h` | (batch, units) |
# | $W_{xh}$、$W_{hh}$、$b_h$ | `W_xh`、`W_hh`、`b_h` | (features, units)、(units, units)、(units,) |
# | $W_{ho}$、$b_o$ | `W_ho`、`b_o` | (units, vocabulary)、(vocabulary,) |
# | $O_t$，即 logits | `o` | (batch, vocabulary) |
# | 所有时间步的输入、状态 | `xs`、`hs` | (batch, time, features)、(batch, time, units) |
#
# `params` 是一个字典，装着 `E`、`W_xh`、`W_hh`、`b_h`、`W_ho`、`b_o` 这六个数组。
#
# **课件怎么读。** 课件里有三处可以有不同的读法：
#
# - 课件用列向量，写成 $W_{hx} x_t$。这里批量中的每个序列占**一行**，所以输入写在左边：$X_t W_{xh}$，其中 $W_{xh} = W_{hx}^\top$，其余类推。
# - 有一页把新状态写成 $h_t = f(h_{t-1}, x_{t-1})$，后面一页却是 $x_t$。我们取 $x_t$：$H_t$ 是**读完**第 $t$ 个词元之后的状态，用来预测第 $t+1$ 个词元。若取 $x_{t-1}$，网络还是同一个，只是状态的编号往后挪一位，由 $h_t$ 预测第 $t$ 个词元。两种都行，唯独不能让一个状态去预测它已经读过的词元。
# - 课件在输出外面也套了一个 $\phi$。我们不加，因为后面紧跟着 softmax (3)，它需要可以取大值的 logits。如果加上 tanh，logits 就被限制在 $-1$ 到 $1$ 之间，词表有 38 个字符时，任何一个字符的概率都不可能超过 $e^1 / (e^1 + 37\, e^{-1}) = 17\%$。
#
# 请先运行下面三个单元格。加载 TensorFlow 要花几秒钟。

# %% nbgrader={"grade": false, "grade_id": "rnn-imports", "locked": true, "schema_version": 3, "solution": false}
from collections import Counter

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from IPython.display import display
from keras import ops

from autograder.notebook import check
from course_lib import LiveTraining, Vocabulary, load_corpus, plots, split_held_out

# %% nbgrader={"grade": false, "grade_id": "rnn-given", "locked": true, "schema_version": 3, "solution": false}
CELL = ("W_xh", "W_hh", "b_h")  # the arrays of equation (1)


def random_params(vocabulary, features, units, seed=0):
    """Six random arrays to try your functions on: {"E": (vocabulary, features), ...}."""
    rng = np.random.default_rng(seed)
    shapes = {
        "E": (vocabulary, features),
        "W_xh": (features, units),
        "W_hh": (units, units),
        "b_h": (units,),
        "W_ho": (units, vocabulary),
        "b_o": (vocabulary,),
    }
    return {name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}


print("TensorFlow", tf.__version__, "and Keras", keras.__version__)


# %% [markdown] lang="en"
# ## 1 One-hot vectors and embeddings
#
# A network computes with vectors, and a text comes as ids. The **one-hot vector** of a token is as long
# as the vocabulary, 1 at the token's place and 0 elsewhere:
#
# $$v[i] = \begin{cases} 1 & \text{if } i = \text{id}\\ 0 & \text{otherwise} \end{cases}$$
#
# In the lecture's lexicon {apple, bag, cat, dog, elephant} the cat has id 2 and the vector
# $(0, 0, 1, 0, 0)$. Such vectors are long, and any two of them are equally far apart: a cat is no closer
# to a dog than to a bag. So the lecture multiplies them with an **embedding matrix**, $v' = W v$. Our
# vectors are rows, so we write $E = W^\top$ with one row a token, and
#
# $$X = V E,$$
#
# with $V$ (batch, time, vocabulary), $E$ (vocabulary, features) and $X$ (batch, time, features). With
# $E = \begin{pmatrix} 1 & 2\\ 3 & 4\\ 5 & 6 \end{pmatrix}$ the one-hot vector $(0, 0, 1)$ becomes
# $(5, 6)$: the product picks a row. So there is no need to multiply by all those zeros.
#
# - `one_hot(ids, vocabulary_size)`: the vectors of integer ids of **any** shape, with one more axis at the end.
# - `embed(vectors, E)`: the product, for any vectors (…, vocabulary). They need not be one-hot: of
#   $(\frac12, \frac12, 0)$ it makes $(2, 3)$, half-way between two tokens.
# - `look_up(ids, E)`: what `embed(one_hot(ids, ...), E)` gives, by reading rows.

# %% [markdown] lang="zh"
# ## 1 独热向量与嵌入
#
# 网络算的是向量，而文本给的是编号。词元的**独热向量**（one-hot）和词表一样长，在该词元的位置上是 1，其余都是 0：
#
# $$v[i] = \begin{cases} 1 & \text{若 } i = \text{id}\\ 0 & \text{否则} \end{cases}$$
#
# 在课件的词典 {apple, bag, cat, dog, elephant} 里，cat 的编号是 2，它的向量是 $(0, 0, 1, 0, 0)$。这样的向量很长，而且任意两个之间的距离都相等：猫离狗并不比离书包更近。所以课上给它乘上一个**嵌入矩阵**：$v' = W v$。我们的向量是行向量，于是记 $E = W^\top$，每个词元占一行，
#
# $$X = V E,$$
#
# 其中 $V$ 为 (batch, time, vocabulary)，$E$ 为 (vocabulary, features)，$X$ 为 (batch, time, features)。例如 $E = \begin{pmatrix} 1 & 2\\ 3 & 4\\ 5 & 6 \end{pmatrix}$ 时，独热向量 $(0, 0, 1)$ 变成 $(5, 6)$：这个乘积不过是取出一行。所以那么多个 0 根本不必去乘。
#
# - `one_hot(ids, vocabulary_size)`：**任意**形状的整数编号所对应的向量，在最后多出一个轴。
# - `embed(vectors, E)`：上面的乘积，适用于任何形如 (…, vocabulary) 的向量。它们不一定是独热的：$(\frac12, \frac12, 0)$ 会变成 $(2, 3)$，正好在两个词元的中间。
# - `look_up(ids, E)`：结果与 `embed(one_hot(ids, ...), E)` 相同，但直接取行。


# %% nbgrader={"grade": false, "grade_id": "rnn-one_hot-answer", "locked": false, "schema_version": 3, "solution": true}
def one_hot(ids, vocabulary_size):
    """ids, integers of any shape (...) -> one-hot vectors (..., vocabulary_size)"""
    ### BEGIN SOLUTION
    return np.eye(vocabulary_size)[ids]
    ### END SOLUTION


def embed(vectors, E):
    """The product.  vectors (..., vocabulary), E (vocabulary, features) -> (..., features)"""
    ### BEGIN SOLUTION
    return vectors @ E
    ### END SOLUTION


def look_up(ids, E):
    """The same by reading rows.  ids (...), E (vocabulary, features) -> (..., features)"""
    ### BEGIN SOLUTION
    return E[ids]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rnn-one_hot", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("rnn.one_hot")

# %% nbgrader={"grade": true, "grade_id": "rnn-embed", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("rnn.embed")

# %% nbgrader={"grade": true, "grade_id": "rnn-look_up", "locked": true, "points": 2, "schema_version": 3, "solution": false}
check("rnn.look_up")

# %% [markdown] lang="en"
# ## 2 One step
#
# One step reads one input and rewrites the state; the output is read off the new state:
#
# $$H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h) \tag{1}$$
# $$O_t = H_t W_{ho} + b_o \tag{2}$$
#
# - `rnn_step(x, h_prev, params)`: `x` (batch, features) and `h_prev` (batch, units) give `h` (batch, units).
# - `output(h, params)`: states (…, units) give logits (…, vocabulary), for one step or for many.
#
# With a single feature and a single unit, $x = 1$, $h_{t-1} = 0.5$, $W_{xh} = 0.4$, $W_{hh} = -1.2$ and
# $b_h = 0.1$ give $\tanh(0.4 - 0.6 + 0.1) = \tanh(-0.1) = -0.0997$.
#
# *Hints.* `@` is the matrix product. The bias has shape (units,); NumPy adds it to every row by
# itself. The three terms are added first; tanh comes last, once.

# %% [markdown] lang="zh"
# ## 2 走一步
#
# 一步读入一个输入，重写一次状态；输出则从新状态中读出：
#
# $$H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h) \tag{1}$$
# $$O_t = H_t W_{ho} + b_o \tag{2}$$
#
# - `rnn_step(x, h_prev, params)`：输入 `x` (batch, features) 和 `h_prev` (batch, units)，返回 `h` (batch, units)。
# - `output(h, params)`：状态 (…, units) 变成 logits (…, vocabulary)，一步或许多步都可以。
#
# 举个只有一个特征、一个单元的例子：$x = 1$，$h_{t-1} = 0.5$，$W_{xh} = 0.4$，$W_{hh} = -1.2$，$b_h = 0.1$，则 $\tanh(0.4 - 0.6 + 0.1) = \tanh(-0.1) = -0.0997$。
#
# *提示*：`@` 是矩阵乘法。偏置的形状是 (units,)，NumPy 会自动把它加到每一行上。先把三项加起来，最后只取一次 tanh。


# %% nbgrader={"grade": false, "grade_id": "rnn-one_step-answer", "locked": false, "schema_version": 3, "solution": true}
def rnn_step(x, h_prev, params):
    """Equation (1).  x (batch, features), h_prev (batch, units) -> h (batch, units)"""
    ### BEGIN SOLUTION
    return np.tanh(x @ params["W_xh"] + h_prev @ params["W_hh"] + params["b_h"])
    ### END SOLUTION


def output(h, params):
    """Equation (2).  h (..., units) -> logits o (..., vocabulary)"""
    ### BEGIN SOLUTION
    return h @ params["W_ho"] + params["b_o"]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rnn-one_step", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("rnn.one_step")

# %% nbgrader={"grade": true, "grade_id": "rnn-output", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("rnn.output")

# %% [markdown] lang="en"
# ## 3 Over time: state in, state out
#
# - `rnn_over_time(xs, h_0, params)` reads a whole sequence, beginning in the state `h_0`:
#   `xs` (batch, time, features) and `h_0` (batch, units) give `hs` (batch, time, units), the states
#   $H_1, \dots, H_T$, and the last one, `h_T` (batch, units).
# - `read(ids, h_0, params)` is the whole network. It takes ids (batch, time), looks up their vectors,
#   runs over them, and gives the logits of every step, (batch, time, vocabulary), and `h_T`.
#
# $$X_t = E[\text{id}_t], \qquad H_t = \operatorname{RNN}(X_t, H_{t-1}), \qquad O_t = H_t W_{ho} + b_o,
# \qquad t = 1, \dots, T$$
#
# Both take any batch and any length, one row and one step included.
#
# *Hints.* Time is the **second** axis: `xs[:, t]` has shape (batch, features). `h_0` is not in `hs`.
# Every step starts from the state that the step before has left. Cutting a sequence in two, and
# handing the state over the cut, must give the same states as reading it in one go; that is a good
# test to make yourself, and tasks 6 and 8 live on it.

# %% [markdown] lang="zh"
# ## 3 走完整个序列：状态进，状态出
#
# - `rnn_over_time(xs, h_0, params)` 从状态 `h_0` 出发读完整个序列：输入 `xs` (batch, time, features) 和 `h_0` (batch, units)，返回 `hs` (batch, time, units)，即 $H_1, \dots, H_T$，以及最后一个状态 `h_T` (batch, units)。
# - `read(ids, h_0, params)` 是完整的网络：输入编号 (batch, time)，查出它们的向量，沿时间走一遍，返回每一步的 logits (batch, time, vocabulary) 以及 `h_T`。
#
# $$X_t = E[\text{id}_t], \qquad H_t = \operatorname{RNN}(X_t, H_{t-1}), \qquad O_t = H_t W_{ho} + b_o, \qquad t = 1, \dots, T$$
#
# 两个函数对批量大小和序列长度都不限，只有一行、只有一步也要能用。
#
# *提示*：时间是**第二个**轴，`xs[:, t]` 的形状是 (batch, features)。`hs` 里不包含 `h_0`。每一步都要从上一步留下的状态出发。把一个序列从中间切开，状态跨过切口传下去，得到的结果应当和一口气读完完全相同：这是一个值得自己动手做的检验，任务 6 和任务 8 都靠它。


# %% nbgrader={"grade": false, "grade_id": "rnn-over_time-answer", "locked": false, "schema_version": 3, "solution": true}
def rnn_over_time(xs, h_0, params):
    """xs (batch, time, features), h_0 (batch, units) -> hs (batch, time, units), h_T like h_0"""
    ### BEGIN SOLUTION
    h, hs = h_0, []
    for t in range(xs.shape[1]):
        h = rnn_step(xs[:, t], h, params)
        hs.append(h)
    return np.stack(hs, axis=1), h
    ### END SOLUTION


def read(ids, h_0, params):
    """ids (batch, time), h_0 (batch, units) -> logits (batch, time, vocabulary), h_T like h_0"""
    ### BEGIN SOLUTION
    hs, h = rnn_over_time(look_up(ids, params["E"]), h_0, params)
    return output(hs, params), h
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rnn-over_time", "locked": true, "points": 7, "schema_version": 3, "solution": false}
check("rnn.over_time")

# %% nbgrader={"grade": true, "grade_id": "rnn-read", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("rnn.read")

# %% [markdown] lang="en"
# **See it.** Two sequences differ in their first input only; from then on they are the same. How far apart
# are the two states $t$ steps later? The weights are random; only the size of $W_{hh}$ differs, measured by
# its spectral radius $\rho$, the largest absolute value of its eigenvalues. With a small $\rho$ the first
# input is forgotten within a few steps; with a large one a tiny difference never dies out but grows as
# far as tanh lets it: the lecture's butterfly effect. Where would you like a language model to be?

# %% [markdown] lang="zh"
# **看一看。** 两个序列只有第一个输入不同，之后完全一样。走了 $t$ 步以后，两个状态相距多远？权重是随机的，各条曲线只有 $W_{hh}$ 的大小不同，用谱半径 $\rho$（特征值绝对值的最大者）来衡量。$\rho$ 小，第一个输入几步之内就被忘掉；$\rho$ 大，微小的差别不但不消失，还会一直长到 tanh 允许的上限：这就是课上说的蝴蝶效应。你希望语言模型处在哪一种状态？

# %%
if check.done("rnn.over_time"):
    params = random_params(1, 3, 50, seed=1)
    direction = params["W_hh"] / np.abs(np.linalg.eigvals(params["W_hh"])).max()
    inputs = np.random.default_rng(2).normal(0, 0.5, (2, 60, 3))
    inputs[1, 1:] = inputs[0, 1:]

    fig, ax = plt.subplots(figsize=(7, 3.2))
    for radius in (0.5, 0.9, 1.1, 1.5, 2.5):
        weights = params | {"W_hh": radius * direction}
        states, _ = rnn_over_time(inputs, np.zeros((2, 50)), weights)
        apart = np.linalg.norm(states[0] - states[1], axis=-1)
        ax.semilogy(np.arange(1, 61), apart, label=f"$\\rho$ = {radius}")
    ax.set(xlabel="step $t$", ylabel="distance of the states", ylim=(1e-6, 30))
    ax.set_title("What is left of a different first input")
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    plt.tight_layout()
    plt.show()

# %% [markdown] lang="en"
# ## 4 Logits to probabilities
#
# The lecture decodes an output with a decoding matrix $W'$ that has one row $v_y$ for each token:
#
# $$p(y \mid o) \propto \exp(v_y^\top o) = \exp(o[y])$$
#
# In our notation $W_{ho}$ holds these vectors as its **columns**: the logit of token $y$ is
# $o[y] = v_y \cdot h + b_o[y]$ with $v_y$ the column $y$ of $W_{ho}$. So $v_y$ is an *output embedding*: a
# token gets a high probability where the state points into its direction, and tokens with similar
# $v_y$ are predicted in similar places. Dividing by the sum gives the **softmax**,
#
# $$p(y \mid o) = \frac{\exp o[y]}{\sum_v \exp o[v]}, \tag{3}$$
#
# over the **last** axis. Of the logits $(0, \ln 3)$ it makes $(\frac14, \frac34)$.
#
# As written it breaks: $e^{710}$ is infinite in float64, and $e^{-750}$ is 0. But adding one number to
# all logits of a row changes nothing, so subtract the largest first. And where a logarithm is wanted,
# take it by formula: $\ln p(y \mid o) = o[y] - \ln \sum_v \exp o[v]$, because the logarithm of a
# probability that has already become 0 cannot be saved.
#
# - `softmax(o)` and `log_softmax(o)`: logits (…, vocabulary) to an array of the same shape. Logits of
#   $\pm 1000$ must come out right, and the array you were given must stay as it was.
# - `log_odds(h, y, other, params)`: $\ln \dfrac{p(y \mid h)}{p(\text{other} \mid h)}$ for each row, with `h`
#   (batch, units), ids `y` and `other` (batch,), result (batch,). What is left of the sum over the whole
#   vocabulary? With the output embeddings this is one line.

# %% [markdown] lang="zh"
# ## 4 从 logits 到概率
#
# 课上用解码矩阵 $W'$ 来解码输出，每个词元 $y$ 在其中占一行 $v_y$：
#
# $$p(y \mid o) \propto \exp(v_y^\top o) = \exp(o[y])$$
#
# 在我们的记号里，这些向量就是 $W_{ho}$ 的**各列**：词元 $y$ 的 logit 是 $o[y] = v_y \cdot h + b_o[y]$，其中 $v_y$ 是 $W_{ho}$ 的第 $y$ 列。所以 $v_y$ 是一种**输出嵌入**：状态指向哪个词元的方向，哪个词元的概率就高；$v_y$ 相近的词元，会在相近的场合被预测出来。再除以总和，就得到 **softmax**：
#
# $$p(y \mid o) = \frac{\exp o[y]}{\sum_v \exp o[v]}, \tag{3}$$
#
# 它沿**最后**一个轴进行。例如 logits $(0, \ln 3)$ 变成 $(\frac14, \frac34)$。
#
# 照公式直接写是会出事的：在 float64 里 $e^{710}$ 是无穷大，$e^{-750}$ 是 0。不过，给一行里所有的 logits 加上同一个数，结果不变，所以请先减去最大的那个。需要对数的时候，也请按公式来算：$\ln p(y \mid o) = o[y] - \ln \sum_v \exp o[v]$，因为概率一旦变成 0，再取对数就救不回来了。
#
# - `softmax(o)` 和 `log_softmax(o)`：输入 logits (…, vocabulary)，返回同样形状的数组。$\pm 1000$ 这样的 logits 也要算得对，而且不要改动传进来的数组。
# - `log_odds(h, y, other, params)`：逐行计算 $\ln \dfrac{p(y \mid h)}{p(\text{other} \mid h)}$，其中 `h` 为 (batch, units)，编号 `y` 和 `other` 为 (batch,)，结果为 (batch,)。对整个词表的那个求和还剩下什么？用输出嵌入来写，一行就够。


# %% nbgrader={"grade": false, "grade_id": "rnn-softmax-answer", "locked": false, "schema_version": 3, "solution": true}
def softmax(o):
    """Equation (3) over the last axis, without overflow.  o (..., vocabulary) -> the same shape"""
    ### BEGIN SOLUTION
    exponentials = np.exp(o - o.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
    ### END SOLUTION


def log_softmax(o):
    """ln of equation (3), finite wherever o is.  o (..., vocabulary) -> the same shape"""
    ### BEGIN SOLUTION
    shifted = o - o.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    ### END SOLUTION


def log_odds(h, y, other, params):
    """ln p(y | h) / p(other | h).  h (batch, units), ids y and other (batch,) -> (batch,)"""
    ### BEGIN SOLUTION
    v, b = params["W_ho"].T, params["b_o"]
    return ((v[y] - v[other]) * h).sum(axis=-1) + b[y] - b[other]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rnn-softmax", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("rnn.softmax")

# %% nbgrader={"grade": true, "grade_id": "rnn-log_softmax", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("rnn.log_softmax")

# %% nbgrader={"grade": true, "grade_id": "rnn-log_odds", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("rnn.log_odds")

# %% [markdown] lang="en"
# ## 5 Loss and perplexity of a sequence
#
# How surprised is the model by the token that does come? Its loss there is
# $\ell_t = -\ln p(y_t \mid o_t)$, in nats. Summed over a sequence this grows with the length, so the
# lecture divides by the number of tokens, and exponentiates:
#
# $$\pi = -\frac1T \sum_{t=1}^{T} \ln p(y_t), \qquad \text{perplexity} = e^{\pi}$$
#
# The perplexity is the number of equally likely tokens among which the model is, on average, in doubt.
#
# Sequences of unequal length are padded to form a batch. A **mask** says which tokens count (`True`)
# and which are padding (`False`); $T$ is then the number of tokens that count, over the whole batch:
#
# $$\pi = \frac{\sum_{b,t} m_{bt}\, \ell_{bt}}{\sum_{b,t} m_{bt}}$$
#
# - `token_losses(o, targets)`: logits (batch, time, vocabulary), ids (batch, time) -> $\ell$ (batch, time).
# - `mean_loss(o, targets, mask)`: $\pi$ in nats a token, one number; `mask` is a Boolean array (batch, time).
# - `perplexity(batches)`: of a text that is read in several batches, a list of triples `(o, targets,
#   mask)`. The batches may differ in shape; every *token* counts the same.
#
# Two batches of equally many tokens with $\pi = 1$ and $\pi = 3$ have the perplexity $e^2 = 7.39$. The
# mean of their perplexities, $(e^1 + e^3)/2 = 11.4$, is the perplexity of nothing.
#
# *Hints.* The mask cannot be found from the ids: at a padded place stands some ordinary id. `mask.sum()`
# counts the `True`. `np.take_along_axis` picks one entry of each row.

# %% [markdown] lang="zh"
# ## 5 序列的损失与困惑度
#
# 真正出现的那个词元让模型有多意外？它在这里的损失是 $\ell_t = -\ln p(y_t \mid o_t)$，单位是 nat（自然对数）。对整个序列求和，序列越长数值越大，所以课上除以词元个数，再取指数：
#
# $$\pi = -\frac1T \sum_{t=1}^{T} \ln p(y_t), \qquad \text{困惑度} = e^{\pi}$$
#
# 困惑度的意思是：模型平均而言相当于在多少个可能性相同的词元之间拿不定主意。
#
# 长度不一的序列要补齐（padding）才能拼成一个批量。**掩码** `mask` 标明哪些词元算数（`True`），哪些只是补齐用的（`False`）；这时 $T$ 就是整个批量中算数的词元个数：
#
# $$\pi = \frac{\sum_{b,t} m_{bt}\, \ell_{bt}}{\sum_{b,t} m_{bt}}$$
#
# - `token_losses(o, targets)`：输入 logits (batch, time, vocabulary) 和编号 (batch, time)，返回 $\ell$ (batch, time)。
# - `mean_loss(o, targets, mask)`：返回一个数 $\pi$，即每个词元多少 nat；`mask` 是布尔数组 (batch, time)。
# - `perplexity(batches)`：分成几个批量读完的一段文本的困惑度。`batches` 是一个列表，每个元素是三元组 `(o, targets, mask)`；各批量的形状可以不同，但每个**词元**的分量都一样。
#
# 两个批量的词元一样多，$\pi$ 分别是 1 和 3，那么困惑度是 $e^2 = 7.39$。把两个困惑度拿来平均，得到 $(e^1 + e^3)/2 = 11.4$，它不是任何东西的困惑度。
#
# *提示*：掩码没法从编号猜出来，补齐的位置上放的也是普通的编号。`mask.sum()` 数出有多少个 `True`。`np.take_along_axis` 可以从每一行里挑出一个元素。


# %% nbgrader={"grade": false, "grade_id": "rnn-token_losses-answer", "locked": false, "schema_version": 3, "solution": true}
def token_losses(o, targets):
    """Nats of each token.  o (batch, time, vocabulary), ids targets (batch, time) -> (batch, time)"""
    ### BEGIN SOLUTION
    return -np.take_along_axis(log_softmax(o), targets[..., None], axis=-1)[..., 0]
    ### END SOLUTION


def mean_loss(o, targets, mask):
    """Mean nats of the tokens that count.  mask (batch, time), Boolean -> one number"""
    ### BEGIN SOLUTION
    return token_losses(o, targets)[mask].mean()
    ### END SOLUTION


def perplexity(batches):
    """Perplexity of all tokens that count.  batches: list of (o, targets, mask) -> one number"""
    ### BEGIN SOLUTION
    nats = np.concatenate([token_losses(o, targets)[mask] for o, targets, mask in batches])
    return np.exp(nats.mean())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rnn-token_losses", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("rnn.token_losses")

# %% nbgrader={"grade": true, "grade_id": "rnn-mean_loss", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("rnn.mean_loss")

# %% nbgrader={"grade": true, "grade_id": "rnn-perplexity", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("rnn.perplexity")

# %% [markdown] lang="en"
# ## 6 Windows
#
# A language model learns to predict the next token, so the **targets are the inputs, shifted by one**. And a
# text is too long to be read in one go: it is cut into windows of `time` tokens, `batch` of them side by side.
# There are two ways to cut, here for the text 0, 1, 2, …, 13 with `batch` 2 and `time` 3:
#
# | | inputs of batch 0 | inputs of batch 1 | targets of batch 0 | targets of batch 1 |
# |---|---|---|---|---|
# | sequential, row 0 | 0 1 2 | 3 4 5 | 1 2 3 | 4 5 6 |
# | sequential, row 1 | 6 7 8 | 9 10 11 | 7 8 9 | 10 11 12 |
# | random, row 0 | 3 4 5 | 9 10 11 | 4 5 6 | 10 11 12 |
# | random, row 1 | 0 1 2 | 6 7 8 | 1 2 3 | 7 8 9 |
#
# **Sequential.** Cut the text into `batch` rows of $L = \lfloor (N - 1) / \text{batch} \rfloor$ tokens, where $N$ is
# its length (one token is kept back for the last target), and each row into windows. Row $r$ of a batch
# **goes on** in row $r$ of the next batch:
#
# $$\text{inputs}[n, r, t] = \text{ids}[r L + n\, \text{time} + t], \qquad
# \text{targets}[n, r, t] = \text{ids}[r L + n\, \text{time} + t + 1]$$
#
# **Random.** Cut the text into windows that begin at 0, `time`, 2 `time`, …, each with its `time` targets, shuffle
# the windows, and fill as many batches as get full. Neither the rows of a batch nor a row of one batch and
# the same row of the next have anything to do with each other.
#
# So what of the **state** when the next batch comes? After sequential windows it belongs to the very text
# that row $r$ goes on with: carry it on. After random windows it belongs to some other place: begin at zero again.
#
# - `sequential_batches(ids, batch, time)` and `random_batches(ids, batch, time, rng)`: ids $(N,)$ to inputs and
#   targets, each (number of batches, batch, time). What fills no window, or no batch, is left out. `rng` is a
#   `np.random.Generator`; shuffle with it (`rng.permutation`), so that the same seed gives the same batches.
# - `read_batches(inputs, params, carry)`: reads the batches (number of batches, batch, time) one after the other
#   and returns the logits of all, (number of batches, batch, time, vocabulary). The first batch begins at the
#   zero state; the others where the one before has ended if `carry`, else at zero as well.

# %% [markdown] lang="zh"
# ## 6 窗口
#
# 语言模型学的是预测下一个词元，所以**目标就是输入往后移一位**。文本又太长，没法一口气读完，于是切成每段 `time` 个词元的窗口，`batch` 个窗口并排组成一个批量。切法有两种，以文本 0、1、2、……、13，`batch` 为 2、`time` 为 3 为例：
#
# | | 批量 0 的输入 | 批量 1 的输入 | 批量 0 的目标 | 批量 1 的目标 |
# |---|---|---|---|---|
# | 顺序，第 0 行 | 0 1 2 | 3 4 5 | 1 2 3 | 4 5 6 |
# | 顺序，第 1 行 | 6 7 8 | 9 10 11 | 7 8 9 | 10 11 12 |
# | 随机，第 0 行 | 3 4 5 | 9 10 11 | 4 5 6 | 10 11 12 |
# | 随机，第 1 行 | 0 1 2 | 6 7 8 | 1 2 3 | 7 8 9 |
#
# **顺序划分。** 设文本长度为 $N$，把它切成 `batch` 行，每行 $L = \lfloor (N - 1) / \text{batch} \rfloor$ 个词元（留出一个词元给最后的目标），再把每行切成窗口。一个批量的第 $r$ 行，**接着**就是下一个批量的第 $r$ 行：
#
# $$\text{inputs}[n, r, t] = \text{ids}[r L + n\, \text{time} + t], \qquad \text{targets}[n, r, t] = \text{ids}[r L + n\, \text{time} + t + 1]$$
#
# **随机采样。** 从位置 0、`time`、2 `time`…… 开始切出窗口，每个窗口都带着它的 `time` 个目标；打乱窗口的次序，能凑满几个批量就凑几个。同一批量的各行之间、相邻两个批量的同一行之间，都没有什么关系。
#
# 那么，读下一个批量时**状态**该怎么办？顺序划分时，状态说的正是第 $r$ 行接下来的这段文本，应当传下去；随机采样时，状态说的是文本里另外某个地方，应当重新从零开始。
#
# - `sequential_batches(ids, batch, time)` 和 `random_batches(ids, batch, time, rng)`：输入编号 $(N,)$，返回输入和目标，形状都是 (批量个数, batch, time)。凑不满一个窗口或一个批量的部分丢掉。`rng` 是一个 `np.random.Generator`，请用它来打乱（`rng.permutation`），这样同一个种子总是给出同样的批量。
# - `read_batches(inputs, params, carry)`：依次读完各个批量 (批量个数, batch, time)，返回全部 logits (批量个数, batch, time, vocabulary)。第一个批量从零状态开始；之后的批量，`carry` 为真时从上一个批量结束时的状态开始，否则也从零开始。


# %% nbgrader={"grade": false, "grade_id": "rnn-sequential_batches-answer", "locked": false, "schema_version": 3, "solution": true}
def sequential_batches(ids, batch, time):
    """ids (N,) -> inputs, targets, each (number of batches, batch, time), in the text's order"""
    ### BEGIN SOLUTION
    length = (len(ids) - 1) // batch
    count = length // time

    def cut(start):
        rows = ids[start : start + batch * length].reshape(batch, length)[:, : count * time]
        return rows.reshape(batch, count, time).swapaxes(0, 1)

    return cut(0), cut(1)
    ### END SOLUTION


def random_batches(ids, batch, time, rng):
    """ids (N,) -> inputs, targets, each (number of batches, batch, time), windows in random order"""
    ### BEGIN SOLUTION
    windows = (len(ids) - 1) // time
    starts = time * rng.permutation(windows)[: windows // batch * batch].reshape(-1, batch, 1)
    return ids[starts + np.arange(time)], ids[starts + np.arange(time) + 1]
    ### END SOLUTION


def read_batches(inputs, params, carry):
    """ids (number of batches, batch, time) -> logits (number of batches, batch, time, vocabulary)"""
    ### BEGIN SOLUTION
    zero = np.zeros((inputs.shape[1], len(params["b_h"])))
    h, outputs = zero, []
    for ids in inputs:
        o, h = read(ids, h if carry else zero, params)
        outputs.append(o)
    return np.stack(outputs)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rnn-sequential_batches", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("rnn.sequential_batches")

# %% nbgrader={"grade": true, "grade_id": "rnn-random_batches", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("rnn.random_batches")

# %% nbgrader={"grade": true, "grade_id": "rnn-read_batches", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("rnn.read_batches")

# %% [markdown] lang="en"
# ## 7 A Keras cell, and a language model that learns
#
# For training you want TensorFlow to find the gradients. A *cell* is a Keras layer that makes one step;
# `keras.layers.RNN(cell)` runs it over time. Keras asks this of a cell:
#
# - `build(input_shape)` makes the weights with `self.add_weight(shape=..., initializer=..., name=...)`;
#   `input_shape` is (batch, features). Glorot-uniform for $W_{xh}$, orthogonal for $W_{hh}$ (its spectral
#   radius is 1: remember the figure) and zeros for $b_h$ are a good start.
# - `call(inputs, states, training=None)` makes one step: `inputs` (batch, features), `states` a list
#   with $H_{t-1}$; it returns the output and the list of new states, here `h, [h]`.
# - `state_size` is the size of the state, here `units`.
# - `get_config()` returns what `__init__` needs, on top of `super().get_config()`, so that a model
#   with your cell can be saved and loaded.
#
# One method is our own: `load(params)` puts the three arrays `W_xh`, `W_hh`, `b_h` of `params` into the
# layer's weights (building it first, if that has not happened). Use `ops` (`keras.ops`), not NumPy, in
# `call`: NumPy results have no gradient.
#
# Around the cell stands the **language model**, the `read` of task 3 in Keras:
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
# targets) of ids, both (batch, time). The loss is the mean cross-entropy in nats, as in task 5 (nothing is
# padded here). The gradient of a recurrent network can explode now and then (the butterfly again), so **clip**
# it as in the lecture, to **global** norm $\theta = 1$,
#
# $$g \leftarrow \min\!\left(1, \frac{\theta}{\lVert g \rVert}\right) g,$$
#
# where $\lVert g \rVert$ is the norm of all gradients taken together. Use Adam with a learning rate of
# 0.01. Return the list of mean losses, one number an epoch.
#
# *Hints.* `keras.layers.RNN` returns only the last state unless told otherwise. Logits are not
# probabilities: no softmax in the model, and the loss must know (`from_logits`). `compile` and `fit` will do,
# and so will your own loop; of Keras's three ways to clip (`clipvalue`, `clipnorm`, `global_clipnorm`) only
# one is meant here.

# %% [markdown] lang="zh"
# ## 7 写成 Keras 单元，训练一个语言模型
#
# 训练时，求梯度的活儿应该交给 TensorFlow。Keras 里的**单元**（cell）是只走一步的层，由 `keras.layers.RNN(cell)` 带着它走完整个序列。Keras 对单元有这些要求：
#
# - `build(input_shape)` 用 `self.add_weight(shape=..., initializer=..., name=...)` 创建权重；`input_shape` 是 (batch, features)。$W_{xh}$ 用 Glorot 均匀初始化，$W_{hh}$ 用正交初始化（谱半径为 1，回想一下前面的图），$b_h$ 取零，是不错的起点。
# - `call(inputs, states, training=None)` 走一步：`inputs` 的形状是 (batch, features)，`states` 是只含 $H_{t-1}$ 的列表；返回输出和新状态的列表，这里就是 `h, [h]`。
# - `state_size` 是状态的大小，这里等于 `units`。
# - `get_config()` 在 `super().get_config()` 的基础上加上 `__init__` 所需的参数，这样含有你的单元的模型才能保存和加载。
#
# 另有一个方法是我们自己约定的：`load(params)` 把 `params` 里的三个数组 `W_xh`、`W_hh`、`b_h` 放进这一层的权重（若尚未创建权重，先创建）。`call` 里请用 `ops`（即 `keras.ops`），不要用 NumPy：NumPy 算出的结果没有梯度。
#
# 单元外面是**语言模型**，也就是任务 3 的 `read` 的 Keras 版：
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
# `train(model, windows, epochs)` 训练这个模型。`windows` 是一个 `tf.data.Dataset`，每个元素是一对编号 (inputs, targets)，形状都是 (batch, time)。损失是任务 5 的平均交叉熵，单位是 nat（这里没有补齐）。循环网络的梯度偶尔会爆炸（又是那只蝴蝶），所以要像课上那样**裁剪**，把**全局**范数限制在 $\theta = 1$ 以内：
#
# $$g \leftarrow \min\!\left(1, \frac{\theta}{\lVert g \rVert}\right) g,$$
#
# 其中 $\lVert g \rVert$ 是所有梯度放在一起的范数。优化器用学习率为 0.01 的 Adam。返回一个列表，每训练一轮记一个平均损失。
#
# *提示*：`keras.layers.RNN` 默认只返回最后一个状态。logits 不是概率，模型里不要加 softmax，同时要让损失函数知道这一点（`from_logits`）。用 `compile` 和 `fit`，或者自己写循环都可以；Keras 有三种裁剪方式（`clipvalue`、`clipnorm`、`global_clipnorm`），这里指的只是其中一种。


# %% nbgrader={"grade": false, "grade_id": "rnn-keras_cell-answer", "locked": false, "schema_version": 3, "solution": true}
class RNNCell(keras.layers.Layer):
    """One step of equation (1).  inputs (batch, features), states [(batch, units)]"""

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
        shapes = (input_shape[-1], self.units), (self.units, self.units), (self.units,)
        starts = "glorot_uniform", "orthogonal", "zeros"
        self.parts = {
            name: self.add_weight(shape=shape, initializer=start, name=name)
            for name, shape, start in zip(CELL, shapes, starts, strict=True)
        }
        ### END SOLUTION

    def call(self, inputs, states, training=None):
        """One step: return the output and the list of new states."""
        ### BEGIN SOLUTION
        w = self.parts
        h = ops.tanh(inputs @ w["W_xh"] + states[0] @ w["W_hh"] + w["b_h"])
        return h, [h]
        ### END SOLUTION

    def get_config(self):
        """What __init__ needs to make this layer again."""
        ### BEGIN SOLUTION
        return {**super().get_config(), "units": self.units}
        ### END SOLUTION

    def load(self, params):
        """Put the arrays W_xh, W_hh, b_h into the layer's weights."""
        ### BEGIN SOLUTION
        if not self.built:
            self.build((None, len(params["W_xh"])))
        for name in CELL:
            self.parts[name].assign(params[name])
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rnn-keras_cell", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("rnn.keras_cell")


# %% nbgrader={"grade": false, "grade_id": "rnn-language_model-answer", "locked": false, "schema_version": 3, "solution": true}
def language_model(vocabulary_size, embedding_size, units):
    """A keras.Model: ids (batch, time) -> logits (batch, time, vocabulary_size), using RNNCell."""
    ### BEGIN SOLUTION
    ids = keras.Input(shape=(None,), dtype="int32")
    xs = keras.layers.Embedding(vocabulary_size, embedding_size)(ids)
    hs = keras.layers.RNN(RNNCell(units), return_sequences=True)(xs)
    return keras.Model(ids, keras.layers.Dense(vocabulary_size)(hs))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rnn-language_model", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("rnn.language_model")

# %% nbgrader={"grade": true, "grade_id": "rnn-same_model", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("rnn.same_model")


# %% nbgrader={"grade": false, "grade_id": "rnn-learns-answer", "locked": false, "schema_version": 3, "solution": true}
def train(model, windows, epochs):
    """Train on windows of (inputs, targets), ids (batch, time); return each epoch's mean loss."""
    ### BEGIN SOLUTION
    optimizer = keras.optimizers.Adam(learning_rate=0.01, global_clipnorm=1.0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss)
    return model.fit(windows, epochs=epochs, shuffle=False, verbose=0).history["loss"]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rnn-learns", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("rnn.learns")

# %% [markdown] lang="en"
# ### The text, and what counting makes of it
#
# Some 40 kB of English prose, in lower case, character by character; the last tenth is held out. The
# *ladder* tells what a perplexity on it means. A model that knows nothing is as uncertain as a fair
# choice among all characters; the unigram model knows how frequent each one is; a bigram model also sees
# the character before, a 4-gram model the three before. (Each order is mixed with the one below it, so that
# what never occurred does not get probability 0.)

# %% [markdown] lang="zh"
# ### 语料，以及计数模型的成绩
#
# 语料是大约 40 kB 的英文散文，全部转成小写，以字符为词元，最后十分之一留作测试。下面这个“阶梯”告诉你困惑度的大小意味着什么：一无所知的模型，相当于在所有字符里随便猜一个；一元模型知道每个字符有多常见；二元模型还看得到前一个字符，四元模型看得到前三个。（每一阶都掺进了低一阶的模型，免得没出现过的组合概率为 0。）


# %%
def ngram_perplexity(train_ids, held_out_ids, order, size):
    """Held-out perplexity of counting; each order is mixed with the one below (Witten-Bell)."""
    seen, new = train_ids.tolist(), held_out_ids.tolist()
    p = np.full(len(new), 1 / size)
    for n in range(1, order + 1):
        grams = Counter(tuple(seen[i : i + n]) for i in range(len(seen) - n + 1))
        total, kinds = Counter(), Counter()
        for gram, times in grams.items():
            total[gram[:-1]] += times
            kinds[gram[:-1]] += 1
        for t in range(n - 1, len(new)):
            gram = tuple(new[t - n + 1 : t + 1])
            past = gram[:-1]
            if total[past]:
                p[t] = (grams[gram] + kinds[past] * p[t]) / (total[past] + kinds[past])
    return float(np.exp(-np.log(p[1:]).mean()))


text = load_corpus("prose_en").lower()
train_text, held_out_text = split_held_out(text, 0.1)
vocabulary = Vocabulary.from_text(train_text)
size = len(vocabulary)
train_ids, held_out_ids = vocabulary.encode(train_text), vocabulary.encode(held_out_text)

ladder = {"uniform": float(size)}
for order, name in enumerate(("unigram", "bigram", "trigram", "4-gram"), start=1):
    ladder[name] = ngram_perplexity(train_ids, held_out_ids, order, size)
print(f"{len(train_ids):,} characters to learn from, {len(held_out_ids):,} held out")
for name, value in ladder.items():
    print(f"{name:8} {value:6.2f}")

# %% [markdown] lang="en"
# ### Train yours
#
# This takes less than half a minute. It saves the weights as `rnn.weights.h5` beside the notebook: **hand
# that file in together with the notebook**; the last check of this task reads it. Change the number of
# epochs or the windows if you like, but keep the sizes 32 and 64.
#
# The first cell makes the model, the second trains it. You may interrupt the second (■, or *Kernel › Interrupt*):
# the model keeps what it has learnt, and running the cell again goes on. To begin anew, run the first one.
#
# The windows are your random ones, shuffled anew for every epoch. For Keras they start at the zero state,
# as your task 6 says they should.

# %% [markdown] lang="zh"
# ### 训练你的模型
#
# 不到半分钟就能完成。训练好的权重会保存在笔记本旁边的 `rnn.weights.h5` 里，**请把这个文件和笔记本一起提交**，本任务的最后一项检查要用到它。训练轮数和窗口可以随意调整，但 32 和 64 这两个尺寸请不要改。
#
# 第一个单元格创建模型，第二个训练它。第二个可以随时中断（■，或菜单里的 *Kernel › Interrupt*）：模型保留已学到的内容，再运行一次就接着训练。要从头开始，请运行第一个。
#
# 窗口用的是你写的随机采样，每轮重新打乱；Keras 每次都从零状态开始读，这正是任务 6 的要求。

# %%
if all(map(check.done, ("rnn.random_batches", "rnn.language_model", "rnn.learns"))):
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)

    def epoch():
        yield from zip(*random_batches(train_ids, 32, 32, rng), strict=True)

    windows = tf.data.Dataset.from_generator(
        epoch, output_signature=(tf.TensorSpec((32, 32), tf.int32),) * 2
    ).apply(tf.data.experimental.assert_cardinality((len(train_ids) - 1) // 32 // 32))
    model = language_model(size, 32, 64)
    training = LiveTraining(model, epochs=12)

# %%
if all(map(check.done, ("rnn.random_batches", "rnn.language_model", "rnn.learns"))):
    losses = training.run(lambda epochs: train(model, windows, epochs))
    model.save_weights("rnn.weights.h5")
    display(plots.perplexity_curve({"perplexity": np.exp(losses)}, ladder.items()))

# %% nbgrader={"grade": true, "grade_id": "rnn-result", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("rnn.result")

# %% [markdown] lang="en"
# ### Your model in your own functions
#
# The trained numbers sit inside your Keras model, the cell's in a packing that only you know. The function
# below finds them all the same: it loads the numbers 0, 1, 2, ... into a second cell of your class and looks
# where each of them has gone. With these six arrays the functions of tasks 1 to 6 **are** the trained model.
#
# So measure it on the held-out text, in windows of 16 characters, once carrying the state over from window
# to window and once starting each window at zero. The figure shows the mean loss at each place of a window:
# what does a network know that has read nothing yet? And what if the state is carried over between
# *random* windows, where it comes from somewhere else? Look where the three curves meet: that far, and no
# further, does the memory of this network reach.

# %% [markdown] lang="zh"
# ### 用你自己的函数运行你的模型
#
# 训练好的数就在你的 Keras 模型里，其中单元的参数怎样存放只有你自己知道。下面这个函数照样能把它们找出来：它往你的类的另一个单元里装入 0、1、2……，再看每个数去了哪里。有了这六个数组，任务 1 至 6 的函数**就是**训练好的模型。
#
# 于是可以在留出的文本上量一量：切成 16 个字符的窗口，一次把状态从一个窗口传到下一个，一次让每个窗口都从零开始。图中画的是窗口里每个位置上的平均损失：还什么都没读的网络知道些什么？如果窗口是**随机**的，却照样把状态传下去（它说的是别处的文本），又会怎样？看看三条曲线在哪里会合：这个网络的记忆，也就能到那么远。


# %%
def trained_params(model):
    """The six arrays of a trained language model, however its cell keeps them, in float64."""
    embedding = next(layer for layer in model.layers if isinstance(layer, keras.layers.Embedding))
    cell = next(layer.cell for layer in model.layers if isinstance(layer, keras.layers.RNN))
    E, (W_ho, b_o) = embedding.get_weights()[0], model.layers[-1].get_weights()
    shapes = {
        "W_xh": (E.shape[1], cell.units),
        "W_hh": (cell.units, cell.units),
        "b_h": (cell.units,),
    }
    cuts = np.cumsum([np.prod(shape) for shape in shapes.values()])

    def as_params(flat):
        parts = np.split(flat, cuts[:-1])
        return {
            name: part.reshape(shape)
            for (name, shape), part in zip(shapes.items(), parts, strict=True)
        }

    twin = type(cell)(cell.units)
    twin.load(as_params(np.arange(cuts[-1], dtype=float)))
    places = np.concatenate([w.ravel() for w in twin.get_weights()]).astype(int)
    values = np.empty(len(places))
    values[places] = np.concatenate([w.ravel() for w in cell.get_weights()])
    found = {"E": E, **as_params(values), "W_ho": W_ho, "b_o": b_o}
    return {name: array.astype(float) for name, array in found.items()}


if all(
    map(check.done, ("rnn.learns", "rnn.perplexity", "rnn.sequential_batches", "rnn.read_batches"))
):
    params = trained_params(model)
    in_order = sequential_batches(held_out_ids, 1, 16)
    at_random = random_batches(held_out_ids, 1, 16, np.random.default_rng(0))
    cases = {
        "state carried on": (in_order, True),
        "each window from zero": (in_order, False),
        "state carried, random windows": (at_random, True),
    }
    fig, ax = plt.subplots(figsize=(7, 3.2))
    for (name, ((inputs, targets), carry)), style in zip(
        cases.items(), ("-", "--", ":"), strict=True
    ):
        logits = read_batches(inputs, params, carry)
        everything = np.ones(targets.shape, bool)
        value = perplexity(list(zip(logits, targets, everything, strict=True)))
        by_place = token_losses(logits[:, 0], targets[:, 0]).mean(axis=0)
        label = f"{name}: perplexity {value:.2f}"
        ax.plot(np.arange(1, 17), by_place, style, marker=".", label=label)
        ladder.setdefault("your RNN", value)
    ax.set(xlabel="place in the window", ylabel="mean loss, nats")
    ax.legend(fontsize=8)
    plt.show()
    display(plots.ladder(ladder.items(), own="your RNN"))

# %% [markdown] lang="en"
# Be honest with the ladder. Your RNN is well below the bigram, and below the trigram too, so its state is of
# use: it holds more than two characters. It does not beat the 4-gram. With 38,000 characters, counting what
# followed three letters is hard to beat, and a plain RNN of 64 units whose memory ends after some four
# characters cannot know much more. The network's turn comes with more text, more units, and with the gates of
# the next units, which are there to make the memory longer.

# %% [markdown] lang="zh"
# 对着阶梯要说实话。你的 RNN 明显好于二元模型，也好于三元模型，说明状态是有用的：它记住的不止两个字符。但它赢不了四元模型。只有三万八千个字符时，数一数三个字母后面跟着什么，就已经很难超越；而一个 64 个单元的普通 RNN，记忆不过四个字符左右，知道的也多不了多少。文本更多、单元更多，再加上后面几次作业里专门用来延长记忆的门，才轮到网络胜出。

# %% [markdown] lang="en"
# ## 8 Generation: read, then write
#
# A language model writes by predicting, drawing a token, and **reading what it has drawn**: the output
# becomes the next input. Before that it reads a beginning that you give it, the *prefix*, and throws away what
# it predicts there: the warm-up. Only the prediction after the last token of the prefix is used.
#
# How boldly it draws is set by the **temperature** $\tau$:
#
# $$p_\tau(y \mid o) = \frac{\exp(o[y] / \tau)}{\sum_v \exp(o[v] / \tau)} \tag{4}$$
#
# $\tau = 1$ draws from the model's own distribution, $\tau < 1$ prefers the likely tokens even more, a large $\tau$
# makes all equal. As $\tau \to 0$ all the probability goes to the largest logit, so $\tau = 0$ shall mean just
# that: 1 for the likeliest token, 0 for the others. With the logits $(0, \ln 3)$ and $\tau = \frac12$ the
# odds of 1 to 3 become 1 to 9.
#
# - `with_temperature(o, temperature)`: logits (…, vocabulary) to probabilities of the same shape, for every
#   temperature of at least 0. Very small temperatures must not break it.
# - `generate(prefix, length, params, temperature, rng)`: `prefix`, ids (any length of at least 1,), begins at the
#   zero state; returns the `length` **new** ids, without the prefix. Draw with the given generator, for
#   instance `rng.choice(size, p=probabilities)`.
#
# *Hints.* You have all the parts: `read` takes a state and returns one. After the warm-up each new token
# costs **one** step, from the state that you have kept; reading the whole text again for every token gives
# the same text, but the hundredth token would cost a hundred times the first.

# %% [markdown] lang="zh"
# ## 8 生成：先读，再写
#
# 语言模型写字的办法是：预测，抽出一个词元，再**把抽到的读进去**，也就是拿输出当下一步的输入。在此之前，它先读一段你给的开头，即**前缀**，途中的预测一概丢掉，这叫预热；只有读完前缀最后一个词元之后的预测才用得上。
#
# 抽得有多大胆，由**温度** $\tau$ 决定：
#
# $$p_\tau(y \mid o) = \frac{\exp(o[y] / \tau)}{\sum_v \exp(o[v] / \tau)} \tag{4}$$
#
# $\tau = 1$ 就按模型自己的分布来抽；$\tau < 1$ 更偏向可能的词元；$\tau$ 很大时，所有词元趋于机会均等。当 $\tau \to 0$ 时，全部概率都归到最大的 logit 上，所以约定 $\tau = 0$ 就是这个意思：最可能的词元概率为 1，其余为 0。例如 logits 为 $(0, \ln 3)$、$\tau = \frac12$ 时，原来 1 比 3 的概率变成 1 比 9。
#
# - `with_temperature(o, temperature)`：输入 logits (…, vocabulary)，返回同样形状的概率；温度可以是任何不小于 0 的数，很小的温度也不能出错。
# - `generate(prefix, length, params, temperature, rng)`：`prefix` 是一串编号（至少一个），从零状态开始读；返回 `length` 个**新**编号，不含前缀。请用给定的生成器来抽，例如 `rng.choice(size, p=probabilities)`。
#
# *提示*：零件都齐了，`read` 接收一个状态，也返回一个状态。预热之后，每个新词元只需从保留下来的状态再走**一步**；每次都把全文重读一遍，写出来的字是一样的，可是第一百个词元的代价就是第一个的一百倍。


# %% nbgrader={"grade": false, "grade_id": "rnn-with_temperature-answer", "locked": false, "schema_version": 3, "solution": true}
def with_temperature(o, temperature):
    """Equation (4); at temperature 0 all for the likeliest.  o (..., vocabulary) -> same shape"""
    ### BEGIN SOLUTION
    if temperature == 0:
        return one_hot(o.argmax(axis=-1), o.shape[-1])
    return softmax(o / temperature)
    ### END SOLUTION


def generate(prefix, length, params, temperature, rng):
    """Read the ids of prefix (n,), then draw and read `length` tokens -> the new ids (length,)"""
    ### BEGIN SOLUTION
    ids, h, new = np.asarray(prefix), np.zeros((1, len(params["b_h"]))), []
    for _ in range(length):
        o, h = read(ids[None], h, params)
        p = with_temperature(o[0, -1], temperature)
        ids = rng.choice(len(p), size=1, p=p)
        new.append(ids[0])
    return np.array(new)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rnn-with_temperature", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("rnn.with_temperature")

# %% nbgrader={"grade": true, "grade_id": "rnn-generate", "locked": true, "points": 7, "schema_version": 3, "solution": false}
check("rnn.generate")

# %% [markdown] lang="en"
# ### Let it write
#
# What does your model expect after "the wa"? Watch the bars: temperature sharpens or flattens, but it never
# changes the order. Then read four texts. Which temperature makes the best one, and what goes wrong at both
# ends?

# %% [markdown] lang="zh"
# ### 让它写
#
# 读完 "the wa" 之后，你的模型期待什么？请看条形图：温度只会让分布变尖或变平，从不改变先后次序。再读读下面四段文字：哪个温度写得最好？两头各出了什么毛病？

# %%
if all(map(check.done, ("rnn.learns", "rnn.read", "rnn.generate"))):
    params = trained_params(model)
    prefix = vocabulary.encode("the wa")
    logits, _ = read(prefix[None], np.zeros((1, 64)), params)
    likely = np.argsort(-logits[0, -1])[:12]
    names = [plots.style.VISIBLE.get(vocabulary.tokens[i], vocabulary.tokens[i]) for i in likely]

    fig, axes = plt.subplots(1, 3, figsize=(9, 2.6), sharey=True)
    for ax, temperature in zip(axes, (0.5, 1.0, 2.0), strict=True):
        ax.bar(range(12), with_temperature(logits[0, -1], temperature)[likely])
        ax.set_xticks(range(12), names)
        ax.set_title(f"after “the wa”, $\\tau$ = {temperature}", fontsize=10)
    axes[0].set_ylabel("probability")
    plt.show()

    for temperature in (0, 0.5, 1.0, 2.0):
        new = generate(prefix, 150, params, temperature, np.random.default_rng(1))
        print(f"temperature {temperature}: the wa{vocabulary.decode(new)}\n")

# %% [markdown] lang="en"
# ## Written question (6 points)
#
# Answer in your own words, two to four sentences each. A person reads this.
#
# 1. You trained on random windows, each from the zero state. Suppose the state had been carried on from batch to
#    batch all the same. What would have been in it at the first step of a window, what would the network have
#    had to learn about it, and what does your figure say that it costs? With which kind of windows is carrying
#    right?
# 2. A friend trains this network and reports a held-out perplexity of 1.1. Name two different mistakes that could be
#    behind it, and for each an experiment that would show it.
# 3. Your figure shows how far back the memory of your network reaches. Its state has 64 numbers, so why does it not
#    reach further? Look at what equation (1) does to the state, and to its gradient, at every step, and name one
#    thing that would help.

# %% [markdown] lang="zh"
# ## 问答题（6 分）
#
# 请用自己的话回答，每小题两到四句。这道题由老师批改。
#
# 1. 你训练时用的是随机窗口，每个窗口都从零状态开始。假如照样把状态从一个批量传到下一个，那么在一个窗口的第一步，状态里装的是什么？网络得学会怎样对待它？从你的图来看，这样做的代价有多大？用哪种窗口时才应当把状态传下去？
# 2. 一位同学用这个网络训练，报告说留出文本上的困惑度是 1.1。请说出可能造成这一结果的两种不同的错误，并各给出一个能查出它的实验。
# 3. 你的图显示了网络的记忆能到多远。它的状态有 64 个数，为什么到不了更远？请看公式 (1) 在每一步对状态、对状态的梯度做了什么，并举出一种能改善的办法。

# %% [markdown] lang="en" nbgrader={"grade": true, "grade_id": "rnn-written", "locked": false, "points": 6, "schema_version": 3, "solution": true}
# **Your answer** (edit this cell):
#
# ### BEGIN SOLUTION
# *1 (2 points).* The state would have been that of another place in the text, which has nothing to do with the window: noise that looks like a memory. The network would have had to learn to distrust its own state in the first steps, although later in the window it must trust it, and it cannot tell the two apart. In the figure the first characters of a window are predicted worse than from the zero state (about 3.4 nats at the first place instead of 2.5), and after some four characters it makes no difference. Carrying is right for sequential windows, where row $r$ goes on with the very text that its state has read.
#
# *2 (2 points).* The model sees what it is to predict: the targets are not shifted, or a layer reads backwards as well. Change one token of the input and see whether predictions at earlier places change, or whether the prediction simply repeats the input. Or the number is not a held-out perplexity: it was measured on the training text (measure on text that no one has trained on), or padding and repeated easy tokens were counted (compare with the sum over the tokens that count), or the softmax was taken over the wrong axis, so that the probabilities of the vocabulary do not sum to 1 (sum them).
#
# *3 (2 points).* At every step the state is multiplied by $W_{hh}$ and squeezed by tanh, so what was read $n$ steps ago has passed through $n$ products and $n$ tanh's: unless these keep its size exactly it fades away or is drowned in what grows. The gradient that would have to teach the network to keep it passes through the same products backwards and vanishes likewise, so the training sees the near past only. Gates (GRU, LSTM), which can pass a state on unchanged, help; so do an orthogonal start of $W_{hh}$, longer windows or more text, but less.
#
# *Rubric.* Part 1: one point for "state of another text, noise at the first steps", one for the number or the comparison from the figure together with sequential windows. Part 2: one point for each mistake with an experiment that could tell it from a correct model; "overfitting" counts only with a measurement on other text. Part 3: one point for the repeated product with $W_{hh}$ and tanh', in the state or the gradient, one for a remedy with a reason.
# ### END SOLUTION

# %% [markdown] lang="zh" nbgrader={"grade": true, "grade_id": "rnn-written", "locked": false, "points": 6, "schema_version": 3, "solution": true}
# **你的回答**（请编辑本单元格）：
#
# ### BEGIN SOLUTION
# *1（2 分）。* 状态里装的是文本中另一处的内容，与这个窗口毫无关系，是看起来像记忆的噪声。网络得学会在最初几步不信任自己的状态，而到了窗口后面又必须信任它，可它分不清这两种情形。从图上看，窗口开头几个字符的预测比从零状态出发还差（第一个位置约 3.4 nat，而从零出发约 2.5 nat），大约四个字符之后就没有差别了。只有顺序划分时才应当传下去，因为第 r 行接着的正是状态读过的那段文本。
#
# *2（2 分）。* 一种是模型看到了要预测的东西：目标没有移位，或者有一层同时从后往前读。改动输入中的一个词元，看更早位置的预测是否随之改变，或者看预测是不是在照抄输入，就能查出来。另一种是这个数根本不是留出文本的困惑度：它是在训练文本上量的（换一段没有训练过的文本再量），或者把补齐的位置也算了进去（与只算有效词元的结果比较），或者 softmax 取错了轴，词表上的概率之和不是 1（加起来看看）。
#
# *3（2 分）。* 每走一步，状态都要乘上 $W_{hh}$，再被 tanh 压缩一次，所以 $n$ 步之前读到的东西要穿过 $n$ 次乘法和 $n$ 次 tanh：除非恰好保持大小，否则不是渐渐消失，就是被不断增长的部分淹没。本该教会网络记住它的梯度，也要反向穿过同样的乘积，同样会消失，于是训练只看得见最近的过去。门（GRU、LSTM）能让状态原样通过，是有效的办法；$W_{hh}$ 用正交初始化、更长的窗口、更多的文本也有帮助，但要小一些。
#
# *评分标准。* 第 1 题：说出“别处文本的状态，开头几步成了噪声”得 1 分，结合图中的数字或比较并指出应为顺序划分得 1 分。第 2 题：每种错误连同能把它与正确模型区分开的实验得 1 分；只说“过拟合”而没有在其他文本上测量的不得分。第 3 题：说出状态或梯度反复乘以 $W_{hh}$ 和 tanh 的导数得 1 分，给出一种办法并说明理由得 1 分。
# ### END SOLUTION
