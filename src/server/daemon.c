/* daemon.c - see daemon.h. Start and stop are two lists that mirror each other. */
#include "server/daemon.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account.h"
#include "server/account/account_feature.h"
#include "server/account/commands.h"
#include "server/certificate.h"
#include "server/control/control.h"
#include "server/core/worker.h"
#include "server/data_dir.h"
#include "server/host/host.h"
#include "server/listeners.h"
#include "server/reload.h"
#include "server/room/room.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    STORE_READERS = 2,
    STORE_PAGE_MAX_US = 1000 * 1000,
    STORE_QUEUE_MAX = 20000,
    HASHING_THREADS_MAX = 4,
    HASHING_QUEUE_MAX = 4096,
    AUTH_ATTEMPTS_MAX = 5, /* RFC 6120 6.4.5: 2 to 5 retries */
    ARENA_MAX = 64 * 1024
};

struct daemon {
    struct server server;
    const char *config_path;
    struct arena arena; /* for the addresses */
    uint8_t secret[DATA_DIR_SECRET_BYTES];
    struct listeners listeners;
    struct control *control;
    int signal_fd;
};

/* ---- the process ---- */

static void
raise_descriptor_limit(const struct log *log)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        log_warning(log, "descriptors", "the limit could not be raised: %s", strerror(errno));
}

/* The signals we wait for reach nobody but us. */
static int
open_signals(const struct log *log)
{
    sigset_t signals;
    int fd;

    (void)signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    fd = signalfd(-1, &signals, SFD_CLOEXEC);
    if (fd < 0)
        log_error(log, "signals-failed", "%s", strerror(errno));
    return fd;
}

static unsigned
count_processors(void)
{
    cpu_set_t set;
    int count = 0;

    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        count = CPU_COUNT(&set);
    return count > 0 ? (unsigned)count : 1;
}

/* ---- start ---- */

static int
set_addresses(struct daemon *daemon)
{
    struct server *server = &daemon->server;
    struct jid domain, rooms;
    struct str text = arena_printf(&daemon->arena, "rooms.%s", server->config->domain);
    int r = jid_parse(&daemon->arena, str_from(server->config->domain), &domain);

    if (r == 0)
        r = jid_parse(&daemon->arena, text, &rooms);
    if (r < 0) {
        log_error(&server->log, "start-failed", "%s: %s", server->config->domain, error_text(r));
        return r;
    }
    server->domain = arena_dup(&daemon->arena, domain.domain);
    server->rooms_domain = arena_dup(&daemon->arena, rooms.domain);
    return 0;
}

static void
set_stream_config(struct daemon *daemon)
{
    struct server *server = &daemon->server;
    const struct config *config = server->config;
    struct xml_limits limits_after = XML_LIMITS_DEFAULT;

    /* As much memory a byte as by default. */
    limits_after.arena_bytes =
        limits_after.arena_bytes / limits_after.stanza_bytes * config->max_stanza_bytes;
    limits_after.stanza_bytes = config->max_stanza_bytes;
    server->stream_config = (struct server_stream_config){
        .domain = server->domain,
        .require_tls = config->require_tls,
        .offer_starttls = true,
        .allow_plain_without_tls = config->allow_plain_without_tls,
        .offer_anonymous = config->guests,
        .offer_registration = config->registration != REGISTRATION_CLOSED,
        .offer_invitations = config->registration != REGISTRATION_CLOSED,
        .offer_tokens = config->token_days > 0,
        .limits_before = XML_LIMITS_UNAUTHENTICATED,
        .limits_after = limits_after,
        .auth_attempts_max = AUTH_ATTEMPTS_MAX,
        .idle_seconds = config->idle_seconds,
        .decoy_secret = { (const char *)daemon->secret, sizeof(daemon->secret) },
    };
}

static int
open_store(struct server *server)
{
    struct store_options options = {
        .log = &server->log,
        .data_dir = server->config->data_dir,
        .relaxed = server->config->durability == DURABILITY_RELAXED,
        .readers = STORE_READERS,
        .queue_max = STORE_QUEUE_MAX,
        .archive_days = server->config->archive_days,
        .page_max_us = STORE_PAGE_MAX_US,
    };

    server->store = store_open(&options);
    return server->store ? 0 : E_STORE;
}

static int
open_certificate(struct server *server)
{
    server->tls = certificate_load(&server->log, server->config, server->domain.data,
                                   server->rooms_domain.data);
    return server->tls ? 0 : E_TLS;
}

static int
start_hashing(struct server *server)
{
    unsigned threads = count_processors();

    if (threads > HASHING_THREADS_MAX)
        threads = HASHING_THREADS_MAX;
    server->hashing = thread_pool_new("hashing", threads, HASHING_QUEUE_MAX, NULL, NULL, NULL);
    if (!server->hashing)
        log_error(&server->log, "start-failed", "no threads for password hashing");
    return server->hashing ? 0 : E_IO;
}

static int
make_workers(struct server *server)
{
    unsigned count = server->config->workers > 0 ? server->config->workers : count_processors();

    server->account_kind = &account_kind;
    server->room_kind = &room_kind;
    server->host_kind = &host_kind;
    server->session_home = &account_session_home;
    host_announce(account_feature_list, account_feature_count);
    host_offer_commands(account_commands, account_command_count);
    return workers_new(server, count);
}

static int
open_control(struct daemon *daemon)
{
    daemon->control = control_open(&daemon->server);
    return daemon->control ? 0 : E_IO;
}

static int
start(struct daemon *daemon)
{
    struct server *server = &daemon->server;
    int r = set_addresses(daemon);

    if (r == 0)
        r = data_dir_prepare(&server->log, server->config->data_dir);
    if (r == 0)
        r = open_store(server); /* from here on the folder is ours alone */
    if (r == 0)
        r = data_dir_secret(&server->log, server->config->data_dir, daemon->secret);
    if (r == 0)
        r = open_certificate(server);
    if (r < 0)
        return r;
    set_stream_config(daemon);
    r = start_hashing(server);
    if (r == 0)
        r = make_workers(server);
    if (r == 0)
        r = open_control(daemon);
    if (r == 0)
        r = listeners_open(&daemon->listeners, server);
    if (r < 0)
        return r;
    room_ensure_lobby(server);
    return workers_start(server);
}

static void
warn(const struct server *server)
{
    const struct config *config = server->config;

    if (!config->require_tls)
        log_warning(&server->log, "require-tls-off",
                    "clients can sign in without TLS: for one machine or behind a TLS proxy only");
    if (!config->require_tls && config->allow_plain_without_tls)
        log_warning(&server->log, "plain-without-tls",
                    "passwords can travel readable to everybody on the way");
    if (config->log_messages)
        log_warning(&server->log, "log-messages",
                    "what people say is written into this log: tell them");
    if (!config->limits)
        log_warning(&server->log, "limits-off", "anybody can use up this server's resources");
}

/* ---- run and stop ---- */

static void
wait_for_the_end(struct daemon *daemon)
{
    const struct log *log = &daemon->server.log;

    for (;;) {
        struct signalfd_siginfo info;
        ssize_t got = read(daemon->signal_fd, &info, sizeof(info));

        if (got < 0 && errno == EINTR)
            continue;
        if (got != sizeof(info) || info.ssi_signo != SIGHUP) {
            log_notice(log, "stopping", "%s",
                       got == sizeof(info) ? strsignal((int)info.ssi_signo) : "no more signals");
            return;
        }
        reload(&daemon->server, daemon->config_path);
    }
}

static void
stop(struct daemon *daemon)
{
    struct server *server = &daemon->server;

    workers_stop(server);
    if (server->hashing)
        thread_pool_discard(server->hashing);
    thread_pool_free(server->hashing);
    store_close(server->store);
    workers_free(server);
    control_free(daemon->control);
    listeners_close(&daemon->listeners);
    tls_context_unref(server->tls);
    arena_fini(&daemon->arena);
    if (daemon->signal_fd >= 0)
        close(daemon->signal_fd);
}

enum exit_code
daemon_run(const struct config *config, const char *config_path)
{
    struct daemon *daemon = memory_new(1, sizeof(*daemon));
    struct server *server = &daemon->server;
    int r;

    daemon->config_path = config_path;
    arena_init(&daemon->arena, ARENA_MAX);
    server->config = config;
    server->started_us = clock_wall_us();
    raise_descriptor_limit(&server->log);
    daemon->signal_fd = open_signals(&server->log);
    r = daemon->signal_fd < 0 ? E_IO : start(daemon);
    if (r == 0) {
        warn(server);
        log_notice(&server->log, "started", "%.*s with %u worker%s, data in %s",
                   STR_ARG(server->domain), server->worker_count,
                   server->worker_count == 1 ? "" : "s", config->data_dir);
        listeners_announce(&daemon->listeners);
        wait_for_the_end(daemon);
        control_stop(daemon->control);
    }
    stop(daemon);
    if (r == 0)
        log_notice(&server->log, "stopped", "after %lld seconds",
                   (long long)(clock_wall_us() - server->started_us) / 1000000);
    free(daemon);
    if (r < 0)
        return r == E_TLS && config->certificate[0] != '\0' ? EXIT_USAGE : EXIT_FAILED;
    return EXIT_OK;
}
