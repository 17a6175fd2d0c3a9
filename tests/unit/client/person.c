#include "person.h"

#include "client/conversation_struct.h"

#include <glib/gstdio.h>

static void
signed_in_cb(JdAccount *account, struct person *person)
{
    (void)account;
    person->signed_in++;
}

static void
failed_cb(JdAccount *account, const GError *error, struct person *person)
{
    (void)account;
    person->failures++;
    g_clear_error(&person->failure);
    person->failure = g_error_copy(error);
}

static void
refused_cb(JdAccount *account, const GError *error, struct person *person)
{
    (void)account;
    person->refusals++;
    g_clear_error(&person->refusal);
    person->refusal = g_error_copy(error);
}

static void
notice_cb(JdAccount *account, const char *sentence, struct person *person)
{
    (void)account, (void)sentence;
    person->notices++;
}

static void
question_cb(JdAccount *account, const JdCertificate *certificate, struct person *person)
{
    person->questions++;
    g_free(person->fingerprint);
    g_free(person->pinned);
    person->fingerprint = g_strdup(certificate->fingerprint);
    person->pinned = g_strdup(certificate->pinned_fingerprint);
    if (person->trusts)
        jd_account_answer_certificate(account, TRUE);
}

struct person *
person_new(void)
{
    struct person *person = g_new0(struct person, 1);
    person->trusts = TRUE;
    person->folder = g_dir_make_tmp("person-XXXXXX", NULL);
    person->account = jd_account_new(person->folder);
    g_signal_connect(person->account, "signed-in", G_CALLBACK(signed_in_cb), person);
    g_signal_connect(person->account, "sign-in-failed", G_CALLBACK(failed_cb), person);
    g_signal_connect(person->account, "nickname-refused", G_CALLBACK(refused_cb), person);
    g_signal_connect(person->account, "notice", G_CALLBACK(notice_cb), person);
    g_signal_connect(person->account, "certificate-question", G_CALLBACK(question_cb), person);
    return person;
}

void
person_free(struct person *person)
{
    g_autofree char *file = g_build_filename(person->folder, "trusted-servers.ini", NULL);
    JdAccount *account = person->account;
    g_object_add_weak_pointer(G_OBJECT(account), (gpointer *)&person->account);
    g_object_unref(account);
    g_assert_null(person->account);
    g_unlink(file);
    g_rmdir(person->folder);
    g_clear_error(&person->failure);
    g_clear_error(&person->refusal);
    g_free(person->fingerprint);
    g_free(person->pinned);
    g_free(person->folder);
    g_free(person);
}

void
person_sign_in(struct person *person,
               const struct fake_server *server,
               const char *nickname,
               const char *password)
{
    const JdSignIn details = {
        .server = "127.0.0.1",
        .port = server->port,
        .nickname = nickname,
        .password = password,
    };
    jd_account_sign_in(person->account, &details);
}

static gboolean
time_is_up_cb(gpointer data)
{
    gboolean *over = data;
    *over = TRUE;
    return G_SOURCE_REMOVE;
}

void
run_for(guint milliseconds)
{
    gboolean over = FALSE;
    g_timeout_add(milliseconds, time_is_up_cb, &over);
    while (!over)
        g_main_context_iteration(NULL, TRUE);
}

static void
answered_cb(GPtrArray *rows, gpointer data)
{
    (void)rows;
    *(gboolean *)data = TRUE;
}

void
person_settle_history(struct person *person)
{
    const JdConversation *lobby = jd_account_get_lobby(person->account);
    /* A line is stored, then read, then shown; the history answers in order. */
    for (guint i = 0; lobby && lobby->keeper && i < 3; i++) {
        gboolean answered = FALSE;
        history_pending(lobby->keeper->history, lobby->jid, answered_cb, &answered);
        WAIT_FOR(answered);
    }
}

JdMember *
person_sees(struct person *person, const char *nickname)
{
    JdConversation *lobby = jd_account_get_lobby(person->account);
    GListModel *members = lobby ? jd_conversation_get_members(lobby) : NULL;
    for (guint i = 0; members && i < g_list_model_get_n_items(members); i++) {
        g_autoptr(JdMember) member = g_list_model_get_item(members, i);
        if (strcmp(jd_member_get_nickname(member), nickname) == 0)
            return member;
    }
    return NULL;
}

guint
count_lines(JdConversation *conversation, JdMessageKind kind, const char *text)
{
    GListModel *messages = jd_conversation_get_messages(conversation);
    guint count = 0;
    for (guint i = 0; i < g_list_model_get_n_items(messages); i++) {
        g_autoptr(JdMessage) message = g_list_model_get_item(messages, i);
        if (jd_message_get_kind(message) == kind &&
            (text == NULL || strcmp(jd_message_get_body(message), text) == 0))
            count++;
    }
    return count;
}

JdMessage *
last_line(JdConversation *conversation)
{
    GListModel *messages = jd_conversation_get_messages(conversation);
    guint count = g_list_model_get_n_items(messages);
    if (count == 0)
        return NULL;
    g_autoptr(JdMessage) message = g_list_model_get_item(messages, count - 1);
    return message;
}

JdConversation *
nth_conversation(struct person *person, guint n)
{
    g_autoptr(JdConversation) conversation =
                  g_list_model_get_item(jd_account_get_conversations(person->account), n);
    return conversation;
}
