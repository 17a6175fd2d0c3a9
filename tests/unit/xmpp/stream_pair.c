/* stream_pair.c - see stream_pair.h. */
#include "stream_pair.h"

#include "xmpp/ns.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

#define BYTES_MAX ((size_t)16 * 1024 * 1024)

void
pair_init(struct stream_pair *pair)
{
    *pair = (struct stream_pair){
        .options = { .domain = STR(OWNER_DOMAIN),
                     .name = STR("anna"),
                     .password = STR(OWNER_PASSWORD),
                     .resource = STR("phone"),
                     .lang = STR("en"),
                     .tls_required = true,
                     .plain_frame = true },
    };
    owner_init(&pair->owner);
    buffer_init(&pair->received, BYTES_MAX);
}

void
pair_start(struct stream_pair *pair)
{
    pair->owner.has_direct_tls = pair->options.direct_tls;
    owner_start(&pair->owner);
    pair->client =
        client_stream_new(&pair->options, pair->options.direct_tls ? &pair->owner.tls : NULL);
}

void
pair_fini(struct stream_pair *pair)
{
    client_stream_free(pair->client);
    owner_fini(&pair->owner);
    buffer_fini(&pair->received);
}

static void
answer_key(struct stream_pair *pair)
{
    struct client_stream_key_question question = client_stream_key_question(pair->client);
    uint8_t key[SCRAM_KEY_MAX];

    owner_salted_password(question.hash, question.password, question.salt, question.iterations,
                          key);
    client_stream_key(pair->client, key);
}

static void
keep_stanza(struct stream_pair *pair)
{
    struct stanza *stanza = client_stream_take_stanza(pair->client);

    xml_write(&pair->received, stanza->root, NS_CLIENT);
    stanza_unref(stanza);
}

static void
run_client(struct stream_pair *pair)
{
    for (;;) {
        enum client_stream_event event = client_stream_next(pair->client);

        pair->seen[event]++;
        if (event == CLIENT_STREAM_START_TLS)
            client_stream_tls_started(pair->client, &pair->owner.tls);
        else if (event == CLIENT_STREAM_NEED_KEY)
            answer_key(pair);
        else if (event == CLIENT_STREAM_STANZA)
            keep_stanza(pair);
        else if (event == CLIENT_STREAM_CLOSED)
            pair->is_closed = true;
        if (event == CLIENT_STREAM_WAIT || event == CLIENT_STREAM_CLOSED)
            return;
    }
}

static void
feed_client(struct stream_pair *pair, struct str bytes)
{
    client_stream_feed(pair->client, bytes);
    run_client(pair);
}

static void
feed_server(struct stream_pair *pair, struct str bytes)
{
    owner_feed(&pair->owner, bytes);
}

static size_t
next_cut(struct stream_pair *pair, size_t len)
{
    if (pair->cuts == CUTS_NONE)
        return len;
    if (pair->cuts == CUTS_BYTES)
        return 1;
    return (size_t)rand_r(&pair->seed) % (len < 50 ? len : 50) + 1;
}

static unsigned
handshakes(const struct stream_pair *pair)
{
    return pair->seen[CLIENT_STREAM_START_TLS] + pair->owner.seen[SERVER_STREAM_START_TLS];
}

/* Empties `from` first: whoever is fed may write to it. What was sent in the clear never arrives
 * inside TLS. */
static bool
carry(struct stream_pair *pair,
      struct buffer *from,
      void (*feed)(struct stream_pair *pair, struct str bytes))
{
    struct str bytes = buffer_str(from);
    char *copy = str_dup(bytes);
    unsigned before = handshakes(pair);
    size_t cut;

    buffer_clear(from);
    for (size_t at = 0; at < bytes.len && handshakes(pair) == before; at += cut) {
        cut = next_cut(pair, bytes.len - at);
        feed(pair, (struct str){ copy + at, cut });
    }
    free(copy);
    return bytes.len > 0;
}

/* Replaces every `find` by `replace`, in what is in the buffer. */
static void
replace_all(struct stream_pair *pair, struct buffer *buffer)
{
    struct str bytes = buffer_str(buffer);
    char *copy = str_dup(bytes), *at = copy, *hit;

    buffer_clear(buffer);
    while ((hit = strstr(at, pair->find)) != NULL) {
        buffer_append(buffer, (struct str){ at, (size_t)(hit - at) });
        buffer_append(buffer, str_from(pair->replace));
        at = hit + strlen(pair->find);
    }
    buffer_append(buffer, str_from(at));
    free(copy);
}

static void
mutate(struct stream_pair *pair, struct buffer *buffer)
{
    if (pair->mutate && buffer_len(buffer) > 0)
        pair->mutate(buffer, pair->context);
}

void
pair_run(struct stream_pair *pair)
{
    struct buffer *from_server = server_stream_output(pair->owner.stream);
    struct buffer *from_client = client_stream_output(pair->client);
    bool moves = true;

    owner_run(&pair->owner);
    run_client(pair);
    while (moves) {
        mutate(pair, from_client);
        moves = carry(pair, from_client, feed_server);
        if (pair->find)
            replace_all(pair, from_server);
        mutate(pair, from_server);
        moves = carry(pair, from_server, feed_client) || moves;
    }
}
