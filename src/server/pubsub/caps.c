/* caps.c - see caps.h. */
#include "server/pubsub/caps.h"

#include "base/buffer.h"
#include "base/encoding.h"
#include "base/memory.h"
#include "xmpp/ns.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum {
    CLAIM_MAX = 1024,        /* bytes of each part of a claim */
    TEXT_MAX = 256 * 1024,   /* of the text that is hashed */
    ARENA_MAX = 1024 * 1024, /* for taking an answer apart */
    NODES_BYTES_MAX = 8192,  /* of a set of interests */
};

#define SUFFIX STR("+notify")

/* ---- the claim ---- */

bool
caps_claim_read(const struct stanza *presence, struct caps_claim *ret)
{
    const struct element *c = stanza_child(presence, NS_CAPS, STR("c"));

    *ret = (struct caps_claim){
        .hash = element_get(c, STR("hash")),
        .node = element_get(c, STR("node")),
        .ver = element_get(c, STR("ver")),
    };
    return ret->ver.len > 0 && ret->node.len > 0 && ret->ver.len <= CLAIM_MAX &&
           ret->node.len <= CLAIM_MAX && ret->hash.len <= CLAIM_MAX;
}

static const EVP_MD *
digest_of(struct str hash)
{
    if (str_is(hash, "sha-1"))
        return EVP_sha1();
    if (str_is(hash, "sha-256"))
        return EVP_sha256();
    return str_is(hash, "sha-512") ? EVP_sha512() : NULL;
}

bool
caps_claim_is_verifiable(const struct caps_claim *claim)
{
    return digest_of(claim->hash);
}

static bool
is_hash_of(const struct caps_claim *claim, struct str text)
{
    const EVP_MD *digest = digest_of(claim->hash);
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct buffer encoded;
    bool same;

    if (!digest || EVP_Digest(text.data, text.len, bytes, &len, digest, NULL) != 1)
        return false;
    buffer_init(&encoded, CLAIM_MAX);
    base64_encode(&encoded, (struct str){ (const char *)bytes, len });
    same = str_equal(buffer_str(&encoded), claim->ver);
    buffer_fini(&encoded);
    return same;
}

/* ---- the text: XEP-0115 5.1 ---- */

/* A list of texts that is sorted and written; `well_formed` ends where one comes twice (5.4). */
struct texts {
    struct arena *arena;
    struct str *items;
    size_t count, room;
};

static void
texts_add(struct texts *texts, struct str text)
{
    if (texts->count == texts->room) {
        size_t room = texts->room ? texts->room * 2 : 32;
        struct str *larger = arena_alloc(texts->arena, room * sizeof(*larger));

        if (!larger)
            return; /* the arena says so */
        if (texts->count > 0)
            memcpy(larger, texts->items, texts->count * sizeof(*larger));
        texts->items = larger;
        texts->room = room;
    }
    texts->items[texts->count++] = text;
}

static int
compare_texts(const void *a, const void *b)
{
    const struct str *left = a, *right = b;

    return str_compare(*left, *right);
}

/* Forms and fields are sorted by what is in front of their first '<': their type or name. */
static int
compare_keyed(const void *a, const void *b)
{
    const struct str *left = a, *right = b;
    size_t left_end = (size_t)str_find_char(*left, '<', 0);
    size_t right_end = (size_t)str_find_char(*right, '<', 0);
    int order = str_compare(str_slice(*left, 0, left_end), str_slice(*right, 0, right_end));

    return order != 0 ? order : str_compare(*left, *right);
}

/* Appends them in order. False when two are the same. */
static bool
texts_write(struct texts *texts, struct buffer *out)
{
    bool unique = true;

    if (texts->count > 0)
        qsort(texts->items, texts->count, sizeof(*texts->items), compare_texts);
    for (size_t i = 0; i < texts->count; i++) {
        unique = unique && (i == 0 || !str_equal(texts->items[i], texts->items[i - 1]));
        buffer_append(out, texts->items[i]);
        buffer_append_char(out, '<');
    }
    return unique;
}

static struct str
language_of(const struct element *element)
{
    for (const struct attribute *at = element->attributes; at; at = at->next) {
        if (str_equal(at->ns, NS_XML) && str_is(at->name, "lang"))
            return at->value;
    }
    return STR_EMPTY;
}

static bool
write_identities(struct buffer *out, struct arena *arena, const struct element *query)
{
    const struct element *item = element_child(query, NS_DISCO_INFO, STR("identity"));
    struct texts texts = { .arena = arena };

    for (; item; item = element_next_named(item, NS_DISCO_INFO, STR("identity"))) {
        struct str parts[] = { element_get(item, STR("category")), element_get(item, STR("type")),
                               language_of(item), element_get(item, STR("name")) };

        texts_add(&texts, arena_printf(arena, "%.*s/%.*s/%.*s/%.*s", STR_ARG(parts[0]),
                                       STR_ARG(parts[1]), STR_ARG(parts[2]), STR_ARG(parts[3])));
    }
    return texts_write(&texts, out);
}

static bool
write_features(struct buffer *out, struct arena *arena, const struct element *query)
{
    const struct element *item = element_child(query, NS_DISCO_INFO, STR("feature"));
    struct texts texts = { .arena = arena };

    for (; item; item = element_next_named(item, NS_DISCO_INFO, STR("feature")))
        texts_add(&texts, element_get(item, STR("var")));
    return texts_write(&texts, out);
}

/* A field as it is written: its name and its sorted values, each ended by '<'. */
static struct str
field_text(struct arena *arena, const struct element *field)
{
    const struct element *value = element_child(field, NS_DATA_FORM, STR("value"));
    struct texts texts = { .arena = arena };
    struct buffer text;
    struct str kept;

    for (; value; value = element_next_named(value, NS_DATA_FORM, STR("value")))
        texts_add(&texts, element_text(arena, value));
    buffer_init(&text, TEXT_MAX);
    buffer_append(&text, element_get(field, STR("var")));
    buffer_append_char(&text, '<');
    (void)texts_write(&texts, &text);
    kept = arena_dup(arena, buffer_str(&text));
    buffer_fini(&text);
    return kept;
}

/* A form as it is written; empty for one that 5.4 ignores. */
static struct str
form_text(struct arena *arena, const struct element *form)
{
    const struct element *field = element_child(form, NS_DATA_FORM, STR("field"));
    struct texts texts = { .arena = arena };
    struct str type = STR_EMPTY, kept = STR_EMPTY;
    struct buffer text;

    for (; field; field = element_next_named(field, NS_DATA_FORM, STR("field"))) {
        if (!str_is(element_get(field, STR("var")), "FORM_TYPE"))
            texts_add(&texts, field_text(arena, field));
        else if (str_is(element_get(field, STR("type")), "hidden"))
            type = element_child_text(arena, field, NS_DATA_FORM, STR("value"));
    }
    if (type.len == 0)
        return STR_EMPTY;
    buffer_init(&text, TEXT_MAX);
    buffer_append(&text, type);
    buffer_append_char(&text, '<');
    if (texts.count > 0)
        qsort(texts.items, texts.count, sizeof(*texts.items), compare_keyed);
    for (size_t i = 0; i < texts.count; i++)
        buffer_append(&text, texts.items[i]);
    kept = arena_dup(arena, buffer_str(&text));
    buffer_fini(&text);
    return kept;
}

static bool
write_forms(struct buffer *out, struct arena *arena, const struct element *query)
{
    const struct element *form = element_child(query, NS_DATA_FORM, STR("x"));
    struct texts texts = { .arena = arena };
    bool unique = true;

    for (; form; form = element_next_named(form, NS_DATA_FORM, STR("x"))) {
        struct str text = form_text(arena, form);

        if (text.len > 0)
            texts_add(&texts, text);
    }
    if (texts.count > 0)
        qsort(texts.items, texts.count, sizeof(*texts.items), compare_keyed);
    for (size_t i = 0; i < texts.count; i++) {
        ptrdiff_t end = str_find_char(texts.items[i], '<', 0);
        struct str type = str_slice(texts.items[i], 0, (size_t)end + 1);

        unique = unique && (i == 0 || !str_starts_with(texts.items[i - 1], type));
        buffer_append(out, texts.items[i]);
    }
    return unique;
}

/* ---- the interests ---- */

static bool
is_interest(struct str piece)
{
    return piece.len > SUFFIX.len && str_ends_with(piece, SUFFIX);
}

static struct caps *
caps_new(const struct str *nodes, size_t count, size_t bytes)
{
    struct caps *caps = memory_new(1, sizeof(*caps) + count * sizeof(*nodes) + bytes);
    char *at = (char *)(caps->nodes + count);

    atomic_init(&caps->_refs, 1);
    caps->count = count;
    for (size_t i = 0; i < count; i++) {
        memcpy(at, nodes[i].data, nodes[i].len);
        caps->nodes[i] = (struct str){ at, nodes[i].len };
        at += nodes[i].len;
    }
    qsort(caps->nodes, count, sizeof(*caps->nodes), compare_texts);
    return caps;
}

/* From nothing but the text: see caps.h. */
static struct caps *
interests_of(struct str text)
{
    struct str nodes[CAPS_NODES_MAX], piece;
    size_t count = 0, bytes = 0;

    while (count < CAPS_NODES_MAX && str_split(&text, '<', &piece)) {
        if (!is_interest(piece) || bytes + piece.len > NODES_BYTES_MAX)
            continue;
        nodes[count] = str_slice(piece, 0, piece.len - SUFFIX.len);
        bytes += nodes[count++].len;
    }
    return caps_new(nodes, count, bytes);
}

struct caps *
caps_read_answer(const struct caps_claim *claim, const struct element *query, bool *ret_verified)
{
    struct caps *caps = NULL;
    struct buffer text;
    struct arena arena;
    bool well_formed;

    *ret_verified = false;
    if (!element_is(query, NS_DISCO_INFO, STR("query")))
        return NULL;
    arena_init(&arena, ARENA_MAX);
    buffer_init(&text, TEXT_MAX);
    well_formed = write_identities(&text, &arena, query);
    well_formed = write_features(&text, &arena, query) && well_formed;
    well_formed = write_forms(&text, &arena, query) && well_formed;
    if (!arena_is_full(&arena) && !buffer_failed(&text)) {
        *ret_verified = well_formed && is_hash_of(claim, buffer_str(&text));
        caps = interests_of(buffer_str(&text));
    }
    buffer_fini(&text);
    arena_fini(&arena);
    return caps;
}

struct caps *
caps_ref(struct caps *caps)
{
    atomic_fetch_add_explicit(&caps->_refs, 1, memory_order_relaxed);
    return caps;
}

void
caps_unref(struct caps *caps)
{
    if (caps && atomic_fetch_sub_explicit(&caps->_refs, 1, memory_order_acq_rel) == 1)
        free(caps);
}

bool
caps_wants(const struct caps *caps, struct str node)
{
    return caps && caps->count > 0 &&
           bsearch(&node, caps->nodes, caps->count, sizeof(node), compare_texts);
}
