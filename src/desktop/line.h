/* line.h - JdLine: one row of a conversation on screen.
 * Owns: its messages. Threads: the main one. Errors: none. Spec: none.
 * Tests: tests/desktop/test_timeline.c */
#pragma once

#include "client/message.h"

G_BEGIN_DECLS

typedef enum {
    JD_LINE_INTRO,   /* what conversation this is, above everything */
    JD_LINE_DAY,     /* a new day begins */
    JD_LINE_NEW,     /* below it is what the user has not seen */
    JD_LINE_EVENT,   /* one thing that happened, or a run of people who came and went */
    JD_LINE_MESSAGE, /* something said */
} JdLineKind;

#define JD_TYPE_LINE (jd_line_get_type())
G_DECLARE_FINAL_TYPE(JdLine, jd_line, JD, LINE, GObject)

JdLine *jd_line_new(JdLineKind kind, gint64 time);
JdLine *jd_line_new_message(JdMessage *message, gboolean continues);

/* `messages` are events that follow each other; the line keeps them. */
JdLine *jd_line_new_event(GPtrArray *messages);

JdLineKind jd_line_get_kind(JdLine *self);
gint64 jd_line_get_time(JdLine *self);
JdMessage *jd_line_get_message(JdLine *self); /* NULL unless JD_LINE_MESSAGE */
const char *jd_line_get_text(JdLine *self);   /* of an event */

/* Does the event call for another nickname? */
gboolean jd_line_asks_for_nickname(JdLine *self);
gboolean jd_line_get_continues(JdLine *self);

/* How many messages of the conversation it stands for. */
guint jd_line_get_span(JdLine *self);

/* Shown the same way for the same messages? */
gboolean jd_line_equal(JdLine *self, JdLine *other);

G_END_DECLS
