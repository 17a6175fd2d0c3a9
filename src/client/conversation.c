#include "client/conversation_struct.h"
#include "client/text.h"
#include "client/words.h"

#define REMEMBERED_MAX 4096 /* keys of messages seen */

G_DEFINE_FINAL_TYPE(JdConversation, jd_conversation, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE(JdConversationKind,
                   jd_conversation_kind,
                   G_DEFINE_ENUM_VALUE(JD_CONVERSATION_ROOM, "room"),
                   G_DEFINE_ENUM_VALUE(JD_CONVERSATION_PRIVATE, "private"))

enum {
    PROP_0,
    PROP_JID,
    PROP_KIND,
    PROP_TITLE,
    PROP_SUBTITLE,
    PROP_JOINED,
    PROP_UNREAD,
    PROP_MENTIONED,
    PROP_PREVIEW,
    PROP_LAST_ACTIVITY,
    PROP_MESSAGES,
    PROP_MEMBERS,
    PROP_SHOW,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void
jd_conversation_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    JdConversation *self = JD_CONVERSATION(object);
    switch (id) {
    case PROP_JID:
        g_value_set_string(value, self->jid);
        break;
    case PROP_KIND:
        g_value_set_enum(value, (gint)self->kind);
        break;
    case PROP_TITLE:
        g_value_set_string(value, self->title);
        break;
    case PROP_SUBTITLE:
        g_value_set_string(value, self->subtitle);
        break;
    case PROP_JOINED:
        g_value_set_boolean(value, self->joined);
        break;
    case PROP_UNREAD:
        g_value_set_uint(value, self->unread);
        break;
    case PROP_MENTIONED:
        g_value_set_boolean(value, self->mentioned);
        break;
    case PROP_PREVIEW:
        g_value_set_string(value, self->preview);
        break;
    case PROP_LAST_ACTIVITY:
        g_value_set_int64(value, self->last_activity);
        break;
    case PROP_MESSAGES:
        g_value_set_object(value, self->messages);
        break;
    case PROP_MEMBERS:
        g_value_set_object(value, self->members);
        break;
    case PROP_SHOW:
        g_value_set_enum(value, (gint)self->show);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
jd_conversation_finalize(GObject *object)
{
    JdConversation *self = JD_CONVERSATION(object);
    conversation_history_clear(self);
    g_hash_table_unref(self->remembered);
    g_queue_clear_full(&self->remembered_order, g_free);
    g_hash_table_unref(self->own);
    g_hash_table_unref(self->by_nickname);
    g_object_unref(self->members);
    g_object_unref(self->messages);
    g_free(self->jid);
    g_free(self->title);
    g_free(self->topic);
    g_free(self->subtitle);
    g_free(self->preview);
    g_free(self->own_name);
    g_free(self->seen_room);
    g_free(self->seen_nickname);
    g_free(self->absence);
    G_OBJECT_CLASS(jd_conversation_parent_class)->finalize(object);
}

static void
jd_conversation_class_init(JdConversationClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

    object_class->get_property = jd_conversation_get_property;
    object_class->finalize = jd_conversation_finalize;

    properties[PROP_JID] = g_param_spec_string("jid", NULL, NULL, NULL, flags);
    properties[PROP_KIND] = g_param_spec_enum("kind", NULL, NULL, JD_TYPE_CONVERSATION_KIND,
                                              JD_CONVERSATION_ROOM, flags);
    properties[PROP_TITLE] = g_param_spec_string("title", NULL, NULL, NULL, flags);
    properties[PROP_SUBTITLE] = g_param_spec_string("subtitle", NULL, NULL, NULL, flags);
    properties[PROP_JOINED] = g_param_spec_boolean("joined", NULL, NULL, FALSE, flags);
    properties[PROP_UNREAD] = g_param_spec_uint("unread", NULL, NULL, 0, G_MAXUINT, 0, flags);
    properties[PROP_MENTIONED] = g_param_spec_boolean("mentioned", NULL, NULL, FALSE, flags);
    properties[PROP_PREVIEW] = g_param_spec_string("preview", NULL, NULL, NULL, flags);
    properties[PROP_LAST_ACTIVITY] =
        g_param_spec_int64("last-activity", NULL, NULL, 0, G_MAXINT64, 0, flags);
    properties[PROP_MESSAGES] =
        g_param_spec_object("messages", NULL, NULL, G_TYPE_LIST_MODEL, flags);
    properties[PROP_MEMBERS] = g_param_spec_object("members", NULL, NULL, G_TYPE_LIST_MODEL, flags);
    properties[PROP_SHOW] =
        g_param_spec_enum("show", NULL, NULL, JD_TYPE_SHOW, JD_SHOW_OFFLINE, flags);
    g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void
jd_conversation_init(JdConversation *self)
{
    self->messages = g_list_store_new(JD_TYPE_MESSAGE);
    self->members = g_list_store_new(JD_TYPE_MEMBER);
    self->by_nickname = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
    self->own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
    self->remembered = g_hash_table_new(g_str_hash, g_str_equal);
    g_queue_init(&self->remembered_order);
    conversation_history_init(self);
}

static void
notify(JdConversation *self, guint property)
{
    g_object_notify_by_pspec(G_OBJECT(self), properties[property]);
}

static void
set_text(JdConversation *self, char **field, const char *text, guint property)
{
    if (g_strcmp0(*field, text) == 0)
        return;
    g_free(*field);
    *field = g_strdup(text);
    if (property != 0)
        notify(self, property);
}

static const char *
words_for_show(JdShow show)
{
    switch (show) {
    case JD_SHOW_ONLINE:
    case JD_SHOW_CHAT:
        return _("online");
    case JD_SHOW_AWAY:
        return _("away");
    case JD_SHOW_XA:
        return _("away for long");
    case JD_SHOW_DND:
        return _("do not disturb");
    case JD_SHOW_OFFLINE:
        break;
    }
    return _("offline");
}

void
conversation_update_subtitle(JdConversation *self)
{
    if (self->kind == JD_CONVERSATION_PRIVATE) {
        const char *words = self->absence ? self->absence : words_for_show(self->show);
        g_autofree char *known =
            self->guest && !self->absence ? g_strdup_printf(_("guest, %s"), words)
                                          : g_strdup(words);
        set_text(self, &self->subtitle, known, PROP_SUBTITLE);
        return;
    }
    if (self->topic && self->topic[0]) {
        g_autofree char *line = text_preview(self->topic, PREVIEW_LETTERS);
        set_text(self, &self->subtitle, line, PROP_SUBTITLE);
        return;
    }
    guint count = g_list_model_get_n_items(G_LIST_MODEL(self->members));
    g_autofree char *line =
        g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%u member", "%u members", count), count);
    set_text(self, &self->subtitle, line, PROP_SUBTITLE);
}

JdConversation *
conversation_new(JdConversationKind kind,
                 const char *jid,
                 const char *title,
                 const struct conversation_ops *ops,
                 gpointer owner)
{
    g_assert(jid && title && ops);
    JdConversation *self = g_object_new(JD_TYPE_CONVERSATION, NULL);
    self->kind = kind;
    self->jid = g_strdup(jid);
    self->title = g_strdup(title);
    self->preview = g_strdup("");
    self->ops = ops;
    self->owner = owner;
    conversation_update_subtitle(self);
    return self;
}

void
conversation_detach(JdConversation *self)
{
    self->owner = NULL;
    conversation_detach_history(self);
}

void
conversation_set_jid(JdConversation *self, const char *jid)
{
    /* The history knows them as two. */
    if (strcmp(self->jid, jid) != 0)
        conversation_detach_history(self);
    set_text(self, &self->jid, jid, PROP_JID);
}

void
conversation_set_title(JdConversation *self, const char *title)
{
    set_text(self, &self->title, title, PROP_TITLE);
}

void
conversation_set_topic(JdConversation *self, const char *topic)
{
    set_text(self, &self->topic, topic, 0);
    conversation_update_subtitle(self);
}

void
conversation_set_joined(JdConversation *self, gboolean joined)
{
    if (self->joined == joined)
        return;
    self->joined = joined;
    notify(self, PROP_JOINED);
}

void
conversation_set_show(JdConversation *self, JdShow show)
{
    if (self->show == show)
        return;
    self->show = show;
    notify(self, PROP_SHOW);
    conversation_update_subtitle(self);
}

void
conversation_set_own_name(JdConversation *self, const char *name)
{
    set_text(self, &self->own_name, name, 0);
}

const char *
conversation_get_own_name(JdConversation *self)
{
    return self->own_name;
}

/* ---- messages ---- */

void
conversation_set_last(JdConversation *self, const char *preview, gint64 time)
{
    set_text(self, &self->preview, preview, PROP_PREVIEW);
    if (self->last_activity == time)
        return;
    self->last_activity = time;
    notify(self, PROP_LAST_ACTIVITY);
}

static void
update_preview(JdConversation *self, JdMessage *message)
{
    g_autofree char *preview = NULL;
    if (jd_message_get_kind(message) == JD_MESSAGE_TEXT)
        preview =
            conversation_preview(self, jd_message_get_body(message), jd_message_get_sender(message),
                                 jd_message_get_outgoing(message));
    else
        preview = text_preview(jd_message_get_body(message), PREVIEW_LETTERS);
    set_text(self, &self->preview, preview, PROP_PREVIEW);
}

static void
update_activity(JdConversation *self, JdMessage *message)
{
    switch (jd_message_get_kind(message)) {
    case JD_MESSAGE_JOINED:
    case JD_MESSAGE_LEFT:
    case JD_MESSAGE_RENAMED:
        return;
    case JD_MESSAGE_TEXT:
    case JD_MESSAGE_SUBJECT:
    case JD_MESSAGE_NOTICE:
    case JD_MESSAGE_NICKNAME:
        break;
    }
    if (jd_message_get_time(message) < self->last_activity)
        return;
    update_preview(self, message);
    self->last_activity = jd_message_get_time(message);
    notify(self, PROP_LAST_ACTIVITY);
}

void
conversation_set_unread(JdConversation *self, guint unread, gboolean mentioned)
{
    if (self->unread != unread) {
        self->unread = unread;
        notify(self, PROP_UNREAD);
    }
    if (self->mentioned != mentioned) {
        self->mentioned = mentioned;
        notify(self, PROP_MENTIONED);
    }
}

static void
count_unread(JdConversation *self, JdMessage *message)
{
    if (jd_message_get_outgoing(message) || jd_message_get_kind(message) != JD_MESSAGE_TEXT)
        return;
    self->unread++;
    notify(self, PROP_UNREAD);
    gboolean concerns =
        self->kind == JD_CONVERSATION_PRIVATE || jd_message_get_mentions_me(message);
    if (concerns && !self->mentioned) {
        self->mentioned = TRUE;
        notify(self, PROP_MENTIONED);
    }
}

/* Messages come nearly always in order, so looking from the end is short. */
static guint
position_for_time(JdConversation *self, gint64 time)
{
    guint at = g_list_model_get_n_items(G_LIST_MODEL(self->messages));
    while (at > 0) {
        g_autoptr(JdMessage) before = g_list_model_get_item(G_LIST_MODEL(self->messages), at - 1);
        if (jd_message_get_time(before) <= time)
            break;
        at--;
    }
    return at;
}

static void
drop_oldest(JdConversation *self)
{
    g_autoptr(JdMessage) oldest = g_list_model_get_item(G_LIST_MODEL(self->messages), 0);
    if (jd_message_get_id(oldest) && jd_message_get_outgoing(oldest))
        g_hash_table_remove(self->own, jd_message_get_id(oldest));
    g_list_store_remove(self->messages, 0);
}

void
conversation_add(JdConversation *self, JdMessage *message, gboolean counts)
{
    if (jd_message_get_outgoing(message) && jd_message_get_id(message))
        g_hash_table_replace(self->own, g_strdup(jd_message_get_id(message)),
                             g_object_ref(message));
    if (conversation_is_kept(self)) {
        conversation_keep(self, message);
        update_activity(self, message);
        return;
    }
    guint at = position_for_time(self, jd_message_get_time(message));
    g_list_store_insert(self->messages, at, message);
    if (g_list_model_get_n_items(G_LIST_MODEL(self->messages)) > CONVERSATION_MESSAGES_MAX)
        drop_oldest(self);
    update_activity(self, message);
    if (counts)
        count_unread(self, message);
}

void
conversation_tell(JdConversation *self,
                  JdMessageKind kind,
                  const char *sender,
                  const char *sentence)
{
    const struct message_details details = {
        .kind = kind,
        .state = JD_MESSAGE_RECEIVED,
        .sender = sender,
        .body = sentence,
    };
    g_autoptr(JdMessage) message = message_new(&details);
    conversation_add(self, message, FALSE);
}

JdMessage *
conversation_find_own(JdConversation *self, const char *id)
{
    return id ? g_hash_table_lookup(self->own, id) : NULL;
}

gboolean
conversation_remember(JdConversation *self, const char *key)
{
    if (g_hash_table_contains(self->remembered, key))
        return FALSE;
    char *owned = g_strdup(key);
    g_queue_push_tail(&self->remembered_order, owned);
    g_hash_table_add(self->remembered, owned);
    if (g_queue_get_length(&self->remembered_order) > REMEMBERED_MAX) {
        g_autofree char *oldest = g_queue_pop_head(&self->remembered_order);
        g_hash_table_remove(self->remembered, oldest);
    }
    return TRUE;
}

void
conversation_send_pending(JdConversation *self)
{
    GListModel *messages = G_LIST_MODEL(self->messages);
    /* The list may grow meanwhile, but never in front. */
    for (guint i = 0; i < g_list_model_get_n_items(messages) && self->owner; i++) {
        g_autoptr(JdMessage) message = g_list_model_get_item(messages, i);
        if (jd_message_get_state(message) == JD_MESSAGE_PENDING)
            self->ops->send(self, message, self->owner);
    }
}

/* ---- what the face asks for ---- */

static void
refuse_too_long(JdMessage *message)
{
    message_set_state(message, JD_MESSAGE_FAILED, _("This text is too long for one message."));
}

void
jd_conversation_send(JdConversation *self, const char *text)
{
    g_return_if_fail(JD_IS_CONVERSATION(self));
    g_autofree char *body = text_clean(text);
    if (body == NULL)
        return;
    g_autofree char *id = g_uuid_string_random();
    const struct message_details details = {
        .kind = JD_MESSAGE_TEXT,
        .state = JD_MESSAGE_PENDING,
        .id = id,
        .sender = self->own_name,
        .body = body,
        .outgoing = TRUE,
    };
    g_autoptr(JdMessage) message = message_new(&details);
    conversation_add(self, message, FALSE);
    if (strlen(body) > CONVERSATION_TEXT_MAX)
        refuse_too_long(message);
    else if (self->owner)
        self->ops->send(self, message, self->owner);
}

void
jd_conversation_retry(JdConversation *self, JdMessage *message)
{
    g_return_if_fail(JD_IS_CONVERSATION(self));
    g_return_if_fail(JD_IS_MESSAGE(message));
    if (jd_message_get_state(message) != JD_MESSAGE_FAILED)
        return;
    if (strlen(jd_message_get_body(message)) > CONVERSATION_TEXT_MAX)
        return;
    message_set_attempts(message, 0);
    message_set_state(message, JD_MESSAGE_PENDING, NULL);
    if (self->owner)
        self->ops->send(self, message, self->owner);
}

void
jd_conversation_mark_read(JdConversation *self)
{
    g_return_if_fail(JD_IS_CONVERSATION(self));
    if (self->unread > 0)
        conversation_mark_kept_read(self);
    conversation_set_unread(self, 0, FALSE);
}

void
jd_conversation_leave(JdConversation *self)
{
    g_return_if_fail(JD_IS_CONVERSATION(self));
    if (self->owner == NULL)
        return;
    G_GNUC_UNUSED g_autoptr(JdConversation) alive = g_object_ref(self);
    self->ops->leave(alive, alive->owner);
}

JdConversationKind
jd_conversation_get_kind(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), JD_CONVERSATION_ROOM);
    return self->kind;
}

const char *
jd_conversation_get_jid(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), NULL);
    return self->jid;
}

const char *
jd_conversation_get_title(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), NULL);
    return self->title;
}

const char *
jd_conversation_get_subtitle(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), NULL);
    return self->subtitle;
}

gboolean
jd_conversation_get_joined(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), FALSE);
    return self->joined;
}

guint
jd_conversation_get_unread(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), 0);
    return self->unread;
}

gboolean
jd_conversation_get_mentioned(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), FALSE);
    return self->mentioned;
}

JdShow
jd_conversation_get_show(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), JD_SHOW_OFFLINE);
    return self->show;
}

const char *
jd_conversation_get_preview(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), NULL);
    return self->preview;
}

gint64
jd_conversation_get_last_activity(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), 0);
    return self->last_activity;
}

GListModel *
jd_conversation_get_messages(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), NULL);
    return G_LIST_MODEL(self->messages);
}

GListModel *
jd_conversation_get_members(JdConversation *self)
{
    g_return_val_if_fail(JD_IS_CONVERSATION(self), NULL);
    return G_LIST_MODEL(self->members);
}
