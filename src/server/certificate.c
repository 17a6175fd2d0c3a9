/* certificate.c - see certificate.h. */
#include "server/certificate.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static struct tls_context *
load_self_signed(const struct log *log,
                 const struct config *config,
                 const char *domain,
                 const char *rooms_domain)
{
    char certificate[PATH_MAX], key[PATH_MAX];
    struct tls_context *context;

    (void)snprintf(certificate, sizeof(certificate), "%s/certificate.pem", config->data_dir);
    (void)snprintf(key, sizeof(key), "%s/private_key.pem", config->data_dir);
    if (access(certificate, F_OK) < 0 && access(key, F_OK) < 0) {
        if (tls_self_signed(log, domain, rooms_domain, certificate, key) < 0)
            return NULL;
        log_notice(log, "certificate-made", "%s, self-signed", certificate);
    }
    context = tls_context_new(log, certificate, key);
    if (context)
        log_notice(log, "certificate", "self-signed; its SHA-256 fingerprint is %.*s",
                   STR_ARG(tls_context_fingerprint(context)));
    return context;
}

struct tls_context *
certificate_load(const struct log *log,
                 const struct config *config,
                 const char *domain,
                 const char *rooms_domain)
{
    struct tls_context *context;

    if (config->certificate[0] == '\0')
        return load_self_signed(log, config, domain, rooms_domain);
    context = tls_context_new(log, config->certificate, config->private_key);
    if (context)
        log_notice(log, "certificate", "%s; its SHA-256 fingerprint is %.*s", config->certificate,
                   STR_ARG(tls_context_fingerprint(context)));
    return context;
}
