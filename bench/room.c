/* room.c - everybody is in one room, some of them talk, and everybody has to hear everything,
 * the speakers themselves too (XEP-0045 7.4). In the closed loop a speaker goes on when it has
 * heard itself. */
#include "scenario.h"

#include "xmpp/ns.h"

#define MAKER_CONFIG_ID STR("load-config")

static unsigned
senders(const struct options *options)
{
    return options->senders < options->sessions ? options->senders : options->sessions;
}

/* ---- joining ---- */

static void
join(struct crowd *crowd, struct user *user)
{
    struct buffer *text = &crowd->scratch;

    buffer_clear(text);
    buffer_printf(text,
                  "<presence to='%s@rooms.%s/n%u'><x xmlns='%s'><history maxstanzas='0'/></x>"
                  "</presence>",
                  crowd->options->room, crowd->options->domain, user->number, NS_MUC.data);
    user_write(user, buffer_str(text));
}

/* The first one may have to make the room. */
static void
prepare(struct crowd *crowd)
{
    join(crowd, &crowd->users[0]);
}

static void
join_all_others(struct crowd *crowd)
{
    for (unsigned i = 1; i < crowd->options->sessions; i++)
        join(crowd, &crowd->users[i]);
}

/* XEP-0045 10.1.2: a room as it is, without a form. */
static void
unlock(struct crowd *crowd, struct user *user)
{
    struct buffer *text = &crowd->scratch;

    buffer_clear(text);
    buffer_printf(text,
                  "<iq type='set' id='%s' to='%s@rooms.%s'><query xmlns='%s'>"
                  "<x xmlns='%s' type='submit'/></query></iq>",
                  MAKER_CONFIG_ID.data, crowd->options->room, crowd->options->domain,
                  NS_MUC_OWNER.data, NS_DATA_FORM.data);
    user_write(user, buffer_str(text));
}

static bool
has_status(const struct stanza *presence, const char *code)
{
    const struct element *x = stanza_child(presence, NS_MUC_USER, STR("x"));
    const struct element *status = element_child(x, NS_MUC_USER, STR("status"));

    for (; status; status = element_next_named(status, NS_MUC_USER, STR("status"))) {
        if (str_is(element_get(status, STR("code")), code))
            return true;
    }
    return false;
}

static void
has_joined(struct crowd *crowd, struct user *user)
{
    if (user->has_joined)
        return;
    user->has_joined = true;
    crowd->joined++;
    if (crowd->joined == crowd->options->sessions)
        crowd_begin(crowd);
    else if (user->number == 0)
        join_all_others(crowd);
}

static void
take_presence(struct crowd *crowd, struct user *user, const struct stanza *presence)
{
    if (presence->type == TYPE_ERROR)
        crowd_fail(crowd, "the room lets not everybody in");
    else if (has_status(presence, "201"))
        unlock(crowd, user);
    else if (presence->type == TYPE_NONE && has_status(presence, "110"))
        has_joined(crowd, user);
}

/* ---- talking ---- */

static void
send_message(struct crowd *crowd, struct user *sender, int64_t sent_us)
{
    struct buffer *text = &crowd->scratch;

    buffer_clear(text);
    buffer_printf(text, "<message to='%s@rooms.%s' type='groupchat' id='%u'><body>",
                  crowd->options->room, crowd->options->domain, sender->sent);
    crowd_write_probe(crowd, sender, sent_us, crowd->options->sessions);
    buffer_append(text, STR("</body></message>"));
    user_write(sender, buffer_str(text));
}

static void
take_message(struct crowd *crowd, struct user *user, const struct stanza *message)
{
    const struct element *body = stanza_child(message, NS_CLIENT, STR("body"));
    struct arena scratch;
    struct probe probe;

    if (!body)
        return;
    arena_init(&scratch, STANZA_ARENA_DEFAULT);
    if (crowd_take_probe(crowd, user, element_text(&scratch, body), &probe) &&
        probe.sender == user->number)
        crowd_send_again(crowd, user);
    arena_fini(&scratch);
}

static void
received(struct crowd *crowd, struct user *user, const struct stanza *stanza)
{
    if (stanza->kind == STANZA_MESSAGE)
        take_message(crowd, user, stanza);
    else if (stanza->kind == STANZA_PRESENCE)
        take_presence(crowd, user, stanza);
    else if (stanza->kind == STANZA_IQ && str_equal(stanza->id, MAKER_CONFIG_ID))
        has_joined(crowd, user);
}

const struct scenario room_scenario = {
    .name = "room",
    .help = "everybody in --room, --senders of them talk, every delivery is checked",
    .prepare = prepare,
    .senders = senders,
    .channels = senders,
    .send = send_message,
    .received = received,
};
