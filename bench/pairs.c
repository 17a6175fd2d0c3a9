/* pairs.c - users 0 and 1 talk to each other, 2 and 3, and so on. In the closed loop each message
 * that arrives is answered with one, so that what is under way in a pair stays the same. */
#include "scenario.h"

#include "xmpp/ns.h"

static unsigned
senders(const struct options *options)
{
    return options->sessions;
}

static unsigned
channels(const struct options *options)
{
    (void)options;
    return 1;
}

static void
send_message(struct crowd *crowd, struct user *sender, int64_t sent_us)
{
    const struct user *receiver = &crowd->users[sender->number ^ 1];
    struct buffer *text = &crowd->scratch;

    buffer_clear(text);
    buffer_printf(text, "<message to='%s' type='chat' id='%u'><body>", receiver->address,
                  sender->sent);
    crowd_write_probe(crowd, sender, sent_us, 1);
    buffer_append(text, STR("</body></message>"));
    user_write(sender, buffer_str(text));
}

static void
received(struct crowd *crowd, struct user *user, const struct stanza *stanza)
{
    const struct element *body = stanza_child(stanza, NS_CLIENT, STR("body"));
    struct arena scratch;
    struct probe probe;

    if (!body)
        return;
    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    if (crowd_take_probe(crowd, user, element_text(&scratch, body), &probe))
        crowd_send_again(crowd, user);
    arena_fini(&scratch);
}

const struct scenario pairs_scenario = {
    .name = "pairs",
    .help = "an even number of sessions; pairs of them exchange messages",
    .senders = senders,
    .channels = channels,
    .send = send_message,
    .received = received,
};
