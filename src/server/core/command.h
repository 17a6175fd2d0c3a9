/* command.h - what a person tells the server to do in a form (XEP-0050): the commands, whatever
 * floor they belong to, and one call of one of them. Owns: a call owns its request and its arena.
 * Threads: the asker's worker. Time: none. Errors: as stanza errors. Spec: XEP-0050, XEP-0004.
 * Tests: tests/interop/test_commands.py
 *
 * A command has one form at most. The host (host/xep0050_commands.c) says who may, hands the form
 * out and takes it back; then `run` does it and ends the call, now or later. */
#pragma once

#include "server/core/worker.h"
#include "xmpp/stanza.h"

#define NS_COMMANDS STR("http://jabber.org/protocol/commands")

struct command_call;

struct command {
    const char *node;
    const char *name;
    bool for_users; /* not only for administrators */

    /* Writes the fields; NULL: there is nothing to ask. */
    void (*write_form)(const struct command_call *call, struct arena *arena, struct element *form);

    /* Ends the call. */
    void (*run)(struct command_call *call);
};

struct command_call {
    struct worker *worker;
    const struct command *command;
    struct stanza *request;
    const struct element *form; /* as it was filled in; NULL: none */
    struct str session;
    struct arena arena;
};

/* Is it one of the `admins`, however those are written in the configuration? A prepared bare
 * address. */
bool command_is_admin(const struct server *server, struct str bare);

struct command_call *command_begin(struct worker *worker,
                                   const struct command *command,
                                   struct stanza *request,
                                   struct str session);

/* ---- forms ---- */

/* Adds a field; `label` may be NULL. */
struct element *command_field(struct arena *arena,
                              struct element *form,
                              const char *type,
                              const char *var,
                              const char *label);
void command_field_value(struct arena *arena, struct element *field, struct str value);

/* What was filled in: the first value, empty when there is none; or all of them. */
struct str command_value(struct command_call *call, const char *var);
size_t command_values(struct command_call *call, const char *var, struct str **ret_values);

/* A filled-in address of a user here. E_JID, E_NOT_FOUND when it is elsewhere. */
MUST_CHECK int command_user(struct command_call *call, struct str address, struct jid *ret_jid);

/* ---- the end: each frees the call ---- */

/* Answers with a sentence. */
void command_done(struct command_call *call, const char *sentence);

/* A result form to be filled, and then sent. */
struct stanza *
command_result(struct command_call *call, const char *form_type, struct element **ret_form);
void command_send(struct command_call *call, struct stanza *result);

void command_fail(struct command_call *call, const char *condition, const char *sentence);
void command_fail_error(struct command_call *call, int error);

/* Without an answer that is ours: the request has been answered already. */
void command_free(struct command_call *call);

/* A <command/> in an answer to its request. */
struct element *
command_element(const struct command_call *call, struct stanza *result, const char *status);
