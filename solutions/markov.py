# ---
# jupyter:
#   course:
#     unit: markov
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
# # Markov models: a language model made of counts
#
# A language model answers one question: given what has been written so far, how probable is each
# token as the next one? Before any network, counting answers it. Count how often *is* followed
# *statistics*, divide by how often *statistics* occurred, and you have a probability.
#
# This notebook builds such a model and then asks the questions that will be asked of every network
# of this course: is it a probability distribution? How good is it, in a number that can be compared?
# What does it write? How much of the past does it use? And how good could *any* model be?
#
# $$
# \begin{align}
# p(x_1, \dots, x_T) &= \prod_{t=1}^{T} p(x_t \mid x_1, \dots, x_{t-1}) && \text{chain rule} \tag{1}\\
# p(x_t \mid x_1, \dots, x_{t-1}) &\approx p(x_t \mid x_{t-\tau}, \dots, x_{t-1}) && \text{Markov assumption} \tag{2}\\
# \hat p(w \mid c) &= \frac{n(c, w)}{n(c)} && \text{counting} \tag{3}\\
# \pi &= -\frac1T \sum_{t=1}^{T} \log p(x_t \mid c_t), \qquad \text{perplexity} = e^{\pi} && \text{how good} \tag{4}
# \end{align}
# $$
#
# You need Python and NumPy, no TensorFlow. Allow 60 to 120 minutes.

# %% [markdown] lang="zh"
# # 马尔可夫模型：数出来的语言模型
#
# 语言模型只回答一个问题：已经写到这里，下一个词元是某某的概率有多大？在动用任何网络之前，数数就能给出答案：数一数 *statistics* 后面跟着 *is* 出现过几次，除以 *statistics* 出现的次数，就是一个概率。
#
# 这份作业先造出这样一个模型，再向它提出本课程会向每一个网络提出的那些问题：它真的是概率分布吗？它有多好，能不能用一个可以互相比较的数来说？它会写出什么？它用到了多远的过去？还有，**任何**模型最好能好到什么程度？
#
# $$
# \begin{align}
# p(x_1, \dots, x_T) &= \prod_{t=1}^{T} p(x_t \mid x_1, \dots, x_{t-1}) && \text{链式法则} \tag{1}\\
# p(x_t \mid x_1, \dots, x_{t-1}) &\approx p(x_t \mid x_{t-\tau}, \dots, x_{t-1}) && \text{马尔可夫假设} \tag{2}\\
# \hat p(w \mid c) &= \frac{n(c, w)}{n(c)} && \text{计数} \tag{3}\\
# \pi &= -\frac1T \sum_{t=1}^{T} \log p(x_t \mid c_t), \qquad \text{困惑度} = e^{\pi} && \text{有多好} \tag{4}
# \end{align}
# $$
#
# 只需要 Python 和 NumPy，用不到 TensorFlow。预计用时 60 到 120 分钟。

# %% [markdown] lang="en"
# ## How this notebook works
#
# - Where a cell says `raise NotImplementedError("not done yet")`, put your code in place of that line.
#   Keep the names and the arguments of the functions. Most answers are two to six lines.
# - Run the cell, then the `check(...)` below it. It runs your function on random inputs and tells
#   you what differs and which equation to look at. When your work is graded, the same check runs
#   once more on inputs that you have not seen.
# - In a cell of your own, `check.progress()` shows what is left, and `check.all()` runs every check.
# - The tasks build on each other, but a slip costs you only its own task: where an earlier function
#   is wrong, the later ones are graded with ours in its place.
#
# | symbol | in code | what it is |
# |---|---|---|
# | $w$, $x_t$ | `token` | the id of a token, an int from 0 to $V - 1$ |
# | $V$ | `vocabulary_size` | how many different tokens there are |
# | $\tau$ | `order` | how many tokens of the past are looked at; 0 or more |
# | $c = (x_{t-\tau}, \dots, x_{t-1})$ | `context` | a tuple of `order` ids, the oldest first; `()` if `order` is 0 |
# | $n(c, w)$ | `counts[context][token]` | how often `token` followed `context` |
# | $p(\cdot \mid c)$ | `row` | an array of shape (V,): at least 0, and its sum is 1 |
# | | `model` | a function: `model(context)` returns the row of that context |
#
# A text is a list of **sequences** (sentences or lines); a sequence is a list of tokens or of their
# ids. All logarithms are natural, so that information is measured in *nats*.

# %% [markdown] lang="zh"
# ## 怎样做这份作业
#
# - 看到 `raise NotImplementedError("not done yet")` 的地方，删掉这一行，换成你的代码。函数名和参数请保持不变。大多数答案只有两到六行。
# - 运行该单元格，再运行它下面的 `check(...)`。它会用随机输入运行你的函数，告诉你哪里不对、该回头看哪个公式。正式评分时，同样的检查会换一组你没见过的输入再跑一遍。
# - 在自己的单元格里运行 `check.progress()`，可以看到还剩哪些没做；`check.all()` 会把所有检查都跑一遍。
# - 各个任务前后相连，但一处出错只扣那一处的分：如果前面的函数有误，后面的任务会改用我们的版本来评分。
#
# | 符号 | 代码中的名字 | 含义 |
# |---|---|---|
# | $w$、$x_t$ | `token` | 词元的编号，0 到 $V - 1$ 的整数 |
# | $V$ | `vocabulary_size` | 不同的词元有多少个 |
# | $\tau$ | `order` | 往回看几个词元，可以是 0 |
# | $c = (x_{t-\tau}, \dots, x_{t-1})$ | `context` | 由 `order` 个编号组成的元组，最早的在前；`order` 为 0 时是 `()` |
# | $n(c, w)$ | `counts[context][token]` | `token` 跟在 `context` 后面出现过几次 |
# | $p(\cdot \mid c)$ | `row` | 形状为 (V,) 的数组，不小于 0，和为 1 |
# | | `model` | 一个函数：`model(context)` 返回该上文对应的一行 |
#
# 一段文本是若干**序列**（句子或行）的列表，一个序列是词元的列表，或者词元编号的列表。对数一律取自然对数，信息量的单位因此是**纳特**（nat）。

# %% nbgrader={"grade": false, "grade_id": "markov-imports", "locked": true, "schema_version": 3, "solution": false}
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from autograder.notebook import check
from course_lib import load_corpus, plots, split_held_out

# %% nbgrader={"grade": false, "grade_id": "markov-given", "locked": true, "schema_version": 3, "solution": false}
UNKNOWN, BOUNDARY = 0, 1  # ids of "<unk>" and "<s>"

SENTENCES = [
    sentence.split()
    for sentence in (
        "statistics is fun .",
        "statistics is useful .",
        "statistics bores nobody .",
        "fun is rare .",
    )
]

# %% [markdown] lang="en"
# ## 1 The chain rule, in both directions
#
# Any joint distribution of $T$ variables is a product of conditional ones. One can read from the
# front or from the back:
#
# $$
# \begin{align}
# p(x_1, \dots, x_T) &= p(x_1)\; p(x_2 \mid x_1)\; p(x_3 \mid x_1, x_2) \cdots p(x_T \mid x_1, \dots, x_{T-1}) \tag{1}\\
# &= p(x_T)\; p(x_{T-1} \mid x_T) \cdots p(x_1 \mid x_2, \dots, x_T) \tag{1'}
# \end{align}
# $$
#
# Here the joint distribution is a table: an array `joint` with one axis for each variable, so that
# `joint[i, j, k]` is $p(x_1 = i, x_2 = j, x_3 = k)$. The variables may have different numbers of
# values, and no entry is zero. Return the factors of either line as a list of $T$ arrays:
#
# - `forward_factors(joint)`: the factor number $t$ is $p(x_t \mid x_1, \dots, x_{t-1})$ with the axes
#   $x_1, \dots, x_t$, so its shape is `joint.shape[:t]`. Each sums to 1 over its **last** axis.
# - `backward_factors(joint)`: first $p(x_T)$, then $p(x_{T-1} \mid x_T)$ with the axes $x_{T-1}, x_T$, and so
#   on; the axes stay in the order of time. Each sums to 1 over its **first** axis.
#
# With $p(x_1, x_2) = \begin{pmatrix} 0.3 & 0.1 \\ 0.2 & 0.4 \end{pmatrix}$ the forward factors are
# $(0.4, 0.6)$ and $\begin{pmatrix} 0.75 & 0.25 \\ 0.33 & 0.67 \end{pmatrix}$, the backward ones
# $(0.5, 0.5)$ and $\begin{pmatrix} 0.6 & 0.2 \\ 0.4 & 0.8 \end{pmatrix}$.
#
# *Hints.* $p(x_1, \dots, x_t)$ is `joint` summed over the other axes: `joint.sum(axis=(1, 2))`. Then
# $p(x_t \mid x_1, \dots, x_{t-1}) = p(x_1, \dots, x_t) / p(x_1, \dots, x_{t-1})$; `keepdims=True` keeps the
# axis that is summed over, so that the division fits.

# %% [markdown] lang="zh"
# ## 1 链式法则：正着读和倒着读
#
# 任意 $T$ 个变量的联合分布都能写成条件分布的乘积，可以从前往后读，也可以从后往前读：
#
# $$
# \begin{align}
# p(x_1, \dots, x_T) &= p(x_1)\; p(x_2 \mid x_1)\; p(x_3 \mid x_1, x_2) \cdots p(x_T \mid x_1, \dots, x_{T-1}) \tag{1}\\
# &= p(x_T)\; p(x_{T-1} \mid x_T) \cdots p(x_1 \mid x_2, \dots, x_T) \tag{1'}
# \end{align}
# $$
#
# 这里的联合分布是一张表：数组 `joint` 的每个轴对应一个变量，`joint[i, j, k]` 就是 $p(x_1 = i, x_2 = j, x_3 = k)$。各个变量的取值个数可以不同，表中没有零。请把两行等式里的因子各自作为一个列表返回，列表里有 $T$ 个数组：
#
# - `forward_factors(joint)`：第 $t$ 个因子是 $p(x_t \mid x_1, \dots, x_{t-1})$，各轴依次为 $x_1, \dots, x_t$，形状是 `joint.shape[:t]`。沿**最后**一个轴求和等于 1。
# - `backward_factors(joint)`：先是 $p(x_T)$，再是 $p(x_{T-1} \mid x_T)$（各轴依次为 $x_{T-1}, x_T$），依此类推；轴始终按时间先后排列。沿**第一个**轴求和等于 1。
#
# 例如 $p(x_1, x_2) = \begin{pmatrix} 0.3 & 0.1 \\ 0.2 & 0.4 \end{pmatrix}$，正向的因子是 $(0.4, 0.6)$ 和 $\begin{pmatrix} 0.75 & 0.25 \\ 0.33 & 0.67 \end{pmatrix}$，反向的因子是 $(0.5, 0.5)$ 和 $\begin{pmatrix} 0.6 & 0.2 \\ 0.4 & 0.8 \end{pmatrix}$。
#
# *提示*：$p(x_1, \dots, x_t)$ 就是把 `joint` 对其余的轴求和，例如 `joint.sum(axis=(1, 2))`。然后 $p(x_t \mid x_1, \dots, x_{t-1}) = p(x_1, \dots, x_t) / p(x_1, \dots, x_{t-1})$；`keepdims=True` 会保留被求和的轴，除法的形状才对得上。


# %% nbgrader={"grade": false, "grade_id": "markov-forward-answer", "locked": false, "schema_version": 3, "solution": true}
def forward_factors(joint):
    """[p(x_1), p(x_2 | x_1), ..., p(x_T | x_1 ... x_{T-1})]; number t has shape joint.shape[:t]"""
    ### BEGIN SOLUTION
    factors = []
    for t in range(1, joint.ndim + 1):
        beginning = joint.sum(axis=tuple(range(t, joint.ndim)))  # p(x_1 ... x_t)
        factors.append(beginning / beginning.sum(axis=-1, keepdims=True))
    return factors
    ### END SOLUTION


def backward_factors(joint):
    """[p(x_T), p(x_{T-1} | x_T), ..., p(x_1 | x_2 ... x_T)]; the axes in the order of time"""
    ### BEGIN SOLUTION
    factors = []
    for t in reversed(range(joint.ndim)):
        end = joint.sum(axis=tuple(range(t)))  # p(x_{t+1} ... x_T)
        factors.append(end / end.sum(axis=0))
    return factors
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-forward", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("markov.forward")

# %% nbgrader={"grade": true, "grade_id": "markov-backward", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("markov.backward")

# %% [markdown] lang="en"
# **See it.** Two lists of quite different conditional probabilities, one and the same joint
# distribution. The last line shows the trouble with tables: how many numbers one would need for 20
# characters of English.

# %% [markdown] lang="zh"
# **看一看。** 两组条件概率完全不同，乘出来的却是同一个联合分布。最后一行说明了表格的麻烦：要给 20 个英文字符列一张联合概率表，得填多少个数。

# %%
if check.done("markov.forward") and check.done("markov.backward"):
    joint = np.random.default_rng(1).dirichlet(np.ones(24)).reshape(2, 3, 4)
    p_1, p_2, p_3 = forward_factors(joint)
    q_3, q_2, q_1 = backward_factors(joint)
    forward = p_1[:, None, None] * p_2[:, :, None] * p_3
    backward = q_3 * q_2 * q_1
    print("p(x_3 | x_1, x_2):", p_3[0, 0].round(3), " p(x_3):", q_3.round(3))
    print("largest difference from the joint table:")
    print(
        f"  forward {np.abs(forward - joint).max():.1e}, reversed {np.abs(backward - joint).max():.1e}"
    )
    print(f"a table for 20 characters, 38 different ones: {38.0**20:.0e} numbers")

# %% [markdown] lang="en"
# ## 2 Counting n-grams
#
# Nobody can fill such a table, so we forget: the Markov assumption (2) says that the last $\tau$ tokens
# are all that matters. Then it is enough to count short pieces of text, **n-grams**, here of
# $n = \tau + 1$ tokens: a context and what followed it.
#
# **The vocabulary.** A model can only give probabilities to tokens that it knows about, and the text
# it will be tried on holds tokens that it has never seen. So there is a token for all of these,
# `<unk>`, with id 0. Rare tokens of the training text are turned into `<unk>` as well; that is how the model
# learns what an unknown token is like.
#
# - `build_vocabulary(sequences, min_count)`: the list of tokens, whose place is their id. First
#   `"<unk>"`, then `"<s>"`, then every token that occurs at least `min_count` times, the most frequent
#   first, equally frequent ones in alphabetical order (as `sorted` has it).
# - `encode(sequence, vocabulary)`: the list of ids of a sequence of tokens; `UNKNOWN` for what is not there.
#
# **The boundaries.** The lecture's formula begins with $p(x_1)\,p(x_2 \mid x_1) \cdots$: the first $\tau$
# factors look at fewer than $\tau$ tokens. We use the usual reading instead. Every sequence stands
# between boundary marks `<s>` (id 1): $\tau$ of them in front, so that every token has a context of
# exactly $\tau$ tokens, and one behind, which is *predicted* like any other token. So the model knows
# how sequences begin and can tell when they end; and no n-gram reaches from one sequence into the next.
#
# - `windows(sequence, order)`: the list of all pairs `(context, token)` of one sequence of ids, in its
#   order. A sequence of $T$ ids has $T + 1$ of them. With `order` 2, `[7, 8, 9]` gives
#
#   `[((1, 1), 7), ((1, 7), 8), ((7, 8), 9), ((8, 9), 1)]`
#
# - `count_ngrams(sequences, order)`: how often every token followed every context, as a dict of dicts,
#   `{context: {token: number}}`. What never occurred need not be there.
#
# *Hints.* Contexts are keys of a dict, so they are tuples, not lists: `tuple(ids[2:5])`. `Counter` and
# `dict.setdefault` save lines.

# %% [markdown] lang="zh"
# ## 2 数 n 元组
#
# 这样的表谁也填不满，所以只好遗忘：马尔可夫假设 (2) 说，只有最近的 $\tau$ 个词元起作用。于是只需要数一些很短的片段，即 **n 元组**（n-gram），这里 $n = \tau + 1$：一段上文，加上紧跟其后的那个词元。
#
# **词表。** 模型只能给它知道的词元分配概率，而将来拿去测试的文本里总会有没见过的词元。所以专门设一个词元 `<unk>` 代表它们，编号为 0。训练文本里的罕见词元也换成 `<unk>`，模型正是这样学到“未知词元”大概是什么样子的。
#
# - `build_vocabulary(sequences, min_count)`：返回词元的列表，词元在列表中的位置就是它的编号。先是 `"<unk>"`，再是 `"<s>"`，然后是所有至少出现 `min_count` 次的词元，从最常见的排起，次数相同的按字典序（即 `sorted` 的次序）。
# - `encode(sequence, vocabulary)`：把一个词元序列变成编号的列表；词表里没有的，记为 `UNKNOWN`。
#
# **边界。** 课上的公式以 $p(x_1)\,p(x_2 \mid x_1) \cdots$ 开头，前 $\tau$ 个因子的上文不足 $\tau$ 个词元。这里采用更通行的读法：每个序列的两端都放上边界符 `<s>`（编号 1）。前面放 $\tau$ 个，这样每个词元的上文都恰好有 $\tau$ 个词元；后面放一个，它和别的词元一样要被**预测**。于是模型知道序列怎样开头，也说得出序列何时结束；而且没有哪个 n 元组会从一个序列跨进下一个序列。
#
# - `windows(sequence, order)`：按先后次序列出一个编号序列的所有 `(context, token)` 对。长为 $T$ 的序列有 $T + 1$ 对。例如 `order` 为 2 时，`[7, 8, 9]` 得到
#
#   `[((1, 1), 7), ((1, 7), 8), ((7, 8), 9), ((8, 9), 1)]`
#
# - `count_ngrams(sequences, order)`：每个词元跟在每个上文后面各出现过几次，返回字典的字典 `{context: {token: 次数}}`。没出现过的不必放进去。
#
# *提示*：上文要用作字典的键，所以是元组而不是列表：`tuple(ids[2:5])`。`Counter` 和 `dict.setdefault` 能省下几行。


# %% nbgrader={"grade": false, "grade_id": "markov-vocabulary-answer", "locked": false, "schema_version": 3, "solution": true}
def build_vocabulary(sequences, min_count):
    """Lists of tokens (str) -> ["<unk>", "<s>", the most frequent token, ...]"""
    ### BEGIN SOLUTION
    number = Counter(token for sequence in sequences for token in sequence)
    kept = [token for token in number if number[token] >= min_count]
    return ["<unk>", "<s>", *sorted(kept, key=lambda token: (-number[token], token))]
    ### END SOLUTION


def encode(sequence, vocabulary):
    """A list of tokens -> the list of their ids; UNKNOWN for a token that is not known"""
    ### BEGIN SOLUTION
    ids = {token: place for place, token in enumerate(vocabulary)}
    return [ids.get(token, UNKNOWN) for token in sequence]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-vocabulary", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("markov.vocabulary")


# %% nbgrader={"grade": false, "grade_id": "markov-windows-answer", "locked": false, "schema_version": 3, "solution": true}
def windows(sequence, order):
    """A list of T ids -> [(context, token), ...], T + 1 pairs; a context is a tuple of `order` ids"""
    ### BEGIN SOLUTION
    padded = [*[BOUNDARY] * order, *sequence, BOUNDARY]
    places = range(order, len(padded))
    return [(tuple(padded[t - order : t]), padded[t]) for t in places]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-windows", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("markov.windows")


# %% nbgrader={"grade": false, "grade_id": "markov-counts-answer", "locked": false, "schema_version": 3, "solution": true}
def count_ngrams(sequences, order):
    """Lists of ids -> {context: {token: how often it followed}}"""
    ### BEGIN SOLUTION
    counts = {}
    for sequence in sequences:
        for context, token in windows(sequence, order):
            counts.setdefault(context, Counter())[token] += 1
    return counts
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-counts", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("markov.counts")

# %% [markdown] lang="en"
# **See it.** What followed each word in the four sentences at the top.

# %% [markdown] lang="zh"
# **看一看。** 在开头那四个句子里，每个词后面跟过什么。

# %%
if check.done("markov.vocabulary") and check.done("markov.counts"):
    words = build_vocabulary(SENTENCES, min_count=1)
    encoded = [encode(sentence, words) for sentence in SENTENCES]
    for (before,), followers in sorted(count_ngrams(encoded, order=1).items()):
        print(f"{words[before]:>10} ", {words[token]: n for token, n in followers.items()})

# %% [markdown] lang="en"
# ## 3 From counts to probabilities
#
# The estimate of the lecture is the **maximum likelihood** one: of all the times that the context
# occurred, the share in which this token followed.
#
# $$\hat p(w \mid c) = \frac{n(c, w)}{n(c)}, \qquad n(c) = \sum_{w'} n(c, w') \tag{3}$$
#
# $n(c)$ counts the context only where something follows it; thanks to the boundary mark that is
# everywhere. In the four sentences $\hat p(\text{is} \mid \text{statistics}) = 2/3$.
#
# What about a context that never occurred, where (3) is $0/0$? A model has to answer all the same. We
# let it say that it knows nothing: every token has probability $1/V$.
#
# - `mle_row(counts, context, vocabulary_size)`: the array $\hat p(\cdot \mid c)$ of shape (V,).
# - `sequence_probability(model, sequence, order)`: $p(x) = \prod_t p(x_t \mid c_t)$, the product over **all**
#   windows of the sequence, the closing boundary included. `model(context)` gives the row.
#
# Without the closing boundary, the probabilities of all sequences of one word would sum to 1, those
# of two words as well, and so on. With it, those of *all* sequences together do.
#
# Then read the same text from its end:
#
# - `read_both_ways(row_of, training, sequence, order)`: two numbers. The first is the probability of
#   `sequence` under a model with the counts of `training`; the second is that of the reversed sequence under
#   a model with the counts of the reversed training sequences, which predicts each token from the $\tau$
#   tokens **after** it. `row_of(counts, context)` gives the row: for instance
#   `lambda counts, context: mle_row(counts, context, V)`.
#
# What do you expect of the two numbers?
#
# *Hint.* `lambda context: row_of(counts, context)` is a model, and `sequence[::-1]` is the reversed list.

# %% [markdown] lang="zh"
# ## 3 从计数到概率
#
# 课上的估计是**最大似然估计**：在这个上文出现的所有场合里，后面跟着该词元的占多大比例。
#
# $$\hat p(w \mid c) = \frac{n(c, w)}{n(c)}, \qquad n(c) = \sum_{w'} n(c, w') \tag{3}$$
#
# $n(c)$ 只数后面还有词元的那些上文；有了边界符，每一处都是如此。在那四个句子里，$\hat p(\text{is} \mid \text{statistics}) = 2/3$。
#
# 如果上文从未出现过，(3) 就成了 $0/0$，怎么办？模型总得给出回答。我们让它承认自己一无所知：每个词元的概率都是 $1/V$。
#
# - `mle_row(counts, context, vocabulary_size)`：形状为 (V,) 的数组 $\hat p(\cdot \mid c)$。
# - `sequence_probability(model, sequence, order)`：$p(x) = \prod_t p(x_t \mid c_t)$，对序列的**所有**窗口求积，包括末尾的边界符。`model(context)` 给出对应的一行。
#
# 如果不算末尾的边界符，那么所有一个词的序列概率之和是 1，所有两个词的也是 1，如此等等；算上它，才是**所有**序列的概率加在一起等于 1。
#
# 再把同一段文本倒过来读：
#
# - `read_both_ways(row_of, training, sequence, order)`：返回两个数。第一个是用 `training` 的计数得到的模型给 `sequence` 的概率；第二个是把训练序列全都倒过来计数，再求倒过来的 `sequence` 的概率，也就是由**后面**的 $\tau$ 个词元来预测每个词元的模型。`row_of(counts, context)` 给出一行，例如 `lambda counts, context: mle_row(counts, context, V)`。
#
# 你猜这两个数有什么关系？
#
# *提示*：`lambda context: row_of(counts, context)` 就是一个模型，`sequence[::-1]` 是倒过来的列表。


# %% nbgrader={"grade": false, "grade_id": "markov-mle-answer", "locked": false, "schema_version": 3, "solution": true}
def mle_row(counts, context, vocabulary_size):
    """Equation (3): p(. | context), shape (V,); 1/V everywhere for a context never seen"""
    ### BEGIN SOLUTION
    if context not in counts:
        return np.full(vocabulary_size, 1 / vocabulary_size)
    row = np.zeros(vocabulary_size)
    for token, n in counts[context].items():
        row[token] = n
    return row / row.sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-mle", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("markov.mle")


# %% nbgrader={"grade": false, "grade_id": "markov-sequence-answer", "locked": false, "schema_version": 3, "solution": true}
def sequence_probability(model, sequence, order):
    """The product of p(x_t | c_t) over all windows of a list of ids; model(context) -> row (V,)"""
    ### BEGIN SOLUTION
    probability = 1.0
    for context, token in windows(sequence, order):
        probability *= model(context)[token]
    return probability
    ### END SOLUTION


def read_both_ways(row_of, training, sequence, order):
    """p(sequence), read forwards and read backwards: two numbers; row_of(counts, context) -> row"""
    ### BEGIN SOLUTION
    forwards = count_ngrams(training, order)
    backwards = count_ngrams([given[::-1] for given in training], order)
    return (
        sequence_probability(lambda c: row_of(forwards, c), sequence, order),
        sequence_probability(lambda c: row_of(backwards, c), sequence[::-1], order),
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-sequence", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("markov.sequence")

# %% nbgrader={"grade": true, "grade_id": "markov-both_directions", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("markov.both_directions")

# %% [markdown] lang="en"
# **See it.** The probabilities of some sentences, forwards and backwards. The third has never been
# written, and yet it is more probable than the first; the last one shows what maximum likelihood
# says about a pair of words that it has not met. In the columns on the right every row is mixed with a little
# of the uniform distribution, so that nothing is impossible. What has become of the equality?
#
# Then some 40 kB of English prose, in lower case. From here on a token is a character and a sequence
# is a line. The picture shows $\hat p(w \mid c)$ for the most frequent characters, $\tau = 1$: a row is a
# context. Some rows have a single dark field: what follows *q*, and what follows *v*?

# %% [markdown] lang="zh"
# **看一看。** 下面是几个句子正着读和倒着读的概率。第三句谁也没写过，概率却比第一句还大；最后一句则显示，碰到没见过的词对时最大似然估计会怎么说。右边两列里，每一行都掺进了少许均匀分布，于是没有什么是不可能的。这时两个方向还相等吗？
#
# 接着是大约 40 kB 的英文散文，全部转成小写。从这里开始，一个字符是一个词元，一行是一个序列。图中画的是 $\tau = 1$ 时最常见字符之间的 $\hat p(w \mid c)$，一行对应一个上文。有几行只有一个深色的格子：*q* 后面跟的是什么？*v* 后面呢？

# %%
if check.done("markov.vocabulary") and check.done("markov.both_directions"):
    for text in (
        "statistics is fun .",
        "statistics bores nobody .",
        "statistics is rare .",
        "nobody is useful .",
    ):
        ids, size = encode(text.split(), words), len(words)
        by_mle = read_both_ways(lambda n, c: mle_row(n, c, size), encoded, ids, 1)
        mixed = read_both_ways(
            lambda n, c: 0.9 * mle_row(n, c, size) + 0.1 / size,
            encoded,
            ids,
            1,
        )
        print(
            f"{text:25} {by_mle[0]:<7.3g} {by_mle[1]:<7.3g}   mixed {mixed[0]:<9.3g} {mixed[1]:<9.3g}"
        )


# %%
def lines_of(text):
    """A text as sequences of characters, one for each line."""
    return [list(line) for line in text.split("\n")]


def show(ids, vocabulary):
    """Ids of characters as a text."""
    return "".join(vocabulary[i] for i in ids)


training_text, held_out_text = split_held_out(load_corpus("prose_en").lower(), 0.1)
if check.done("markov.vocabulary") and check.done("markov.mle"):
    # Every character is kept: <unk> is never counted, and lives on smoothing alone.
    characters = build_vocabulary(lines_of(training_text), min_count=1)
    V = len(characters)
    training = [encode(line, characters) for line in lines_of(training_text)]
    held_out = [encode(line, characters) for line in lines_of(held_out_text)]
    print(
        f"{sum(map(len, training)):,} characters to count, {sum(map(len, held_out)):,} held out, V = {V}"
    )

    letters = [BOUNDARY, *(characters.index(c) for c in " abcdefghijklmnopqrstuvwxyz.,")]
    pairs = count_ngrams(training, order=1)
    table = np.array([mle_row(pairs, (before,), V)[letters] for before in letters])
    names = ["<s>", "␣", *(characters[i] for i in letters[2:])]
    fig, ax = plt.subplots(figsize=(7, 6.4))
    image = ax.imshow(np.sqrt(table), cmap="Blues", vmin=0, vmax=1)
    ax.set_xticks(range(len(names)), names, fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set(
        xlabel="next character $w$",
        ylabel="context $c$",
        title=r"$\hat p(w \mid c)$ in English prose",
    )
    bar = fig.colorbar(image, ticks=np.sqrt([0, 0.05, 0.2, 0.5, 1]), shrink=0.8)
    bar.ax.set_yticklabels(["0", "0.05", "0.2", "0.5", "1"])
    plt.show()

# %% [markdown] lang="en"
# ## 4 Smoothing
#
# A model that gives probability 0 to whatever it has not seen calls it impossible. Most sentences
# that will ever be written hold some pair that no training text holds; so something has to be kept
# back for what is new.
#
# **Add k.** Pretend that every token has been seen $k > 0$ more times after every context:
#
# $$p(w \mid c) = \frac{n(c, w) + k}{n(c) + k V} \tag{5}$$
#
# **Interpolation with a lower order.** Add-k treats all unseen tokens alike, but after *th* an *r* that
# never occurred is still likelier than a *q*: so says the shorter context *h*. So instead of sharing
# out the pseudo-counts evenly, share them out as the model of one order less would. Write $c'$ for $c$
# without its **oldest** token:
#
# $$
# p_\tau(w \mid c) = \lambda_c\, \hat p(w \mid c) + (1 - \lambda_c)\, p_{\tau-1}(w \mid c'), \qquad
# \lambda_c = \frac{n(c)}{n(c) + k} \tag{6}
# $$
#
# which is the same as $\dfrac{n(c, w) + k\, p_{\tau-1}(w \mid c')}{n(c) + k}$. The more often a context was seen,
# the more it is trusted; one that was never seen ($\lambda_c = 0$) leaves the word to the shorter one. At the
# bottom, below the empty context $()$ of order 0, stands $p_{-1}(w) = 1/V$: no token is impossible.
#
# - `add_k_row(counts, context, vocabulary_size, k)`: equation (5), shape (V,).
# - `interpolated_row(counts_by_order, context, vocabulary_size, k)`: equation (6), shape (V,).
#   `counts_by_order[m]` holds the counts of order $m$, for $m = 0, \dots, \tau$, and the length of `context` says
#   which order is asked for.
# - `fit(sequences, order, vocabulary_size, k)`: counts all the orders from 0 to `order` and returns the
#   model of equation (6): a function from a context of `order` ids to its row.
#
# *A number to try.* With $V = 4$, $k = 2$, $n(c, \cdot) = (0, 1, 3, 0)$ and $p_{\tau-1}(\cdot \mid c') = (0.1, 0.2, 0.3, 0.4)$
# equation (5) gives $(2, 3, 5, 2)/12$ and equation (6) gives $(0.2, 1.4, 3.6, 0.8)/6$.
#
# *Hint.* A function may call itself: the row of $c$ needs the row of `context[1:]`.

# %% [markdown] lang="zh"
# ## 4 平滑
#
# 把没见过的都判为概率 0，等于说它们不可能发生。可是将来会写下的句子，大多数都含有某个训练文本里没有的组合；所以总得留出一点概率给新东西。
#
# **加 k。** 假装在每个上文后面，每个词元都额外多见过 $k > 0$ 次：
#
# $$p(w \mid c) = \frac{n(c, w) + k}{n(c) + k V} \tag{5}$$
#
# **与低一阶的模型插值。** 加 k 对所有没见过的词元一视同仁；可是在 *th* 之后，即使 *r* 和 *q* 都没出现过，*r* 也比 *q* 更有可能，因为更短的上文 *h* 就是这么说的。所以，与其把这些虚拟的次数平均分配，不如按低一阶的模型来分配。记 $c'$ 为 $c$ 去掉**最早**的那个词元：
#
# $$
# p_\tau(w \mid c) = \lambda_c\, \hat p(w \mid c) + (1 - \lambda_c)\, p_{\tau-1}(w \mid c'), \qquad
# \lambda_c = \frac{n(c)}{n(c) + k} \tag{6}
# $$
#
# 它也等于 $\dfrac{n(c, w) + k\, p_{\tau-1}(w \mid c')}{n(c) + k}$。一个上文见得越多就越可信；从未见过的上文（$\lambda_c = 0$）则完全听凭更短的上文。最底下，在 0 阶的空上文 $()$ 之下，是 $p_{-1}(w) = 1/V$：没有哪个词元是不可能的。
#
# - `add_k_row(counts, context, vocabulary_size, k)`：公式 (5)，形状 (V,)。
# - `interpolated_row(counts_by_order, context, vocabulary_size, k)`：公式 (6)，形状 (V,)。`counts_by_order[m]` 是 $m$ 阶的计数，$m = 0, \dots, \tau$；要算哪一阶，由 `context` 的长度决定。
# - `fit(sequences, order, vocabulary_size, k)`：对 0 到 `order` 的每一阶计数，返回公式 (6) 的模型，也就是一个函数：输入由 `order` 个编号组成的上文，返回对应的一行。
#
# *可以验算的例子*：$V = 4$，$k = 2$，$n(c, \cdot) = (0, 1, 3, 0)$，$p_{\tau-1}(\cdot \mid c') = (0.1, 0.2, 0.3, 0.4)$，则公式 (5) 得 $(2, 3, 5, 2)/12$，公式 (6) 得 $(0.2, 1.4, 3.6, 0.8)/6$。
#
# *提示*：函数可以调用自己：$c$ 的那一行要用到 `context[1:]` 的那一行。


# %% nbgrader={"grade": false, "grade_id": "markov-add_k-answer", "locked": false, "schema_version": 3, "solution": true}
def add_k_row(counts, context, vocabulary_size, k):
    """Equation (5): p(. | context), shape (V,)"""
    ### BEGIN SOLUTION
    row = np.full(vocabulary_size, float(k))
    for token, n in counts.get(context, {}).items():
        row[token] += n
    return row / row.sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-add_k", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("markov.add_k")


# %% nbgrader={"grade": false, "grade_id": "markov-interpolation-answer", "locked": false, "schema_version": 3, "solution": true}
def interpolated_row(counts_by_order, context, vocabulary_size, k):
    """Equation (6): p(. | context), shape (V,); counts_by_order[m] are the counts of order m"""
    ### BEGIN SOLUTION
    if context:
        row = k * interpolated_row(counts_by_order, context[1:], vocabulary_size, k)
    else:
        row = np.full(vocabulary_size, k / vocabulary_size)
    followers = counts_by_order[len(context)].get(context, {})
    for token, n in followers.items():
        row[token] += n
    return row / (sum(followers.values()) + k)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-interpolation", "locked": true, "points": 7, "schema_version": 3, "solution": false}
check("markov.interpolation")


# %% nbgrader={"grade": false, "grade_id": "markov-model-answer", "locked": false, "schema_version": 3, "solution": true}
def fit(sequences, order, vocabulary_size, k):
    """The model of equation (6): a function from a context (tuple of `order` ids) to its row (V,)"""
    ### BEGIN SOLUTION
    counts_by_order = [count_ngrams(sequences, m) for m in range(order + 1)]
    return lambda context: interpolated_row(counts_by_order, context, vocabulary_size, k)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-model", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("markov.model")

# %% [markdown] lang="en"
# **See it.** What three models say may follow the two characters *qu*, *ly* and *zq*. The last one never
# occurs in the text.

# %% [markdown] lang="zh"
# **看一看。** 在 *qu*、*ly* 和 *zq* 这两个字符之后，三种模型各认为会出现什么。最后一个组合在文本里从未出现过。

# %%
if check.done("markov.add_k") and check.done("markov.model"):
    triples, smooth = count_ngrams(training, order=2), fit(training, 2, V, k=5.0)
    for context in (tuple(encode(pair, characters)) for pair in ("qu", "ly", "zq")):
        for name, row in (
            ("maximum likelihood", mle_row(triples, context, V)),
            ("add k = 0.1", add_k_row(triples, context, V, 0.1)),
            ("interpolated", smooth(context)),
        ):
            best = np.argsort(-row, kind="stable")[:5]
            likely = "  ".join(f"{characters[i]!r} {row[i]:.3f}" for i in best)
            print(f"{show(context, characters)}  {name:18}  {likely}   (sum {row.sum():.6f})")
        print()

# %% [markdown] lang="en"
# ## 5 How good is a model?
#
# The probability of a whole text is a tiny number, smaller the longer the text, and soon smaller than
# any that a computer can hold: $0.2^{500}$ is 0 in floating point. So take logarithms, and
# divide by the number of tokens, so that texts of different lengths can be compared:
#
# $$\pi = -\frac1T \sum_{t=1}^{T} \log p(x_t \mid c_t), \qquad \text{perplexity} = e^{\pi} \tag{4}$$
#
# The sum runs over **all windows of all sequences**, and $T$ is their number, closing boundaries included.
# The perplexity is the average number of choices: a model that spreads its probability evenly over
# 38 characters has perplexity 38, whatever the text.
#
# - `mean_nats(model, sequences, order)`: $\pi$, a number of nats per token.
# - `perplexity(model, sequences, order)`: $e^\pi$.
#
# A token to which the model gave probability 0 costs infinitely many nats. This must come out as
# `np.inf`, not as an error: `np.log(0.0)` is `-inf` (with a warning that you may ignore or switch off with
# `np.errstate(divide="ignore")`), while `math.log(0.0)` raises an error.
#
# *A number to try.* One sequence whose three windows have probabilities $\frac12, \frac14, \frac18$ has
# $\pi = 2 \ln 2 = 1.386$ nats per token and perplexity 4.

# %% [markdown] lang="zh"
# ## 5 模型有多好？
#
# 一整段文本的概率是个极小的数，文本越长越小，很快就小到计算机存不下：$0.2^{500}$ 用浮点数算出来就是 0。所以要取对数，再除以词元的个数，这样不同长度的文本才能比较：
#
# $$\pi = -\frac1T \sum_{t=1}^{T} \log p(x_t \mid c_t), \qquad \text{困惑度} = e^{\pi} \tag{4}$$
#
# 求和遍及**所有序列的所有窗口**，$T$ 是窗口的总数，末尾的边界符也算在内。困惑度就是平均有多少个选择：如果模型把概率平均分给 38 个字符，那么不管什么文本，困惑度都是 38。
#
# - `mean_nats(model, sequences, order)`：$\pi$，即平均每个词元多少纳特。
# - `perplexity(model, sequences, order)`：$e^\pi$。
#
# 如果模型给某个实际出现的词元的概率是 0，代价就是无穷多纳特。这时应得到 `np.inf`，而不是报错：`np.log(0.0)` 等于 `-inf`（会有一条警告，可以不理，也可以用 `np.errstate(divide="ignore")` 关掉），而 `math.log(0.0)` 会直接抛出异常。
#
# *可以验算的例子*：一个序列有三个窗口，概率分别是 $\frac12, \frac14, \frac18$，则 $\pi = 2 \ln 2 = 1.386$ 纳特每词元，困惑度为 4。


# %% nbgrader={"grade": false, "grade_id": "markov-nats-answer", "locked": false, "schema_version": 3, "solution": true}
def mean_nats(model, sequences, order):
    """Equation (4): the mean of -log p(token | context) over all windows of all sequences"""
    ### BEGIN SOLUTION
    seen = [
        model(context)[token]
        for sequence in sequences
        for context, token in windows(sequence, order)
    ]
    with np.errstate(divide="ignore"):
        return -np.mean(np.log(seen))
    ### END SOLUTION


def perplexity(model, sequences, order):
    """exp of the mean nats a token; infinite if a token has probability 0"""
    ### BEGIN SOLUTION
    return np.exp(mean_nats(model, sequences, order))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-nats", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("markov.nats")

# %% nbgrader={"grade": true, "grade_id": "markov-perplexity", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("markov.perplexity")

# %% [markdown] lang="en"
# **See it.** The perplexity of maximum likelihood on the very text that was counted. It falls and falls
# as $\tau$ grows. Has the model understood English by $\tau = 6$?

# %% [markdown] lang="zh"
# **看一看。** 最大似然估计在它自己数过的文本上的困惑度。$\tau$ 越大，它就降得越低。到了 $\tau = 6$，模型真的懂英语了吗？

# %%
if check.done("markov.mle") and check.done("markov.perplexity"):
    counted = training[:40]
    for order in range(7):
        counts = count_ngrams(counted, order)
        fitted = perplexity(lambda context: mle_row(counts, context, V), counted, order)
        print(
            f"tau = {order}: {len(counts):6,} contexts, perplexity on the counted text {fitted:6.2f}"
        )

# %% [markdown] lang="en"
# ## 6 Let it write
#
# A model that gives probabilities can write: draw a token from the row of the context, append it,
# draw the next one. Drawing always the likeliest would go round in circles; drawing from the row
# itself is at times too bold. In between lies the **temperature** $\theta$:
#
# $$p_\theta(w \mid c) = \frac{p(w \mid c)^{1/\theta}}{\sum_{w'} p(w' \mid c)^{1/\theta}} \tag{7}$$
#
# $\theta = 1$ changes nothing, $\theta < 1$ prefers the likely tokens even more, $\theta > 1$ evens things out.
# What is impossible stays impossible. For networks the same is written with logits, $\text{softmax}(o / \theta)$; since
# $\log p$ is a vector of logits for $p$, both are one formula.
#
# - `with_temperature(row, temperature)`: equation (7), shape (V,). It has to work for small temperatures as
#   well: $0.01^{200}$ is 0 in floating point, and $0/0$ is no distribution. So work with
#   $\log p / \theta$, and subtract the largest of these numbers before you take `np.exp`.
# - `sample(model, order, rng, temperature, max_length)`: begins with the context of a new sequence, draws token after
#   token with the generator `rng` (as made by `np.random.default_rng(seed)`), and stops when it draws the boundary or
#   has `max_length` tokens. Returns the list of ids, without boundaries.
#
# *Hint.* `rng.choice(n, p=row)` draws from $0, \dots, n - 1$. All randomness has to come from `rng`, so that the
# same seed gives the same text.

# %% [markdown] lang="zh"
# ## 6 让它写
#
# 给得出概率的模型就会写：从当前上文的那一行抽一个词元，接在后面，再抽下一个。如果每次都取最可能的，写着写着就会原地打转；完全照着那一行来抽，有时又太大胆。两者之间可以用**温度** $\theta$ 来调节：
#
# $$p_\theta(w \mid c) = \frac{p(w \mid c)^{1/\theta}}{\sum_{w'} p(w' \mid c)^{1/\theta}} \tag{7}$$
#
# $\theta = 1$ 什么都不变，$\theta < 1$ 更加偏爱可能性大的词元，$\theta > 1$ 则把差别拉平。不可能的仍然不可能。在神经网络里，同样的式子用 logits 写成 $\text{softmax}(o / \theta)$；由于 $\log p$ 就是 $p$ 的一组 logits，两者是同一个公式。
#
# - `with_temperature(row, temperature)`：公式 (7)，形状 (V,)。温度很低时也要能用：$0.01^{200}$ 用浮点数算出来是 0，而 $0/0$ 不是分布。所以请先算 $\log p / \theta$，减去其中的最大值，再取 `np.exp`。
# - `sample(model, order, rng, temperature, max_length)`：从新序列开头的上文出发，用随机数生成器 `rng`（由 `np.random.default_rng(seed)` 得到）一个接一个地抽词元，抽到边界符就停，满 `max_length` 个也停。返回编号的列表，不含边界符。
#
# *提示*：`rng.choice(n, p=row)` 从 $0, \dots, n - 1$ 中抽取。所有随机性都必须来自 `rng`，这样同一个种子才会写出同一段文本。


# %% nbgrader={"grade": false, "grade_id": "markov-temperature-answer", "locked": false, "schema_version": 3, "solution": true}
def with_temperature(row, temperature):
    """Equation (7): a row (V,) made sharper (temperature < 1) or flatter (> 1)"""
    ### BEGIN SOLUTION
    with np.errstate(divide="ignore"):
        logits = np.log(row) / temperature
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-temperature", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("markov.temperature")


# %% nbgrader={"grade": false, "grade_id": "markov-sampling-answer", "locked": false, "schema_version": 3, "solution": true}
def sample(model, order, rng, temperature, max_length):
    """Draw a new sequence, at most `max_length` ids; the boundary ends it and is not in it"""
    ### BEGIN SOLUTION
    ids = [BOUNDARY] * order
    while len(ids) < order + max_length:
        row = with_temperature(model(tuple(ids[len(ids) - order :])), temperature)
        token = int(rng.choice(len(row), p=row))
        if token == BOUNDARY:
            break
        ids.append(token)
    return ids[order:]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-sampling", "locked": true, "points": 6, "schema_version": 3, "solution": false}
check("markov.sampling")

# %% [markdown] lang="en"
# **See it.** Your model writes English, with more and more context, then at three temperatures. From which
# $\tau$ on are most of the words real ones? And is that knowledge or a good memory?

# %% [markdown] lang="zh"
# **看一看。** 你的模型开始写英文：先是上文越来越长，然后是三种温度。从哪个 $\tau$ 起，大部分单词是真的？这算是知识，还是只是记性好？

# %%
if check.done("markov.model") and check.done("markov.sampling"):
    rng = np.random.default_rng(3)

    def written(model, order, temperature):
        """The longest of some lines: every other line of the text is empty."""
        drawn = [sample(model, order, rng, temperature, 100) for _ in range(8)]
        return show(max(drawn, key=len), characters)

    for order in range(6):
        model = fit(training, order, V, k=1.0)
        print(f"tau = {order}: {written(model, order, 1.0)}\n")
    for temperature in (0.3, 0.7, 1.5):
        print(f"temperature {temperature}: {written(model, 5, temperature)}\n")

# %% [markdown] lang="en"
# ## 7 How much of the past is worth looking at?
#
# On the text that was counted, a longer context is always better (task 5). That says nothing: the
# model is asked for what it has seen. What counts is text that it has **not** seen. There, two things
# can go wrong with a window:
#
# 1. its context was never seen: maximum likelihood falls back to $1/V$;
# 2. its context was seen, but never with this token: maximum likelihood says 0, and a single such
#    window makes the perplexity of the whole text **infinite**.
#
# - `unseen(counts, sequences, order)`: both as shares of all windows of `sequences`: two numbers between 0
#   and 1, the first for case 1, the second for case 2.
# - `best_order(training, validation, orders, vocabulary_size, k)`: fits the interpolated model (`fit`) to
#   `training` with each of the given `orders`, and returns the order whose perplexity on `validation` is lowest, and the
#   list of all these perplexities, in the sequence of `orders`.
#
# To *choose* something ($\tau$, $k$) we need a text that is neither counted nor used for the final number,
# a **validation** text: a choice made on the held-out text would fit that text a little, and the
# number would no longer be an honest one. So we cut it off the end of the training text.

# %% [markdown] lang="zh"
# ## 7 往回看多远才值得？
#
# 在自己数过的文本上，上文总是越长越好（任务 5）。可这什么也说明不了：问的都是它见过的东西。要紧的是它**没**见过的文本。在那里，一个窗口可能出两种问题：
#
# 1. 上文从未见过：最大似然估计只能退回到 $1/V$；
# 2. 上文见过，但从未和这个词元一起出现：最大似然估计给出 0，只要有一个这样的窗口，整段文本的困惑度就是**无穷大**。
#
# - `unseen(counts, sequences, order)`：这两种窗口各占 `sequences` 所有窗口的比例，返回 0 到 1 之间的两个数，第一个对应情形 1，第二个对应情形 2。
# - `best_order(training, validation, orders, vocabulary_size, k)`：对 `orders` 中的每一阶，用 `training` 拟合插值模型（即 `fit`），返回在 `validation` 上困惑度最低的那一阶，以及所有这些困惑度的列表，次序与 `orders` 相同。
#
# 要**挑选**什么（$\tau$ 也好，$k$ 也好），需要一段既没有数过、也不用来报告最终成绩的文本，即**验证**文本。如果拿留出文本来挑选，结果就会多多少少迁就那段文本，报告的数字便不再公正。所以我们从训练文本的末尾切下一段来做验证。


# %% nbgrader={"grade": false, "grade_id": "markov-unseen-answer", "locked": false, "schema_version": 3, "solution": true}
def unseen(counts, sequences, order):
    """Shares of windows: (context never seen, context seen but never with this token)"""
    ### BEGIN SOLUTION
    pairs = [pair for sequence in sequences for pair in windows(sequence, order)]
    new_context = [context not in counts for context, _ in pairs]
    new_token = [context in counts and token not in counts[context] for context, token in pairs]
    return np.mean(new_context), np.mean(new_token)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-unseen", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("markov.unseen")


# %% nbgrader={"grade": false, "grade_id": "markov-best_order-answer", "locked": false, "schema_version": 3, "solution": true}
def best_order(training, validation, orders, vocabulary_size, k):
    """(the order with the lowest perplexity on `validation`, [perplexity of each of `orders`])"""
    ### BEGIN SOLUTION
    found = [
        perplexity(fit(training, order, vocabulary_size, k), validation, order) for order in orders
    ]
    return orders[int(np.argmin(found))], found
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-best_order", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("markov.best_order")

# %% [markdown] lang="en"
# **See it.** The last lines of the training text serve as validation text. On the left, the two kinds of
# unseen windows; on the right, perplexities: maximum likelihood is infinite (arrows at the edge), add-k soon
# gets lost, interpolation has its best $\tau$ and grows slowly worse from there.

# %% [markdown] lang="zh"
# **看一看。** 训练文本的最后几行用作验证文本。左图是两种没见过的窗口；右图是困惑度：最大似然估计是无穷大（画在上边缘的箭头），加 k 很快就不行了，插值则有一个最好的 $\tau$，过了之后缓缓变差。

# %%
if all(map(check.done, ("markov.add_k", "markov.unseen", "markov.best_order"))):
    fit_text, validation_text = split_held_out(training_text, 0.1)
    fitting = [encode(line, characters) for line in lines_of(fit_text)]
    validation = [encode(line, characters) for line in lines_of(validation_text)]
    orders = list(range(8))
    best, interpolated = best_order(fitting, validation, orders, V, k=5.0)

    shares, by_mle, by_add_k = [], [], []
    for order in orders:
        counts = count_ngrams(fitting, order)
        shares.append(unseen(counts, validation, order))
        by_mle.append(perplexity(lambda c: mle_row(counts, c, V), validation, order))
        by_add_k.append(perplexity(lambda c: add_k_row(counts, c, V, 0.1), validation, order))
    print("maximum likelihood:", [round(float(value), 2) for value in by_mle])
    print(f"interpolated, k = 5: best tau {best}, perplexity {min(interpolated):.2f}")

    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
    contexts, tokens = np.array(shares).T
    left.stackplot(
        orders,
        tokens,
        contexts,
        labels=["seen context, new token", "new context"],
        colors=["#D55E00", "#999999"],
    )
    left.set(xlabel=r"$\tau$", ylabel="share of validation windows", ylim=(0, 1))
    left.legend(loc="upper left")
    right.plot(orders, by_add_k, "s--", color="#D55E00", label="add k = 0.1")
    right.plot(orders, interpolated, "o-", color="#0072B2", label="interpolated, k = 5")
    infinite = [order for order, value in zip(orders, by_mle, strict=True) if np.isinf(value)]
    right.plot(infinite, [52] * len(infinite), "k^", label="maximum likelihood: infinite")
    right.plot(best, min(interpolated), "o", ms=13, mfc="none", color="#0072B2")
    right.set(xlabel=r"$\tau$", ylabel="validation perplexity", yscale="log", ylim=(4, 60))
    right.set_yticks([5, 10, 20, 30], ["5", "10", "20", "30"])
    right.minorticks_off()
    right.legend(fontsize=8, loc="upper right", bbox_to_anchor=(1.0, 0.93))
    fig.tight_layout()
    plt.show()

# %% [markdown] lang="en"
# ### Your model of English
#
# Now hand in the best model that you can make of this text by counting:
#
# - `text_model(training, vocabulary_size)`: fits a model to the list of sequences `training` and returns two
#   things, the model and its order (at most 8).
#
# It is graded as a distribution on the held-out lines: the grader asks for the row of every context there, checks that each one
# sums to 1, and computes the perplexity itself. **It has to be at most 5.20.** Equation (6) reaches that with a $\tau$ and a $k$ that you
# choose on the validation text; any other smoothing is as welcome.
#
# | model, same training text and same held-out text | perplexity |
# |---|---|
# | uniform | 38.00 |
# | unigram ($\tau = 0$) | 18.07 |
# | bigram ($\tau = 1$), Witten-Bell smoothing | 9.74 |
# | trigram ($\tau = 2$), Witten-Bell | 6.06 |
# | GRU, 64 units, 12 epochs (unit 4 of this course) | 5.22 |
# | 4-gram ($\tau = 3$), Witten-Bell | 4.84 |
# | 7-gram ($\tau = 6$), Kneser-Ney smoothing | 4.32 |
#
# Use the argument `training`, not the variables of this notebook, and never the held-out text.

# %% [markdown] lang="zh"
# ### 你的英文模型
#
# 现在，请交出你靠计数能为这段文本造出的最好的模型：
#
# - `text_model(training, vocabulary_size)`：用序列的列表 `training` 拟合一个模型，返回两样东西：模型，以及它的阶（不超过 8）。
#
# 它会在留出文本上作为概率分布来评分：评分程序索要那里每一个上文对应的行，检查每行之和是否为 1，再自己算出困惑度。**困惑度不得超过 5.20。** 用公式 (6)，在验证文本上挑选合适的 $\tau$ 和 $k$ 就能达到；用别的平滑方法也同样欢迎。
#
# | 模型（训练文本和留出文本都相同） | 困惑度 |
# |---|---|
# | 均匀分布 | 38.00 |
# | 一元模型（$\tau = 0$） | 18.07 |
# | 二元模型（$\tau = 1$），Witten-Bell 平滑 | 9.74 |
# | 三元模型（$\tau = 2$），Witten-Bell 平滑 | 6.06 |
# | GRU，64 个单元，训练 12 轮（本课程第 4 单元） | 5.22 |
# | 四元模型（$\tau = 3$），Witten-Bell 平滑 | 4.84 |
# | 七元模型（$\tau = 6$），Kneser-Ney 平滑 | 4.32 |
#
# 请使用参数 `training`，不要用笔记本里的变量，更不要碰留出文本。


# %% nbgrader={"grade": false, "grade_id": "markov-result-answer", "locked": false, "schema_version": 3, "solution": true}
def text_model(training, vocabulary_size):
    """A model of the text and its order: (function from a context to its row (V,), order)"""
    ### BEGIN SOLUTION
    order = 4
    return fit(training, order, vocabulary_size, k=5.0), order
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-result", "locked": true, "points": 4, "schema_version": 3, "solution": false}
check("markov.result")

# %% [markdown] lang="en"
# **See it: the ladder.** Your model beside simpler ones, all on the held-out lines. The networks of the
# following units will be measured on the same text. Below it, the same exercise in Chinese: 10,000
# characters of prose with about 1,000 different ones. Why is the best $\tau$ so much smaller there?

# %% [markdown] lang="zh"
# **看一看：阶梯。** 你的模型和更简单的模型放在一起，都在留出文本上测量。后面各单元的网络也会在同一段文本上比较。再往下是中文：一万字的散文，大约有一千个不同的字。为什么那里最好的 $\tau$ 要小得多？

# %%
if check.done("markov.perplexity") and check.done("markov.result"):
    rungs = [("uniform", float(V))]
    for order, name in enumerate(("unigram", "bigram", "trigram")):
        rungs.append((name, float(perplexity(fit(training, order, V, k=5.0), held_out, order))))
    model, order = text_model(training, V)
    rungs.append(("your model", float(perplexity(model, held_out, order))))
    display(plots.ladder(rungs, own="your model", threshold=5.20))

if check.done("markov.best_order"):
    prose, _ = split_held_out(load_corpus("prose_zh"), 0.1)
    first, last = split_held_out(prose, 0.1)
    signs = build_vocabulary(lines_of(first), min_count=1)
    parts = [[encode(line, signs) for line in lines_of(part)] for part in (first, last)]
    best, found = best_order(*parts, list(range(5)), len(signs), k=5.0)
    print(
        f"Chinese, V = {len(signs)}: best tau {best};",
        "perplexity by tau:",
        [round(float(p)) for p in found],
    )

# %% [markdown] lang="en"
# ## 8 How good could any model be?
#
# Of English nobody knows. But of a text that we have made ourselves, we do. Let $P$ be a table of shape (V, V),
# $P_{ij} = p(x_t = j \mid x_{t-1} = i)$: a source that really is a Markov chain with $\tau = 1$ (the boundary
# is one of its tokens: after it, a new sequence begins). After a long time, token $i$ stands in a share
# $\pi_i$ of all places, the **stationary distribution**, which one more step does not change:
#
# $$\pi_j = \sum_i \pi_i P_{ij}, \qquad \sum_i \pi_i = 1 \tag{8}$$
#
# In context $i$ the next token is uncertain by the entropy of the row $P_i$, so on average, per token, the
# source is uncertain by its **entropy rate**
#
# $$H = -\sum_i \pi_i \sum_j P_{ij} \log P_{ij} \tag{9}$$
#
# A model with the rows $Q_i$ in place of $P_i$ pays, on average and per token,
#
# $$C = -\sum_i \pi_i \sum_j P_{ij} \log Q_{ij} \;=\; H + \sum_i \pi_i \sum_j P_{ij} \log \frac{P_{ij}}{Q_{ij}} \;\ge\; H. \tag{10}$$
#
# The last sum is a Kullback-Leibler divergence: never negative as long as the rows of $Q$ sum to at most 1, and 0 only if
# $Q = P$. So **the expected perplexity of any model is at least $e^H$**, and a good model comes close. Whoever reports less has
# made a mistake, or was lucky with a short text, or has measured on the training text.
#
# - `stationary(P)`: $\pi$, shape (V,). $P$ is such that there is exactly one, and that $\pi P^n$ tends to it.
# - `entropy_rate(P)`: $H$ in nats per token. Some entries of $P$ are 0; such a step never happens and costs
#   nothing: $0 \log 0 = 0$.
# - `expected_nats(P, Q)`: $C$ in nats per token; infinite where $Q$ excludes what $P$ does.
#
# *A number to try.* $P = \begin{pmatrix} 0.9 & 0.1 \\ 0.5 & 0.5 \end{pmatrix}$ has $\pi = (5/6, 1/6)$ and $H = 0.386$; with
# $Q = \begin{pmatrix} 0.5 & 0.5 \\ 0.5 & 0.5 \end{pmatrix}$ one pays $\ln 2 = 0.693$.
#
# *Hint.* Either multiply $\pi$ by $P$ until nothing changes, or solve the equations (8), or take the eigenvector of
# `P.T` for the eigenvalue 1.

# %% [markdown] lang="zh"
# ## 8 任何模型最好能有多好？
#
# 对于英语，没有人知道答案。但如果文本是我们自己造出来的，就能知道。设 $P$ 是形状为 (V, V) 的表，$P_{ij} = p(x_t = j \mid x_{t-1} = i)$：这是一个货真价实的 $\tau = 1$ 的马尔可夫链信源（边界符也是它的一个词元，之后开始新的序列）。时间长了，词元 $i$ 在所有位置中占的比例是 $\pi_i$，这就是**平稳分布**，再走一步也不会改变：
#
# $$\pi_j = \sum_i \pi_i P_{ij}, \qquad \sum_i \pi_i = 1 \tag{8}$$
#
# 上文为 $i$ 时，下一个词元的不确定程度就是 $P_i$ 这一行的熵；平均到每个词元，信源的不确定程度就是它的**熵率**：
#
# $$H = -\sum_i \pi_i \sum_j P_{ij} \log P_{ij} \tag{9}$$
#
# 如果模型用的是 $Q_i$ 而不是 $P_i$，平均每个词元付出的代价是
#
# $$C = -\sum_i \pi_i \sum_j P_{ij} \log Q_{ij} \;=\; H + \sum_i \pi_i \sum_j P_{ij} \log \frac{P_{ij}}{Q_{ij}} \;\ge\; H. \tag{10}$$
#
# 最后那个和是 Kullback-Leibler 散度：只要 $Q$ 的每一行之和不超过 1，它就不会是负的，而且只有 $Q = P$ 时才为 0。所以，**任何模型的期望困惑度都不低于 $e^H$**，好的模型则会很接近它。谁报告的数字比这还低，要么是算错了，要么是文本太短碰了运气，要么是在训练文本上测的。
#
# - `stationary(P)`：$\pi$，形状 (V,)。所给的 $P$ 恰好有一个平稳分布，而且 $\pi P^n$ 会趋向它。
# - `entropy_rate(P)`：$H$，单位是纳特每词元。$P$ 中有些元素是 0，这样的一步从不发生，也就没有代价：$0 \log 0 = 0$。
# - `expected_nats(P, Q)`：$C$，单位是纳特每词元；如果 $Q$ 排除了 $P$ 会做的事，就是无穷大。
#
# *可以验算的例子*：$P = \begin{pmatrix} 0.9 & 0.1 \\ 0.5 & 0.5 \end{pmatrix}$ 的 $\pi = (5/6, 1/6)$，$H = 0.386$；若 $Q = \begin{pmatrix} 0.5 & 0.5 \\ 0.5 & 0.5 \end{pmatrix}$，代价是 $\ln 2 = 0.693$。
#
# *提示*：可以反复用 $P$ 去乘 $\pi$，直到不再变化；可以解方程组 (8)；也可以取 `P.T` 对应于特征值 1 的特征向量。


# %% nbgrader={"grade": false, "grade_id": "markov-entropy_rate-answer", "locked": false, "schema_version": 3, "solution": true}
def stationary(P):
    """Equation (8): the distribution (V,) that one more step with P (V, V) does not change"""
    ### BEGIN SOLUTION
    equations = np.vstack([P.T - np.eye(len(P)), np.ones(len(P))])
    return np.linalg.lstsq(equations, np.append(np.zeros(len(P)), 1.0), rcond=None)[0]
    ### END SOLUTION


def entropy_rate(P):
    """Equation (9): nats a token"""
    ### BEGIN SOLUTION
    return -stationary(P) @ (P * np.log(np.where(P > 0, P, 1.0))).sum(axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-entropy_rate", "locked": true, "points": 5, "schema_version": 3, "solution": false}
check("markov.entropy_rate")


# %% nbgrader={"grade": false, "grade_id": "markov-known_source-answer", "locked": false, "schema_version": 3, "solution": true}
def expected_nats(P, Q):
    """Equation (10): what a model with the rows Q pays on the source P, in nats a token"""
    ### BEGIN SOLUTION
    with np.errstate(divide="ignore"):
        nats = -np.log(np.where(P > 0, Q, 1.0))
    return stationary(P) @ (P * nats).sum(axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "markov-known_source", "locked": true, "points": 3, "schema_version": 3, "solution": false}
check("markov.known_source")

# %% [markdown] lang="en"
# **See it.** Your sampler writes a text with the source $P$, your `fit` learns from the first tokens of it. The
# expected perplexity comes down to $e^H$ and stops there; without a context ($\tau = 0$) it stops higher. The
# perplexity on the *counted* text, though, begins below the line: the model has learned the chance in its sample by heart.

# %% [markdown] lang="zh"
# **看一看。** 用你的 `sample` 按信源 $P$ 写一段文本，再用你的 `fit` 从它的开头学起。期望困惑度一路降到 $e^H$ 就停住了；不看上文（$\tau = 0$）则停在更高的地方。而在**数过**的文本上，困惑度一开始竟在线的下方：模型把样本里的偶然也背下来了。

# %%
if all(map(check.done, ("markov.sampling", "markov.perplexity", "markov.known_source"))):
    source_rng = np.random.default_rng(8)
    P = source_rng.dirichlet(np.full(6, 0.6), size=6)
    floor = np.exp(entropy_rate(P))
    made = [sample(lambda context: P[context[0]], 1, source_rng, 1.0, 1000) for _ in range(4000)]
    ends = np.cumsum([len(sequence) + 1 for sequence in made])
    print(f"{ends[-1]:,} tokens; exp(entropy rate) = {floor:.4f}")

    sizes, expected, on_counted = [], {0: [], 1: []}, []
    for number in np.unique(np.geomspace(5, len(made), 25).astype(int)):
        given = made[:number]
        sizes.append(ends[number - 1])
        for order, found in expected.items():
            learned = fit(given, order, 6, k=1.0)
            Q = np.array([learned((before,) * order) for before in range(6)])
            found.append(np.exp(expected_nats(P, Q)))
        counts = count_ngrams(given, 1)
        on_counted.append(perplexity(lambda c: mle_row(counts, c, 6), given, 1))

    fig, ax = plt.subplots(figsize=(7, 3.6))
    ax.semilogx(sizes, expected[0], "s-", color="#E69F00", label=r"expected, $\tau = 0$")
    ax.semilogx(sizes, expected[1], "o-", color="#0072B2", label=r"expected, $\tau = 1$")
    ax.semilogx(
        sizes,
        on_counted,
        "^--",
        color="#D55E00",
        label="maximum likelihood, counted text",
    )
    ax.axhline(floor, color="black", lw=1, label="$e^H$")
    ax.set(xlabel="tokens counted", ylabel="perplexity", title="A source of known entropy")
    ax.legend(loc="center right", bbox_to_anchor=(1.0, 0.66))
    plt.show()

# %% [markdown] lang="en"
# ## Written question (6 points)
#
# Answer in your own words, two to four sentences each. A person reads this.
#
# 1. On the counted text the perplexity of maximum likelihood falls with every further token of context; on held-out
#    text it is infinite. Explain both, with your shares of unseen windows. Why does it not help simply to leave out the windows of
#    probability 0?
# 2. Maximum likelihood with boundaries gives a sentence the same probability forwards and backwards. Why? Does the
#    interpolated model of equation (6) do so as well, and if not, does that contradict the chain rule?
# 3. A classmate reports a held-out perplexity below $e^H$ on the source of task 8. Name three different explanations, and
#    for each a test that would show whether it is the true one.

# %% [markdown] lang="zh"
# ## 问答题（6 分）
#
# 请用自己的话回答，每小题两到四句。这道题由老师批改。
#
# 1. 在数过的文本上，上文每加长一个词元，最大似然估计的困惑度就降一些；在留出文本上它却是无穷大。请结合你算出的“没见过的窗口”的比例，解释这两件事。为什么不能干脆把概率为 0 的窗口去掉不算？
# 2. 带边界符的最大似然估计，给一个句子正着读和倒着读的概率是相同的。为什么？公式 (6) 的插值模型也是这样吗？如果不是，这和链式法则矛盾吗？
# 3. 一位同学报告说，他在任务 8 的信源上测得的留出困惑度低于 $e^H$。请给出三种不同的解释，并为每一种说出一个能够判断它是否属实的检验办法。

# %% [markdown] lang="en" nbgrader={"grade": true, "grade_id": "markov-written", "locked": false, "points": 6, "schema_version": 3, "solution": true}
# **Your answer** (edit this cell):
#
# ### BEGIN SOLUTION
# *1 (2 points).* With a longer context each one occurs less often, in the end once, and then its only successor gets probability 1: the model recites. On new text the share of contexts never met grows towards one, and among those that were met there is always some successor that was not; one zero makes the mean logarithm infinite. Leaving such windows out removes exactly the hardest tokens from the sum and from T, so a model that excludes more would look better; the probabilities that are left still sum to 1 and would have to be lowered to make room.
#
# *2 (2 points).* Forwards the probability is the product of the counts of all n-grams of the sentence over the product of the counts of their contexts; backwards it is the same n-grams over the same shorter pieces, because each piece inside boundaries is followed as often as it is preceded. Interpolation mixes in lower orders with weights that depend on the context, which is another one when reading from the end, so the two numbers differ in general. The chain rule is not violated: it says that one joint distribution can be factored both ways, while here two models with different joints were fitted.
#
# *3 (2 points).* Chance on a short sample: draw more texts, or a longer one, and the mean rises to the floor. Rows that sum to more than 1, for instance back-off without a discount: sum the rows. Measured on counted text, or with held-out sequences in the counts: fit again without them. Also: tokens left out of the sum or of T, such as unknown ones or boundaries, shown by counting T; logarithms to another base, shown by the uniform model, whose perplexity must be V.
#
# *Rubric.* Two points for each part, one for the claim and one for the reason. Part 1: needs memorising and the single zero; half a point off without a reason against leaving out. Part 2: any counting argument that shows symmetric counts; one point for seeing that two different joints were fitted. Part 3: three explanations with a test each for full marks, one point for two.
# ### END SOLUTION

# %% [markdown] lang="zh" nbgrader={"grade": true, "grade_id": "markov-written", "locked": false, "points": 6, "schema_version": 3, "solution": true}
# **你的回答**（请编辑本单元格）：
#
# ### BEGIN SOLUTION
# *1（2 分）。* 上文越长，每个上文出现得就越少，最后只出现一次，它唯一的后继概率就成了 1：模型是在背书。在新文本上，从未见过的上文所占比例趋近于 1，而在见过的上文里，总有某个后继没见过；只要有一个 0，平均对数就是无穷。把这样的窗口去掉，等于恰好把最难的词元从总和与 T 里删掉，于是排除得越多的模型反而显得越好；而剩下的概率之和仍然是 1，本该降低一些才能给它们腾出位置。
#
# *2（2 分）。* 正着读，概率等于句中所有 n 元组的次数之积除以各自上文的次数之积；倒着读，分子是同样的 n 元组，分母是同样的短片段，因为在边界符之间，每个片段后面跟着词元的次数和前面有词元的次数是一样的。插值模型混入了低阶模型，权重取决于上文，而倒着读时上文变了，所以两个数一般不相等。这并不违背链式法则：链式法则说的是同一个联合分布可以用两种方式分解，而这里拟合出的是两个联合分布不同的模型。
#
# *3（2 分）。* 样本短，碰了运气：多抽几段或抽一段更长的文本，平均值就会回到下限之上。行的和大于 1，例如回退时没有打折扣：把各行加起来看。在数过的文本上测量，或者留出序列混进了计数：去掉之后重新拟合。此外还有：总和或 T 里漏掉了某些词元（未知词元、边界符），数一数 T 就知道；对数的底不对，用均匀模型检验，它的困惑度必须等于 V。
#
# *评分标准。* 每小题 2 分，结论 1 分、理由 1 分。第 1 题：要说到“背书”和“一个 0 就够了”；没有说明为何不能去掉的，扣半分。第 2 题：任何能说明计数对称的论证都可以；看出拟合的是两个不同的联合分布，得 1 分。第 3 题：三种解释各配一个检验得满分，只有两种得 1 分。
# ### END SOLUTION
