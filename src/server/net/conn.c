/* conn.c - see conn.h. Everything that ends a conn marks it dead first; the turn-end task frees. */
#include "server/net/conn_private.h"

#include "base/error.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IOV_PER_WRITE = 64,
    TLS_WRITE_MAX = 16 * 1024, /* a record */
    PEER_BYTES = 56
};

struct conn {
    struct watch watch;
    struct loop *loop; /* NULL while detached */
    struct loop_resident resident;
    struct turn_task task;
    const struct conn_handler *handler; /* NULL once the owner has gone */
    void *owner;
    struct write_queue out;
    size_t clear_left;    /* bytes to be sent before TLS begins */
    struct conn_tls *tls; /* NULL: in the clear */
    struct timer linger;
    int64_t linger_us;
    bool reading;
    bool blocked;    /* the kernel takes no more for now */
    bool peer_ended; /* nothing more will come */
    bool closing;    /* the owner has closed it */
    bool goodbye;    /* our end is shut */
    bool unwatched;  /* the kernel would not watch it */
    bool dead;       /* freed at the turn's end */
    char peer[PEER_BYTES];
    char network[INET6_ADDRSTRLEN];
};

static void run_task(struct turn_task *task);
static void linger_is_over(struct timer *timer);
static void watch_ready(struct watch *watch, uint32_t events);
static void evict(struct loop_resident *resident);

/* ---- addresses ---- */

/* "[2001:db8::1]:40112" -> "2001:db8::"; "192.0.2.1:40112" -> "192.0.2.1". */
static void
find_network(const char *peer, char ret[INET6_ADDRSTRLEN])
{
    struct str text = str_from(peer);
    struct in6_addr address;
    size_t end = text.len;

    while (end > 0 && text.data[end - 1] != ':')
        end--;
    text = str_slice(text, 0, end > 0 ? end - 1 : text.len);
    if (str_starts_with(text, STR("[")) && str_ends_with(text, STR("]")))
        text = str_slice(text, 1, text.len - 1);
    (void)snprintf(ret, INET6_ADDRSTRLEN, "%.*s", STR_ARG(text));
    if (inet_pton(AF_INET6, ret, &address) != 1)
        return;
    memset(&address.s6_addr[8], 0, 8);
    (void)inet_ntop(AF_INET6, &address, ret, INET6_ADDRSTRLEN);
}

const char *
conn_peer(const struct conn *conn)
{
    return conn->peer;
}

const char *
conn_peer_network(const struct conn *conn)
{
    return conn->network;
}

/* ---- life ---- */

struct conn *
conn_new(
    struct loop *loop, int fd, const char *peer, const struct conn_handler *handler, void *owner)
{
    struct conn *conn = memory_new(1, sizeof(*conn));

    conn->watch.fd = fd;
    conn->watch.ready = watch_ready;
    conn->resident.evict = evict;
    list_init(&conn->resident._link);
    turn_task_init(&conn->task, run_task);
    conn->task.late = true;
    conn->linger.expired = linger_is_over;
    conn->reading = true;
    write_queue_init(&conn->out);
    (void)snprintf(conn->peer, sizeof(conn->peer), "%s", peer);
    find_network(conn->peer, conn->network);
    if (conn_attach(conn, loop, handler, owner) < 0) {
        conn_close(conn, 0);
        return NULL;
    }
    return conn;
}

static void
conn_free(struct conn *conn)
{
    if (conn->loop)
        conn_detach(conn);
    conn_tls_free(conn->tls);
    write_queue_fini(&conn->out);
    close(conn->watch.fd);
    free(conn);
}

static void
evict(struct loop_resident *resident)
{
    conn_free(CONTAINER_OF(resident, struct conn, resident));
}

/* Brings what epoll watches in line with what we wait for. */
static void
update_watch(struct conn *conn)
{
    bool reads = conn->reading && !conn->peer_ended && conn->clear_left == 0;
    uint32_t events = (reads ? EPOLLIN : 0u) | (conn->blocked ? EPOLLOUT : 0u);

    if (!conn->loop || conn->dead)
        return;
    if (conn->watch._added) {
        loop_modify(conn->loop, &conn->watch, events);
    } else if (events && loop_add(conn->loop, &conn->watch, events) < 0) {
        conn->unwatched = true; /* the task tells the owner, who may be our caller now */
        loop_at_turn_end(conn->loop, &conn->task);
    }
}

/* The connection is over by itself. */
static void
end(struct conn *conn, int error, const char *reason)
{
    const struct conn_handler *handler = conn->handler;

    if (conn->dead)
        return;
    conn->dead = true;
    conn->handler = NULL;
    loop_remove(conn->loop, &conn->watch);
    loop_at_turn_end(conn->loop, &conn->task);
    if (handler)
        handler->closed(conn->owner, error, reason);
}

/* ---- sending ---- */

/* One try to send in the clear; what the kernel took has left the queue. */
static int
send_clear(struct conn *conn, size_t max, const char **ret_reason)
{
    struct iovec iov[IOV_PER_WRITE];
    struct msghdr message = { .msg_iov = iov };
    ssize_t sent;

    message.msg_iovlen = write_queue_front(&conn->out, iov, IOV_PER_WRITE, max);
    do {
        sent = sendmsg(conn->watch.fd, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EAGAIN)) {
        conn->blocked = true;
        return 0;
    }
    if (sent < 0) {
        *ret_reason = "the connection was lost";
        return E_CLOSED;
    }
    write_queue_consume(&conn->out, (size_t)sent);
    return (int)sent;
}

static int
flush_clear(struct conn *conn, const char **ret_reason)
{
    while (!conn->blocked && write_queue_bytes(&conn->out) > 0) {
        int sent = send_clear(conn, SIZE_MAX, ret_reason);

        if (sent < 0)
            return sent;
    }
    return 0;
}

/* What was queued before conn_start_tls(). */
static int
flush_before_tls(struct conn *conn, const char **ret_reason)
{
    while (!conn->blocked && conn->clear_left > 0) {
        int sent = send_clear(conn, conn->clear_left, ret_reason);

        if (sent < 0)
            return sent;
        conn->clear_left -= (size_t)sent;
    }
    return 0;
}

static int
flush_tls(struct conn *conn, const char **ret_reason)
{
    int r;

    while ((r = conn_tls_flush(conn->tls, ret_reason)) == 0 && conn_tls_is_ready(conn->tls) &&
           write_queue_bytes(&conn->out) > 0) {
        struct str bytes =
            write_queue_gather(&conn->out, loop_scratch_clear(conn->loop), TLS_WRITE_MAX);

        r = conn_tls_write(conn->tls, bytes, ret_reason);
        if (r < 0)
            return r;
        write_queue_consume(&conn->out, bytes.len);
    }
    conn->blocked = r > 0;
    return r < 0 ? r : 0;
}

static int
flush_parts(struct conn *conn, const char **ret_reason)
{
    int r;

    conn->blocked = false;
    if (!conn->tls)
        return flush_clear(conn, ret_reason);
    r = flush_before_tls(conn, ret_reason);
    return r < 0 || conn->clear_left > 0 ? r : flush_tls(conn, ret_reason);
}

/* Sends what can be sent. False when that ended the conn. */
static bool
flush(struct conn *conn)
{
    bool was_queued = conn_queued(conn) > 0;
    const char *reason = NULL;
    int r = flush_parts(conn, &reason);

    if (r < 0) {
        end(conn, r, reason);
        return false;
    }
    update_watch(conn);
    if (was_queued && conn_queued(conn) == 0 && conn->handler)
        conn->handler->drained(conn->owner);
    return !conn->dead;
}

static void
want_flush(struct conn *conn)
{
    if (conn->loop)
        loop_at_turn_end(conn->loop, &conn->task);
}

void
conn_write(struct conn *conn, struct str bytes)
{
    if (conn->dead || conn->closing || bytes.len == 0)
        return;
    write_queue_copy(&conn->out, bytes);
    if (!conn->blocked)
        want_flush(conn);
}

void
conn_write_block(struct conn *conn, struct block *block, size_t offset, size_t length)
{
    if (conn->dead || conn->closing || length == 0)
        return;
    write_queue_share(&conn->out, block, offset, length);
    if (!conn->blocked)
        want_flush(conn);
}

size_t
conn_queued(const struct conn *conn)
{
    return write_queue_bytes(&conn->out) + (conn->tls ? conn_tls_queued(conn->tls) : 0);
}

/* ---- receiving ---- */

static void
hand_over(struct conn *conn, struct str bytes)
{
    if (bytes.len > 0 && conn->handler)
        conn->handler->received(conn->owner, bytes);
}

/* The peer has closed its end; `in_order` is false when TLS did not say so before. */
static void
peer_has_ended(struct conn *conn, bool in_order)
{
    conn->peer_ended = true;
    if (conn->handler)
        end(conn, in_order ? 0 : E_CLOSED, in_order ? "closed by the peer" : "connection lost");
    else if (!conn->dead)
        want_flush(conn); /* closing: nobody to linger for */
}

/* Calls tls_ready when the handshake is done; false when there is nothing to read yet. */
static bool
shake_hands(struct conn *conn)
{
    const char *reason = NULL;
    int r = conn_tls_handshake(conn->tls, &reason);

    if (r < 0) {
        end(conn, r, reason);
        return false;
    }
    want_flush(conn);
    if (r > 0 && conn->handler)
        conn->handler->tls_ready(conn->owner, conn_tls_info(conn->tls));
    return r > 0 && !conn->dead && conn->loop;
}

static void
receive_tls(struct conn *conn, struct str bytes)
{
    char *clear = loop_scratch_clear(conn->loop);
    const char *reason = NULL;
    ptrdiff_t length;
    bool ended;

    conn_tls_feed(conn->tls, bytes);
    if (!conn_tls_is_ready(conn->tls) && !shake_hands(conn))
        return;
    length = conn_tls_read(conn->tls, clear, LOOP_SCRATCH_BYTES, &ended, &reason);
    if (length < 0) {
        end(conn, (int)length, reason);
        return;
    }
    if (conn_tls_queued(conn->tls) > 0)
        want_flush(conn);
    hand_over(conn, (struct str){ clear, (size_t)length });
    if (ended)
        peer_has_ended(conn, true);
}

static void
receive(struct conn *conn)
{
    /* What TLS keeps of an unfinished record must fit as well when it is decrypted. */
    size_t max = LOOP_SCRATCH_BYTES - (conn->tls ? CONN_TLS_RECORD_MAX : 0);
    char *scratch = loop_scratch_in(conn->loop);
    ssize_t got = recv(conn->watch.fd, scratch, max, 0);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got < 0)
        end(conn, E_CLOSED, "connection lost");
    else if (got == 0)
        peer_has_ended(conn, !conn->tls);
    else if (conn->closing)
        return; /* thrown away; we wait only for the end */
    else if (conn->tls)
        receive_tls(conn, (struct str){ scratch, (size_t)got });
    else
        hand_over(conn, (struct str){ scratch, (size_t)got });
}

static void
watch_ready(struct watch *watch, uint32_t events)
{
    struct conn *conn = CONTAINER_OF(watch, struct conn, watch);

    if ((events & EPOLLOUT) && conn->blocked) {
        conn->blocked = false;
        want_flush(conn);
    }
    if (watch->_events & EPOLLIN)
        receive(conn);
    else if (events & EPOLLERR)
        end(conn, E_CLOSED, "connection lost");
    else if (events & EPOLLHUP)
        loop_remove(conn->loop, watch); /* cannot be masked; reading goes on later */
}

void
conn_set_reading(struct conn *conn, bool reading)
{
    if (conn->closing || conn->reading == reading)
        return;
    conn->reading = reading;
    update_watch(conn);
}

/* ---- TLS ---- */

void
conn_start_tls(struct conn *conn, struct tls_context *context)
{
    assert(!conn->tls);
    if (conn->dead || conn->closing)
        return;
    conn->tls = conn_tls_new(context, conn->watch.fd);
    conn->clear_left = write_queue_bytes(&conn->out);
    if (conn->clear_left > 0)
        want_flush(conn);
    update_watch(conn);
}

const struct tls_info *
conn_tls(const struct conn *conn)
{
    return conn->tls && conn_tls_is_ready(conn->tls) ? conn_tls_info(conn->tls) : NULL;
}

/* ---- the end ---- */

void
conn_close(struct conn *conn, int64_t linger_us)
{
    if (!conn->loop) {
        conn_free(conn);
        return;
    }
    if (conn->dead || conn->closing)
        return;
    conn->closing = true;
    conn->handler = NULL;
    conn->reading = true;
    conn->linger_us = linger_us;
    if (linger_us > 0)
        loop_timer_set(conn->loop, &conn->linger, linger_us);
    want_flush(conn);
}

/* A closing conn: sends, shuts our end, waits for the other. True when it may go. */
static bool
finish(struct conn *conn)
{
    bool may_send = !conn->tls || conn_tls_is_ready(conn->tls);

    if (!may_send || !flush(conn))
        return true;
    if (conn_queued(conn) > 0)
        return conn->linger_us == 0;
    if (!conn->goodbye) {
        conn->goodbye = true;
        if (conn->tls)
            conn_tls_goodbye(conn->tls);
        (void)shutdown(conn->watch.fd, SHUT_WR);
    }
    return conn->linger_us == 0 || conn->peer_ended;
}

static void
run_task(struct turn_task *task)
{
    struct conn *conn = CONTAINER_OF(task, struct conn, task);
    const char *reason;

    if (conn->unwatched)
        end(conn, E_IO, "the system has no room for another connection");
    if (conn->dead && conn->peer_ended && !conn->closing)
        (void)flush_parts(conn, &reason); /* it may have closed only its own end */
    if (conn->dead)
        conn_free(conn);
    else if (!conn->closing)
        flush(conn);
    else if (finish(conn))
        conn_free(conn);
}

static void
linger_is_over(struct timer *timer)
{
    conn_free(CONTAINER_OF(timer, struct conn, linger));
}

/* ---- moving ---- */

void
conn_detach(struct conn *conn)
{
    assert(conn->loop);
    loop_remove(conn->loop, &conn->watch);
    loop_timer_clear(conn->loop, &conn->linger);
    loop_turn_task_cancel(&conn->task);
    loop_leave(conn->loop, &conn->resident);
    conn->loop = NULL;
}

int
conn_attach(struct conn *conn, struct loop *loop, const struct conn_handler *handler, void *owner)
{
    assert(!conn->loop && !conn->dead && !conn->closing);
    if (loop_add(loop, &conn->watch, conn->reading ? EPOLLIN : 0) < 0)
        return E_IO;
    conn->loop = loop;
    conn->handler = handler;
    conn->owner = owner;
    loop_enter(loop, &conn->resident);
    update_watch(conn);
    if (conn_queued(conn) > 0)
        loop_at_turn_end(loop, &conn->task);
    return 0;
}
