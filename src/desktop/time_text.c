#include "desktop/time_text.h"

#include <glib/gi18n.h>

#define MINUTE_US ((gint64)60 * G_USEC_PER_SEC)
#define HOUR_US   (60 * MINUTE_US)

static GDateTime *
local(gint64 time)
{
    g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_local(time / G_USEC_PER_SEC);
    return seconds ? g_steal_pointer(&seconds) : g_date_time_new_from_unix_local(0);
}

static GDateTime *
midnight(GDateTime *moment)
{
    return g_date_time_new_local(g_date_time_get_year(moment), g_date_time_get_month(moment),
                                 g_date_time_get_day_of_month(moment), 0, 0, 0);
}

/* 0 = the same day, 1 = the day before; negative when `then` is a day to come. */
static int
days_between(GDateTime *then, GDateTime *now)
{
    g_autoptr(GDateTime) from = midnight(then);
    g_autoptr(GDateTime) to = midnight(now);
    /* A day may have 23 or 25 hours. */
    return (int)((g_date_time_difference(to, from) + 12 * HOUR_US) / (24 * HOUR_US));
}

static char *
format(gint64 time, const char *pattern)
{
    g_autoptr(GDateTime) moment = local(time);
    return g_date_time_format(moment, pattern);
}

char *
time_text_clock(gint64 time)
{
    return format(time, "%H:%M");
}

char *
time_text_relative(gint64 time, gint64 now)
{
    g_autoptr(GDateTime) then = local(time);
    g_autoptr(GDateTime) today = local(now);
    int days = days_between(then, today);

    if (now - time < MINUTE_US)
        return g_strdup(_("now"));
    if (now - time < HOUR_US)
        return g_strdup_printf(_("%d min"), (int)((now - time) / MINUTE_US));
    if (days <= 0)
        return g_date_time_format(then, "%H:%M");
    if (days == 1)
        return g_strdup(_("Yesterday"));
    return g_date_time_format(then, days < 7 ? "%a" : "%-d %b");
}

char *
time_text_day(gint64 time, gint64 now)
{
    g_autoptr(GDateTime) then = local(time);
    g_autoptr(GDateTime) today = local(now);
    int days = days_between(then, today);

    if (days == 0)
        return g_strdup(_("Today"));
    if (days == 1)
        return g_strdup(_("Yesterday"));
    gboolean this_year = g_date_time_get_year(then) == g_date_time_get_year(today);
    return g_date_time_format(then, this_year ? "%A %-d %B" : "%A %-d %B %Y");
}

char *
time_text_full(gint64 time)
{
    return format(time, "%A %-d %B %Y, %H:%M:%S");
}

void
time_text_day_bounds(gint64 time, gint64 *ret_start, gint64 *ret_end)
{
    g_autoptr(GDateTime) moment = local(time);
    g_autoptr(GDateTime) start = midnight(moment);
    g_autoptr(GDateTime) end = g_date_time_add_days(start, 1);
    *ret_start = g_date_time_to_unix(start) * G_USEC_PER_SEC;
    *ret_end = g_date_time_to_unix(end) * G_USEC_PER_SEC;
}
