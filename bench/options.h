/* options.h - what the load driver was asked to do.
 * Owns: nothing; texts are views of argv. Threads: read by all. Errors: told on standard error.
 * Tests: the fault suite */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct scenario;

enum load_tls {
    LOAD_TLS_NONE,
    LOAD_TLS_STARTTLS,
    LOAD_TLS_DIRECT
};

struct options {
    const struct scenario *scenario;
    const char *host; /* numeric */
    uint16_t port;
    const char *domain;
    enum load_tls tls;
    unsigned mechanisms; /* SASL_BITs; 0 = the best that is offered */
    bool guests;
    const char *prefix; /* of account names: "load" makes load0, load1 ... */
    const char *password;
    unsigned sessions;
    unsigned accounts; /* which the sessions share */
    unsigned at_once;  /* sign-ins under way at a time */
    unsigned seconds;  /* 0 = until the server ends it */
    unsigned in_flight;
    unsigned rate; /* messages/s of all together; 0 = closed loop */
    unsigned body_bytes;
    unsigned senders; /* in a room */
    const char *room;
    bool prints_accounts;
};

/* -1: go on; else the program's exit code, everything having been said. */
int options_read(int argc, char **argv, struct options *ret);
