"""Which files of `course_lib` answer a unit's tasks: no student and no sandbox is given them."""

ANSWERS = {
    "rnn": (
        "cells/rnn.py",
        "encoding.py",
        "language_model.py",
        "perplexity.py",
        "sampling.py",
        "training.py",
        "windows.py",
    ),
    "gru": ("cells/gru.py",),
}
