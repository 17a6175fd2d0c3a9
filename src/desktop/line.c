#include "desktop/line.h"

#include "desktop/event_text.h"

struct _JdLine {
    GObject parent_instance;
    JdLineKind kind;
    gint64 time;
    JdMessage *message;
    char *text;
    guint span;
    gboolean continues;
    gboolean asks_for_nickname;
};

G_DEFINE_FINAL_TYPE(JdLine, jd_line, G_TYPE_OBJECT)

static void
jd_line_finalize(GObject *object)
{
    JdLine *self = JD_LINE(object);
    g_clear_object(&self->message);
    g_free(self->text);
    G_OBJECT_CLASS(jd_line_parent_class)->finalize(object);
}

static void
jd_line_class_init(JdLineClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = jd_line_finalize;
}

static void
jd_line_init(JdLine *self)
{
    (void)self;
}

JdLine *
jd_line_new(JdLineKind kind, gint64 time)
{
    JdLine *self = g_object_new(JD_TYPE_LINE, NULL);
    self->kind = kind;
    self->time = time;
    return self;
}

JdLine *
jd_line_new_message(JdMessage *message, gboolean continues)
{
    JdLine *self = jd_line_new(JD_LINE_MESSAGE, jd_message_get_time(message));
    self->message = g_object_ref(message);
    self->continues = continues;
    self->span = 1;
    return self;
}

JdLine *
jd_line_new_event(GPtrArray *messages)
{
    g_assert(messages->len > 0);
    JdLine *self = jd_line_new(JD_LINE_EVENT, jd_message_get_time(messages->pdata[0]));
    self->text = event_text(messages);
    self->span = messages->len;
    self->asks_for_nickname = jd_message_get_kind(messages->pdata[0]) == JD_MESSAGE_NICKNAME;
    return self;
}

JdLineKind
jd_line_get_kind(JdLine *self)
{
    return self->kind;
}

gint64
jd_line_get_time(JdLine *self)
{
    return self->time;
}

JdMessage *
jd_line_get_message(JdLine *self)
{
    return self->message;
}

const char *
jd_line_get_text(JdLine *self)
{
    return self->text;
}

gboolean
jd_line_asks_for_nickname(JdLine *self)
{
    return self->asks_for_nickname;
}

gboolean
jd_line_get_continues(JdLine *self)
{
    return self->continues;
}

guint
jd_line_get_span(JdLine *self)
{
    return self->span;
}

gboolean
jd_line_equal(JdLine *self, JdLine *other)
{
    return self->kind == other->kind && self->time == other->time &&
           self->message == other->message && self->span == other->span &&
           self->continues == other->continues && g_strcmp0(self->text, other->text) == 0;
}
