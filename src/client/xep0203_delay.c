#include "client/xep0203_delay.h"
#include "base/clock.h"
#include "xmpp/ns.h"

static gboolean
may_say_so(const struct element *delay, struct jid keeper)
{
    struct str from = element_get(delay, STR("from"));
    return from.len == 0 || str_equal(from, keeper.bare) || str_equal(from, keeper.domain);
}

gint64
delay_time(const struct stanza *stanza, struct jid keeper)
{
    int64_t time = 0;
    const struct element *delay = stanza_child(stanza, NS_DELAY, STR("delay"));

    if (delay == NULL || !may_say_so(delay, keeper))
        return 0;
    if (clock_parse(element_get(delay, STR("stamp")), &time) < 0 || time <= 0)
        return 0;
    /* Two clocks never agree: a little in the future is now. */
    return MIN(time, g_get_real_time());
}
