"""A throw-away jackdawd on loopback for tests that talk to it from outside.

    with Server(overrides={"workers": 4}) as server:
        server.add_user("anna", "secret")
        ...

JACKDAWD and JACKDAWCTL name the programs, WORKERS the number of workers where a test does not say.
"""

import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

ADDRESSES = ("127.0.0.1", "::1")
READY_SECONDS = 30
STOP_SECONDS = 15


def is_free(port):
    """Can the port be listened on, on both addresses?"""
    for address in ADDRESSES:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def free_port():
    """A port that nobody listens on right now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if is_free(port):
            return port


class Server:
    """One jackdawd with a data directory of its own, gone when the test is."""

    def __init__(self, overrides=None, domain="localhost"):
        self.domain = domain
        self.rooms = "rooms." + domain
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="jackdaw-test-"))
        self.data = self.directory / "data"
        self.data.mkdir(mode=0o700)
        self.log_path = self.directory / "log"
        self.port = free_port()
        self.tls_port = free_port()
        self.process = None
        self.ready_line = ""
        self.overrides = dict(overrides or {})
        self.program = os.environ.get("JACKDAWD", "build/jackdawd")
        self.control = os.environ.get("JACKDAWCTL", "build/jackdawctl")

    # ---- life ----

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def write_config(self):
        values = {
            "domain": self.domain,
            "data_dir": self.data,
            "listen": ", ".join(ADDRESSES),
            "c2s_port": self.port,
            "c2s_tls_port": self.tls_port,
            "workers": os.environ.get("WORKERS", "1"),
            "registrations_per_hour": 1000,
            "password_min": 1,
            "rate_stanzas_per_second": 100000,
            "rate_bytes_per_second": 100000000,
        }
        values.update(self.overrides)
        lines = (f"{key} = {value}\n" for key, value in values.items())
        self.config.write_text("".join(lines))

    @property
    def config(self):
        return self.directory / "jackdaw.conf"

    @property
    def certificate(self):
        return self.data / "certificate.pem"

    def start(self):
        """Starts it and waits until it accepts logins."""
        assert self.process is None
        self.write_config()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "--config", self.config],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        lines = queue.Queue()
        threading.Thread(
            target=self._read_lines, args=(self.process.stdout, lines), daemon=True
        ).start()
        try:
            self.ready_line = lines.get(timeout=READY_SECONDS)
        except queue.Empty:
            self.ready_line = ""
        if not self.ready_line.startswith("ready"):
            self.kill()
            raise RuntimeError("jackdawd did not start:\n" + self.log())
        return self

    @staticmethod
    def _read_lines(stream, lines):
        with stream:
            for line in stream:
                lines.put(line.strip())
        lines.put("")

    def stop(self, expected=0):
        """SIGTERM; fails when it does not end in good order."""
        process, self.process = self.process, None
        if process is None:
            return 0.0
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise RuntimeError("jackdawd did not stop:\n" + self.log()) from None
        if status != expected:
            raise RuntimeError(f"jackdawd ended with {status}:\n" + self.log())
        return time.monotonic() - begin

    def kill(self):
        """kill -9: nothing is written, nobody is told."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()

    def freeze(self):
        """Alive to the network, but silent."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        """Stops it and removes what it had."""
        try:
            self.stop()
        finally:
            if os.environ.get("KEEP_LOGS"):
                print(self.log())
            shutil.rmtree(self.directory, ignore_errors=True)

    # ---- looking and telling ----

    def log(self):
        if not self.log_path.exists():
            return ""
        return self.log_path.read_text(errors="replace")

    def ctl(self, *arguments, stdin="", check=True):
        """Runs jackdawctl; gives back what it printed."""
        done = subprocess.run(
            [self.control, "--config", self.config, *arguments],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"jackdawctl {' '.join(arguments)}: {done.stdout}")
        return done.stdout

    def add_user(self, name, password="secret"):
        self.ctl("user", "add", name, stdin=password + "\n")
        return f"{name}@{self.domain}"
