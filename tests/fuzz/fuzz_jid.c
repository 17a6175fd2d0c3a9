/* fuzz_jid.c - any bytes as an address: accepted ones keep their limits and prepare to themselves.
 */
#include "base/error.h"
#include "xmpp/jid.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
    if (!holds)
        abort();
}

static void
check_part(struct str part)
{
    check(part.len <= JID_PART_MAX);
    check(str_is_utf8(part));
}

/* Prepared text is prepared: parsing and putting together change nothing. */
static void
check_stable(struct arena *arena, struct jid jid)
{
    struct jid again;
    check(jid_parse(arena, jid.full, &again) == 0);
    check(jid_equal(jid, again));
    check(jid_make(arena, jid.local, jid.domain, jid.resource, &again) == 0);
    check(jid_equal(jid, again));
    check(jid_bare_equal(jid, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = { (const char *)data, size };
    struct arena arena;
    struct jid jid;
    struct str prepared;
    struct str again;
    arena_init(&arena, 1024 * 1024);
    const int r = jid_parse(&arena, text, &jid);
    check(r == 0 || r == E_JID);
    if (r == 0) {
        check_part(jid.local);
        check_part(jid.domain);
        check_part(jid.resource);
        check(jid.domain.len > 0);
        check_stable(&arena, jid);
    }
    if (jid_prepare_local(&arena, text, &prepared) == 0) {
        check_part(prepared);
        check(jid_prepare_local(&arena, prepared, &again) == 0 && str_equal(prepared, again));
    }
    if (jid_prepare_opaque(&arena, text, &prepared) == 0) {
        check_part(prepared);
        check(jid_prepare_opaque(&arena, prepared, &again) == 0 && str_equal(prepared, again));
    }
    arena_fini(&arena);
    return 0;
}
