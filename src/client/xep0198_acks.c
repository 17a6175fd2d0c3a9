#include "client/xep0198_acks.h"
#include "client/feature.h"
#include "client/iq.h"
#include "xmpp/ns.h"

struct acks {
    gboolean enabling, enabled;
    gboolean asked; /* an answer to <r/> is due */
    guint32 sent;   /* stanzas, since <enable/> */
    guint32 taken;  /* stanzas, since <enabled/> */
    GQueue followed;
};

struct followed {
    JdMessage *message;
    guint32 number; /* of the stanza that carried it */
};

static void
followed_free(gpointer data)
{
    struct followed *followed = data;
    g_object_unref(followed->message);
    g_free(followed);
}

static gpointer
make(JdAccount *account)
{
    (void)account;
    return g_new0(struct acks, 1);
}

static void
reset(struct acks *acks)
{
    g_queue_clear_full(&acks->followed, followed_free);
    *acks = (struct acks){ .followed = G_QUEUE_INIT };
}

static void
acks_free(gpointer state)
{
    reset(state);
    g_free(state);
}

static struct acks *
acks_of(JdAccount *account)
{
    return feature_state(account, &feature_acks);
}

static void
send_nonza(JdAccount *account, struct str name, const guint32 *h)
{
    struct stanza *nonza = stanza_new(NS_SM, name);
    if (h) {
        g_autofree char *number = g_strdup_printf("%" G_GUINT32_FORMAT, *h);
        element_set(&nonza->arena, nonza->root, STR("h"), str_from(number));
    }
    account_send(account, nonza);
}

static void
bound(JdAccount *account, gpointer state)
{
    struct acks *acks = state;
    const struct element *features = connection_features(account->connection);
    reset(acks);
    if (element_child(features, NS_SM, STR("sm")) == NULL)
        return;
    send_nonza(account, STR("enable"), NULL);
    acks->enabling = TRUE;
}

static void
lost(JdAccount *account, gpointer state)
{
    (void)account;
    reset(state);
}

static void
sent(JdAccount *account, gpointer state, const struct stanza *stanza)
{
    struct acks *acks = state;
    (void)account;
    if (stanza->kind != STANZA_OTHER && (acks->enabling || acks->enabled))
        acks->sent++;
}

/* ---- what is acknowledged ---- */

/* Numbers wrap around at 2^32 (XEP-0198 4), so only their distance means something. */
static void
acknowledge(struct acks *acks, guint32 handled)
{
    while (!g_queue_is_empty(&acks->followed)) {
        struct followed *oldest = g_queue_peek_head(&acks->followed);
        if ((gint32)(handled - oldest->number) < 0)
            return;
        (void)g_queue_pop_head(&acks->followed);
        if (jd_message_get_state(oldest->message) == JD_MESSAGE_PENDING)
            message_set_state(oldest->message, JD_MESSAGE_SENT, NULL);
        followed_free(oldest);
    }
}

static void
ponged_cb(JdAccount *account, const struct stanza *answer, gpointer data)
{
    if (answer)
        acknowledge(acks_of(account), GPOINTER_TO_UINT(data));
}

static void
ask_with_ping(JdAccount *account, struct acks *acks)
{
    struct stanza *ping = stanza_new_iq(STR("get"), (struct jid){ 0 });
    element_add(&ping->arena, ping->root, NS_PING, STR("ping"));
    iq_request(account, ping, ponged_cb, GUINT_TO_POINTER(acks->sent));
}

static void
ask(JdAccount *account, struct acks *acks)
{
    if (!acks->enabling && !acks->enabled) {
        ask_with_ping(account, acks);
    } else if (acks->enabled && !acks->asked) {
        acks->asked = TRUE;
        send_nonza(account, STR("r"), NULL);
    }
}

void
acks_follow(JdAccount *account, JdMessage *message)
{
    struct acks *acks = acks_of(account);
    struct followed *followed = g_new0(struct followed, 1);
    if (!acks->enabling && !acks->enabled)
        acks->sent++; /* nobody else counts then */
    followed->message = g_object_ref(message);
    followed->number = acks->sent;
    g_queue_push_tail(&acks->followed, followed);
    ask(account, acks);
}

gboolean
acks_is_following(JdAccount *account, JdMessage *message)
{
    for (GList *at = acks_of(account)->followed.head; at; at = at->next) {
        const struct followed *followed = at->data;
        if (followed->message == message)
            return TRUE;
    }
    return FALSE;
}

static void
take_answer(JdAccount *account, struct acks *acks, const struct stanza *a)
{
    int64_t handled = 0;
    if (str_to_int64(element_get(a->root, STR("h")), 0, UINT32_MAX, &handled) < 0)
        return;
    acks->asked = FALSE;
    /* More than was ever sent is no acknowledgement of anything. */
    if ((gint32)(acks->sent - (guint32)handled) < 0)
        return;
    acknowledge(acks, (guint32)handled);
    if (!g_queue_is_empty(&acks->followed))
        ask(account, acks);
}

static void
take_enabled(JdAccount *account, struct acks *acks)
{
    if (!acks->enabling)
        return;
    acks->enabling = FALSE;
    acks->enabled = TRUE;
    acks->taken = 0;
    if (!g_queue_is_empty(&acks->followed))
        ask(account, acks);
}

static void
take_failed(JdAccount *account, struct acks *acks)
{
    acks->enabling = acks->enabled = FALSE;
    if (!g_queue_is_empty(&acks->followed))
        ask_with_ping(account, acks);
}

static void
take_nonza(JdAccount *account, struct acks *acks, const struct stanza *nonza)
{
    struct str name = nonza->root->name;
    if (str_is(name, "r") && acks->enabled)
        send_nonza(account, STR("a"), &acks->taken);
    else if (str_is(name, "a") && acks->enabled)
        take_answer(account, acks, nonza);
    else if (str_is(name, "enabled"))
        take_enabled(account, acks);
    else if (str_is(name, "failed"))
        take_failed(account, acks);
}

bool
acks_take(JdAccount *account, const struct stanza *stanza)
{
    struct acks *acks = acks_of(account);
    if (stanza->kind != STANZA_OTHER) {
        acks->taken++;
        return false;
    }
    if (str_equal(stanza->root->ns, NS_SM))
        take_nonza(account, acks, stanza);
    return true;
}

const struct feature feature_acks = {
    .name = "acks",
    .make = make,
    .free = acks_free,
    .bound = bound,
    .lost = lost,
    .sent = sent,
};
