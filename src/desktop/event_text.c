#include "desktop/event_text.h"

#include "client/text.h"

#include <glib/gi18n.h>

/* What became of one person over the run. */
enum outcome {
    CAME,
    WENT,
    CAME_AND_WENT,
    CAME_BACK,
    N_OUTCOMES
};

struct person {
    const char *name;
    gboolean first_came;
    gboolean last_came;
};

gboolean
event_text_collapses(JdMessage *message)
{
    JdMessageKind kind = jd_message_get_kind(message);
    return (kind == JD_MESSAGE_JOINED || kind == JD_MESSAGE_LEFT) && jd_message_get_sender(message);
}

static enum outcome
outcome_for(const struct person *person)
{
    if (person->first_came)
        return person->last_came ? CAME : CAME_AND_WENT;
    return person->last_came ? CAME_BACK : WENT;
}

static GArray *
people_in(GPtrArray *messages)
{
    GArray *people = g_array_new(FALSE, FALSE, sizeof(struct person));
    for (guint i = 0; i < messages->len; i++) {
        JdMessage *message = messages->pdata[i];
        gboolean came = jd_message_get_kind(message) == JD_MESSAGE_JOINED;
        const char *name = jd_message_get_sender(message);
        guint at = 0;
        while (at < people->len && g_strcmp0(g_array_index(people, struct person, at).name, name))
            at++;
        if (at == people->len) {
            struct person person = { name, came, came };
            g_array_append_val(people, person);
        }
        g_array_index(people, struct person, at).last_came = came;
    }
    return people;
}

/* "Anna", "Anna and Ben", "Anna, Ben and Carol", "Anna, Ben and 3 others". */
static char *
list_names(GPtrArray *names)
{
    const char *first = names->pdata[0]; /* each set apart */
    if (names->len == 1)
        return g_strdup(first);
    if (names->len == 2)
        return g_strdup_printf(_("%s and %s"), first, (char *)names->pdata[1]);
    if (names->len == 3)
        return g_strdup_printf(_("%s, %s and %s"), first, (char *)names->pdata[1],
                                 (char *)names->pdata[2]);
    return g_strdup_printf(_("%s, %s and %u others"), first, (char *)names->pdata[1],
                             names->len - 2);
}

static char *
tell(GPtrArray *names, enum outcome outcome)
{
    g_autofree char *who = list_names(names);
    switch (outcome) {
    case CAME:
        return g_strdup_printf(_("%s joined"), who);
    case WENT:
        return g_strdup_printf(_("%s left"), who);
    case CAME_AND_WENT:
        return g_strdup_printf(_("%s joined and left"), who);
    case CAME_BACK:
        return g_strdup_printf(_("%s left and came back"), who);
    case N_OUTCOMES:
        break;
    }
    g_assert_not_reached();
}

char *
event_text(GPtrArray *messages)
{
    if (messages->len == 1)
        return g_strdup(jd_message_get_body(messages->pdata[0]));

    g_autoptr(GArray) people = people_in(messages);
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    for (enum outcome outcome = CAME; outcome < N_OUTCOMES; outcome++) {
        g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < people->len; i++) {
            struct person *person = &g_array_index(people, struct person, i);
            if (outcome_for(person) == outcome)
                g_ptr_array_add(names, text_isolate(person->name));
        }
        if (names->len > 0)
            g_ptr_array_add(parts, tell(names, outcome));
    }
    g_ptr_array_add(parts, NULL);
    return g_strjoinv(" · ", (char **)parts->pdata);
}
