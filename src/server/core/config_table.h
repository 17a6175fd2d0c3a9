/* config_table.h - every key of the configuration file. Private to config*.c.
 * Owns: constants. Threads: any. Errors: none. Spec: none.
 * Tests: tests/unit/server/test_config.c
 *
 * This is the only place where a key is named: the table parses, checks, documents and prints. */
#pragma once

#include "base/arena.h"
#include "server/core/config.h"

enum config_type {
    CONFIG_TEXT,
    CONFIG_BOOL,   /* yes, true, on; no, false, off */
    CONFIG_NUMBER, /* with unit "bytes" also 256k and 4M */
    CONFIG_ONE_OF, /* an enum */
};

struct config_row {
    const char *key;
    enum config_type type;
    size_t offset; /* of the member of struct config */
    size_t size;   /* its bytes */
    const char *default_value;
    const char *unit;         /* of a number; NULL = a plain one */
    int64_t min, max;         /* of a number */
    const char *const *words; /* of CONFIG_ONE_OF: by value, NULL at the end */

    /* Of a text: NULL, or a question that is answered with what is wrong, NULL = nothing. */
    const char *(*fault)(struct str value);
    bool reloadable;
    const char *section; /* this row begins it in the sample */
    const char *help;    /* lines of at most 90 bytes */
};

extern const struct config_row CONFIG_TABLE[];
extern const size_t CONFIG_TABLE_LEN;

/* The bound of CONFIG_TABLE_LEN, for arrays beside it. */
#define CONFIG_TABLE_MAX 64

/* Reads "256k"; E_FORMAT, E_LIMIT. */
MUST_CHECK int config_parse_number(const struct config_row *row, struct str text, int64_t *ret);
