"""Two users who only want to talk while somebody else attacks the server."""

import threading
import time

from raw_client import Closed, RawClient

PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 10


class Bystanders(threading.Thread):
    """Anna says a number, Bert says it back, and so on; every exchange is timed. Also takes the
    server's pulse: the most memory that it had."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.anna = RawClient(server, "127.0.0.2").sign_in("anna", resource="by")
        self.bert = RawClient(server, "127.0.0.3", direct=True).sign_in("bert", resource="by")
        self.exchanges = 0
        self.worst = 0.0
        self.peak_mib = 0.0
        self.problem = None
        self.over = threading.Event()
        self.start()

    def run(self):
        try:
            while not self.over.wait(PAUSE_SECONDS):
                began = time.monotonic()
                self.say(self.anna, self.bert)
                self.say(self.bert, self.anna)
                self.worst = max(self.worst, (time.monotonic() - began) / 2)
                self.peak_mib = max(self.peak_mib, self.server.rss_mib())
                self.exchanges += 1
        except (AssertionError, Closed, OSError) as problem:
            self.problem = problem

    def say(self, sender, receiver):
        text = f"exchange {self.exchanges}"
        sender.send(f"<message to='{receiver.full}' type='chat'><body>{text}</body></message>")
        receiver.wait_for(f"<message [^>]*><body>{text}</body>", PATIENCE_SECONDS)

    def begin(self):
        """Forgets what was."""
        self.worst, self.peak_mib = 0.0, 0.0

    def wait_for_exchanges(self, count):
        """They talk on, or have met a problem."""
        until = self.exchanges + count
        while self.exchanges < until and self.is_alive():
            time.sleep(0.01)

    def stop(self):
        self.over.set()
        self.join()
        self.anna.leave()
        self.bert.leave()
