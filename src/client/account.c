#include "client/account_history.h"
#include "client/account_private.h"
#include "client/feature.h"
#include "client/iq.h"

#define PATIENCE_SECONDS 30

G_DEFINE_FINAL_TYPE(JdAccount, jd_account, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE(JdConnectionState,
                   jd_connection_state,
                   G_DEFINE_ENUM_VALUE(JD_CONNECTION_OFFLINE, "offline"),
                   G_DEFINE_ENUM_VALUE(JD_CONNECTION_CONNECTING, "connecting"),
                   G_DEFINE_ENUM_VALUE(JD_CONNECTION_ONLINE, "online"),
                   G_DEFINE_ENUM_VALUE(JD_CONNECTION_WAITING, "waiting"))

enum {
    PROP_0,
    PROP_STATE,
    PROP_RETRY_IN,
    PROP_LAST_ERROR,
    PROP_SERVER,
    PROP_PORT,
    PROP_NICKNAME,
    PROP_JID,
    PROP_GUEST,
    PROP_TLS_VERSION,
    PROP_CONVERSATIONS,
    N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum {
    SIGNAL_CERTIFICATE_QUESTION,
    SIGNAL_SIGNED_IN,
    SIGNAL_SIGN_IN_FAILED,
    SIGNAL_NICKNAME_REFUSED,
    SIGNAL_NOTICE,
    N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
jd_account_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    JdAccount *self = JD_ACCOUNT(object);
    switch (id) {
    case PROP_STATE:
        g_value_set_enum(value, (gint)self->state);
        break;
    case PROP_RETRY_IN:
        g_value_set_uint(value, self->retry_in);
        break;
    case PROP_LAST_ERROR:
        g_value_set_boxed(value, self->last_error);
        break;
    case PROP_SERVER:
        g_value_set_string(value, self->server);
        break;
    case PROP_PORT:
        g_value_set_uint(value, self->port);
        break;
    case PROP_NICKNAME:
        g_value_set_string(value, self->nickname);
        break;
    case PROP_JID:
        g_value_set_string(value, self->bare_jid);
        break;
    case PROP_GUEST:
        g_value_set_boolean(value, self->guest);
        break;
    case PROP_TLS_VERSION:
        g_value_set_string(value, self->tls_version);
        break;
    case PROP_CONVERSATIONS:
        g_value_set_object(value, self->conversations);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

void
account_clear_conversations(JdAccount *self)
{
    GListModel *model = G_LIST_MODEL(self->conversations);
    self->lobby = NULL;
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, i);
        conversation_detach(conversation);
    }
    g_list_store_remove_all(self->conversations);
}

static void
jd_account_dispose(GObject *object)
{
    JdAccount *self = JD_ACCOUNT(object);
    if (self->iqs) {
        session_stop(self);
        features_free(self);
        g_clear_pointer(&self->iqs, iq_table_free);
        g_clear_pointer(&self->reconnect, reconnect_free);
    }
    G_OBJECT_CLASS(jd_account_parent_class)->dispose(object);
}

static void
jd_account_finalize(GObject *object)
{
    JdAccount *self = JD_ACCOUNT(object);
    g_clear_error(&self->last_error);
    g_clear_object(&self->conversations);
    trust_free(self->trust);
    g_free(self->data_dir);
    arena_fini(&self->arena);
    g_free(self->server);
    g_free(self->nickname);
    g_free(self->bare_jid);
    g_free(self->domain);
    G_OBJECT_CLASS(jd_account_parent_class)->finalize(object);
}

static void
install_properties(GObjectClass *object_class)
{
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

    properties[PROP_STATE] = g_param_spec_enum("state", NULL, NULL, JD_TYPE_CONNECTION_STATE,
                                               JD_CONNECTION_OFFLINE, flags);
    properties[PROP_RETRY_IN] = g_param_spec_uint("retry-in", NULL, NULL, 0, G_MAXUINT, 0, flags);
    properties[PROP_LAST_ERROR] = g_param_spec_boxed("last-error", NULL, NULL, G_TYPE_ERROR, flags);
    properties[PROP_SERVER] = g_param_spec_string("server", NULL, NULL, NULL, flags);
    properties[PROP_PORT] = g_param_spec_uint("port", NULL, NULL, 0, G_MAXUINT16, 0, flags);
    properties[PROP_NICKNAME] = g_param_spec_string("nickname", NULL, NULL, NULL, flags);
    properties[PROP_JID] = g_param_spec_string("jid", NULL, NULL, NULL, flags);
    properties[PROP_GUEST] = g_param_spec_boolean("guest", NULL, NULL, FALSE, flags);
    properties[PROP_TLS_VERSION] = g_param_spec_string("tls-version", NULL, NULL, NULL, flags);
    properties[PROP_CONVERSATIONS] =
        g_param_spec_object("conversations", NULL, NULL, G_TYPE_LIST_MODEL, flags);
    g_object_class_install_properties(object_class, N_PROPS, properties);
}

static guint
make_signal(const char *name, GType argument)
{
    guint count = argument == G_TYPE_NONE ? 0 : 1;
    return g_signal_new(name, JD_TYPE_ACCOUNT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                        count, argument);
}

static void
jd_account_class_init(JdAccountClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->get_property = jd_account_get_property;
    object_class->dispose = jd_account_dispose;
    object_class->finalize = jd_account_finalize;
    install_properties(object_class);

    signals[SIGNAL_CERTIFICATE_QUESTION] = make_signal("certificate-question", G_TYPE_POINTER);
    signals[SIGNAL_SIGNED_IN] = make_signal("signed-in", G_TYPE_NONE);
    signals[SIGNAL_SIGN_IN_FAILED] = make_signal("sign-in-failed", G_TYPE_ERROR);
    signals[SIGNAL_NICKNAME_REFUSED] = make_signal("nickname-refused", G_TYPE_ERROR);
    signals[SIGNAL_NOTICE] = make_signal("notice", G_TYPE_STRING);
}

static void
jd_account_init(JdAccount *self)
{
    self->patience = PATIENCE_SECONDS;
    self->conversations = g_list_store_new(JD_TYPE_CONVERSATION);
    self->reconnect = reconnect_new(&SESSION_RECONNECT, self);
    self->iqs = iq_table_new(self);
    arena_init(&self->arena, 64 * 1024);
    features_make(self);
}

JdAccount *
jd_account_new(const char *data_dir)
{
    JdAccount *self = g_object_new(JD_TYPE_ACCOUNT, NULL);
    self->trust = trust_new(data_dir);
    self->data_dir = g_strdup(data_dir);
    return self;
}

/* ---- properties ---- */

static void
notify(JdAccount *self, guint property)
{
    g_object_notify_by_pspec(G_OBJECT(self), properties[property]);
}

static void
set_text(JdAccount *self, char **field, const char *text, guint property)
{
    if (g_strcmp0(*field, text) == 0)
        return;
    g_free(*field);
    *field = g_strdup(text);
    notify(self, property);
}

void
account_set_state(JdAccount *self, JdConnectionState state)
{
    if (self->state == state)
        return;
    self->state = state;
    notify(self, PROP_STATE);
}

void
account_set_retry_in(JdAccount *self, guint seconds)
{
    if (self->retry_in == seconds)
        return;
    self->retry_in = seconds;
    notify(self, PROP_RETRY_IN);
}

void
account_set_last_error(JdAccount *self, const GError *error)
{
    if (self->last_error == NULL && error == NULL)
        return;
    g_clear_error(&self->last_error);
    self->last_error = error ? g_error_copy(error) : NULL;
    notify(self, PROP_LAST_ERROR);
}

void
account_set_form(JdAccount *self, const struct sign_in *sign_in)
{
    gboolean guest = sign_in->password == NULL;
    set_text(self, &self->server, sign_in->server, PROP_SERVER);
    set_text(self, &self->nickname, sign_in->nickname, PROP_NICKNAME);
    if (self->port != sign_in->port) {
        self->port = sign_in->port;
        notify(self, PROP_PORT);
    }
    if (self->guest != guest) {
        self->guest = guest;
        notify(self, PROP_GUEST);
    }
}

void
account_set_jid(JdAccount *self, const char *bare_jid)
{
    set_text(self, &self->bare_jid, bare_jid, PROP_JID);
}

void
account_set_tls_version(JdAccount *self, const char *version)
{
    if (self->tls_version == version)
        return;
    self->tls_version = version;
    notify(self, PROP_TLS_VERSION);
}

void
account_emit_certificate_question(JdAccount *self)
{
    g_signal_emit(self, signals[SIGNAL_CERTIFICATE_QUESTION], 0, &self->question);
}

void
account_emit_signed_in(JdAccount *self)
{
    g_signal_emit(self, signals[SIGNAL_SIGNED_IN], 0);
}

void
account_emit_sign_in_failed(JdAccount *self, const GError *error)
{
    g_signal_emit(self, signals[SIGNAL_SIGN_IN_FAILED], 0, error);
}

/* ---- for features ---- */

guint
account_patience(JdAccount *self)
{
    return self->patience;
}

gboolean
account_is_bound(JdAccount *self)
{
    return self->bound;
}

struct jid
account_jid(JdAccount *self)
{
    return self->jid;
}

gboolean
account_is_own(JdAccount *self, struct jid from)
{
    if (!jid_is_set(from) || jid_bare_equal(from, self->jid))
        return TRUE;
    return str_equal(from.full, self->jid.domain);
}

void
account_send(JdAccount *self, struct stanza *stanza)
{
    if (self->bound) {
        stanza_seal(stanza);
        connection_send(self->connection, stanza);
        for (guint i = 0; FEATURES[i]; i++) {
            if (FEATURES[i]->sent)
                FEATURES[i]->sent(self, self->states[i], stanza);
        }
    }
    stanza_unref(stanza);
}

JdConversation *
account_find_conversation(JdAccount *self, const char *jid)
{
    GListModel *model = G_LIST_MODEL(self->conversations);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, i);
        if (strcmp(jd_conversation_get_jid(conversation), jid) == 0)
            return conversation; /* the list keeps it */
    }
    return NULL;
}

gboolean
account_add_conversation(JdAccount *self, JdConversation *conversation)
{
    guint count = g_list_model_get_n_items(G_LIST_MODEL(self->conversations));
    if (count >= ACCOUNT_CONVERSATIONS_MAX)
        return FALSE;
    g_list_store_append(self->conversations, conversation);
    account_history_attach(self, conversation);
    return TRUE;
}

void
account_remove_conversation(JdAccount *self, JdConversation *conversation)
{
    guint position = 0;
    if (self->lobby == conversation)
        self->lobby = NULL;
    account_history_put_away(self, conversation);
    conversation_detach(conversation);
    if (g_list_store_find(self->conversations, conversation, &position))
        g_list_store_remove(self->conversations, position);
}

void
account_set_lobby(JdAccount *self, JdConversation *lobby)
{
    self->lobby = lobby;
}

void
account_set_nickname(JdAccount *self, const char *nickname)
{
    GListModel *model = G_LIST_MODEL(self->conversations);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, i);
        if (jd_conversation_get_kind(conversation) == JD_CONVERSATION_PRIVATE)
            conversation_set_own_name(conversation, nickname);
    }
    set_text(self, &self->nickname, nickname, PROP_NICKNAME);
    if (self->sign_in && g_strcmp0(self->sign_in->nickname, nickname) != 0) {
        g_free(self->sign_in->nickname);
        self->sign_in->nickname = g_strdup(nickname);
    }
}

void
account_refuse_nickname(JdAccount *self, const GError *error)
{
    g_signal_emit(self, signals[SIGNAL_NICKNAME_REFUSED], 0, error);
}

void
account_notice(JdAccount *self, const char *sentence)
{
    g_signal_emit(self, signals[SIGNAL_NOTICE], 0, sentence);
}

/* ---- what the face reads ---- */

void
jd_account_set_patience(JdAccount *self, guint seconds)
{
    g_return_if_fail(JD_IS_ACCOUNT(self));
    g_return_if_fail(seconds > 0 && self->sign_in == NULL);
    self->patience = seconds;
}

JdConnectionState
jd_account_get_state(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), JD_CONNECTION_OFFLINE);
    return self->state;
}

const char *
jd_account_get_nickname(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), NULL);
    return self->nickname;
}

const char *
jd_account_get_jid(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), NULL);
    return self->bare_jid;
}

const char *
jd_account_get_server(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), NULL);
    return self->server;
}

guint
jd_account_get_port(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), 0);
    return self->port;
}

gboolean
jd_account_get_guest(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), FALSE);
    return self->guest;
}

const char *
jd_account_get_tls_version(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), NULL);
    return self->tls_version;
}

guint
jd_account_get_retry_in(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), 0);
    return self->retry_in;
}

const GError *
jd_account_get_last_error(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), NULL);
    return self->last_error;
}

GListModel *
jd_account_get_conversations(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), NULL);
    return G_LIST_MODEL(self->conversations);
}

JdConversation *
jd_account_get_lobby(JdAccount *self)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), NULL);
    return self->lobby;
}
