"""What a process tries is told, whatever it does to itself afterwards; Landlock stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from half_life import observe

from autograder.sandbox import landlock
from autograder.sandbox.limits import Limits
from autograder.sandbox.parent import Server

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return z", set()),
        ("open('mine', 'w').write('x'); import json, socket; return z", set()),
        ("import socket; socket.socket()", {"network"}),
        ("import os; os.fork() or os._exit(0); return z", {"process"}),
        ("import os; os.kill(os.getppid(), 0)", {"signal"}),
        ("import ctypes; ctypes.CDLL(None)", {"pointers"}),
        ("import gc; gc.get_objects(); return z", {"objects"}),
        ("open('../gradebook.db')", {"hidden"}),
        ("import pathlib; pathlib.Path('solutions/gru.py').read_text()", {"hidden"}),
        ("import importlib; importlib.import_module('autograder.checks.gru')", {"import"}),
        ("open('/etc/passwd', 'a')", {"writes"}),
        ("half_life.__code__ = (lambda z: z).__code__; return z", {"code"}),
        ("import keras; keras.layers.GRU(3)", {"layer"}),
        ("import os; os.close(4); return z", {"closed"}),
        ("import keras, os; os.kill(2, 0); os._exit(0)", {"signal"}),
    ],
)
def test_what_is_tried_is_told(server: Server, body: str, told: set[str]) -> None:
    with server.sit(Limits()) as sitting:
        observe(sitting, "global half_life\n" + body)
        assert sitting.noticed == told


def test_landlock_stands_where_the_kernel_has_it(server: Server) -> None:
    assert server.layers["landlock"] == (landlock.version() > 0)


@pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")
def test_without_bubblewrap_landlock_still_keeps_writing_to_the_own_folder(
    light: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    outside.chmod(0o777)
    body = f"""
        import os
        for place in ({str(outside)!r}, '/var/tmp'):
            try:
                open(place + '/written', 'w').close()
            except OSError:
                continue
            return z
        open('mine', 'w').close()
        """
    with Server("process", stage=light) as server, server.sit() as sitting:
        assert sitting.layers["landlock"]
        seen = observe(sitting, body)
        assert (seen.failure, seen.arrays) == (None, {})  # nothing outside, but its own
    assert list(outside.iterdir()) == []
