/* options.c - the command line. */
#include "options.h"

#include "base/str.h"
#include "scenario.h"

#include <getopt.h>
#include <stdio.h>

enum {
    EXIT_GOOD = 0,
    EXIT_USAGE = 2
};

#define NUMBER_MAX 10000000

static const char usage[] =
    "usage: load [OPTION]... [SCENARIO]\n"
    "\n"
    "Signs many sessions in to an XMPP server, lets them talk for a while, and checks that "
    "nothing\n"
    "is lost, doubled or out of order. Prints figures, one a line; exits 1 when anything was "
    "wrong.\n"
    "\n"
    "  --host ADDRESS      numeric (127.0.0.1)\n"
    "  --port PORT         (5222, or 5223 for direct TLS)\n"
    "  --domain NAME       (localhost)\n"
    "  --tls HOW           none, starttls or direct (starttls)\n"
    "  --mechanism NAME    of SASL, as PLAIN or SCRAM-SHA-1; best = the best offered (best);\n"
    "                      ANONYMOUS needs no accounts\n"
    "  --prefix TEXT       of the account names: \"load\" makes load0, load1 ... (load)\n"
    "  --password TEXT     everybody's (load)\n"
    "  --print-accounts    lines for jackdawctl user import, and nothing else\n"
    "\n"
    "  --sessions N        (100)\n"
    "  --accounts N        that the sessions share (as many as sessions)\n"
    "  --at-once N         sign-ins under way at a time (50)\n"
    "  --seconds N         of talking; 0 = until the server ends it (10)\n"
    "  --in-flight N       messages each sender has under way (1)\n"
    "  --rate N            messages a second of all together, however the server keeps up\n"
    "                      (0 = a sender waits for its messages to arrive: --in-flight)\n"
    "  --body-bytes N      (100)\n"
    "  --room NAME         (load)\n"
    "  --senders N         in the room (10)\n"
    "  --help              print this\n"
    "\n"
    "Scenarios:\n";

enum option_key {
    HOST,
    PORT,
    DOMAIN,
    TLS,
    MECHANISM,
    PREFIX,
    PASSWORD,
    PRINT_ACCOUNTS,
    SESSIONS,
    ACCOUNTS,
    AT_ONCE,
    SECONDS,
    IN_FLIGHT,
    RATE,
    BODY_BYTES,
    ROOM,
    SENDERS,
    HELP
};

static const struct option table[] = {
    { "host", required_argument, NULL, HOST },
    { "port", required_argument, NULL, PORT },
    { "domain", required_argument, NULL, DOMAIN },
    { "tls", required_argument, NULL, TLS },
    { "mechanism", required_argument, NULL, MECHANISM },
    { "prefix", required_argument, NULL, PREFIX },
    { "password", required_argument, NULL, PASSWORD },
    { "print-accounts", no_argument, NULL, PRINT_ACCOUNTS },
    { "sessions", required_argument, NULL, SESSIONS },
    { "accounts", required_argument, NULL, ACCOUNTS },
    { "at-once", required_argument, NULL, AT_ONCE },
    { "seconds", required_argument, NULL, SECONDS },
    { "in-flight", required_argument, NULL, IN_FLIGHT },
    { "rate", required_argument, NULL, RATE },
    { "body-bytes", required_argument, NULL, BODY_BYTES },
    { "room", required_argument, NULL, ROOM },
    { "senders", required_argument, NULL, SENDERS },
    { "help", no_argument, NULL, HELP },
    { NULL, 0, NULL, 0 },
};

static void
print_usage(FILE *out)
{
    (void)fputs(usage, out);
    for (const struct scenario *const *entry = scenarios; *entry; entry++)
        (void)fprintf(out, "  %-18s  %s\n", (*entry)->name, (*entry)->help);
}

static bool
read_number(const char *text, int64_t min, int64_t max, unsigned *ret)
{
    int64_t value;

    if (str_to_int64(str_from(text), min, max, &value) < 0)
        return false;
    *ret = (unsigned)value;
    return true;
}

static bool
read_tls(const char *text, enum load_tls *ret)
{
    static const char *const names[] = {
        [LOAD_TLS_NONE] = "none",
        [LOAD_TLS_STARTTLS] = "starttls",
        [LOAD_TLS_DIRECT] = "direct",
    };

    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(names[i], text) != 0)
            continue;
        *ret = (enum load_tls)i;
        return true;
    }
    return false;
}

static bool
read_mechanism(const char *text, struct options *ret)
{
    enum sasl_mechanism mechanism;

    ret->mechanisms = 0;
    if (strcmp(text, "best") == 0)
        return true;
    if (!sasl_mechanism_find(str_from(text), &mechanism))
        return false;
    ret->mechanisms = SASL_BIT(mechanism);
    ret->guests = mechanism == SASL_ANONYMOUS;
    return true;
}

/* Options whose value is a number; NULL for others. */
static unsigned *
number_of(enum option_key key, struct options *options)
{
    switch ((int)key) {
    case SESSIONS:
        return &options->sessions;
    case ACCOUNTS:
        return &options->accounts;
    case AT_ONCE:
        return &options->at_once;
    case SECONDS:
        return &options->seconds;
    case IN_FLIGHT:
        return &options->in_flight;
    case RATE:
        return &options->rate;
    case BODY_BYTES:
        return &options->body_bytes;
    case SENDERS:
        return &options->senders;
    default:
        return NULL;
    }
}

static const char **
text_of(enum option_key key, struct options *options)
{
    switch ((int)key) {
    case HOST:
        return &options->host;
    case DOMAIN:
        return &options->domain;
    case PREFIX:
        return &options->prefix;
    case PASSWORD:
        return &options->password;
    case ROOM:
        return &options->room;
    default:
        return NULL;
    }
}

static bool
take(enum option_key key, const char *value, struct options *ret)
{
    unsigned *number = number_of(key, ret);
    const char **text = text_of(key, ret);
    unsigned port;

    if (number)
        return read_number(value, key == SECONDS || key == RATE ? 0 : 1, NUMBER_MAX, number);
    if (text) {
        *text = value;
        return true;
    }
    if (key == TLS)
        return read_tls(value, &ret->tls);
    if (key == MECHANISM)
        return read_mechanism(value, ret);
    if (key == PORT && read_number(value, 1, UINT16_MAX, &port)) {
        ret->port = (uint16_t)port;
        return true;
    }
    ret->prints_accounts |= key == PRINT_ACCOUNTS;
    return key == PRINT_ACCOUNTS;
}

/* What does not fit together; NULL when all does. */
static const char *
find_fault(const struct options *options)
{
    if (options->scenario == &pairs_scenario && options->sessions % 2 != 0)
        return "pairs take an even number of sessions";
    if (options->seconds == 0 && options->scenario != &idle_scenario)
        return "only idle may go on for ever";
    return NULL;
}

static int
wrong_usage(const char *fault, const char *detail)
{
    (void)fprintf(stderr, "load: %s%s; see --help\n", fault, detail);
    return EXIT_USAGE;
}

int
options_read(int argc, char **argv, struct options *ret)
{
    int key, index = 0;

    *ret = (struct options){
        .scenario = &pairs_scenario,
        .host = "127.0.0.1",
        .domain = "localhost",
        .tls = LOAD_TLS_STARTTLS,
        .prefix = "load",
        .password = "load",
        .sessions = 100,
        .at_once = 50,
        .seconds = 10,
        .in_flight = 1,
        .body_bytes = 100,
        .senders = 10,
        .room = "load",
    };
    while ((key = getopt_long(argc, argv, "", table, &index)) != -1) {
        if (key == HELP) {
            print_usage(stdout);
            return EXIT_GOOD;
        }
        if (key == '?')
            return EXIT_USAGE;
        if (!take((enum option_key)key, optarg, ret))
            return wrong_usage("no good value for --", table[index].name);
    }
    if (optind < argc)
        ret->scenario = scenario_find(argv[optind++]);
    if (!ret->scenario || optind < argc)
        return wrong_usage("no such scenario", "");
    if (ret->accounts == 0)
        ret->accounts = ret->sessions;
    if (ret->port == 0)
        ret->port = ret->tls == LOAD_TLS_DIRECT ? 5223 : 5222;
    return find_fault(ret) ? wrong_usage(find_fault(ret), "") : -1;
}
