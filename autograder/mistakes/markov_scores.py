"""Mistakes of the markov unit, tasks 5 to 8. Functions here are read as source, not called."""
# ruff: noqa: F821, NPY002
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 5 perplexity ---------------------------------------------------------------------------


class NatsPerSequence(Mistake):
    """You average over sequences of averages. A long sequence counts more: one mean over all tokens."""

    caught_by = "markov.nats"
    zh = "你先求每个序列的平均再平均。长序列分量更重：应对所有词元一次求平均。"

    def mean_nats(model, sequences, order):
        means = []
        for sequence in sequences:
            pairs = windows(sequence, order)
            means.append(-np.mean([np.log(model(context)[token]) for context, token in pairs]))
        return np.mean(means)


class NatsSum(Mistake):
    """You return the sum. Divide by T, or a longer text is always worse."""

    caught_by = "markov.nats"
    zh = "你返回的是总和。要除以 T，否则文本越长就越差。"
    edit = ("mean_nats", "np.mean(", "np.sum(")


class NatsInBits(Mistake):
    """You use the logarithm to base 2, so these are bits. Nats take the natural logarithm."""

    caught_by = "markov.nats"
    zh = "你用的是以 2 为底的对数，得到的是比特。纳特要用自然对数。"
    edit = ("mean_nats", "np.log(seen)", "np.log2(seen)")


class NatsInDecades(Mistake):
    """You use the logarithm to base 10. Nats take the natural logarithm."""

    caught_by = "markov.nats"
    zh = "你用的是以 10 为底的对数。纳特要用自然对数。"
    edit = ("mean_nats", "np.log(seen)", "np.log10(seen)")


class NatsWithoutSign(Mistake):
    """The minus is missing: equation (4) is the mean of −log p, which is never negative."""

    caught_by = "markov.nats"
    zh = "漏了负号：公式 (4) 是 −log p 的平均，不会是负数。"
    edit = ("mean_nats", "return -np", "return np")


class NatsOfProduct(Mistake):
    """You multiply before you take the logarithm, and a long product is 0. Add logarithms instead."""

    caught_by = "markov.nats"
    zh = "你先相乘再取对数，而很长的乘积会变成 0。应当把对数加起来。"
    edit = ("mean_nats", "np.mean(np.log(seen))", "np.log(np.prod(seen)) / len(seen)")


class NatsDividedByTokens(Mistake):
    """You divide by the number of tokens without the boundaries, which you predict all the same."""

    caught_by = "markov.nats"
    zh = "你除的是不含边界符的词元数，可是边界符也被预测了。"
    edit = (
        "mean_nats",
        "np.mean(np.log(seen))",
        "np.sum(np.log(seen)) / sum(len(sequence) for sequence in sequences)",
    )


class NatsDividedBySequences(Mistake):
    """You divide by the number of sequences. T is the number of all windows."""

    caught_by = "markov.nats"
    zh = "你除以了序列的个数。T 是所有窗口的个数。"
    edit = ("mean_nats", "np.mean(np.log(seen))", "np.sum(np.log(seen)) / len(sequences)")


class NatsWithoutBoundary(Mistake):
    """You leave out the closing boundaries. They are predicted like any other token."""

    caught_by = "markov.nats"
    zh = "你漏掉了末尾的边界符。它们和别的词元一样要被预测。"
    edit = ("mean_nats", "windows(sequence, order)", "windows(sequence, order)[:-1]")


class NatsWithoutUnknown(Mistake):
    """You leave out unknown tokens, so a model with a smaller vocabulary looks better. Count them."""

    caught_by = "markov.nats"
    zh = "你跳过了未知词元，词表越小的模型反而显得越好。它们也要算。"
    edit = (
        "mean_nats",
        "windows(sequence, order)",
        "windows(sequence, order) if token != UNKNOWN",
    )


class NatsOfMeanProbability(Mistake):
    """You take the logarithm of the mean. Equation (4) is the mean of the logarithms."""

    caught_by = "markov.nats"
    zh = "你取的是平均值的对数。公式 (4) 是对数的平均值。"
    edit = ("mean_nats", "np.mean(np.log(seen))", "np.log(np.mean(seen))")


class PerplexityBaseTwo(Mistake):
    """You raise 2 to the power of nats. Nats belong to e: exp(π)."""

    caught_by = "markov.perplexity"
    zh = "你用 2 作底来乘方纳特。纳特对应的底是 e：exp(π)。"
    edit = ("perplexity", "np.exp(", "np.exp2(")


class PerplexityIsNats(Mistake):
    """You return the nats themselves. The perplexity is exp of them."""

    caught_by = "markov.perplexity"
    zh = "你返回的是纳特数本身。困惑度是它的指数。"
    edit = (
        "perplexity",
        "np.exp(mean_nats(model, sequences, order))",
        "mean_nats(model, sequences, order)",
    )


class PerplexityReciprocal(Mistake):
    """You return exp(−π), the mean probability. The perplexity is exp(π), at least 1."""

    caught_by = "markov.perplexity"
    zh = "你返回的是 exp(−π)，即平均概率。困惑度是 exp(π)，至少为 1。"
    edit = ("perplexity", "np.exp(mean", "np.exp(-mean")


class PerplexityPerSequence(Mistake):
    """You average the perplexities of the sequences. Average the nats of all tokens, then take exp."""

    caught_by = "markov.perplexity"
    zh = "你把各个序列的困惑度求了平均。应先对所有词元的纳特求平均，再取指数。"

    def perplexity(model, sequences, order):
        return np.mean([np.exp(mean_nats(model, [sequence], order)) for sequence in sequences])


class PerplexitySkipsImpossible(Mistake):
    """You leave out tokens of probability 0, and so forgive the worst error there is: it is inf."""

    caught_by = "markov.perplexity"
    zh = "你跳过了概率为 0 的词元，等于原谅了最严重的错误：应得 inf。"

    def perplexity(model, sequences, order):
        pairs = [pair for sequence in sequences for pair in windows(sequence, order)]
        p = np.array([model(context)[token] for context, token in pairs])
        return np.exp(-np.log(p[p > 0]).mean())


class PerplexityHiddenFloor(Mistake):
    """You add a tiny number inside the logarithm, so an impossible token costs 28 nats, not inf."""

    caught_by = "markov.perplexity"
    zh = "你在对数里加了一个极小的数，不可能的词元就只值 28 纳特，而不是 inf。"

    def perplexity(model, sequences, order):
        pairs = [pair for sequence in sequences for pair in windows(sequence, order)]
        return np.exp(-np.mean([np.log(model(context)[token] + 1e-12) for context, token in pairs]))


# --- 6 sampling -----------------------------------------------------------------------------


class TemperatureMultiplies(Mistake):
    """You multiply by the temperature. Divide: a low temperature makes the row sharper."""

    caught_by = "markov.temperature"
    zh = "你乘以了温度。应当相除：温度越低，分布越尖锐。"
    edit = ("with_temperature", "/ temperature", "* temperature")


class TemperatureOnProbabilities(Mistake):
    """Your temperature has no effect: where p is divided by it, normalising undoes that. Divide log p."""

    caught_by = "markov.temperature"
    zh = "你的温度不起作用：用它去除概率，一归一化就抵消了。应当去除 log p。"

    def with_temperature(row, temperature):
        weights = row / temperature
        return weights / weights.sum()


class TemperatureNotNormalised(Mistake):
    """Your row does not sum to 1. Divide by the sum of the powers."""

    caught_by = "markov.temperature"
    zh = "你的行之和不是 1。要除以各个幂之和。"

    def with_temperature(row, temperature):
        with np.errstate(divide="ignore"):
            return np.exp(np.log(row) / temperature)


class TemperatureLargestIsOne(Mistake):
    """You subtract the largest and stop there: the likeliest token has 1. Normalise as well."""

    caught_by = "markov.temperature"
    zh = "你只减去了最大值：最可能的词元成了 1。还要归一化。"
    edit = ("with_temperature", "return weights / weights.sum()", "return weights")


class TemperatureSoftmaxOfProbabilities(Mistake):
    """You take softmax of p / θ. The logits of p are log p: softmax(log p / θ)."""

    caught_by = "markov.temperature"
    zh = "你对 p / θ 取了 softmax。p 的 logits 是 log p：softmax(log p / θ)。"
    edit = ("with_temperature", "np.log(row) / temperature", "row / temperature")


class TemperatureUnderflows(Mistake):
    """At a low temperature all your powers are 0, and 0/0 is NaN. Subtract the largest log p / θ first."""

    caught_by = "markov.temperature"
    zh = "温度低时，你的幂全是 0，而 0/0 是 NaN。请先减去最大的 log p / θ。"

    def with_temperature(row, temperature):
        weights = row ** (1 / temperature)
        return weights / weights.sum()


class TemperatureRevivesZeros(Mistake):
    """You add a tiny number inside the logarithm. What is impossible stays impossible: log 0 = −inf."""

    caught_by = "markov.temperature"
    zh = "你在对数里加了一个极小的数。不可能的应仍然不可能：log 0 = −inf。"
    edit = ("with_temperature", "np.log(row)", "np.log(row + 1e-9)")


class SampleWithBoundary(Mistake):
    """Your sequences hold the boundary that ended them. Stop before you append it."""

    caught_by = "markov.sampling"
    zh = "你的序列里含有结尾的边界符。应在追加它之前停下。"

    def sample(model, order, rng, temperature, max_length):
        ids = [BOUNDARY] * order
        while len(ids) < order + max_length:
            row = with_temperature(model(tuple(ids[len(ids) - order :])), temperature)
            ids.append(int(rng.choice(len(row), p=row)))
            if ids[-1] == BOUNDARY:
                break
        return ids[order:]


class SampleGreedy(Mistake):
    """You always take the likeliest token. Draw one: rng.choice(len(row), p=row)."""

    caught_by = "markov.sampling"
    zh = "你每次都取最可能的词元。应当抽取：rng.choice(len(row), p=row)。"
    edit = ("sample", "rng.choice(len(row), p=row)", "np.argmax(row)")


class SampleUniform(Mistake):
    """You draw every token with the same probability. Give rng.choice the row: p=row."""

    caught_by = "markov.sampling"
    zh = "你以相同的概率抽取所有词元。要把这一行交给 rng.choice：p=row。"
    edit = ("sample", "rng.choice(len(row), p=row)", "rng.integers(len(row))")


class SampleWithoutTemperature(Mistake):
    """You draw from the row itself whatever the temperature. Use with_temperature."""

    caught_by = "markov.sampling"
    zh = "不论温度多少，你都直接从那一行抽取。请用 with_temperature。"
    edit = (
        "sample",
        "with_temperature(model(tuple(ids[len(ids) - order :])), temperature)",
        "model(tuple(ids[len(ids) - order :]))",
    )


class SampleForgetsContext(Mistake):
    """You ask for the row of the beginning each time. The context moves on with every token."""

    caught_by = "markov.sampling"
    zh = "你每次都索要开头那个上文的行。每抽一个词元，上文都要往前移。"
    edit = ("sample", "ids[len(ids) - order :]", "ids[:order]")


class SampleContextReversed(Mistake):
    """Your contexts are turned round. The oldest token comes first."""

    caught_by = "markov.sampling"
    zh = "你的上文次序反了。最早的词元在前。"
    edit = ("sample", "ids[len(ids) - order :]", "ids[len(ids) - order :][::-1]")


class SampleOneTooMany(Mistake):
    """You draw one token more than max_length."""

    caught_by = "markov.sampling"
    zh = "你比 max_length 多抽了一个词元。"
    edit = ("sample", "< order + max_length", "<= order + max_length")


class SampleCountsThePadding(Mistake):
    """You count the boundaries in front as part of max_length, so sequences end too soon."""

    caught_by = "markov.sampling"
    zh = "你把前面补的边界符也算进了 max_length，序列因此结束得太早。"
    edit = ("sample", "< order + max_length", "< max_length")


class SampleReturnsThePadding(Mistake):
    """Your sequences begin with the boundaries of the first context. Leave them out."""

    caught_by = "markov.sampling"
    zh = "你的序列以第一个上文里的边界符开头。请把它们去掉。"
    edit = ("sample", "return ids[order:]", "return ids")


class SampleOwnSeed(Mistake):
    """You make a generator of your own, so every sequence is the same. Draw from the given rng."""

    caught_by = "markov.sampling"
    zh = "你自己新建了随机数生成器，每个序列都一样。请用传入的 rng 抽取。"
    edit = (
        "sample",
        "ids = [BOUNDARY] * order",
        "ids, rng = [BOUNDARY] * order, np.random.default_rng(0)",
    )


class SampleGlobalRandom(Mistake):
    """You draw with np.random, which the given seed does not reach. Draw from rng."""

    caught_by = "markov.sampling"
    zh = "你用 np.random 抽取，传入的种子管不到它。请用 rng 抽取。"
    explains = False  # no two runs give the same arrays; the message says what is wrong
    edit = ("sample", "rng.choice", "np.random.choice")


# --- 7 held-out text ------------------------------------------------------------------------


class UnseenKinds(Mistake):
    """You count each different window once. The shares are of all windows, however often they occur."""

    caught_by = "markov.unseen"
    zh = "不同的窗口你各只数了一次。比例是对所有窗口而言的，出现几次算几次。"
    edit = (
        "unseen",
        "[pair for sequence in sequences for pair in windows(sequence, order)]",
        "{pair for sequence in sequences for pair in windows(sequence, order)}",
    )


class UnseenTogether(Mistake):
    """Your second share holds all new n-grams. Those of a context never seen belong to the first only."""

    caught_by = "markov.unseen"
    zh = "你的第二个比例包含了所有新的 n 元组。上文没见过的只属于第一个。"
    edit = (
        "unseen",
        "context in counts and token not in counts[context]",
        "token not in counts.get(context, {})",
    )


class UnseenNumbers(Mistake):
    """You return numbers of windows. Divide by how many windows there are."""

    caught_by = "markov.unseen"
    zh = "你返回的是窗口的个数。要除以窗口的总数。"
    edit = (
        "unseen",
        "np.mean(new_context), np.mean(new_token)",
        "np.sum(new_context), np.sum(new_token)",
    )


class UnseenSwapped(Mistake):
    """Your shares are in the other order. First the contexts never seen, then the tokens."""

    caught_by = "markov.unseen"
    zh = "你的两个比例次序反了。先是没见过的上文，再是没见过的词元。"
    edit = (
        "unseen",
        "np.mean(new_context), np.mean(new_token)",
        "np.mean(new_token), np.mean(new_context)",
    )


class UnseenOfSeenContexts(Mistake):
    """Your second share is of the windows with a seen context. Both are shares of all windows."""

    caught_by = "markov.unseen"
    zh = "你的第二个比例是对上文见过的窗口而言的。两个都应是对所有窗口的比例。"
    edit = (
        "unseen",
        "np.mean(new_token)",
        "np.sum(new_token) / (len(pairs) - np.sum(new_context))",
    )


class UnseenPerSequence(Mistake):
    """You average the shares of the sequences. A long sequence has more windows: take all together."""

    caught_by = "markov.unseen"
    zh = "你把各个序列的比例求了平均。长序列的窗口更多：应把所有窗口放在一起算。"

    def unseen(counts, sequences, order):
        shares = []
        for sequence in sequences:
            pairs = windows(sequence, order)
            new = [context not in counts for context, _ in pairs]
            token = [c in counts and w not in counts[c] for c, w in pairs]
            shares.append((np.mean(new), np.mean(token)))
        return tuple(np.mean(shares, axis=0))


class BestOrderIsPlace(Mistake):
    """You return the place in the list of perplexities. Return the order that stands at that place."""

    caught_by = "markov.best_order"
    zh = "你返回的是困惑度列表中的位置。应返回该位置上的阶。"
    edit = ("best_order", "orders[int(np.argmin(found))]", "int(np.argmin(found))")


class BestOrderOnTraining(Mistake):
    """You measure on the text that was counted; there the longest context always wins. Use `validation`."""

    caught_by = "markov.best_order"
    zh = "你在数过的文本上测量，那里总是上文最长的胜出。请用 validation。"
    edit = (
        "best_order",
        "vocabulary_size, k), validation, order)",
        "vocabulary_size, k), training, order)",
    )


class BestOrderCountsValidation(Mistake):
    """You count the validation text as well. What is measured on must not be counted."""

    caught_by = "markov.best_order"
    zh = "你把验证文本也数进去了。用来测量的文本不能参与计数。"
    edit = ("best_order", "fit(training, order", "fit([*training, *validation], order")


class BestOrderWorst(Mistake):
    """You return the order with the highest perplexity. Lower is better: argmin."""

    caught_by = "markov.best_order"
    zh = "你返回的是困惑度最高的阶。越低越好：argmin。"
    edit = ("best_order", "np.argmin", "np.argmax")


class BestOrderInNats(Mistake):
    """You return nats. The list holds perplexities, exp of them."""

    caught_by = "markov.best_order"
    zh = "你返回的是纳特数。列表里应是困惑度，即它们的指数。"
    edit = ("best_order", "perplexity(fit(", "mean_nats(fit(")


class BestOrderOneContext(Mistake):
    """You score every model with one token of context. Score each with its own order."""

    caught_by = "markov.best_order"
    zh = "你给每个模型打分时都只用一个词元的上文。请用各自的阶。"
    edit = ("best_order", "validation, order)", "validation, min(order, 1))")


class TextModelBigram(Mistake):
    """Your model looks one character back. The best order on the validation text is larger."""

    caught_by = "markov.result"
    zh = "你的模型只往回看一个字符。在验证文本上，最好的阶要大一些。"
    edit = ("text_model", "order = 4", "order = 1")


class TextModelUnsmoothed(Mistake):
    """Your model is maximum likelihood: a single new pair makes its perplexity infinite. Smooth it."""

    caught_by = "markov.result"
    zh = "你的模型是最大似然估计：一个新组合就使困惑度变成无穷大。请做平滑。"

    def text_model(training, vocabulary_size):
        counts = count_ngrams(training, 3)
        return lambda context: mle_row(counts, context, vocabulary_size), 3


class TextModelAddOne(Mistake):
    """You add 1 to every count of a large table: most of the probability goes to what never occurs."""

    caught_by = "markov.result"
    zh = "你给大表里的每个次数都加了 1：大部分概率给了从不出现的组合。"

    def text_model(training, vocabulary_size):
        counts = count_ngrams(training, 3)
        return lambda context: add_k_row(counts, context, vocabulary_size, 1.0), 3


class TextModelNotNormalised(Mistake):
    """Your rows sum to more than 1: new tokens get the lower order's share, and nobody pays for it."""

    caught_by = "markov.result"
    zh = "你的行之和超过 1：新词元分到了低阶的概率，却没有谁为此让出。"

    def text_model(training, vocabulary_size):
        counts, below = count_ngrams(training, 3), fit(training, 2, vocabulary_size, 5.0)

        def model(context):
            row, lower = mle_row(counts, context, vocabulary_size), below(context[1:])
            return np.where(row > 0, row, lower) if context in counts else lower

        return model, 3


class TextModelCountsHeldOut(Mistake):
    """You counted the whole text, the held-out lines as well. Use the argument `training` only."""

    caught_by = "markov.result"
    zh = "你数了整段文本，连留出的行也数了。请只用参数 training。"

    def text_model(training, vocabulary_size):
        known = build_vocabulary(lines_of(training_text), 1)
        everything = lines_of(load_corpus("prose_en").lower())
        lines = [encode(line, known) for line in everything]
        return fit(lines, 4, vocabulary_size, 5.0), 4


class TextModelWithoutOrder(Mistake):
    """You return the model alone. Return its order as well, so that it can be asked: model, order."""

    caught_by = "markov.result"
    zh = "你只返回了模型。还要返回它的阶，才知道怎样问它：model, order。"
    explains = False

    def text_model(training, vocabulary_size):
        return fit(training, 4, vocabulary_size, 5.0)


# --- 8 a source of known entropy ------------------------------------------------------------


class StationaryUniform(Mistake):
    """You give every token the same weight: that is the eigenvector of P, not of P.T."""

    caught_by = "markov.entropy_rate"
    zh = "你给每个词元相同的权重：那是 P 的特征向量，不是 P.T 的。"

    def stationary(P):
        return np.full(len(P), 1 / len(P))


class StationaryOneStep(Mistake):
    """You make one step from the uniform distribution. Go on until nothing changes."""

    caught_by = "markov.entropy_rate"
    zh = "你从均匀分布出发只走了一步。要一直走到不再变化为止。"

    def stationary(P):
        return np.full(len(P), 1 / len(P)) @ P


class StationaryWrongSide(Mistake):
    """You multiply P by π from the right. The distribution stands on the left: π P."""

    caught_by = "markov.entropy_rate"
    zh = "你把 π 乘在了 P 的右边。分布应在左边：π P。"

    def stationary(P):
        pi = np.arange(1.0, len(P) + 1)
        pi /= pi.sum()
        for _ in range(5):
            pi = P @ pi
            pi /= pi.sum()
        return pi


class StationaryNotNormalised(Mistake):
    """Your eigenvector has length 1, but its sum is not 1. Divide by the sum."""

    caught_by = "markov.entropy_rate"
    zh = "你的特征向量长度为 1，但和不为 1。请除以它的和。"

    def stationary(P):
        values, vectors = np.linalg.eig(P.T)
        return np.abs(vectors[:, np.argmin(np.abs(values - 1))])


class EntropyRateUniformWeights(Mistake):
    """You average the entropies of the rows evenly. A row weighs as much as its token occurs: π."""

    caught_by = "markov.entropy_rate"
    zh = "你把各行的熵平均了。每一行的权重应是对应词元出现的比例 π。"
    edit = ("entropy_rate", "-stationary(P) @", "-np.full(len(P), 1 / len(P)) @")


class EntropyRateInBits(Mistake):
    """You use the logarithm to base 2. Nats take the natural logarithm."""

    caught_by = "markov.entropy_rate"
    zh = "你用了以 2 为底的对数。纳特要用自然对数。"
    edit = ("entropy_rate", "np.log(", "np.log2(")


class EntropyRateZeroTimesInfinity(Mistake):
    """Where P is 0 you compute 0 · log 0 = NaN. Such a step never happens: its term is 0."""

    caught_by = "markov.entropy_rate"
    zh = "在 P 为 0 处，你算出了 0 · log 0 = NaN。这样的一步从不发生：该项为 0。"
    edit = ("entropy_rate", "np.where(P > 0, P, 1.0)", "P")


class EntropyRateWithoutSign(Mistake):
    """The minus is missing. An entropy is never negative."""

    caught_by = "markov.entropy_rate"
    zh = "漏了负号。熵不会是负数。"
    edit = ("entropy_rate", "-stationary(P)", "stationary(P)")


class EntropyOfStationary(Mistake):
    """You take the entropy of π: that of a source without memory. Equation (9) takes those of the rows."""

    caught_by = "markov.entropy_rate"
    zh = "你算的是 π 的熵，那是没有记忆的信源的熵。公式 (9) 用的是各行的熵。"

    def entropy_rate(P):
        pi = stationary(P)
        return -(pi * np.log(pi)).sum()


class EntropyRateOneRow(Mistake):
    """You leave out the sum over contexts: that is the entropy after one of them only."""

    caught_by = "markov.entropy_rate"
    zh = "你漏掉了对上文的求和：那只是其中一个上文之后的熵。"

    def entropy_rate(P):
        return -(P * np.log(np.where(P > 0, P, 1.0))).sum(axis=1)[0]


class ExpectedSwapped(Mistake):
    """P and Q are swapped. The source draws with P, the model pays −log Q."""

    caught_by = "markov.known_source"
    zh = "P 和 Q 对调了。信源按 P 抽取，模型付出 −log Q。"

    def expected_nats(P, Q):
        with np.errstate(divide="ignore"):
            nats = -np.log(np.where(Q > 0, P, 1.0))
        return stationary(Q) @ (Q * nats).sum(axis=1)


class ExpectedStationaryOfModel(Mistake):
    """You weigh with the stationary distribution of Q. The text comes from P."""

    caught_by = "markov.known_source"
    zh = "你用的是 Q 的平稳分布作权重。文本来自 P。"
    edit = ("expected_nats", "stationary(P)", "stationary(Q)")


class ExpectedDivergence(Mistake):
    """You return the divergence alone. The model also pays the entropy rate H."""

    caught_by = "markov.known_source"
    zh = "你只返回了散度。模型还要付出熵率 H。"

    def expected_nats(P, Q):
        with np.errstate(divide="ignore"):
            nats = np.log(np.where(P > 0, P, 1.0)) - np.log(np.where(P > 0, Q, 1.0))
        return stationary(P) @ (P * nats).sum(axis=1)


class ExpectedForgivesExclusion(Mistake):
    """You skip the steps that Q excludes. If the source makes such a step, the cost is infinite."""

    caught_by = "markov.known_source"
    zh = "你跳过了 Q 排除的那些步。如果信源会走这一步，代价就是无穷大。"
    edit = ("expected_nats", "np.where(P > 0, Q, 1.0)", "np.where(Q > 0, Q, 1.0)")


class ExpectedUniformWeights(Mistake):
    """You weigh all contexts alike. A context weighs as much as it occurs: π."""

    caught_by = "markov.known_source"
    zh = "你给所有上文相同的权重。上文的权重应是它出现的比例 π。"
    edit = ("expected_nats", "stationary(P) @", "np.full(len(P), 1 / len(P)) @")


class ExpectedEntropyOnly(Mistake):
    """You return H, which is what the best model pays. The model pays −log Q."""

    caught_by = "markov.known_source"
    zh = "你返回的是 H，那是最好的模型付出的代价。这个模型付出的是 −log Q。"

    def expected_nats(P, Q):
        return entropy_rate(P)


class ExpectedZeroTimesInfinity(Mistake):
    """Where P and Q are 0 you compute 0 · log 0 = NaN. Such a step never happens: its term is 0."""

    caught_by = "markov.known_source"
    zh = "在 P 和 Q 都为 0 处，你算出了 0 · log 0 = NaN。这一步从不发生：该项为 0。"
    edit = ("expected_nats", "np.where(P > 0, Q, 1.0)", "Q")
