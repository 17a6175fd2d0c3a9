/* field_note.h - JdFieldNote: the line under a field of a form: a hint, or what is wrong with it
 * and a button that mends it. Owns: nothing. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_FIELD_NOTE (jd_field_note_get_type())
G_DECLARE_FINAL_TYPE(JdFieldNote, jd_field_note, JD, FIELD_NOTE, GtkListBoxRow)

/* Property "hint" string: shown while nothing is wrong; NULL hides the line.
 * Signal "mended" (): the button was pressed. */

/* `remedy` is what the button says; NULL = no button. The field above is marked as wrong. */
void jd_field_note_set_error(JdFieldNote *self, const char *error, const char *remedy);
void jd_field_note_clear(JdFieldNote *self);
gboolean jd_field_note_has_error(JdFieldNote *self);

G_END_DECLS
