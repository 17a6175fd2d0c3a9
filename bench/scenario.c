/* scenario.c - the table of scenarios. */
#include "scenario.h"

const struct scenario *const scenarios[] = {
    &pairs_scenario,
    &room_scenario,
    &idle_scenario,
    NULL,
};

const struct scenario *
scenario_find(const char *name)
{
    for (const struct scenario *const *entry = scenarios; *entry; entry++) {
        if (strcmp((*entry)->name, name) == 0)
            return *entry;
    }
    return NULL;
}
