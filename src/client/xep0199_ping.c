/* xep0199_ping.c - answers pings, and finds out when the server is no longer there.
 * Owns: a timer while there is a stream. Spec: XEP-0199 4. Tests: tests/unit/client/test_router.c
 */
#include "client/feature.h"
#include "client/iq.h"
#include "xmpp/ns.h"

/* How often we look within the time that the server may be silent; after that it is asked, and a
 * request waits as long for its answer. */
#define LOOKS 6

struct ping {
    guint timer;
    gboolean asked;
    gint64 asked_at; /* monotonic */
    gulong network_changed;
};

static void
ponged_cb(JdAccount *account, const struct stanza *answer, gpointer data)
{
    struct ping *ping = data;
    ping->asked = FALSE;
    if (answer || !account_is_bound(account))
        return;
    if (connection_last_heard(account->connection) < ping->asked_at)
        session_break(account,
                      g_error_new_literal(G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer to a ping"));
}

static void
ask(JdAccount *account, struct ping *ping)
{
    if (ping->asked)
        return;
    struct stanza *request = stanza_new_iq(STR("get"), (struct jid){ 0 });
    element_add(&request->arena, request->root, NS_PING, STR("ping"));
    ping->asked = TRUE;
    ping->asked_at = g_get_monotonic_time();
    iq_request(account, request, ponged_cb, ping);
}

static gboolean
look_cb(gpointer data)
{
    JdAccount *account = JD_ACCOUNT(data);
    gint64 silence = g_get_monotonic_time() - connection_last_heard(account->connection);
    if (silence > account_patience(account) * G_USEC_PER_SEC)
        ask(account, feature_state(account, &feature_ping));
    return G_SOURCE_CONTINUE;
}

/* Another network: the old connection is often dead without knowing it. */
static void
network_changed_cb(GNetworkMonitor *monitor, gboolean available, gpointer data)
{
    JdAccount *account = JD_ACCOUNT(data);
    (void)monitor, (void)available;
    ask(account, feature_state(account, &feature_ping));
}

static void
stop(struct ping *ping)
{
    g_clear_handle_id(&ping->timer, g_source_remove);
    if (ping->network_changed)
        g_signal_handler_disconnect(g_network_monitor_get_default(), ping->network_changed);
    *ping = (struct ping){ 0 };
}

static void
bound(JdAccount *account, gpointer state)
{
    struct ping *ping = state;
    stop(ping);
    ping->timer = g_timeout_add(account_patience(account) * 1000 / LOOKS, look_cb, account);
    ping->network_changed = g_signal_connect(g_network_monitor_get_default(), "network-changed",
                                             G_CALLBACK(network_changed_cb), account);
}

static void
lost(JdAccount *account, gpointer state)
{
    (void)account;
    stop(state);
}

static gpointer
make(JdAccount *account)
{
    (void)account;
    return g_new0(struct ping, 1);
}

static void
ping_free(gpointer state)
{
    stop(state);
    g_free(state);
}

static struct stanza *
answer(JdAccount *account, const struct stanza *request, const char **ret_condition)
{
    (void)account, (void)ret_condition;
    return stanza_result(request);
}

static const char *const disco[] = { "urn:xmpp:ping", NULL };

static const struct feature_request requests[] = {
    { STR_INIT("urn:xmpp:ping"), STR_INIT("ping"), TYPE_GET, answer },
    { .answer = NULL },
};

const struct feature feature_ping = {
    .name = "ping",
    .disco = disco,
    .requests = requests,
    .make = make,
    .free = ping_free,
    .bound = bound,
    .lost = lost,
};
