#include "client/catch_up.h"

#include <string.h>

#define ATTEMPTS_MAX 2 /* of a query that fails for a passing reason */

/* A gap, in one archive or in one conversation of it. */
struct work {
    char *archive, *with, *before;
    gint64 era;
    gboolean account;
    guint pages_left; /* in the background */
    guint looks;      /* pages somebody waits for */
    guint looked_at;  /* when somebody last looked; greater is later */
    guint query;      /* in flight; 0 = none */
    guint attempts;
    gboolean restarted;
};

struct catch_up {
    GPtrArray *work; /* in the order told */
    guint last_query;
    guint last_look;
    guint in_flight;
    gboolean connected;
};

static void
work_free(gpointer data)
{
    struct work *work = data;
    g_free(work->archive);
    g_free(work->with);
    g_free(work->before);
    g_free(work);
}

struct catch_up *
catch_up_new(void)
{
    struct catch_up *catch_up = g_new0(struct catch_up, 1);
    catch_up->work = g_ptr_array_new_with_free_func(work_free);
    return catch_up;
}

void
catch_up_free(struct catch_up *catch_up)
{
    if (catch_up == NULL)
        return;
    g_ptr_array_unref(catch_up->work);
    g_free(catch_up);
}

/* ---- the stream ---- */

void
catch_up_lost(struct catch_up *catch_up)
{
    catch_up->connected = FALSE;
}

void
catch_up_connected(struct catch_up *catch_up, gboolean resumed)
{
    catch_up->connected = TRUE;
    if (resumed)
        return;
    g_ptr_array_set_size(catch_up->work, 0);
    catch_up->in_flight = 0;
}

/* ---- gaps ---- */

static struct work *
find(struct catch_up *catch_up, const char *archive, const char *with, gint64 era)
{
    for (guint i = 0; i < catch_up->work->len; i++) {
        struct work *work = catch_up->work->pdata[i];
        if (work->era == era && strcmp(work->archive, archive) == 0 &&
            g_strcmp0(work->with, with) == 0)
            return work;
    }
    return NULL;
}

static struct work *
find_or_make(struct catch_up *catch_up,
             const char *archive,
             const char *with,
             gint64 era,
             const char *before)
{
    struct work *work = find(catch_up, archive, with, era);
    if (work)
        return work;
    work = g_new0(struct work, 1);
    work->archive = g_strdup(archive);
    work->with = g_strdup(with);
    work->before = g_strdup(before);
    work->era = era;
    g_ptr_array_add(catch_up->work, work);
    return work;
}

void
catch_up_add(struct catch_up *catch_up,
             const char *archive,
             gboolean account,
             gint64 era,
             const char *before)
{
    struct work *work = find_or_make(catch_up, archive, NULL, era, before);
    work->account = account;
    work->pages_left = era == 1 ? CATCH_UP_PAGES_BEGINNING : CATCH_UP_PAGES_MISSED;
}

void
catch_up_look(struct catch_up *catch_up,
              const char *archive,
              const char *with,
              gint64 era,
              const char *before)
{
    struct work *work = find_or_make(catch_up, archive, with, era, before);
    /* A view that stays at the gap says so again and again; one page ahead is enough. */
    work->looks = 1;
    work->looked_at = ++catch_up->last_look;
    work->attempts = 0;
}

/* ---- queries ---- */

static gboolean
is_before(const struct work *one, const struct work *other)
{
    if ((one->looks > 0) != (other->looks > 0))
        return one->looks > 0;
    if (one->looks > 0)
        return one->looked_at > other->looked_at;
    if (one->account != other->account)
        return one->account;
    return FALSE; /* as they were told */
}

gboolean
catch_up_next(struct catch_up *catch_up, struct catch_up_query *ret_query)
{
    struct work *best = NULL;
    if (!catch_up->connected || catch_up->in_flight >= CATCH_UP_IN_FLIGHT)
        return FALSE;
    for (guint i = 0; i < catch_up->work->len; i++) {
        struct work *work = catch_up->work->pdata[i];
        gboolean is_ready = work->query == 0 && (work->looks > 0 || work->pages_left > 0);
        if (is_ready && (best == NULL || is_before(work, best)))
            best = work;
    }
    if (best == NULL)
        return FALSE;
    catch_up->in_flight++;
    best->query = ++catch_up->last_query;
    *ret_query = (struct catch_up_query){
        .id = best->query,
        .archive = best->archive,
        .with = best->with,
        .era = best->era,
        .before = best->before,
        .max = CATCH_UP_PAGE,
    };
    return TRUE;
}

/* ---- answers ---- */

static enum catch_up_advice
rest(struct work *work)
{
    work->pages_left = 0;
    work->looks = 0;
    return CATCH_UP_REST;
}

static enum catch_up_advice
take_page(struct work *work, const char *before)
{
    gboolean is_progress = g_strcmp0(work->before, before) != 0;
    g_free(work->before);
    work->before = g_strdup(before);
    work->attempts = 0;
    if (work->looks > 0)
        work->looks--;
    if (work->pages_left > 0)
        work->pages_left--;
    /* An archive that gives the same page for ever is not asked for ever. */
    if (!is_progress)
        return rest(work);
    return work->looks > 0 || work->pages_left > 0 ? CATCH_UP_GO_ON : CATCH_UP_REST;
}

/* XEP-0059 2.2: the item to start from is not there. Its archive may have been made anew: from the
 * newest, once. */
static enum catch_up_advice
start_over(struct work *work)
{
    if (work->restarted || work->before == NULL)
        return rest(work);
    work->restarted = TRUE;
    g_clear_pointer(&work->before, g_free);
    return CATCH_UP_RESTART;
}

static enum catch_up_advice
try_again(struct work *work)
{
    if (++work->attempts < ATTEMPTS_MAX)
        return CATCH_UP_GO_ON;
    return rest(work);
}

static void
drop(struct catch_up *catch_up, struct work *work)
{
    g_ptr_array_remove(catch_up->work, work);
}

static enum catch_up_advice
take_answer(struct catch_up *catch_up,
            struct work *work,
            enum catch_up_outcome outcome,
            const char *before)
{
    switch (outcome) {
    case CATCH_UP_MORE:
        return take_page(work, before);
    case CATCH_UP_NOT_FOUND:
        return start_over(work);
    case CATCH_UP_FAILED:
        return try_again(work);
    case CATCH_UP_CLOSED:
        drop(catch_up, work);
        return CATCH_UP_REST;
    case CATCH_UP_UNSUPPORTED:
        drop(catch_up, work);
        return CATCH_UP_GIVE_UP;
    }
    return CATCH_UP_REST;
}

enum catch_up_advice
catch_up_answered(struct catch_up *catch_up,
                  guint id,
                  enum catch_up_outcome outcome,
                  const char *before)
{
    for (guint i = 0; i < catch_up->work->len; i++) {
        struct work *work = catch_up->work->pdata[i];
        if (work->query != id || id == 0)
            continue;
        work->query = 0;
        catch_up->in_flight--;
        return take_answer(catch_up, work, outcome, before);
    }
    return CATCH_UP_REST;
}

gboolean
catch_up_is_looking(struct catch_up *catch_up, const char *archive, const char *with)
{
    for (guint i = 0; i < catch_up->work->len; i++) {
        const struct work *work = catch_up->work->pdata[i];
        if (work->looks > 0 && strcmp(work->archive, archive) == 0 &&
            g_strcmp0(work->with, with) == 0)
            return TRUE;
    }
    return FALSE;
}
