#include "client/message_private.h"
#include "client/words.h"

#include <string.h>

/* Lines of one sender that are this close belong together. */
#define GROUP_US (5 * 60 * G_USEC_PER_SEC)

struct _JdMessage {
    GObject parent_instance;
    JdMessageKind kind;
    JdMessageState state;
    char *id;
    char *sender;
    char *sender_jid;
    char *body;
    char *failure;
    gint64 time;
    gboolean outgoing;
    gboolean mentions_me;
    guint attempts;
    gint64 row, position;
    gboolean edited, retracted;
};

G_DEFINE_FINAL_TYPE(JdMessage, jd_message, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE(JdMessageKind,
                   jd_message_kind,
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_TEXT, "text"),
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_JOINED, "joined"),
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_LEFT, "left"),
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_RENAMED, "renamed"),
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_SUBJECT, "subject"),
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_NOTICE, "notice"),
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_NICKNAME, "nickname"))

G_DEFINE_ENUM_TYPE(JdMessageState,
                   jd_message_state,
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_RECEIVED, "received"),
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_PENDING, "pending"),
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_SENT, "sent"),
                   G_DEFINE_ENUM_VALUE(JD_MESSAGE_FAILED, "failed"))

enum {
    PROP_0,
    PROP_KIND,
    PROP_STATE,
    PROP_ID,
    PROP_SENDER,
    PROP_SENDER_JID,
    PROP_BODY,
    PROP_FAILURE,
    PROP_TIME,
    PROP_OUTGOING,
    PROP_MENTIONS_ME,
    PROP_EDITED,
    PROP_RETRACTED,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void
jd_message_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    JdMessage *self = JD_MESSAGE(object);
    switch (id) {
    case PROP_KIND:
        g_value_set_enum(value, (gint)self->kind);
        break;
    case PROP_STATE:
        g_value_set_enum(value, (gint)self->state);
        break;
    case PROP_ID:
        g_value_set_string(value, self->id);
        break;
    case PROP_SENDER:
        g_value_set_string(value, self->sender);
        break;
    case PROP_SENDER_JID:
        g_value_set_string(value, self->sender_jid);
        break;
    case PROP_BODY:
        g_value_set_string(value, self->body);
        break;
    case PROP_FAILURE:
        g_value_set_string(value, self->failure);
        break;
    case PROP_TIME:
        g_value_set_int64(value, self->time);
        break;
    case PROP_OUTGOING:
        g_value_set_boolean(value, self->outgoing);
        break;
    case PROP_MENTIONS_ME:
        g_value_set_boolean(value, self->mentions_me);
        break;
    case PROP_EDITED:
        g_value_set_boolean(value, self->edited);
        break;
    case PROP_RETRACTED:
        g_value_set_boolean(value, self->retracted);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_message_finalize(GObject *object)
{
    JdMessage *self = JD_MESSAGE(object);
    g_free(self->id);
    g_free(self->sender);
    g_free(self->sender_jid);
    g_free(self->body);
    g_free(self->failure);
    G_OBJECT_CLASS(jd_message_parent_class)->finalize(object);
}

static void
jd_message_class_init(JdMessageClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

    object_class->get_property = jd_message_get_property;
    object_class->finalize = jd_message_finalize;

    properties[PROP_KIND] =
        g_param_spec_enum("kind", NULL, NULL, JD_TYPE_MESSAGE_KIND, JD_MESSAGE_TEXT, flags);
    properties[PROP_STATE] =
        g_param_spec_enum("state", NULL, NULL, JD_TYPE_MESSAGE_STATE, JD_MESSAGE_RECEIVED, flags);
    properties[PROP_ID] = g_param_spec_string("id", NULL, NULL, NULL, flags);
    properties[PROP_SENDER] = g_param_spec_string("sender", NULL, NULL, NULL, flags);
    properties[PROP_SENDER_JID] = g_param_spec_string("sender-jid", NULL, NULL, NULL, flags);
    properties[PROP_BODY] = g_param_spec_string("body", NULL, NULL, NULL, flags);
    properties[PROP_FAILURE] = g_param_spec_string("failure", NULL, NULL, NULL, flags);
    properties[PROP_TIME] =
        g_param_spec_int64("time", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
    properties[PROP_OUTGOING] = g_param_spec_boolean("outgoing", NULL, NULL, FALSE, flags);
    properties[PROP_MENTIONS_ME] = g_param_spec_boolean("mentions-me", NULL, NULL, FALSE, flags);
    properties[PROP_EDITED] = g_param_spec_boolean("edited", NULL, NULL, FALSE, flags);
    properties[PROP_RETRACTED] = g_param_spec_boolean("retracted", NULL, NULL, FALSE, flags);
    g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void
jd_message_init(JdMessage *self)
{
    (void)self;
}

JdMessage *
message_new(const struct message_details *details)
{
    JdMessage *self = g_object_new(JD_TYPE_MESSAGE, NULL);
    self->kind = details->kind;
    self->state = details->state;
    self->id = g_strdup(details->id);
    self->sender = g_strdup(details->sender);
    self->sender_jid = g_strdup(details->sender_jid);
    self->body = g_strdup(details->body);
    self->time = details->time != 0 ? details->time : g_get_real_time();
    self->outgoing = details->outgoing;
    self->mentions_me = details->mentions_me;
    return self;
}

void
message_set_state(JdMessage *self, JdMessageState state, const char *failure)
{
    if (state != JD_MESSAGE_FAILED)
        failure = NULL;
    g_object_freeze_notify(G_OBJECT(self));
    if (self->state != state) {
        self->state = state;
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_STATE]);
    }
    if (g_strcmp0(self->failure, failure) != 0) {
        g_free(self->failure);
        self->failure = g_strdup(failure);
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_FAILURE]);
    }
    g_object_thaw_notify(G_OBJECT(self));
}

/* ---- lines that are kept ---- */

static JdMessageState
state_of(const struct history_message *kept)
{
    switch (kept->state) {
    case HISTORY_PENDING:
        return JD_MESSAGE_PENDING;
    case HISTORY_FAILED:
        return JD_MESSAGE_FAILED;
    case HISTORY_SENT:
    case HISTORY_DELIVERED:
    case HISTORY_READ:
        return JD_MESSAGE_SENT;
    case HISTORY_RECEIVED:
        break;
    }
    return JD_MESSAGE_RECEIVED;
}

static const char *
body_of(const struct history_message *kept)
{
    return kept->body ? kept->body : _("This message was deleted.");
}

JdMessage *
message_from_history(const struct history_message *kept)
{
    const struct message_details details = {
        .kind = kept->kind == HISTORY_NOTICE ? JD_MESSAGE_NOTICE : JD_MESSAGE_TEXT,
        .state = state_of(kept),
        .id = kept->id,
        .sender = kept->nickname,
        .sender_jid = kept->sender_jid,
        .body = body_of(kept),
        .time = kept->time,
        .outgoing = kept->outgoing,
        .mentions_me = kept->mentions,
    };
    JdMessage *self = message_new(&details);
    self->failure = g_strdup(kept->failure);
    self->row = kept->row;
    self->position = kept->position;
    self->edited = kept->is_edited;
    self->retracted = kept->is_retracted;
    return self;
}

static void
set_flag(JdMessage *self, gboolean *flag, gboolean value, guint property)
{
    if (*flag == value)
        return;
    *flag = value;
    g_object_notify_by_pspec(G_OBJECT(self), properties[property]);
}

void
message_take(JdMessage *self, const struct history_message *kept)
{
    const char *body = body_of(kept);
    g_object_freeze_notify(G_OBJECT(self));
    self->row = kept->row;
    self->position = kept->position;
    if (strcmp(self->body, body) != 0) {
        g_free(self->body);
        self->body = g_strdup(body);
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_BODY]);
    }
    if (self->time != kept->time) {
        self->time = kept->time;
        g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_TIME]);
    }
    set_flag(self, &self->edited, kept->is_edited, PROP_EDITED);
    set_flag(self, &self->retracted, kept->is_retracted, PROP_RETRACTED);
    message_set_state(self, state_of(kept), kept->failure);
    g_object_thaw_notify(G_OBJECT(self));
}

gint64
message_get_row(JdMessage *self)
{
    return self->row;
}

gint64
message_get_position(JdMessage *self)
{
    return self->position;
}

void
message_set_position(JdMessage *self, gint64 position)
{
    self->position = position;
}

guint
message_get_attempts(JdMessage *self)
{
    return self->attempts;
}

void
message_set_attempts(JdMessage *self, guint attempts)
{
    self->attempts = attempts;
}

JdMessageKind
jd_message_get_kind(JdMessage *self)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), JD_MESSAGE_TEXT);
    return self->kind;
}

JdMessageState
jd_message_get_state(JdMessage *self)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), JD_MESSAGE_RECEIVED);
    return self->state;
}

const char *
jd_message_get_id(JdMessage *self)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), NULL);
    return self->id;
}

const char *
jd_message_get_sender(JdMessage *self)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), NULL);
    return self->sender;
}

const char *
jd_message_get_sender_jid(JdMessage *self)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), NULL);
    return self->sender_jid;
}

gboolean
jd_message_get_outgoing(JdMessage *self)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), FALSE);
    return self->outgoing;
}

gboolean
jd_message_get_mentions_me(JdMessage *self)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), FALSE);
    return self->mentions_me;
}

const char *
jd_message_get_body(JdMessage *self)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), NULL);
    return self->body;
}

const char *
jd_message_get_failure(JdMessage *self)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), NULL);
    return self->failure;
}

gint64
jd_message_get_time(JdMessage *self)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), 0);
    return self->time;
}

gboolean
jd_message_continues(JdMessage *self, JdMessage *previous)
{
    g_return_val_if_fail(JD_IS_MESSAGE(self), FALSE);
    if (previous == NULL || self->kind != JD_MESSAGE_TEXT || previous->kind != JD_MESSAGE_TEXT)
        return FALSE;
    if (self->outgoing != previous->outgoing || g_strcmp0(self->sender, previous->sender) != 0)
        return FALSE;
    gint64 gap = self->time - previous->time;
    return gap >= -GROUP_US && gap <= GROUP_US;
}
