/* conn_tls.c - OpenSSL between two ends that never block: what it reads was received before, what
 * it writes goes to the socket or is kept. So a turn costs one recv() and one send(), and OpenSSL
 * never has to be asked a second time. */
#include "server/net/conn_private.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    /* A record is 16 KiB. More than this waits only when the peer makes us talk (key updates) and
     * does not listen. */
    KEPT_MAX = 128 * 1024
};

struct conn_tls {
    SSL *ssl;
    int fd;
    bool ready;
    int broken;         /* errno of the socket */
    struct str fed;     /* received, not yet read by OpenSSL */
    struct buffer kept; /* written by OpenSSL, not yet taken by the kernel */
    struct tls_info info;
};

/* ---- the BIO: OpenSSL's idea of a transport ---- */

static int
bio_read(BIO *bio, char *out, int size)
{
    struct conn_tls *tls = BIO_get_data(bio);
    size_t length = tls->fed.len < (size_t)size ? tls->fed.len : (size_t)size;

    BIO_clear_retry_flags(bio);
    if (length == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(out, tls->fed.data, length);
    tls->fed = str_slice(tls->fed, length, tls->fed.len);
    return (int)length;
}

/* How many of the bytes the kernel takes now; 0 for none or when the socket is broken. */
static size_t
send_now(struct conn_tls *tls, struct str bytes)
{
    ssize_t sent;

    do {
        sent = send(tls->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN)
        tls->broken = errno;
    return sent > 0 ? (size_t)sent : 0;
}

static int
bio_write(BIO *bio, const char *data, int size)
{
    struct conn_tls *tls = BIO_get_data(bio);
    struct str bytes = { data, (size_t)size };
    size_t sent = 0;

    BIO_clear_retry_flags(bio);
    if (size <= 0)
        return 0;
    if (buffer_len(&tls->kept) == 0 && !tls->broken)
        sent = send_now(tls, bytes);
    buffer_append(&tls->kept, str_slice(bytes, sent, bytes.len));
    return tls->broken || buffer_failed(&tls->kept) ? -1 : size;
}

static long
bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *bio_method;

static void
make_bio_method(void)
{
    bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "jackdaw");
    if (!bio_method)
        abort();
    BIO_meth_set_read(bio_method, bio_read);
    BIO_meth_set_write(bio_method, bio_write);
    BIO_meth_set_ctrl(bio_method, bio_control);
}

__attribute__((destructor)) static void
free_bio_method(void)
{
    BIO_meth_free(bio_method);
}

struct conn_tls *
conn_tls_new(struct tls_context *context, int fd)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct conn_tls *tls = memory_new(1, sizeof(*tls));
    BIO *bio;

    pthread_once(&once, make_bio_method);
    bio = BIO_new(bio_method);
    tls->ssl = tls_session_new(context);
    if (!bio || !tls->ssl)
        abort(); /* both fail only without memory */
    tls->fd = fd;
    buffer_init(&tls->kept, KEPT_MAX);
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void
conn_tls_free(struct conn_tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    buffer_fini(&tls->kept);
    explicit_bzero(&tls->info, sizeof(tls->info));
    free(tls);
}

bool
conn_tls_is_ready(const struct conn_tls *tls)
{
    return tls->ready;
}

const struct tls_info *
conn_tls_info(const struct conn_tls *tls)
{
    return &tls->info;
}

void
conn_tls_feed(struct conn_tls *tls, struct str bytes)
{
    assert(tls->fed.len == 0);
    tls->fed = bytes;
}

/* Why OpenSSL failed, in static words. */
static int
fail(const struct conn_tls *tls, const char **ret_reason)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());

    if (tls->broken) {
        *ret_reason = "the connection was lost";
        return E_CLOSED;
    }
    *ret_reason = reason ? reason : "TLS failed";
    return E_TLS;
}

int
conn_tls_handshake(struct conn_tls *tls, const char **ret_reason)
{
    int r;

    assert(!tls->ready);
    ERR_clear_error();
    r = SSL_do_handshake(tls->ssl);
    if (r == 1) {
        tls->ready = true;
        tls_session_info(tls->ssl, &tls->info);
        return 1;
    }
    return SSL_get_error(tls->ssl, r) == SSL_ERROR_WANT_READ ? 0 : fail(tls, ret_reason);
}

ptrdiff_t
conn_tls_read(struct conn_tls *tls, char *out, size_t size, bool *ret_end, const char **ret_reason)
{
    size_t length = 0;
    int r, error;

    assert(tls->ready && size >= tls->fed.len + CONN_TLS_RECORD_MAX);
    *ret_end = false;
    ERR_clear_error();
    /* What is decrypted is shorter than what was fed and a record's beginning from before, so `out`
     * never gets full. */
    while ((r = SSL_read(tls->ssl, out + length, (int)(size - length))) > 0)
        length += (size_t)r;
    error = SSL_get_error(tls->ssl, r);
    if (error == SSL_ERROR_ZERO_RETURN)
        *ret_end = true;
    else if (error != SSL_ERROR_WANT_READ)
        return fail(tls, ret_reason);
    assert(*ret_end || tls->fed.len == 0);
    tls->fed = STR_EMPTY;
    return (ptrdiff_t)length;
}

int
conn_tls_write(struct conn_tls *tls, struct str bytes, const char **ret_reason)
{
    int r;

    assert(tls->ready && bytes.len > 0);
    ERR_clear_error();
    r = SSL_write(tls->ssl, bytes.data, (int)bytes.len);
    if (r <= 0)
        return fail(tls, ret_reason);
    assert((size_t)r == bytes.len);
    return 0;
}

int
conn_tls_flush(struct conn_tls *tls, const char **ret_reason)
{
    if (buffer_len(&tls->kept) > 0) {
        buffer_consume(&tls->kept, send_now(tls, buffer_str(&tls->kept)));
        if (buffer_len(&tls->kept) == 0)
            buffer_release(&tls->kept);
    }
    if (tls->broken)
        return fail(tls, ret_reason);
    return buffer_len(&tls->kept) > 0;
}

size_t
conn_tls_queued(const struct conn_tls *tls)
{
    return buffer_len(&tls->kept);
}

void
conn_tls_goodbye(struct conn_tls *tls)
{
    if (!tls->ready || tls->broken)
        return;
    ERR_clear_error();
    (void)SSL_shutdown(tls->ssl);
    ERR_clear_error();
}
