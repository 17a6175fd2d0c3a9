#!/usr/bin/python3
"""Takes the pictures of README: a lobby with people in it, light and dark.

    JACKDAW=build/jackdaw JACKDAWD=build/jackdawd JACKDAWCTL=build/jackdawctl \\
        ENGINE_CLIENT=build-test/asan/tests/engine-client ARTEFACTS=docs/images \\
        tests/desktop/take_pictures.py

Runs itself again under dbus-run-session.
"""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]
INSIDE = "JACKDAW_DESKTOP_TEST_INSIDE"
PASSWORD = "correct horse"
PEOPLE = ["Grace", "Linus", "Oskar", "Mira"]
LATER = ["Tilda", "Jonas"]
LOBBY = [
    ("Grace", "Good morning! The posters are back from the printer 🎉"),
    ("Grace", "I put the files here: https://fair.example/posters"),
    ("Linus", "They look great. Who can hang them up in the *old town*?"),
    ("Anna", "I can, on my way home this afternoon."),
    ("Anna", "How many are there?"),
    ("Grace", "Forty. _Plenty_ for all of us 🙂"),
    None,
    ("Mira", "Anna, shall I come along? I have a ladder and tape"),
    ("Anna", "Yes please! At five by the fountain?"),
    ("Mira", "👍"),
    ("Oskar", "Then I take the school and the library tomorrow before work, and bring what is left back to Grace"),
]
PRIVATE = [
    ("Linus", "Did you see the new stage plan?"),
    ("Tilda", "Cake for the helpers?"),
    ("Tilda", "Two of them, to be safe 🍰"),
]


def talk(anna, people, engine):
    for line in LOBBY:
        if line is None:
            for name in LATER:
                people[name] = engine(name, PASSWORD if name != "Jonas" else "")
            continue
        name, text = line
        if name == "Anna":
            anna.type(text)
            anna.key("Return")
        else:
            people[name].do("say", text)
        anna.wait_for_text(text[:20])
    for name, text in PRIVATE:
        people[name].do("private", "Anna", text)
        anna.wait_for_text(text)


def use_font_of_gnome(home):
    settings = home / ".config" / "gtk-4.0" / "settings.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[Settings]\ngtk-font-name=Cantarell 11\n")


def take(screen, server, engine):
    people = {name: engine(name, PASSWORD) for name in PEOPLE}
    server.add_user("anna", PASSWORD)
    use_font_of_gnome(screen.directory / "Anna")
    anna = screen.open("Anna", server)
    anna.key("Tab")
    anna.type(PASSWORD)
    anna.key("Return")
    anna.press("Trust this server…")
    anna.wait_for_text("Message Lobby")
    anna.resize(1170, 770)
    subprocess.run(["xdotool", "mousemove", "0", "999"], check=True)  # no row lies under the pointer
    talk(anna, people, engine)
    anna.wait_until_gone("image", "Sending")
    anna.screenshot("desktop-light")
    anna.choose("Look", "Dark")
    anna.screenshot("desktop-dark")


def main():
    if INSIDE not in os.environ:
        os.environ[INSIDE] = "1"
        os.execvp("dbus-run-session", ["dbus-run-session", "--", sys.executable, __file__])
    # Only here: the library connects to the session bus.
    from desktop import Screen
    from engine import Engine
    from server import Server

    engines = []

    def engine(name, password):
        engines.append(Engine())
        verb = {"verb": "register"} if password else {}
        engines[-1].sign_in(server, name, password, **verb)
        return engines[-1]

    with Screen() as screen, Server(overrides={"guests": "yes", "registration": "open"}) as server:
        try:
            take(screen, server, engine)
        finally:
            for one in engines:
                one.quit()


if __name__ == "__main__":
    main()
