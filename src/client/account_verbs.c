/* account_verbs.c - what the face asks an account to do: the only part of it that knows who does
 * what. Owns, threads, errors: as account.h. Tests: tests/unit/client/test_account.c */
#include "client/account_private.h"
#include "client/rfc6121_message.h"
#include "client/words.h"
#include "client/xep0045_muc.h"

struct refusal {
    JdAccount *account;
    GError *error;
};

static void
refusal_free(gpointer data)
{
    struct refusal *refusal = data;
    g_error_free(refusal->error);
    g_free(refusal);
}

static gboolean
refuse_cb(gpointer data)
{
    struct refusal *refusal = data;
    G_GNUC_UNUSED g_autoptr(JdAccount) alive = g_object_ref(refusal->account);
    alive->idle = 0;
    account_emit_sign_in_failed(alive, refusal->error);
    return G_SOURCE_REMOVE;
}

static void
refuse_later(JdAccount *self, GError *error)
{
    struct refusal *refusal = g_new0(struct refusal, 1);
    refusal->account = self;
    refusal->error = error;
    g_clear_handle_id(&self->idle, g_source_remove);
    self->idle = g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, refuse_cb, refusal, refusal_free);
}

void
jd_account_sign_in(JdAccount *self, const JdSignIn *details)
{
    g_return_if_fail(JD_IS_ACCOUNT(self));
    g_return_if_fail(details != NULL);
    GError *error = NULL;
    session_stop(self);
    struct sign_in *sign_in = sign_in_new(details, &error);
    if (sign_in)
        session_start(self, sign_in);
    else
        refuse_later(self, error);
}

void
jd_account_answer_certificate(JdAccount *self, gboolean trust)
{
    g_return_if_fail(JD_IS_ACCOUNT(self));
    session_answer_certificate(self, trust);
}

void
jd_account_sign_out(JdAccount *self)
{
    g_return_if_fail(JD_IS_ACCOUNT(self));
    session_stop(self);
}

void
jd_account_reconnect_now(JdAccount *self)
{
    g_return_if_fail(JD_IS_ACCOUNT(self));
    session_reconnect_now(self);
}

void
jd_account_set_nickname(JdAccount *self, const char *nickname)
{
    g_return_if_fail(JD_IS_ACCOUNT(self));
    g_autoptr(GError) error = NULL;
    g_autofree char *wanted = g_strstrip(g_strdup(nickname ? nickname : ""));

    if (!self->bound)
        g_set_error_literal(&error, JD_CLIENT_ERROR, JD_CLIENT_ERROR_OFFLINE,
                            _("A nickname can be changed while you are connected."));
    else
        (void)sign_in_check_nickname(wanted, &error);
    if (error)
        account_refuse_nickname(self, error);
    else if (g_strcmp0(wanted, self->nickname) != 0)
        muc_set_nickname(self, wanted);
}

JdConversation *
jd_account_open_private(JdAccount *self, JdMember *member)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), NULL);
    g_return_val_if_fail(JD_IS_MEMBER(member), NULL);
    return private_open_member(self, member);
}

JdConversation *
jd_account_open_jid(JdAccount *self, const char *jid, GError **error)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), NULL);
    return private_open_jid(self, jid, error);
}

JdConversation *
jd_account_join_room(JdAccount *self, const char *room, GError **error)
{
    g_return_val_if_fail(JD_IS_ACCOUNT(self), NULL);
    return muc_open(self, room, error);
}
