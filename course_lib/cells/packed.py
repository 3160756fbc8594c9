"""What the lecture's cells share: separate arrays by name, inside Keras's stacked weights.

Keras keeps one `kernel`, one `recurrent_kernel` and one `bias` a cell and stacks the equations side
by side in them; the lecture names a matrix for each equation. Here they meet.
"""

import numpy as np
from keras import ops

from course_lib.token_ids import positive

__all__ = ["PackedCell", "blocks"]

WEIGHTS = {"W_x": "kernel", "W_h": "recurrent_kernel", "b_": "bias"}


def blocks(weight, count):
    """`count` properties of a cell: the equal blocks of a stacked weight, in Keras's order.

    The blocks of the bias of a cell that has none (`use_bias=False`) are 0.
    """

    def block(position):
        def read(cell):
            stacked = getattr(cell, weight)
            if stacked is None:
                return 0
            width = cell.units
            return stacked[..., position * width : (position + 1) * width]

        return property(read)

    return tuple(block(position) for position in range(count))


class PackedCell:
    """A Keras cell by the lecture's names; stands in front of a Keras cell class.

    A class gives `packing`, the last letters of the lecture's names in Keras's order;
    `PARAMETERS`, these names in the lecture's order; and `step`, one step in time.
    """

    packing: tuple[str, ...]
    PARAMETERS: tuple[str, ...]

    def __init__(self, units, *args, **kwargs):
        super().__init__(positive("units", units), *args, **kwargs)

    def call(self, inputs, states, training=False):
        """Keras's contract for cells: (x_t, [h_{t-1}, ...]) -> (h_t, [h_t, ...])."""
        inputs = ops.cast(inputs, self.compute_dtype)  # whole numbers, too, as Keras's cells do
        nested = isinstance(states, list | tuple)
        new = self.step(inputs, *(states if nested else [states]), training=training)
        new = list(new) if isinstance(new, tuple) else [new]
        return new[0], new if nested else new[0]

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls._written = dict(vars(cls))

    def replaced(self):
        """Names of the class, its equations above all, that no longer mean what its file says."""
        here, now = vars(self), vars(type(self))
        changed = [name for name, value in self._written.items() if now.get(name) is not value]
        return changed + [name for name in (*self._written, "call") if name in here]

    @property
    def mask_per_equation(self):
        """Whether Keras draws a dropout mask for each equation, not one for all of them."""
        return hasattr(self, "dropout_mask_count")

    def drops(self, rate):
        """Whether Keras's cell drops anything at this rate: its gated cells take 1 for 0."""
        return 0 < rate < 1 or (rate == 1 and len(self.packing) == 1)

    def dropped(self, x, h_prev, training=False):
        """x_t and h_{t-1} as the equations see them: two lists, an entry an equation, in packing
        order. Entries differ only while training with dropout, which has Keras's masks."""
        return (
            self._each(x, self.dropout, self.get_dropout_mask, training),
            self._each(h_prev, self.recurrent_dropout, self.get_recurrent_dropout_mask, training),
        )

    def _each(self, tensor, rate, get_mask, training):
        if not (training and self.drops(rate)):
            return [tensor] * len(self.packing)
        masks = get_mask(tensor)  # Keras draws one mask for all equations, or a list of one each
        if isinstance(masks, list):
            return [tensor * mask for mask in masks]
        return [tensor * masks] * len(self.packing)

    @property
    def names(self):
        """The names in `parameters()`: all of the lecture's, but for biases the cell has not."""
        return tuple(name for name in self.PARAMETERS if self.use_bias or name[:2] != "b_")

    def load(self, params):
        """Put the lecture's arrays into the weights; builds the cell if that has not happened yet.

        params: a dict with exactly the lecture's names; shapes as in the class docstring.
        Raises TypeError for anything but a dict, ValueError for a wrong name or shape.
        """
        names, cell = self.names, type(self).__name__
        if not isinstance(params, dict):
            raise TypeError(
                f"load expects a dict of the {len(names)} arrays {', '.join(names)}; "
                f"got {type(params).__name__}"
            )
        missing = [name for name in names if name not in params]
        unknown = [str(name) for name in params if name not in names]
        if missing or unknown:
            raise ValueError(
                f"the parameters of this {cell} are {', '.join(names)}; "
                f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
            )
        arrays = {name: np.asarray(params[name]) for name in names}
        self._check_shapes(arrays)
        if not self.built:
            self.build((None, arrays[f"W_x{self.packing[0]}"].shape[0]))
        self.set_weights(
            [
                np.concatenate([arrays[f"{part}{letter}"] for letter in self.packing], axis=-1)
                for part in WEIGHTS
                if f"{part}{self.packing[0]}" in names
            ]
        )

    def _check_shapes(self, arrays):
        units = self.units
        first = next(iter(arrays.values()))
        features = self.kernel.shape[0] if self.built else first.shape[0] if first.ndim else 0
        expected = {"W_x": (features, units), "W_h": (units, units), "b_": (units,)}
        wrong = [
            f"{name} must be {expected[name[:-1]]}, got {array.shape}"
            for name, array in arrays.items()
            if array.shape != expected[name[:-1]]
        ]
        if wrong:
            raise ValueError(
                f"wrong shape for a {type(self).__name__} with {units} units and {features} "
                f"features: {'; '.join(wrong)}. W_x* are (features, units), not (units, features)"
            )

    def parameters(self):
        """The lecture's arrays as a dict of NumPy arrays, in the lecture's order."""
        if not self.built:
            raise ValueError(
                f"this {type(self).__name__} has no weights yet; call it on an input, build it "
                "with build((None, features)), or load parameters first"
            )
        return {name: ops.convert_to_numpy(getattr(self, name)) for name in self.names}
