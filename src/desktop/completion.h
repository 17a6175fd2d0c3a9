/* completion.h - Tab after the first letters of a nickname: the nickname; Tab again: the next one.
 * Owns: what was typed. Threads: any. Errors: none. Spec: none. Tests:
 * tests/desktop/test_completion.c */
#pragma once

#include <gio/gio.h>

/* All zero is the start. */
struct completion {
    char *typed;   /* the line up to the cursor, before the first Tab */
    guint matched; /* how many matches have been shown */
};

void completion_reset(struct completion *completion);

/* The line up to the cursor with the next nickname of `members` (GListModel<JdMember>) in it; NULL
 * when nothing fits. At the start of a line a comma follows it. */
char *completion_next(struct completion *completion, const char *line, GListModel *members);
