/* store.c - the queues in front of the database and the threads behind them: one that writes, a few
 * that read. No SQL here.
 *
 * The lock guards the queues only and is never held while the database works. */
#include "server/store/store.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/thread.h"
#include "server/store/backend.h"
#include "server/store/data_dir_lock.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    /* A batch ends at whichever comes first; also when no call is waiting. */
    BATCH_MAX = 2048,
    BATCH_MAX_US = 10 * 1000,
    BATCH_MAX_RELAXED_US = 100 * 1000,

    CALL_ARENA_MAX = 64 * 1024 * 1024,

    COMPLAIN_EVERY_US = 1000 * 1000,

    /* Housekeeping: a slice now and then while there is other work, slice after slice when not. */
    TIDY_EVERY_US = 100 * 1000,
    TIDY_SLICE_US = 5 * 1000
};

struct store_queue {
    struct store_call *first;
    struct store_call **last; /* where the next call is hung */
    size_t count;
    pthread_cond_t changed; /* a call was queued, or stopping was set */
};

struct store_thread {
    struct store *store;
    struct store_connection *connection;
    pthread_t thread;
    bool started;
};

struct store {
    struct log log;
    struct store_options options;
    const struct store_backend *backend;
    int lock_fd;

    pthread_mutex_t lock; /* the queues and `stopping` */
    struct store_queue reads, writes;
    bool stopping;

    struct store_thread writer;
    size_t lost;           /* writes since the last complaint */
    int64_t complained_us; /* monotonic */
    int64_t tidied_us;     /* monotonic */
    bool is_tidy;          /* nothing has been written since */

    struct store_thread *readers; /* options.readers of them */

    unsigned char archive_secret[ARCHIVE_SECRET_BYTES];
    atomic_int_least64_t archive_last_key; /* given out; any thread */
};

#define TIDY_IDLE_US (INT64_C(600) * 1000 * 1000)

#define STORE_MODE(NAME, name, mode) [STORE_##NAME] = STORE_##mode,
static const enum store_mode modes[STORE_OPERATION_COUNT] = { STORE_OPERATIONS(STORE_MODE) };
#undef STORE_MODE

/* ---- queues ---- */

static void
queue_init(struct store_queue *queue)
{
    pthread_condattr_t attributes;

    queue->last = &queue->first;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void
queue_push(struct store_queue *queue, struct store_call *call)
{
    call->_next = NULL;
    *queue->last = call;
    queue->last = &call->_next;
    queue->count++;
}

static struct store_call *
queue_pop(struct store_queue *queue)
{
    struct store_call *call = queue->first;

    if (!call)
        return NULL;
    queue->first = call->_next;
    if (!queue->first)
        queue->last = &queue->first;
    queue->count--;
    return call;
}

/* The next call, or NULL if there is none now. */
static struct store_call *
take_waiting(struct store *store, struct store_queue *queue)
{
    struct store_call *call;

    pthread_mutex_lock(&store->lock);
    call = queue_pop(queue);
    pthread_mutex_unlock(&store->lock);
    return call;
}

/* Waits for the next call, until the monotonic time `until_us` at most (0: no matter how long).
 * NULL when there is none, also when the store is closing. */
static struct store_call *
take_next(struct store *store, struct store_queue *queue, int64_t until_us)
{
    struct timespec until = { until_us / 1000000, until_us % 1000000 * 1000 };
    struct store_call *call;
    int r = 0;

    pthread_mutex_lock(&store->lock);
    while (!queue->first && !store->stopping && r == 0) {
        if (until_us > 0)
            r = pthread_cond_timedwait(&queue->changed, &store->lock, &until);
        else
            r = pthread_cond_wait(&queue->changed, &store->lock);
    }
    call = queue_pop(queue);
    pthread_mutex_unlock(&store->lock);
    return call;
}

/* ---- calls ---- */

static void
open_answer(struct letter *letter, void *worker)
{
    struct store_call *call = CONTAINER_OF(letter, struct store_call, letter);

    call->done(call, worker);
}

void *
store_call_new(size_t size,
               enum store_operation operation,
               struct mailbox *reply_to,
               void (*done)(struct store_call *call, void *worker),
               void *owner)
{
    struct store_call *call = memory_new(1, size);

    assert(size >= sizeof(*call) && operation < STORE_OPERATION_COUNT && reply_to && done);
    call->letter.open = open_answer;
    call->operation = operation;
    call->reply_to = reply_to;
    call->done = done;
    call->owner = owner;
    arena_init(&call->arena, CALL_ARENA_MAX);
    return call;
}

void
store_call_free(struct store_call *call)
{
    if (!call)
        return;
    arena_fini(&call->arena);
    free(call);
}

struct str
store_keep(struct store_call *call, struct str text)
{
    return arena_dup(&call->arena, text);
}

static void
answer(struct store_call *call)
{
    /* From here on the call is the receiver's. */
    mailbox_post(call->reply_to, &call->letter);
}

void
store_submit(struct store *store, struct store_call *call)
{
    struct store_queue *queue;
    bool full = arena_is_full(&call->arena);

    queue = modes[call->operation] == STORE_READS ? &store->reads : &store->writes;
    pthread_mutex_lock(&store->lock);
    assert(!store->stopping);
    full = full || store->reads.count + store->writes.count >= store->options.queue_max;
    if (!full) {
        queue_push(queue, call);
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&store->lock);
    if (full) {
        call->status = E_FULL;
        answer(call);
    }
}

/* ---- the reading threads ---- */

static int
run_read(struct store_thread *reader, struct store_call *call)
{
    const struct store_backend *backend = reader->store->backend;
    int r = backend->begin(reader->connection);

    if (r < 0)
        return r;
    r = backend->operations[call->operation](reader->connection, call);
    backend->rollback(reader->connection);
    return r;
}

static void *
run_reader(void *context)
{
    struct store_thread *reader = context;
    struct store_call *call;

    while ((call = take_next(reader->store, &reader->store->reads, 0))) {
        call->status = run_read(reader, call);
        answer(call);
    }
    return NULL;
}

/* ---- the writing thread ---- */

/* One write of the batch. Negative if the transaction is lost. */
static int
run_write(struct store_thread *writer, struct store_call *call)
{
    const struct store_backend *backend = writer->store->backend;
    int r = backend->mark(writer->connection);

    if (r < 0)
        return r;
    call->status = backend->operations[call->operation](writer->connection, call);
    if (call->status < 0)
        r = backend->undo(writer->connection);
    return r < 0 ? r : backend->keep(writer->connection);
}

/* Runs `call` and what waits behind it in one transaction, up to the batch's bounds. All of them
 * are put into `done`. Negative if nothing of it has happened. */
static int
run_batch(struct store_thread *writer, struct store_call *call, struct store_queue *done)
{
    struct store *store = writer->store;
    const struct store_backend *backend = store->backend;
    int64_t deadline_us = clock_monotonic_us();
    int r = backend->begin(writer->connection);

    deadline_us += store->options.relaxed ? BATCH_MAX_RELAXED_US : BATCH_MAX_US;
    queue_push(done, call);
    while (r == 0) {
        r = run_write(writer, call);
        if (r < 0 || done->count == BATCH_MAX || clock_monotonic_us() >= deadline_us)
            break;
        call = take_waiting(store, &store->writes);
        if (!call)
            break;
        queue_push(done, call);
    }
    if (r == 0)
        r = backend->commit(writer->connection);
    if (r < 0)
        backend->rollback(writer->connection);
    return r;
}

/* Their callers are told one by one; the log hears of it once a second. */
static void
complain(struct store *store, size_t lost)
{
    int64_t now_us = clock_monotonic_us();

    store->lost += lost;
    if (store->complained_us != 0 && now_us - store->complained_us < COMPLAIN_EVERY_US)
        return;
    log_error(&store->log, "store-failed", "%zu writes were not stored", store->lost);
    store->lost = 0;
    store->complained_us = now_us;
}

static void
write_batch(struct store_thread *writer, struct store_call *call)
{
    struct store_queue done = { .last = &done.first };
    int r = run_batch(writer, call, &done);

    if (r < 0)
        complain(writer->store, done.count);
    while ((call = queue_pop(&done))) {
        if (r < 0)
            call->status = E_STORE;
        answer(call);
    }
    writer->store->is_tidy = false;
}

/* One slice of housekeeping. What fails is tried again with the next write. */
static void
tidy(struct store_thread *writer)
{
    struct store *store = writer->store;
    const struct store_backend *backend = store->backend;
    int r = backend->begin(writer->connection);

    if (r == 0)
        r = backend->tidy(writer->connection, TIDY_SLICE_US);
    store->is_tidy = r <= 0;
    if (r >= 0)
        r = backend->commit(writer->connection);
    if (r < 0)
        backend->rollback(writer->connection);
    store->tidied_us = clock_monotonic_us();
}

static bool
is_closing(struct store *store)
{
    bool stopping;

    pthread_mutex_lock(&store->lock);
    stopping = store->stopping && !store->writes.first;
    pthread_mutex_unlock(&store->lock);
    return stopping;
}

/* When the writer stops waiting for calls: soon while there is something to tidy up. Old messages
 * have to go even when nobody writes. */
static int64_t
next_tidy_us(const struct store *store)
{
    return store->tidied_us + (store->is_tidy ? TIDY_IDLE_US : TIDY_EVERY_US);
}

static void *
run_writer(void *context)
{
    struct store_thread *writer = context;
    struct store *store = writer->store;

    while (!is_closing(store)) {
        struct store_call *call = take_next(store, &store->writes, next_tidy_us(store));

        if (call)
            write_batch(writer, call);
        if (clock_monotonic_us() >= next_tidy_us(store) && !is_closing(store))
            tidy(writer);
    }
    return NULL;
}

/* ---- open and close ---- */

/* Before anything runs on the writing connection. */
static int
read_archive_state(struct store *store, struct store_connection *connection)
{
    int64_t last_key = 0;
    int r = store->backend->archive_state(connection, store->archive_secret, &last_key);

    atomic_init(&store->archive_last_key, last_key);
    return r;
}

static int
start_thread(struct store *store,
             struct store_thread *thread,
             const char *name,
             enum store_mode mode)
{
    int r = 0;

    thread->store = store;
    thread->connection = store->backend->connect(&store->options, mode);
    if (!thread->connection)
        return E_STORE;
    if (mode == STORE_WRITES)
        r = read_archive_state(store, thread->connection);
    if (r < 0)
        return r;
    r = thread_start(&thread->thread, name, mode == STORE_WRITES ? run_writer : run_reader, thread);
    if (r < 0)
        log_error(&store->log, "store-failed", "no thread could be started");
    else
        thread->started = true;
    return r;
}

static void
stop_thread(struct store_thread *thread)
{
    if (thread->started)
        pthread_join(thread->thread, NULL);
    if (thread->connection)
        thread->store->backend->disconnect(thread->connection);
}

static int
start(struct store *store)
{
    int r = data_dir_lock(&store->log, store->options.data_dir, &store->lock_fd);

    if (r == 0)
        r = start_thread(store, &store->writer, "store writer", STORE_WRITES);
    for (unsigned i = 0; i < store->options.readers && r == 0; i++)
        r = start_thread(store, &store->readers[i], "store reader", STORE_READS);
    return r;
}

struct store *
store_open(const struct store_options *options)
{
    struct store *store = memory_new(1, sizeof(*store));

    assert(options->readers > 0 && options->queue_max > 0);
    store->log = (struct log){ .parent = options->log, .name = "store" };
    store->options = *options;
    store->options.log = &store->log;
    store->backend = &sqlite_backend;
    store->lock_fd = -1;
    store->readers = memory_new(options->readers, sizeof(*store->readers));
    pthread_mutex_init(&store->lock, NULL);
    queue_init(&store->reads);
    queue_init(&store->writes);
    if (start(store) < 0) {
        store_close(store);
        return NULL;
    }
    return store;
}

void
store_close(struct store *store)
{
    if (!store)
        return;
    pthread_mutex_lock(&store->lock);
    store->stopping = true;
    pthread_cond_broadcast(&store->reads.changed);
    pthread_cond_broadcast(&store->writes.changed);
    pthread_mutex_unlock(&store->lock);
    for (unsigned i = 0; i < store->options.readers; i++)
        stop_thread(&store->readers[i]);
    /* The last connection of all tidies the database up. */
    stop_thread(&store->writer);
    if (store->lock_fd >= 0)
        data_dir_unlock(store->lock_fd);
    pthread_cond_destroy(&store->reads.changed);
    pthread_cond_destroy(&store->writes.changed);
    pthread_mutex_destroy(&store->lock);
    free(store->readers);
    free(store);
}

/* ---- archives ---- */

int64_t
store_archive_key(struct store *store, int64_t wall_us)
{
    int64_t last = atomic_load_explicit(&store->archive_last_key, memory_order_relaxed);
    int64_t key;

    do
        key = wall_us > last ? wall_us : last + 1;
    while (!atomic_compare_exchange_weak_explicit(&store->archive_last_key, &last, key,
                                                  memory_order_relaxed, memory_order_relaxed));
    return key;
}

void
store_archive_id(const struct store *store, int64_t key, char ret[ARCHIVE_ID_BYTES])
{
    archive_id_make(store->archive_secret, key, ret);
}

int
store_archive_key_of(const struct store *store, struct str id, int64_t *ret_key)
{
    return archive_id_read(store->archive_secret, id, ret_key);
}
