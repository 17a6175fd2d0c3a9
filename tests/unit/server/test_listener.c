/* test_listener.c - addresses are bound and printed, connections come with their peer's name. */
#include "server/net/listener.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    CONNECTIONS = 20
};

struct count {
    struct loop *loop;
    int accepted;
    char peer[64];
};

static void
accepted(struct acceptor *acceptor, int fd, const char *peer)
{
    struct count *count = acceptor->context;
    int value = 0;
    socklen_t length = sizeof(value);

    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length), 0);
    assert_int_equal(value, 1);
    (void)strncpy(count->peer, peer, sizeof(count->peer) - 1);
    close(fd);
    if (++count->accepted == CONNECTIONS)
        loop_stop(count->loop);
}

static uint16_t
port_of(const struct listener *listener)
{
    return (uint16_t)atoi(strrchr(listener->address, ':') + 1);
}

static int
connect_to(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void
check_accepts(const char *host)
{
    struct listener listener;
    struct count count = { .loop = loop_new() };
    struct acceptor acceptor = { .listener = &listener, .accepted = accepted, .context = &count };
    int fds[CONNECTIONS];

    assert_int_equal(listener_open(NULL, host, 0, &listener), 0);
    assert_int_equal(acceptor_start(&acceptor, count.loop), 0);
    for (int i = 0; i < CONNECTIONS; i++)
        fds[i] = connect_to(port_of(&listener));
    loop_run(count.loop);
    assert_int_equal(count.accepted, CONNECTIONS);
    assert_memory_equal(count.peer, "127.0.0.1:", 10);
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
    acceptor_stop(&acceptor, count.loop);
    listener_close(&listener);
    listener_close(&listener);
    loop_free(count.loop);
}

static void
accepts_on_one_address(void **state)
{
    (void)state;
    check_accepts("127.0.0.1");
}

/* An IPv4 peer is called by its IPv4 name on a socket for both families too. */
static void
accepts_everywhere(void **state)
{
    (void)state;
    check_accepts("*");
}

static void
what_cannot_be_bound_is_an_error(void **state)
{
    static const char *const hosts[] = { "", "localhost", "127.0.0.1.1", "192.0.2.1", "::g" };
    struct listener listener, second;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        assert_int_equal(listener_open(NULL, hosts[i], 0, &listener), E_IO);
    assert_int_equal(listener_open(NULL, "127.0.0.1", 0, &listener), 0);
    assert_int_equal(listener_open(NULL, "127.0.0.1", port_of(&listener), &second), E_IO);
    listener_close(&listener);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_on_one_address),
        cmocka_unit_test(accepts_everywhere),
        cmocka_unit_test(what_cannot_be_bound_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
