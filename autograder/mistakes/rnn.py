"""Mistakes of the rnn unit, tasks 1 to 3: vectors, one step, over time. Read as source."""
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
