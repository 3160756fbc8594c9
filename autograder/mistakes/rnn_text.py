"""Mistakes of the rnn unit, tasks 6 and 8: windows, the state between them, generation."""
# ruff: noqa: F821, N805, N806
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 6 windows ----------------------------------------------------------------------------------


class TargetsNotShifted(Mistake):
    """Your targets are the inputs themselves, so copying solves the task; shift them by one."""

    caught_by = "rnn.sequential_batches"
    zh = "你的目标就是输入本身，照抄就行了；目标应往后移一位。"
    edit = ("sequential_batches", "cut(0), cut(1)", "cut(0), cut(0)")


class TargetsShiftedBack(Mistake):
    """Your targets are one token before the inputs; they have to be one after."""

    caught_by = "rnn.sequential_batches"
    zh = "你的目标比输入早一位；应晚一位。"
    edit = ("sequential_batches", "cut(0), cut(1)", "cut(1), cut(0)")


class TargetsWrapAround(Mistake):
    """You roll each row by one, so its last target is its own first token; take it from the text."""

    caught_by = "rnn.sequential_batches"
    zh = "你在每行内部循环移位，最后一个目标成了该行的第一个词元；应从文本里取。"
    edit = (
        "sequential_batches",
        "cut(0), cut(1)",
        "cut(0), np.roll(cut(0), -1, axis=2)",
    )


class NoTokenKeptBack(Mistake):
    """You cut rows of N // batch tokens: the last target needs one more, so L = (N − 1) // batch."""

    caught_by = "rnn.sequential_batches"
    explains = False
    zh = "你的每行有 N // batch 个词元：最后的目标还需要一个，所以 L = (N − 1) // batch。"
    edit = ("sequential_batches", "(len(ids) - 1) // batch", "len(ids) // batch")


class WindowsSideBySide(Mistake):
    """Your rows of a batch follow each other in the text. Row r has to go on in the next batch's row r."""

    caught_by = "rnn.sequential_batches"
    zh = "你的同一批量各行在文本中前后相接。应当是第 r 行接着下一个批量的第 r 行。"

    def sequential_batches(ids, batch, time):
        count = (len(ids) - 1) // batch // time
        length = count * batch * time
        shape = (count, batch, time)
        return ids[:length].reshape(shape), ids[1 : length + 1].reshape(shape)


class BatchAxisSecond(Mistake):
    """Your arrays are (batch, number of batches, time); the number of batches comes first."""

    caught_by = "rnn.sequential_batches"
    zh = "你的数组是 (batch, 批量个数, time)；批量个数应在最前面。"
    edit = ("sequential_batches", ".swapaxes(0, 1)", "")


class TimeBeforeBatch(Mistake):
    """Your windows are (time, batch); expected (batch, time)."""

    caught_by = "rnn.sequential_batches"
    zh = "你的窗口是 (time, batch)；应为 (batch, time)。"
    edit = ("sequential_batches", ".swapaxes(0, 1)", ".transpose(1, 2, 0)")


class WindowsReshapedNotSwapped(Mistake):
    """You reshape where two axes have to be swapped; that mixes the rows of the text."""

    caught_by = "rnn.sequential_batches"
    zh = "该交换两个轴的地方你用了 reshape，文本的各行就混在一起了。"
    edit = (
        "sequential_batches",
        ".reshape(batch, count, time).swapaxes(0, 1)",
        ".reshape(count, batch, time)",
    )


class LastWindowLost(Mistake):
    """You leave out the last full batch: count L // time windows in each row."""

    caught_by = "rnn.sequential_batches"
    zh = "你丢掉了最后一个完整的批量：每行有 L // time 个窗口。"
    edit = ("sequential_batches", "count = length // time", "count = length // time - 1")


class RowsCutToWindows(Mistake):
    """Row r of yours begins at r times the used tokens. It begins at r L, with the leftover skipped."""

    caught_by = "rnn.sequential_batches"
    zh = "你的第 r 行从 r 乘以用掉的词元数开始。它应从 r L 开始，每行末尾的零头跳过。"
    edit = (
        "sequential_batches",
        "count = length // time",
        "count = length // time\n    length = count * time",
    )


class RandomTargetsNotShifted(Mistake):
    """The targets of your random windows are the inputs themselves; take the tokens one later."""

    caught_by = "rnn.random_batches"
    zh = "你随机窗口的目标就是输入本身；应取晚一位的词元。"
    edit = ("random_batches", "ids[starts + np.arange(time) + 1]", "ids[starts + np.arange(time)]")


class RandomTargetsTwoLater(Mistake):
    """Your targets are two tokens later than the inputs; the next token is one later."""

    caught_by = "rnn.random_batches"
    zh = "你的目标比输入晚了两位；下一个词元只晚一位。"
    edit = (
        "random_batches",
        "ids[starts + np.arange(time) + 1]",
        "np.roll(ids, -2)[starts + np.arange(time)]",
    )


class NotShuffled(Mistake):
    """Your windows come in the order of the text; shuffle them with rng.permutation."""

    caught_by = "rnn.random_batches"
    zh = "你的窗口还是文本中的次序；请用 rng.permutation 打乱。"
    edit = ("random_batches", "rng.permutation(windows)", "np.arange(windows)")


class BatchesShuffledOnly(Mistake):
    """You shuffle whole batches, and their rows still follow each other; shuffle single windows."""

    caught_by = "rnn.random_batches"
    zh = "你打乱的是整个批量，批量里的各行仍前后相接；应打乱单个窗口。"

    def random_batches(ids, batch, time, rng):
        count = (len(ids) - 1) // time // batch
        starts = time * np.arange(count * batch).reshape(count, batch, 1)
        starts = starts[rng.permutation(count)]
        return ids[starts + np.arange(time)], ids[starts + np.arange(time) + 1]


class ShuffledInsideTheBatch(Mistake):
    """You cut sequential batches and shuffle their order; each row still goes on as in the text."""

    caught_by = "rnn.random_batches"
    zh = "你先顺序划分，再打乱各行的次序；每一行仍照文本接着往下。"

    def random_batches(ids, batch, time, rng):
        count = (len(ids) - 1) // time // batch
        rows = rng.permutation(batch)
        starts = time * (count * rows[None, :] + np.arange(count)[:, None])[..., None]
        return ids[starts + np.arange(time)], ids[starts + np.arange(time) + 1]


class TokensShuffled(Mistake):
    """You shuffle the tokens of the text; only whole windows may change places."""

    caught_by = "rnn.random_batches"
    zh = "你把文本的词元打乱了；只有整个窗口可以换位置。"

    def random_batches(ids, batch, time, rng):
        count = (len(ids) - 1) // time // batch
        mixed = rng.permutation(len(ids) - 1)[: count * batch * time].reshape(count, batch, time)
        return ids[mixed], ids[mixed + 1]


class WindowsDrawnWithReplacement(Mistake):
    """You draw starts anywhere in the text, so windows overlap; use each multiple of time once."""

    caught_by = "rnn.random_batches"
    zh = "你在文本里随便取起点，窗口会重叠；应让 time 的每个倍数恰好用一次。"

    def random_batches(ids, batch, time, rng):
        count = (len(ids) - 1) // time // batch
        starts = rng.choice(len(ids) - time, count * batch, replace=False).reshape(count, batch, 1)
        return ids[starts + np.arange(time)], ids[starts + np.arange(time) + 1]


class WindowsRepeated(Mistake):
    """You draw windows with replacement, so some come twice and others never."""

    caught_by = "rnn.random_batches"
    zh = "你有放回地抽取窗口，有的出现两次，有的从不出现。"
    edit = ("random_batches", "rng.permutation(windows)", "rng.integers(windows, size=windows)")


class InputsAndTargetsShuffledApart(Mistake):
    """You shuffle inputs and targets one by one, so they no longer belong together."""

    caught_by = "rnn.random_batches"
    zh = "你把输入和目标分别打乱，两者就对不上了。"

    def random_batches(ids, batch, time, rng):
        windows = (len(ids) - 1) // time
        kept = windows // batch * batch

        def drawn(shift):
            starts = time * rng.permutation(windows)[:kept].reshape(-1, batch, 1) + shift
            return ids[starts + np.arange(time)]

        return drawn(0), drawn(1)


class ShuffledByTheGlobalGenerator(Mistake):
    """You shuffle with np.random, so no seed can repeat it; use the generator rng."""

    caught_by = "rnn.random_batches"
    zh = "你用 np.random 打乱，种子就不起作用了；请用生成器 rng。"
    edit = ("random_batches", "rng.permutation", "np.random.permutation")


class ShuffledBySeedZero(Mistake):
    """You make a generator of your own with a fixed seed, so every epoch has the same batches."""

    caught_by = "rnn.random_batches"
    zh = "你自己造了一个种子固定的生成器，每一轮的批量都一样。"
    edit = ("random_batches", "rng.permutation", "np.random.default_rng(0).permutation")


class StateNeverCarried(Mistake):
    """You start every batch at zero. With carry, the state goes on from batch to batch."""

    caught_by = "rnn.read_batches"
    zh = "你让每个批量都从零开始。carry 为真时，状态要从一个批量传到下一个。"
    edit = ("read_batches", "h if carry else zero", "zero")


class StateAlwaysCarried(Mistake):
    """You carry the state on in any case. Without carry every batch starts at zero."""

    caught_by = "rnn.read_batches"
    zh = "不管怎样你都把状态传了下去。carry 为假时，每个批量都从零开始。"
    edit = ("read_batches", "h if carry else zero", "h")


class CarryInverted(Mistake):
    """You have carry the wrong way round: True means that the state goes on."""

    caught_by = "rnn.read_batches"
    zh = "你把 carry 弄反了：真表示状态要传下去。"
    edit = ("read_batches", "h if carry else zero", "zero if carry else h")


class BatchesJoinedInTime(Mistake):
    """You join the batches along time; expected them stacked, the number of batches as first axis."""

    caught_by = "rnn.read_batches"
    zh = "你把各批量沿时间接了起来；应堆叠起来，第一个轴是批量个数。"
    edit = ("read_batches", "np.stack(outputs)", "np.concatenate(outputs, axis=1)")


class StateOfTheFirstRow(Mistake):
    """You hand the state of row 0 to all rows; row r goes on from its own state."""

    caught_by = "rnn.read_batches"
    zh = "你把第 0 行的状态给了所有行；第 r 行应从它自己的状态接着走。"
    edit = ("read_batches", "h if carry else zero", "h[:1] + zero if carry else zero")


# --- 8 generation -------------------------------------------------------------------------------


class TemperatureMultiplied(Mistake):
    """You multiply by the temperature. Divide: a low temperature has to sharpen."""

    caught_by = "rnn.with_temperature"
    zh = "你乘以了温度。应该除：温度低，分布要变尖。"

    def with_temperature(o, temperature):
        if temperature == 0:
            return one_hot(o.argmax(axis=-1), o.shape[-1])
        return softmax(o * temperature)


class TemperatureOnProbabilities(Mistake):
    """Your temperature changes nothing: probabilities divided by it and normalised are as before. Divide logits."""

    caught_by = "rnn.with_temperature"
    zh = "你的温度没有起作用：概率除以它再归一化，和原来一样。应该除 logits。"

    def with_temperature(o, temperature):
        if temperature == 0:
            return one_hot(o.argmax(axis=-1), o.shape[-1])
        p = softmax(o) / temperature
        return p / p.sum(axis=-1, keepdims=True)


class PowersNotNormalised(Mistake):
    """You raise the probabilities to 1/τ, which is right, and do not normalise them again."""

    caught_by = "rnn.with_temperature"
    zh = "你取了概率的 1/τ 次方，这没错，但没有重新归一化。"

    def with_temperature(o, temperature):
        if temperature == 0:
            return one_hot(o.argmax(axis=-1), o.shape[-1])
        return softmax(o) ** (1 / temperature)


class NoSpecialCaseAtZero(Mistake):
    """You divide by 0 at temperature 0; there the likeliest token gets probability 1."""

    caught_by = "rnn.with_temperature"
    zh = "温度为 0 时你除以了 0；这时最可能的词元概率应为 1。"

    def with_temperature(o, temperature):
        with np.errstate(all="ignore"):
            return softmax(o / np.float64(temperature))


class IdAtZero(Mistake):
    """At temperature 0 you return ids; expected probabilities, 1 for the likeliest token."""

    caught_by = "rnn.with_temperature"
    zh = "温度为 0 时你返回的是编号；应返回概率，最可能的词元为 1。"

    def with_temperature(o, temperature):
        return o.argmax(axis=-1) if temperature == 0 else softmax(o / temperature)


class ZeroTakenForOne(Mistake):
    """You take temperature 0 for 1; as τ → 0 the likeliest token gets all the probability."""

    caught_by = "rnn.with_temperature"
    zh = "你把温度 0 当成了 1；τ → 0 时，全部概率归最可能的词元。"

    def with_temperature(o, temperature):
        return softmax(o / (temperature or 1))


class SmallTemperatureOverflows(Mistake):
    """At a small temperature your exponentials overflow; subtract the largest logit first."""

    caught_by = "rnn.with_temperature"
    zh = "温度很小时你的指数会溢出；请先减去最大的 logit。"

    def with_temperature(o, temperature):
        if temperature == 0:
            return one_hot(o.argmax(axis=-1), o.shape[-1])
        with np.errstate(all="ignore"):
            e = np.exp(o / temperature)
            return e / e.sum(axis=-1, keepdims=True)


class TemperatureFloored(Mistake):
    """You keep the temperature above 0.1 to be safe; every temperature has to be taken as it is."""

    caught_by = "rnn.with_temperature"
    zh = "你为了保险让温度不低于 0.1；任何温度都应照原样使用。"

    def with_temperature(o, temperature):
        return softmax(o / max(temperature, 0.1))


class WarmUpOmitted(Mistake):
    """You read the last token of the prefix only; the warm-up reads all of it."""

    caught_by = "rnn.generate"
    zh = "你只读了前缀的最后一个词元；预热要读完整个前缀。"
    edit = ("generate", "np.asarray(prefix),", "np.asarray(prefix)[-1:],")


class PrefixReadButLast(Mistake):
    """You do not read the last token of the prefix, so it is predicted once more."""

    caught_by = "rnn.generate"
    zh = "你没有读前缀的最后一个词元，于是它又被预测了一遍。"
    edit = ("generate", "np.asarray(prefix),", "np.asarray(prefix)[: max(1, len(prefix) - 1)],")


class LastTokenReadTwice(Mistake):
    """You warm up on the whole prefix and then read its last token once more."""

    caught_by = "rnn.generate"
    zh = "你用整个前缀预热之后，又把最后一个词元读了一遍。"

    def generate(prefix, length, params, temperature, rng):
        zero = np.zeros((1, len(params["b_h"])))
        _, h = read(np.asarray(prefix)[None], zero, params)
        ids, new = np.asarray(prefix)[-1:], []
        for _ in range(length):
            o, h = read(ids[None], h, params)
            p = with_temperature(o[0, -1], temperature)
            ids = rng.choice(len(p), size=1, p=p)
            new.append(ids[0])
        return np.array(new)


class GeneratesWithoutState(Mistake):
    """You read every new token from the zero state; go on from the state that you have."""

    caught_by = "rnn.generate"
    zh = "你每读一个新词元都从零状态开始；应从手上的状态接着走。"

    def generate(prefix, length, params, temperature, rng):
        ids, new = np.asarray(prefix), []
        for _ in range(length):
            o, _ = read(ids[None], np.zeros((1, len(params["b_h"]))), params)
            p = with_temperature(o[0, -1], temperature)
            ids = rng.choice(len(p), size=1, p=p)
            new.append(ids[0])
        return np.array(new)


class StateOfTheWarmUpKept(Mistake):
    """You keep the state of the warm-up for ever; each new token leaves a new one."""

    caught_by = "rnn.generate"
    zh = "你一直用预热时的状态；每读一个新词元，状态都会更新。"

    def generate(prefix, length, params, temperature, rng):
        zero = np.zeros((1, len(params["b_h"])))
        o, h = read(np.asarray(prefix)[None], zero, params)
        new = []
        for _ in range(length):
            p = with_temperature(o[0, -1], temperature)
            new.append(rng.choice(len(p), p=p))
            o, _ = read(np.array([[new[-1]]]), h, params)
        return np.array(new)


class OutputNotFedBack(Mistake):
    """You draw all tokens from one prediction; each drawn token has to be the next input."""

    caught_by = "rnn.generate"
    zh = "你的所有词元都由同一次预测抽出；每个抽到的词元都要作为下一步的输入。"

    def generate(prefix, length, params, temperature, rng):
        o, _ = read(np.asarray(prefix)[None], np.zeros((1, len(params["b_h"]))), params)
        p = with_temperature(o[0, -1], temperature)
        return rng.choice(len(p), size=length, p=p)


class PrefixRereadAsInput(Mistake):
    """You feed the last token of the prefix again and again; feed the token that was drawn."""

    caught_by = "rnn.generate"
    zh = "你一遍遍地喂前缀的最后一个词元；应喂刚抽到的那个。"

    def generate(prefix, length, params, temperature, rng):
        ids, h, new = np.asarray(prefix), np.zeros((1, len(params["b_h"]))), []
        for _ in range(length):
            o, h = read(ids[None], h, params)
            p = with_temperature(o[0, -1], temperature)
            new.append(rng.choice(len(p), p=p))
            ids = np.asarray(prefix)[-1:]
        return np.array(new)


class ReadsAllAgain(Mistake):
    """You read the whole text again for every token. The state already holds it: read one token."""

    caught_by = "rnn.generate"
    zh = "你为每个词元把全文重读一遍。状态里已经有了，只读一个词元就行。"

    def generate(prefix, length, params, temperature, rng):
        ids = list(prefix)
        for _ in range(length):
            o, _ = read(np.array([ids]), np.zeros((1, len(params["b_h"]))), params)
            p = with_temperature(o[0, -1], temperature)
            ids.append(rng.choice(len(p), p=p))
        return np.array(ids[len(prefix) :])


class PrefixReturnedToo(Mistake):
    """You return the prefix as well; expected the new tokens only."""

    caught_by = "rnn.generate"
    zh = "你把前缀也返回了；只应返回新的词元。"
    edit = ("generate", "return np.array(new)", "return np.array([*prefix, *new])")


class FirstTokenLost(Mistake):
    """Your text lacks its first token: the prediction after the prefix is drawn, too."""

    caught_by = "rnn.generate"
    zh = "你的结果缺了第一个词元：读完前缀之后的那次预测也要抽。"
    edit = ("generate", "return np.array(new)", "return np.array(new[1:])")


class AlwaysTheLikeliest(Mistake):
    """You always take the likeliest token; draw with the probabilities, except at temperature 0."""

    caught_by = "rnn.generate"
    zh = "你总取最可能的词元；应按概率抽取，温度为 0 时除外。"
    edit = ("generate", "rng.choice(len(p), size=1, p=p)", "np.array([p.argmax()])")


class DrawnUniformly(Mistake):
    """You draw all tokens with equal chances: rng.choice needs p=."""

    caught_by = "rnn.generate"
    zh = "你以相等的机会抽取所有词元：rng.choice 要给出 p=。"
    edit = (
        "generate",
        "ids = rng.choice(len(p), size=1, p=p)",
        "ids = rng.choice(len(p), size=1) if temperature else np.array([p.argmax()])",
    )


class GenerateIgnoresTemperature(Mistake):
    """Your generate draws at temperature 1, whatever it is asked for."""

    caught_by = "rnn.generate"
    zh = "不管要求的是多少，你的 generate 都用温度 1 来抽。"
    edit = (
        "generate",
        "with_temperature(o[0, -1], temperature)",
        "with_temperature(o[0, -1], temperature and 1.0)",
    )


class DrawnByTheGlobalGenerator(Mistake):
    """You draw with np.random, so a text cannot be repeated; use the generator rng."""

    caught_by = "rnn.generate"
    zh = "你用 np.random 抽取，写出的内容无法重现；请用生成器 rng。"
    edit = ("generate", "rng.choice", "np.random.choice")


class DrawnBySeedZero(Mistake):
    """You make a generator of your own with a fixed seed, so every text is the same."""

    caught_by = "rnn.generate"
    zh = "你自己造了一个种子固定的生成器，每次写出的都一样。"
    edit = (
        "generate",
        "    ids, h, new =",
        "    rng = np.random.default_rng(0)\n    ids, h, new =",
    )


class SeedRestartedAtEveryToken(Mistake):
    """You make the generator anew for every token, so each is drawn with the same random number."""

    caught_by = "rnn.generate"
    zh = "你为每个词元都重新造一个生成器，每次抽取用的是同一个随机数。"
    edit = (
        "generate",
        "        o, h = read(",
        "        rng = np.random.default_rng(7)\n        o, h = read(",
    )
