#!/usr/bin/python3
"""How `jackdaw` is called, and what it says when it is called wrongly: that takes no screen."""

import os
import subprocess
import unittest

JACKDAW = os.environ["JACKDAW"]


class ArgumentsTest(unittest.TestCase):
    def run_jackdaw(self, *arguments):
        environment = {k: v for k, v in os.environ.items() if k != "DISPLAY"}
        done = subprocess.run(
            [JACKDAW, *arguments],
            env={**environment, "LC_ALL": "C.UTF-8", "GSETTINGS_BACKEND": "memory"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr.splitlines()

    def test_version_and_help(self):
        code, out, err = self.run_jackdaw("--version")
        self.assertRegex(out, r"^jackdaw \d+\.\d+\.\d+\n$")
        self.assertEqual((code, err), (0, []))
        code, out, err = self.run_jackdaw("--help")
        self.assertIn("--server", out)
        self.assertEqual((code, err), (0, []))

    def test_mistakes(self):
        for arguments, text in (
            (["--bogus"], "--bogus"),
            (["--port"], "--port"),
            (["--port", "many"], "many"),
            (["chat.example"], "“chat.example”"),
        ):
            with self.subTest(arguments=arguments):
                code, out, err = self.run_jackdaw(*arguments)
                self.assertEqual((code, out, len(err)), (2, "", 2), err)
                self.assertIn(text, err[0])
                self.assertEqual(err[1], "Try “jackdaw --help”.")
        self.assertEqual(
            self.run_jackdaw("--port", "70000"),
            (2, "", ["jackdaw: A port is a number from 1 to 65535."]),
        )


if __name__ == "__main__":
    unittest.main()
