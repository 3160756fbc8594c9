"""What the figures show, that they draw without a warning, and what they refuse."""

import io
import math
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text

from course_lib.plots import (
    computational_graph,
    gate_heatmap,
    gradient_flow,
    gradient_norms,
    half_lives,
    hidden_states,
    ladder,
    ngram_orders,
    perplexity_curve,
    style,
)

HISTORY = {"perplexity": [12.0, 7.0, 5.0], "held_out_perplexity": [9.0, 6.0, 5.5], "loss": [1.0]}
ROWS = [("uniform", 28), ("bigram", 10.0), ("GRU", 4.05), ("LSTM", 3.91)]
CHINESE = "学而时习之\n不亦 说乎"
OKABE_ITO = {"#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}


def gates(time, units):
    return np.random.default_rng(0).random((time, units))


def every_figure():
    return [
        perplexity_curve(HISTORY, ROWS),
        ladder([*ROWS, ("MLE", math.inf)], own="GRU", threshold=4.5),
        gate_heatmap(gates(len(CHINESE), 6), CHINESE, title="更新门"),
        half_lives([3.0, 0.5, math.inf, 0.0]),
        hidden_states(gates(len(CHINESE), 3) - 0.5, CHINESE, title="隐状态"),
        gradient_norms([0.5, 3.0, math.nan, 0.0], max_norm=1.0),
        gradient_flow({"ρ = 0.9": 0.9 ** np.arange(9), "直线": np.ones((2, 5))}),
        ngram_orders({"MLE": {1: 17.0, 2: math.inf}}, {"MLE": {1: 16.0, 2: 9.0}}),
        computational_graph(gradients=True),
    ]


def texts(figure):
    return {text.get_text() for text in figure.findobj(Text)}


def drawn(figure):
    """The picture as bytes; pytest makes any warning on the way an error."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def tick_labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_the_curve_shows_both_perplexities_by_epoch_and_tells_them_apart_without_colour():
    axes = perplexity_curve(HISTORY).axes[0]
    training, held_out = axes.lines
    np.testing.assert_array_equal(training.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(training.get_ydata(), HISTORY["perplexity"])
    np.testing.assert_array_equal(held_out.get_ydata(), HISTORY["held_out_perplexity"])
    assert training.get_marker() != held_out.get_marker()
    assert training.get_linestyle() != held_out.get_linestyle()
    assert len(perplexity_curve({"perplexity": [3.0]}).axes[0].lines) == 1
    assert perplexity_curve(HISTORY, held_out_name="a").axes[0].lines[1].get_label() == "a"


def test_the_curve_names_the_other_models_without_overlap():
    figure = perplexity_curve(HISTORY, [*ROWS, ("MLE", math.inf)])
    drawn(figure)
    labels = [a for a in figure.axes[0].texts if a.get_text()]
    assert {a.get_text() for a in labels} == {
        "uniform 28.00", "bigram 10.00", "GRU 4.05", "LSTM 3.91"
    }  # fmt: skip
    boxes = sorted((Text.get_window_extent(a) for a in labels), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 for low, high in zip(boxes, boxes[1:], strict=False))


def test_everything_in_the_curve_lies_inside_its_axes():
    axes = perplexity_curve(HISTORY, ROWS).axes[0]
    low, high = axes.get_ylim()
    assert low < 3.91 and high > 28


@pytest.mark.parametrize("values", [[4.3], [4.3, 4.2, 4.1], [1.0, 1.0], [28.0, 1.0], [900.0, 2.0]])
def test_perplexity_ticks_are_plain_numbers_and_there_are_some(values):
    figure = perplexity_curve({"perplexity": values})
    drawn(figure)
    labels = tick_labels(figure.axes[0].yaxis)
    assert labels and all(float(label) >= 1 and "e" not in label for label in labels)


def test_the_ladder_draws_a_bar_from_one_to_each_perplexity_in_order():
    axes = ladder(ROWS).axes[0]
    ends = [bar.get_x() + bar.get_width() for bar in axes.patches]
    assert ends == pytest.approx([value for _, value in ROWS])
    assert {bar.get_x() for bar in axes.patches} == {1}
    assert tick_labels(axes.yaxis) == [name for name, _ in ROWS]
    assert axes.yaxis_inverted() and axes.get_xscale() == "log" and axes.get_xlim()[0] == 1


def test_the_ladder_marks_ones_own_row_the_threshold_and_infinity():
    figure = ladder([*ROWS, ("MLE", math.inf)], own="GRU", threshold=4.5)
    axes = figure.axes[0]
    colors = [to_hex(bar.get_facecolor()).upper() for bar in axes.patches]
    assert [color == style.BLUE for color in colors] == [False, False, True, False, False]
    assert {"4.05", "∞", "threshold 4.50"} <= texts(figure)
    assert [line.get_xdata()[0] for line in axes.lines] == [4.5]
    infinite = axes.patches[-1]
    assert infinite.get_x() + infinite.get_width() == pytest.approx(axes.get_xlim()[1])


def test_the_heatmap_shows_units_over_tokens_and_makes_blanks_visible():
    values = gates(5, 3)
    axes = gate_heatmap(values, "a b\nc").axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), values.T)
    assert axes.images[0].get_clim() == (0, 1)
    assert tick_labels(axes.xaxis) == ["a", "␣", "b", "↵", "c"]


def test_a_long_text_goes_on_in_the_next_row():
    values = gates(130, 2)
    figure = gate_heatmap(values, "x" * 129 + "y")
    rows = [axes for axes in figure.axes if axes.images]
    shown = np.concatenate([axes.images[0].get_array().T for axes in rows])
    np.testing.assert_array_equal(shown, values)
    assert [len(tick_labels(axes.xaxis)) for axes in rows] == [60, 60, 10]
    assert tick_labels(rows[-1].xaxis)[-1] == "y"
    assert len({tuple(axes.get_xlim()) for axes in rows}) == 1  # all cells of one width


def test_words_stand_upright_under_the_heatmap():
    figure = gate_heatmap(gates(2, 3), ["time", "traveller"])
    assert {label.get_rotation() for label in figure.axes[0].get_xticklabels()} == {90}


def test_half_lives_are_sorted_and_the_extremes_marked():
    figure = half_lives([2.0, math.inf, 0.5, 0.0, 8.0])
    inner, forever, never, median = figure.axes[0].lines
    np.testing.assert_array_equal(inner.get_xydata(), [[2, 8], [3, 2], [4, 0.5]])
    assert (forever.get_label(), forever.get_xdata()[0]) == ("never forgets", 1)
    assert (never.get_label(), never.get_xdata()[0]) == ("keeps nothing", 5)
    assert median.get_ydata()[0] == 2 and "median 2 steps" in texts(figure)


@pytest.mark.parametrize("values", [[0.0], [math.inf, math.inf], [1.0], np.full(300, 2.5)])
def test_uniform_half_lives_can_be_drawn(values):
    assert drawn(half_lives(values))


def test_every_figure_draws_without_a_warning():
    for figure in every_figure():
        assert drawn(figure).startswith(b"\x89PNG")


def test_a_notebook_shows_the_figure_as_a_picture():
    formatters = pytest.importorskip("IPython.core.formatters")
    for figure in every_figure():
        data, _ = formatters.DisplayFormatter().format(figure)
        assert data["image/png"].startswith(b"\x89PNG")


def test_chinese_is_drawn_with_a_font_that_has_it():
    installed = [name for name in style.CJK_FONTS if name in set(fontManager.get_font_names())]
    if not installed:
        pytest.skip("no font with Chinese characters (apt-get install fonts-noto-cjk)")
    figure = gate_heatmap(gates(len(CHINESE), 2), CHINESE, title="更新门 z")
    found = [text for text in figure.findobj(Text) if not text.get_text().isascii()]
    assert {"更新门 z", "学", "乎"} <= {text.get_text() for text in found}
    for text in found:
        fontManager.findfont(
            FontProperties(family=text.get_fontfamily()[1]), fallback_to_default=False
        )
        assert text.get_fontfamily()[1] == installed[0]


def test_without_such_a_font_the_rest_is_still_drawn(monkeypatch):
    monkeypatch.setattr(style, "CJK_FONTS", ("No Such Font",))
    figure = ladder([("a → b", 2.0)])
    families = [t.get_fontfamily() for t in figure.findobj(Text) if t.get_text() == "a → b"]
    assert families and all(family == ["sans-serif", "DejaVu Sans"] for family in families)
    assert drawn(figure)


def test_colours_are_from_a_palette_for_colour_blind_readers():
    assert {style.BLUE, style.ORANGE} <= OKABE_ITO
    colors, markers, lines = zip(*style.SERIES, strict=True)
    assert set(colors) <= OKABE_ITO | {style.INK}
    assert len(set(markers)) == len(set(map(str, lines))) == len(style.SERIES)
    for color in (style.GREY, style.INK):
        assert len(set(to_rgb(color))) == 1


def test_no_setting_is_changed_and_pyplot_is_not_imported():
    before = dict(matplotlib.rcParams)
    for figure in every_figure():
        drawn(figure)
    assert dict(matplotlib.rcParams) == before
    code = (
        "import sys, course_lib; assert 'matplotlib' not in sys.modules\n"
        "course_lib.ladder([('a', 2.0)]).savefig(sys.stdout.buffer)\n"
        "assert 'matplotlib.pyplot' not in sys.modules and 'tensorflow' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert done.returncode == 0 and done.stdout.startswith(b"\x89PNG"), done.stderr


def test_time_and_parameters_stand_beside_the_ladder_where_they_are_known():
    rows = [("uniform", 28.0), ("bigram", 10.0, 0.25, 729), ("GRU", 4.05, 40, 271_000)]
    shown = texts(ladder([*rows, ("LSTM", 3.91, 400.0, 1_300_000)]))
    assert {"time", "parameters", "–", "250 ms", "40 s", "7 min"} <= shown
    assert {"729", "271 k", "1.3 M"} <= shown
    assert not {"time", "parameters"} & texts(ladder(ROWS))
    assert "parameters" not in texts(ladder([("GRU", 4.05, 40, None)]))


def test_the_gradient_norms_stand_over_the_steps_and_clipped_ones_are_counted():
    figure = gradient_norms([0.5, 3.0, 0.2, 1.0, 40.0], max_norm=1.0)
    norms, line, clipped = figure.axes[0].lines
    np.testing.assert_array_equal(norms.get_xydata()[:, 0], [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(norms.get_ydata(), [0.5, 3.0, 0.2, 1.0, 40.0])
    assert line.get_ydata()[0] == 1.0
    np.testing.assert_array_equal(clipped.get_xydata(), [[2, 3.0], [5, 40.0]])
    assert {"clipped at θ = 1", "2 of 5 steps clipped"} <= texts(figure)
    assert len(gradient_norms([0.5, 3.0]).axes[0].lines) == 1


def test_norms_that_are_not_finite_are_marked_at_the_edge():
    figure = gradient_norms([0.5, math.nan, math.inf, 2.0])
    axes = figure.axes[0]
    np.testing.assert_array_equal(axes.lines[-1].get_xdata(), [2, 3])
    np.testing.assert_array_equal(axes.lines[-1].get_ydata(), axes.get_ylim()[1])
    assert "2 not finite" in texts(figure)
    assert np.isnan(axes.lines[0].get_ydata()[1:3]).all()  # no line is drawn through them


@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0], [math.nan], [1e-30, 1e30], [2.0] * 300])
def test_any_norms_can_be_drawn(values):
    assert drawn(gradient_norms(values, max_norm=5.0)) and drawn(gradient_norms(values))


def test_the_gradient_flow_shows_each_network_by_lag_on_a_logarithmic_axis():
    batch = np.array([[1.0, 0.1, 0.01], [1.0, 0.4, 0.16]])
    figure = gradient_flow({"ρ = 0.5": 0.5 ** np.arange(4), "two texts": batch})
    axes = figure.axes[0]
    one, two = axes.lines[:2]
    np.testing.assert_allclose(one.get_xydata(), [[k, 0.5**k] for k in range(4)])
    np.testing.assert_allclose(two.get_ydata(), [1.0, 0.2, 0.04])  # geometric means
    assert axes.get_yscale() == "log" and {"ρ = 0.5", "two texts"} <= texts(figure)
    assert (one.get_marker(), one.get_linestyle()) != (two.get_marker(), two.get_linestyle())
    low, high = axes.collections[0].get_paths()[0].get_extents().get_points()[:, 1]
    assert (low, high) == pytest.approx((0.01, 1.0))


def test_a_curve_ends_where_the_gradient_is_gone_or_overflows():
    curves = {"gone": [1.0, 0.5, 0.0, 0.0], "over": [1.0, 1e200, math.inf], "none": [0.0]}
    figure = gradient_flow(curves)
    gone, over = figure.axes[0].lines[:2]
    assert list(gone.get_xdata()) == [0, 1] and list(over.get_xdata()) == [0, 1]
    assert drawn(figure)


def test_ngram_orders_tell_held_out_from_training_and_infinity_from_the_rest():
    figure = ngram_orders(
        {"MLE": {2: math.inf, 1: 17.0}, "Kneser-Ney": {1: 17.0, 2: 10.0, 3: 6.5}},
        {"MLE": {1: 16.5, 2: 9.0, 3: 4.0}},
    )
    axes = figure.axes[0]
    held_out, smoothed, training = axes.lines
    np.testing.assert_array_equal(held_out.get_xydata(), [[1, 17.0]])
    np.testing.assert_array_equal(smoothed.get_xydata(), [[1, 17.0], [2, 10.0], [3, 6.5]])
    np.testing.assert_array_equal(training.get_ydata(), [16.5, 9.0, 4.0])
    assert held_out.get_marker() == training.get_marker() != smoothed.get_marker()
    assert training.get_markerfacecolor() == "white" != held_out.get_markerfacecolor()
    assert {"∞", "MLE, held out", "MLE, training text", "Kneser-Ney, held out"} <= texts(figure)
    assert tick_labels(axes.xaxis) == ["1", "2", "3"]


def test_models_that_are_infinitely_bad_at_every_order_can_be_drawn():
    assert drawn(ngram_orders({"MLE": {3: math.inf, 4: math.inf}}))


def test_states_are_shown_on_their_tokens_by_colour_and_as_bars():
    states = np.array([[0.5, 0.0], [-1.0, 0.25], [1.0, 0.0]])
    figure = hidden_states(states, "a b", units=[0])
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["a", "␣", "b"]
    assert tick_labels(axes.yaxis) == ["0"]
    cells, upward, downward = axes.collections
    colors = [to_hex(color).upper() for color in cells.get_facecolor()]
    assert colors[1:] == [style.ORANGE, style.BLUE]
    zero = axes.lines[0].get_ydata()[0]
    assert upward.get_paths()[0].vertices[:, 1].min() == pytest.approx(zero)
    assert downward.get_paths()[0].vertices[:, 1].max() == pytest.approx(zero)


def test_the_units_that_vary_most_are_shown_unless_some_are_named():
    states = np.linspace(-1, 1, 6)[:, None] * [0.1, 0.9, 0.5, 0.3, 0.8, 0.2, 0.7]
    assert tick_labels(hidden_states(states, "abcdef").axes[0].yaxis) == list("12346")
    named = hidden_states(states, "abcdef", units=[6, 0])
    assert tick_labels(named.axes[0].yaxis) == ["6", "0"]


def test_states_beyond_one_set_the_scale():
    figure = hidden_states([[-4.0], [2.0]], "ab")
    assert figure.axes[-1].get_ylim() == (-4, 4)


@pytest.mark.parametrize("text", ["x" * 100, "字" * 60, ["word"] * 30, ["w" * 200, "v"]])
def test_a_text_too_long_for_a_row_goes_on_in_the_next(text):
    figure = hidden_states(np.zeros((len(text), 1)), text)
    rows = [axes for axes in figure.axes if axes.texts]
    assert len(rows) > 1
    assert [t.get_text() for axes in rows for t in axes.texts] == list(text)
    assert len({axes.get_xlim() for axes in rows}) == 1
    assert drawn(figure)


@pytest.mark.parametrize("time", [1, 3, 5])
def test_the_graph_has_every_value_once_and_every_weight_once(time):
    axes = computational_graph(time).axes[0]
    labels = sorted(text.get_text() for text in axes.texts)
    steps = range(1, time + 1)
    expected = [f"${kind}_{t}$" for kind in "xholy" for t in steps] + ["$h_0$", "$L$"]
    expected += ["$W_{xh}$", "$W_{hh}$", "$W_{ho}$"]
    assert labels == sorted(expected)


def test_the_graphs_arrows_are_the_equations_and_the_gradients_go_back():
    axes = computational_graph(3).axes[0]
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    # x→h, h→h, h→o, o→l, y→l, l→L, and three weights, in each of three steps
    assert len(arrows) == 9 * 3
    figure = computational_graph(3, gradients=True)
    back = [
        patch
        for patch in figure.axes[0].patches
        if isinstance(patch, FancyArrowPatch)
        and to_hex(patch.get_edgecolor()).upper() == style.ORANGE
    ]
    assert len(back) == 4 * 3  # L→l, l→o, o→h, h→h
    assert {"values, forward in time", "gradients, back in time"} <= texts(figure)


@pytest.mark.parametrize("time", [0, 9, 2.0, True, "3"])
def test_a_graph_has_one_to_eight_steps(time):
    with pytest.raises(ValueError, match="time is the number of steps to draw.*from 1 to 8, got"):
        computational_graph(time)


@pytest.mark.parametrize("norms", [[], [[1.0]], [1.0, -1.0]])
def test_norms_that_are_none_are_refused(norms):
    with pytest.raises(ValueError, match="norms are one number of at least 0 for each training st"):
        gradient_norms(norms)


@pytest.mark.parametrize("max_norm", [0, -1.0, math.inf, math.nan])
def test_a_line_to_clip_at_lies_above_zero(max_norm):
    with pytest.raises(ValueError, match="max_norm is the length at which .* above 0; got"):
        gradient_norms([1.0], max_norm)


def test_a_gradient_flow_needs_curves_of_norms():
    with pytest.raises(ValueError, match="there are no curves to draw; expected"):
        gradient_flow({})
    for bad in ([], [1.0, -0.5], [math.nan], np.ones((1, 2, 3))):
        with pytest.raises(ValueError, match="norms are .lags,. or .batch, lags.*for 'RNN'"):
            gradient_flow({"RNN": bad})


def test_ngram_orders_need_perplexities_of_orders():
    with pytest.raises(ValueError, match="there are no perplexities to draw; expected"):
        ngram_orders({"MLE": {}})
    with pytest.raises(ValueError, match="length of its n-grams, at least 1; got 0 for 'MLE'"):
        ngram_orders({"MLE": {0: 2.0}})
    with pytest.raises(ValueError, match="a perplexity is at least 1; got 0.5 for 'MLE, order 2'"):
        ngram_orders({"MLE": {2: 0.5}})


@pytest.mark.parametrize("row", [("GRU",), ("GRU", 4.0, 1.0, 2, 3)])
def test_a_rung_has_two_to_four_values(row):
    with pytest.raises(ValueError, match=r"a rung is \(name, perplexity\) or .*; got \d values"):
        ladder([row])


@pytest.mark.parametrize("shape", [(4, 2), (3,), (1, 3, 2), (3, 0)])
def test_states_that_do_not_fit_the_text_are_refused(shape):
    with pytest.raises(ValueError, match=r"states are \(time, units\).*got shape .* for 3 tokens"):
        hidden_states(np.zeros(shape), "abc")


def test_states_that_are_not_finite_and_units_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="a state is not a finite number.*got nan"):
        hidden_states([[math.nan]], "a")
    for units, got in [([0, 3], "got 3"), ([-1], "got -1"), ([], "got none")]:
        with pytest.raises(IndexError, match=f"units are numbered from 0 to 1;.*{got}"):
            hidden_states(np.zeros((1, 2)), "a", units)


@pytest.mark.parametrize("history", [{}, {"perplexity": []}, {"loss": [1.0]}])
def test_a_history_without_perplexities_is_refused(history):
    with pytest.raises(ValueError, match=r"history has no perplexities; .*got the keys \["):
        perplexity_curve(history)


@pytest.mark.parametrize("draw", [ladder, lambda rows: perplexity_curve(HISTORY, rows)])
@pytest.mark.parametrize("value", [0.7, -1, math.nan])
def test_a_perplexity_below_one_is_refused(draw, value):
    with pytest.raises(
        ValueError, match="a perplexity is at least 1; got .* for 'GRU'; try math.e"
    ):
        draw([("GRU", value)])


def test_a_ladder_without_rungs_is_refused():
    with pytest.raises(ValueError, match="a ladder needs rungs; expected rows such as"):
        ladder([])


@pytest.mark.parametrize("shape", [(4, 2), (3,), (1, 3, 2), (3, 0)])
def test_gates_that_do_not_fit_the_text_are_refused(shape):
    with pytest.raises(ValueError, match=r"gates are \(time, units\).*got shape .* for 3 tokens"):
        gate_heatmap(np.zeros(shape), "abc")


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_gates_outside_zero_to_one_are_refused(value):
    with pytest.raises(ValueError, match="gates lie between 0 and 1; got values from"):
        gate_heatmap([[0.5, value]], "a")


@pytest.mark.parametrize(
    ("values", "got"),
    [([], r"\(0,\)$"), ([[1.0]], r"\(1, 1\)"), ([1.0, -1.0], "negative"), ([math.nan], "NaN")],
)
def test_half_lives_are_not_negative_numbers(values, got):
    with pytest.raises(ValueError, match=rf"half-lives are one number of time steps.*{got}"):
        half_lives(values)
