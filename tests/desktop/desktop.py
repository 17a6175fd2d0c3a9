"""Real windows of jackdaw on a screen of their own, driven and read through the accessibility bus.

    with Screen() as screen:
        anna = screen.open("anna", server)
        anna.press("Join lobby")
        anna.wait_for("text", "Message Lobby")

Every wait polls; nothing sleeps for a fixed time. What cannot be done over AT-SPI (typing, clicking
on a row) goes through xdotool. A Gtk-CRITICAL ends the window and with it the test.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
WAIT_SECONDS = 30
POLL_SECONDS = 0.05
STILL_SECONDS = 1.5
CLASS_NAME = re.compile(r"(Gtk|Adw|Jd)[A-Z]\w+")
# What other programs say on the stderr they inherit.
# GLib leaves its first table of quarks behind when a program knows more than 2048 of them: eight
# bytes each, allocated while the library is loaded, where no suppression can name it.
QUARKS = re.compile(
    r"\n=+\n==\d+==ERROR: LeakSanitizer: detected memory leaks\n\n"
    r"Direct leak of 16384 byte\(s\) in 1 object\(s\) allocated from:\n(?: +#\d+ .*\n)+\n"
    r"SUMMARY: AddressSanitizer: 16384 byte\(s\) leaked in 1 allocation\(s\)\.\n"
)
HARMLESS = ("dbus-daemon", "Activating service", "Successfully activated", "SpiRegistry")


class Gone(Exception):
    """Something that was waited for did not come."""


def poll(what, check, seconds=WAIT_SECONDS):
    """Asks `check` until it gives something; gives that back."""
    end = time.monotonic() + seconds
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > end:
            raise Gone(f"no {what} within {seconds} s")
        time.sleep(POLL_SECONDS)


def walk(node):
    """The node and everything below it that is shown; nodes may vanish meanwhile."""
    try:
        if node.get_role() != Atspi.Role.APPLICATION and not node.get_state_set().contains(
            Atspi.StateType.VISIBLE
        ):
            return
        yield node
        for i in range(node.get_child_count()):
            child = node.get_child_at_index(i)
            if child is not None:
                yield from walk(child)
    except GLib.Error:
        return


def take_picture(window_id, file):
    """A picture that is no longer moving, in ARTEFACTS when that is set."""
    folder = os.environ.get("ARTEFACTS")
    if not folder:
        return
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    end, before, picture = time.monotonic() + STILL_SECONDS, b"", b"."
    # A blinking cursor may never stand still.
    while picture != before and time.monotonic() < end:
        before = picture
        picture = subprocess.run(
            ["import", "-window", window_id, "png:-"],
            check=True,
            stdout=subprocess.PIPE,
            timeout=WAIT_SECONDS,
        ).stdout
    pathlib.Path(folder, file + ".png").write_bytes(picture)


class Window:
    """One running jackdaw with a home of its own."""

    def __init__(self, screen, name, arguments, environment):
        self.screen = screen
        self.name = name
        self.home = screen.directory / name
        self.home.mkdir(exist_ok=True)
        self.errors = open(self.home / "stderr", "ab")
        self.process = subprocess.Popen(
            [os.environ.get("JACKDAW", "build/jackdaw"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self.errors,
            stderr=self.errors,
            env={**os.environ, **environment, "HOME": str(self.home)},
        )
        self.frame = None
        self.application = poll(f"window of {name}", self._find_application)

    def _find_application(self):
        if self.process.poll() is not None:
            raise Gone(f"{self.name} ended with {self.process.returncode}:\n{self.complaints()}")
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            try:
                application = desktop.get_child_at_index(i)
                if application and application.get_process_id() == self.process.pid:
                    return application if application.get_child_count() else None
            except GLib.Error:
                continue
        return None

    def complaints(self):
        """What it said on stderr, without what others say there."""
        said = (self.home / "stderr").read_text(errors="replace")
        lines = QUARKS.sub("", said).splitlines()
        return "\n".join(line for line in lines if not any(word in line for word in HARMLESS))

    # ---- looking ----

    def find_all(self, role, name):
        """All shown nodes of this role with this name; a name that ends in … is a beginning."""
        for node in walk(self.application):
            try:
                if node.get_role_name() != role:
                    continue
                text = node.get_name() or ""
                if text == name or (name.endswith("…") and text.startswith(name[:-1])):
                    yield node
            except GLib.Error:
                continue

    def find(self, role, name):
        return next(self.find_all(role, name), None)

    def find_action(self, role, name):
        """One that can be pressed: a menu button has the name of the button inside it."""
        for node in self.find_all(role, name):
            if node.get_n_actions() > 0:
                return node
        return None

    def wait_until(self, what, check, seconds=WAIT_SECONDS):
        """Polls while it runs; says what it shows when it is in vain."""

        def alive_check():
            if self.process.poll() is not None:
                raise Gone(f"{self.name} ended with {self.process.returncode}")
            return check()

        try:
            return poll(f"{what} at {self.name}", alive_check, seconds)
        except Gone as gone:
            raise Gone(f"{gone}\n{self.complaints()}\n{self.describe()}") from None

    def wait_for(self, role, name, seconds=WAIT_SECONDS):
        return self.wait_until(f"{role} “{name}”", lambda: self.find(role, name), seconds)

    def wait_until_gone(self, role, name):
        self.wait_until(f"end of {role} “{name}”", lambda: self.find(role, name) is None)

    def has(self, text):
        """Is `text` part of any shown name?"""
        return any(text in (node.get_name() or "") for node in walk(self.application))

    def wait_for_text(self, text, seconds=WAIT_SECONDS):
        self.wait_until(f"“{text}”", lambda: self.has(text), seconds)

    def describe(self):
        """Role and name of everything with a name of its own, for failures."""
        lines = ["It shows:"]
        for node in walk(self.application):
            if node.get_name() and not CLASS_NAME.fullmatch(node.get_name()):
                lines.append(f"  {node.get_role_name()}: {node.get_name()}")
        return "\n".join(lines)

    def unnamed_controls(self):
        """Buttons and fields that a screen reader could say nothing about. GTK falls back on the
        name of the class."""
        roles = {"push button", "toggle button", "text", "entry", "password text", "check box"}
        found = []
        for node in walk(self.application):
            role, name = node.get_role_name(), node.get_name() or ""
            if role in roles and (not name or CLASS_NAME.fullmatch(name)):
                found.append(f"{role} {name} in {self._path(node.get_parent())}")
        return found

    @staticmethod
    def _path(node):
        names = []
        while node is not None and len(names) < 6:
            names.append(f"{node.get_role_name()}:{node.get_name() or ''}")
            node = node.get_parent()
        return " < ".join(names)

    # ---- doing ----

    def press(self, name, role="push button"):
        self.wait_until(f"{role} “{name}”", lambda: self.find_action(role, name)).do_action(0)

    def _xdotool(self, *arguments):
        return subprocess.run(
            ["xdotool", *map(str, arguments)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=WAIT_SECONDS,
        ).stdout

    @staticmethod
    def _active_window():
        """None while no window is active."""
        found = subprocess.run(
            ["xdotool", "getactivewindow"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=WAIT_SECONDS,
        )
        return found.stdout.strip() or None

    def _ids(self):
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=WAIT_SECONDS,
        )
        return found.stdout.split()

    def window_id(self):
        """The X window of the frame: the first. Popovers and dialogs have their own."""
        if self.frame is None:
            self.frame = self.wait_until("X window", self._ids)[0]
        return self.frame

    def activate(self):
        """Brings it to the front with the keyboard, and waits until it has it."""
        wanted = self.window_id()
        self._xdotool("windowactivate", wanted)
        poll(
            f"focus of {self.name}",
            lambda: self._active_window() in self._ids(),
        )

    def type(self, text):
        """Only what is on the keyboard: for other letters xdotool changes keys, and is too quick."""
        self.activate()
        self._xdotool("type", "--clearmodifiers", "--delay", 8, text)

    def key(self, *keys):
        self.activate()
        self._xdotool("key", "--clearmodifiers", *keys)

    def key_into_dialog(self, *keys):
        """Keys for what has the focus now: a dialog of this window, as when it has just opened."""
        poll(f"dialog of {self.name}", lambda: self._active_window() in set(self._ids()) - {self.frame})
        self._xdotool("key", "--clearmodifiers", *keys)

    def resize(self, width, height):
        self._xdotool("windowsize", "--sync", self.window_id(), width, height)

    def click(self, role, name):
        """A press of the pointer in the middle of something that is not a button."""
        node = self.wait_for(role, name)
        self.activate()
        place = node.get_extents(Atspi.CoordType.WINDOW)
        x, y = place.x + place.width // 2, place.y + place.height // 2
        self._xdotool("mousemove", "--window", self.window_id(), x, y, "click", 1)

    def select(self, list_name, row_name):
        """Selects a row of a list."""

        def check():
            rows = self.find("list", list_name) or self.find("list box", list_name)
            if rows is None:
                return False
            for i in range(rows.get_child_count()):
                row = rows.get_child_at_index(i)
                if row and (row.get_name() or "").startswith(row_name):
                    return rows.get_selection_iface().select_child(i)
            return False

        self.wait_until(f"row “{row_name}”", check)

    def choose(self, *items):
        """Opens the main menu and goes through it by name; the last item is one of several."""
        self.key("F10")
        for item in items[:-1]:
            self.press(item, role="menu item")
        self.press(items[-1], role="radio menu item")
        # Pressed this way it stays open.
        self.key("Escape", "Escape")

    def screenshot(self, file):
        """A picture of the window, kept in ARTEFACTS when that is set."""
        self.activate()
        take_picture(self.window_id(), file)

    def quit(self):
        """As a person would: Ctrl+Q. It has to end by itself, and well."""
        self.key("ctrl+q")
        status = self.process.wait(WAIT_SECONDS)
        assert status == 0, f"{self.name} ended with {status}:\n{self.complaints()}"

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.errors.close()


class Screen:
    """An X server, a window manager and a place for homes. The accessibility bus is that of the
    session bus the test runs under (dbus-run-session)."""

    def __init__(self, size="1600x1000"):
        self.size = size
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="jackdaw-desktop-"))
        self.windows = []
        self.helpers = []

    def __enter__(self):
        read, write = os.pipe()
        self.helpers.append(
            subprocess.Popen(
                ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{self.size}x24",
                 "-nolisten", "tcp"],
                pass_fds=[write],
                stderr=subprocess.DEVNULL,
            )
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise Gone("Xvfb did not start")
        runtime = self.directory / "run"
        runtime.mkdir(mode=0o700)
        os.environ.update(
            DISPLAY=":" + number,
            XDG_RUNTIME_DIR=str(runtime),
            GSK_RENDERER="cairo",
            GSETTINGS_BACKEND="memory",
            G_DEBUG="fatal-criticals",
            LC_ALL="C.UTF-8",
            # Leaks are among the complaints.
            LSAN_OPTIONS=f"exitcode=0:print_suppressions=0:suppressions={HERE / 'lsan.supp'}",
        )
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "WAYLAND_DISPLAY"):
            os.environ.pop(variable, None)
        self.helpers.append(subprocess.Popen(["openbox"], stderr=subprocess.DEVNULL))
        Atspi.init()
        return self

    def open(self, nickname, server, home=None, **environment):
        """A window with the welcome card filled in; `home` tells two of one nickname apart."""
        arguments = ["--server", server.domain, "--port", str(server.port), "--nick", nickname]
        window = Window(self, home or nickname, arguments, environment)
        self.windows.append(window)
        return window

    def screenshot(self, file):
        """A picture of everything, kept in ARTEFACTS when that is set."""
        take_picture("root", file)

    def __exit__(self, *_):
        for window in self.windows:
            window.close()
        for helper in reversed(self.helpers):
            helper.terminate()
            helper.wait(10)
        shutil.rmtree(self.directory, ignore_errors=True)
