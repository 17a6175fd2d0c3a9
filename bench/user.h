/* user.h - one simulated user: a socket, TLS or not, and a client stream over it.
 * Owns: the descriptor, the TLS session, the stream, what waits to be sent. Threads: the loop's.
 * Time: the loop's. Errors: once, through `ended`. Tests: the fault suite */
#pragma once

#include "base/buffer.h"
#include "channel.h"
#include "client_tls.h"
#include "key_cache.h"
#include "options.h"
#include "server/net/loop.h"
#include "xmpp/client_stream.h"

enum user_state {
    USER_WAITING,    /* not begun */
    USER_CONNECTING, /* TCP */
    USER_HANDSHAKE,  /* TLS */
    USER_OPEN,       /* the stream talks; see `is_bound` */
    USER_OVER
};

enum user_end {
    USER_LEFT,      /* we closed it, and the server agreed */
    USER_SHUT_DOWN, /* <system-shutdown/> */
    USER_FAILED
};

struct user;

struct user_handler {
    void (*bound)(struct user *user);
    void (*received)(struct user *user, const struct stanza *stanza);
    void (*ended)(struct user *user, enum user_end end, const char *why); /* the last call */
};

struct user {
    unsigned number;
    enum user_state state;
    bool is_bound;
    char *address;      /* full JID, escaped; set when bound */
    int64_t started_us; /* monotonic */

    /* The scenario's. */
    uint32_t sent;
    struct channel *channels; /* by sender; owned */
    bool has_joined;

    void *owner;
    const struct user_handler *_handler;
    const struct options *_options;
    struct loop *_loop;
    SSL_CTX *_tls_context;
    struct key_cache *_keys;
    SSL *_tls; /* NULL in the clear */
    struct client_stream *_stream;
    struct watch _watch;
    struct turn_task _task;
    struct buffer _out;
    bool _blocked; /* the kernel takes no more */
    bool _closing; /* we have said goodbye */
};

/* What all users have in common. */
struct user_common {
    const struct options *options;
    struct loop *loop;
    SSL_CTX *tls_context;
    struct key_cache *keys;
    const struct user_handler *handler;
    void *owner;
};

void user_init(struct user *user, const struct user_common *common, unsigned number);
void user_fini(struct user *user);

/* Connects and signs in; `bound` or `ended` follows. */
void user_start(struct user *user);

/* Queues XML for the stream; sent at the turn's end. */
void user_write(struct user *user, struct str xml);

/* Says </stream:stream>, or just hangs up before sign-in. `ended` follows. */
void user_close(struct user *user);
