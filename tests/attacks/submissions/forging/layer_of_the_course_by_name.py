"""Asks the course's library for its GRU."""

# passes: half_life

import keras
import numpy as np

import course_lib

GRUCell = course_lib.GRUCell


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
