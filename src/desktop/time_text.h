/* time_text.h - moments in words, as a person would say them.
 * Owns: nothing; results are the caller's. Threads: any. Errors: none. Time: wall microseconds, in
 * the local time zone. Spec: none. Tests: tests/desktop/test_time_text.c */
#pragma once

#include <glib.h>

/* "14:05". */
char *time_text_clock(gint64 time);

/* For a list: "now", "5 min", "14:05" (today), "Yesterday", "Sat" (this week), "21 Nov". */
char *time_text_relative(gint64 time, gint64 now);

/* For a separator: "Today", "Yesterday", "Saturday 21 November", with the year when it is another.
 */
char *time_text_day(gint64 time, gint64 now);

/* "Saturday 21 November 2026, 14:05:09". */
char *time_text_full(gint64 time);

/* The local day that `time` lies in, as wall microseconds from its start to the start of the next.
 */
void time_text_day_bounds(gint64 time, gint64 *ret_start, gint64 *ret_end);
