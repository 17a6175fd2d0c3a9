/* window.h - JdWindow: one person's window: the welcome card, then their conversations.
 * Owns: the JdAccount. Threads: the main one. Errors: shown at the field or as a toast. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define JD_TYPE_WINDOW (jd_window_get_type())
G_DECLARE_FINAL_TYPE(JdWindow, jd_window, JD, WINDOW, AdwApplicationWindow)

JdWindow *jd_window_new(GtkApplication *application);

/* What stands on the welcome card at first; NULL and 0 leave what was used last. */
void jd_window_prefill(JdWindow *self, const char *server, guint port, const char *nickname);

G_END_DECLS
