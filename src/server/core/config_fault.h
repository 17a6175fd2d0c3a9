/* config_fault.h - what can be wrong with the texts of the configuration. Private to config*.c.
 * Owns: nothing. Threads: any. Errors: static text that says what is wrong, NULL = nothing.
 * Spec: RFC 7622 3.2. Tests: tests/unit/server/test_config.c */
#pragma once

#include "base/str.h"

const char *config_fault_of_path(struct str value);      /* may not be empty */
const char *config_fault_of_domain(struct str value);    /* a domainpart */
const char *config_fault_of_listen(struct str value);    /* numeric addresses or * */
const char *config_fault_of_hosts(struct str value);     /* others can reach them; may be empty */
const char *config_fault_of_addresses(struct str value); /* bare JIDs; may be empty */
