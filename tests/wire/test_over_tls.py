#!/usr/bin/python3
"""Plays all wire transcripts against a jackdawd of their own; speaks TAP, one line a transcript.

test_over_tls.py [--bytes] FILE...
"""

import argparse
import contextlib
import io
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))

import run_over_tls
from server import Server

# Otherwise the server is as its operator gets it; see "the usual settings" in README.md. Wrong
# passwords are written down in the transcripts, so nobody is to be slowed for them.
SETTINGS = {"guests": "yes", "registration": "open", "limits": "off"}


def is_played(path):
    return all(word != "config" for _, word, _ in run_over_tls.lines_of(path))


def import_accounts(server, paths):
    lines = {a for p in paths for _, word, a in run_over_tls.lines_of(p) if word == "verifier"}
    accounts = server.directory / "accounts"
    accounts.write_text("".join(f"{line}\n" for line in sorted(lines)), encoding="utf-8")
    server.ctl("user", "import", str(accounts))


def play(path, options):
    """Why it did not go as written, or nothing."""
    words = io.StringIO()
    with contextlib.redirect_stderr(words):
        passed = run_over_tls.play(path, options)
    return None if passed else words.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bytes", action="store_true", help="one byte at a time")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    paths = [path for path in arguments.files if is_played(path)]
    failures = 0

    print(f"1..{len(paths)}", flush=True)
    with Server(SETTINGS, domain=run_over_tls.DOMAIN) as server:
        import_accounts(server, paths)
        options = argparse.Namespace(
            host="127.0.0.1", port=server.port, tls_port=server.tls_port, bytes=arguments.bytes
        )
        for number, path in enumerate(paths, 1):
            problem = play(path, options)
            name = f"{number} {pathlib.Path(path).stem}"
            print(f"not ok {name}" if problem else f"ok {name}", flush=True)
            if problem:
                failures += 1
                sys.stderr.write(problem)
        if failures:
            sys.stderr.write(server.log())
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
