/* user.c - see user.h. Whatever ends a user is said once; its resources go at the turn's end. */
#include "user.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "xmpp/xml_writer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_MAX ((size_t)64 * 1024 * 1024)

enum {
    NAME_BYTES = 64,
    ADDRESS_MAX = 8 * JID_TEXT_MAX
};

static void ready(struct watch *watch, uint32_t events);
static void run_task(struct turn_task *task);

/* ---- life ---- */

void
user_init(struct user *user, const struct user_common *common, unsigned number)
{
    *user = (struct user){
        .number = number,
        .owner = common->owner,
        ._handler = common->handler,
        ._options = common->options,
        ._loop = common->loop,
        ._tls_context = common->tls_context,
        ._keys = common->keys,
        ._watch = { .fd = -1, .ready = ready },
    };
    turn_task_init(&user->_task, run_task);
    user->_task.late = true;
    buffer_init(&user->_out, OUT_MAX);
}

static void
release(struct user *user)
{
    loop_remove(user->_loop, &user->_watch);
    SSL_free(user->_tls);
    user->_tls = NULL;
    client_stream_free(user->_stream);
    user->_stream = NULL;
    if (user->_watch.fd >= 0)
        close(user->_watch.fd);
    user->_watch.fd = -1;
    buffer_release(&user->_out);
}

void
user_fini(struct user *user)
{
    loop_turn_task_cancel(&user->_task);
    release(user);
    buffer_fini(&user->_out);
    free(user->address);
    free(user->channels);
}

static void
end(struct user *user, enum user_end how, const char *why)
{
    if (user->state == USER_OVER)
        return;
    user->state = USER_OVER;
    loop_at_turn_end(user->_loop, &user->_task);
    user->_handler->ended(user, how, why);
}

static void
fail(struct user *user, const char *why)
{
    end(user, USER_FAILED, why);
}

/* ---- sending ---- */

static void
watch_for(struct user *user, bool blocked)
{
    user->_blocked = blocked;
    loop_modify(user->_loop, &user->_watch, EPOLLIN | (blocked ? EPOLLOUT : 0u));
}

/* Bytes taken, 0 when it blocks, or -1. */
static ssize_t
send_some(struct user *user, struct str bytes)
{
    ssize_t sent;

    if (user->_tls) {
        int r = SSL_write(user->_tls, bytes.data, bytes.len < 16384 ? (int)bytes.len : 16384);
        int error = r > 0 ? SSL_ERROR_NONE : SSL_get_error(user->_tls, r);

        if (r > 0)
            return r;
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    sent = send(user->_watch.fd, bytes.data, bytes.len, MSG_NOSIGNAL);
    return sent < 0 && errno == EAGAIN ? 0 : sent;
}

static void
flush(struct user *user)
{
    size_t done = 0;
    ssize_t sent = 1;
    struct str bytes = buffer_str(&user->_out);

    while (done < bytes.len && sent > 0) {
        sent = send_some(user, str_slice(bytes, done, bytes.len));
        done += sent > 0 ? (size_t)sent : 0;
    }
    buffer_consume(&user->_out, done);
    if (buffer_failed(&user->_out))
        fail(user, "the server does not read");
    else if (sent < 0 && !user->_closing)
        fail(user, "the server has hung up while we wrote");
    else
        watch_for(user, sent == 0);
}

static void
run_task(struct turn_task *task)
{
    struct user *user = CONTAINER_OF(task, struct user, _task);

    if (user->state == USER_OVER)
        release(user);
    else if (user->state == USER_OPEN && !user->_blocked)
        flush(user);
}

void
user_write(struct user *user, struct str xml)
{
    if (user->state != USER_OPEN)
        return;
    buffer_append(&user->_out, xml);
    loop_at_turn_end(user->_loop, &user->_task);
}

static void
take_output(struct user *user)
{
    struct buffer *output = client_stream_output(user->_stream);

    if (buffer_len(output) > 0)
        user_write(user, buffer_str(output));
    buffer_clear(output);
}

/* ---- the stream's events ---- */

static void begin_handshake(struct user *user);

static void
derive_key(struct user *user)
{
    struct client_stream_key_question question = client_stream_key_question(user->_stream);

    client_stream_key(user->_stream, key_cache_get(user->_keys, &question));
}

static void
take_address(struct user *user)
{
    struct buffer escaped;

    buffer_init(&escaped, ADDRESS_MAX);
    xml_escape_attribute(&escaped, client_stream_jid(user->_stream).full);
    user->address = str_dup(buffer_str(&escaped));
    buffer_fini(&escaped);
    user->is_bound = true;
    user->_handler->bound(user);
}

static void
take_stanza(struct user *user)
{
    struct stanza *stanza = client_stream_take_stanza(user->_stream);

    user->_handler->received(user, stanza);
    stanza_unref(stanza);
}

static void
stream_closed(struct user *user)
{
    struct client_stream_failure failure = client_stream_failure(user->_stream);
    char why[160];

    (void)snprintf(why, sizeof(why), "%s: %.*s %.*s",
                   failure.error < 0 ? error_text(failure.error) : "closed by the server",
                   STR_ARG(failure.condition), STR_ARG(failure.text));
    if (failure.kind == CLIENT_SHUTDOWN)
        end(user, USER_SHUT_DOWN, why);
    else
        end(user, failure.kind == CLIENT_CLOSED && user->_closing ? USER_LEFT : USER_FAILED, why);
}

static void
advance(struct user *user)
{
    static void (*const steps[])(struct user * user) = {
        [CLIENT_STREAM_START_TLS] = begin_handshake, [CLIENT_STREAM_NEED_KEY] = derive_key,
        [CLIENT_STREAM_BOUND] = take_address,        [CLIENT_STREAM_STANZA] = take_stanza,
        [CLIENT_STREAM_CLOSED] = stream_closed,
    };

    while (user->state == USER_OPEN) {
        enum client_stream_event event = client_stream_next(user->_stream);

        take_output(user);
        if (event == CLIENT_STREAM_WAIT)
            return;
        steps[event](user);
    }
}

static void
open_stream(struct user *user, const struct tls_info *tls)
{
    const struct options *options = user->_options;
    char name[NAME_BYTES];
    struct client_stream_options stream = {
        .domain = str_from(options->domain),
        .password = str_from(options->password),
        .tls_required = options->tls == LOAD_TLS_STARTTLS,
        .direct_tls = options->tls == LOAD_TLS_DIRECT,
        .tls_refused = options->tls == LOAD_TLS_NONE,
        .mechanisms = options->mechanisms,
    };

    (void)snprintf(name, sizeof(name), "%s%u", options->prefix, user->number % options->accounts);
    if (!options->guests)
        stream.name = str_from(name);
    user->state = USER_OPEN;
    user->_stream = client_stream_new(&stream, tls);
    watch_for(user, false);
    advance(user);
}

/* ---- TLS ---- */

static void
handshake_done(struct user *user)
{
    struct tls_info info;

    client_tls_info(user->_tls, &info);
    if (!user->_stream) {
        open_stream(user, &info);
        return;
    }
    user->state = USER_OPEN;
    watch_for(user, false);
    client_stream_tls_started(user->_stream, &info);
    advance(user);
}

static void
shake_hands(struct user *user)
{
    int r = SSL_do_handshake(user->_tls);
    int error = r == 1 ? SSL_ERROR_NONE : SSL_get_error(user->_tls, r);

    if (r == 1)
        handshake_done(user);
    else if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        watch_for(user, error == SSL_ERROR_WANT_WRITE);
    else
        fail(user, "the TLS handshake failed");
}

static void
begin_handshake(struct user *user)
{
    user->_tls = client_tls_session(user->_tls_context, user->_watch.fd, user->_options->domain,
                                    user->_options->tls == LOAD_TLS_DIRECT);
    if (!user->_tls) {
        fail(user, "OpenSSL has no room");
        return;
    }
    user->state = USER_HANDSHAKE;
    shake_hands(user);
}

/* ---- the socket ---- */

static int
connect_to(const struct options *options)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(options->port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(options->port) };
    bool is_v4 = inet_pton(AF_INET, options->host, &v4.sin_addr) == 1;
    int fd, on = 1, r;

    if (!is_v4 && inet_pton(AF_INET6, options->host, &v6.sin6_addr) != 1)
        return -1;
    fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    r = is_v4 ? connect(fd, (const struct sockaddr *)&v4, sizeof(v4))
              : connect(fd, (const struct sockaddr *)&v6, sizeof(v6));
    if (r == 0 || errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

void
user_start(struct user *user)
{
    assert(user->state == USER_WAITING);
    user->state = USER_CONNECTING;
    user->started_us = clock_monotonic_us();
    user->_watch.fd = connect_to(user->_options);
    if (user->_watch.fd < 0 || loop_add(user->_loop, &user->_watch, EPOLLOUT) < 0)
        fail(user, "cannot connect");
}

static void
connected(struct user *user)
{
    int error = 0;
    socklen_t length = sizeof(error);

    (void)getsockopt(user->_watch.fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0)
        fail(user, strerror(error));
    else if (user->_options->tls == LOAD_TLS_DIRECT)
        begin_handshake(user);
    else
        open_stream(user, NULL);
}

/* Bytes read, 0 at the end, -1 when there are none for now, -2 for an error. */
static ssize_t
receive_some(struct user *user, char *into)
{
    ssize_t got;

    if (user->_tls) {
        int r = SSL_read(user->_tls, into, LOOP_SCRATCH_BYTES);
        int error = r > 0 ? SSL_ERROR_NONE : SSL_get_error(user->_tls, r);

        if (r > 0)
            return r;
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
            return -1;
        return error == SSL_ERROR_ZERO_RETURN ? 0 : -2;
    }
    got = recv(user->_watch.fd, into, LOOP_SCRATCH_BYTES, 0);
    if (got >= 0)
        return got;
    return errno == EAGAIN ? -1 : -2;
}

static void
receive(struct user *user)
{
    char *scratch = loop_scratch_in(user->_loop);
    ssize_t got = 1;

    while (user->state == USER_OPEN && (got = receive_some(user, scratch)) > 0) {
        client_stream_feed(user->_stream, (struct str){ scratch, (size_t)got });
        advance(user);
    }
    if (user->state == USER_OPEN && got != -1)
        end(user, user->_closing ? USER_LEFT : USER_FAILED,
            got == 0 ? "the server has hung up" : "the connection broke");
}

static void
ready(struct watch *watch, uint32_t events)
{
    struct user *user = CONTAINER_OF(watch, struct user, _watch);

    if (user->state == USER_CONNECTING) {
        connected(user);
    } else if (user->state == USER_HANDSHAKE) {
        shake_hands(user);
    } else if (user->state == USER_OPEN) {
        if (events & EPOLLOUT) {
            watch_for(user, false);
            loop_at_turn_end(user->_loop, &user->_task);
        }
        if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            receive(user);
    }
}

void
user_close(struct user *user)
{
    if (user->_closing)
        return;
    user->_closing = true;
    if (user->state == USER_OPEN && user->is_bound) {
        client_stream_close(user->_stream);
        take_output(user);
    } else {
        end(user, USER_LEFT, "not signed in yet");
    }
}
