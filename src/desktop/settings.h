/* settings.h - what the application remembers: window, look, the last sign-in (never a password).
 * Owns: one GSettings, kept in a key file in the user's configuration folder, so that it works
 * without a session bus and the same way installed and from the build directory.
 * Threads: the main one. Errors: a missing schema ends the program: it is part of it.
 * Spec: data/im.jackdaw.Jackdaw.gschema.xml. Tests: tests/desktop/test_desktop.py */
#pragma once

#include <gio/gio.h>

/* The application's only settings, borrowed. */
GSettings *settings_get(void);
