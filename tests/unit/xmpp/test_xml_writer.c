/* test_xml_writer.c - escaping, namespaces, and that the reader reads what was written. */
#include "base/error.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;
static struct buffer out;

static int
setup(void **state)
{
    (void)state;
    arena_init(&arena, 1024 * 1024);
    buffer_init(&out, 1024 * 1024);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    buffer_fini(&out);
    return 0;
}

static void
assert_out(const char *expected)
{
    if (!str_is(buffer_str(&out), expected))
        fail_msg("\n'%.*s' is not\n'%s'", STR_ARG(buffer_str(&out)), expected);
    buffer_clear(&out);
}

static void
test_escapes(void **state)
{
    static const struct {
        struct str text;
        const char *escaped, *in_attribute;
    } table[] = {
        { { "", 0 }, "", "" },
        { { "abc", 3 }, "abc", "abc" },
        { { "<&>'\"", 5 }, "&lt;&amp;&gt;&apos;&quot;", "&lt;&amp;&gt;&apos;&quot;" },
        { { "a&", 2 }, "a&amp;", "a&amp;" },
        { { "\r\n\t", 3 }, "&#13;\n\t", "&#13;&#10;&#9;" },
        { { "\u00E4\u4E2D\U0001F916", 9 }, "\u00E4\u4E2D\U0001F916", "\u00E4\u4E2D\U0001F916" },
        { { "a\0b", 3 }, "a\uFFFDb", "a\uFFFDb" },
        { { "\x01\x1F\x7F", 3 }, "\uFFFD\uFFFD\x7F", "\uFFFD\uFFFD\x7F" },
        { { "a\xFFz", 3 }, "a\uFFFDz", "a\uFFFDz" },
        { { "a\xC3", 2 }, "a\uFFFD", "a\uFFFD" },
        { { "\xC3<", 2 }, "\uFFFD&lt;", "\uFFFD&lt;" },
        { { "\xED\xA0\x80", 3 }, "\uFFFD\uFFFD\uFFFD", "\uFFFD\uFFFD\uFFFD" },
        { { "\xEF\xBF\xBF", 3 }, "\uFFFD\uFFFD\uFFFD", "\uFFFD\uFFFD\uFFFD" },
        { { "\xEF\xBF\xBD", 3 }, "\uFFFD", "\uFFFD" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        xml_escape(&out, table[i].text);
        assert_out(table[i].escaped);
        xml_escape_attribute(&out, table[i].text);
        assert_out(table[i].in_attribute);
    }
}

static void
test_namespaces_are_declared_where_they_change(void **state)
{
    (void)state;
    struct element *root = element_new(&arena, NS_CLIENT, STR("message"));
    element_set(&arena, root, STR("to"), STR("a'b"));
    element_add_with_text(&arena, root, STR_EMPTY, STR("body"), STR("1 < 2"));
    struct element *x = element_add(&arena, root, STR("urn:x"), STR("x"));
    element_add(&arena, x, STR_EMPTY, STR("same"));
    element_add(&arena, x, NS_CLIENT, STR("message"));
    element_add(&arena, root, STR_EMPTY, STR("last"));
    struct element *none = element_add(&arena, root, STR_EMPTY, STR("none"));
    none->ns = STR_EMPTY;
    xml_write(&out, root, NS_CLIENT);
    assert_out("<message to='a&apos;b'><body>1 &lt; 2</body><x xmlns='urn:x'><same/>"
               "<message xmlns='jabber:client'/></x><last/><none xmlns=''/></message>");
    xml_write(&out, x, NS_CLIENT);
    assert_out("<x xmlns='urn:x'><same/><message xmlns='jabber:client'/></x>");
    element_remove(x);
    xml_write(&out, x, STR("urn:x"));
    assert_out("<x><same/><message xmlns='jabber:client'/></x>");
    xml_write(&out, root, STR_EMPTY);
    assert_out("<message xmlns='jabber:client' to='a&apos;b'><body>1 &lt; 2</body><last/>"
               "<none xmlns=''/></message>");
}

static void
set_in_ns(struct element *element, struct str ns, struct str name, struct str value)
{
    struct attribute *attribute = arena_alloc(&arena, sizeof(*attribute));
    struct attribute **end = &element->attributes;
    *attribute = (struct attribute){ .ns = ns, .name = name, .value = value };
    while (*end)
        end = &(*end)->next;
    *end = attribute;
}

static void
test_attributes_with_namespaces(void **state)
{
    (void)state;
    struct element *root = element_new(&arena, NS_CLIENT, STR("m"));
    set_in_ns(root, NS_XML, STR("lang"), STR("en"));
    set_in_ns(root, STR("urn:a"), STR("x"), STR("1"));
    set_in_ns(root, STR("urn:b"), STR("x"), STR("2"));
    set_in_ns(root, STR("urn:a"), STR("y"), STR("3"));
    set_in_ns(root, STR_EMPTY, STR("x"), STR("4"));
    xml_write(&out, root, NS_CLIENT);
    assert_out("<m xml:lang='en' xmlns:ns2='urn:a' ns2:x='1' xmlns:ns3='urn:b' ns3:x='2'"
               " ns2:y='3' x='4'/>");
}

static void
test_first_level_of_a_stream(void **state)
{
    (void)state;
    struct element *features = element_new(&arena, NS_STREAM, STR("features"));
    struct element *mechanisms = element_add(&arena, features, NS_SASL, STR("mechanisms"));
    element_add_with_text(&arena, mechanisms, STR_EMPTY, STR("mechanism"), STR("PLAIN"));
    element_add(&arena, features, NS_CLIENT, STR("x"));
    element_add(&arena, features, NS_STREAM, STR("y"));
    xml_write_in_stream(&out, features, NS_CLIENT);
    assert_out("<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
               "<mechanism>PLAIN</mechanism></mechanisms><x/>"
               "<y xmlns='http://etherx.jabber.org/streams'/></stream:features>");
    struct element *iq = element_new(&arena, NS_CLIENT, STR("iq"));
    xml_write_in_stream(&out, iq, NS_CLIENT);
    assert_out("<iq/>");
}

static void
test_without_one_attribute(void **state)
{
    (void)state;
    struct element *root = element_new(&arena, NS_SERVER, STR("message"));
    element_set(&arena, root, STR("to"), STR("a"));
    element_set(&arena, root, STR("id"), STR("b"));
    struct element *child = element_add(&arena, root, STR_EMPTY, STR("c"));
    element_set(&arena, child, STR("to"), STR("d"));
    buffer_append(&out, STR("before"));
    assert_int_equal(xml_write_without(&out, root, NS_CLIENT, STR("to")), 8);
    assert_out("before<message xmlns='jabber:server' id='b'><c to='d'/></message>");
}

static void
test_full_buffer_is_noticed(void **state)
{
    (void)state;
    struct buffer small;
    struct element *root = element_new(&arena, NS_CLIENT, STR("message"));
    element_add_text(&arena, root, STR("<<<<"));
    buffer_init(&small, 20);
    xml_write(&small, root, NS_CLIENT);
    assert_true(buffer_failed(&small));
    buffer_fini(&small);
}

/* --- The property: read(write(x)) == x ---------------------------------------------------------
 */

static uint64_t random_state;

/* xorshift64*: the same trees in every run. */
static unsigned
draw(unsigned below)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (unsigned)((random_state * 2685821657736338717u) >> 33) % below;
}

static struct str
draw_name(void)
{
    static const char *const names[] = { "a", "message", "b-c", "d.e_f", "\u00E4", "x1", "xml" };
    return str_from(names[draw(ARRAY_LEN(names))]);
}

static struct str
draw_ns(void)
{
    static const char *const namespaces[] = { "",      "jabber:client", "urn:a",
                                              "urn:b", "urn:'<&>\"",    "http://x/?a b" };
    return str_from(namespaces[draw(ARRAY_LEN(namespaces))]);
}

static struct str
draw_text(void)
{
    static const char *const pieces[] = {
        "a",  "&",      "<",          ">",        "]]>",
        "'",  "\"",     "\n",         "\r",       "\t",
        " ",  "\u00E4", "\U0001F916", "&amp;",    "]]",
        "--", "<!-",    "\u4E2D",     "\xC2\x85", "long long text"
    };
    struct str text = arena_dup(&arena, STR_EMPTY);
    for (unsigned count = 1 + draw(8); count > 0; count--)
        text = arena_printf(&arena, "%.*s%s", STR_ARG(text), pieces[draw(ARRAY_LEN(pieces))]);
    return text;
}

static void
draw_attributes(struct element *element)
{
    for (unsigned count = draw(4); count > 0; count--) {
        const struct str name = draw_name();
        const struct str ns = draw(3) ? STR_EMPTY : draw(2) ? NS_XML : draw_ns();
        bool is_new = true;
        for (struct attribute *a = element->attributes; a; a = a->next)
            is_new = is_new && !(str_equal(a->name, name) && str_equal(a->ns, ns));
        if (is_new)
            set_in_ns(element, ns, name, draw_text());
    }
}

static struct element *
draw_tree(struct element *parent, unsigned depth)
{
    struct element *element = element_new(&arena, draw_ns(), draw_name());
    element_append(parent, element);
    draw_attributes(element);
    for (unsigned count = depth > 0 ? draw(5) : 0; count > 0; count--) {
        /* Two runs of text side by side would be read as one. */
        const bool may_be_text = !element->last || !element_is_text(element->last);
        if (may_be_text && draw(2))
            element_add_text(&arena, element, draw_text());
        else
            (void)draw_tree(element, depth - 1);
    }
    return element;
}

static bool
same_attributes(const struct attribute *a, const struct attribute *b)
{
    while (a && b && str_equal(a->ns, b->ns) && str_equal(a->name, b->name) &&
           str_equal(a->value, b->value)) {
        a = a->next;
        b = b->next;
    }
    return !a && !b;
}

static bool
same_tree(const struct element *a, const struct element *b)
{
    if (!str_equal(a->ns, b->ns) || !str_equal(a->name, b->name) || !str_equal(a->text, b->text) ||
        !same_attributes(a->attributes, b->attributes))
        return false;
    a = a->first;
    b = b->first;
    while (a && b && same_tree(a, b)) {
        a = a->next;
        b = b->next;
    }
    return !a && !b;
}

static void
assert_same(const struct element *actual, const struct element *expected)
{
    if (actual && same_tree(actual, expected))
        return;
    struct buffer text;
    buffer_init(&text, 1024 * 1024);
    if (actual)
        xml_write(&text, actual, NS_CLIENT);
    fail_msg("\n%.*s\n is not\n%.*s", STR_ARG(buffer_str(&text)), STR_ARG(buffer_str(&out)));
}

static void
test_xml_parse_is_the_inverse(void **state)
{
    (void)state;
    random_state = 1;
    for (int i = 0; i < 2000; i++) {
        arena_reset(&arena);
        buffer_clear(&out);
        struct element *tree = draw_tree(NULL, 4);
        struct element *read = NULL;
        const struct str around = draw_ns();
        xml_write(&out, tree, around);
        assert_false(buffer_failed(&out));
        assert_int_equal(xml_parse(&arena, buffer_str(&out), around, &read), 0);
        assert_same(read, tree);
    }
}

/* Feeds in pieces of random length, at most `piece_max`. */
static struct stanza *
read_in_pieces(struct xml_reader *reader, struct str bytes, unsigned piece_max)
{
    struct stanza *stanza = NULL;
    while (bytes.len > 0) {
        const size_t len = 1 + draw(piece_max);
        xml_reader_feed(reader, str_slice(bytes, 0, len));
        bytes = str_slice(bytes, len, bytes.len);
        for (;;) {
            struct xml_event event = xml_reader_next(reader);
            assert_int_not_equal(event.type, XML_ERROR);
            if (event.type == XML_WAIT)
                break;
            assert_int_equal(event.type, XML_STANZA);
            assert_null(stanza);
            assert_int_equal(bytes.len, 0);
            stanza = event.stanza;
        }
    }
    return stanza;
}

static void
test_reader_is_the_inverse_however_cut(void **state)
{
    (void)state;
    struct xml_reader *reader = xml_reader_new(&XML_LIMITS_DEFAULT);
    const struct str header = STR("<s:stream xmlns='jabber:client' "
                                  "xmlns:s='http://etherx.jabber.org/streams'>");
    random_state = 2;
    xml_reader_feed(reader, header);
    assert_int_equal(xml_reader_next(reader).type, XML_STREAM_HEADER);
    assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
    for (int i = 0; i < 2000; i++) {
        arena_reset(&arena);
        buffer_clear(&out);
        struct element *tree = draw_tree(NULL, 4);
        xml_write(&out, tree, NS_CLIENT);
        struct stanza *stanza = read_in_pieces(reader, buffer_str(&out), i % 3 ? 100 : 1);
        assert_same(stanza ? stanza->root : NULL, tree);
        stanza_unref(stanza);
        if (i % 7 == 0)
            xml_reader_rest(reader);
    }
    xml_reader_free(reader);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_escapes),
        TEST(test_namespaces_are_declared_where_they_change),
        TEST(test_attributes_with_namespaces),
        TEST(test_first_level_of_a_stream),
        TEST(test_without_one_attribute),
        TEST(test_full_buffer_is_noticed),
        TEST(test_xml_parse_is_the_inverse),
        TEST(test_reader_is_the_inverse_however_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
