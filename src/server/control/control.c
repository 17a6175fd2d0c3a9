/* control.c - the socket, its connections, and lines in and out. */
#include "server/control/control.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/control/control_request.h"
#include "server/core/config.h"
#include "server/net/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 32,
    REQUESTS_MAX = 8, /* of one connection, not yet answered */
    INPUT_MAX_BYTES = 512 * 1024,
    OUTPUT_MAX_BYTES = 64 * 1024 * 1024, /* not yet taken by a jackdawctl that does not read */
    REQUEST_ARENA_MAX = 64 * 1024,
    BACKLOG = 8,
    LINGER_US = 100 * 1000
};

struct control {
    struct server *server;
    struct log log;
    struct watch watch;
    struct letter stop;
    struct list connections;
    size_t connection_count;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

struct control_connection {
    struct list link; /* control->connections */
    struct control *control;
    struct conn *conn;
    struct buffer input;
    struct list requests; /* not yet answered */
    size_t request_count;
    bool running; /* inside run_lines(): no second one below it */
};

/* ---- answers ---- */

static void
append_field(struct buffer *out, struct str field)
{
    for (size_t i = 0; i < field.len; i++) {
        unsigned char c = (unsigned char)field.data[i];

        buffer_append_char(out, c < ' ' || c == 0x7f ? ' ' : (char)c);
    }
}

static void
write_line(struct control_request *request,
           const char *kind,
           const struct str *fields,
           size_t count)
{
    struct buffer line;

    if (!request->connection)
        return;
    buffer_init(&line, 2 * CONTROL_LINE_MAX);
    buffer_append(&line, request->fields[0]);
    buffer_printf(&line, "\t%s", kind);
    for (size_t i = 0; i < count; i++) {
        buffer_append_char(&line, '\t');
        append_field(&line, fields[i]);
    }
    buffer_append_char(&line, '\n');
    if (buffer_failed(&line) || conn_queued(request->connection->conn) > OUTPUT_MAX_BYTES)
        request->overflowed = true;
    else
        conn_write(request->connection->conn, buffer_str(&line));
    buffer_fini(&line);
}

void
control_row(struct control_request *request, const struct str *fields, size_t count)
{
    write_line(request, "row", fields, count);
}

static void run_lines(struct control_connection *connection);

void
control_drop(struct control_request *request)
{
    struct control_connection *connection = request->connection;

    if (connection) {
        list_remove(&request->link);
        connection->request_count--;
    }
    for (size_t i = 0; i < request->field_count; i++)
        explicit_bzero((char *)(uintptr_t)request->fields[i].data, request->fields[i].len);
    arena_fini(&request->arena);
    free(request);
}

static void
finish(struct control_request *request)
{
    struct control_connection *connection = request->connection;

    control_drop(request);
    if (connection)
        run_lines(connection);
}

void
control_ok(struct control_request *request)
{
    if (request->overflowed) {
        control_error(request, E_TOO_BIG, "the answer is too long");
        return;
    }
    write_line(request, "ok", NULL, 0);
    finish(request);
}

void
control_error(struct control_request *request, int error, const char *sentence)
{
    struct str fields[] = {
        str_from(error_stanza_condition(error)),
        str_from(sentence ? sentence : error_text(error)),
    };

    write_line(request, "error", fields, ARRAY_LEN(fields));
    finish(request);
}

struct mailbox *
control_mailbox(const struct control_request *request)
{
    return &request->server->workers[0]->mailbox;
}

/* ---- requests ---- */

static void
run_request(struct control_request *request)
{
    for (size_t i = 0; i < control_verb_count; i++) {
        const struct control_verb *verb = &control_verbs[i];

        if (!str_is(request->fields[1], verb->name))
            continue;
        if (request->field_count == 2 + verb->arguments)
            verb->run(request);
        else
            control_error(request, E_FORMAT, "wrong number of arguments");
        return;
    }
    control_error(request, E_UNSUPPORTED, "the server does not know this command");
}

static void
read_request(struct control_connection *connection, struct str line)
{
    struct control_request *request = memory_new(1, sizeof(*request));
    struct str field;

    request->connection = connection;
    request->server = connection->control->server;
    arena_init(&request->arena, REQUEST_ARENA_MAX);
    list_append(&connection->requests, &request->link);
    connection->request_count++;
    while (request->field_count < CONTROL_FIELDS_MAX && str_split(&line, '\t', &field))
        request->fields[request->field_count++] = arena_dup(&request->arena, field);
    if (request->field_count < 2 || line.len > 0 || arena_is_full(&request->arena))
        control_error(request, E_FORMAT, "malformed request");
    else
        run_request(request);
}

static void
connection_free(struct control_connection *connection)
{
    LIST_FOREACH (&connection->requests, link) {
        struct control_request *request = CONTAINER_OF(link, struct control_request, link);

        list_remove(&request->link);
        request->connection = NULL; /* it ends when its work is done */
    }
    connection->control->connection_count--;
    list_remove(&connection->link);
    buffer_wipe(&connection->input);
    buffer_fini(&connection->input);
    free(connection);
}

static void
close_connection(struct control_connection *connection)
{
    conn_close(connection->conn, LINGER_US);
    connection_free(connection);
}

/* Runs what has been read, as far as there may be more requests under way. */
static void
run_lines(struct control_connection *connection)
{
    if (connection->running)
        return;
    connection->running = true;
    while (connection->request_count < REQUESTS_MAX) {
        struct str input = buffer_str(&connection->input);
        ptrdiff_t end = str_find_char(input, '\n', 0);

        if (end < 0)
            break;
        read_request(connection, str_slice(input, 0, (size_t)end));
        buffer_consume(&connection->input, (size_t)end + 1);
    }
    connection->running = false;
    conn_set_reading(connection->conn, connection->request_count < REQUESTS_MAX);
}

static void
received(void *owner, struct str bytes)
{
    struct control_connection *connection = owner;
    struct str input;

    buffer_append(&connection->input, bytes);
    run_lines(connection);
    input = buffer_str(&connection->input);
    if (buffer_failed(&connection->input) ||
        (input.len > CONTROL_LINE_MAX && str_find_char(input, '\n', 0) < 0))
        close_connection(connection);
}

static void
closed(void *owner, int error, const char *reason)
{
    (void)error, (void)reason;
    connection_free(owner);
}

static void
nothing(void *owner)
{
    (void)owner;
}

static const struct conn_handler handler = {
    .received = received,
    .drained = nothing,
    .closed = closed,
};

/* ---- the socket ---- */

static void
accept_connection(struct control *control, int fd)
{
    struct control_connection *connection = memory_new(1, sizeof(*connection));

    connection->control = control;
    connection->conn =
        conn_new(control->server->workers[0]->loop, fd, "control", &handler, connection);
    if (!connection->conn) {
        free(connection);
        return;
    }
    buffer_init(&connection->input, INPUT_MAX_BYTES);
    list_init(&connection->requests);
    list_append(&control->connections, &connection->link);
    control->connection_count++;
}

static void
ready(struct watch *watch, uint32_t events)
{
    struct control *control = CONTAINER_OF(watch, struct control, watch);
    int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd < 0)
        return;
    if (control->connection_count < CONNECTIONS_MAX)
        accept_connection(control, fd);
    else
        close(fd);
}

/* The folder is locked, so a socket that lies there was left by a server that is gone. */
static int
open_socket(struct control *control)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *data_dir = control->server->config->data_dir;
    mode_t mask;
    int r;

    r = snprintf(control->path, sizeof(control->path), "%s/control.sock", data_dir);
    if (r < 0 || (size_t)r >= sizeof(control->path)) {
        errno = ENAMETOOLONG;
        control->path[0] = '\0';
        return -1;
    }
    memcpy(address.sun_path, control->path, sizeof(address.sun_path));
    control->watch.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->watch.fd < 0)
        return -1;
    (void)unlink(control->path);
    mask = umask(0177);
    r = bind(control->watch.fd, (const struct sockaddr *)&address, sizeof(address));
    (void)umask(mask);
    return r < 0 ? r : listen(control->watch.fd, BACKLOG);
}

struct control *
control_open(struct server *server)
{
    struct control *control = memory_new(1, sizeof(*control));

    control->server = server;
    control->log = (struct log){ .parent = &server->log, .name = "control" };
    control->watch = (struct watch){ .fd = -1, .ready = ready };
    list_init(&control->connections);
    if (open_socket(control) == 0 &&
        loop_add(server->workers[0]->loop, &control->watch, EPOLLIN) == 0)
        return control;
    log_error(&control->log, "control-failed", "%s/control.sock: %s", server->config->data_dir,
              strerror(errno));
    control_free(control);
    return NULL;
}

static void
stop(struct letter *letter, void *context)
{
    struct control *control = CONTAINER_OF(letter, struct control, stop);
    const struct worker *worker = context;

    if (worker->ended)
        return; /* the connections are gone */
    loop_remove(worker->loop, &control->watch);
    LIST_FOREACH (&control->connections, link)
        close_connection(CONTAINER_OF(link, struct control_connection, link));
}

void
control_stop(struct control *control)
{
    control->stop.open = stop;
    mailbox_post(&control->server->workers[0]->mailbox, &control->stop);
}

void
control_free(struct control *control)
{
    if (!control)
        return;
    /* The loop is gone, and the conns with it. */
    LIST_FOREACH (&control->connections, link)
        connection_free(CONTAINER_OF(link, struct control_connection, link));
    if (control->watch.fd >= 0)
        close(control->watch.fd);
    if (control->path[0] != '\0')
        (void)unlink(control->path);
    free(control);
}
