/* clock.c - see clock.h. The calendar is computed here: no locale, no time zone, no locks. */
#include "base/clock.h"

#include "base/error.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#define US_PER_SECOND      INT64_C(1000000)
#define SECONDS_PER_DAY    INT64_C(86400)
#define DAYS_PER_400_YEARS INT64_C(146097)

/* 0000-03-01 to 1970-01-01. Years that begin in March put the leap day last. */
#define DAYS_BEFORE_1970 INT64_C(719468)

/* What a four-digit year can say: 0000-01-01 and the end of 9999. */
#define WALL_US_MIN (INT64_C(-62167219200) * US_PER_SECOND)
#define WALL_US_MAX (INT64_C(253402300800) * US_PER_SECOND - 1)

struct date {
    int64_t year;
    int64_t month; /* 1 to 12 */
    int64_t day;   /* 1 to 31 */
};

static int64_t
read_clock(clockid_t clock)
{
    struct timespec now;
    int r = clock_gettime(clock, &now);

    assert(r == 0);
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

int64_t
clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_wall_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

/* Division that rounds down, for times before 1970. */
static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t
days_from_date(struct date date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t month_from_march = (date.month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    int64_t leap_days = year_of_era / 4 - year_of_era / 100;

    return era * DAYS_PER_400_YEARS + year_of_era * 365 + leap_days + day_of_year -
           DAYS_BEFORE_1970;
}

static struct date
date_from_days(int64_t days)
{
    int64_t era = floor_div(days + DAYS_BEFORE_1970, DAYS_PER_400_YEARS);
    int64_t day_of_era = days + DAYS_BEFORE_1970 - era * DAYS_PER_400_YEARS;
    /* Leap days are taken out (every 4 years, not every 100, every 400) before dividing. */
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    struct date date;

    date.month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    date.day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    date.year = year_of_era + era * 400 + (date.month <= 2);
    return date;
}

void
clock_format(int64_t wall_us, char ret[CLOCK_TEXT_BYTES])
{
    char text[96]; /* what the compiler thinks the numbers could need */
    int64_t seconds, second_of_day;
    struct date date;

    if (wall_us < WALL_US_MIN)
        wall_us = WALL_US_MIN;
    if (wall_us > WALL_US_MAX)
        wall_us = WALL_US_MAX;
    seconds = floor_div(wall_us, US_PER_SECOND);
    second_of_day = seconds - floor_div(seconds, SECONDS_PER_DAY) * SECONDS_PER_DAY;
    date = date_from_days(floor_div(seconds, SECONDS_PER_DAY));
    (void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", (int)date.year,
                   (int)date.month, (int)date.day, (int)(second_of_day / 3600),
                   (int)(second_of_day / 60 % 60), (int)(second_of_day % 60),
                   (int)(wall_us - seconds * US_PER_SECOND));
    assert(strlen(text) == CLOCK_TEXT_BYTES - 1);
    memcpy(ret, text, CLOCK_TEXT_BYTES);
}

/* Cuts exactly `digits` decimal digits off the front of *text; the number must be in [min, max]. */
static bool
cut_number(struct str *text, size_t digits, int64_t min, int64_t max, int64_t *ret)
{
    struct str number = str_slice(*text, 0, digits);

    if (number.len != digits || number.data[0] == '-')
        return false;
    *text = str_slice(*text, digits, text->len);
    return str_to_int64(number, min, max, ret) == 0;
}

static bool
cut_char(struct str *text, char c)
{
    if (text->len == 0 || text->data[0] != c)
        return false;
    *text = str_slice(*text, 1, text->len);
    return true;
}

static int64_t
month_days(int64_t year, int64_t month)
{
    static const int64_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && is_leap);
}

/* "CCYY-MM-DD" as days since 1970. */
static bool
cut_date(struct str *text, int64_t *ret_days)
{
    struct date date;

    if (!cut_number(text, 4, 0, 9999, &date.year) || !cut_char(text, '-') ||
        !cut_number(text, 2, 1, 12, &date.month) || !cut_char(text, '-') ||
        !cut_number(text, 2, 1, month_days(date.year, date.month), &date.day))
        return false;
    *ret_days = days_from_date(date);
    return true;
}

/* ".sss", any number of digits, as microseconds; finer ones are dropped. May be missing. */
static bool
cut_fraction(struct str *text, int64_t *ret_us)
{
    int64_t unit_us = US_PER_SECOND / 10;
    int64_t digit;
    size_t digits = 0;

    *ret_us = 0;
    if (!cut_char(text, '.'))
        return true;
    for (; cut_number(text, 1, 0, 9, &digit); digits++, unit_us /= 10) {
        *ret_us += digit * unit_us;
        if (text->len == 0 || text->data[0] < '0' || text->data[0] > '9')
            return true;
    }
    return false;
}

static bool
cut_time(struct str *text, int64_t *ret_us)
{
    int64_t hour, minute, second, fraction_us;

    if (!cut_number(text, 2, 0, 23, &hour) || !cut_char(text, ':') ||
        !cut_number(text, 2, 0, 59, &minute) || !cut_char(text, ':') ||
        !cut_number(text, 2, 0, 59, &second) || !cut_fraction(text, &fraction_us))
        return false;
    *ret_us = (hour * 3600 + minute * 60 + second) * US_PER_SECOND + fraction_us;
    return true;
}

/* "Z" or "+hh:mm" or "-hh:mm", as what local time is ahead of UTC. */
static bool
cut_zone(struct str *text, int64_t *ret_us)
{
    int64_t sign, hours, minutes;

    *ret_us = 0;
    if (cut_char(text, 'Z'))
        return true;
    if (text->len == 0)
        return false;
    sign = text->data[0] == '-' ? -1 : 1;
    if (!cut_char(text, '-') && !cut_char(text, '+'))
        return false;
    if (!cut_number(text, 2, 0, 23, &hours) || !cut_char(text, ':') ||
        !cut_number(text, 2, 0, 59, &minutes))
        return false;
    *ret_us = sign * (hours * 60 + minutes) * 60 * US_PER_SECOND;
    return true;
}

/* XEP-0082 3.2: CCYY-MM-DDThh:mm:ss[.sss]TZD */
int
clock_parse(struct str text, int64_t *ret_wall_us)
{
    int64_t days, time_us, zone_us;

    if (!cut_date(&text, &days) || !cut_char(&text, 'T') || !cut_time(&text, &time_us) ||
        !cut_zone(&text, &zone_us) || text.len > 0)
        return E_FORMAT;
    *ret_wall_us = days * SECONDS_PER_DAY * US_PER_SECOND + time_us - zone_us;
    return 0;
}
