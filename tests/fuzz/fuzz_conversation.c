/* fuzz_conversation.c - a whole conversation of client and server, with somebody in the middle who
 * changes what they say: neither may fall over, and nobody is bound who did not sign in.
 *
 * The first two bytes pick the options; each four bytes after that are one change (struct change)
 * of what goes over the wire next, in either direction. */
#include "stream_pair.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct change {
    uint8_t kind;
    uint8_t position; /* of 255 parts of what is said */
    uint8_t length;
    uint8_t value;
};

/* What is left of the input. */
struct script {
    const uint8_t *data;
    size_t size;
};

static void
check(bool holds)
{
    if (!holds)
        abort();
}

static bool
next_change(struct script *script, struct change *ret_change)
{
    if (script->size < sizeof(*ret_change))
        return false;
    memcpy(ret_change, script->data, sizeof(*ret_change));
    script->data += sizeof(*ret_change);
    script->size -= sizeof(*ret_change);
    return true;
}

/* Bytes of the input itself, so that the fuzzer can write whole elements. */
static struct str
next_word(struct script *script, size_t len)
{
    struct str word;

    len = len < script->size ? len : script->size;
    word = (struct str){ (const char *)script->data, len };
    script->data += len;
    script->size -= len;
    return word;
}

static void
apply(struct script *script, struct change change, struct buffer *out, struct str said)
{
    const size_t at = said.len * change.position / 256;
    const struct str head = str_slice(said, 0, at), tail = str_slice(said, at, said.len);
    const struct str piece = str_slice(tail, 0, change.length);

    buffer_append(out, head);
    switch (change.kind % 8) {
    case 0: /* insert a word */
        buffer_append(out, next_word(script, change.length));
        buffer_append(out, tail);
        break;
    case 1: /* put a word over what is there */
        buffer_append(out, next_word(script, change.length));
        buffer_append(out, str_slice(tail, change.length, tail.len));
        break;
    case 2: /* leave out */
        buffer_append(out, str_slice(tail, change.length, tail.len));
        break;
    case 3: /* say twice */
        buffer_append(out, piece);
        buffer_append(out, tail);
        break;
    case 4: /* change one byte */
        buffer_append_char(out, (char)change.value);
        buffer_append(out, str_slice(tail, 1, tail.len));
        break;
    case 5: /* break off */
        break;
    default: /* as it was said */
        buffer_append(out, tail);
        break;
    }
}

static void
mutate(struct buffer *bytes, void *context)
{
    struct script *script = context;
    struct change change;
    struct buffer changed;

    if (!next_change(script, &change))
        return;
    buffer_init(&changed, (size_t)16 * 1024 * 1024);
    apply(script, change, &changed, buffer_str(bytes));
    buffer_clear(bytes);
    buffer_append(bytes, buffer_str(&changed));
    buffer_fini(&changed);
}

/* The mechanisms in which the server proves itself. */
static bool
is_scram(const char *mechanism)
{
    return strncmp(mechanism, "SCRAM-", strlen("SCRAM-")) == 0;
}

static void
choose_options(struct stream_pair *pair, const uint8_t *data)
{
    static const unsigned mechanisms[] = {
        0,
        SASL_BIT(SASL_SCRAM_SHA_256),
        SASL_BIT(SASL_SCRAM_SHA_1_PLUS),
        SASL_BIT(SASL_PLAIN),
    };

    pair->options.mechanisms = mechanisms[data[0] & 3];
    pair->options.direct_tls = data[0] & 4;
    pair->options.registers = data[0] & 8;
    if (pair->options.registers)
        pair->options.name = STR("carla");
    else if (data[0] & 16)
        pair->options.name = pair->options.password = STR_EMPTY;
    if (data[0] & 32) {
        pair->options.tls_required = false;
        pair->owner.config.require_tls = false;
    }
    pair->options.plain_frame = !(data[0] & 64);
    if (data[0] & 128) {
        pair->options.agent_id = STR("d4565fa7-4d72-4749-b3d3-740edbf87770");
        pair->options.tag = STR("Fuzz");
        pair->options.wants_token = true;
        pair->options.token = STR("token");
    }
    pair->options.token_mechanism = SASL_HT_SHA_256_NONE;
    if (data[1] & 64)
        (void)strcpy(pair->owner.token, "token");
    (void)strcpy(pair->owner.token_agent, "d4565fa7-4d72-4749-b3d3-740edbf87770");
    pair->owner.token_mechanism = SASL_HT_SHA_256_NONE;
    pair->owner.rotates = data[1] & 128;
    pair->cuts = (enum stream_cuts)(data[1] % CUTS);
    pair->seed = data[1];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script;
    struct stream_pair pair;

    if (size < 2)
        return 0;
    script = (struct script){ data + 2, size - 2 };
    pair_init(&pair);
    choose_options(&pair, data);
    pair.mutate = mutate;
    pair.context = &script;
    pair_start(&pair);
    pair_run(&pair);
    /* The one who makes the changes sees what is in the clear, but knows no password. */
    if (pair.owner.bound[0] != '\0')
        check(pair.owner.seen[SERVER_STREAM_AUTHENTICATED] > 0);
    if (pair.seen[CLIENT_STREAM_BOUND] > 0 && is_scram(client_stream_mechanism(pair.client)))
        check(pair.owner.seen[SERVER_STREAM_AUTHENTICATED] > 0);
    server_stream_shutdown(pair.owner.stream);
    pair_run(&pair);
    check(pair.owner.is_closed);
    pair_fini(&pair);
    return 0;
}
