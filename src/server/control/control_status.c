/* control_status.c - see control_status.h. What only a worker may look at is gathered by a letter
 * that goes from worker to worker and home again. */
#include "server/control/control_status.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/core/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ROWS_MAX_BYTES = 32 * 1024 * 1024
};

struct tour {
    struct letter letter;
    struct control_request *request;
    unsigned at; /* the next worker to visit */
    void (*visit)(struct tour *tour, struct worker *worker);
    void (*home)(struct tour *tour); /* ends the request */
    struct buffer rows;              /* fields end with a tab, rows with a line feed */
    size_t sessions, accounts;
};

static void
tour_free(struct tour *tour)
{
    buffer_fini(&tour->rows);
    free(tour);
}

static void
arrive(struct letter *letter, void *context)
{
    struct tour *tour = CONTAINER_OF(letter, struct tour, letter);
    struct worker *worker = context;
    struct server *server = worker->server;

    if (worker->ended) {
        control_drop(tour->request);
        tour_free(tour);
    } else if (tour->at < server->worker_count) {
        tour->visit(tour, worker);
        tour->at++;
        worker_post(server->workers[tour->at < server->worker_count ? tour->at : 0], letter);
    } else {
        tour->home(tour);
        tour_free(tour);
    }
}

static void
start_tour(struct control_request *request,
           void (*visit)(struct tour *tour, struct worker *worker),
           void (*home)(struct tour *tour))
{
    struct tour *tour = memory_new(1, sizeof(*tour));

    tour->letter.open = arrive;
    tour->request = request;
    tour->visit = visit;
    tour->home = home;
    buffer_init(&tour->rows, ROWS_MAX_BYTES);
    worker_post(request->server->workers[0], &tour->letter);
}

static struct session *
session_at(struct map_node *node)
{
    return CONTAINER_OF(node, struct session, node);
}

/* ---- status ---- */

static int
compare_pointers(const void *a, const void *b)
{
    const struct entity *const *left = a;
    const struct entity *const *right = b;

    return (*left > *right) - (*left < *right);
}

/* The sessions of an account live on one worker, so each counts its own. */
static void
count_accounts(struct tour *tour, struct worker *worker)
{
    size_t count = map_count(&worker->sessions);
    const struct entity **accounts = memory_new(count, sizeof(*accounts));
    struct map_node *node = NULL;

    for (size_t i = 0; i < count; i++) {
        node = map_next(&worker->sessions, node);
        accounts[i] = session_at(node)->account;
    }
    qsort(accounts, count, sizeof(*accounts), compare_pointers);
    for (size_t i = 0; i < count; i++)
        tour->accounts += i == 0 || accounts[i] != accounts[i - 1];
    tour->sessions += count;
    free(accounts);
}

static void
put_number(struct control_request *request, const char *name, int64_t value)
{
    char text[32];
    struct str fields[] = { str_from(name), STR_EMPTY };

    (void)snprintf(text, sizeof(text), "%" PRId64, value);
    fields[1] = str_from(text);
    control_row(request, fields, ARRAY_LEN(fields));
}

static void
put_status(struct tour *tour)
{
    struct control_request *request = tour->request;
    struct server *server = request->server;
    struct str domain[] = { STR("domain"), server->domain };
    int64_t uptime_us = clock_wall_us() - server->started_us;

    control_row(request, domain, ARRAY_LEN(domain));
    put_number(request, "uptime", uptime_us > 0 ? uptime_us / 1000000 : 0);
    put_number(request, "workers", server->worker_count);
    put_number(request, "connections", atomic_load(&server->connections));
    put_number(request, "sessions", (int64_t)tour->sessions);
    put_number(request, "signed-in", (int64_t)tour->accounts);
    control_ok(request);
}

void
control_status(struct control_request *request)
{
    start_tour(request, count_accounts, put_status);
}

/* ---- sessions ---- */

static void
note_sessions(struct tour *tour, struct worker *worker)
{
    int64_t now_us = loop_now_us(worker->loop);

    for (struct map_node *node = NULL; (node = map_next(&worker->sessions, node));) {
        const struct session *session = session_at(node);
        const struct tls_info *tls = session->conn ? conn_tls(session->conn) : NULL;

        buffer_printf(&tour->rows, "%.*s\t%s\t%s\t%" PRId64 "\n", STR_ARG(session->jid.full),
                      session->conn ? conn_peer(session->conn) : "detached",
                      tls && tls->active ? tls->version : "-",
                      (now_us - session->connected_us) / 1000000);
    }
}

static void
put_sessions(struct tour *tour)
{
    struct str rows = buffer_str(&tour->rows);
    struct str row;

    while (str_split(&rows, '\n', &row)) {
        struct str fields[4] = { 0 };
        size_t count = 0;

        while (count < ARRAY_LEN(fields) && str_split(&row, '\t', &fields[count]))
            count++;
        control_row(tour->request, fields, count);
    }
    if (buffer_failed(&tour->rows))
        control_error(tour->request, E_TOO_BIG, "there are more, but the list is too long");
    else
        control_ok(tour->request);
}

void
control_sessions(struct control_request *request)
{
    start_tour(request, note_sessions, put_sessions);
}

/* ---- log level ---- */

void
control_log_level(struct control_request *request)
{
    enum log_level level;

    if (log_level_parse(control_argument(request, 0), &level) < 0) {
        control_error(request, E_FORMAT, "must be debug, info, notice, warning or error");
        return;
    }
    log_sink_set_level(level);
    control_ok(request);
}
