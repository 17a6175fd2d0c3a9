/* stream_pair.h - a client stream and a server stream with its owner, connected in memory.
 * Owns: both. Threads: one. */
#pragma once

#include "stream_owner.h"
#include "xmpp/client_stream.h"

/* How the bytes are cut on the way. */
enum stream_cuts {
    CUTS_NONE,
    CUTS_BYTES,
    CUTS_RANDOM,
    CUTS
};

struct stream_pair {
    struct stream_owner owner;
    struct client_stream_options options; /* set before pair_start; sound values after pair_init */
    struct client_stream *client;
    enum stream_cuts cuts;
    unsigned seed;
    const char *find;    /* somebody in the middle replaces this in the server's words; or NULL */
    const char *replace; /* by this */
    void (*mutate)(struct buffer *bytes, void *context); /* the same to both ends' words; or NULL */
    void *context;
    unsigned seen[CLIENT_STREAM_CLOSED + 1];
    struct buffer received; /* the client's stanzas, one after the other */
    bool is_closed;
};

void pair_init(struct stream_pair *pair);
void pair_start(struct stream_pair *pair);
void pair_fini(struct stream_pair *pair);

/* Carries bytes and answers questions until nothing moves. */
void pair_run(struct stream_pair *pair);
