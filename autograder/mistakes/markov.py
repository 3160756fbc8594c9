"""Mistakes of the markov unit, tasks 1 and 2. Functions here are read as source, not called."""
# ruff: noqa: F821
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 1 the chain rule -----------------------------------------------------------------------


class ForwardMarginals(Mistake):
    """Your factors are p(x_1), p(x_2) and so on, without any condition. Their product is independence."""

    caught_by = "markov.forward"
    zh = "你的因子是 p(x_1)、p(x_2)……，没有任何条件。它们的乘积意味着各变量独立。"

    def forward_factors(joint):
        everything = range(joint.ndim)
        return [joint.sum(axis=tuple(a for a in everything if a != t)) for t in everything]


class ForwardJointOfBeginnings(Mistake):
    """You return p(x_1 … x_t). A condition is a quotient: divide by p(x_1 … x_{t-1})."""

    caught_by = "markov.forward"
    zh = "你返回的是 p(x_1 … x_t)。条件概率是一个商：还要除以 p(x_1 … x_{t-1})。"

    def forward_factors(joint):
        return [joint.sum(axis=tuple(range(t, joint.ndim))) for t in range(1, joint.ndim + 1)]


class ForwardWrongAxis(Mistake):
    """You normalise over the first axis. The factor for x_t has to sum to 1 over x_t, the last one."""

    caught_by = "markov.forward"
    zh = "你沿第一个轴做了归一化。x_t 的因子应当对 x_t 求和为 1，也就是最后一个轴。"

    def forward_factors(joint):
        factors = []
        for t in range(1, joint.ndim + 1):
            beginning = joint.sum(axis=tuple(range(t, joint.ndim)))
            factors.append(beginning / beginning.sum(axis=0, keepdims=True))
        return factors


class ForwardLastOnly(Mistake):
    """You condition on the one variable before. The chain rule conditions on all that came before."""

    caught_by = "markov.forward"
    zh = "你只以前一个变量为条件。链式法则要以前面的所有变量为条件。"

    def forward_factors(joint):
        factors = []
        for t in range(joint.ndim):
            kept = joint.sum(axis=tuple(a for a in range(joint.ndim) if a not in (t - 1, t)))
            factors.append(kept / kept.sum(axis=-1, keepdims=True))
        return factors


class ForwardListBackwards(Mistake):
    """Your list begins with the last factor. Begin with p(x_1)."""

    caught_by = "markov.forward"
    zh = "你的列表从最后一个因子开始。请从 p(x_1) 开始。"

    def forward_factors(joint):
        factors = []
        for t in range(joint.ndim, 0, -1):
            beginning = joint.sum(axis=tuple(range(t, joint.ndim)))
            factors.append(beginning / beginning.sum(axis=-1, keepdims=True))
        return factors


class BackwardListOfForward(Mistake):
    """You turned the list of forward factors round. From the end, each factor has other conditions."""

    caught_by = "markov.backward"
    zh = "你只是把正向因子的列表倒了过来。从后往前读时，每个因子的条件都不一样。"

    def backward_factors(joint):
        return forward_factors(joint)[::-1]


class BackwardWrongAxis(Mistake):
    """You normalise over the last axis. From the end, the predicted variable is the first axis."""

    caught_by = "markov.backward"
    zh = "你沿最后一个轴做了归一化。从后往前读时，被预测的变量在第一个轴。"

    def backward_factors(joint):
        factors = []
        for t in reversed(range(joint.ndim)):
            end = joint.sum(axis=tuple(range(t)))
            factors.append(end / end.sum(axis=-1, keepdims=True))
        return factors


class BackwardInOrderOfTime(Mistake):
    """Your list begins with the factor of x_1. Read from the end, it begins with p(x_T)."""

    caught_by = "markov.backward"
    zh = "你的列表从 x_1 的因子开始。从后往前读时，应从 p(x_T) 开始。"

    def backward_factors(joint):
        ends = [joint.sum(axis=tuple(range(t))) for t in range(joint.ndim)]
        return [end / end.sum(axis=0, keepdims=True) for end in ends]


class BackwardAxesReversed(Mistake):
    """Your axes run from x_T to x_t. The axes stay in the order of time, x_t first."""

    caught_by = "markov.backward"
    zh = "你的轴是从 x_T 排到 x_t 的。轴要按时间先后排列，x_t 在最前。"

    def backward_factors(joint):
        return forward_factors(joint.transpose())


# --- 2 counting -----------------------------------------------------------------------------


class VocabularyWithoutMarks(Mistake):
    """Your vocabulary lacks "<unk>" and "<s>" at places 0 and 1."""

    caught_by = "markov.vocabulary"
    zh = "你的词表缺少编号为 0 和 1 的 <unk> 和 <s>。"

    def build_vocabulary(sequences, min_count):
        number = Counter(token for sequence in sequences for token in sequence)
        kept = [token for token in number if number[token] >= min_count]
        return sorted(kept, key=lambda token: (-number[token], token))


class VocabularyMarksSwapped(Mistake):
    """You have "<s>" before "<unk>". The unknown token has id 0, the boundary id 1."""

    caught_by = "markov.vocabulary"
    zh = "你把 <s> 放在了 <unk> 前面。未知词元的编号是 0，边界符的编号是 1。"
    edit = ("build_vocabulary", '"<unk>", "<s>"', '"<s>", "<unk>"')


class VocabularyMoreThanMinCount(Mistake):
    """You keep tokens that occur more than min_count times. At least min_count is enough."""

    caught_by = "markov.vocabulary"
    zh = "你只保留了出现超过 min_count 次的词元。达到 min_count 次就够了。"
    edit = ("build_vocabulary", ">= min_count", "> min_count")


class VocabularyKeepsAll(Mistake):
    """You keep every token. Those that occur fewer than min_count times become unknown."""

    caught_by = "markov.vocabulary"
    zh = "你保留了所有词元。出现不足 min_count 次的应当归为未知词元。"
    edit = ("build_vocabulary", ">= min_count", ">= 1")


class VocabularyAlphabetical(Mistake):
    """Your tokens are in alphabetical order only. The most frequent one comes first."""

    caught_by = "markov.vocabulary"
    zh = "你的词元只按字典序排列。应当从最常见的排起。"
    edit = ("build_vocabulary", "key=lambda token: (-number[token], token)", "key=str")


class VocabularyRarestFirst(Mistake):
    """Your rarest token comes first. Sort by falling frequency: the most frequent one first."""

    caught_by = "markov.vocabulary"
    zh = "你把最罕见的词元排在了最前。应按频率从高到低排列。"
    edit = ("build_vocabulary", "-number[token]", "number[token]")


class VocabularyTiesReversed(Mistake):
    """Equally frequent tokens are in reverse: reverse=True turns the ties round as well."""

    caught_by = "markov.vocabulary"
    zh = "次数相同的词元次序反了：reverse=True 会把它们也倒过来。"
    edit = (
        "build_vocabulary",
        "key=lambda token: (-number[token], token)",
        "key=lambda token: (number[token], token), reverse=True",
    )


class VocabularyTiesAsMet(Mistake):
    """Equally frequent tokens stand as they were met, as most_common has it; sort those by name."""

    caught_by = "markov.vocabulary"
    zh = "次数相同的词元是按出现先后排列的（most_common 就是这样）；请再按字典序排序。"

    def build_vocabulary(sequences, min_count):
        number = Counter(token for sequence in sequences for token in sequence)
        return ["<unk>", "<s>", *(t for t, n in number.most_common() if n >= min_count)]


class EncodeDropsUnknown(Mistake):
    """You leave out the tokens that are not known. They stay in the text, as UNKNOWN."""

    caught_by = "markov.vocabulary"
    zh = "你把不认识的词元丢掉了。它们要留在文本里，记为 UNKNOWN。"

    def encode(sequence, vocabulary):
        return [vocabulary.index(token) for token in sequence if token in vocabulary]


class EncodeUnknownAsBoundary(Mistake):
    """You encode a token that is not known as the boundary. It is the unknown token, id 0."""

    caught_by = "markov.vocabulary"
    zh = "你把不认识的词元记成了边界符。它应是未知词元，编号为 0。"
    edit = ("encode", "UNKNOWN", "BOUNDARY")


class EncodeUnknownAsNew(Mistake):
    """You give a token that is not known an id behind the vocabulary. It is the unknown token."""

    caught_by = "markov.vocabulary"
    zh = "你给不认识的词元编了一个词表之外的号。它应是未知词元，编号为 0。"
    edit = ("encode", "UNKNOWN", "len(vocabulary)")


class EncodeAddsBoundary(Mistake):
    """You put the boundary behind the ids. `windows` adds the boundaries, once for every order."""

    caught_by = "markov.vocabulary"
    zh = "你在编号后面加了边界符。边界符由 windows 按阶数来加。"

    def encode(sequence, vocabulary):
        ids = {token: place for place, token in enumerate(vocabulary)}
        return [*(ids.get(token, UNKNOWN) for token in sequence), BOUNDARY]


class WindowsWithoutEnd(Mistake):
    """Your windows stop at the last token. The closing boundary is predicted as well: T + 1 windows."""

    caught_by = "markov.windows"
    zh = "你的窗口到最后一个词元就停了。末尾的边界符也要预测：共 T + 1 个窗口。"
    edit = ("windows", "*sequence, BOUNDARY]", "*sequence]")


class WindowsWithoutStart(Mistake):
    """You put no boundaries in front, so the first tokens of a sequence are never predicted."""

    caught_by = "markov.windows"
    zh = "你没有在前面补边界符，因此序列开头的词元从未被预测。"
    edit = ("windows", "*[BOUNDARY] * order, *sequence", "*sequence")


class WindowsOneBoundaryInFront(Mistake):
    """You put one boundary in front whatever the order. It takes as many as the context is long."""

    caught_by = "markov.windows"
    zh = "不论阶数多少，你都只在前面补一个边界符。上文多长就要补几个。"
    edit = ("windows", "*[BOUNDARY] * order, *sequence", "BOUNDARY, *sequence")


class WindowsPredictTheStart(Mistake):
    """You put one boundary too many in front and predict it. The beginning is context only."""

    caught_by = "markov.windows"
    zh = "你在前面多补了一个边界符，还去预测它。开头的边界符只作上文。"
    edit = ("windows", "*[BOUNDARY] * order, *sequence", "*[BOUNDARY] * (order + 1), *sequence")


class WindowsNewestFirst(Mistake):
    """Your contexts are turned round. The oldest token comes first, the one just before last."""

    caught_by = "markov.windows"
    zh = "你的上文次序反了。最早的词元在前，紧挨着的那个在最后。"
    edit = ("windows", "tuple(padded[t - order : t])", "tuple(padded[t - order : t][::-1])")


class WindowsPaddedWithUnknown(Mistake):
    """You fill up the contexts with the unknown token. The beginning of a sequence is the boundary."""

    caught_by = "markov.windows"
    zh = "你用未知词元来补齐上文。序列开头应当用边界符。"
    edit = ("windows", "*[BOUNDARY] * order", "*[UNKNOWN] * order")


class WindowsOrderOfNgram(Mistake):
    """Your contexts have order − 1 tokens, as an n-gram of n tokens has. Here the order is τ itself."""

    caught_by = "markov.windows"
    zh = "你的上文只有 order − 1 个词元，那是 n 元组里的 n − 1。这里的 order 就是 τ 本身。"

    def windows(sequence, order):
        order = max(order - 1, 0)
        padded = [*[BOUNDARY] * order, *sequence, BOUNDARY]
        return [(tuple(padded[t - order : t]), padded[t]) for t in range(order, len(padded))]


class WindowsSeeTheToken(Mistake):
    """Your contexts hold the token that is to be predicted. They end just before it."""

    caught_by = "markov.windows"
    zh = "你的上文里含有要预测的那个词元。上文应在它之前结束。"
    edit = ("windows", "padded[t - order : t]", "padded[max(t - order, 0) + 1 : t + 1]")


class WindowsTokenFirst(Mistake):
    """Your pairs are (token, context). The context comes first."""

    caught_by = "markov.windows"
    zh = "你的每一对是 (token, context)。上文应当在前。"
    explains = False

    def windows(sequence, order):
        padded = [*[BOUNDARY] * order, *sequence, BOUNDARY]
        return [(padded[t], tuple(padded[t - order : t])) for t in range(order, len(padded))]


class WindowsAppendToInput(Mistake):
    """You append the boundary to the caller's own list. Make a new one: [*sequence, BOUNDARY]."""

    caught_by = "markov.windows"
    zh = "你把边界符直接追加到调用者的列表里了。请新建一个：[*sequence, BOUNDARY]。"

    def windows(sequence, order):
        sequence.append(BOUNDARY)
        padded = [BOUNDARY] * order + sequence
        return [(tuple(padded[t - order : t]), padded[t]) for t in range(order, len(padded))]


class CountsAcrossBoundaries(Mistake):
    """You join the sequences first, so n-grams reach from one into the next. Take each by itself."""

    caught_by = "markov.counts"
    zh = "你先把序列连在了一起，n 元组就跨过了边界。请逐个序列分别处理。"

    def count_ngrams(sequences, order):
        counts = {}
        joined = [token for sequence in sequences for token in sequence]
        for context, token in windows(joined, order):
            counts.setdefault(context, Counter())[token] += 1
        return counts


class CountsLastSequence(Mistake):
    """You begin with an empty dict for every sequence, so the last one alone is counted."""

    caught_by = "markov.counts"
    zh = "你为每个序列都新建一个空字典，结果只数了最后一个序列。"

    def count_ngrams(sequences, order):
        for sequence in sequences:
            counts = {}
            for context, token in windows(sequence, order):
                counts.setdefault(context, Counter())[token] += 1
        return counts


class CountsOnce(Mistake):
    """You note that an n-gram occurs, but not how often: every count is 1."""

    caught_by = "markov.counts"
    zh = "你只记了 n 元组是否出现，没有记出现几次：所有的次数都是 1。"
    edit = ("count_ngrams", "[token] += 1", "[token] = 1")


class CountsPlainKeys(Mistake):
    """With order 1 your keys are plain ids. A context is a tuple also where it holds one id: (3,)."""

    caught_by = "markov.counts"
    zh = "阶为 1 时你的键是单个编号。上文即使只有一个编号也是元组：(3,)。"

    def count_ngrams(sequences, order):
        counts = {}
        for sequence in sequences:
            for context, token in windows(sequence, order):
                key = context[0] if order == 1 else context
                counts.setdefault(key, Counter())[token] += 1
        return counts


class CountsSkipEmpty(Mistake):
    """You skip empty sequences. They count as well: a boundary right after the beginning."""

    caught_by = "markov.counts"
    zh = "你跳过了空序列。空序列也要数：开头之后紧接着就是边界符。"

    def count_ngrams(sequences, order):
        counts = {}
        for sequence in filter(len, sequences):
            for context, token in windows(sequence, order):
                counts.setdefault(context, Counter())[token] += 1
        return counts


class CountsWithoutBoundary(Mistake):
    """You do not count the closing boundary. Then no sequence would ever end."""

    caught_by = "markov.counts"
    zh = "你没有数末尾的边界符。这样序列就永远不会结束。"

    def count_ngrams(sequences, order):
        counts = {}
        for sequence in sequences:
            for context, token in windows(sequence, order):
                if token != BOUNDARY:
                    counts.setdefault(context, Counter())[token] += 1
        return counts
