/* pubsub_config_private.h - the table of options, shared by pubsub_config*.c.
 * Owns: constants. Threads: as pubsub_config.h. Errors: E_FORMAT for a value that is none.
 * Spec: XEP-0060 16.4.4. Tests: tests/unit/server/test_pubsub_config.c */
#pragma once

#include "base/error.h"
#include "server/pubsub/pubsub_config.h"

enum pubsub_option_type {
    OPTION_BOOL,
    OPTION_CHOICE, /* an index of `choices` */
    OPTION_NUMBER, /* from 1, or "max" */
    OPTION_TEXT,
    OPTION_TEXTS, /* the groups */
    OPTION_FIXED, /* only one value is possible; no member */
};

struct pubsub_choice {
    const char *value, *label;
};

struct pubsub_option {
    const char *name; /* in the store; NULL = not there */
    const char *var;  /* in forms */
    const char *label;
    enum pubsub_option_type type;
    size_t offset;
    const struct pubsub_choice *choices; /* ended by a NULL value */
    const char *only;
    bool is_public; /* told to everybody who may read the node */
};

extern const struct pubsub_option pubsub_options[];
extern const size_t pubsub_option_count;

#define PUBSUB_NUMBER_BYTES 16

uint32_t *pubsub_option_number(const struct pubsub_option *option, struct pubsub_config *config);
bool *pubsub_option_bool(const struct pubsub_option *option, struct pubsub_config *config);
struct str *pubsub_option_text(const struct pubsub_option *option, struct pubsub_config *config);

/* Texts become views of `value`; OPTION_TEXTS is appended to `config->groups`, which has room for
 * PUBSUB_GROUPS_MAX then. */
MUST_CHECK int pubsub_option_set(const struct pubsub_option *option,
                                 struct pubsub_config *config,
                                 struct str value);

/* The value with that index; numbers are written into `scratch`. */
struct str pubsub_option_get(const struct pubsub_option *option,
                             const struct pubsub_config *config,
                             size_t index,
                             char scratch[PUBSUB_NUMBER_BYTES]);
size_t pubsub_option_values(const struct pubsub_option *option, const struct pubsub_config *config);

/* Moves the texts of `config`, views so far, into memory of its own. */
void pubsub_config_own_texts(struct pubsub_config *config);
