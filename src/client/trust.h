/* trust.h - the certificates a person has decided to trust, by server.
 * Owns: a key file in the data folder (mode 0600), read once and rewritten whole on each change.
 * Threads: the account's. Errors: a file that cannot be read or written is warned of; the decision
 * then holds for this run. Spec: RFC 6125 C.3 (pinning by a person). Tests:
 * tests/unit/client/test_trust.c */
#pragma once

#include <gio/gio.h>

struct trust;

/* `data_dir` is made when it is missing; NULL = a folder of ours in the user's data folder. */
struct trust *trust_new(const char *data_dir);
void trust_free(struct trust *trust);

enum trust_verdict {
    TRUST_UNKNOWN, /* nothing is pinned for this server */
    TRUST_PINNED,  /* the pinned one */
    TRUST_CHANGED, /* another one is pinned */
};

enum trust_verdict
trust_check(struct trust *trust, const char *host, guint port, const char *fingerprint);

/* Borrowed until the next change; NULL when nothing is pinned. */
const char *trust_pinned(struct trust *trust, const char *host, guint port);

void trust_pin(struct trust *trust, const char *host, guint port, const char *fingerprint);

/* SHA-256 of the certificate's DER, "AB:CD:...". */
char *trust_fingerprint(GTlsCertificate *certificate);

/* What is wrong with it, as a sentence for people. */
char *trust_describe_problem(GTlsCertificate *certificate, GTlsCertificateFlags problems);
