/* engine_client.c - the client engine without a face: commands on stdin, events on stdout.
 * Spec: none. Tests: it is one; see usage() for what it understands.
 *
 * An event is one line of fields with tabs between them; line breaks and tabs inside a field are
 * escaped as in C:
 *
 *   state       online|offline|connecting|waiting
 *   signed-in   JID NICKNAME TLS
 *   failed      CODE SENTENCE              (the sign-in)
 *   certificate HOST FINGERPRINT PINNED PROBLEM
 *   nickname    NICKNAME
 *   refused     CODE SENTENCE              (a nickname, a room)
 *   notice      SENTENCE
 *   open        CONVERSATION KIND          (and "closed CONVERSATION")
 *   joined      CONVERSATION yes|no
 *   message     CONVERSATION KIND in|out STATE SENDER BODY
 *   delivery    CONVERSATION STATE BODY FAILURE
 *   line        CONVERSATION KIND in|out STATE BODY    (the answer to "list", up to "listed")
 *   older       CONVERSATION yes|no
 *   member      CONVERSATION +|- NICKNAME
 *   show        CONVERSATION SHOW
 *   title       CONVERSATION TITLE SUBTITLE
 */
#include "client/account.h"

#include <gio/gunixinputstream.h>
#include <glib/gstdio.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct program {
    GMainLoop *loop;
    JdAccount *account;
    GDataInputStream *input;
    gboolean trusts; /* answers every question about a certificate with yes */
};

/* ---- events ---- */

static void say(const char *first, ...) G_GNUC_NULL_TERMINATED;

static void
say(const char *first, ...)
{
    va_list args;
    GString *line = g_string_new(first);
    va_start(args, first);
    for (const char *field = va_arg(args, const char *); field;
         field = va_arg(args, const char *)) {
        /* Bytes above 0x7f stay as they are. */
        char others[129];
        for (int i = 0; i < 128; i++)
            others[i] = (char)(128 + i);
        others[128] = '\0';
        g_autofree char *escaped = g_strescape(field, others);
        g_string_append_printf(line, "\t%s", escaped);
    }
    va_end(args);
    puts(line->str);
    fflush(stdout);
    g_string_free(line, TRUE);
}

static const char *
nick_of(GType type, int value)
{
    g_autoptr(GEnumClass) klass = g_type_class_ref(type);
    const GEnumValue *entry = g_enum_get_value(klass, value);
    return entry ? g_intern_string(entry->value_nick) : "?";
}

static const char *
or_empty(const char *text)
{
    return text ? text : "";
}

static const char *
code_name(const GError *error)
{
    static const char *const names[] = {
        [JD_CLIENT_ERROR_SERVER] = "server",
        [JD_CLIENT_ERROR_PORT] = "port",
        [JD_CLIENT_ERROR_NICKNAME] = "nickname",
        [JD_CLIENT_ERROR_NICKNAME_TAKEN] = "nickname-taken",
        [JD_CLIENT_ERROR_CREDENTIALS] = "credentials",
        [JD_CLIENT_ERROR_NO_GUESTS] = "no-guests",
        [JD_CLIENT_ERROR_REGISTRATION] = "registration",
        [JD_CLIENT_ERROR_CERTIFICATE] = "certificate",
        [JD_CLIENT_ERROR_REPLACED] = "replaced",
        [JD_CLIENT_ERROR_NETWORK] = "network",
        [JD_CLIENT_ERROR_PROTOCOL] = "protocol",
        [JD_CLIENT_ERROR_REFUSED] = "refused",
        [JD_CLIENT_ERROR_OFFLINE] = "offline",
    };
    if (error->domain != JD_CLIENT_ERROR || error->code >= (int)G_N_ELEMENTS(names))
        return "other";
    return names[error->code];
}

static void
delivery_cb(JdMessage *message, GParamSpec *pspec, JdConversation *conversation)
{
    (void)pspec;
    say("delivery", jd_conversation_get_jid(conversation),
        nick_of(JD_TYPE_MESSAGE_STATE, (int)jd_message_get_state(message)),
        jd_message_get_body(message), or_empty(jd_message_get_failure(message)), NULL);
}

static void
messages_cb(GListModel *model, guint at, guint removed, guint added, JdConversation *conversation)
{
    (void)removed;
    for (guint i = at; i < at + added; i++) {
        g_autoptr(JdMessage) message = g_list_model_get_item(model, i);
        say("message", jd_conversation_get_jid(conversation),
            nick_of(JD_TYPE_MESSAGE_KIND, (int)jd_message_get_kind(message)),
            jd_message_get_outgoing(message) ? "out" : "in",
            nick_of(JD_TYPE_MESSAGE_STATE, (int)jd_message_get_state(message)),
            or_empty(jd_message_get_sender(message)), jd_message_get_body(message), NULL);
        g_signal_connect_object(message, "notify::state", G_CALLBACK(delivery_cb), conversation,
                                (GConnectFlags)0);
    }
}

static void
member_name_cb(JdMember *member, GParamSpec *pspec, JdConversation *conversation)
{
    (void)pspec;
    say("member", jd_conversation_get_jid(conversation), "=", jd_member_get_nickname(member), NULL);
}

static void
members_cb(GListModel *model, guint at, guint removed, guint added, JdConversation *conversation)
{
    g_autofree char *count = g_strdup_printf("%u", g_list_model_get_n_items(model));
    if (removed > 0)
        say("member", jd_conversation_get_jid(conversation), "-", count, NULL);
    for (guint i = at; i < at + added; i++) {
        g_autoptr(JdMember) member = g_list_model_get_item(model, i);
        say("member", jd_conversation_get_jid(conversation), "+", jd_member_get_nickname(member),
            NULL);
        if (g_object_get_data(G_OBJECT(member), "watched"))
            continue; /* the same, moved in the list */
        g_object_set_data(G_OBJECT(member), "watched", conversation);
        g_signal_connect_object(member, "notify::nickname", G_CALLBACK(member_name_cb),
                                conversation, (GConnectFlags)0);
    }
}

static void
joined_cb(JdConversation *conversation, GParamSpec *pspec, gpointer data)
{
    (void)pspec, (void)data;
    say("joined", jd_conversation_get_jid(conversation),
        jd_conversation_get_joined(conversation) ? "yes" : "no", NULL);
}

static void
show_cb(JdConversation *conversation, GParamSpec *pspec, gpointer data)
{
    (void)pspec, (void)data;
    say("show", jd_conversation_get_jid(conversation),
        nick_of(JD_TYPE_SHOW, (int)jd_conversation_get_show(conversation)), NULL);
}

static void
title_cb(JdConversation *conversation, GParamSpec *pspec, gpointer data)
{
    (void)pspec, (void)data;
    say("title", jd_conversation_get_jid(conversation), jd_conversation_get_title(conversation),
        jd_conversation_get_subtitle(conversation), NULL);
}

static void
watch_conversation(JdConversation *conversation)
{
    GListModel *messages = jd_conversation_get_messages(conversation);
    GListModel *members = jd_conversation_get_members(conversation);
    JdConversationKind kind = jd_conversation_get_kind(conversation);

    say("open", jd_conversation_get_jid(conversation),
        nick_of(JD_TYPE_CONVERSATION_KIND, (int)kind), NULL);
    g_signal_connect_object(messages, "items-changed", G_CALLBACK(messages_cb), conversation,
                            (GConnectFlags)0);
    g_signal_connect_object(members, "items-changed", G_CALLBACK(members_cb), conversation,
                            (GConnectFlags)0);
    g_signal_connect(conversation, "notify::joined", G_CALLBACK(joined_cb), NULL);
    g_signal_connect(conversation, "notify::show", G_CALLBACK(show_cb), NULL);
    g_signal_connect(conversation, "notify::title", G_CALLBACK(title_cb), NULL);
    g_signal_connect(conversation, "notify::subtitle", G_CALLBACK(title_cb), NULL);
}

static void
conversations_cb(GListModel *model, guint at, guint removed, guint added, gpointer data)
{
    (void)data;
    if (removed > 0)
        say("closed", NULL);
    for (guint i = at; i < at + added; i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, i);
        watch_conversation(conversation);
    }
}

static void
state_cb(JdAccount *account, GParamSpec *pspec, gpointer data)
{
    const GError *error = jd_account_get_last_error(account);
    (void)pspec, (void)data;
    say("state", nick_of(JD_TYPE_CONNECTION_STATE, (int)jd_account_get_state(account)),
        error ? error->message : "", NULL);
}

static void
nickname_cb(JdAccount *account, GParamSpec *pspec, gpointer data)
{
    (void)pspec, (void)data;
    say("nickname", or_empty(jd_account_get_nickname(account)), NULL);
}

static void
signed_in_cb(JdAccount *account, gpointer data)
{
    (void)data;
    say("signed-in", jd_account_get_jid(account), jd_account_get_nickname(account),
        or_empty(jd_account_get_tls_version(account)), NULL);
}

static void
failed_cb(JdAccount *account, const GError *error, gpointer data)
{
    (void)account, (void)data;
    say("failed", code_name(error), error->message, NULL);
}

static void
refused_cb(JdAccount *account, const GError *error, gpointer data)
{
    (void)account, (void)data;
    say("refused", code_name(error), error->message, NULL);
}

static void
notice_cb(JdAccount *account, const char *sentence, gpointer data)
{
    (void)account, (void)data;
    say("notice", sentence, NULL);
}

static void
certificate_cb(JdAccount *account, const JdCertificate *certificate, gpointer data)
{
    const struct program *program = data;
    say("certificate", certificate->host, certificate->fingerprint,
        or_empty(certificate->pinned_fingerprint), certificate->problem, NULL);
    if (program->trusts)
        jd_account_answer_certificate(account, TRUE);
}

/* ---- commands ---- */

static void
usage(void)
{
    puts("usage: engine-client [--ask] [--patience SECONDS] [DATA_DIR]\n"
         "commands:\n"
         "  signin SERVER PORT NICKNAME [PASSWORD]\n"
         "  register SERVER PORT NICKNAME PASSWORD\n"
         "  trust yes|no             (with --ask)\n"
         "  say TEXT                 in the lobby\n"
         "  room ROOM TEXT           in another room\n"
         "  private WHO TEXT         to a member of the lobby, or to an address\n"
         "  retry                    every failed message once more\n"
         "  join ROOM | leave CONVERSATION\n"
         "  list CONVERSATION | older CONVERSATION | read CONVERSATION\n"
         "  nick NICKNAME\n"
         "  reconnect | signout | quit\n"
         "  wait MILLISECONDS        before the next command is read");
}

static JdConversation *
find_conversation(JdAccount *account, const char *jid)
{
    GListModel *model = jd_account_get_conversations(account);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, i);
        const char *own = jd_conversation_get_jid(conversation);
        gboolean by_name =
            g_str_has_prefix(own, jid) && own[strlen(jid)] == '@' && strchr(jid, '@') == NULL;
        if (strcmp(own, jid) == 0 || by_name)
            return conversation;
    }
    return NULL;
}

static JdMember *
find_member(JdAccount *account, const char *nickname)
{
    JdConversation *lobby = jd_account_get_lobby(account);
    GListModel *model = lobby ? jd_conversation_get_members(lobby) : NULL;
    for (guint i = 0; model && i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdMember) member = g_list_model_get_item(model, i);
        if (strcmp(jd_member_get_nickname(member), nickname) == 0)
            return member;
    }
    return NULL;
}

static void
sign_in(struct program *program, char **words, gboolean registers)
{
    guint count = g_strv_length(words);
    if (count < 4) {
        usage();
        return;
    }
    const JdSignIn details = {
        .server = words[1],
        .port = (guint)strtoul(words[2], NULL, 10),
        .nickname = words[3],
        .password = words[4],
        .registers = registers,
    };
    jd_account_sign_in(program->account, &details);
}

static void
send_to(JdConversation *conversation, const char *text)
{
    if (conversation)
        jd_conversation_send(conversation, text);
    else
        say("refused", "other", "no such conversation", NULL);
}

/* "WHO TEXT", cut in place. */
static char *
cut_word(char *rest, char **ret_rest)
{
    char *space = strchr(rest, ' ');
    *ret_rest = space ? space + 1 : rest + strlen(rest);
    if (space)
        *space = '\0';
    return rest;
}

static void
send_private(struct program *program, char *rest)
{
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    const char *who = cut_word(rest, &text);
    JdMember *member = find_member(program->account, who);
    JdConversation *conversation = member ? jd_account_open_private(program->account, member)
                                          : jd_account_open_jid(program->account, who, &error);
    send_to(conversation, text);
}

static void
retry_all(JdConversation *conversation)
{
    GListModel *model = jd_conversation_get_messages(conversation);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdMessage) message = g_list_model_get_item(model, i);
        jd_conversation_retry(conversation, message);
    }
}

static void
retry(struct program *program)
{
    GListModel *model = jd_account_get_conversations(program->account);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdConversation) conversation = g_list_model_get_item(model, i);
        retry_all(conversation);
    }
}

static void
join(struct program *program, const char *room)
{
    g_autoptr(GError) error = NULL;
    if (jd_account_join_room(program->account, room, &error) == NULL)
        say("refused", code_name(error), error->message, NULL);
}

static void
leave(struct program *program, const char *jid)
{
    JdConversation *conversation = find_conversation(program->account, jid);
    if (conversation)
        jd_conversation_leave(conversation);
}

static void
list(struct program *program, const char *jid)
{
    JdConversation *conversation = find_conversation(program->account, jid);
    GListModel *model = conversation ? jd_conversation_get_messages(conversation) : NULL;
    for (guint i = 0; model && i < g_list_model_get_n_items(model); i++) {
        g_autoptr(JdMessage) message = g_list_model_get_item(model, i);
        say("line", jd_conversation_get_jid(conversation),
            nick_of(JD_TYPE_MESSAGE_KIND, (int)jd_message_get_kind(message)),
            jd_message_get_outgoing(message) ? "out" : "in",
            nick_of(JD_TYPE_MESSAGE_STATE, (int)jd_message_get_state(message)),
            jd_message_get_body(message), NULL);
    }
    g_autofree char *unread =
        g_strdup_printf("%u", conversation ? jd_conversation_get_unread(conversation) : 0);
    say("listed", jid, unread, NULL);
}

static void
load_older(struct program *program, const char *jid)
{
    JdConversation *conversation = find_conversation(program->account, jid);
    gboolean loads = conversation && jd_conversation_load_older(conversation);
    say("older", jid, loads ? "yes" : "no", NULL);
}

static void
mark_read(struct program *program, const char *jid)
{
    JdConversation *conversation = find_conversation(program->account, jid);
    if (conversation)
        jd_conversation_mark_read(conversation);
}

static void
obey(struct program *program, char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    char *rest = NULL;
    char *text = NULL;
    const char *verb = cut_word(line, &rest);

    if (strcmp(verb, "signin") == 0)
        sign_in(program, words, FALSE);
    else if (strcmp(verb, "register") == 0)
        sign_in(program, words, TRUE);
    else if (strcmp(verb, "trust") == 0)
        jd_account_answer_certificate(program->account, strcmp(rest, "yes") == 0);
    else if (strcmp(verb, "say") == 0)
        send_to(jd_account_get_lobby(program->account), rest);
    else if (strcmp(verb, "private") == 0)
        send_private(program, rest);
    else if (strcmp(verb, "retry") == 0)
        retry(program);
    else if (strcmp(verb, "join") == 0)
        join(program, rest);
    else if (strcmp(verb, "leave") == 0)
        leave(program, rest);
    else if (strcmp(verb, "list") == 0)
        list(program, rest);
    else if (strcmp(verb, "older") == 0)
        load_older(program, rest);
    else if (strcmp(verb, "read") == 0)
        mark_read(program, rest);
    else if (strcmp(verb, "nick") == 0)
        jd_account_set_nickname(program->account, rest);
    else if (strcmp(verb, "reconnect") == 0)
        jd_account_reconnect_now(program->account);
    else if (strcmp(verb, "signout") == 0)
        jd_account_sign_out(program->account);
    else if (strcmp(verb, "quit") == 0)
        g_main_loop_quit(program->loop);
    else if (strcmp(verb, "room") == 0) {
        const char *room = cut_word(rest, &text);
        send_to(find_conversation(program->account, room), text);
    } else if (verb[0] != '\0')
        usage();
}

static void read_command(struct program *program);

static gboolean
waited_cb(gpointer data)
{
    read_command(data);
    return G_SOURCE_REMOVE;
}

static void
command_cb(GObject *source, GAsyncResult *result, gpointer data)
{
    struct program *program = data;
    g_autofree char *line =
        g_data_input_stream_read_line_finish(G_DATA_INPUT_STREAM(source), result, NULL, NULL);
    if (line == NULL) {
        g_main_loop_quit(program->loop);
        return;
    }
    if (g_str_has_prefix(line, "wait ")) {
        g_timeout_add((guint)strtoul(line + 5, NULL, 10), waited_cb, program);
        return;
    }
    obey(program, line);
    read_command(program);
}

static void
read_command(struct program *program)
{
    g_data_input_stream_read_line_async(program->input, G_PRIORITY_DEFAULT, NULL, command_cb,
                                        program);
}

static void
watch_account(struct program *program)
{
    JdAccount *account = program->account;
    g_signal_connect(account, "notify::state", G_CALLBACK(state_cb), NULL);
    g_signal_connect(account, "notify::nickname", G_CALLBACK(nickname_cb), NULL);
    g_signal_connect(account, "signed-in", G_CALLBACK(signed_in_cb), NULL);
    g_signal_connect(account, "sign-in-failed", G_CALLBACK(failed_cb), NULL);
    g_signal_connect(account, "nickname-refused", G_CALLBACK(refused_cb), NULL);
    g_signal_connect(account, "notice", G_CALLBACK(notice_cb), NULL);
    g_signal_connect(account, "certificate-question", G_CALLBACK(certificate_cb), program);
    g_signal_connect(jd_account_get_conversations(account), "items-changed",
                     G_CALLBACK(conversations_cb), NULL);
}

/* The connection's goodbye takes a moment; two seconds are its own limit. */
static gboolean
give_up_cb(gpointer data)
{
    gboolean *over = data;
    *over = TRUE;
    return G_SOURCE_REMOVE;
}

static void
say_goodbye(void)
{
    gboolean over = FALSE;
    g_timeout_add(200, give_up_cb, &over);
    while (!over)
        g_main_context_iteration(NULL, TRUE);
}

static void
remove_scratch(const char *folder)
{
    g_autofree char *file = g_build_filename(folder, "trusted-servers.ini", NULL);
    g_unlink(file);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    struct program program = { .trusts = TRUE };
    int at = 1;
    if (at < argc && strcmp(argv[at], "--help") == 0) {
        usage();
        return 0;
    }
    if (at < argc && strcmp(argv[at], "--ask") == 0) {
        program.trusts = FALSE;
        at++;
    }
    guint patience = 0;
    if (at + 1 < argc && strcmp(argv[at], "--patience") == 0) {
        patience = (guint)strtoul(argv[at + 1], NULL, 10);
        at += 2;
    }
    g_autofree char *scratch = at < argc ? NULL : g_dir_make_tmp("engine-client-XXXXXX", NULL);
    g_autoptr(GInputStream) input = g_unix_input_stream_new(STDIN_FILENO, FALSE);

    program.loop = g_main_loop_new(NULL, FALSE);
    program.input = g_data_input_stream_new(input);
    program.account = jd_account_new(at < argc ? argv[at] : scratch);
    if (patience > 0)
        jd_account_set_patience(program.account, patience);
    watch_account(&program);
    read_command(&program);
    g_main_loop_run(program.loop);
    jd_account_sign_out(program.account);
    say_goodbye();
    g_object_unref(program.account);
    g_object_unref(program.input);
    g_main_loop_unref(program.loop);
    if (scratch)
        remove_scratch(scratch);
    return 0;
}
