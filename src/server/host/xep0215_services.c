/* xep0215_services.c - where clients find STUN and TURN for their calls (XEP-0215). */
#include "base/clock.h"
#include "base/error.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "server/core/session.h"
#include "server/host/host_feature.h"
#include "server/host/turn_credentials.h"

#define NS_EXTDISCO STR("urn:xmpp:extdisco:2")
#define SECOND_US   INT64_C(1000000)

/* A kind of entry that each host has. */
struct kind {
    const char *type;
    const char *transport;
    bool relays; /* needs credentials */
    bool is_tls; /* on turn_tls_port */
};

/* UDP first: some clients know nothing else. */
static const struct kind kinds[] = {
    { "stun", "udp", false, false }, { "turn", "udp", true, false },
    { "stun", "tcp", false, false }, { "turn", "tcp", true, false },
    { "turns", "tcp", true, true },
};

/* What one answer is made of. */
struct listing {
    const struct server *server;
    struct arena *arena;
    struct element *parent;
    struct str user;       /* bare address; empty: no credentials for this one */
    struct str type, host; /* empty: all */
    int64_t port;          /* 0: all */
    bool only_relays;
    size_t count;
};

static bool
is_offered(const struct listing *listing, const struct kind *kind)
{
    const struct config *config = listing->server->config;

    if (kind->relays && (config->turn_secret[0] == '\0' || listing->user.len == 0))
        return false;
    return !kind->is_tls || config->turn_tls_port != 0;
}

static bool
is_wanted(const struct listing *listing, const struct kind *kind, struct str host, unsigned port)
{
    if (listing->type.len > 0 && !str_is(listing->type, kind->type))
        return false;
    if (listing->host.len > 0 && !str_equal(listing->host, host))
        return false;
    if (listing->only_relays && !kind->relays)
        return false;
    return listing->port == 0 || listing->port == port;
}

static void
add_credentials(const struct listing *listing, struct element *service)
{
    const struct config *config = listing->server->config;
    int64_t expires_us = clock_wall_us() + (int64_t)config->turn_credential_seconds * SECOND_US;
    struct turn_credentials made = turn_credentials_make(
        listing->arena, str_from(config->turn_secret), listing->user, expires_us);
    char stamp[CLOCK_TEXT_BYTES];

    clock_format(expires_us / SECOND_US * SECOND_US, stamp);
    element_set(listing->arena, service, STR("restricted"), STR("true"));
    element_set(listing->arena, service, STR("username"), made.username);
    element_set(listing->arena, service, STR("password"), made.password);
    element_set(listing->arena, service, STR("expires"), str_from(stamp));
}

static void
add_service(struct listing *listing, const struct kind *kind, struct str host)
{
    const struct config *config = listing->server->config;
    unsigned port = kind->is_tls ? config->turn_tls_port : config->turn_port;
    struct element *service;

    if (!is_offered(listing, kind) || !is_wanted(listing, kind, host, port))
        return;
    service = element_add(listing->arena, listing->parent, NS_EXTDISCO, STR("service"));
    element_set(listing->arena, service, STR("type"), str_from(kind->type));
    element_set(listing->arena, service, STR("host"), host);
    element_set(listing->arena, service, STR("port"), arena_printf(listing->arena, "%u", port));
    element_set(listing->arena, service, STR("transport"), str_from(kind->transport));
    if (kind->relays)
        add_credentials(listing, service);
    listing->count++;
}

static void
add_services(struct listing *listing)
{
    struct str rest = str_from(listing->server->config->turn_hosts);
    struct str host;

    while (str_split(&rest, ',', &host)) {
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            add_service(listing, &kinds[i], str_trim(host));
    }
}

/* The relay is for those who have an account here. */
static struct str
user_of(const struct server *server, const struct stanza *request)
{
    bool has_account = str_equal(request->from.domain, server->domain) &&
                       !str_starts_with(request->from.local, STR(SESSION_GUEST_PREFIX));

    return has_account ? request->from.bare : STR_EMPTY;
}

/* XEP-0215 3.1, 3.2. */
static void
handle_services(struct worker *worker, struct stanza *request)
{
    struct stanza *result = stanza_result(request);
    struct listing listing = {
        .server = worker->server,
        .arena = &result->arena,
        .parent = element_add(&result->arena, result->root, NS_EXTDISCO, STR("services")),
        .user = user_of(worker->server, request),
        .type = element_get(stanza_payload(request), STR("type")),
    };

    if (listing.type.len > 0)
        element_set(listing.arena, listing.parent, STR("type"), listing.type);
    add_services(&listing);
    router_route(worker, result);
}

/* XEP-0215 3.3. */
static void
handle_credentials(struct worker *worker, struct stanza *request)
{
    const struct element *asked =
        element_child(stanza_payload(request), NS_EXTDISCO, STR("service"));
    struct stanza *result = stanza_result(request);
    struct listing listing = {
        .server = worker->server,
        .arena = &result->arena,
        .parent = element_add(&result->arena, result->root, NS_EXTDISCO, STR("credentials")),
        .user = user_of(worker->server, request),
        .type = element_get(asked, STR("type")),
        .host = element_get(asked, STR("host")),
        .only_relays = true,
    };
    int r = 0;

    if (listing.type.len == 0 || listing.host.len == 0)
        r = E_FORMAT;
    else if (element_has(asked, STR("port")) &&
             str_to_int64(element_get(asked, STR("port")), 1, 65535, &listing.port) < 0)
        r = E_FORMAT;
    else if (listing.user.len == 0)
        r = E_FORBIDDEN;
    if (r == 0)
        add_services(&listing);
    if (r == 0 && listing.count == 0)
        r = E_NOT_FOUND;
    if (r == 0) {
        router_route(worker, result);
        return;
    }
    router_reply_error(worker, request, r);
    stanza_unref(result);
}

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    (void)entity;
    if (host_address_of(worker->server, request) != HOST_DOMAIN)
        router_reply_condition(worker, request, "service-unavailable", STR_EMPTY);
    else if (str_is(stanza_payload(request)->name, "services"))
        handle_services(worker, request);
    else
        handle_credentials(worker, request);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("urn:xmpp:extdisco:2"), "services", true, false, handle },
    { STR_INIT("urn:xmpp:extdisco:2"), "credentials", true, false, handle },
    { .name = NULL },
};

static const char *const disco[] = { "urn:xmpp:extdisco:2", NULL };

const struct host_feature host_xep0215_services = {
    .feature = { .name = "xep0215_services", .disco = disco, .iqs = iqs },
};
