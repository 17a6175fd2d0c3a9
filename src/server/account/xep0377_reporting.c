/* xep0377_reporting.c - see xep0377_reporting.h. */
#include "server/account/xep0377_reporting.h"

#include "server/account/account_feature.h"
#include "server/core/config.h"
#include "server/core/router.h"
#include "xmpp/ns.h"

#define NS_REPORTING STR("urn:xmpp:reporting:1")
#define NS_BLOCKING  STR("urn:xmpp:blocking")
#define HOUR_US      INT64_C(3600000000)

enum {
    TOLD_MAX = 20,  /* reports that one user can send to the administrators in an hour */
    TEXT_MAX = 1000 /* bytes of a user's own words */
};

static bool
may_tell(struct account *account)
{
    int64_t now_us = loop_now_us(account_worker(account)->loop);

    if (now_us - account->reports.since_us > HOUR_US)
        account->reports = (struct account_reports){ .since_us = now_us };
    return account->reports.told++ < TOLD_MAX;
}

/* "spam" of "urn:xmpp:reporting:spam"; another reason as it is. */
static struct str
reason_of(const struct element *report)
{
    struct str reason = element_get(report, STR("reason"));
    struct str prefix = STR("urn:xmpp:reporting:");

    return str_starts_with(reason, prefix) ? str_slice(reason, prefix.len, reason.len) : reason;
}

static void
tell_administrators(const struct account *account, struct str text)
{
    const struct server *server = account_server(account);
    struct str rest = str_from(server->config->admins);
    struct str admin;

    while (str_split(&rest, ',', &admin)) {
        struct stanza *message = stanza_new_message(STR_EMPTY, (struct jid){ 0 });
        struct jid from, to;

        if (jid_parse(&message->arena, str_trim(admin), &to) < 0 ||
            jid_parse(&message->arena, server->domain, &from) < 0) {
            stanza_unref(message);
            continue;
        }
        stanza_set_from(message, from);
        stanza_set_to(message, to);
        element_add_with_text(&message->arena, message->root, NS_CLIENT, STR("body"), text);
        router_route(account_worker(account), message);
    }
}

static void
take_report(struct account *account, struct str jid, const struct element *report)
{
    struct arena arena;
    struct str words, line;

    arena_init(&arena, STANZA_ARENA_DEFAULT);
    words = element_child_text(&arena, report, NS_REPORTING, STR("text"));
    words = str_trim(words);
    while (words.len > TEXT_MAX || !str_is_utf8(words)) /* cut between characters */
        words.len = words.len > TEXT_MAX ? TEXT_MAX : words.len - 1;
    line = arena_printf(&arena, "%.*s reports %.*s: %.*s%s%.*s", STR_ARG(account->entity.jid.bare),
                        STR_ARG(jid), STR_ARG(reason_of(report)), words.len > 0 ? ": " : "",
                        STR_ARG(words));
    log_notice(&account_worker(account)->log, "reported", "%.*s", STR_ARG(line));
    if (may_tell(account))
        tell_administrators(account, line);
    arena_fini(&arena);
}

void
reporting_take(struct account *account, const struct stanza *request)
{
    const struct element *item = element_child(stanza_payload(request), NS_BLOCKING, STR("item"));

    for (; item; item = element_next_named(item, NS_BLOCKING, STR("item"))) {
        const struct element *report = element_child(item, NS_REPORTING, STR("report"));

        if (reason_of(report).len > 0)
            take_report(account, element_get(item, STR("jid")), report);
    }
}

static const char *const disco[] = { "urn:xmpp:reporting:1", NULL };

const struct account_feature account_xep0377_reporting = {
    .feature = { .name = "xep0377_reporting", .disco = disco },
};
