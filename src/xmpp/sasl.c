/* sasl.c - see sasl.h: the table of mechanisms and what both ends look up. */
#include "xmpp/sasl_private.h"

#include <assert.h>
#include <openssl/crypto.h>

/* In order of preference, best first; the order of enum sasl_mechanism. */
static const struct sasl_mechanism_info mechanisms[SASL_MECHANISMS] = {
    [SASL_SCRAM_SHA_256_PLUS] = { .name = "SCRAM-SHA-256-PLUS",
                                  .hash = SCRAM_SHA_256,
                                  .binds_channel = true,
                                  .server = &SASL_SCRAM_SERVER,
                                  .client = &SASL_SCRAM_CLIENT },
    [SASL_SCRAM_SHA_1_PLUS] = { .name = "SCRAM-SHA-1-PLUS",
                                .hash = SCRAM_SHA_1,
                                .binds_channel = true,
                                .server = &SASL_SCRAM_SERVER,
                                .client = &SASL_SCRAM_CLIENT },
    [SASL_SCRAM_SHA_256] = { .name = "SCRAM-SHA-256",
                             .hash = SCRAM_SHA_256,
                             .server = &SASL_SCRAM_SERVER,
                             .client = &SASL_SCRAM_CLIENT },
    [SASL_SCRAM_SHA_1] = { .name = "SCRAM-SHA-1",
                           .hash = SCRAM_SHA_1,
                           .server = &SASL_SCRAM_SERVER,
                           .client = &SASL_SCRAM_CLIENT },
    [SASL_PLAIN] = { .name = "PLAIN",
                     .hash = SCRAM_SHA_256,
                     .needs_tls = true,
                     .server = &SASL_PLAIN_SERVER,
                     .client = &SASL_PLAIN_CLIENT },
    [SASL_ANONYMOUS] = { .name = "ANONYMOUS",
                         .for_guests = true,
                         .server = &SASL_ANONYMOUS_SERVER,
                         .client = &SASL_ANONYMOUS_CLIENT },
    [SASL_HT_SHA_256_EXPR] = { .name = "HT-SHA-256-EXPR",
                               .is_for_tokens = true,
                               .token_binding = CB_TLS_EXPORTER,
                               .server = &SASL_TOKEN_SERVER,
                               .client = &SASL_TOKEN_CLIENT },
    [SASL_HT_SHA_256_ENDP] = { .name = "HT-SHA-256-ENDP",
                               .is_for_tokens = true,
                               .token_binding = CB_TLS_SERVER_END_POINT,
                               .server = &SASL_TOKEN_SERVER,
                               .client = &SASL_TOKEN_CLIENT },
    [SASL_HT_SHA_256_NONE] = { .name = "HT-SHA-256-NONE",
                               .is_for_tokens = true,
                               .server = &SASL_TOKEN_SERVER,
                               .client = &SASL_TOKEN_CLIENT },
};

static const char *const binding_names[CB_TYPES] = {
    [CB_TLS_EXPORTER] = "tls-exporter",
    [CB_TLS_SERVER_END_POINT] = "tls-server-end-point",
};

const struct sasl_mechanism_info *
sasl_mechanism_info(enum sasl_mechanism mechanism)
{
    assert(mechanism < SASL_MECHANISMS);
    return &mechanisms[mechanism];
}

const char *
sasl_mechanism_name(enum sasl_mechanism mechanism)
{
    return sasl_mechanism_info(mechanism)->name;
}

bool
sasl_mechanism_find(struct str name, enum sasl_mechanism *ret_mechanism)
{
    for (unsigned i = 0; i < SASL_MECHANISMS; i++) {
        if (str_is(name, mechanisms[i].name)) {
            *ret_mechanism = (enum sasl_mechanism)i;
            return true;
        }
    }
    return false;
}

const char *
sasl_binding_name(enum channel_binding_type type)
{
    assert(type > CB_NONE && type < CB_TYPES);
    return binding_names[type];
}

enum channel_binding_type
sasl_binding_find(struct str name)
{
    for (unsigned i = CB_NONE + 1; i < CB_TYPES; i++) {
        if (str_is(name, binding_names[i]))
            return (enum channel_binding_type)i;
    }
    return CB_NONE;
}

bool
sasl_binding_is_there(const struct tls_info *tls, enum channel_binding_type type)
{
    return type != CB_NONE && tls->active && tls->binding_len[type] > 0;
}

unsigned
sasl_token_mechanisms(const struct tls_info *tls)
{
    unsigned good = 0;

    for (unsigned i = 0; i < SASL_MECHANISMS; i++) {
        const struct sasl_mechanism_info *info = &mechanisms[i];

        if (info->is_for_tokens && tls->active &&
            (info->token_binding == CB_NONE || sasl_binding_is_there(tls, info->token_binding)))
            good |= SASL_BIT(i);
    }
    return good;
}

void
sasl_wipe(struct str secret)
{
    if (secret.len > 0)
        OPENSSL_cleanse((void *)(uintptr_t)secret.data, secret.len);
}
