"""Mistakes of the lstm unit, tasks 1 to 5. Functions are read as source, not called: see `Mistake`."""
# ruff: noqa: F821, N805, N806
# mypy: ignore-errors

from __future__ import annotations

from . import Mistake

# --- 1 gates --------------------------------------------------------------------------------


class GatesWithoutBiases(Mistake):
    """Your gates leave out the biases b_i, b_f, b_o of equations (1) to (3)."""

    caught_by = "lstm.gates"
    zh = "你的门漏掉了公式 (1) 到 (3) 中的偏置 b_i、b_f、b_o。"

    def gates(x, h_prev, params):
        return [sigmoid(x @ params["W_x" + g] + h_prev @ params["W_h" + g]) for g in "ifo"]


class GatesWithTanh(Mistake):
    """Your gates use tanh. A gate is a share between 0 and 1: equations (1) to (3) use σ."""

    caught_by = "lstm.gates"
    zh = "你的门用了 tanh。门是 0 到 1 之间的比例：公式 (1) 到 (3) 用的是 σ。"
    edit = ("gates", "sigmoid(", "np.tanh(")


class GatesWithHardSigmoid(Mistake):
    """Your gates use the hard sigmoid (a straight line, cut off); (1) to (3) use σ."""

    caught_by = "lstm.gates"
    zh = "你的门用了 hard sigmoid（截断的直线）；公式 (1) 到 (3) 用的是 σ。"

    def gates(x, h_prev, params):
        a = [x @ params["W_x" + g] + h_prev @ params["W_h" + g] + params["b_" + g] for g in "ifo"]
        return [np.clip(value / 6 + 0.5, 0.0, 1.0) for value in a]


class GatesWithoutActivation(Mistake):
    """Your gates are the sums inside σ; the σ itself is missing in all three."""

    caught_by = "lstm.gates"
    zh = "你的三个门只算了 σ 里面的和，都漏了 σ 本身。"
    edit = ("gates", "sigmoid(", "(")


class GatesIgnoreTheState(Mistake):
    """Your gates look at x_t only. Equations (1) to (3) also have a term with h_{t-1}."""

    caught_by = "lstm.gates"
    zh = "你的门只看 x_t。公式 (1) 到 (3) 还有含 h_{t-1} 的一项。"

    def gates(x, h_prev, params):
        return [sigmoid(x @ params["W_x" + g] + params["b_" + g]) for g in "ifo"]


class GatesTransposed(Mistake):
    """You multiply by W_hi, W_hf, W_ho transposed. With rows as batch it is h_{t-1} W_hi."""

    caught_by = "lstm.gates"
    zh = "你乘的是 W_hi、W_hf、W_ho 的转置。样本按行排列时应为 h_{t-1} W_hi。"

    def gates(x, h_prev, params):
        p = params
        return [sigmoid(x @ p["W_x" + g] + h_prev @ p["W_h" + g].T + p["b_" + g]) for g in "ifo"]


class GatesSumOfSigmoids(Mistake):
    """You add two sigmoids for each gate. The equations add first and take σ of the sum."""

    caught_by = "lstm.gates"
    zh = "每个门你都把两个 sigmoid 相加。公式是先相加，再取 σ。"

    def gates(x, h_prev, params):
        p = params
        return [
            sigmoid(x @ p["W_x" + g] + p["b_" + g]) + sigmoid(h_prev @ p["W_h" + g]) for g in "ifo"
        ]


class GatesWithBiasesTwice(Mistake):
    """Your gates add each bias twice (PyTorch has one for x and one for h); here there is one."""

    caught_by = "lstm.gates"
    zh = "每个偏置你都加了两次（PyTorch 里 x 和 h 各有一个）；这里只有一个。"

    def gates(x, h_prev, params):
        p = params
        return [sigmoid(x @ p["W_x" + g] + h_prev @ p["W_h" + g] + 2 * p["b_" + g]) for g in "ifo"]


class GatesReturnedAsIOF(Mistake):
    """You return i, o, f; expected i, f, o: input, forget, output gate."""

    caught_by = "lstm.gates"
    zh = "你返回的次序是 i、o、f；应为 i、f、o：输入门、遗忘门、输出门。"
    edit = ("gates", "return i, f, o", "return i, o, f")


class GatesReturnedAsFIO(Mistake):
    """You return f, i, o; expected i, f, o: the input gate first."""

    caught_by = "lstm.gates"
    zh = "你返回的次序是 f、i、o；应为 i、f、o，输入门在前。"
    edit = ("gates", "return i, f, o", "return f, i, o")


class ForgetGateComplement(Mistake):
    """You return 1 − f. In spite of its name the forget gate says how much is kept."""

    caught_by = "lstm.gates"
    zh = "你返回的是 1 − f。别看叫遗忘门，它表示的是保留多少。"
    edit = ("gates", "return i, f, o", "return i, 1 - f, o")


class ForgetGateWithInputWeights(Mistake):
    """Your forget gate uses the input gate's parameters; it has its own: W_xf, W_hf, b_f."""

    caught_by = "lstm.gates"
    zh = "你的遗忘门用了输入门的参数；它有自己的一套：W_xf、W_hf、b_f。"
    edit = ("gates", "return i, f, o", "return i, i, o")


class OutputGateWithForgetBias(Mistake):
    """Your output gate adds b_f, the forget gate's bias; equation (3) has b_o."""

    caught_by = "lstm.gates"
    zh = "你的输出门加的是遗忘门的偏置 b_f；公式 (3) 中是 b_o。"
    edit = ("gates", 'params["b_o"]', 'params["b_f"]')


class ForgetBiasAddedEachTime(Mistake):
    """You add 1 inside the forget gate. A forget bias of 1 is the start value of b_f, no more."""

    caught_by = "lstm.gates"
    zh = "你在遗忘门里又加了 1。遗忘偏置为 1 只是 b_f 的初始值。"
    edit = ("gates", 'params["b_f"]', 'params["b_f"] + 1.0')


# --- 2 candidate ----------------------------------------------------------------------------


class CandidateCellWithSigmoid(Mistake):
    """Your candidate uses σ, so the cell can never be made smaller. Equation (4) uses tanh."""

    caught_by = "lstm.candidate"
    zh = "你的候选记忆细胞用了 σ，记忆细胞就永远减不下来。公式 (4) 用 tanh。"
    edit = ("candidate", "np.tanh", "sigmoid")


class CandidateCellWithReLU(Mistake):
    """Your candidate uses ReLU: never negative and without a bound. Equation (4) uses tanh."""

    caught_by = "lstm.candidate"
    zh = "你的候选记忆细胞用了 ReLU：永不为负，也没有上界。公式 (4) 用 tanh。"
    edit = ("candidate", "np.tanh(", "np.maximum(0.0, ")


class CandidateCellWithoutActivation(Mistake):
    """Your candidate is the sum inside tanh; the tanh of equation (4) is missing."""

    caught_by = "lstm.candidate"
    zh = "你的候选记忆细胞只算了 tanh 里面的和；漏了公式 (4) 的 tanh。"
    edit = ("candidate", "np.tanh", "")


class CandidateCellWithoutBias(Mistake):
    """Your candidate leaves out the bias b_c of equation (4)."""

    caught_by = "lstm.candidate"
    zh = "你的候选记忆细胞漏掉了公式 (4) 中的偏置 b_c。"
    edit = ("candidate", ' + params["b_c"]', "")


class CandidateCellIgnoresTheState(Mistake):
    """Your candidate looks at x_t only; equation (4) also has the term h_{t-1} W_hc."""

    caught_by = "lstm.candidate"
    zh = "你的候选记忆细胞只看 x_t；公式 (4) 还有 h_{t-1} W_hc 这一项。"
    edit = ("candidate", ' + h_prev @ params["W_hc"]', "")


class CandidateCellTransposed(Mistake):
    """You multiply by W_hc transposed. With rows as batch, equation (4) is h_{t-1} W_hc."""

    caught_by = "lstm.candidate"
    zh = "你乘的是 W_hc 的转置。样本按行排列时，公式 (4) 是 h_{t-1} W_hc。"
    edit = ("candidate", 'params["W_hc"]', 'params["W_hc"].T')


class CandidateCellWithOutputWeights(Mistake):
    """Your candidate uses the output gate's parameters (W_xo …); equation (4) has W_xc, W_hc, b_c."""

    caught_by = "lstm.candidate"
    zh = "你的候选记忆细胞用了输出门的参数（W_xo 等）；公式 (4) 用 W_xc、W_hc、b_c。"

    def candidate(x, h_prev, params):
        return np.tanh(x @ params["W_xo"] + h_prev @ params["W_ho"] + params["b_o"])


# --- 3 cell state ---------------------------------------------------------------------------


class InputAndForgetSwapped(Mistake):
    """You have i and f swapped. In equation (5) the forget gate weighs the old cell: f ⊙ c_{t-1}."""

    caught_by = "lstm.cell_state"
    zh = "你把 i 和 f 对调了。公式 (5) 中遗忘门是旧记忆细胞的权重：f ⊙ c_{t-1}。"
    edit = ("cell_state", "f * c_prev + i * c_tilde", "i * c_prev + f * c_tilde")


class ForgetReadLiterally(Mistake):
    """You keep (1 − f) ⊙ c_{t-1}. In equation (5) f = 1 keeps the cell, whatever the gate is called."""

    caught_by = "lstm.cell_state"
    zh = "你保留的是 (1 − f) ⊙ c_{t-1}。公式 (5) 中 f = 1 是保留，别管门叫什么名字。"
    edit = ("cell_state", "f * c_prev", "(1 - f) * c_prev")


class CoupledGates(Mistake):
    """You weigh the candidate with 1 − f, as the GRU does. Equation (5) has a gate of its own: i."""

    caught_by = "lstm.cell_state"
    zh = "你像 GRU 那样用 1 − f 给候选值加权。公式 (5) 里它有自己的门 i。"
    edit = ("cell_state", "i * c_tilde", "(1 - f) * c_tilde")


class CellAddsAll(Mistake):
    """You add the whole candidate. Equation (5) lets in only what the input gate allows: i ⊙ c̃."""

    caught_by = "lstm.cell_state"
    zh = "你把整个候选值加了进去。公式 (5) 只放进输入门允许的部分：i ⊙ c̃。"
    edit = ("cell_state", "i * c_tilde", "c_tilde")


class CellWithoutForgetGate(Mistake):
    """You keep all of the old cell (the LSTM of 1997 did). Equation (5) weighs it: f ⊙ c_{t-1}."""

    caught_by = "lstm.cell_state"
    zh = "你保留了全部旧内容（1997 年的 LSTM 如此）。公式 (5) 要加权：f ⊙ c_{t-1}。"
    edit = ("cell_state", "f * c_prev", "c_prev")


class CellWithoutItsPast(Mistake):
    """You return i ⊙ c̃ only; what the forget gate leaves of the old cell, f ⊙ c_{t-1}, is missing."""

    caught_by = "lstm.cell_state"
    zh = "你只返回了 i ⊙ c̃；漏了遗忘门留下的旧内容 f ⊙ c_{t-1}。"
    edit = ("cell_state", "f * c_prev + ", "")


class CellSquashed(Mistake):
    """You take tanh of the new cell. Equation (5) is a sum; the tanh is in equation (6)."""

    caught_by = "lstm.cell_state"
    zh = "你对新的记忆细胞取了 tanh。公式 (5) 只是求和；tanh 在公式 (6) 里。"
    edit = ("cell_state", "f * c_prev + i * c_tilde", "np.tanh(f * c_prev + i * c_tilde)")


# --- 4 hidden state -------------------------------------------------------------------------


class HiddenWithoutTanh(Mistake):
    """Your hidden state is o ⊙ c. Equation (6) squashes the cell first: o ⊙ tanh(c)."""

    caught_by = "lstm.hidden_state"
    zh = "你的隐含状态是 o ⊙ c。公式 (6) 先压缩记忆细胞：o ⊙ tanh(c)。"
    edit = ("hidden_state", "np.tanh(c)", "c")


class HiddenTanhOutside(Mistake):
    """You take tanh of o ⊙ c. In equation (6) the tanh is of the cell alone: o ⊙ tanh(c)."""

    caught_by = "lstm.hidden_state"
    zh = "你对 o ⊙ c 取了 tanh。公式 (6) 中 tanh 只作用于记忆细胞：o ⊙ tanh(c)。"
    edit = ("hidden_state", "o * np.tanh(c)", "np.tanh(o * c)")


class HiddenWithSigmoid(Mistake):
    """Your hidden state squashes the cell with σ, so it is never negative. Equation (6) uses tanh."""

    caught_by = "lstm.hidden_state"
    zh = "你用 σ 压缩记忆细胞，隐含状态就永不为负。公式 (6) 用 tanh。"
    edit = ("hidden_state", "np.tanh(c)", "sigmoid(c)")


class HiddenWithoutGate(Mistake):
    """Your hidden state is tanh(c); the output gate of equation (6) is missing."""

    caught_by = "lstm.hidden_state"
    zh = "你的隐含状态是 tanh(c)；漏了公式 (6) 的输出门。"
    edit = ("hidden_state", "o * np.tanh(c)", "np.tanh(c)")


class HiddenGateComplement(Mistake):
    """You weigh with 1 − o. In equation (6) an open output gate, o = 1, shows the cell."""

    caught_by = "lstm.hidden_state"
    zh = "你用 1 − o 加权。公式 (6) 中输出门打开（o = 1）才显示记忆细胞。"
    edit = ("hidden_state", "o * ", "(1 - o) * ")


# --- 5 one step, over time ------------------------------------------------------------------


class StepReturnsCellFirst(Mistake):
    """You return c, h; expected h, c: the hidden state first."""

    caught_by = "lstm.one_step"
    zh = "你返回的是 c、h；应为 h、c，隐含状态在前。"
    edit = ("lstm_step", "return hidden_state(o, c), c", "return c, hidden_state(o, c)")


class StepReturnsHiddenTwice(Mistake):
    """You return h as the cell as well; the second value has to be c_t of equation (5)."""

    caught_by = "lstm.one_step"
    zh = "你把 h 也当作记忆细胞返回；第二个值应是公式 (5) 的 c_t。"
    edit = ("lstm_step", "return hidden_state(o, c), c", "return (hidden_state(o, c),) * 2")


class StepShowsTheOldCell(Mistake):
    """Your hidden state is made of c_{t-1}; equation (6) shows the new cell, c_t."""

    caught_by = "lstm.one_step"
    zh = "你的隐含状态用的是 c_{t-1}；公式 (6) 显示的是新的记忆细胞 c_t。"
    edit = ("lstm_step", "hidden_state(o, c)", "hidden_state(o, c_prev)")


class StepGatesSeeTheCell(Mistake):
    """Your gates get c_{t-1} in place of h_{t-1}; in equations (1) to (3) they see the hidden state."""

    caught_by = "lstm.one_step"
    zh = "你的门看到的是 c_{t-1} 而不是 h_{t-1}；公式 (1) 到 (3) 看的是隐含状态。"
    edit = ("lstm_step", "gates(x, h_prev, params)", "gates(x, c_prev, params)")


class StepCandidateSeesTheCell(Mistake):
    """Your candidate gets c_{t-1} in place of h_{t-1}; equation (4) reads the hidden state."""

    caught_by = "lstm.one_step"
    zh = "你的候选值用了 c_{t-1} 而不是 h_{t-1}；公式 (4) 读的是隐含状态。"
    edit = ("lstm_step", "candidate(x, h_prev, params)", "candidate(x, c_prev, params)")


class StepWritesIntoTheHiddenState(Mistake):
    """Your new cell starts from h_{t-1}; in equation (5) the forget gate keeps c_{t-1}."""

    caught_by = "lstm.one_step"
    zh = "你的新记忆细胞从 h_{t-1} 出发；公式 (5) 中遗忘门保留的是 c_{t-1}。"
    edit = ("lstm_step", "cell_state(f, c_prev,", "cell_state(f, h_prev,")


class StepGatesMixedUp(Mistake):
    """Your forget and output gate have changed places: gates returns i, f, o."""

    caught_by = "lstm.one_step"
    zh = "你的遗忘门和输出门换了位置：gates 返回的是 i、f、o。"
    edit = ("lstm_step", "i, f, o = gates", "i, o, f = gates")


class StepArgumentsMixedUp(Mistake):
    """You hand i and f to cell_state the wrong way round; its order is f, c_prev, i, c_tilde."""

    caught_by = "lstm.one_step"
    zh = "你把 i 和 f 反着传给了 cell_state；它的参数次序是 f、c_prev、i、c_tilde。"
    edit = ("lstm_step", "cell_state(f, c_prev, i, c_tilde)", "cell_state(i, c_prev, f, c_tilde)")


class NeitherStateCarried(Mistake):
    """Every step starts from h_0 and c_0: the states of the step before are not carried on."""

    caught_by = "lstm.over_time"
    zh = "每一步都从 h_0 和 c_0 出发：上一步的两个状态没有传下去。"
    edit = (
        "lstm_over_time",
        "lstm_step(xs[:, t], h, c, params)",
        "lstm_step(xs[:, t], h_0, c_0, params)",
    )


class CellNotCarried(Mistake):
    """Every step starts from c_0: the hidden state is carried on, the cell is not."""

    caught_by = "lstm.over_time"
    zh = "每一步都从 c_0 出发：隐含状态传下去了，记忆细胞没有。"
    edit = (
        "lstm_over_time",
        "lstm_step(xs[:, t], h, c, params)",
        "lstm_step(xs[:, t], h, c_0, params)",
    )


class HiddenNotCarried(Mistake):
    """Every step starts from h_0: the cell is carried on, the hidden state is not."""

    caught_by = "lstm.over_time"
    zh = "每一步都从 h_0 出发：记忆细胞传下去了，隐含状态没有。"
    edit = (
        "lstm_over_time",
        "lstm_step(xs[:, t], h, c, params)",
        "lstm_step(xs[:, t], h_0, c, params)",
    )


class BothStartFromZero(Mistake):
    """You start from zeros and ignore the h_0 and c_0 that were passed in."""

    caught_by = "lstm.over_time"
    zh = "你从零状态出发，没有用传入的 h_0 和 c_0。"
    edit = (
        "lstm_over_time",
        "h, c, hs, cs = h_0, c_0, [], []",
        "h, c, hs, cs = 0 * h_0, 0 * c_0, [], []",
    )


class CellStartsFromZero(Mistake):
    """Your cell starts from zeros: the c_0 that was passed in is not used."""

    caught_by = "lstm.over_time"
    zh = "你的记忆细胞从零出发：没有用传入的 c_0。"
    edit = (
        "lstm_over_time",
        "h, c, hs, cs = h_0, c_0, [], []",
        "h, c, hs, cs = h_0, 0 * c_0, [], []",
    )


class StatesHandedOverCrosswise(Mistake):
    """From step to step h and c change places: lstm_step returns h, c in this order."""

    caught_by = "lstm.over_time"
    zh = "从一步到下一步，h 和 c 换了位置：lstm_step 依次返回 h、c。"
    edit = (
        "lstm_over_time",
        "lstm_step(xs[:, t], h, c, params)",
        "lstm_step(xs[:, t], c, h, params)",
    )


class BothTimeAxisFirst(Mistake):
    """Your states are stacked as (time, batch, units); time is the second axis: axis=1."""

    caught_by = "lstm.over_time"
    zh = "你的状态按 (时间, 批量, 单元) 堆叠；时间是第二个轴：axis=1。"
    edit = ("lstm_over_time", "axis=1", "axis=0")


class BothBeforeTheStep(Mistake):
    """You keep the states before each step, h_0 and c_0 among them; expected those after it."""

    caught_by = "lstm.over_time"
    zh = "你记录的是每步之前的状态（包括 h_0、c_0）；应记录每步之后的。"

    def lstm_over_time(xs, h_0, c_0, params):
        h, c, hs, cs = h_0, c_0, [], []
        for t in range(xs.shape[1]):
            hs.append(h)
            cs.append(c)
            h, c = lstm_step(xs[:, t], h, c, params)
        return np.stack(hs, axis=1), np.stack(cs, axis=1)


class ReadFromTheEnd(Mistake):
    """You read the sequence from its end; the first step has to read xs[:, 0]."""

    caught_by = "lstm.over_time"
    zh = "你从序列末尾往前读；第一步应该读 xs[:, 0]。"
    edit = ("lstm_over_time", "range(xs.shape[1])", "reversed(range(xs.shape[1]))")


class CellsReturnedFirst(Mistake):
    """You return cs, hs; expected hs, cs: the hidden states first."""

    caught_by = "lstm.over_time"
    zh = "你返回的是 cs、hs；应为 hs、cs，隐含状态在前。"
    edit = (
        "lstm_over_time",
        "return np.stack(hs, axis=1), np.stack(cs, axis=1)",
        "return np.stack(cs, axis=1), np.stack(hs, axis=1)",
    )


class LastCellOnly(Mistake):
    """Your second value is the last cell only; expected the cells of all steps."""

    caught_by = "lstm.over_time"
    zh = "你的第二个返回值只有最后一步的记忆细胞；应为所有步的。"
    edit = ("lstm_over_time", "np.stack(cs, axis=1)", "c")
