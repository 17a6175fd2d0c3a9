/* crowd.c - see crowd.h. */
#include "crowd.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "scenario.h"

#include <stdlib.h>

#define SECOND_US      INT64_C(1000000)
#define SIGN_IN_MAX_US (120 * SECOND_US)
#define DRAIN_MAX_US   (15 * SECOND_US)
#define GOODBYE_MAX_US (10 * SECOND_US)
#define PACE_EVERY_US  INT64_C(1000)
#define SCRATCH_MAX    ((size_t)1024 * 1024)
#define COMPLAINTS_MAX 5

static void enter_phase(struct crowd *crowd, enum crowd_phase phase);

static void
complain(struct crowd *crowd, const struct user *user, const char *what)
{
    if (crowd->figures.failures + crowd->figures.errors <= COMPLAINTS_MAX)
        (void)fprintf(stderr, "load: session %u: %s\n", user->number, what);
}

/* ---- sign-in ---- */

static void
start_more(struct crowd *crowd)
{
    const struct options *options = crowd->options;

    while (crowd->phase == CROWD_SIGNS_IN && crowd->started < options->sessions &&
           crowd->started - crowd->figures.signed_in - crowd->ended < options->at_once)
        user_start(&crowd->users[crowd->started++]);
}

static void
bound(struct user *user)
{
    struct crowd *crowd = user->owner;
    int64_t now_us = clock_monotonic_us();

    latency_add(&crowd->figures.sign_ins, now_us - user->started_us);
    crowd->figures.sign_in_us = now_us - crowd->started_us;
    crowd->figures.signed_in++;
    user_write(user, STR("<presence/>"));
    if (crowd->figures.signed_in == crowd->options->sessions)
        enter_phase(crowd, CROWD_PREPARES);
    else
        start_more(crowd);
}

/* ---- messages ---- */

void
crowd_write_probe(struct crowd *crowd, struct user *sender, int64_t sent_us, unsigned copies)
{
    const struct probe probe = {
        .run = crowd->run,
        .sender = sender->number,
        .sequence = sender->sent++,
        .sent_us = sent_us,
    };

    probe_write(&crowd->scratch, &probe, crowd->options->body_bytes);
    crowd->figures.sent++;
    crowd->figures.expected += copies;
}

bool
crowd_take_probe(struct crowd *crowd, struct user *user, struct str body, struct probe *ret)
{
    struct figures *figures = &crowd->figures;
    unsigned channels = crowd->options->scenario->channels(crowd->options);
    enum channel_verdict verdict;

    if (!probe_read(body, ret) || ret->run != crowd->run) {
        figures->foreign++;
        return false;
    }
    verdict = channel_take(&user->channels[ret->sender % channels], ret->sequence);
    if (verdict == CHANNEL_DOUBLE) {
        figures->doubled++;
        return false;
    }
    figures->disordered += verdict == CHANNEL_LATE;
    figures->arrived++;
    latency_add(&figures->deliveries, clock_monotonic_us() - ret->sent_us);
    if (crowd->phase == CROWD_DRAINS && figures->arrived == figures->expected)
        enter_phase(crowd, CROWD_LEAVES);
    return true;
}

void
crowd_send_again(struct crowd *crowd, struct user *user)
{
    if (crowd->phase == CROWD_RUNS && crowd->options->rate == 0)
        crowd->options->scenario->send(crowd, user, clock_monotonic_us());
}

static void
received(struct user *user, const struct stanza *stanza)
{
    struct crowd *crowd = user->owner;

    if (stanza->kind == STANZA_MESSAGE && stanza->type == TYPE_ERROR) {
        crowd->figures.errors++;
        complain(crowd, user, "an error came back");
    } else if (crowd->options->scenario->received) {
        crowd->options->scenario->received(crowd, user, stanza);
    }
}

/* Open loop: each message has its moment, and says that moment as when it was sent, so that a
 * server that falls behind cannot hide it. */
static void
pace(struct timer *timer)
{
    struct crowd *crowd = CONTAINER_OF(timer, struct crowd, pace_timer);
    const struct options *options = crowd->options;
    int64_t elapsed_us = clock_monotonic_us() - crowd->began_us;
    uint64_t due = (uint64_t)(elapsed_us * (int64_t)options->rate / SECOND_US);

    if (crowd->phase != CROWD_RUNS)
        return;
    for (; crowd->paced < due; crowd->paced++) {
        int64_t moment_us = (int64_t)crowd->paced * SECOND_US / options->rate;
        struct user *sender = &crowd->users[crowd->paced % crowd->senders];

        options->scenario->send(crowd, sender, crowd->began_us + moment_us);
    }
    loop_timer_set(crowd->loop, timer, PACE_EVERY_US);
}

static void
start_sending(struct crowd *crowd)
{
    const struct options *options = crowd->options;

    if (crowd->senders == 0)
        return;
    if (options->rate > 0) {
        pace(&crowd->pace_timer);
        return;
    }
    for (unsigned i = 0; i < options->in_flight * crowd->senders; i++)
        options->scenario->send(crowd, &crowd->users[i % crowd->senders], clock_monotonic_us());
}

/* ---- phases ---- */

static void
prepare(struct crowd *crowd)
{
    if (crowd->options->scenario->prepare)
        crowd->options->scenario->prepare(crowd);
    else
        crowd_begin(crowd);
}

static void
run(struct crowd *crowd)
{
    crowd->began_us = clock_monotonic_us();
    (void)printf("ready\n");
    (void)fflush(stdout);
    start_sending(crowd);
}

static void
drain(struct crowd *crowd)
{
    crowd->figures.run_us = clock_monotonic_us() - crowd->began_us;
    if (crowd->figures.arrived >= crowd->figures.expected)
        enter_phase(crowd, CROWD_LEAVES);
}

static void
leave(struct crowd *crowd)
{
    for (unsigned i = 0; i < crowd->started; i++)
        user_close(&crowd->users[i]);
    if (crowd->ended == crowd->started)
        loop_stop(crowd->loop);
}

static int64_t
phase_length_us(const struct crowd *crowd)
{
    switch (crowd->phase) {
    case CROWD_SIGNS_IN:
    case CROWD_PREPARES:
        return SIGN_IN_MAX_US;
    case CROWD_RUNS:
        return crowd->options->seconds * SECOND_US;
    case CROWD_DRAINS:
        return DRAIN_MAX_US;
    case CROWD_LEAVES:
        return GOODBYE_MAX_US;
    }
    abort();
}

static void
enter_phase(struct crowd *crowd, enum crowd_phase phase)
{
    static void (*const starts[])(struct crowd * crowd) = {
        [CROWD_SIGNS_IN] = start_more, [CROWD_PREPARES] = prepare, [CROWD_RUNS] = run,
        [CROWD_DRAINS] = drain,        [CROWD_LEAVES] = leave,
    };
    int64_t length_us;

    crowd->phase = phase;
    length_us = phase_length_us(crowd);
    if (length_us > 0)
        loop_timer_set(crowd->loop, &crowd->phase_timer, length_us);
    else
        loop_timer_clear(crowd->loop, &crowd->phase_timer);
    starts[phase](crowd);
}

void
crowd_begin(struct crowd *crowd)
{
    if (crowd->phase == CROWD_PREPARES)
        enter_phase(crowd, CROWD_RUNS);
}

void
crowd_fail(struct crowd *crowd, const char *why)
{
    (void)fprintf(stderr, "load: %s\n", why);
    crowd->figures.failures++;
    if (crowd->phase != CROWD_LEAVES)
        enter_phase(crowd, CROWD_LEAVES);
}

static void
phase_is_over(struct timer *timer)
{
    struct crowd *crowd = CONTAINER_OF(timer, struct crowd, phase_timer);

    switch (crowd->phase) {
    case CROWD_SIGNS_IN:
        crowd_fail(crowd, "not everybody could sign in in time");
        break;
    case CROWD_PREPARES:
        crowd_fail(crowd, "the preparations took too long");
        break;
    case CROWD_RUNS:
        enter_phase(crowd, CROWD_DRAINS);
        break;
    case CROWD_DRAINS:
        enter_phase(crowd, CROWD_LEAVES);
        break;
    case CROWD_LEAVES:
        crowd->figures.failures += crowd->started - crowd->ended;
        loop_stop(crowd->loop);
        break;
    }
}

static void
ended(struct user *user, enum user_end end, const char *why)
{
    struct crowd *crowd = user->owner;

    crowd->ended++;
    if (end == USER_SHUT_DOWN)
        crowd->figures.shut_down++;
    /* In a run without messages, to be sent away is what was waited for. */
    if (end == USER_FAILED || (end == USER_SHUT_DOWN && crowd->senders > 0)) {
        crowd->figures.failures++;
        complain(crowd, user, why);
    }
    if (crowd->phase == CROWD_LEAVES && crowd->ended == crowd->started)
        loop_stop(crowd->loop);
    else if (crowd->phase < CROWD_RUNS && end != USER_LEFT)
        enter_phase(crowd, CROWD_LEAVES);
    else if (crowd->phase != CROWD_LEAVES && crowd->ended == crowd->started)
        loop_stop(crowd->loop);
}

/* ---- start and stop ---- */

static const struct user_handler handler = {
    .bound = bound,
    .received = received,
    .ended = ended,
};

static void
make_users(struct crowd *crowd)
{
    const struct options *options = crowd->options;
    const struct user_common common = {
        .options = options,
        .loop = crowd->loop,
        .tls_context = crowd->tls_context,
        .keys = &crowd->keys,
        .handler = &handler,
        .owner = crowd,
    };
    unsigned channels = options->scenario->channels ? options->scenario->channels(options) : 0;

    crowd->users = memory_new(options->sessions, sizeof(*crowd->users));
    for (unsigned i = 0; i < options->sessions; i++) {
        user_init(&crowd->users[i], &common, i);
        crowd->users[i].channels = memory_new(channels, sizeof(struct channel));
    }
}

static void
free_users(struct crowd *crowd)
{
    for (unsigned i = 0; i < crowd->options->sessions; i++)
        user_fini(&crowd->users[i]);
    free(crowd->users);
}

int
crowd_run(struct crowd *crowd, const struct options *options)
{
    *crowd = (struct crowd){
        .options = options,
        .loop = loop_new(),
        .tls_context = client_tls_context(),
        .senders = options->scenario->senders ? options->scenario->senders(options) : 0,
        .started_us = clock_monotonic_us(),
        .phase_timer = { .expired = phase_is_over },
        .pace_timer = { .expired = pace },
    };
    if (!crowd->loop || !crowd->tls_context) {
        loop_free(crowd->loop);
        SSL_CTX_free(crowd->tls_context);
        return E_IO;
    }
    random_bytes(&crowd->run, sizeof(crowd->run));
    buffer_init(&crowd->scratch, SCRATCH_MAX);
    key_cache_init(&crowd->keys);
    make_users(crowd);
    enter_phase(crowd, CROWD_SIGNS_IN);
    loop_run(crowd->loop);
    free_users(crowd);
    key_cache_fini(&crowd->keys);
    buffer_fini(&crowd->scratch);
    loop_free(crowd->loop);
    SSL_CTX_free(crowd->tls_context);
    return 0;
}
