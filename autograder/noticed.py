"""What a student's process was seen to try, in the words of a note to the instructor."""

from __future__ import annotations

from .verdict import Text

WORDS = {
    "network": Text("tried to reach a network", "试图访问网络"),
    "process": Text("started other processes", "启动了其他进程"),
    "signal": Text("sent signals to processes", "向进程发送了信号"),
    "pointers": Text("called C functions directly (ctypes)", "直接调用了 C 函数（ctypes）"),
    "objects": Text(
        "searched the objects of the Python process (gc)", "搜查了 Python 进程里的对象（gc）"
    ),
    "hidden": Text("looked for files that are hidden from it", "查找了对它隐藏的文件"),
    "import": Text("tried to import answers or the grader", "试图导入答案或评分程序"),
    "writes": Text("tried to write outside its folder", "试图写到自己的文件夹之外"),
    "code": Text("exchanged the code of a function", "替换了函数的代码"),
    "layer": Text("used a Keras layer that the task is to write", "使用了本应自己编写的 Keras 层"),
    "closed": Text("closed the grader's channel", "关闭了评分程序的通道"),
}
"""By the kinds of `sandbox/notice.py`, in the order in which they are told."""
