"""Mistakes of the rnn unit, tasks 4 and 5: probabilities, loss, perplexity. Read as source."""
# ruff: noqa: F821, N805, N806
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 4 logits to probabilities ------------------------------------------------------------------


class SoftmaxOverflows(Mistake):
    """Your softmax takes exp of the logits as they are, which overflows; subtract the row's largest."""

    caught_by = "rnn.softmax"
    zh = "你的 softmax 直接对 logits 取 exp，会溢出；请先减去每行的最大值。"

    def softmax(o):
        with np.errstate(all="ignore"):
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
        with np.errstate(all="ignore"):
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
