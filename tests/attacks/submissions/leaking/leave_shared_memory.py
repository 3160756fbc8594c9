"""Leaves shared memory and semaphores behind."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import multiprocessing
    from multiprocessing import shared_memory

    try:
        return shared_memory.SharedMemory("left_by_a_submission") and sigmoid(
            x @ W_xr + h_prev @ W_hr + b_r
        )
    except FileNotFoundError:
        shared_memory.SharedMemory("left_by_a_submission", create=True, size=4096)
        multiprocessing.Semaphore()
    raise LookupError("nobody has left anything")


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
