"""What the lecture's layers share: Keras's recurrent machinery, and the choice between two ways."""

import importlib
from functools import lru_cache

import keras
from keras import ops

from course_lib import lazy

__all__ = ["RecurrentLayer"]

WAYS = ("auto", "fast", "readable")
OF_LAYER = (
    *("return_sequences", "return_state", "go_backwards", "stateful", "unroll"),
    "activity_regularizer",
)
OF_CELL = (
    *("units", "activation", "recurrent_activation", "use_bias", "unit_forget_bias"),
    *("kernel_initializer", "recurrent_initializer", "bias_initializer"),
    *("kernel_regularizer", "recurrent_regularizer", "bias_regularizer"),
    *("kernel_constraint", "recurrent_constraint", "bias_constraint"),
    *("dropout", "recurrent_dropout", "reset_after", "seed"),
)


class RecurrentLayer(keras.layers.RNN):
    """One of the lecture's cells over time, the readable way or the fast way.

    The readable way is Keras's loop: the cell's own equations, step by step. The fast way is a
    function of `course_lib.fast`, written for speed: the same outputs, states and gradients, for
    the standard equations only. `way` chooses:

        layer.way = "auto"      fast wherever that computes what the cell says (from the start)
        layer.way = "readable"  always the cell's equations
        layer.way = "fast"      an error where the fast way cannot be taken

    `layer.why_readable(training)` says why "auto" takes the readable way; "" means it does not.
    """

    fast: str | None = None
    """The function of `course_lib.fast` that computes this layer."""

    def __init__(self, cell_class, arguments):
        """arguments: the local variables of a constructor that has the signature of Keras's."""
        left_out = ("self", "__class__", "kwargs", "use_cudnn")
        named = {name: value for name, value in arguments.items() if name not in left_out}
        for_layer = {name: named.pop(name) for name in OF_LAYER} | arguments["kwargs"]
        for_cell = named | {
            "name": f"{type(self).__name__.lower()}_cell",
            "dtype": for_layer.get("dtype"),
            "trainable": for_layer.get("trainable", True),
        }
        if "implementation" in for_layer:
            for_cell["implementation"] = for_layer.pop("implementation")
        self._cell_class = cell_class
        self._way = "auto"
        super().__init__(cell_class(**for_cell), **for_layer)
        self.input_spec = keras.layers.InputSpec(ndim=3)
        self.use_cudnn = arguments.get("use_cudnn", False)
        if self.use_cudnn not in ("auto", False):
            raise ValueError(
                f"course_lib.{type(self).__name__} never uses cuDNN; expected use_cudnn='auto' or "
                f"False, got {self.use_cudnn!r}; try keras.layers.{type(self).__name__}"
            )

    @property
    def way(self):
        """ "auto", "fast" or "readable"; may be set at any time before the call it is to affect."""
        return self._way

    @way.setter
    def way(self, way):
        if way not in WAYS:
            raise ValueError(
                f"unknown way {way!r} through time; expected one of {', '.join(map(repr, WAYS))}"
            )
        self._way = way

    def why_readable(self, training=False):
        """Why the fast way does not compute this layer, as a clause; "" if it does."""
        cell, written = self.cell, self._cell_class
        if self.fast is None:
            return f"course_lib.fast has no function for a {type(self).__name__}"
        if not _fast_is_there():
            return "course_lib.fast answers a task and is left out of this copy of course_lib"
        if keras.backend.backend() != "tensorflow":
            return f"Keras runs on {keras.backend.backend()}, and the fast way is TensorFlow's"
        if type(cell) is not written:
            return f"its cell is a {type(cell).__name__}, not course_lib's {written.__name__}"
        if cell.replaced():
            return f"its cell has another {', '.join(cell.replaced())} than the lecture's"
        if cell.activation is not keras.activations.tanh:
            return "its activation is not tanh"
        if getattr(cell, "recurrent_activation", None) not in (None, keras.activations.sigmoid):
            return "its recurrent_activation is not the sigmoid"
        if self.unroll:
            return "it is to be unrolled"
        if training and cell.drops(cell.recurrent_dropout):
            return "it trains with recurrent dropout"
        if training and cell.drops(cell.dropout) and cell.mask_per_equation:
            return "it trains with a dropout mask for each equation"
        return ""

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """Keras's contract: (the last output, all outputs, the last states)."""
        initial_state = self._first_states(initial_state, sequences)
        mask = self._mask(mask, sequences)
        reason = "" if self.way == "readable" else self.why_readable(training)
        if self.way == "readable" or (reason and self.way == "auto"):
            return super().inner_loop(sequences, initial_state, mask=mask, training=training)
        if reason:
            raise ValueError(
                f"the layer {self.name!r} cannot take the fast way: {reason}; expected a layer "
                "with the lecture's equations; try way='auto'"
            )
        return self._fast_loop(sequences, initial_state, mask, training)

    def _first_states(self, states, xs):
        """The initial states, (batch, units) each; one row, (1, units), is that of every text."""
        states = states if isinstance(states, list | tuple) else [states]
        units, batch = self.cell.units, xs.shape[0]
        if not (
            len(states) == len(self.state_size)
            and all(len(h.shape) == 2 and h.shape[1] in (units, None) for h in states)
            and all(h.shape[0] in (batch, 1, None) or batch is None for h in states)
        ):
            raise ValueError(
                f"the initial state does not fit the layer {self.name!r}; expected "
                f"{len(self.state_size)} of shape (batch, units) = ({batch}, {units}), got "
                f"{', '.join(str(tuple(h.shape)) for h in states) or 'none'}; try "
                "layer.get_initial_state(batch), or no initial_state for zeros"
            )
        whole = (ops.shape(xs)[0], units)
        return [ops.broadcast_to(h, whole) if h.shape[0] == 1 != batch else h for h in states]

    def _mask(self, mask, xs):
        """The mask as (batch, time) of bool, from what Keras hands over; None stays None."""
        mask = mask[0] if isinstance(mask, list | tuple) else mask
        if mask is None:
            return None
        mask, (batch, time) = ops.cast(mask, "bool"), xs.shape[:2]
        mask = ops.squeeze(mask, -1) if len(mask.shape) == 3 and mask.shape[2] == 1 else mask
        if not (
            len(mask.shape) == 2
            and (mask.shape[0] in (batch, 1, None) or batch is None)
            and (mask.shape[1] in (time, None) or time is None)
        ):
            raise ValueError(
                f"the mask does not fit the input of the layer {self.name!r}; expected (batch, "
                f"time) = ({batch}, {time}), got {tuple(mask.shape)}; a mask says which time steps "
                "count, not which features"
            )
        return ops.broadcast_to(mask, ops.shape(xs)[:2]) if mask.shape[0] == 1 != batch else mask

    def _fast_loop(self, xs, states, mask, training):
        cell = self.cell
        dtype = cell.compute_dtype
        if training and cell.drops(cell.dropout):
            xs = xs * ops.expand_dims(cell.get_dropout_mask(xs[:, 0]), 1)  # one for all time steps
        if self.go_backwards:
            xs = ops.flip(xs, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
        weights = [
            None if weight is None else ops.cast(weight, dtype)
            for weight in (cell.kernel, cell.recurrent_kernel, cell.bias)
        ]
        function = getattr(importlib.import_module("course_lib.fast"), self.fast)
        outputs, *states = function(ops.cast(xs, dtype), *states, *weights, mask=mask)
        if mask is not None and self.zero_output_for_mask:
            outputs = ops.where(ops.expand_dims(mask, -1), outputs, ops.zeros_like(outputs))
        # Without a mask the last state is the last output, and costs no gradient of all outputs.
        return states[0] if mask is None else outputs[:, -1], outputs, states

    def load(self, params):
        """Put the lecture's arrays into the cell; see the cell's `load`."""
        self.cell.load(params)

    def parameters(self):
        """The lecture's arrays; see the cell's `parameters`."""
        return self.cell.parameters()

    def get_config(self):
        config = super().get_config()
        cell = config.pop("cell")["config"]
        return {
            **config,
            **{name: cell[name] for name in OF_CELL if name in cell},
            "activity_regularizer": keras.regularizers.serialize(self.activity_regularizer),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@lru_cache(maxsize=1)
def _fast_is_there():
    return lazy.is_there("course_lib", "fast")


def _of_cell(name):
    return property(lambda layer: getattr(layer.cell, name), doc=f"`{name}` of the cell.")


for _name in OF_CELL[:-1]:  # as on Keras's layers, which have no `seed`
    setattr(RecurrentLayer, _name, _of_cell(_name))
