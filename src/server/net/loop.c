/* loop.c - epoll, level-triggered: what is not read in one turn shows up again in the next. */
#include "server/net/loop.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    EVENTS_PER_TURN = 256,
    WAIT_MAX_MS = 60 * 1000
};

struct loop {
    int epoll_fd;
    bool stopping;
    int64_t now_us;
    struct timers timers;
    struct list tasks, late_tasks;
    struct list residents;
    size_t resident_count;
    struct epoll_event events[EVENTS_PER_TURN];
    int event_count;  /* of the turn */
    char *scratch_in; /* taken with the first use */
    char *scratch_clear;
};

struct loop *
loop_new(void)
{
    struct loop *loop;
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

    if (epoll_fd < 0)
        return NULL;
    loop = memory_new(1, sizeof(*loop));
    loop->epoll_fd = epoll_fd;
    loop->now_us = clock_monotonic_us();
    timers_init(&loop->timers);
    list_init(&loop->tasks);
    list_init(&loop->late_tasks);
    list_init(&loop->residents);
    return loop;
}

void
loop_free(struct loop *loop)
{
    if (!loop)
        return;
    while (!list_is_empty(&loop->residents)) {
        struct loop_resident *resident =
            CONTAINER_OF(loop->residents.next, struct loop_resident, _link);

        resident->evict(resident);
    }
    timers_fini(&loop->timers);
    close(loop->epoll_fd);
    free(loop->scratch_in);
    free(loop->scratch_clear);
    free(loop);
}

static int
wait_ms(const struct loop *loop)
{
    int64_t next_us;

    if (!list_is_empty(&loop->tasks) || !list_is_empty(&loop->late_tasks))
        return 0;
    next_us = timers_next_us(&loop->timers, clock_monotonic_us());
    if (next_us < 0 || next_us > (int64_t)WAIT_MAX_MS * 1000)
        return WAIT_MAX_MS;
    /* Rounded up: waking a little early would only spin until the timer is due. */
    return (int)((next_us + 999) / 1000);
}

/* Calls whoever is ready. One that is removed meanwhile is NULL by then. */
static void
handle_events(struct loop *loop)
{
    for (int i = 0; i < loop->event_count; i++) {
        struct watch *watch = loop->events[i].data.ptr;

        if (watch)
            watch->ready(watch, loop->events[i].events);
    }
    loop->event_count = 0;
}

static struct turn_task *
take_task(struct loop *loop)
{
    struct list *from = list_is_empty(&loop->tasks) ? &loop->late_tasks : &loop->tasks;
    struct turn_task *task;

    if (list_is_empty(from))
        return NULL;
    task = CONTAINER_OF(from->next, struct turn_task, _link);
    list_remove(&task->_link);
    return task;
}

static void
run_tasks(struct loop *loop)
{
    struct turn_task *task;

    while ((task = take_task(loop)))
        task->run(task); /* may free it */
}

void
loop_run(struct loop *loop)
{
    loop->stopping = false;
    while (!loop->stopping) {
        int count = epoll_wait(loop->epoll_fd, loop->events, EVENTS_PER_TURN, wait_ms(loop));

        assert(count >= 0 || errno == EINTR);
        loop->event_count = count > 0 ? count : 0;
        loop->now_us = clock_monotonic_us();
        handle_events(loop);
        timers_run(&loop->timers, loop->now_us);
        run_tasks(loop);
    }
}

void
loop_stop(struct loop *loop)
{
    loop->stopping = true;
}

int
loop_add(struct loop *loop, struct watch *watch, uint32_t epoll_events)
{
    struct epoll_event event = { .events = epoll_events, .data.ptr = watch };

    assert(watch->ready && !watch->_added);
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0)
        return E_IO;
    watch->_events = epoll_events;
    watch->_added = true;
    return 0;
}

void
loop_modify(struct loop *loop, struct watch *watch, uint32_t epoll_events)
{
    struct epoll_event event = { .events = epoll_events, .data.ptr = watch };
    int r;

    assert(watch->_added);
    if (watch->_events == epoll_events)
        return;
    r = epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
    assert(r == 0);
    watch->_events = epoll_events;
}

void
loop_remove(struct loop *loop, struct watch *watch)
{
    int r;

    if (!watch->_added)
        return;
    r = epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    assert(r == 0);
    watch->_added = false;
    for (int i = 0; i < loop->event_count; i++) {
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
    }
}

void
loop_enter(struct loop *loop, struct loop_resident *resident)
{
    assert(resident->evict);
    list_append(&loop->residents, &resident->_link);
    loop->resident_count++;
}

void
loop_leave(struct loop *loop, struct loop_resident *resident)
{
    assert(loop->resident_count > 0);
    list_remove(&resident->_link);
    loop->resident_count--;
}

size_t
loop_resident_count(const struct loop *loop)
{
    return loop->resident_count;
}

char *
loop_scratch_in(struct loop *loop)
{
    if (!loop->scratch_in)
        loop->scratch_in = memory_resize(NULL, LOOP_SCRATCH_BYTES, 1);
    return loop->scratch_in;
}

char *
loop_scratch_clear(struct loop *loop)
{
    if (!loop->scratch_clear)
        loop->scratch_clear = memory_resize(NULL, LOOP_SCRATCH_BYTES, 1);
    return loop->scratch_clear;
}

int64_t
loop_now_us(const struct loop *loop)
{
    return loop->now_us;
}

void
loop_timer_set(struct loop *loop, struct timer *timer, int64_t delay_us)
{
    timers_set(&loop->timers, timer, loop->now_us + delay_us);
}

void
loop_timer_clear(struct loop *loop, struct timer *timer)
{
    timers_clear(&loop->timers, timer);
}

void
turn_task_init(struct turn_task *task, void (*run)(struct turn_task *task))
{
    *task = (struct turn_task){ .run = run };
    list_init(&task->_link);
}

void
loop_at_turn_end(struct loop *loop, struct turn_task *task)
{
    if (list_is_empty(&task->_link))
        list_append(task->late ? &loop->late_tasks : &loop->tasks, &task->_link);
}

void
loop_turn_task_cancel(struct turn_task *task)
{
    list_remove(&task->_link);
}
