/* member_row.h - JdMemberRow: one member of a room. Rows are reused.
 * Owns: a reference to its member. Threads: the main one. Errors: none. Spec: XEP-0045 5.
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/member.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_MEMBER_ROW (jd_member_row_get_type())
G_DECLARE_FINAL_TYPE(JdMemberRow, jd_member_row, JD, MEMBER_ROW, GtkWidget)

GtkWidget *jd_member_row_new(void);

/* NULL: shows nothing and holds nothing. */
void jd_member_row_set_member(JdMemberRow *self, JdMember *member);

/* "Anna, moderator, online"; the caller's. */
char *jd_member_row_describe(JdMember *member);

G_END_DECLS
