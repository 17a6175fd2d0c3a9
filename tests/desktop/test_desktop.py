#!/usr/bin/python3
"""Two people and a third chat through real windows and a real server: issue after issue of what a
person would do, in one sitting, as one test.

Runs itself again under dbus-run-session so that no session bus of the user is touched. Pictures go
to the folder ARTEFACTS. JACKDAW, JACKDAWD and JACKDAWCTL name the programs.
"""

import os
import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]
INSIDE = "JACKDAW_DESKTOP_TEST_INSIDE"

PASSWORD = "correct horse"
# Widgets of libadwaita's own that nobody can name from outside.
FOREIGN = re.compile(r"(Gtk|Adw)Image$")


def step(text):
    print(f"{time.monotonic() - BEGIN:5.1f} s  {text}", flush=True)


def trust(window):
    window.press("Trust this server…")


def join_with_password(window, creates):
    """Nickname as given; the first time the account is made where the error stands."""
    window.key("Tab")
    window.type(PASSWORD)
    window.key("Return")
    trust(window)
    if creates:
        window.wait_for_text("Wrong password, or nobody has this nickname yet")
        window.screenshot(f"welcome-create-{window.name}")
        window.press(f"Create account “{window.name}”")
    window.wait_for_text("Message Lobby")


def join_as_guest(window):
    window.key("Return")
    trust(window)
    window.wait_for_text("Message Lobby")


def say(window, text):
    window.type(text)
    window.key("Return")


def check_fields(window):
    """What is wrong with the form is said at the field before anything is sent."""
    window.key("ctrl+a")
    window.key("BackSpace")
    window.key("Return")
    window.wait_for_text("Enter a nickname.")
    window.screenshot("welcome-error")
    window.type("anna")


def check_names(window):
    unnamed = [
        found
        for found in window.unnamed_controls()
        if not FOREIGN.search(found.split(" in ")[0])
    ]
    assert not unnamed, "controls without a name:\n" + "\n".join(unnamed)


def taken_nickname(screen, server):
    """A third person wants a name that is in use: told at the field, helped with a press."""
    third = screen.open("anna", server, home="third")
    third.key("Return")
    trust(third)
    third.wait_for("push button", "Use “anna2”")
    third.screenshot("welcome-taken")
    third.press("Use “anna2”")
    third.wait_for_text("Message Lobby")
    return third


def private_answer(anna, ben):
    """Ben clicks on Anna among the members and answers her in private."""
    ben.click("list item", "anna, member…")
    ben.wait_for_text("Message anna")
    say(ben, "nice to see you, anna")
    anna.wait_for_text("ben, 1 unread message, nice to see you, anna")
    anna.screenshot("unread")
    anna.select("Conversations", "ben")
    anna.wait_for_text("Only you and ben read what is written here.")
    say(anna, "likewise <3")
    ben.wait_for_text("likewise <3")
    for window in (anna, ben):
        window.select("Conversations", "Lobby")
        window.wait_for_text("Message Lobby")


def change_nickname(anna, ben):
    ben.press("You are ben, change nickname")
    ben.wait_for("push button", "Change")
    ben.key("ctrl+a")
    ben.type("benjamin")
    ben.key("Return")
    ben.wait_for("push button", "You are benjamin, change nickname")
    anna.wait_for_text("ben is now known as benjamin")


def open_new(window, name):
    """Ctrl+N, a name, Return."""
    window.key("ctrl+n")
    window.type(name)
    window.wait_for("list item", f"Join room “{name}”")
    window.key("Return")


def new_conversations(anna):
    """A room of one's own; and somebody whom nothing reaches, which is told at the message."""
    open_new(anna, "kitchen")
    anna.wait_for("list item", "anna, moderator…")
    say(anna, "soup is ready")
    anna.wait_for_text("You: soup is ready")
    open_new(anna, "nobody@localhost")
    anna.wait_for_text("Message nobody")
    say(anna, "hello?")
    anna.wait_for_text("Not sent: ")
    anna.wait_for("push button", "Send again")
    anna.screenshot("not-sent")
    anna.select("Conversations", "Lobby")
    anna.wait_for_text("Message Lobby")


def survive_the_server(server, anna, ben):
    """The server dies without a word and comes back; what was written meanwhile arrives, once."""
    server.kill()
    for window in (anna, ben):
        window.wait_for_text("Connection lost.")
    anna.screenshot("reconnecting")
    say(anna, "written while the server was away")
    anna.wait_for_text("written while the server was away")
    anna.wait_for("image", "Sending")
    server.start()
    for window in (anna, ben):
        button = window.find("push button", "Reconnect now")
        if button is not None:
            button.do_action(0)
    ben.wait_for_text("written while the server was away", seconds=40)
    for window in (anna, ben):
        window.wait_until_gone("push button", "Reconnect now")
    anna.wait_until_gone("image", "Sending")
    say(ben, "there you are again")
    anna.wait_for_text("there you are again")


def looks(window):
    """Dark and light, wide and narrow: pictures for people, and no complaint from GTK."""
    window.resize(1100, 720)
    window.screenshot("wide-light")
    window.choose("Look", "Dark")
    window.screenshot("wide-dark")
    window.resize(360, 640)
    window.screenshot("narrow-dark")
    window.press("Conversations")
    window.screenshot("narrow-list-dark")
    window.select("Conversations", "Lobby")
    window.choose("Look", "Light")
    window.screenshot("narrow-light")
    window.resize(800, 600)
    window.screenshot("middle-light")
    window.resize(1100, 720)


def journey(screen, server):
    anna = screen.open("anna", server)
    step("anna's window is there")
    check_fields(anna)
    anna.screenshot("welcome")
    join_with_password(anna, creates=True)
    step("anna has made an account and is in the lobby")
    ben = screen.open("ben", server)
    join_as_guest(ben)
    anna.wait_for_text("ben joined")
    step("ben is a guest there")

    say(anna, "Hello from anna :)")
    ben.wait_for_text("Hello from anna :)")
    say(ben, "hi anna, see https://example.org/<slides> & more")
    anna.wait_for_text("hi anna, see https://example.org/<slides> & more")
    step("they talk in the lobby")
    private_answer(anna, ben)
    step("ben has answered in private")
    change_nickname(anna, ben)
    step("ben is benjamin")
    new_conversations(anna)
    step("anna has made a room, and written to nobody")
    third = taken_nickname(screen, server)
    anna.wait_for_text("anna2 joined")
    step("a third was told that the nickname is taken")
    for window in (anna, third):
        check_names(window)
    survive_the_server(server, anna, ben)
    step("both have survived the server")
    looks(anna)
    step("pictures are taken")

    for window in screen.windows:
        window.quit()
        assert not window.complaints(), f"{window.name} said:\n{window.complaints()}"
    step("all windows are closed, and GTK had nothing to say")


def main():
    if INSIDE not in os.environ:
        command = ["dbus-run-session", "--", sys.executable, __file__]
        os.environ[INSIDE] = "1"
        os.execvp(command[0], command)
    # Only here: the library connects to the session bus.
    from desktop import Screen
    from server import Server

    with Screen() as screen, Server(overrides={"guests": "yes", "registration": "open"}) as server:
        try:
            journey(screen, server)
        except BaseException:
            screen.screenshot("failure")
            print(server.log()[-4000:])
            raise


BEGIN = time.monotonic()
if __name__ == "__main__":
    main()
