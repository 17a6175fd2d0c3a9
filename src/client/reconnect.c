#include "client/reconnect.h"

#define DELAY_MAX    60 /* seconds */
#define DOUBLING_MAX 6  /* 2^6 is past DELAY_MAX */

struct reconnect {
    const struct reconnect_callbacks *callbacks;
    gpointer data;
    guint attempt;
    guint seconds_left;
    guint second_ms;
    guint timer;
    GNetworkMonitor *monitor;
    gulong network_changed;
};

static void
fire(struct reconnect *reconnect)
{
    reconnect_stop(reconnect);
    reconnect->callbacks->fire(reconnect->data);
}

static void
network_changed_cb(GNetworkMonitor *monitor, gboolean available, gpointer data)
{
    struct reconnect *reconnect = data;
    (void)monitor;
    if (available && reconnect->timer != 0)
        fire(reconnect);
}

struct reconnect *
reconnect_new(const struct reconnect_callbacks *callbacks, gpointer data)
{
    struct reconnect *reconnect = g_new0(struct reconnect, 1);
    reconnect->callbacks = callbacks;
    reconnect->data = data;
    reconnect->second_ms = 1000;
    reconnect->monitor = g_object_ref(g_network_monitor_get_default());
    reconnect->network_changed = g_signal_connect(reconnect->monitor, "network-changed",
                                                  G_CALLBACK(network_changed_cb), reconnect);
    return reconnect;
}

void
reconnect_free(struct reconnect *reconnect)
{
    if (reconnect == NULL)
        return;
    reconnect_stop(reconnect);
    g_signal_handler_disconnect(reconnect->monitor, reconnect->network_changed);
    g_object_unref(reconnect->monitor);
    g_free(reconnect);
}

guint
reconnect_delay(guint attempt, double jitter)
{
    g_assert(jitter >= 0.0 && jitter < 1.0);
    guint base = attempt < DOUBLING_MAX ? 1U << attempt : DELAY_MAX;
    /* From three quarters of the time up to all of it, in whole seconds. */
    guint spread = base / 4;
    return base - (guint)(jitter * (spread + 1));
}

static gboolean
tick_cb(gpointer data)
{
    struct reconnect *reconnect = data;
    reconnect->seconds_left--;
    if (reconnect->seconds_left > 0) {
        reconnect->callbacks->tick(reconnect->seconds_left, reconnect->data);
        return G_SOURCE_CONTINUE;
    }
    fire(reconnect);
    return G_SOURCE_REMOVE;
}

void
reconnect_start(struct reconnect *reconnect)
{
    reconnect_stop(reconnect);
    reconnect->seconds_left = reconnect_delay(reconnect->attempt, g_random_double());
    if (reconnect->attempt < DOUBLING_MAX)
        reconnect->attempt++;
    reconnect->timer = g_timeout_add(reconnect->second_ms, tick_cb, reconnect);
    reconnect->callbacks->tick(reconnect->seconds_left, reconnect->data);
}

void
reconnect_stop(struct reconnect *reconnect)
{
    g_clear_handle_id(&reconnect->timer, g_source_remove);
}

gboolean
reconnect_now(struct reconnect *reconnect)
{
    if (reconnect->timer == 0)
        return FALSE;
    fire(reconnect);
    return TRUE;
}

void
reconnect_reset(struct reconnect *reconnect)
{
    reconnect_stop(reconnect);
    reconnect->attempt = 0;
}

void
reconnect_set_second_ms(struct reconnect *reconnect, guint milliseconds)
{
    g_assert(milliseconds > 0);
    reconnect->second_ms = milliseconds;
}
