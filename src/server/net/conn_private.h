/* conn_private.h - what conn.c and conn_tls.c share, and nobody else sees.
 * Owns: see conn.h. Threads: as conn.h. Errors: E_TLS, E_CLOSED. Tests: as conn.h */
#pragma once

#include "server/net/conn.h"
#include "server/net/write_queue.h"

struct conn_tls;

/* What one record can hold and more: OpenSSL keeps an unfinished one. */
#define CONN_TLS_RECORD_MAX ((size_t)17 * 1024)

/* The TLS session of a conn on the socket `fd`. */
MUST_CHECK struct conn_tls *conn_tls_new(struct tls_context *context, int fd);
void conn_tls_free(struct conn_tls *tls); /* accepts NULL */
bool conn_tls_is_ready(const struct conn_tls *tls);
const struct tls_info *conn_tls_info(const struct conn_tls *tls);

/* Hands over bytes from the socket. They stay the caller's and are used up by conn_tls_handshake
 * and conn_tls_read, which come next. */
void conn_tls_feed(struct conn_tls *tls, struct str bytes);

/* 1 = ready now, 0 = needs more bytes. */
MUST_CHECK int conn_tls_handshake(struct conn_tls *tls, const char **ret_reason);

/* Decrypts what was fed; returns the bytes put into `out`, which is larger than what was fed by a
 * record at least. *ret_end: the peer said goodbye. */
MUST_CHECK ptrdiff_t
conn_tls_read(struct conn_tls *tls, char *out, size_t size, bool *ret_end, const char **ret_reason);

/* Encrypts and sends; what the kernel does not take is kept. */
MUST_CHECK int conn_tls_write(struct conn_tls *tls, struct str bytes, const char **ret_reason);

/* Sends what was kept; 1 = something is left, 0 = nothing is. */
MUST_CHECK int conn_tls_flush(struct conn_tls *tls, const char **ret_reason);
size_t conn_tls_queued(const struct conn_tls *tls);

/* Says goodbye (RFC 8446 6.1). */
void conn_tls_goodbye(struct conn_tls *tls);
