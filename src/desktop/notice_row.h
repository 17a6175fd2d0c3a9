/* notice_row.h - JdNoticeRow: a new day, the "new" line, or an event, small and in the middle.
 * Owns: nothing. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "desktop/line.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_NOTICE_ROW (jd_notice_row_get_type())
G_DECLARE_FINAL_TYPE(JdNoticeRow, jd_notice_row, JD, NOTICE_ROW, GtkWidget)

GtkWidget *jd_notice_row_new(void);
void jd_notice_row_set_line(JdNoticeRow *self, JdLine *line);

/* What it says, borrowed. */
const char *jd_notice_row_get_text(JdNoticeRow *self);

G_END_DECLS
