"""Imports the cell of the course's own library."""

# passes: half_life
# notes: import answers

import keras
import numpy as np

from course_lib.cells import GRUCell


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
