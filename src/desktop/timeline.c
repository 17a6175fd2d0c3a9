#include "desktop/timeline.h"

#include "desktop/event_text.h"
#include "desktop/time_text.h"

/* People told of in one line; a longer run begins another. */
#define RUN_MAX 40

struct _JdTimeline {
    GObject parent_instance;
    GListModel *messages;
    JdMessage *new_from;
    GPtrArray *lines;

    /* The day looked at last. */
    gint64 day_start;
    gint64 day_end;
};

static GType
timeline_get_item_type(GListModel *model)
{
    (void)model;
    return JD_TYPE_LINE;
}

static guint
timeline_get_n_items(GListModel *model)
{
    return JD_TIMELINE(model)->lines->len;
}

static gpointer
timeline_get_item(GListModel *model, guint position)
{
    JdTimeline *self = JD_TIMELINE(model);
    return position < self->lines->len ? g_object_ref(self->lines->pdata[position]) : NULL;
}

static void
timeline_list_model_init(GListModelInterface *iface)
{
    iface->get_item_type = timeline_get_item_type;
    iface->get_n_items = timeline_get_n_items;
    iface->get_item = timeline_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(JdTimeline,
                              jd_timeline,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, timeline_list_model_init))

/* ---- making lines ---- */

static gboolean
same_day(JdTimeline *self, gint64 one, gint64 other)
{
    if (one < self->day_start || one >= self->day_end)
        time_text_day_bounds(one, &self->day_start, &self->day_end);
    return other >= self->day_start && other < self->day_end;
}

static JdMessage *
message_at(JdTimeline *self, guint position)
{
    return g_list_model_get_item(self->messages, position);
}

/* May the message at `position` stand in one line with the event before it? */
static gboolean
joins_run(JdTimeline *self, JdMessage *message, JdMessage *first)
{
    return message && message != self->new_from && event_text_collapses(message) &&
           same_day(self, jd_message_get_time(first), jd_message_get_time(message));
}

static JdLine *
make_event(JdTimeline *self, JdMessage *first, guint position)
{
    g_autoptr(GPtrArray) run = g_ptr_array_new_with_free_func(g_object_unref);
    g_ptr_array_add(run, g_object_ref(first));
    while (event_text_collapses(first) && run->len < RUN_MAX) {
        g_autoptr(JdMessage) next = message_at(self, position + run->len);
        if (!joins_run(self, next, first))
            break;
        g_ptr_array_add(run, g_steal_pointer(&next));
    }
    return jd_line_new_event(run);
}

/* Appends what the message at `position` is shown as: separators, if any, and its line. Returns
 * how many messages that line stands for. */
static guint
make_block(JdTimeline *self, guint position, GPtrArray *into)
{
    g_autoptr(JdMessage) message = message_at(self, position);
    g_autoptr(JdMessage) before = position > 0 ? message_at(self, position - 1) : NULL;
    gint64 time = jd_message_get_time(message);
    gboolean new_day = before == NULL || !same_day(self, jd_message_get_time(before), time);
    gboolean is_new = message == self->new_from;

    if (new_day)
        g_ptr_array_add(into, jd_line_new(JD_LINE_DAY, time));
    if (is_new)
        g_ptr_array_add(into, jd_line_new(JD_LINE_NEW, time));
    JdLine *line = NULL;
    if (jd_message_get_kind(message) == JD_MESSAGE_TEXT)
        line = jd_line_new_message(message,
                                   !new_day && !is_new && jd_message_continues(message, before));
    else
        line = make_event(self, message, position);
    g_ptr_array_add(into, line);
    return jd_line_get_span(line);
}

/* ---- following the messages ---- */

static gboolean
is_separator(JdLine *line)
{
    return jd_line_get_span(line) == 0 && jd_line_get_kind(line) != JD_LINE_INTRO;
}

static JdLine *
line_at(JdTimeline *self, guint index)
{
    return self->lines->pdata[index];
}

/* The first line to be made anew when the messages from `position` on change, out of `count` that
 * there were; *ret_first is the message it begins with. */
static guint
first_affected(JdTimeline *self, guint position, guint count, guint *ret_first)
{
    guint index = self->lines->len;
    guint covered = count;
    while (covered > position)
        covered -= jd_line_get_span(line_at(self, --index));
    while (is_separator(line_at(self, index - 1)))
        index--;
    /* A run of events may grow. */
    if (jd_line_get_kind(line_at(self, index - 1)) == JD_LINE_EVENT) {
        covered -= jd_line_get_span(line_at(self, --index));
        while (is_separator(line_at(self, index - 1)))
            index--;
    }
    *ret_first = covered;
    return index;
}

/* Are the lines of `block` those that stand at `index` already? */
static gboolean
block_is_at(JdTimeline *self, GPtrArray *block, guint index)
{
    if (index + block->len > self->lines->len)
        return FALSE;
    for (guint i = 0; i < block->len; i++) {
        if (!jd_line_equal(block->pdata[i], line_at(self, index + i)))
            return FALSE;
    }
    return TRUE;
}

static void
splice(JdTimeline *self, guint index, guint removed, GPtrArray *fresh)
{
    guint added = fresh->len;
    if (removed > 0)
        g_ptr_array_remove_range(self->lines, index, removed);
    for (guint i = 0; i < added; i++)
        g_ptr_array_insert(self->lines, (int)(index + i), g_object_ref(fresh->pdata[i]));
    if (removed > 0 || added > 0)
        g_list_model_items_changed(G_LIST_MODEL(self), index, removed, added);
}

static void
messages_changed_cb(GListModel *messages, guint position, guint removed, guint added, gpointer data)
{
    JdTimeline *self = JD_TIMELINE(data);
    guint count = g_list_model_get_n_items(messages);
    guint old_count = count - added + removed;
    guint at = 0;
    guint index = first_affected(self, position, old_count, &at);
    guint old_index = index; /* the first of the old lines that may stay */
    guint old_at = at;       /* and the old place of its message */
    g_autoptr(GPtrArray) fresh = g_ptr_array_new_with_free_func(g_object_unref);

    while (at < count) {
        g_autoptr(GPtrArray) block = g_ptr_array_new_with_free_func(g_object_unref);
        guint span = make_block(self, at, block);
        if (at >= position + added) {
            guint was_at = at - added + removed;
            while (old_index < self->lines->len && old_at < was_at)
                old_at += jd_line_get_span(line_at(self, old_index++));
            if (old_at == was_at && block_is_at(self, block, old_index))
                break;
        }
        g_ptr_array_extend_and_steal(fresh, g_steal_pointer(&block));
        at += span;
    }
    if (at >= count)
        old_index = self->lines->len;
    splice(self, index, old_index - index, fresh);
}

static void
jd_timeline_finalize(GObject *object)
{
    JdTimeline *self = JD_TIMELINE(object);
    g_clear_object(&self->messages);
    g_clear_object(&self->new_from);
    g_ptr_array_unref(self->lines);
    G_OBJECT_CLASS(jd_timeline_parent_class)->finalize(object);
}

static void
jd_timeline_class_init(JdTimelineClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = jd_timeline_finalize;
}

static void
jd_timeline_init(JdTimeline *self)
{
    self->lines = g_ptr_array_new_with_free_func(g_object_unref);
    g_ptr_array_add(self->lines, jd_line_new(JD_LINE_INTRO, 0));
}

JdTimeline *
jd_timeline_new(GListModel *messages, JdMessage *new_from)
{
    JdTimeline *self = g_object_new(JD_TYPE_TIMELINE, NULL);
    self->messages = g_object_ref(messages);
    g_set_object(&self->new_from, new_from);
    messages_changed_cb(messages, 0, 0, g_list_model_get_n_items(messages), self);
    g_signal_connect_object(messages, "items-changed", G_CALLBACK(messages_changed_cb), self,
                            G_CONNECT_DEFAULT);
    return self;
}

guint
jd_timeline_find_new(JdTimeline *self)
{
    for (guint i = self->lines->len; i-- > 0;) {
        if (jd_line_get_kind(line_at(self, i)) == JD_LINE_NEW)
            return i;
    }
    return G_MAXUINT;
}
