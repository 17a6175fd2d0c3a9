/* conn.h - one accepted socket: bytes in through a callback, a queue of bytes out, TLS or not.
 * Owns: the descriptor, its TLS session, references to the blocks in its queue. Threads: one loop
 * at a time; conn_detach and conn_attach carry it to another. Time: none of its own.
 * Errors: told once through `closed`. Tests: tests/unit/server/test_conn.c
 *
 * What is written during a turn leaves together at the turn's end. A conn that is closed is freed
 * at the turn's end too, so nobody's callback frees what its caller still holds. */
#pragma once

#include "base/block.h"
#include "server/net/loop.h"
#include "server/net/tls.h"

struct conn;

struct conn_handler {
    void (*received)(void *owner, struct str bytes); /* bytes are valid during the call */
    void (*tls_ready)(void *owner, const struct tls_info *info); /* the handshake is done */
    void (*drained)(void *owner);                                /* the queue became empty */
    void (*closed)(void *owner,
                   int error,
                   const char *reason); /* the last call: 0 = the peer
                                         * closed in good order; the conn goes at the turn's end */
};

/* Takes the descriptor (non-blocking). `peer` is printed by conn_peer. */
MUST_CHECK struct conn *conn_new(
    struct loop *loop, int fd, const char *peer, const struct conn_handler *handler, void *owner);

/* "192.0.2.1:40112" or "[2001:db8::1]:40112"; and the address alone (IPv6: its /64). */
const char *conn_peer(const struct conn *conn);
const char *conn_peer_network(const struct conn *conn);

/* Sends what is queued in the clear, then begins the handshake as the server. */
void conn_start_tls(struct conn *conn, struct tls_context *context);
const struct tls_info *conn_tls(const struct conn *conn);

/* Queues. conn_write copies; conn_write_block shares `length` bytes from `offset` on. */
void conn_write(struct conn *conn, struct str bytes);
void conn_write_block(struct conn *conn, struct block *block, size_t offset, size_t length);

/* Bytes not yet taken by the kernel. */
size_t conn_queued(const struct conn *conn);

/* Stops and goes on reading: for backpressure. What was read before is still received. */
void conn_set_reading(struct conn *conn, bool reading);

/* Sends what is queued and waits (for at most `linger_us`) until the peer has closed too, so that
 * it reads the last words; `closed` is not called any more. With 0 it tries to send once. A conn
 * that is in no loop is freed at once. */
void conn_close(struct conn *conn, int64_t linger_us);

/* Leaves its loop, keeping queue and TLS, to be attached to another by that loop's thread. No
 * callback comes in between. Not from inside a callback: at the turn's end. */
void conn_detach(struct conn *conn);
MUST_CHECK int
conn_attach(struct conn *conn, struct loop *loop, const struct conn_handler *handler, void *owner);
