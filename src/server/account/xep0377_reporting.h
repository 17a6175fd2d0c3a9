/* xep0377_reporting.h - what a user says about those whom he blocks, on its way to the operator.
 * Owns: nothing. Threads: the account's home worker. Time: monotonic. Errors: none: a report never
 * stands in the way of a block. Spec: XEP-0377. Tests: tests/interop/test_blocking.py */
#pragma once

#include "server/account/account.h"

/* Tells the log, and the administrators, of the reports in a block request that has been stored. */
void reporting_take(struct account *account, const struct stanza *request);
