#!/usr/bin/python3
"""Who is who, and texts of any length, in real windows: a nickname that somebody else has, guests who
change their names, leave and come back, and more text than a row holds.

Runs itself again under dbus-run-session. Pictures go to the folder ARTEFACTS. JACKDAW, JACKDAWD,
JACKDAWCTL, ENGINE_CLIENT and LONG_TEXT name the programs.
"""

import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]
INSIDE = "JACKDAW_DESKTOP_TEST_INSIDE"

PASSWORD = "correct horse"
LONG_SECONDS = 120


def step(text):
    print(f"{time.monotonic() - BEGIN:5.1f} s  {text}", flush=True)


def enter_password(window, password):
    window.key("Tab")
    window.type(password)
    window.key("Return")


def long_texts():
    """Measured inside: it needs only a screen."""
    strict = {**os.environ, "LSAN_OPTIONS": os.environ["LSAN_OPTIONS"] + ":exitcode=1"}
    subprocess.run([os.environ["LONG_TEXT"]], check=True, timeout=LONG_SECONDS, env=strict)


def name_of_an_account(screen, server):
    """Somebody else's account is not ours under another name, however that is asked for. On the way
    the question about the certificate is answered by keyboard: Return alone trusts nobody."""
    server.add_user("anna", PASSWORD)
    window = screen.open("anna", server, home="stranger")
    enter_password(window, "wrong")
    window.wait_for("push button", "Trust this server…")
    screen.screenshot("certificate")
    window.key_into_dialog("Return")
    window.wait_for_text("The certificate of localhost is not trusted.")
    window.press("Join lobby")
    window.wait_for("push button", "Trust this server…")
    window.key_into_dialog("Tab", "Return")
    window.wait_for_text("Wrong password, or nobody has this nickname yet")
    window.press("Create account “anna”")
    window.wait_for_text("anna is registered already, and this is not its password.")
    window.screenshot("welcome-account-taken")
    assert window.find("push button", "Use “anna2”") is None
    window.quit()


def name_that_a_guest_has(screen, server, guest):
    """Whoever has the account has its name in the lobby; the guest is told why they had to go."""
    guest.sign_in(server, "olga")
    olga = screen.open("olga", server)
    enter_password(olga, PASSWORD)
    olga.press("Trust this server…")
    olga.press("Create account “olga”")
    olga.wait_for_text("Message Lobby")
    olga.wait_for("push button", "You are olga, change nickname")
    guest.wait("message", f"lobby@rooms.{server.domain}", "notice")
    guest.do("nick", "Grete")
    olga.wait_for("list item", "Grete, guest…")
    olga.press("You are olga, change nickname")
    olga.wait_for("push button", "Change")
    olga.key("ctrl+a")
    olga.type("Olga P")
    olga.key("Return")
    olga.wait_for("push button", "You are Olga P, change nickname")
    return olga


def guests(olga, server, guest, engine):
    """The conversation with a guest follows them, and says when they are gone."""
    guest.do("nick", "Rita")
    olga.wait_for("list item", "Rita, guest…")
    olga.click("list item", "Rita, guest…")
    olga.wait_for_text("Message Rita")
    olga.type("hello Rita")
    olga.key("Return")
    guest.wait("message", f"olga@{server.domain}", "text", "in", None, None, "hello Rita")
    olga.wait_until_gone("image", "Sending")
    guest.do("nick", "Margarita")
    olga.wait_for_text("Message Margarita")
    olga.wait_for_text("Rita is now known as Margarita")
    olga.type("a draft")
    guest.quit()
    olga.wait_for_text("Margarita has left. Nothing reaches a guest who is gone.")
    olga.wait_for_text("guest left")
    olga.screenshot("guest-left")
    olga.key("Return")
    olga.wait_for_text("Not sent: They have left.")
    again = engine()
    again.sign_in(server, "Margarita")
    olga.wait_for_text("Margarita is here again, as a new guest")
    olga.press("Send again")
    again.wait("message", f"olga@{server.domain}", "text", "in", None, None, "a draft")
    olga.screenshot("guest-back")
    return again


def long_message(olga, guest):
    """Shown in part, then whole, then in part again."""
    from gi.repository import Atspi

    body = "x" * 30000 + " and words " * 2000 + "end"
    guest.do("say", body)
    olga.select("Conversations", "Lobby")
    olga.wait_for_text("Message Lobby")
    olga.wait_for("push button", "Show all…")
    olga.screenshot("long-text-cut")
    olga.press("Show all…")
    whole = olga.wait_for("text", "The whole message")
    olga.wait_until("whole text", lambda: Atspi.Text.get_character_count(whole) >= len(body))
    olga.screenshot("long-text-whole")
    olga.press("Show less")
    olga.wait_until_gone("text", "The whole message")


def journey(screen, server, engine):
    long_texts()
    step("texts of a megabyte do not stop a window")
    name_of_an_account(screen, server)
    step("an account's name is its own")
    guest = engine()
    olga = name_that_a_guest_has(screen, server, guest)
    step("olga has her name, and another then")
    guest = guests(olga, server, guest, engine)
    step("a guest was renamed, has left and come back")
    long_message(olga, guest)
    step("a long text was shown whole")
    olga.quit()
    for window in screen.windows:
        assert not window.complaints(), f"{window.name} said:\n{window.complaints()}"
    step("GTK had nothing to say")


def main():
    if INSIDE not in os.environ:
        command = ["dbus-run-session", "--", sys.executable, __file__]
        os.environ[INSIDE] = "1"
        os.execvp(command[0], command)
    # Only here: the library connects to the session bus.
    from desktop import Screen
    from engine import Engine
    from server import Server

    engines = []

    def engine():
        engines.append(Engine())
        return engines[-1]

    with Screen() as screen, Server(overrides={"guests": "yes", "registration": "open"}) as server:
        try:
            journey(screen, server, engine)
        except BaseException:
            screen.screenshot("failure-people")
            print(server.log()[-4000:])
            raise
        finally:
            for one in engines:
                one.quit()


BEGIN = time.monotonic()
if __name__ == "__main__":
    main()
