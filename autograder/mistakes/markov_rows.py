"""Mistakes of the markov unit, tasks 3 and 4. Functions here are read as source, not called."""
# ruff: noqa: F821
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 3 from counts to probabilities ---------------------------------------------------------


class MLEZerosForUnseen(Mistake):
    """The row of a context never seen is zero everywhere. It has to sum to 1: take 1/V."""

    caught_by = "markov.mle"
    zh = "没见过的上文，你给的一行全是零。每一行之和都应为 1：请取 1/V。"
    edit = ("mle_row", "np.full(vocabulary_size, 1 / vocabulary_size)", "np.zeros(vocabulary_size)")


class MLEZeroByZero(Mistake):
    """For a context never seen you compute 0/0. Equation (3) does not hold there: take 1/V."""

    caught_by = "markov.mle"
    zh = "对没见过的上文，你算出了 0/0。公式 (3) 在那里不适用：请取 1/V。"

    def mle_row(counts, context, vocabulary_size):
        row = np.zeros(vocabulary_size)
        for token, n in counts.get(context, {}).items():
            row[token] = n
        return row / row.sum()


class MLEJoint(Mistake):
    """You divide by the number of all windows: that is p(c, w). Divide by n(c)."""

    caught_by = "markov.mle"
    zh = "你除以了所有窗口的总数，得到的是 p(c, w)。应除以 n(c)。"
    edit = (
        "mle_row",
        "row / row.sum()",
        "row / sum(sum(followers.values()) for followers in counts.values())",
    )


class MLEUnknownForUnseen(Mistake):
    """After a context never seen you predict the unknown token. Nothing is known: 1/V for each."""

    caught_by = "markov.mle"
    zh = "在没见过的上文之后，你预测的是未知词元。应是一无所知：每个词元 1/V。"
    edit = (
        "mle_row",
        "np.full(vocabulary_size, 1 / vocabulary_size)",
        "np.eye(vocabulary_size)[UNKNOWN]",
    )


class MLEByKinds(Mistake):
    """You divide by how many different tokens followed. n(c) is how often anything followed."""

    caught_by = "markov.mle"
    zh = "你除以了后继词元的种类数。n(c) 是后面跟着词元的总次数。"
    edit = ("mle_row", "row / row.sum()", "row / len(counts[context])")


class MLECounts(Mistake):
    """You return the counts themselves. Divide by n(c), so that the row sums to 1."""

    caught_by = "markov.mle"
    zh = "你返回的是次数本身。要除以 n(c)，使这一行之和为 1。"
    edit = ("mle_row", "row / row.sum()", "row")


class SequenceWithoutEnd(Mistake):
    """You leave out the closing boundary, the last window. Then all sequences together exceed 1."""

    caught_by = "markov.sequence"
    zh = "你漏掉了最后一个窗口，即末尾的边界符。这样所有序列的概率加起来会超过 1。"
    edit = ("sequence_probability", "windows(sequence, order)", "windows(sequence, order)[:-1]")


class SequenceWithoutFirst(Mistake):
    """You leave out the first token. It has a probability as well, after the boundaries."""

    caught_by = "markov.sequence"
    zh = "你漏掉了第一个词元。它在边界符之后也有概率。"
    edit = ("sequence_probability", "windows(sequence, order)", "windows(sequence, order)[1:]")


class SequenceSum(Mistake):
    """You add the probabilities. By the chain rule they are multiplied."""

    caught_by = "markov.sequence"
    zh = "你把概率加起来了。按链式法则应当相乘。"
    edit = ("sequence_probability", "*=", "+=")


class SequenceLogarithm(Mistake):
    """You return the logarithm of the probability. Here the probability itself is wanted."""

    caught_by = "markov.sequence"
    zh = "你返回的是概率的对数。这里要的是概率本身。"
    edit = ("sequence_probability", "return probability", "return np.log(probability)")


class SequenceGeometricMean(Mistake):
    """You take the root: that is the mean probability of a token, not the probability of all."""

    caught_by = "markov.sequence"
    zh = "你又开了方：那是每个词元的平均概率，不是整个序列的概率。"
    edit = (
        "sequence_probability",
        "return probability",
        "return probability ** (1 / (len(sequence) + 1))",
    )


class ReversedSequenceOnly(Mistake):
    """You reverse the sequence, but count the training text forwards. Reverse both."""

    caught_by = "markov.both_directions"
    zh = "你把序列倒过来了，训练文本却仍是正着数的。两者都要倒过来。"
    edit = ("read_both_ways", "[given[::-1] for given in training]", "training")


class ReversedTrainingOnly(Mistake):
    """You count the training text backwards, but read the sequence forwards. Reverse both."""

    caught_by = "markov.both_directions"
    zh = "你把训练文本倒过来数了，序列却仍是正着读的。两者都要倒过来。"
    edit = ("read_both_ways", "sequence[::-1]", "sequence")


class ReversedNowhere(Mistake):
    """Your two numbers are both read forwards. The second one reads everything from its end."""

    caught_by = "markov.both_directions"
    zh = "你的两个数都是正着读的。第二个应当全部从后往前读。"

    def read_both_ways(row_of, training, sequence, order):
        counts = count_ngrams(training, order)
        p = sequence_probability(lambda context: row_of(counts, context), sequence, order)
        return p, p


class ReversedWaysSwapped(Mistake):
    """You return the backward probability first. The forward one comes first."""

    caught_by = "markov.both_directions"
    zh = "你先返回了倒着读的概率。应先返回正着读的。"

    def read_both_ways(row_of, training, sequence, order):
        found = []
        for step in (-1, 1):
            counts = count_ngrams([given[::step] for given in training], order)
            model = lambda context, n=counts: row_of(n, context)  # noqa: E731
            found.append(sequence_probability(model, sequence[::step], order))
        return found[0], found[1]


# --- 4 smoothing ----------------------------------------------------------------------------


class AddKNumeratorOnly(Mistake):
    """You add k above the line, but not k V below it: the rows sum to more than 1."""

    caught_by = "markov.add_k"
    zh = "你只在分子上加了 k，分母没有加 k V：各行之和超过了 1。"
    edit = (
        "add_k_row",
        "row / row.sum()",
        "row / max(sum(counts.get(context, {}).values()), 1)",
    )


class AddKWithoutV(Mistake):
    """You add k below the line. There it is k for each of the V tokens: k V."""

    caught_by = "markov.add_k"
    zh = "你在分母上只加了 k。V 个词元每个都加了 k，所以是 k V。"
    edit = (
        "add_k_row",
        "row / row.sum()",
        "row / (sum(counts.get(context, {}).values()) + k)",
    )


class AddKWithoutUnknown(Mistake):
    """Your V leaves out a token, so the rows sum to more than 1. <unk> and <s> count as well."""

    caught_by = "markov.add_k"
    zh = "你的 V 少算了一个词元，各行之和因此超过 1。<unk> 和 <s> 也要算。"
    edit = (
        "add_k_row",
        "row / row.sum()",
        "row / (sum(counts.get(context, {}).values()) + k * (vocabulary_size - 1))",
    )


class AddKToSeenOnly(Mistake):
    """You add k to the tokens that were seen. It is for those that were not: add it to all V."""

    caught_by = "markov.add_k"
    zh = "你只给见过的词元加了 k。平滑正是为了没见过的：V 个词元都要加。"

    def add_k_row(counts, context, vocabulary_size, k):
        if context not in counts:
            return np.full(vocabulary_size, 1 / vocabulary_size)
        row = np.zeros(vocabulary_size)
        for token, n in counts[context].items():
            row[token] = n + k
        return row / row.sum()


class AddOne(Mistake):
    """You add 1 whatever k is. Equation (5) adds k."""

    caught_by = "markov.add_k"
    zh = "不论 k 是多少，你都加 1。公式 (5) 加的是 k。"
    edit = ("add_k_row", "float(k)", "1.0")


class AddKReplacesCounts(Mistake):
    """The count takes the place of k where there is one. Equation (5) adds them: n + k."""

    caught_by = "markov.add_k"
    zh = "有次数的地方，次数把 k 覆盖掉了。公式 (5) 是相加：n + k。"
    edit = ("add_k_row", "row[token] += n", "row[token] = n")


class AddKAfterwards(Mistake):
    """You add k to the probabilities and normalise. Equation (5) adds it to the counts."""

    caught_by = "markov.add_k"
    zh = "你把 k 加在概率上再归一化。公式 (5) 是加在次数上。"

    def add_k_row(counts, context, vocabulary_size, k):
        row = mle_row(counts, context, vocabulary_size) + k
        return row / row.sum()


class InterpolationDropsNewest(Mistake):
    """You leave out the newest token of the context. The oldest one goes: context[1:]."""

    caught_by = "markov.interpolation"
    zh = "你去掉的是上文中最新的词元。应当去掉最早的：context[1:]。"
    edit = ("interpolated_row", "context[1:]", "context[:-1]")


class InterpolationEndsWithUnigrams(Mistake):
    """Your recursion ends with the unigram counts alone. Below them stands 1/V: nothing is impossible."""

    caught_by = "markov.interpolation"
    zh = "你的递归到一元计数就结束了。它下面还有 1/V：没有什么是不可能的。"

    def interpolated_row(counts_by_order, context, vocabulary_size, k):
        if not context:
            return mle_row(counts_by_order[0], (), vocabulary_size)
        row = k * interpolated_row(counts_by_order, context[1:], vocabulary_size, k)
        followers = counts_by_order[len(context)].get(context, {})
        for token, n in followers.items():
            row[token] += n
        return row / row.sum()


class InterpolationConstantWeight(Mistake):
    """Your weight is 1/2 everywhere. Equation (6) trusts a context the more the oftener it was seen."""

    caught_by = "markov.interpolation"
    zh = "你的权重处处都是 1/2。公式 (6) 中，上文见得越多就越可信。"

    def interpolated_row(counts_by_order, context, vocabulary_size, k):
        if context:
            lower = interpolated_row(counts_by_order, context[1:], vocabulary_size, k)
        else:
            lower = np.full(vocabulary_size, 1 / vocabulary_size)
        counts = counts_by_order[len(context)]
        if context not in counts:
            return lower
        return 0.5 * mle_row(counts, context, vocabulary_size) + 0.5 * lower


class InterpolationWithoutK(Mistake):
    """You divide by n(c). The k pseudo-counts have to be in the denominator as well: n(c) + k."""

    caught_by = "markov.interpolation"
    zh = "你除以的是 n(c)。分母里也要算上 k 个虚拟次数：n(c) + k。"

    def interpolated_row(counts_by_order, context, vocabulary_size, k):
        if context:
            lower = interpolated_row(counts_by_order, context[1:], vocabulary_size, k)
        else:
            lower = np.full(vocabulary_size, 1 / vocabulary_size)
        followers = counts_by_order[len(context)].get(context)
        if followers is None:
            return lower
        row = k * lower
        for token, n in followers.items():
            row[token] += n
        return row / sum(followers.values())


class BackoffWithoutDiscount(Mistake):
    """Tokens not seen get the lower order's probability on top: the rows sum to more than 1."""

    caught_by = "markov.interpolation"
    zh = "没见过的词元另外又得到了低阶模型的概率：各行之和超过了 1。"

    def interpolated_row(counts_by_order, context, vocabulary_size, k):
        if context:
            lower = interpolated_row(counts_by_order, context[1:], vocabulary_size, k)
        else:
            lower = np.full(vocabulary_size, 1 / vocabulary_size)
        counts = counts_by_order[len(context)]
        if context not in counts:
            return lower
        row = mle_row(counts, context, vocabulary_size)
        return np.where(row > 0, row, lower)


class InterpolationWithUniform(Mistake):
    """You mix with 1/V at once. Equation (6) mixes with the order below, and only that at last with 1/V."""

    caught_by = "markov.interpolation"
    zh = "你直接与 1/V 混合了。公式 (6) 是与低一阶的模型混合，最底层才是 1/V。"

    def interpolated_row(counts_by_order, context, vocabulary_size, k):
        return add_k_row(
            counts_by_order[len(context)], context, vocabulary_size, k / vocabulary_size
        )


class InterpolationWeightsSwapped(Mistake):
    """Your weights are swapped: λ = n/(n + k) belongs to the counts, 1 − λ to the lower order."""

    caught_by = "markov.interpolation"
    zh = "你的两个权重对调了：λ = n/(n + k) 属于计数，1 − λ 属于低阶模型。"

    def interpolated_row(counts_by_order, context, vocabulary_size, k):
        if context:
            lower = interpolated_row(counts_by_order, context[1:], vocabulary_size, k)
        else:
            lower = np.full(vocabulary_size, 1 / vocabulary_size)
        counts = counts_by_order[len(context)]
        n = sum(counts.get(context, {}).values())
        weight = k / (n + k)
        return weight * mle_row(counts, context, vocabulary_size) + (1 - weight) * lower


class InterpolationSkipsToUnigrams(Mistake):
    """You mix with the unigrams at once. Equation (6) goes down by one token at a time."""

    caught_by = "markov.interpolation"
    zh = "你直接与一元模型混合了。公式 (6) 每次只减少一个词元。"
    edit = ("interpolated_row", "context[1:]", "()")


class InterpolationUniformForUnseen(Mistake):
    """After a context never seen you take 1/V. There λ = 0: the shorter context decides."""

    caught_by = "markov.interpolation"
    zh = "在没见过的上文之后，你取了 1/V。那里 λ = 0：应由更短的上文决定。"

    def interpolated_row(counts_by_order, context, vocabulary_size, k):
        followers = counts_by_order[len(context)].get(context)
        if followers is None:
            return np.full(vocabulary_size, 1 / vocabulary_size)
        if context:
            row = k * interpolated_row(counts_by_order, context[1:], vocabulary_size, k)
        else:
            row = np.full(vocabulary_size, k / vocabulary_size)
        for token, n in followers.items():
            row[token] += n
        return row / row.sum()


class FitForgetsLowerOrders(Mistake):
    """You counted the highest order only. Equation (6) needs the counts of all orders below as well."""

    caught_by = "markov.model"
    zh = "你只数了最高阶。公式 (6) 还需要所有更低阶的计数。"
    edit = (
        "fit",
        "count_ngrams(sequences, m) for m",
        "(count_ngrams(sequences, m) if m == order else {}) for m",
    )


class FitSharesCounts(Mistake):
    """All your models share one global variable, so the last fit changes the earlier ones."""

    caught_by = "markov.model"
    zh = "你的所有模型共用一个全局变量，后一次拟合会改变前面的模型。"

    LATEST = {}

    def fit(sequences, order, vocabulary_size, k):
        LATEST["counts"] = [count_ngrams(sequences, m) for m in range(max(order, 2) + 1)]
        return lambda context: interpolated_row(LATEST["counts"], context, vocabulary_size, k)


class FitIgnoresK(Mistake):
    """Your model has k = 1 whatever was asked for. Pass k on."""

    caught_by = "markov.model"
    zh = "不论要求的 k 是多少，你的模型都用 k = 1。请把 k 传下去。"
    edit = ("fit", "context, vocabulary_size, k)", "context, vocabulary_size, 1.0)")


class FitMaximumLikelihood(Mistake):
    """Your model is maximum likelihood. The model of equation (6) is interpolated."""

    caught_by = "markov.model"
    zh = "你的模型是最大似然估计。公式 (6) 的模型是插值的。"

    def fit(sequences, order, vocabulary_size, k):
        counts = count_ngrams(sequences, order)
        return lambda context: mle_row(counts, context, vocabulary_size)


class FitOneOrderLess(Mistake):
    """Your model forgets the oldest token of its context: it is of one order less."""

    caught_by = "markov.model"
    zh = "你的模型忘掉了上文中最早的词元：它低了一阶。"
    edit = ("fit", "(counts_by_order, context, ", "(counts_by_order, context[1:], ")


class FitReturnsARow(Mistake):
    """You return the row of the empty context. A model is a function: it returns the row when asked."""

    caught_by = "markov.model"
    zh = "你返回的是空上文的那一行。模型是函数：被问到时才返回对应的行。"
    explains = False

    def fit(sequences, order, vocabulary_size, k):
        counts = [count_ngrams(sequences, m) for m in range(order + 1)]
        return interpolated_row(counts, (), vocabulary_size, k)
