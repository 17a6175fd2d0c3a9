/* invitation.c - see invitation.h. */
#include "server/account/invitation.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "server/account/account.h"
#include "server/core/config.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define HOUR_US INT64_C(3600000000)

enum {
    TOKEN_BYTES = 27 /* with the NUL: 130 bits */
};

bool
invitation_registers(const struct server *server)
{
    return server->config->registration != REGISTRATION_CLOSED;
}

struct str
invitation_hash(struct arena *arena, struct str token)
{
    char hash[INVITATION_HASH_BYTES];
    unsigned length = sizeof(hash);
    int ok = EVP_Digest(token.data ? token.data : "", token.len, (unsigned char *)hash, &length,
                        EVP_sha256(), NULL);

    assert(ok == 1 && length == sizeof(hash));
    return arena_dup(arena, (struct str){ hash, sizeof(hash) });
}

/* ---- the link ---- */

static bool
is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* RFC 5122 2.2. */
static void
append_escaped(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_plain(text.data[i]))
            buffer_append_char(out, text.data[i]);
        else
            buffer_printf(out, "%%%02X", (unsigned char)text.data[i]);
    }
}

/* XEP-0401 4.1, 4.4; XEP-0445 2. */
static struct str
write_uri(struct arena *arena,
          const struct server *server,
          const struct invitation_order *order,
          struct str token)
{
    struct str local = order->is_contact ? order->inviter.local : order->name;
    struct buffer out;
    struct str uri;

    buffer_init(&out, 8 * JID_TEXT_MAX);
    buffer_append(&out, STR("xmpp:"));
    append_escaped(&out, local);
    if (local.len > 0)
        buffer_append_char(&out, '@');
    append_escaped(&out, server->domain);
    buffer_append(&out, order->is_contact ? STR("?roster;preauth=") : STR("?register;preauth="));
    buffer_append(&out, token);
    if (order->is_contact && invitation_registers(server) && server->config->user_invitations)
        buffer_append(&out, STR(";ibr=y"));
    uri = arena_dup(arena, buffer_str(&out));
    buffer_fini(&out);
    return uri;
}

/* ---- making one ---- */

void
invitation_job_free(struct invitation_job *job)
{
    arena_fini(&job->arena);
    free(job);
}

static void
add_done(struct store_call *call, void *worker)
{
    struct invitation_job *job = call->owner;

    job->status = call->status;
    store_call_free(call);
    job->done(job, worker);
}

void
invitation_make(struct worker *worker,
                const struct invitation_order *order,
                void (*done)(struct invitation_job *job, struct worker *worker),
                void *owner)
{
    const struct config *config = worker->server->config;
    struct invitation_job *job = memory_new(1, sizeof(*job));
    struct store_invitation_add *add =
        STORE_CALL(invitation_add, INVITATION_ADD, &worker->mailbox, add_done, job);
    struct store_invitation *row = &add->invitation;
    char token[TOKEN_BYTES];

    random_token(token, sizeof(token));
    arena_init(&job->arena, STANZA_ARENA_DEFAULT);
    job->uri = write_uri(&job->arena, worker->server, order, str_from(token));
    job->done = done;
    job->owner = owner;
    add->name = store_keep(&add->call, order->inviter.local);
    add->limit = config->limits ? config->max_invitations : INT64_MAX;
    row->token_hash = invitation_hash(&add->call.arena, str_from(token));
    row->inviter = store_keep(&add->call, order->inviter.bare);
    row->name = store_keep(&add->call, order->name);
    row->registers = !order->is_contact || config->user_invitations;
    row->created_us = clock_wall_us();
    row->expires_us = row->created_us + (int64_t)config->invitation_hours * HOUR_US;
    job->expires_us = row->expires_us;
    store_submit(worker->server->store, &add->call);
}

/* ---- used ---- */

void
invitation_used(struct worker *worker, struct str inviter, struct str newcomer)
{
    account_befriend(worker, inviter, newcomer);
    account_befriend(worker, newcomer, inviter);
}
