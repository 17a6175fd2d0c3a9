/* person.h - an account of the engine as a test uses it: signs in, waits for things, remembers what
 * it was told.
 * Owns: the account and its data folder. Threads: the default main context. Errors: asserted. */
#pragma once

#include "client/account.h"
#include "fake_server.h"

struct person {
    JdAccount *account;
    char *folder;
    gboolean trusts; /* says yes to every certificate; else the question stays open */
    guint signed_in, failures, questions, refusals, notices;
    GError *failure;   /* of the last sign-in */
    GError *refusal;   /* of the last nickname */
    char *fingerprint; /* of the last question */
    char *pinned;      /* of the last question */
};

struct person *person_new(void);
void person_free(struct person *person);
void person_sign_in(struct person *person,
                    const struct fake_server *server,
                    const char *nickname,
                    const char *password);

/* Runs the main context. */
void run_for(guint milliseconds);

/* Runs it until the condition holds; the test fails after ten seconds. */
#define WAIT_FOR(condition)                                                                        \
    do {                                                                                           \
        gint64 deadline_ = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;                           \
        while (!(condition)) {                                                                     \
            if (g_get_monotonic_time() > deadline_)                                                \
                g_error("%s:%d: waited in vain for %s", __FILE__, __LINE__, #condition);           \
            run_for(5);                                                                            \
        }                                                                                          \
    } while (0)

/* Waits until everything that was said so far is in the lists of the conversations. */
void person_settle_history(struct person *person);

/* A member of the lobby; NULL when there is none. Borrowed. */
JdMember *person_sees(struct person *person, const char *nickname);

/* How many lines of this kind, and with this text, a conversation has; NULL text = any. */
guint count_lines(JdConversation *conversation, JdMessageKind kind, const char *text);

/* The last line of a conversation, borrowed; NULL when it has none. */
JdMessage *last_line(JdConversation *conversation);

/* The conversation at this position, borrowed; NULL when there are fewer. */
JdConversation *nth_conversation(struct person *person, guint n);
