/* timeline.h - JdTimeline: a conversation's messages as lines: days, groups, runs of events.
 * A GListModel of JdLine over a GListModel of JdMessage. Only lines around a change are made anew,
 * so that the view keeps its place.
 * Owns: its lines. Threads: the main one. Errors: none. Cost: of an append constant, of a change
 * elsewhere its distance from the end. Spec: none. Tests: tests/desktop/test_timeline.c */
#pragma once

#include "desktop/line.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define JD_TYPE_TIMELINE (jd_timeline_get_type())
G_DECLARE_FINAL_TYPE(JdTimeline, jd_timeline, JD, TIMELINE, GObject)

/* `new_from`, or NULL, is the first message the user has not seen. */
JdTimeline *jd_timeline_new(GListModel *messages, JdMessage *new_from);

/* The place of the "new" line; G_MAXUINT when there is none. */
guint jd_timeline_find_new(JdTimeline *self);

G_END_DECLS
