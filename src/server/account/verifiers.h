/* verifiers.h - what is stored instead of a password, made on the hashing threads.
 * Owns: the password until it is hashed; then it is wiped. Threads: asked for and answered on one
 * worker. Time: none. Errors: E_FULL when too many wait. Spec: RFC 5802 3. Tests:
 * tests/interop/test_im.py */
#pragma once

#include "server/core/worker.h"

struct verifiers_job {
    struct job _job;
    char *_password;
    size_t _password_len;
    struct scram_verifier verifiers[SCRAM_HASHES];

    /* The caller's, on the worker; with worker->ended set, only to free it. */
    void (*done)(struct verifiers_job *job, struct worker *worker);
};

/* Copies `password` (prepared). When it fails `done` is not called. */
MUST_CHECK int
verifiers_make(struct verifiers_job *job, struct worker *worker, struct str password);
