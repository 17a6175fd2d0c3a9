/* avatar.h - JdAvatar: a coloured disc with a letter for a person, a square with # for a room, and
 * the person's presence as a dot whose shape says it too.
 * Owns: its strings. Threads: the main one. Errors: none. Spec: XEP-0392 (the colour).
 * Tests: tests/desktop/test_desktop.py */
#pragma once

#include "client/member.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define JD_TYPE_AVATAR (jd_avatar_get_type())
G_DECLARE_FINAL_TYPE(JdAvatar, jd_avatar, JD, AVATAR, GtkWidget)

/* Properties: "name" string, "room" boolean, "size" int (pixels), "show" JdShow, "has-presence"
 * boolean (whether the dot is drawn). The colour around the dot is CSS `color`. */
GtkWidget *jd_avatar_new(void);
void jd_avatar_set_name(JdAvatar *self, const char *name);
void jd_avatar_set_room(JdAvatar *self, gboolean room);
void jd_avatar_set_size(JdAvatar *self, int size);
void jd_avatar_set_show(JdAvatar *self, JdShow show);
void jd_avatar_set_has_presence(JdAvatar *self, gboolean has_presence);

G_END_DECLS
