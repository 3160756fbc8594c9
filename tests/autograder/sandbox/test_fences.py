"""What student code can see and reach: itself, Python, and nothing of the course or the machine."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest
from half_life import SECRET, Run, observe

from autograder.sandbox.limits import Limits
from autograder.sandbox.observation import Observation
from autograder.sandbox.parent import Server

pytestmark = pytest.mark.sandbox


def printed(run: Run, body: str, **options: float) -> str:
    """What the code prints, without the last line's end; it must not fail."""
    seen = run(f"{textwrap.dedent(body)}\nreturn z", **options)
    assert seen.failure is None, seen.failure
    return seen.output.rstrip("\n")


def test_every_fence_stands_on_this_machine(server: Server) -> None:
    assert [name for name, stands in server.layers.items() if not stands] == []


def test_the_server_forks_from_a_single_thread(server: Server) -> None:
    assert server.threads == 1  # an operation before the fork would have started more


def test_the_course_is_not_visible_but_for_what_a_student_has(run: Run, root: Path) -> None:
    body = f"""
        import os
        names = [name for _, _, names in os.walk({str(root)!r}) for name in names]
        print(sorted(name for name in names if not name.endswith('.pyc'))[:5])
        """
    inside = Path(sys.prefix).is_relative_to(root)  # the virtual environment may be in there
    assert inside or printed(run, body) == "[]"
    for secret in ("README.md", "solutions", "autograder", "course_lib", ".git", "tests"):
        assert printed(run, f"import os; print(os.path.exists({str(root / secret)!r}))") == "False"


def test_no_answer_can_be_imported(run: Run) -> None:
    body = """
        import importlib, os
        def anything(module):  # where a wheel lies hidden, its name is left, and nothing behind it
            return getattr(module, '__file__', None) or any(
                os.listdir(path) for path in module.__path__ if os.path.isdir(path))
        for name in ('autograder.checks', 'autograder.mistakes', 'autograder.reference',
                     'autograder.compare', 'course_lib.cells.gru', 'solutions', 'solutions.gru'):
            try: module = importlib.import_module(name)
            except ImportError: continue
            if anything(module): print(name)
        """
    assert printed(run, body) == ""


def test_what_a_student_has_can_be_imported(run: Run) -> None:
    body = "import course_lib, keras, matplotlib.pyplot; print(course_lib.__name__, keras.__name__)"
    assert printed(run, body) == "course_lib keras"


def test_a_gradebook_beside_the_grader_cannot_be_read(run: Run, tmp_path: Path) -> None:
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_text("marks")
    seen = run(f"open({str(gradebook)!r}).read()")
    assert seen.failure is not None
    assert seen.failure.message.startswith("FileNotFoundError")


def test_a_folder_that_lies_inside_pythons_own_can_be_hidden(tmp_path: Path) -> None:
    from autograder.sandbox.bubblewrap import views

    around, secret, inside = tmp_path, tmp_path / "course", tmp_path / "course" / ".venv"
    inside.mkdir(parents=True)
    assert views([around, inside], [secret]) == [(around, True), (secret, False), (inside, True)]
    assert views([inside], [secret]) == [(inside, True)]


def test_a_course_that_lies_where_python_does_is_not_seen(light: Path) -> None:
    if not os.access(sys.prefix, os.W_OK):
        pytest.skip(f"{sys.prefix} cannot be written to")

    def read(hidden: tuple[Path, ...]) -> Observation:
        with Server(stage=light, hidden=hidden) as server, server.sit() as sitting:
            return observe(sitting, f"print(open({str(marks)!r}).read())\nreturn z", 5.0)

    with tempfile.TemporaryDirectory(dir=sys.prefix) as course:
        marks = Path(course, "marks")
        marks.write_text("of the class")
        os.chmod(course, 0o755)
        assert read(()).output == "of the class\n"
        unseen = read((Path(course),)).failure
    assert unseen is not None
    assert unseen.message.startswith("FileNotFoundError")


def test_homes_and_the_rest_of_the_machine_are_empty(run: Run) -> None:
    body = """
        import os, sys
        for place in ('/home', '/root', '/var', '/srv', '/mnt', '/opt', '/sys', '/boot', '/run'):
            needed = any(path.startswith(place) for path in (sys.prefix, sys.base_prefix))
            if os.path.exists(place) and not needed: print(place)
        print(sorted(os.listdir('/etc')))
        """
    allowed = {"alternatives", "group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime"}
    shown = printed(run, body).splitlines()
    assert len(shown) == 1
    assert set(eval(shown[0])) <= allowed | {"passwd"}


def test_nothing_but_its_own_tmp_can_be_written(run: Run) -> None:
    body = """
        import os, sys
        places = ['/', '/usr', '/etc', '/course', '/dev', '/proc/sys/kernel', '/sitting',
                  sys.prefix, sys.base_prefix, os.path.dirname(np.__file__)]
        for place in places:
            try: open(place + '/written', 'w').close()
            except OSError: continue
            print(place)
        """
    assert printed(run, body) == "/sitting"  # the same as /tmp


def test_tmp_is_private_and_gone_afterwards(server: Server) -> None:
    with server.sit(Limits()) as one, server.sit(Limits()) as other:
        assert observe(one, "open('/tmp/mine', 'w').write('x'); return z").failure is None
        for sitting in (other, server.sit(Limits())):
            with sitting:
                body = "import os; print(os.path.exists('/tmp/mine'), os.listdir()); return z"
                assert observe(sitting, body).output == "False []\n"


def test_no_environment_variable_of_the_grader_is_seen(run: Run) -> None:
    assert os.environ["COURSE_SECRET"] == SECRET  # set before the server was started
    body = "import os; print(dict(os.environ), open('/proc/self/environ').read())"
    assert "COURSE_SECRET" not in printed(run, body)
    assert SECRET not in printed(run, body)


def test_the_environment_is_made_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.sandbox.parent import environment

    monkeypatch.setenv("COURSE_SECRET", "the hidden seed")
    monkeypatch.setenv("LD_PRELOAD", "/tmp/evil.so")
    assert not {"COURSE_SECRET", "LD_PRELOAD"} & environment([]).keys()


@pytest.mark.parametrize("body", ["socket.socket()", "socket.socket(socket.AF_INET6)"])
def test_there_is_no_network_socket(run: Run, body: str) -> None:
    seen = run(f"import socket; {body}")
    assert seen.failure is not None
    assert seen.failure.message == "PermissionError: [Errno 1] Operation not permitted"


def test_not_even_the_loopback_of_the_machine_is_reached(run: Run) -> None:
    body = """
        print(open('/proc/net/dev').read().count(':'), open('/proc/net/unix').read().count('@'))
        """
    with socket.create_server(("127.0.0.1", 0)):
        assert printed(run, body) == "1 0"  # a loopback of its own, and that is down
    assert printed(run, "print(open('/proc/net/route').read().count('\\n'))") in ("0", "1")


def test_only_its_own_processes_are_seen(server: Server, run: Run) -> None:
    with server.sit(Limits()):
        body = (
            "import os; print(sorted(n for n in os.listdir('/proc') if n.isdigit()), os.getpid())"
        )
        assert printed(run, body) == "['1', '2'] 2"


@pytest.mark.parametrize(
    "body",
    [
        "import os; os.kill(-1, 9)",
        "import os; os.kill(os.getppid() + 100, 9)",
        "import os; os.kill(0, 0); open('/proc/1/mem', 'rb')",
        "open('/proc/1/environ', 'rb').read()",
        "import os; os.listdir('/proc/1/fd')",
        "import os; os.chroot('/tmp')",
        "import os; os.mknod('/tmp/disk', 0o60600, os.makedev(8, 0))",
        "open('/proc/sys/kernel/core_pattern', 'w')",
        "open('/proc/sys/user/max_user_namespaces', 'w')",
        "open('/proc/sysrq-trigger', 'w')",
    ],
)
def test_powers_over_others_are_refused(run: Run, body: str) -> None:
    seen = run(body)
    assert seen.failure is not None
    kinds = ("PermissionError", "ProcessLookupError", "FileNotFoundError", "OSError: [Errno 30]")
    assert seen.failure.message.startswith(kinds)


@pytest.mark.parametrize(
    "call",
    [
        "unshare(0x10000000)",
        "unshare(0x00020000)",
        "setns(0, 0)",
        "mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "umount2(b'/tmp', 2)",
        "ptrace(16, 1, 0, 0)",
        "memfd_create(b'x', 0)",
        "shmget(0, 4096, 0o1600)",
        "syscall(321, 0, 0, 0)",
        "setuid(0)",
    ],
)
def test_system_calls_of_escapes_fail(run: Run, call: str) -> None:
    body = f"import ctypes; libc = ctypes.CDLL(None); print(libc.{call})"
    assert printed(run, body) == "-1"


def test_a_process_cannot_make_a_user_namespace_by_clone_either(run: Run) -> None:
    body = """
        import ctypes, platform
        numbers = {'x86_64': 56, 'aarch64': 220}
        libc = ctypes.CDLL(None, use_errno=True)
        print(libc.syscall(numbers[platform.machine()], 0x10000011, 0, 0, 0, 0), ctypes.get_errno())
        """
    assert printed(run, body) == "-1 1"


def test_no_capability_is_left(run: Run) -> None:
    body = """
        for line in open('/proc/self/status'):
            if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:')): print(line.split()[1])
        """
    assert printed(run, body).split() == ["0" * 16] * 5 + ["1", "2"]


def test_its_socket_and_a_pipe_are_the_only_files_that_it_was_given(run: Run) -> None:
    body = """
        import os
        for number in range(1000):
            try: kind = os.readlink(f'/proc/self/fd/{number}')
            except OSError: continue
            print(number, kind.split(':')[0].split(' ')[0])
        """
    assert printed(run, body).splitlines() == [
        "0 /dev/null",
        "1 /memfd",
        "2 /memfd",
        "3 socket",
        "4 pipe",  # what it tries is told there
    ]


def test_a_program_that_it_starts_does_not_get_the_socket(run: Run) -> None:
    body = """
        import subprocess
        command = ['ls', '-l', '/proc/self/fd']
        print(subprocess.run(command, capture_output=True, close_fds=False).stdout.decode())
        """
    assert "socket:" not in printed(run, body)


def sleepers(mark: str) -> list[int]:
    """Processes of this machine that were started as `sleep <mark>`."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[:2] == [b"sleep", mark.encode()]:
                found.append(int(process.name))
    return found


def test_a_daemon_does_not_outlive_its_sitting(server: Server) -> None:
    mark = f"98{os.getpid()}"
    body = f"""
        import os, time
        if not os.fork():
            os.setsid()
            if not os.fork(): os.execvp('sleep', ['sleep', '{mark}'])
            os._exit(0)
        time.sleep(0.3)
        return z
        """
    with server.sit(Limits()) as sitting:
        assert observe(sitting, body).failure is None
        assert len(sleepers(mark)) == 1
    deadline = time.monotonic() + 2.0
    while sleepers(mark) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sleepers(mark) == []
