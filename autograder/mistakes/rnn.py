"""Mistakes of the rnn unit, tasks 1 to 5: vectors, states, probabilities, losses. Read as source."""
# ruff: noqa: F821, N805, N806
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 1 one-hot vectors and embeddings -----------------------------------------------------------


class OneHotFromOne(Mistake):
    """You count ids from 1. They begin at 0, so id 0 has its 1 at the first place."""

    caught_by = "rnn.one_hot"
    zh = "你把编号当成从 1 开始。编号从 0 开始，编号 0 的 1 在第一个位置。"

    def one_hot(ids, vocabulary_size):
        return np.eye(vocabulary_size)[ids - 1]


class OneHotHoldsTheId(Mistake):
    """You put the id itself at its place; the entry of a one-hot vector is 1 for every token."""

    caught_by = "rnn.one_hot"
    zh = "你在那个位置上放的是编号本身；独热向量里无论哪个词元都放 1。"

    def one_hot(ids, vocabulary_size):
        return np.eye(vocabulary_size)[ids] * ids[..., None]


class OneHotAxisFirst(Mistake):
    """Your vocabulary axis stands first. It has to be the last: (batch, time, vocabulary)."""

    caught_by = "rnn.one_hot"
    zh = "你的词表轴在最前面。它应该在最后：(batch, time, vocabulary)。"

    def one_hot(ids, vocabulary_size):
        return np.moveaxis(np.eye(vocabulary_size)[ids], -1, 0)


class OneHotAsLongAsTheLargestId(Mistake):
    """Your vectors are as long as the largest id that occurs; expected vocabulary_size."""

    caught_by = "rnn.one_hot"
    zh = "你的向量只有出现过的最大编号那么长；长度应为 vocabulary_size。"

    def one_hot(ids, vocabulary_size):
        return np.eye(ids.max() + 1)[ids]


class OneHotInverted(Mistake):
    """You have 0 and 1 the wrong way round: 1 at the token's place, 0 elsewhere."""

    caught_by = "rnn.one_hot"
    zh = "你把 0 和 1 弄反了：词元的位置上是 1，其余是 0。"

    def one_hot(ids, vocabulary_size):
        return 1 - np.eye(vocabulary_size)[ids]


class OneHotRowsOnly(Mistake):
    """Your one_hot flattens the ids: (batch, time) has to become (batch, time, vocabulary)."""

    caught_by = "rnn.one_hot"
    zh = "你的 one_hot 把编号拉平了：(batch, time) 应变成 (batch, time, vocabulary)。"

    def one_hot(ids, vocabulary_size):
        return np.eye(vocabulary_size)[ids.ravel()]


class EmbedsTheLargestOnly(Mistake):
    """You take the row of the largest entry. The product V E adds all rows, each with its weight."""

    caught_by = "rnn.embed"
    zh = "你只取了最大分量对应的那一行。乘积 V E 是把所有的行按分量加权相加。"

    def embed(vectors, E):
        return E[vectors.argmax(axis=-1)]


class EmbedNormalised(Mistake):
    """You divide by the sum of the weights. The product V E does not."""

    caught_by = "rnn.embed"
    zh = "你除以了权重之和。乘积 V E 并不这样做。"

    def embed(vectors, E):
        return vectors @ E / vectors.sum(axis=-1, keepdims=True)


class EmbedSummedOverTime(Mistake):
    """Your product also sums over time: one vector a row of the batch. Each token has its own."""

    caught_by = "rnn.embed"
    zh = "你的乘积把时间也加起来了，每行只剩一个向量。每个词元都应有自己的向量。"

    def embed(vectors, E):
        return np.einsum("btv,vf->bf", vectors, E)


class EmbedTransposed(Mistake):
    """You multiply by E transposed. Tokens are the rows of E: the product is vectors @ E."""

    caught_by = "rnn.embed"
    explains = False
    zh = "你乘的是 E 的转置。E 的每一行是一个词元：乘积是 vectors @ E。"

    def embed(vectors, E):
        return vectors @ E.T


class LookUpColumns(Mistake):
    """You read columns of E. Every token has a row: E[ids]."""

    caught_by = "rnn.look_up"
    explains = False
    zh = "你取的是 E 的列。每个词元占一行：E[ids]。"

    def look_up(ids, E):
        if ids.max() >= E.shape[1]:
            raise IndexError(f"index {ids.max()} is out of bounds for axis 1")
        return E[:, ids]


class LookUpOneBefore(Mistake):
    """You read the row before: ids begin at 0, and so do the rows of E."""

    caught_by = "rnn.look_up"
    zh = "你取的是前一行：编号从 0 开始，E 的行也从 0 开始。"

    def look_up(ids, E):
        return E[ids - 1]


class LookUpFlat(Mistake):
    """np.take without an axis reads single numbers of E; take whole rows with axis=0."""

    caught_by = "rnn.look_up"
    zh = "不写 axis 的 np.take 只取 E 里单个的数；请用 axis=0 取整行。"

    def look_up(ids, E):
        return np.take(E, ids)


class LookUpMasksZero(Mistake):
    """You give token 0 a vector of zeros. It is a token like the others and has its row in E."""

    caught_by = "rnn.look_up"
    zh = "你给词元 0 的是零向量。它和别的词元一样，在 E 里有自己的一行。"

    def look_up(ids, E):
        return E[ids] * (ids != 0)[..., None]


# --- 2 one step ---------------------------------------------------------------------------------


class SumOfTanhs(Mistake):
    """You add two tanh's. Equation (1) adds first and takes tanh of the sum."""

    caught_by = "rnn.one_step"
    zh = "你把两个 tanh 相加。公式 (1) 是先相加，再取 tanh。"

    def rnn_step(x, h_prev, params):
        return np.tanh(x @ params["W_xh"] + params["b_h"]) + np.tanh(h_prev @ params["W_hh"])


class StepWithoutBias(Mistake):
    """Your step leaves out the bias b_h of equation (1)."""

    caught_by = "rnn.one_step"
    zh = "你的一步漏掉了公式 (1) 中的偏置 b_h。"

    def rnn_step(x, h_prev, params):
        return np.tanh(x @ params["W_xh"] + h_prev @ params["W_hh"])


class StepBiasTwice(Mistake):
    """You add b_h twice (once for x, once for h). Equation (1) has one bias."""

    caught_by = "rnn.one_step"
    zh = "你把 b_h 加了两次（x 一次，h 一次）。公式 (1) 只有一个偏置。"

    def rnn_step(x, h_prev, params):
        b = params["b_h"]
        return np.tanh(x @ params["W_xh"] + b + h_prev @ params["W_hh"] + b)


class StepBiasOutside(Mistake):
    """You add the bias after tanh. In equation (1) b_h stands inside."""

    caught_by = "rnn.one_step"
    zh = "你在 tanh 之后才加偏置。公式 (1) 中 b_h 在里面。"

    def rnn_step(x, h_prev, params):
        return np.tanh(x @ params["W_xh"] + h_prev @ params["W_hh"]) + params["b_h"]


class StepTransposed(Mistake):
    """You multiply by W_hh transposed. With rows as batch, equation (1) is h_{t-1} W_hh."""

    caught_by = "rnn.one_step"
    zh = "你乘的是 W_hh 的转置。样本按行排列时，公式 (1) 是 h_{t-1} W_hh。"

    def rnn_step(x, h_prev, params):
        return np.tanh(x @ params["W_xh"] + h_prev @ params["W_hh"].T + params["b_h"])


class StepIgnoresState(Mistake):
    """Your step looks at x_t only. Equation (1) also has the term h_{t-1} W_hh."""

    caught_by = "rnn.one_step"
    zh = "你的一步只看 x_t。公式 (1) 还有 h_{t-1} W_hh 这一项。"

    def rnn_step(x, h_prev, params):
        return np.tanh(x @ params["W_xh"] + params["b_h"])


class StepIgnoresInput(Mistake):
    """Your step looks at h_{t-1} only. Equation (1) also has the term x_t W_xh."""

    caught_by = "rnn.one_step"
    zh = "你的一步只看 h_{t-1}。公式 (1) 还有 x_t W_xh 这一项。"

    def rnn_step(x, h_prev, params):
        return np.tanh(h_prev @ params["W_hh"] + params["b_h"])


class StepWithSigmoid(Mistake):
    """Your step uses the logistic function, so no state is ever negative. Equation (1) uses tanh."""

    caught_by = "rnn.one_step"
    zh = "你的一步用了 logistic 函数，状态永远不会是负的。公式 (1) 用 tanh。"

    def rnn_step(x, h_prev, params):
        return 1 / (1 + np.exp(-(x @ params["W_xh"] + h_prev @ params["W_hh"] + params["b_h"])))


class StepWithReLU(Mistake):
    """Your step uses ReLU, whose states have no upper bound. Equation (1) uses tanh."""

    caught_by = "rnn.one_step"
    zh = "你的一步用了 ReLU，状态没有上界。公式 (1) 用 tanh。"

    def rnn_step(x, h_prev, params):
        return np.maximum(0.0, x @ params["W_xh"] + h_prev @ params["W_hh"] + params["b_h"])


class StepWithoutTanh(Mistake):
    """Your step is the sum inside tanh; the tanh itself is missing."""

    caught_by = "rnn.one_step"
    zh = "你的一步只算了 tanh 里面的和，漏了 tanh 本身。"

    def rnn_step(x, h_prev, params):
        return x @ params["W_xh"] + h_prev @ params["W_hh"] + params["b_h"]


class StepAddsOldState(Mistake):
    """You add the new state to the old one. Equation (1) rewrites it: h_t is the tanh alone."""

    caught_by = "rnn.one_step"
    zh = "你把新状态加到旧状态上。公式 (1) 是重写：h_t 就是那个 tanh。"

    def rnn_step(x, h_prev, params):
        return h_prev + np.tanh(x @ params["W_xh"] + h_prev @ params["W_hh"] + params["b_h"])


class OutputWithTanh(Mistake):
    """You take tanh of the output. Equation (2) is linear: logits must be free to be large."""

    caught_by = "rnn.output"
    zh = "你对输出取了 tanh。公式 (2) 是线性的：logits 要能取大值。"

    def output(h, params):
        return np.tanh(h @ params["W_ho"] + params["b_o"])


class OutputWithoutBias(Mistake):
    """Your output leaves out the bias b_o of equation (2)."""

    caught_by = "rnn.output"
    zh = "你的输出漏掉了公式 (2) 中的偏置 b_o。"

    def output(h, params):
        return h @ params["W_ho"]


class OutputIsProbabilities(Mistake):
    """You return probabilities. Equation (2) gives logits; the softmax comes in task 4."""

    caught_by = "rnn.output"
    zh = "你返回的是概率。公式 (2) 给出的是 logits；softmax 在任务 4 才用。"

    def output(h, params):
        o = np.exp(h @ params["W_ho"] + params["b_o"])
        return o / o.sum(axis=-1, keepdims=True)


class OutputTransposed(Mistake):
    """You multiply by W_ho transposed. With rows as batch, equation (2) is h_t W_ho."""

    caught_by = "rnn.output"
    explains = False
    zh = "你乘的是 W_ho 的转置。样本按行排列时，公式 (2) 是 h_t W_ho。"

    def output(h, params):
        return h @ params["W_ho"].T + params["b_o"]


# --- 3 over time --------------------------------------------------------------------------------


class StateNotCarried(Mistake):
    """Every step of yours starts from h_0: the state of the step before is not carried on."""

    caught_by = "rnn.over_time"
    zh = "你的每一步都从 h_0 出发：上一步的状态没有传下去。"

    def rnn_over_time(xs, h_0, params):
        hs = [rnn_step(xs[:, t], h_0, params) for t in range(xs.shape[1])]
        return np.stack(hs, axis=1), hs[-1]


class StartsFromZero(Mistake):
    """You start from zeros and do not use the h_0 that was passed in."""

    caught_by = "rnn.over_time"
    zh = "你从零状态出发，传入的 h_0 没有用上。"

    def rnn_over_time(xs, h_0, params):
        h, hs = np.zeros_like(h_0), []
        for t in range(xs.shape[1]):
            h = rnn_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs, axis=1), h


class TimeAxisFirst(Mistake):
    """You stack your states as (time, batch, units); stack them along axis 1."""

    caught_by = "rnn.over_time"
    zh = "你把状态堆成了 (时间, 批量, 单元)；应沿第 1 轴堆叠。"

    def rnn_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in range(xs.shape[1]):
            h = rnn_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs), h


class StatesReshaped(Mistake):
    """You reshape (time, batch, units) to (batch, time, units); that mixes the rows. Swap the axes."""

    caught_by = "rnn.over_time"
    zh = "你用 reshape 把 (时间, 批量, 单元) 变成 (批量, 时间, 单元)，各行就混在一起了。应交换两个轴。"

    def rnn_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in range(xs.shape[1]):
            h = rnn_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs).reshape(*xs.shape[:2], -1), h


class StatesBeforeTheStep(Mistake):
    """Your hs are the states before each step (h_0 … h_{T-1}); expected those after: h_1 … h_T."""

    caught_by = "rnn.over_time"
    zh = "你的 hs 是每步之前的状态（h_0 … h_{T-1}）；应为每步之后的：h_1 … h_T。"

    def rnn_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in range(xs.shape[1]):
            hs.append(h)
            h = rnn_step(xs[:, t], h, params)
        return np.stack(hs, axis=1), h


class FirstStateIncluded(Mistake):
    """Your hs begin with h_0, so there are T + 1 of them; expected h_1 … h_T."""

    caught_by = "rnn.over_time"
    zh = "你的 hs 从 h_0 开始，共 T + 1 个；应为 h_1 … h_T。"

    def rnn_over_time(xs, h_0, params):
        h, hs = h_0, [h_0]
        for t in range(xs.shape[1]):
            h = rnn_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs, axis=1), h


class BackwardsInTime(Mistake):
    """You read the sequence from its end to its beginning; the first step reads xs[:, 0]."""

    caught_by = "rnn.over_time"
    zh = "你把序列从末尾读到开头；第一步应读 xs[:, 0]。"

    def rnn_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in reversed(range(xs.shape[1])):
            h = rnn_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs, axis=1), h


class OneInputLate(Mistake):
    """Step t of yours reads x_{t-1} (a slide of the lecture has it so). In equation (1) it is x_t."""

    caught_by = "rnn.over_time"
    zh = "你的第 t 步读的是 x_{t-1}（课件有一页这样写）。公式 (1) 中是 x_t。"

    def rnn_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in range(xs.shape[1]):
            x = xs[:, t - 1] if t else np.zeros_like(xs[:, 0])
            h = rnn_step(x, h, params)
            hs.append(h)
        return np.stack(hs, axis=1), h


class FirstStateReturnedLast(Mistake):
    """The second value that you return is h_1; expected the last state, h_T."""

    caught_by = "rnn.over_time"
    zh = "你返回的第二个值是 h_1；应为最后一个状态 h_T。"

    def rnn_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in range(xs.shape[1]):
            h = rnn_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs, axis=1), hs[0]


class OneStepShort(Mistake):
    """Your loop ends one step early: range(T − 1) leaves out the last input."""

    caught_by = "rnn.over_time"
    explains = False
    zh = "你的循环早停了一步：range(T − 1) 漏掉了最后一个输入。"

    def rnn_over_time(xs, h_0, params):
        h, hs = h_0, []
        for t in range(xs.shape[1] - 1):
            h = rnn_step(xs[:, t], h, params)
            hs.append(h)
        return np.stack(hs, axis=1), h


class ReadReturnsStates(Mistake):
    """Your read returns the hidden states; the logits o_t = h_t W_ho + b_o are still to come."""

    caught_by = "rnn.read"
    zh = "你的 read 返回了隐含状态；还差一步 logits：o_t = h_t W_ho + b_o。"

    def read(ids, h_0, params):
        return rnn_over_time(look_up(ids, params["E"]), h_0, params)


class ReadStartsFromZero(Mistake):
    """Your read starts from zeros and ignores the state that it is given."""

    caught_by = "rnn.read"
    zh = "你的 read 从零状态出发，没有理会传入的状态。"

    def read(ids, h_0, params):
        hs, h = rnn_over_time(look_up(ids, params["E"]), 0 * h_0, params)
        return output(hs, params), h


class ReadLastLogitsOnly(Mistake):
    """Your read gives the logits of the last step only; every step makes a prediction."""

    caught_by = "rnn.read"
    zh = "你的 read 只给出最后一步的 logits；每一步都要有预测。"

    def read(ids, h_0, params):
        hs, h = rnn_over_time(look_up(ids, params["E"]), h_0, params)
        return output(h, params), h


class ReadFromTheStateBefore(Mistake):
    """Your logits of step t come from h_{t-1}. By equation (2) they come from h_t, which has read x_t."""

    caught_by = "rnn.read"
    zh = "你第 t 步的 logits 来自 h_{t-1}。按公式 (2) 应来自读过 x_t 的 h_t。"

    def read(ids, h_0, params):
        hs, h = rnn_over_time(look_up(ids, params["E"]), h_0, params)
        before = np.concatenate([h_0[:, None], hs[:, :-1]], axis=1)
        return output(before, params), h


class ReadReturnsFirstState(Mistake):
    """Your read returns the state that it was given; expected the state after the last token."""

    caught_by = "rnn.read"
    zh = "你的 read 把传入的状态原样返回；应返回读完最后一个词元之后的状态。"

    def read(ids, h_0, params):
        hs, _ = rnn_over_time(look_up(ids, params["E"]), h_0, params)
        return output(hs, params), h_0


class ReadOutputsFedToTheState(Mistake):
    """The second value of your read is the last logits; expected the last hidden state, h_T."""

    caught_by = "rnn.read"
    zh = "你的 read 返回的第二个值是最后的 logits；应为最后的隐含状态 h_T。"

    def read(ids, h_0, params):
        hs, _ = rnn_over_time(look_up(ids, params["E"]), h_0, params)
        o = output(hs, params)
        return o, o[:, -1]


# --- 4 logits to probabilities ------------------------------------------------------------------


class SoftmaxOverflows(Mistake):
    """Your softmax takes exp of the logits as they are, which overflows; subtract the row's largest."""

    caught_by = "rnn.softmax"
    zh = "你的 softmax 直接对 logits 取 exp，会溢出；请先减去每行的最大值。"

    def softmax(o):
        e = np.exp(o)
        return e / e.sum(axis=-1, keepdims=True)


class SoftmaxOverTime(Mistake):
    """Your softmax sums over axis 1, which is time in a batch; the vocabulary is the last axis: −1."""

    caught_by = "rnn.softmax"
    zh = "你的 softmax 沿第 1 轴求和，那是时间轴；词表是最后一个轴：−1。"

    def softmax(o):
        e = np.exp(o - o.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)


class SoftmaxOverBatch(Mistake):
    """Your softmax sums over the batch (axis 0); each row has a distribution of its own: axis −1."""

    caught_by = "rnn.softmax"
    zh = "你的 softmax 沿批量（第 0 轴）求和；每一行都有自己的分布：轴 −1。"

    def softmax(o):
        e = np.exp(o - o.max(axis=0))
        return e / e.sum(axis=0)


class SoftmaxOverAll(Mistake):
    """Your softmax sums over the whole array; only the vocabulary, axis −1, sums to 1."""

    caught_by = "rnn.softmax"
    zh = "你的 softmax 对整个数组求和；只有词表轴（−1）上的和为 1。"

    def softmax(o):
        e = np.exp(o - o.max())
        return e / e.sum()


class SoftmaxOneMaximumForAll(Mistake):
    """You subtract the largest logit of all rows; a row far below it becomes 0/0. Take each row's own."""

    caught_by = "rnn.softmax"
    zh = "你减去的是所有行里最大的 logit；远低于它的行就成了 0/0。请减去每行自己的最大值。"

    def softmax(o):
        e = np.exp(o - o.max())
        return e / e.sum(axis=-1, keepdims=True)


class SoftmaxWithoutExp(Mistake):
    """You divide the logits by their sum; the softmax takes exp of each of them first."""

    caught_by = "rnn.softmax"
    zh = "你直接用 logits 除以它们的和；softmax 要先逐个取 exp。"

    def softmax(o):
        return o / o.sum(axis=-1, keepdims=True)


class SoftmaxNotNormalised(Mistake):
    """Your exponentials are not divided by their sum, so they are no probabilities."""

    caught_by = "rnn.softmax"
    zh = "你的指数没有除以它们的和，所以还不是概率。"

    def softmax(o):
        return np.exp(o - o.max(axis=-1, keepdims=True))


class SoftmaxInPlace(Mistake):
    """You subtract with -=, which changes the caller's logits; write o - ... to get a new array."""

    caught_by = "rnn.softmax"
    zh = "你用 -= 来减，改掉了调用者的 logits；请写 o - ...，得到新数组。"

    def softmax(o):
        o -= o.max(axis=-1, keepdims=True)
        e = np.exp(o)
        return e / e.sum(axis=-1, keepdims=True)


class SoftmaxTwice(Mistake):
    """You take the softmax twice, which flattens the distribution."""

    caught_by = "rnn.softmax"
    zh = "你做了两次 softmax，把分布压平了。"

    def softmax(o):
        for _ in range(2):
            e = np.exp(o - o.max(axis=-1, keepdims=True))
            o = e / e.sum(axis=-1, keepdims=True)
        return o


class LogOfSoftmax(Mistake):
    """You take ln of the softmax: a probability that has become 0 gives −∞. Use o − ln Σ exp o."""

    caught_by = "rnn.log_softmax"
    zh = "你对 softmax 取 ln：概率一旦变成 0，就得到 −∞。请用 o − ln Σ exp o。"

    def log_softmax(o):
        with np.errstate(divide="ignore"):
            return np.log(softmax(o))


class LogOfClippedSoftmax(Mistake):
    """You clip the probabilities before ln, so no loss is larger than the clip lets it be."""

    caught_by = "rnn.log_softmax"
    zh = "你在取 ln 之前截断了概率，损失就不会超过截断所允许的值。"

    def log_softmax(o):
        return np.log(np.clip(softmax(o), 1e-7, 1.0))


class LogOfSoftmaxPlusEpsilon(Mistake):
    """You add a small number inside ln. It hides the −∞, and every other value is a little wrong."""

    caught_by = "rnn.log_softmax"
    zh = "你在 ln 里面加了一个小数。它掩盖了 −∞，而其他的值都有了偏差。"

    def log_softmax(o):
        return np.log(softmax(o) + 1e-8)


class LogSoftmaxOverflows(Mistake):
    """Your log_softmax takes exp of the logits as they are; subtract the row's largest first."""

    caught_by = "rnn.log_softmax"
    zh = "你的 log_softmax 直接对 logits 取 exp；请先减去每行的最大值。"

    def log_softmax(o):
        return o - np.log(np.exp(o).sum(axis=-1, keepdims=True))


class LogSoftmaxOfTheSum(Mistake):
    """You take ln of the sum of the logits; the sum is over their exponentials."""

    caught_by = "rnn.log_softmax"
    zh = "你对 logits 的和取了 ln；应对它们指数的和取 ln。"

    def log_softmax(o):
        shifted = o - o.max(axis=-1, keepdims=True)
        return shifted - np.log(np.abs(shifted.sum(axis=-1, keepdims=True)))


class LogSoftmaxShiftForgotten(Mistake):
    """You subtract the largest logit in the sum and not outside: o − max − ln Σ exp(o − max)."""

    caught_by = "rnn.log_softmax"
    zh = "你只在求和里减了最大值，外面没有减：应为 o − max − ln Σ exp(o − max)。"

    def log_softmax(o):
        shifted = o - o.max(axis=-1, keepdims=True)
        return o - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


class LogSoftmaxInBits(Mistake):
    """Your logarithm has base 2. Losses and perplexity here are in nats: np.log."""

    caught_by = "rnn.log_softmax"
    zh = "你的对数以 2 为底。这里的损失和困惑度都用 nat：np.log。"

    def log_softmax(o):
        shifted = o - o.max(axis=-1, keepdims=True)
        natural = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        return natural / np.log(2)


class LogSoftmaxOverTime(Mistake):
    """Your log_softmax sums over axis 1, the time; the vocabulary is the last axis."""

    caught_by = "rnn.log_softmax"
    zh = "你的 log_softmax 沿第 1 轴（时间）求和；词表是最后一个轴。"

    def log_softmax(o):
        shifted = o - o.max(axis=1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


class LogSoftmaxInPlace(Mistake):
    """Your log_softmax changes the caller's logits with -=; make a new array."""

    caught_by = "rnn.log_softmax"
    zh = "你的 log_softmax 用 -= 改掉了调用者的 logits；请生成新数组。"

    def log_softmax(o):
        o -= o.max(axis=-1, keepdims=True)
        return o - np.log(np.exp(o).sum(axis=-1, keepdims=True))


class LogOddsReversed(Mistake):
    """Your odds are those of other against y; expected ln p(y) − ln p(other)."""

    caught_by = "rnn.log_odds"
    zh = "你算的是 other 对 y 的比；应为 ln p(y) − ln p(other)。"

    def log_odds(h, y, other, params):
        v, b = params["W_ho"].T, params["b_o"]
        return ((v[other] - v[y]) * h).sum(axis=-1) + b[other] - b[y]


class LogOddsWithoutBias(Mistake):
    """You leave out the biases: the logit of y is v_y · h + b_o[y]."""

    caught_by = "rnn.log_odds"
    zh = "你漏掉了偏置：y 的 logit 是 v_y · h + b_o[y]。"

    def log_odds(h, y, other, params):
        v = params["W_ho"].T
        return ((v[y] - v[other]) * h).sum(axis=-1)


class OddsNotLogged(Mistake):
    """You return the odds; their logarithm is asked for."""

    caught_by = "rnn.log_odds"
    zh = "你返回的是概率之比；要的是它的对数。"

    def log_odds(h, y, other, params):
        o, rows = output(h, params), np.arange(len(h))
        return np.exp(o[rows, y] - o[rows, other])


class DifferenceOfProbabilities(Mistake):
    """You subtract probabilities. The logarithm of a ratio is the difference of the logarithms."""

    caught_by = "rnn.log_odds"
    zh = "你把两个概率相减了。比的对数等于对数之差。"

    def log_odds(h, y, other, params):
        p, rows = softmax(output(h, params)), np.arange(len(h))
        return p[rows, y] - p[rows, other]


class RatioOfLogits(Mistake):
    """You divide one logit by the other; logits are logarithms already, so subtract them."""

    caught_by = "rnn.log_odds"
    zh = "你把两个 logit 相除；logit 本来就是对数，应相减。"

    def log_odds(h, y, other, params):
        o, rows = output(h, params), np.arange(len(h))
        return o[rows, y] / o[rows, other]


class LogOddsOfAllPairs(Mistake):
    """You pair every row of h with every y; expected one number a row: y[i] belongs to h[i]."""

    caught_by = "rnn.log_odds"
    zh = "你让每行 h 与每个 y 都配了对；每行只要一个数：y[i] 对应 h[i]。"

    def log_odds(h, y, other, params):
        o = output(h, params)
        return o[:, y] - o[:, other]


# --- 5 loss and perplexity ----------------------------------------------------------------------


class LossWithoutMinus(Mistake):
    """Your losses are negative: −ln p is what counts, and p is at most 1."""

    caught_by = "rnn.token_losses"
    zh = "你的损失是负的：应取 −ln p，而 p 最大为 1。"

    def token_losses(o, targets):
        return np.take_along_axis(log_softmax(o), targets[..., None], axis=-1)[..., 0]


class LossInBits(Mistake):
    """Your losses are in bits (log2); the lecture's are in nats (ln)."""

    caught_by = "rnn.token_losses"
    zh = "你的损失以 bit 为单位（log2）；课上用的是 nat（ln）。"

    def token_losses(o, targets):
        p = np.take_along_axis(log_softmax(o), targets[..., None], axis=-1)[..., 0]
        return -p / np.log(2)


class LossIsProbability(Mistake):
    """You return the probability of the target; the loss is −ln of it."""

    caught_by = "rnn.token_losses"
    zh = "你返回的是目标的概率；损失是它的 −ln。"

    def token_losses(o, targets):
        return np.exp(np.take_along_axis(log_softmax(o), targets[..., None], axis=-1)[..., 0])


class LossOfTheLogits(Mistake):
    """You take the target's logit for its logarithmic probability; the softmax is missing."""

    caught_by = "rnn.token_losses"
    zh = "你把目标的 logit 当成了对数概率；漏了 softmax。"

    def token_losses(o, targets):
        return -np.take_along_axis(o, targets[..., None], axis=-1)[..., 0]


class LossOfTheLikeliest(Mistake):
    """You score the likeliest token. The loss is that of the token that did come: targets."""

    caught_by = "rnn.token_losses"
    zh = "你算的是最可能的词元的损失。应算真正出现的词元：targets。"

    def token_losses(o, targets):
        return -log_softmax(o).max(axis=-1)


class LossByLogOfSoftmax(Mistake):
    """You take ln of the softmax, so an unlikely target costs ∞; use log_softmax."""

    caught_by = "rnn.token_losses"
    zh = "你对 softmax 取 ln，遇到不大可能的目标就成了 ∞；请用 log_softmax。"

    def token_losses(o, targets):
        with np.errstate(divide="ignore"):
            return -np.log(np.take_along_axis(softmax(o), targets[..., None], axis=-1)[..., 0])


class LossOfTheNextTarget(Mistake):
    """You shift the targets once more. They are shifted already: o[:, t] belongs to targets[:, t]."""

    caught_by = "rnn.token_losses"
    zh = "你又把目标移了一位。它们已经移过：o[:, t] 对应 targets[:, t]。"

    def token_losses(o, targets):
        later = np.roll(targets, -1, axis=1)
        return -np.take_along_axis(log_softmax(o), later[..., None], axis=-1)[..., 0]


class LossKeepsAnAxis(Mistake):
    """Your losses have an axis of length 1 too many: expected (batch, time)."""

    caught_by = "rnn.token_losses"
    zh = "你的损失多了一个长度为 1 的轴：应为 (batch, time)。"

    def token_losses(o, targets):
        return -np.take_along_axis(log_softmax(o), targets[..., None], axis=-1)


class PaddingCounted(Mistake):
    """You average over all places. Padding does not count: only where mask is True."""

    caught_by = "rnn.mean_loss"
    zh = "你对所有位置求了平均。补齐不算数：只算 mask 为 True 的位置。"

    def mean_loss(o, targets, mask):
        return token_losses(o, targets).mean()


class PaddingCountedAsZero(Mistake):
    """You set padding to 0 but still divide by all places; divide by mask.sum()."""

    caught_by = "rnn.mean_loss"
    zh = "你把补齐处设为 0，却仍除以全部位置的个数；应除以 mask.sum()。"

    def mean_loss(o, targets, mask):
        return (token_losses(o, targets) * mask).mean()


class MaskInverted(Mistake):
    """You average over the padding: True in the mask means that a token counts."""

    caught_by = "rnn.mean_loss"
    zh = "你平均的是补齐处：mask 为 True 表示算数。"

    def mean_loss(o, targets, mask):
        return token_losses(o, targets)[~mask].mean()


class MeanOfRowMeans(Mistake):
    """You average each row and then the rows, so tokens of short rows weigh more; divide once."""

    caught_by = "rnn.mean_loss"
    zh = "你先对每行求平均，再对各行求平均，短行里的词元就重了；只应除一次。"

    def mean_loss(o, targets, mask):
        losses = token_losses(o, targets)
        return ((losses * mask).sum(axis=1) / mask.sum(axis=1)).mean()


class LossSummedOverTokens(Mistake):
    """You return the sum of the losses; divide by the number of tokens that count."""

    caught_by = "rnn.mean_loss"
    zh = "你返回的是损失之和；还要除以算数的词元个数。"

    def mean_loss(o, targets, mask):
        return (token_losses(o, targets) * mask).sum()


class LossPerSequence(Mistake):
    """You divide by the number of rows; expected the number of tokens that count."""

    caught_by = "rnn.mean_loss"
    zh = "你除以的是行数；应除以算数的词元个数。"

    def mean_loss(o, targets, mask):
        return (token_losses(o, targets) * mask).sum() / len(targets)


class MaskFromTheIds(Mistake):
    """You take id 0 for padding. It is a token; the mask alone says what counts."""

    caught_by = "rnn.mean_loss"
    zh = "你把编号 0 当成了补齐。它也是词元；哪些算数只看 mask。"

    def mean_loss(o, targets, mask):
        return token_losses(o, targets)[targets != 0].mean()


class OneLossForEachRow(Mistake):
    """You return a mean for each row; one number is expected, over the whole batch."""

    caught_by = "rnn.mean_loss"
    zh = "你给每行返回了一个平均；应对整个批量只返回一个数。"

    def mean_loss(o, targets, mask):
        return (token_losses(o, targets) * mask).sum(axis=1) / mask.sum(axis=1)


class MeanOfPerplexities(Mistake):
    """You average the batches' perplexities. Average the losses of all tokens, then take exp."""

    caught_by = "rnn.perplexity"
    zh = "你对各批量的困惑度求了平均。应先对所有词元的损失求平均，再取 exp。"

    def perplexity(batches):
        return np.mean([np.exp(mean_loss(*batch)) for batch in batches])


class MeanOfBatchLosses(Mistake):
    """You average the batches' mean losses, so tokens of small batches weigh more than the others."""

    caught_by = "rnn.perplexity"
    zh = "你对各批量的平均损失再求平均，小批量里的词元分量就重了。"

    def perplexity(batches):
        return np.exp(np.mean([mean_loss(*batch) for batch in batches]))


class PerplexityBaseTwo(Mistake):
    """You take 2 to the power of nats. Nats go with e: np.exp."""

    caught_by = "rnn.perplexity"
    zh = "你取了 2 的 nat 数次方。nat 要配 e：np.exp。"

    def perplexity(batches):
        losses = np.concatenate([token_losses(o, y)[mask] for o, y, mask in batches])
        return 2 ** losses.mean()


class PerplexityOfTheSum(Mistake):
    """You take exp of the sum of the losses; the perplexity is exp of their mean."""

    caught_by = "rnn.perplexity"
    zh = "你对损失之和取了 exp；困惑度是对平均取 exp。"

    def perplexity(batches):
        return np.exp(sum(token_losses(o, y)[mask].sum() for o, y, mask in batches))


class PerplexityIsLoss(Mistake):
    """You return the mean loss; the perplexity is exp of it."""

    caught_by = "rnn.perplexity"
    zh = "你返回的是平均损失；困惑度是它的 exp。"

    def perplexity(batches):
        return np.concatenate([token_losses(o, y)[mask] for o, y, mask in batches]).mean()


class PerplexityWithPadding(Mistake):
    """Your perplexity counts padding; leave out the places where mask is False."""

    caught_by = "rnn.perplexity"
    zh = "你的困惑度把补齐也算进去了；mask 为 False 的位置不算。"

    def perplexity(batches):
        return np.exp(np.concatenate([token_losses(o, y).ravel() for o, y, _ in batches]).mean())


class PerplexityOfTheLastBatch(Mistake):
    """You return the perplexity of the last batch alone; all tokens of all batches count."""

    caught_by = "rnn.perplexity"
    zh = "你返回的只是最后一个批量的困惑度；所有批量的词元都要算。"

    def perplexity(batches):
        for o, targets, mask in batches:
            value = np.exp(mean_loss(o, targets, mask))
        return value


class PerplexityOfTheWrongSign(Mistake):
    """Your perplexity is below 1: exp of the mean log-probability. Take exp of its negative."""

    caught_by = "rnn.perplexity"
    zh = "你的困惑度小于 1：你对平均对数概率取了 exp。应先取负号。"

    def perplexity(batches):
        losses = np.concatenate([token_losses(o, y)[mask] for o, y, mask in batches])
        return np.exp(-losses.mean())
