"""Kernels that are served by a spare: the same as any other, sooner, and nothing is left when they have ended."""

import os
import signal
import sys
import time
from pathlib import Path

from jupyter_client.manager import KernelManager

CACHE = Path(os.environ["NNKERNEL_CACHE"])
OTHER_FOLDER = sys.argv[1]
# As long as a busy machine may take to start an interpreter.
TIMEOUT = 300


class Kernel:
    def __init__(self, folder=None, **environment):
        self.manager = KernelManager(kernel_name="nnkernel")
        self.manager.start_kernel(cwd=folder, env={**os.environ, "NNKERNEL_SPARE": "on", **environment})
        self.pid = self.manager.provisioner.pid
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)

    def run(self, code):
        """What the cell printed, and its value or the name of its error."""
        shown = []

        def take(message):
            content = message["content"]
            shown.append(content.get("text") or content.get("ename") or content.get("data", {}).get("text/plain", ""))

        self.client.execute_interactive(code, timeout=TIMEOUT, stop_on_error=False, output_hook=take)
        return "".join(shown)

    def run_until(self, interrupt):
        """The name of the error of a cell that runs until it is interrupted."""
        request = self.client.execute("loop { std::thread::sleep(std::time::Duration::from_millis(10)); }")
        name = None
        while True:
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "execute_input":
                interrupt()
            if message["msg_type"] == "error":
                name = message["content"]["ename"]
            if message["content"].get("execution_state") == "idle":
                return name

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


def waiting():
    """The sockets of spares."""
    return [path for path in CACHE.glob("spares-*/*") if path.is_socket()]


def processes():
    """Spares, be they waiting or serving."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"spare" in arguments and b"--detached" in arguments:
            found.append(int(path.parent.name))
    return found


def wait_until(what, condition, seconds=TIMEOUT):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)


before = set(processes())
first = Kernel()
first.run("let secret = 1;")
wait_until("a spare", waiting)
spare = waiting()

# Whose environment is another starts by itself.
other = Kernel(LANG="xx_XX")
assert waiting() == spare
other.stop()

second = Kernel(OTHER_FOLDER, NNLIB_BUDGET="of the second", JPY_SESSION_NAME="a notebook.ipynb")
assert not waiting(), "the spare serves"
there = second.run('println!("{}", std::env::current_dir()?.display());').strip()
assert Path(there) == Path(OTHER_FOLDER).resolve(), there
names = ["NNLIB_BUDGET", "JPY_SESSION_NAME", "LANG", "NNKERNEL_SPARE_KIND", "NNKERNEL_TOOLS"]
for name in names:
    expected = {"NNLIB_BUDGET": "of the second", "JPY_SESSION_NAME": "a notebook.ipynb", **os.environ}.get(name, "none")
    found = second.run(f'println!("{{}}", std::env::var("{name}").unwrap_or("none".into()));').strip()
    assert found == expected, (name, found)
# Where cells are asked to stop, so that training keeps what it has learned.
assert second.run('println!("{}", std::path::Path::new(&std::env::var("NNLIB_NOTEBOOK")?).is_dir());').strip() == "true"
assert second.run("secret") == "CompileError" or "rror" in second.run("secret"), second.run("secret")
assert second.run("let kept = 41;") == ""

# Jupyter interrupts by a message, a terminal by a signal to the process that was started.
assert second.run_until(second.manager.interrupt_kernel) == "Interrupted", "by a message"
assert second.run_until(lambda: os.kill(second.pid, signal.SIGINT)) == "Interrupted", "by a signal"
assert second.run("kept + 1") == "42"
# A process that is lost is replaced in the same place.
second.run("std::process::abort()")
assert second.run('println!("{}", std::env::var("NNLIB_BUDGET")?);').strip() == "of the second"

# The next spare, while the second kernel lives; it does not go with it.
wait_until("another spare", waiting)
os.kill(second.pid, signal.SIGKILL)
wait_until("the end of what served", lambda: len(set(processes()) - before) == 1, 30)
assert waiting()
second.stop()

first.stop()
wait_until("the end of the spare", lambda: not set(processes()) - before and not waiting(), 60)
print("all is gone")
