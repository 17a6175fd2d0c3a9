/* jid.c - see jid.h */
#include "xmpp/jid.h"

#include "base/error.h"
#include "xmpp/domain.h"
#include "xmpp/jid_private.h"
#include "xmpp/precis.h"

#include <assert.h>

/* The parts of a text that is not prepared. */
struct parts {
    struct str local, domain, resource;
};

/* RFC 7622 3.1: the resource begins at the first '/', the local part ends at the first '@' before
 * that. A separator without its part is an error. */
static int
split(struct str text, struct parts *ret_parts)
{
    struct parts parts = { .domain = text };
    const ptrdiff_t slash = str_find_char(text, '/', 0);
    if (slash >= 0) {
        parts.domain = str_slice(text, 0, (size_t)slash);
        parts.resource = str_slice(text, (size_t)slash + 1, text.len);
        if (parts.resource.len == 0)
            return E_JID;
    }
    const ptrdiff_t at = str_find_char(parts.domain, '@', 0);
    if (at >= 0) {
        parts.local = str_slice(parts.domain, 0, (size_t)at);
        parts.domain = str_slice(parts.domain, (size_t)at + 1, parts.domain.len);
        if (parts.local.len == 0)
            return E_JID;
    }
    if (parts.domain.len == 0)
        return E_JID;
    *ret_parts = parts;
    return 0;
}

/* RFC 7622 3.3.1. */
static bool
is_forbidden_in_local(char c)
{
    switch (c) {
    case '"':
    case '&':
    case '\'':
    case '/':
    case ':':
    case '<':
    case '>':
    case '@':
        return true;
    default:
        return false;
    }
}

/* True if preparation could not change the text: lower-case ASCII. */
static bool
is_plain_local(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.data[i];
        if (c <= ' ' || c > '~' || (c >= 'A' && c <= 'Z') || is_forbidden_in_local(c))
            return false;
    }
    return text.len <= JID_PART_MAX;
}

static bool
is_plain_opaque(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < ' ' || text.data[i] > '~')
            return false;
    return text.len <= JID_PART_MAX;
}

static int
prepare_local(struct str text, struct precis_text *ret_text)
{
    const int r = precis_username(text, ret_text);
    if (r < 0)
        return r;
    for (size_t i = 0; i < ret_text->len; i++)
        if (is_forbidden_in_local(ret_text->data[i]))
            return E_JID;
    return 0;
}

/* Three views of one text that is put together already. */
static struct jid
view(struct str full, size_t local_len, size_t domain_len)
{
    const size_t domain = local_len > 0 ? local_len + 1 : 0;
    const size_t bare_len = domain + domain_len;
    return (struct jid){
        .full = full,
        .bare = str_slice(full, 0, bare_len),
        .local = str_slice(full, 0, local_len),
        .domain = str_slice(full, domain, bare_len),
        .resource = full.len > bare_len ? str_slice(full, bare_len + 1, full.len) : STR_EMPTY,
    };
}

static char *
put(char *end, struct str text)
{
    if (text.len > 0)
        memcpy(end, text.data, text.len);
    return end + text.len;
}

/* Parts that are prepared. */
static int
join(struct arena *arena, const struct parts *parts, struct jid *ret_jid)
{
    char text[JID_TEXT_MAX];
    char *end = text;
    if (parts->local.len > 0) {
        end = put(end, parts->local);
        *end++ = '@';
    }
    end = put(end, parts->domain);
    if (parts->resource.len > 0) {
        *end++ = '/';
        end = put(end, parts->resource);
    }
    const struct str full = arena_dup(arena, (struct str){ text, (size_t)(end - text) });
    if (!full.data)
        return E_FULL;
    *ret_jid = view(full, parts->local.len, parts->domain.len);
    return 0;
}

static bool
are_plain(const struct parts *parts)
{
    return is_plain_local(parts->local) && domain_is_plain(parts->domain) &&
           is_plain_opaque(parts->resource);
}

static struct str
text_of(const struct precis_text *text)
{
    return (struct str){ text->data, text->len };
}

static int
prepare_and_join(struct arena *arena, const struct parts *parts, struct jid *ret_jid)
{
    struct precis_text local = { .len = 0 };
    struct precis_text domain;
    struct precis_text resource = { .len = 0 };
    int r = domain_prepare(parts->domain, &domain);
    if (r == 0 && parts->local.len > 0)
        r = prepare_local(parts->local, &local);
    if (r == 0 && parts->resource.len > 0)
        r = precis_opaque(parts->resource, &resource);
    if (r < 0)
        return r;
    const struct parts prepared = { text_of(&local), text_of(&domain), text_of(&resource) };
    return join(arena, &prepared, ret_jid);
}

int
jid_parse_in_place(struct arena *arena, struct str text, struct jid *ret_jid)
{
    struct parts parts;
    const int r = split(text, &parts);
    if (r < 0)
        return r;
    if (!are_plain(&parts))
        return prepare_and_join(arena, &parts, ret_jid);
    *ret_jid = view(text, parts.local.len, parts.domain.len);
    return 0;
}

int
jid_parse(struct arena *arena, struct str text, struct jid *ret_jid)
{
    struct jid jid;
    const int r = jid_parse_in_place(arena, text, &jid);
    if (r < 0)
        return r;
    if (jid.full.data == text.data)
        jid = jid_dup(arena, jid);
    if (!jid_is_set(jid))
        return E_FULL;
    *ret_jid = jid;
    return 0;
}

int
jid_make(struct arena *arena,
         struct str local,
         struct str domain,
         struct str resource,
         struct jid *ret_jid)
{
    const struct parts parts = { local, domain, resource };
    if (domain.len == 0)
        return E_JID;
    return are_plain(&parts) ? join(arena, &parts, ret_jid)
                             : prepare_and_join(arena, &parts, ret_jid);
}

int
jid_with_resource(struct arena *arena, struct jid bare, struct str resource, struct jid *ret_jid)
{
    struct parts parts = { .local = bare.local, .domain = bare.domain, .resource = resource };
    struct precis_text prepared;
    assert(jid_is_set(bare));
    if (resource.len == 0)
        return E_JID;
    if (!is_plain_opaque(resource)) {
        const int r = precis_opaque(resource, &prepared);
        if (r < 0)
            return r;
        parts.resource = text_of(&prepared);
    }
    return join(arena, &parts, ret_jid);
}

struct jid
jid_bare(struct jid jid)
{
    jid.full = jid.bare;
    jid.resource = STR_EMPTY;
    return jid;
}

struct jid
jid_moved(struct jid jid, struct str full)
{
    if (!full.data)
        return (struct jid){ 0 };
    assert(full.len == jid.full.len);
    return view(full, jid.local.len, jid.domain.len);
}

struct jid
jid_dup(struct arena *arena, struct jid jid)
{
    return jid_is_set(jid) ? jid_moved(jid, arena_dup(arena, jid.full)) : jid;
}

bool
jid_is_set(struct jid jid)
{
    return jid.full.len > 0;
}

bool
jid_is_bare(struct jid jid)
{
    return jid_is_set(jid) && jid.resource.len == 0;
}

bool
jid_equal(struct jid a, struct jid b)
{
    return str_equal(a.full, b.full);
}

bool
jid_bare_equal(struct jid a, struct jid b)
{
    return str_equal(a.bare, b.bare);
}

static int
keep(struct arena *arena, struct str text, struct str *ret_text)
{
    const struct str kept = arena_dup(arena, text);
    if (!kept.data)
        return E_FULL;
    *ret_text = kept;
    return 0;
}

int
jid_prepare_local(struct arena *arena, struct str text, struct str *ret_local)
{
    struct precis_text prepared;
    if (text.len == 0)
        return E_JID;
    if (is_plain_local(text))
        return keep(arena, text, ret_local);
    const int r = prepare_local(text, &prepared);
    return r < 0 ? r : keep(arena, text_of(&prepared), ret_local);
}

int
jid_prepare_opaque(struct arena *arena, struct str text, struct str *ret_text)
{
    struct precis_text prepared;
    if (text.len == 0)
        return E_JID;
    if (is_plain_opaque(text))
        return keep(arena, text, ret_text);
    int r = precis_opaque(text, &prepared);
    if (r == 0)
        r = keep(arena, text_of(&prepared), ret_text);
    explicit_bzero(&prepared, sizeof(prepared)); /* it may be a password */
    return r;
}
