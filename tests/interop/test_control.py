#!/usr/bin/python3
"""jackdawd as an operator meets it: arguments, signals, files, and jackdawctl.

The programs are named by the environment: JACKDAWD, JACKDAWCTL, and WORKERS (default: one a core).
"""

import os
import pathlib
import pty
import select
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

JACKDAWD = os.environ["JACKDAWD"]
JACKDAWCTL = os.environ["JACKDAWCTL"]
WORKERS = os.environ.get("WORKERS", "0")

START_SECONDS = 20
STOP_SECONDS = 2
# Sanitizers look for leaks at the end; that is not the server's time.
LEAK_CHECK_SECONDS = 8


def free_port():
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A throw-away jackdawd in a folder of its own."""

    def __init__(self, folder, extra=""):
        self.folder = pathlib.Path(folder)
        self.data_dir = self.folder / "made" / "data"
        self.config = self.folder / "jackdaw.conf"
        self.port, self.tls_port = free_port(), free_port()
        self.process = None
        self.ready = ""
        self.write_config(extra)

    def write_config(self, extra):
        """Everything on loopback, ports of our own."""
        workers = "" if "workers" in extra else f"workers = {WORKERS}\n"
        self.config.write_text(
            f"domain = chat.example\ndata_dir = {self.data_dir}\nlisten = 127.0.0.1\n"
            f"c2s_port = {self.port}\nc2s_tls_port = {self.tls_port}\n"
            f"password_min = 1\n{extra}{workers}",
            encoding="utf-8",
        )

    def start(self):
        """Returns when it is ready."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [JACKDAWD, "--config", self.config], stdout=subprocess.PIPE, stderr=log, text=True
            )
        readable, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        self.ready = self.process.stdout.readline() if readable else ""
        if not self.ready.startswith("ready"):
            self.process.kill()
            raise AssertionError(f"not ready: {self.log()}")

    def stop(self, number=signal.SIGTERM):
        """The exit code, and the seconds until the log said that it had stopped."""
        began = time.monotonic()
        self.process.send_signal(number)
        while "stopped:" not in self.log().rsplit("stopping:", 1)[-1]:
            if time.monotonic() - began > STOP_SECONDS or self.process.poll() is not None:
                break
            time.sleep(0.01)
        took = time.monotonic() - began
        code = self.process.wait(STOP_SECONDS + LEAK_CHECK_SECONDS)
        self.process.stdout.close()
        return code, took

    def log(self):
        """What it has written so far."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def wait_for_log(self, text, times=1):
        """Until the log has it."""
        deadline = time.monotonic() + START_SECONDS
        while self.log().count(text) < times:
            if time.monotonic() > deadline:
                raise AssertionError(f"{text!r} is not in the log: {self.log()}")
            time.sleep(0.02)

    def ctl(self, *arguments, stdin="", check=True):
        """Runs jackdawctl; its output, or the finished process with check=False."""
        done = subprocess.run(
            [JACKDAWCTL, "--config", self.config, *arguments],
            input=stdin, capture_output=True, text=True, timeout=60, check=False,
        )
        if not check:
            return done
        if done.returncode != 0:
            raise AssertionError(f"jackdawctl {arguments}: {done.stderr}")
        return done.stdout

    def fingerprint(self):
        """Of the certificate that the direct TLS port shows."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.tls_port), 10) as plain:
            with context.wrap_socket(plain, server_hostname="chat.example") as secured:
                return secured.getpeercert(binary_form=True)


class DaemonTest(unittest.TestCase):
    """Each test has a folder; those that need a running server start it."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="jackdaw-control-")
        self.server = Server(self.folder.name)

    def tearDown(self):
        process = self.server.process
        if process and process.poll() is None:
            process.kill()
            process.wait()
            process.stdout.close()
        self.folder.cleanup()

    def run_jackdawd(self, *arguments):
        """For runs that end by themselves."""
        return subprocess.run(
            [JACKDAWD, *arguments], capture_output=True, text=True, timeout=30, check=False
        )

    # ---- arguments and configuration ----

    def test_arguments(self):
        self.assertEqual(self.run_jackdawd("--help").returncode, 0)
        self.assertRegex(self.run_jackdawd("--version").stdout, r"^jackdawd \d+\.\d+\.\d+\n$")
        for argument, text in (
            ("--bogus", "unrecognized option '--bogus'"),
            ("more", "unexpected argument 'more'"),
            ("--config", "option '--config' requires an argument"),
        ):
            done = self.run_jackdawd(argument)
            # getopt names the program by the path that it was called by.
            lines = done.stderr.replace(JACKDAWD, "jackdawd").splitlines()
            self.assertEqual(lines, [f"jackdawd: {text}", "Try 'jackdawd --help'."])
            self.assertEqual((done.returncode, done.stdout), (2, ""))
        sample = self.run_jackdawd("--print-config")
        self.assertEqual(sample.returncode, 0)
        self.assertIn("#domain = localhost\n", sample.stdout)

    def test_check(self):
        good = self.run_jackdawd("--check", "--config", self.server.config)
        self.assertEqual(good.returncode, 0, good.stderr)
        self.server.write_config("colour = blue\nworkers = many\n")
        for arguments in (["--check"], []):
            bad = self.run_jackdawd(*arguments, "--config", self.server.config)
            self.assertEqual(bad.returncode, 2)
            self.assertIn("jackdaw.conf:7: colour: no such key\n", bad.stderr)
            self.assertIn("jackdaw.conf:8: workers: 'many' is not a number\n", bad.stderr)
        self.assertFalse(self.server.data_dir.exists())
        missing = self.run_jackdawd("--check", "--config", "/nonexistent/jackdaw.conf")
        self.assertEqual(missing.returncode, 2)

    def test_unusable_certificate(self):
        self.server.write_config("certificate = /nonexistent/a\nprivate_key = /nonexistent/b\n")
        for arguments in (["--check"], []):
            bad = self.run_jackdawd(*arguments, "--config", self.server.config)
            self.assertEqual(bad.returncode, 2)
            self.assertIn("/nonexistent/a", bad.stderr)

    def test_taken_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", self.server.port))
            taken.listen()
            failed = self.run_jackdawd("--config", self.server.config)
        self.assertEqual(failed.returncode, 1)
        self.assertIn(f"port {self.server.port}: Address already in use", failed.stderr)

    # ---- life ----

    def test_life(self):
        self.server.start()
        expected = f"ready 127.0.0.1:{self.server.port} 127.0.0.1:{self.server.tls_port}\n"
        self.assertEqual(self.server.ready, expected)
        self.assertEqual(self.server.data_dir.stat().st_mode & 0o777, 0o700)
        for name in ("jackdaw.sqlite", "private_key.pem", "secret", "control.sock"):
            mode = (self.server.data_dir / name).stat().st_mode & 0o777
            self.assertEqual(mode, 0o600, name)
        code, took = self.server.stop()
        self.assertEqual(code, 0, self.server.log())
        self.assertLess(took, STOP_SECONDS)
        self.assertFalse((self.server.data_dir / "control.sock").exists())

    def test_number_of_workers(self):
        for count, words in ((1, "with 1 worker,"), (2, "with 2 workers,")):
            self.server.write_config(f"workers = {count}\n")
            self.server.start()
            self.server.stop()
            self.assertRegex(self.server.log(), f"started.* {words} ")

    def test_interrupt_ends_it_too(self):
        self.server.start()
        self.assertEqual(self.server.stop(signal.SIGINT)[0], 0, self.server.log())

    def test_one_server_a_folder(self):
        self.server.start()
        second = self.run_jackdawd("--config", self.server.config)
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"another jackdawd (process {self.server.process.pid})", second.stderr)
        self.assertIn("uptime", self.server.ctl("status"))

    def test_restart(self):
        self.server.start()
        self.server.ctl("user", "add", "anna", stdin="secret\n")
        certificate = self.server.fingerprint()
        self.server.process.kill()
        self.server.process.wait()
        self.server.process.stdout.close()
        self.server.start()
        self.assertEqual(self.server.ctl("user", "list"), "anna\n")
        self.assertEqual(self.server.fingerprint(), certificate)

    def test_warnings(self):
        self.server.write_config("require_tls = no\nlog_messages = yes\nlimits = off\n")
        self.server.start()
        for event in ("require-tls-off", "log-messages", "limits-off"):
            self.server.wait_for_log(event)

    def test_reload(self):
        self.server.start()
        before = self.server.fingerprint()
        for name in ("certificate.pem", "private_key.pem"):
            (self.server.data_dir / name).unlink()
        self.server.write_config("workers = 7\nlog_level = debug\n")
        self.server.process.send_signal(signal.SIGHUP)
        self.server.wait_for_log("reloaded:")
        self.assertIn("workers has changed: that takes a restart", self.server.log())
        self.assertNotEqual(self.server.fingerprint(), before)
        self.server.write_config("workers = many\n")
        self.server.process.send_signal(signal.SIGHUP)
        self.server.wait_for_log("reload-failed:")
        self.assertEqual(self.server.stop()[0], 0, self.server.log())

    # ---- jackdawctl ----

    def test_users(self):
        self.server.start()
        self.server.ctl("user", "add", "Bob", stdin="secret\n")
        self.server.ctl("user", "add", "anna", stdin="s\u00e9cret with spaces")
        self.assertEqual(self.server.ctl("user", "list"), "anna\nbob\n")
        self.server.ctl("user", "password", "anna", stdin="other\n")
        self.server.ctl("user", "remove", "bob")
        self.assertEqual(self.server.ctl("user", "list"), "anna\n")

    def test_failures(self):
        cases = [
            (["user", "add", "anna"], "secret\n", 1, "exists already"),
            (["user", "add", "a@b"], "secret\n", 1, "not a possible user name"),
            (["user", "add", ""], "secret\n", 1, "not a possible user name"),
            (["user", "add", "guest-1"], "secret\n", 1, "for guests"),
            (["user", "add", "bob"], "", 1, "no password"),
            (["user", "add", "bob"], "a\tb\n", 1, "control characters"),
            (["user", "password", "bob"], "secret\n", 1, "no such user"),
            (["user", "remove", "bob"], "", 1, "no such user"),
            (["user", "import", "/nonexistent"], "", 2, "No such file"),
            (["log-level", "loud"], "", 1, "must be debug"),
        ]
        self.server.start()
        self.server.ctl("user", "add", "anna", stdin="secret\n")
        for arguments, stdin, code, text in cases:
            with self.subTest(arguments=arguments):
                done = self.server.ctl(*arguments, stdin=stdin, check=False)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(text, done.stderr)
        self.assertEqual(self.server.ctl("user", "list"), "anna\n")

    def test_usage(self):
        """What is wrong is named; the server need not run for that."""
        cases = [
            ([], "the command is missing"),
            (["users"], "unknown command 'users'"),
            (["user"], "there must be more behind 'user'"),
            (["user", "burn", "anna"], "unknown command 'user burn'"),
            (["user", "add"], "user add: NAME is missing"),
            (["user", "add", "anna", "berta"], "user add: unexpected argument 'berta'"),
            (["status", "now"], "status: unexpected argument 'now'"),
            (["status", "--bogus"], "unrecognized option '--bogus'"),
            (["--config"], "option '--config' requires an argument"),
        ]
        for arguments, text in cases:
            with self.subTest(arguments=arguments):
                done = subprocess.run(
                    [JACKDAWCTL, *arguments], capture_output=True, text=True, check=False
                )
                # getopt names the program by the path that it was called by.
                lines = done.stderr.replace(JACKDAWCTL, "jackdawctl").splitlines()
                self.assertEqual(lines, [f"jackdawctl: {text}", "Try 'jackdawctl --help'."])
                self.assertEqual((done.returncode, done.stdout), (2, ""))

    def test_import(self):
        self.server.start()
        lines = [f"user{number:03} pass word {number}" for number in range(100)]
        lines[50] = ""
        lines[60] = "nopassword"
        lines[70] = "user000 again"
        done = self.server.ctl("user", "import", "-", stdin="\n".join(lines), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "97 made, 2 not\n")
        self.assertIn("-:61: not of the form: name password\n", done.stderr)
        # One of the two user000 came first; they were under way at the same time or not.
        self.assertIn("the user exists already\n", done.stderr)
        self.assertEqual(len(self.server.ctl("user", "list").splitlines()), 97)

    def test_status(self):
        self.server.start()
        status = dict(line.split() for line in self.server.ctl("status").splitlines())
        self.assertEqual(status["domain"], "chat.example")
        self.assertEqual(status["sessions"], "0")
        self.assertEqual(self.server.ctl("sessions"), "")
        self.server.ctl("log-level", "error")

    def test_no_server(self):
        done = self.server.ctl("status", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the server is not running", done.stderr)
        wrong = subprocess.run(
            [JACKDAWCTL, "--config", "/nonexistent", "status"], capture_output=True, check=False
        )
        self.assertEqual(wrong.returncode, 2)

    def test_password_on_a_terminal(self):
        self.server.start()
        self.assertEqual(self.type_passwords("anna", "secret", "secret")[0], 0)
        code, screen = self.type_passwords("bob", "secret", "other")
        self.assertEqual(code, 1)
        self.assertIn("not the same twice", screen)
        self.assertNotIn("secret", screen)
        self.assertEqual(self.server.ctl("user", "list"), "anna\n")

    def read_terminal(self, terminal):
        """What is new on it; nothing when the other end has gone."""
        readable, _, _ = select.select([terminal], [], [], START_SECONDS)
        self.assertTrue(readable, "nothing more appears on the terminal")
        try:
            return os.read(terminal, 1024)
        except OSError:
            return b""  # how a terminal says it

    def type_passwords(self, name, first, second):
        """user add on a terminal: exit code and what was to be seen."""
        pid, terminal = pty.fork()
        if pid == 0:
            arguments = [JACKDAWCTL, "--config", str(self.server.config), "user", "add", name]
            os.execv(JACKDAWCTL, arguments)
        screen = ""
        for prompt, typed in (("Password: ", first), ("Again: ", second)):
            while prompt not in screen:
                screen += self.read_terminal(terminal).decode()
            os.write(terminal, (typed + "\n").encode())
        while chunk := self.read_terminal(terminal):
            screen += chunk.decode()
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen

    def test_malformed_requests(self):
        self.server.start()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.server.data_dir / "control.sock"))
            client.sendall(b"\n1\n2\tnonsense\n3\tstatus\tmore\n4\tuser-list\n")
            answers = client.makefile("rb")
            conditions = [answers.readline().split(b"\t")[:3] for _ in range(4)]
            self.assertEqual([answer[1] for answer in conditions], [b"error"] * 4)
            self.assertEqual(answers.readline(), b"4\tok\n")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.server.data_dir / "control.sock"))
            client.sendall(b"x" * 100_000)
            self.assertEqual(client.recv(10), b"")
        self.assertIn("uptime", self.server.ctl("status"))

    def test_leaving_early(self):
        """Nobody is there any more when the answers come, or the server ends before."""
        self.server.start()
        for _ in range(3):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(self.server.data_dir / "control.sock"))
                lines = [f"{n}\tuser-add\tname{n}\tpassword\n" for n in range(100)]
                client.sendall("".join(lines).encode() + b"s\tstatus\n")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.server.data_dir / "control.sock"))
            client.sendall(b"1\tuser-add\tanna\tpassword\n" * 50)
            code, took = self.server.stop()
        self.assertEqual(code, 0, self.server.log())
        self.assertLess(took, STOP_SECONDS)


if __name__ == "__main__":
    unittest.main()
