/* fuzz_floors.c - what two signed-in users say to the whole server: accounts, rooms, the host and
 * all their features, with a database in memory. The server may not fall over, and it has to answer
 * a ping behind every input.
 *
 * A line of the input is one letter (a: Anna, b: Bert) and one element. The server lives on from
 * input to input, as it does outside; when it falls, what led there stands beside the artifact in a
 * file that ends in "trail": run that as one input. */
#include "server/core/config.h"
#include "server/daemon.h"
#include "xml_mutator.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "-artifact_prefix="

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1,
                                 size_t size1,
                                 const uint8_t *data2,
                                 size_t size2,
                                 uint8_t *out,
                                 size_t max_out_size,
                                 unsigned seed);
const char *__asan_default_options(void);

enum {
    PATIENCE_MS = 8000, /* for one answer */
    TRAIL_BYTES = 256 * 1024,
    KEPT_BYTES = 512 /* of what came, to look for an answer in */
};

struct person {
    const char *name;
    int fd; /* negative: not there */
    size_t kept;
    char text[KEPT_BYTES + 64 * 1024 + 1];
};

static char folder[64];
static uint16_t port;
static struct config *config;
static struct person people[2] = { { .name = "anna", .fd = -1 }, { .name = "bert", .fd = -1 } };
static char trail_path[4096]; /* empty: none is wanted */

static void
check(bool holds)
{
    if (!holds)
        abort();
}

/* ---- the server ---- */

/* Whichever way this process ends: a child sees it and removes the folder. */
static void
leave_nothing_behind(void)
{
    char command[128], c;
    int fds[2];

    check(pipe(fds) == 0);
    if (fork() > 0) {
        close(fds[0]); /* the other end stays open as long as we live */
        return;
    }
    close(fds[1]);
    while (read(fds[0], &c, 1) < 0 && errno == EINTR)
        ;
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    _exit(system(command) == 0 ? 0 : 1);
}

static void *
run_server(void *context)
{
    (void)context;
    check(daemon_run(config, NULL) == EXIT_OK);
    return NULL;
}

static uint16_t
find_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    check(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* Written, but not read. */
static void
log_to_nowhere(void)
{
    struct log_sink_options options = {
        .level = LOG_DEBUG,
        .fd = open("/dev/null", O_WRONLY | O_CLOEXEC),
    };

    check(log_sink_open(&options) == 0);
}

static void
start_server(void)
{
    char text[512];
    pthread_t thread;
    int r, length;

    (void)snprintf(folder, sizeof(folder), "/dev/shm/jackdaw-fuzz-XXXXXX");
    if (!mkdtemp(folder)) {
        (void)snprintf(folder, sizeof(folder), "/tmp/jackdaw-fuzz-XXXXXX");
        check(mkdtemp(folder) != NULL);
    }
    leave_nothing_behind();
    port = find_port();
    length = snprintf(text, sizeof(text),
                      "domain = localhost\ndata_dir = %s\nlisten = 127.0.0.1\nc2s_port = %u\n"
                      "c2s_tls_port = 0\nrequire_tls = no\nallow_plain_without_tls = yes\n"
                      "limits = off\nworkers = 1\ndurability = relaxed\nadmins = anna@localhost\n"
                      "turn_hosts = 127.0.0.1\nturn_secret = secret\nlog_level = debug\n"
                      "log_messages = yes\nmax_offline_messages = 20\npush_content = body\n",
                      folder, port);
    log_to_nowhere();
    config = config_parse((struct str){ text, (size_t)length }, "fuzz.conf", stderr, &r);
    check(config != NULL);
    check(pthread_create(&thread, NULL, run_server, NULL) == 0);
    (void)pthread_detach(thread);
}

/* ---- people ---- */

/* The leak checker stops everybody now and then. */
static bool
is_stopped(void)
{
    return errno == EINTR;
}

static void
wait_until(int fd, short events)
{
    struct pollfd one = { .fd = fd, .events = events };
    int r;

    do
        r = poll(&one, 1, PATIENCE_MS);
    while (r < 0 && is_stopped());
    check(r > 0); /* the server is stuck */
}

static void
leave(struct person *person)
{
    if (person->fd >= 0)
        close(person->fd);
    person->fd = -1;
    person->kept = 0;
}

static void
say(struct person *person, struct str text)
{
    while (text.len > 0 && person->fd >= 0) {
        ssize_t sent = send(person->fd, text.data, text.len, MSG_NOSIGNAL);

        if (sent < 0 && (errno == EAGAIN || is_stopped())) {
            char rest[4096];

            /* Who does not read is cut off. */
            wait_until(person->fd, POLLOUT | POLLIN);
            if (recv(person->fd, rest, sizeof(rest), 0) == 0)
                leave(person);
        } else if (sent <= 0) {
            leave(person);
        } else {
            text = str_slice(text, (size_t)sent, text.len);
        }
    }
}

/* Reads until the answer has come, and forgets it; false when it is the other one, or the server
 * has hung up. */
static bool
wait_for(struct person *person, const char *answer, const char *other)
{
    while (person->fd >= 0) {
        ssize_t got;

        person->text[person->kept] = '\0';
        if (strstr(person->text, answer)) {
            person->kept = 0;
            return true;
        }
        if (other && strstr(person->text, other))
            return false;
        if (person->kept > KEPT_BYTES) {
            memmove(person->text, person->text + person->kept - KEPT_BYTES, KEPT_BYTES);
            person->kept = KEPT_BYTES;
        }
        wait_until(person->fd, POLLIN);
        got = recv(person->fd, person->text + person->kept, sizeof(person->text) - 1 - person->kept,
                   0);
        if (got == 0 || (got < 0 && !is_stopped()))
            leave(person);
        for (ssize_t i = 0; i < got; i++) {
            char *c = person->text + person->kept + i;
            *c = *c == '\0' ? ' ' : *c;
        }
        person->kept += got > 0 ? (size_t)got : 0;
    }
    return false;
}

static bool
ask(struct person *person, const char *text, const char *answer, const char *other)
{
    say(person, str_from(text));
    return wait_for(person, answer, other);
}

static void
connect_to_server(struct person *person)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    person->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int tries = 0; tries < 5000; tries++) {
        if (connect(person->fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
            int yes = 1;

            check(fcntl(person->fd, F_SETFL, O_NONBLOCK) == 0);
            check(setsockopt(person->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) == 0);
            return;
        }
        (void)usleep(2000);
    }
    abort();
}

#define HEADER                                                                                     \
    "<stream:stream to='localhost' version='1.0' xmlns='jabber:client' "                           \
    "xmlns:stream='http://etherx.jabber.org/streams'>"
#define FEATURES "</stream:features>"

/* An input may have taken the account away, or changed its password. */
static void
make_account(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char text[256];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t lines = 0;

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", folder);
    (void)snprintf(text, sizeof(text),
                   "1\tuser-add\t%s\tjackdaw fuzz\n2\tuser-password\t%s\tjackdaw fuzz\n", name,
                   name);
    check(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    while (lines < 2) {
        char c;

        ssize_t got = read(fd, &c, 1);

        check(got == 1 || (got < 0 && is_stopped()));
        lines += got == 1 && c == '\n';
    }
    close(fd);
}

static bool
sign_in(struct person *person)
{
    char text[512];

    connect_to_server(person);
    make_account(person->name);
    (void)snprintf(text, sizeof(text),
                   "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>",
                   person->name[0] == 'a' ? "AGFubmEAamFja2RhdyBmdXp6"
                                          : "AGJlcnQAamFja2RhdyBmdXp6");
    if (!ask(person, HEADER, FEATURES, NULL) || !ask(person, text, "<success", "<failure") ||
        !ask(person, HEADER, FEATURES, NULL))
        return false;
    (void)snprintf(
        text, sizeof(text),
        "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>"
        "%c</resource></bind></iq>",
        person->name[0]);
    return ask(person, text, "</jid>", NULL) &&
           ask(person, "<presence/><iq type='get' id='in'><ping xmlns='urn:xmpp:ping'/></iq>",
               "id='in'", NULL);
}

/* ---- the trail ---- */

/* Written before it is said; an old trail is kept beside the new one. */
static void
note(struct str input)
{
    static int fd = -1;
    static size_t length;
    char old[sizeof(trail_path) + 4];

    if (trail_path[0] == '\0')
        return;
    if (fd < 0 || length > TRAIL_BYTES) {
        (void)snprintf(old, sizeof(old), "%s.old", trail_path);
        (void)rename(trail_path, old);
        if (fd >= 0)
            close(fd);
        fd = open(trail_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        length = 0;
    }
    if (fd >= 0 && write(fd, input.data, input.len) > 0 && write(fd, "\n", 1) > 0)
        length += input.len + 1;
}

/* ---- the inputs ---- */

static bool
is_element(struct str text)
{
    struct arena arena;
    struct element *root;
    bool is_one;

    arena_init(&arena, (size_t)4 * 1024 * 1024);
    is_one = xml_parse(&arena, text, NS_CLIENT, &root) == 0;
    arena_fini(&arena);
    return is_one;
}

static void
ping(struct person *person, unsigned number)
{
    char text[128], answer[32];

    (void)snprintf(text, sizeof(text),
                   "<iq type='get' id='ping-%u'><ping xmlns='urn:xmpp:ping'/></iq>", number);
    (void)snprintf(answer, sizeof(answer), "id='ping-%u'", number);
    if (person->fd >= 0)
        (void)ask(person, text, answer, NULL);
}

static void
play(struct str text)
{
    struct str line;

    while (str_split(&text, '\n', &line)) {
        struct str element = str_slice(line, 1, line.len);

        if (line.len > 1 && is_element(element))
            say(&people[line.data[0] == 'b'], element);
    }
}

/* A server that lives long frees much. */
const char *
__asan_default_options(void)
{
    return "quarantine_size_mb=32";
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    for (int i = 1; i < *argc; i++) {
        if (strncmp((*argv)[i], PREFIX, strlen(PREFIX)) == 0)
            (void)snprintf(trail_path, sizeof(trail_path), "%strail", (*argv)[i] + strlen(PREFIX));
    }
    start_server();
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned number;
    const struct str input = { (const char *)data, size };

    for (size_t i = 0; i < ARRAY_LEN(people); i++) {
        /* Disabled, perhaps: then the other one speaks alone. */
        if (people[i].fd < 0 && !sign_in(&people[i]))
            leave(&people[i]);
    }
    note(input);
    number++;
    play(input);
    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        ping(&people[i], number);
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const char first[] = "a<presence to='tea@rooms.localhost/anna'>"
                                "<x xmlns='http://jabber.org/protocol/muc'/></presence>\n";
    size_t length = mutate_lines(data, size, max_size, STR_EMPTY, seed);

    if (length > 0)
        return length;
    length = sizeof(first) - 1 < max_size ? sizeof(first) - 1 : max_size;
    memcpy(data, first, length);
    return length;
}

size_t
LLVMFuzzerCustomCrossOver(const uint8_t *data1,
                          size_t size1,
                          const uint8_t *data2,
                          size_t size2,
                          uint8_t *out,
                          size_t max_out_size,
                          unsigned seed)
{
    const struct str other = { (const char *)data2, size2 };

    if (size1 > max_out_size)
        return 0;
    memcpy(out, data1, size1);
    return mutate_lines(out, size1, max_out_size, other, seed);
}
