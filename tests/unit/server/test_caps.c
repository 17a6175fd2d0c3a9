/* test_caps.c - verification strings, and that nobody can put words into another's mouth. */
#include "base/buffer.h"
#include "server/pubsub/caps_cache.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define QUERY(content) "<query xmlns='http://jabber.org/protocol/disco#info'>" content "</query>"
#define FEATURE(var)   "<feature var='" var "'/>"
#define EXODUS         "<identity category='client' name='Exodus 0.9.1' type='pc'/>"
#define FORM(type, fields)                                                                         \
    "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>" type     \
    "</value></field>" fields "</x>"

/* XEP-0115 5.2 */
#define SIMPLE                                                                                     \
    QUERY(EXODUS FEATURE("http://jabber.org/protocol/disco#info")                                  \
              FEATURE("http://jabber.org/protocol/disco#items")                                    \
                  FEATURE("http://jabber.org/protocol/muc")                                        \
                      FEATURE("http://jabber.org/protocol/caps"))
#define SIMPLE_VER "QgayPKawpkPSDYmwT/WM94uAlu0="

/* XEP-0115 5.3 */
#define COMPLEX                                                                                    \
    QUERY("<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"                  \
          "<identity xml:lang='el' category='client' name='\xCE\xA8 0.11' type='pc'/>" FEATURE(    \
              "http://jabber.org/protocol/caps") FEATURE("http://jabber.org/protocol/disco#info")  \
              FEATURE("http://jabber.org/protocol/disco#items")                                    \
                  FEATURE("http://jabber.org/protocol/muc") FORM(                                  \
                      "urn:xmpp:dataforms:softwareinfo",                                           \
                      "<field var='ip_version'><value>ipv6</value><value>ipv4</value></field>"     \
                      "<field var='software_version'><value>0.11</value></field>"                  \
                      "<field var='os'><value>Mac</value></field>"                                 \
                      "<field var='os_version'><value>10.5.1</value></field>"                      \
                      "<field var='software'><value>Psi</value></field>"))
#define COMPLEX_VER "q07IKJEyjvHSyhy//CH0CxmKi8w="

static struct caps_claim
claim_of(const char *hash, const char *ver)
{
    return (struct caps_claim){ str_from(hash), STR("http://psi-im.org"), str_from(ver) };
}

static struct caps *
read_answer(struct caps_claim claim, const char *text, bool *ret_verified)
{
    struct arena arena;
    struct element *query;
    struct caps *caps;

    arena_init(&arena, 1 << 22);
    assert_int_equal(xml_parse(&arena, str_from(text), NS_CLIENT, &query), 0);
    caps = caps_read_answer(&claim, query, ret_verified);
    arena_fini(&arena);
    return caps;
}

static bool
is_verified(const char *hash, const char *ver, const char *text)
{
    bool verified;

    caps_unref(read_answer(claim_of(hash, ver), text, &verified));
    return verified;
}

static void
the_examples_verify(void **state)
{
    (void)state;
    assert_true(is_verified("sha-1", SIMPLE_VER, SIMPLE));
    assert_true(is_verified("sha-1", COMPLEX_VER, COMPLEX));
    assert_false(is_verified("sha-1", COMPLEX_VER, SIMPLE));
    assert_false(is_verified("sha-256", SIMPLE_VER, SIMPLE));
    assert_false(is_verified("md5", SIMPLE_VER, SIMPLE));
    assert_false(is_verified("", SIMPLE_VER, SIMPLE));
}

/* XEP-0115 5.4: neither is ever believed, whatever its hash. */
static void
what_is_ill_formed_is_not_believed(void **state)
{
    static const char *const texts[] = {
        QUERY(EXODUS EXODUS FEATURE("a")),
        QUERY(EXODUS FEATURE("a") FEATURE("a")),
        QUERY(EXODUS FORM("t", "") FORM("t", "")),
    };
    /* The hashes of exactly these texts. */
    static const char *const vers[] = {
        "DdT6MG4scDqxIoD5wew8V560cRE=",
        "BjBwz0odDpnF4Z8jnixCtS+KKxY=",
        "g4jyoXCHtzHIanu+z4YRMLBnUqo=",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_false(is_verified("sha-1", vers[i], texts[i]));
}

static void
assert_wants(const struct caps *caps, bool a, bool b)
{
    assert_non_null(caps);
    assert_int_equal(caps_wants(caps, STR("urn:a")), a);
    assert_int_equal(caps_wants(caps, STR("urn:b")), b);
    assert_false(caps_wants(caps, STR("urn:c")));
    assert_false(caps_wants(caps, STR_EMPTY));
}

/* "client/pc//X<urn:a+notify<urn:b+notify<" as an honest client says it, and as others may take
 * the same text apart. */
static void
one_text_has_one_meaning(void **state)
{
    static const char ver[] = "Fsl6+bF/HmWOrwPaC8Kh1A4GQ9k=";
    static const char *const readings[] = {
        QUERY("<identity category='client' type='pc' name='X'/>" FEATURE("urn:b+notify")
                  FEATURE("urn:a+notify")),
        QUERY("<identity category='client' type='pc' name='X&lt;urn:a+notify&lt;urn:b+notify'/>"),
        QUERY("<identity category='client' type='pc' name='X'/>" FEATURE(
            "urn:a+notify&lt;urn:b+notify")),
        QUERY("<identity category='client' type='pc' name='X'/>" FORM(
            "urn:a+notify", "<field var='urn:b+notify'/>")),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
        bool verified;
        struct caps *caps = read_answer(claim_of("sha-1", ver), readings[i], &verified);

        assert_true(verified);
        assert_wants(caps, true, true);
        caps_unref(caps);
    }
}

static void
a_claim_is_read(void **state)
{
    static const struct {
        const char *c;
        bool valid;
    } cases[] = {
        { "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>", true },
        { "<c xmlns='http://jabber.org/protocol/caps' node='n' ver='v' ext='e'/>", true },
        { "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n'/>", false },
        { "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' ver='v'/>", false },
        { "<c xmlns='other' hash='sha-1' node='n' ver='v'/>", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena;
        struct element *root;
        struct stanza *stanza;
        struct caps_claim claim;
        char text[256];

        (void)snprintf(text, sizeof(text), "<presence>%s</presence>", cases[i].c);
        arena_init(&arena, 100000);
        assert_int_equal(xml_parse(&arena, str_from(text), NS_CLIENT, &root), 0);
        stanza = stanza_take(arena, root);
        assert_int_equal(caps_claim_read(stanza, &claim), cases[i].valid);
        stanza_unref(stanza);
    }
}

static void
the_cache_forgets_the_oldest(void **state)
{
    struct caps_cache cache = CAPS_CACHE_INIT(2);
    struct caps_claim claims[] = { claim_of("sha-1", "1"), claim_of("sha-1", "2"),
                                   claim_of("sha-1", "3"), claim_of("md5", "1") };
    struct caps *caps, *found;
    bool verified;

    (void)state;
    caps = read_answer(claims[0], QUERY(FEATURE("urn:a+notify")), &verified);
    assert_null(caps_cache_get(&cache, &claims[0]));
    caps_cache_put(&cache, &claims[0], caps);
    caps_cache_put(&cache, &claims[1], caps);
    found = caps_cache_get(&cache, &claims[0]); /* younger than [1] now */
    assert_ptr_equal(found, caps);
    caps_unref(found);
    caps_cache_put(&cache, &claims[2], caps);
    assert_null(caps_cache_get(&cache, &claims[1]));
    assert_null(caps_cache_get(&cache, &claims[3]));
    caps_unref(caps);
    found = caps_cache_get(&cache, &claims[0]);
    assert_wants(found, true, false);
    caps_unref(found);
    caps_cache_clear(&cache);
    assert_null(caps_cache_get(&cache, &claims[0]));
    caps_cache_clear(&cache);
}

static void
interests_are_bounded(void **state)
{
    struct buffer text;
    struct caps *caps;
    bool verified;

    (void)state;
    buffer_init(&text, 1 << 20);
    buffer_append(&text, STR("<query xmlns='http://jabber.org/protocol/disco#info'>"));
    for (int i = 0; i < 1000; i++)
        buffer_printf(&text, "<feature var='urn:%04d+notify'/>", i);
    buffer_append(&text, STR("</query>"));
    buffer_append_char(&text, '\0');
    caps = read_answer(claim_of("sha-1", "x"), buffer_str(&text).data, &verified);
    assert_int_equal(caps->count, CAPS_NODES_MAX);
    assert_true(caps_wants(caps, STR("urn:0000")));
    assert_false(caps_wants(caps, STR("urn:0999")));
    caps_unref(caps);
    buffer_fini(&text);
    assert_false(caps_wants(NULL, STR("urn:a")));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_verify),
        cmocka_unit_test(what_is_ill_formed_is_not_believed),
        cmocka_unit_test(one_text_has_one_meaning),
        cmocka_unit_test(a_claim_is_read),
        cmocka_unit_test(the_cache_forgets_the_oldest),
        cmocka_unit_test(interests_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
