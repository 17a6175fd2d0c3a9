/* listener.c - see listener.h. */
#include "server/net/listener.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,
    ACCEPTS_PER_TURN = 64,
    PAUSE_US = 100 * 1000,
    PEER_BYTES = 64,
    /* A peer that vanished without a word is noticed after about two minutes. */
    KEEPALIVE_IDLE_S = 60,
    KEEPALIVE_INTERVAL_S = 15,
    KEEPALIVE_COUNT = 4
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage room;
};

static int
parse_host(const char *host, uint16_t port, union address *ret, socklen_t *ret_length)
{
    *ret = (union address){ 0 };
    if (str_is(STR("*"), host)) {
        ret->v6.sin6_family = AF_INET6; /* in6addr_any: with IPv4 mapped into it */
    } else if (inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1) {
        ret->v4.sin_family = AF_INET;
    } else if (inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1) {
        ret->v6.sin6_family = AF_INET6;
    } else {
        errno = EINVAL;
        return E_IO;
    }
    if (ret->any.sa_family == AF_INET)
        ret->v4.sin_port = htons(port);
    else
        ret->v6.sin6_port = htons(port);
    *ret_length = ret->any.sa_family == AF_INET ? sizeof(ret->v4) : sizeof(ret->v6);
    return 0;
}

/* "192.0.2.1:40112", "[2001:db8::1]:40112"; an IPv4 address mapped into IPv6 is shown as IPv4. */
static void
print_address(const union address *address, char *ret, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";

    if (address->any.sa_family == AF_INET) {
        (void)inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host));
        (void)snprintf(ret, size, "%s:%u", host, ntohs(address->v4.sin_port));
    } else if (IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr)) {
        (void)inet_ntop(AF_INET, &address->v6.sin6_addr.s6_addr[12], host, sizeof(host));
        (void)snprintf(ret, size, "%s:%u", host, ntohs(address->v6.sin6_port));
    } else {
        (void)inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host));
        (void)snprintf(ret, size, "[%s]:%u", host, ntohs(address->v6.sin6_port));
    }
}

static void
set_option(int fd, int level, int option, int value)
{
    /* None of these is worth failing for. */
    (void)setsockopt(fd, level, option, &value, sizeof(value));
}

/* A bound and listening socket, or -1 with errno. */
static int
open_socket(const union address *address, socklen_t length, bool both_families)
{
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int saved_errno;

    if (fd < 0)
        return -1;
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (address->any.sa_family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, both_families ? 0 : 1);
    if (bind(fd, &address->any, length) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return -1;
}

int
listener_open(const struct log *log, const char *host, uint16_t port, struct listener *ret)
{
    bool everywhere = str_is(STR("*"), host);
    union address address;
    socklen_t length;
    int fd = -1;

    if (parse_host(host, port, &address, &length) == 0)
        fd = open_socket(&address, length, everywhere);
    /* A machine without IPv6. */
    if (fd < 0 && everywhere && errno == EAFNOSUPPORT &&
        parse_host("0.0.0.0", port, &address, &length) == 0)
        fd = open_socket(&address, length, false);
    if (fd < 0) {
        log_error(log, "listen-failed", "%s port %u: %s", host, port, strerror(errno));
        return E_IO;
    }
    ret->fd = fd;
    length = sizeof(address);
    (void)getsockname(fd, &address.any, &length);
    print_address(&address, ret->address, sizeof(ret->address));
    return 0;
}

void
listener_close(struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    listener->fd = -1;
}

static void
prepare_socket(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); /* a turn's output leaves in one piece anyway */
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
}

/* Out of descriptors or memory: the socket stays readable, so look away for a moment. */
static void
pause_accepting(struct acceptor *acceptor)
{
    loop_remove(acceptor->_loop, &acceptor->watch);
    loop_timer_set(acceptor->_loop, &acceptor->_pause, PAUSE_US);
}

/* Takes one connection; false when there is none for now. */
static bool
accept_one(struct acceptor *acceptor)
{
    union address address;
    socklen_t length = sizeof(address);
    char peer[PEER_BYTES];
    int fd = accept4(acceptor->listener->fd, &address.any, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        prepare_socket(fd);
        print_address(&address, peer, sizeof(peer));
        acceptor->accepted(acceptor, fd, peer);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        pause_accepting(acceptor);
    /* Others (ECONNABORTED ...) are about one connection that is gone already. */
    return errno != EAGAIN && acceptor->watch._added;
}

static void
ready(struct watch *watch, uint32_t events)
{
    struct acceptor *acceptor = CONTAINER_OF(watch, struct acceptor, watch);

    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(acceptor) && watch->_added; i++)
        ;
}

static void
pause_is_over(struct timer *timer)
{
    struct acceptor *acceptor = CONTAINER_OF(timer, struct acceptor, _pause);

    if (loop_add(acceptor->_loop, &acceptor->watch, EPOLLIN | EPOLLEXCLUSIVE) < 0)
        loop_timer_set(acceptor->_loop, &acceptor->_pause, PAUSE_US);
}

int
acceptor_start(struct acceptor *acceptor, struct loop *loop)
{
    acceptor->watch = (struct watch){ .fd = acceptor->listener->fd, .ready = ready };
    acceptor->_pause = (struct timer){ .expired = pause_is_over };
    acceptor->_loop = loop;
    return loop_add(loop, &acceptor->watch, EPOLLIN | EPOLLEXCLUSIVE);
}

void
acceptor_stop(struct acceptor *acceptor, struct loop *loop)
{
    loop_remove(loop, &acceptor->watch);
    loop_timer_clear(loop, &acceptor->_pause);
}
