/* xep0202_time.c - says what time it is here.
 * Spec: XEP-0202 3, XEP-0082 3.2. Tests: tests/unit/client/test_router.c */
#include "client/feature.h"
#include "xmpp/ns.h"

static char *
offset_of(GDateTime *now)
{
    GTimeSpan minutes = g_date_time_get_utc_offset(now) / G_TIME_SPAN_MINUTE;
    GTimeSpan size = ABS(minutes);
    return g_strdup_printf("%c%02d:%02d", minutes < 0 ? '-' : '+', (int)(size / 60),
                           (int)(size % 60));
}

static struct stanza *
answer(JdAccount *account, const struct stanza *request, const char **ret_condition)
{
    (void)account, (void)ret_condition;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autoptr(GDateTime) utc = g_date_time_to_utc(now);
    g_autofree char *tzo = offset_of(now);
    g_autofree char *text = g_date_time_format(utc, "%Y-%m-%dT%H:%M:%SZ");
    struct stanza *reply = stanza_result(request);
    struct arena *arena = &reply->arena;
    struct element *time = element_add(arena, reply->root, NS_TIME, STR("time"));
    element_add_with_text(arena, time, NS_TIME, STR("tzo"), str_from(tzo));
    element_add_with_text(arena, time, NS_TIME, STR("utc"), str_from(text));
    return reply;
}

static const char *const disco[] = { "urn:xmpp:time", NULL };

static const struct feature_request requests[] = {
    { STR_INIT("urn:xmpp:time"), STR_INIT("time"), TYPE_GET, answer },
    { .answer = NULL },
};

const struct feature feature_time = {
    .name = "time",
    .disco = disco,
    .requests = requests,
};
