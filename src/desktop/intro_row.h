/* intro_row.h - JdIntroRow: what conversation this is and who can read it, above its messages.
 * Owns: nothing. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/conversation.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_INTRO_ROW (jd_intro_row_get_type())
G_DECLARE_FINAL_TYPE(JdIntroRow, jd_intro_row, JD, INTRO_ROW, GtkWidget)

/* Property "conversation". */
GtkWidget *jd_intro_row_new(JdConversation *conversation);

G_END_DECLS
