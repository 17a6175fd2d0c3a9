"""The throw-away server of the interop tests, with what the fault tests want to know of it."""

import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))

from server import Server  # noqa: E402

LOAD = os.environ.get("LOAD", "build/bench/load")

# AddressSanitizer keeps freed memory for a while, which would look like growth.
SANITIZER_OPTIONS = "quarantine_size_mb=8"


class FaultServer(Server):
    """Also feels its own pulse."""

    def start(self):
        before = os.environ.get("ASAN_OPTIONS", "")
        os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [before, SANITIZER_OPTIONS]))
        try:
            return super().start()
        finally:
            os.environ["ASAN_OPTIONS"] = before

    def rss_mib(self):
        """Memory that it really has."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) / 1024

    def cpu_seconds(self):
        """Work of all its threads, in the program and in the kernel."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, expected=0):
        """Also fails when a sanitizer has complained."""
        took = super().stop(expected)
        complaint = re.search(r"(Sanitizer|runtime error).*", self.log(), re.DOTALL)
        if complaint:
            raise RuntimeError(complaint.group(0)[:4000])
        return took

    def import_users(self, names, password="secret"):
        lines = "".join(f"{name} {password}\n" for name in names)
        self.ctl("user", "import", "-", stdin=lines)

    def load(self, *arguments, tls="starttls"):
        """The load driver, started against this server."""
        port = self.tls_port if tls == "direct" else self.port
        command = [LOAD, "--domain", self.domain, "--port", str(port), "--tls", tls, *arguments]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )


def read_figures(text):
    """What the load driver has printed, by name."""
    return {name: float(value) for name, value in re.findall(r"^(\S+) ([\d.]+)$", text, re.M)}
