/* test_xml_reader.c - what comes out of a stream, what is refused, and what it may cost. Each case
 * is read whole, byte by byte and in random pieces, with and without rests, and must come out the
 * same. */
#include "base/error.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define HEADER                                                                                     \
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "        \
    "xmlns:p='urn:p' to='x' version='1.0'>"

/* How HEADER comes out. */
#define OPENED "[<stream xmlns='http://etherx.jabber.org/streams' to='x' version='1.0'/>]"

static const struct xml_limits LIMITS = {
    .stanza_bytes = 1000,
    .arena_bytes = 64 * 1024,
    .depth = 5,
    .attributes = 6,
    .elements = 10,
    .name_bytes = 40,
    .written_bytes = 8 * 1024,
};

static uint64_t random_state = 1;

static size_t
draw(size_t below)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (size_t)(random_state * 2685821657736338717u >> 33) % below;
}

/* --- Streams as text: [header]stanza stanza end, or !error -------------------------------------
 */

/* Writes down one event; false when nothing more may be asked. */
static bool
note(struct buffer *notes, struct xml_event event)
{
    switch (event.type) {
    case XML_WAIT:
        return false;
    case XML_STREAM_HEADER:
        buffer_append_char(notes, '[');
        xml_write(notes, event.header, STR_EMPTY);
        buffer_append_char(notes, ']');
        return true;
    case XML_STANZA:
        xml_write(notes, event.stanza->root, NS_CLIENT);
        stanza_unref(event.stanza);
        return true;
    case XML_STREAM_END:
        buffer_append(notes, STR("end"));
        return true;
    case XML_ERROR:
        buffer_printf(notes, "!%s", error_text(event.error));
        return false;
    }
    fail();
    return false;
}

enum cut {
    WHOLE,
    SINGLE,
    RANDOM,
    RESTING,
    CUT_COUNT
};

static size_t
piece_len(enum cut cut, size_t left)
{
    if (cut == WHOLE)
        return left;
    return cut == SINGLE ? 1 : 1 + draw(10);
}

static void
read_stream(struct buffer *notes, const struct xml_limits *limits, struct str bytes, enum cut cut)
{
    struct xml_reader *reader = xml_reader_new(limits);
    bool failed = false;
    while (bytes.len > 0 && !failed) {
        const size_t len = piece_len(cut, bytes.len);
        xml_reader_feed(reader, str_slice(bytes, 0, len));
        bytes = str_slice(bytes, len, bytes.len);
        struct xml_event event;
        do
            event = xml_reader_next(reader);
        while (note(notes, event));
        failed = event.type == XML_ERROR;
        if (cut == RESTING)
            xml_reader_rest(reader);
    }
    xml_reader_free(reader);
}

static void
check_with(const struct xml_limits *limits, struct str bytes, const char *expected)
{
    for (enum cut cut = WHOLE; cut < CUT_COUNT; cut++) {
        struct buffer notes;
        buffer_init(&notes, 1024 * 1024);
        read_stream(&notes, limits, bytes, cut);
        if (!str_is(buffer_str(&notes), expected))
            fail_msg("cut %d of\n%.*s\ngives\n%.*s\nnot\n%s", (int)cut, STR_ARG(bytes),
                     STR_ARG(buffer_str(&notes)), expected);
        buffer_fini(&notes);
    }
}

/* Behind HEADER. */
static void
check(struct str bytes, const char *expected)
{
    struct buffer text;
    struct buffer wanted;
    buffer_init(&text, 1024 * 1024);
    buffer_init(&wanted, 1024 * 1024);
    buffer_append(&text, STR(HEADER));
    buffer_append(&text, bytes);
    buffer_append(&wanted, STR(OPENED));
    buffer_append(&wanted, str_from(expected));
    buffer_append_char(&wanted, '\0');
    check_with(&LIMITS, buffer_str(&text), buffer_str(&wanted).data);
    buffer_fini(&text);
    buffer_fini(&wanted);
}

struct sample {
    const char *text, *expected;
};

static void
check_all(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(str_from(samples[i].text), samples[i].expected);
}

/* --- Well-formed streams -----------------------------------------------------------------------
 */

static void
test_stanzas(void **state)
{
    static const struct sample samples[] = {
        { "", "" },
        { "<presence/>", "<presence/>" },
        { "<presence></presence>", "<presence/>" },
        { "<iq id='1'/><iq id='2'/>", "<iq id='1'/><iq id='2'/>" },
        { " \r\n\t<iq/> \n <iq/> ", "<iq/><iq/>" },
        { "<message to=\"a\"  id = 'b' ><body >hi</body\n></message >",
          "<message to='a' id='b'><body>hi</body></message>" },
        { "<a><b/>x<b>y</b>z</a>", "<a><b/>x<b>y</b>z</a>" },
        { "<a>  <b/>  </a>", "<a>  <b/>  </a>" },
        { "<a>&lt;&gt;&amp;&apos;&quot;&#65;&#x42;</a>", "<a>&lt;&gt;&amp;&apos;&quot;AB</a>" },
        { "<a b='&lt;&quot;&#10;>'/>", "<a b='&lt;&quot;&#10;&gt;'/>" },
        { "<a b='x\ny\tz'/>", "<a b='x y z'/>" },
        { "<a>x\r\ny\rz</a>", "<a>x\ny\nz</a>" },
        { "<a><![CDATA[<b>&amp;]]]></a>", "<a>&lt;b&gt;&amp;amp;]</a>" },
        { "<a>x<![CDATA[]]>y<![CDATA[]] >]]></a>", "<a>xy]] &gt;</a>" },
        { "<a>]] ></a>", "<a>]] &gt;</a>" },
        { "<a b='/'/><a b='/>'></a>", "<a b='/'/><a b='/&gt;'/>" },
        { "<\u00E4 \u4E2D='\U0001F916'>\U0001F916</\u00E4>",
          "<\u00E4 \u4E2D='\U0001F916'>\U0001F916</\u00E4>" },
        { "<a/></stream:stream>", "<a/>end" },
        { "</stream:stream>  <iq/> junk \xFF", "end" },
    };
    (void)state;
    check_all(samples, ARRAY_LEN(samples));
}

static void
test_headers(void **state)
{
    static const struct sample samples[] = {
        { HEADER, OPENED },
        { " \n" HEADER, OPENED },
        { "<?xml version='1.0'?>" HEADER, OPENED },
        { "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n" HEADER "<iq/>", OPENED "<iq/>" },
        { "<?xml version='1.0' encoding='utf-8' standalone='yes'?>" HEADER, OPENED },
        { "<?xml version='1.0' encoding='uTf-8'?>" HEADER, OPENED },
        { "<stream/>", "!not well-formed XML" },
        { "<a>", "[<a/>]" },
        { "<a><b/></a>", "[<a/>]<b xmlns=''/>end" },
        { "<s:a xmlns:s='urn:s' xml:lang='en'>", "[<a xmlns='urn:s' xml:lang='en'/>]" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        check_with(&LIMITS, str_from(samples[i].text), samples[i].expected);
}

/* RFC 6120 4.8, attacks on prefixes. */
static void
test_namespaces(void **state)
{
    static const struct sample samples[] = {
        { "<p:a/>", "<a xmlns='urn:p'/>" },
        { "<stream:features/>", "<features xmlns='http://etherx.jabber.org/streams'/>" },
        { "<a xmlns='urn:x'><b/></a><b/>", "<a xmlns='urn:x'><b/></a><b/>" },
        { "<q:a xmlns:q='jabber:client'/>", "<a/>" },
        { "<iq xmlns='jabber:server'/>", "<iq xmlns='jabber:server'/>" },
        { "<a xmlns=''><b/></a>", "<a xmlns=''><b/></a>" },
        { "<stream:a xmlns:stream='urn:other'/><stream:b/>",
          "<a xmlns='urn:other'/><b xmlns='http://etherx.jabber.org/streams'/>" },
        { "<a p:x='1' x='2' xml:lang='de'/>",
          "<a xmlns:ns1='urn:p' ns1:x='1' x='2' xml:lang='de'/>" },
        { "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='x'/>",
          "<a xml:lang='x'/>" },
        { "<q:a/>", "!not well-formed XML" },
        { "<a q:x='1'/>", "!not well-formed XML" },
        { "<q:a xmlns:q='urn:q'/><q:a/>", "<a xmlns='urn:q'/>!not well-formed XML" },
        { "<a xmlns:p=''/>", "!not well-formed XML" },
        { "<a xmlns:xml='urn:x'/>", "!not well-formed XML" },
        { "<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>", "!not well-formed XML" },
        { "<a xmlns='http://www.w3.org/XML/1998/namespace'/>", "!not well-formed XML" },
        { "<a xmlns:xmlns='urn:x'/>", "!not well-formed XML" },
        { "<a xmlns:x='http://www.w3.org/2000/xmlns/'/>", "!not well-formed XML" },
        { "<a xmlns='u' xmlns='v'/>", "!not well-formed XML" },
        { "<a xmlns:q='urn:p' p:x='1' q:x='2'/>", "!not well-formed XML" },
        { "<p:a></stream:a>", "!not well-formed XML" },
        { "<p:a:b/>", "!not well-formed XML" },
        { "<:a/>", "!not well-formed XML" },
        /* A separator inside a namespace name (CVE-2022-25236). */
        { "<a xmlns='x&#1;y'/>", "!not well-formed XML" },
        { "<a xmlns='x\x01y'/>", "!not well-formed XML" },
        { "<a xmlns='jabber:client&#10;iq'/>", "<a xmlns='jabber:client&#10;iq'/>" },
        { "</q:stream>", "!not well-formed XML" },
        { "</stream>", "!not well-formed XML" },
    };
    (void)state;
    check_all(samples, ARRAY_LEN(samples));
}

/* --- What is refused ---------------------------------------------------------------------------
 */

static void
test_not_well_formed(void **state)
{
    static const struct sample samples[] = {
        { "<a></b>", "!not well-formed XML" },
        { "<a><b></a>", "!not well-formed XML" },
        { "<iq/><a b/>", "<iq/>!not well-formed XML" },
        { "<a b=c/>", "!not well-formed XML" },
        { "<a b='1'c='2'/>", "!not well-formed XML" },
        { "<a b='1' b='2'/>", "!not well-formed XML" },
        { "<a b='<'/>", "!not well-formed XML" },
        { "<a <b/>", "!not well-formed XML" },
        { "<>", "!not well-formed XML" },
        { "<1/>", "!not well-formed XML" },
        { "< a/>", "!not well-formed XML" },
        { "<a / >", "!not well-formed XML" },
        { "<a>]]></a>", "!not well-formed XML" },
        { "<a>&</a>", "!not well-formed XML" },
        { "<a>& </a>", "!not well-formed XML" },
        { "<a>&;</a>", "!not well-formed XML" },
        { "<a>&#0;</a>", "!not well-formed XML" },
        { "<a>&#x1;</a>", "!not well-formed XML" },
        { "<a>&#xD800;</a>", "!not well-formed XML" },
        { "<a>&#x110000;</a>", "!not well-formed XML" },
        { "<a b='&#xFFFF;'/>", "!not well-formed XML" },
        { "<a>\x01</a>", "!not well-formed XML" },
        { "<a><![CDATx[]]></a>", "!not well-formed XML" },
        { "</stream:stream x='1'>", "!not well-formed XML" },
        { "<a></a b='1'>", "!not well-formed XML" },
    };
    (void)state;
    check_all(samples, ARRAY_LEN(samples));
}

/* Bytes that are not part of a stanza, or of XMPP at all. */
static void
test_outside(void **state)
{
    static const struct sample inside[] = {
        { "x", "!malformed" },        { "<a/>x<b/>", "<a/>!malformed" },
        { "&lt;", "!malformed" },     { "&#32;", "!malformed" },
        { "\xC2\xA0", "!malformed" }, { "<![CDATA[ ]]>", "!malformed" },
    };
    static const struct sample before[] = {
        { "GET / HTTP/1.1\r\n\r\n", "!not well-formed XML" },
        { "\x16\x03\x01", "!not well-formed XML" },
        { "\xEF\xBB\xBF<a>", "!not well-formed XML" },
        { "\xFF\xFE<", "!not UTF-8" },
        { "\xFE\xFF", "!not UTF-8" },
        { "</stream:stream>", "!not well-formed XML" },
        { "<![CDATA[ ]]>", "!not well-formed XML" },
    };
    (void)state;
    check_all(inside, ARRAY_LEN(inside));
    for (size_t i = 0; i < ARRAY_LEN(before); i++)
        check_with(&LIMITS, str_from(before[i].text), before[i].expected);
    check_with(&LIMITS, STR("\0<\0a"), "!not UTF-8");
    check_with(&LIMITS, STR("<\0a\0>\0"), "!not well-formed XML");
    check(STR("<a>\0</a>"), "!not well-formed XML");
}

/* RFC 6120 11.1, 11.5, 11.6. */
static void
test_restricted(void **state)
{
    static const char restricted[] = "!XML that streams may not contain";
    static const char *const inside[] = {
        "<!-- x -->",
        "<a><!-- x --></a>",
        "<?xml version='1.0'?>",
        "<?pi?>",
        "<a><?pi x?></a>",
        "<a>&nbsp;</a>",
        "<a b='&nbsp;'/>",
        "<a>&averyverylongentityname;</a>",
        "<!DOCTYPE a>",
        "<a><!ELEMENT b ANY></a>",
        "<!ENTITY x 'y'>",
    };
    static const struct sample before[] = {
        { "<!DOCTYPE a><a>", restricted },
        { "<!DOCTYPE a [<!ENTITY x 'y'>]><a b='&x;'>", restricted },
        { "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'http://127.0.0.1/x'><a>", restricted },
        { "<?xml version='1.0'?><?xml version='1.0'?><a>", restricted },
        { "<?xml version='1.0'?><?pi?><a>", restricted },
        { " <?xml version='1.0'?><a>", restricted },
        { "<!-- x --><a>", restricted },
        { "<?pi?><a>", restricted },
        { "<?xmlx version='1.0'?><a>", restricted },
        { "<?xml-stylesheet href='x'?><a>", restricted },
        { "<?xml version='1.1'?><a>", restricted },
        { "<?xml version='2.0'?><a>", restricted },
        { "<?xml version='1.0' encoding='ISO-8859-1'?><a>", "!not UTF-8" },
        { "<?xml version='1.0' encoding='UTF-16'?><a>", "!not UTF-8" },
        { "<?xml version='1.0' encoding='US-ASCII'?><a>", "!not UTF-8" },
        { "<?xml encoding='UTF-8'?><a>", "!not well-formed XML" },
        { "<?xml?><a>", "!not well-formed XML" },
        { "<?xml version='1.0'<a>", "!not well-formed XML" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(inside); i++)
        check(str_from(inside[i]), restricted);
    for (size_t i = 0; i < ARRAY_LEN(before); i++)
        check_with(&LIMITS, str_from(before[i].text), before[i].expected);
}

/* Sequences as in Markus Kuhn's decoder stress test: none may pass, wherever it stands. */
static void
test_broken_utf8(void **state)
{
    static const char *const sequences[] = {
        "\x80",
        "\xBF",
        "\x80\xBF\x80",
        "\xC0 ",
        "\xDF ",
        "\xE0 ",
        "\xEF ",
        "\xF0 ",
        "\xF7 ",
        "\xF8 ",
        "\xFB ",
        "\xFC ",
        "\xFD ",
        "\xC0",
        "\xE0\x80",
        "\xF0\x80\x80",
        "\xF8\x80\x80\x80",
        "\xFC\x80\x80\x80\x80",
        "\xDF",
        "\xEF\xBF",
        "\xF7\xBF\xBF",
        "\xFE",
        "\xFF",
        "\xFE\xFE\xFF\xFF",
        "\xC0\xAF",
        "\xE0\x80\xAF",
        "\xF0\x80\x80\xAF",
        "\xF8\x80\x80\x80\xAF",
        "\xFC\x80\x80\x80\x80\xAF",
        "\xC1\xBF",
        "\xE0\x9F\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xF8\x87\xBF\xBF\xBF",
        "\xC0\x80",
        "\xE0\x80\x80",
        "\xF0\x80\x80\x80",
        "\xED\xA0\x80",
        "\xED\xAD\xBF",
        "\xED\xAE\x80",
        "\xED\xAF\xBF",
        "\xED\xB0\x80",
        "\xED\xBE\x80",
        "\xED\xBF\xBF",
        "\xED\xA0\x80\xED\xB0\x80",
        "\xED\xAF\xBF\xED\xBF\xBF",
        "\xEF\xBF\xBE",
        "\xEF\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF7\xBF\xBF\xBF",
    };
    static const char *const places[] = { "<a>x%sy</a>", "<a b='%s'/>", "<a%s/>", "<a b%s=''/>",
                                          "<a><![CDATA[%s]]></a>" };
    struct arena arena;
    (void)state;
    arena_init(&arena, 1024 * 1024);
    for (size_t i = 0; i < ARRAY_LEN(sequences) * ARRAY_LEN(places); i++) {
        struct buffer text;
        const char *place = places[i % ARRAY_LEN(places)];
        const char *mark = strchr(place, '%');
        buffer_init(&text, 1000);
        buffer_append(&text, (struct str){ place, (size_t)(mark - place) });
        buffer_append(&text, str_from(sequences[i / ARRAY_LEN(places)]));
        buffer_append(&text, str_from(mark + 2));
        check(buffer_str(&text), "!not well-formed XML");
        buffer_fini(&text);
    }
    arena_fini(&arena);
}

/* --- Limits ------------------------------------------------------------------------------------
 */

static void
append_repeated(struct buffer *buffer, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_append(buffer, str_from(text));
}

/* begin, count times text, end: the number of stanzas and the error, however it is cut. */
static void
check_limit(const struct xml_limits *limits,
            const char *begin,
            const char *text,
            size_t count,
            const char *end,
            int expected)
{
    for (enum cut cut = WHOLE; cut < CUT_COUNT; cut++) {
        struct buffer bytes;
        struct buffer notes;
        char error[100] = "!";
        buffer_init(&bytes, 16 * 1024 * 1024);
        buffer_init(&notes, 16 * 1024 * 1024);
        buffer_append(&bytes, str_from(begin));
        append_repeated(&bytes, text, count);
        buffer_append(&bytes, str_from(end));
        read_stream(&notes, limits, buffer_str(&bytes), cut);
        if (expected < 0)
            strncat(error, error_text(expected), sizeof(error) - 2);
        const bool failed = str_find_char(buffer_str(&notes), '!', 0) >= 0;
        if (failed != (expected < 0) ||
            (failed && !str_ends_with(buffer_str(&notes), str_from(error))))
            fail_msg("%s %zu x %s: %.*s", begin, count, text, STR_ARG(buffer_str(&notes)));
        buffer_fini(&bytes);
        buffer_fini(&notes);
    }
}

static void
test_limits(void **state)
{
    (void)state;
    /* depth 5 */
    check_limit(&LIMITS, HEADER, "<a>", 5, "", 0);
    check_limit(&LIMITS, HEADER, "<a>", 6, "", E_LIMIT);
    check_limit(&LIMITS, HEADER "<a><a><a><a>", "<b/>", 6, "", 0);
    check_limit(&LIMITS, HEADER "<a><a><a><a><a>", "<b/>", 1, "", E_LIMIT);
    /* attributes 6, declarations included */
    check_limit(&LIMITS, HEADER "<a b='' c='' d='' e='' f='' g=''/>", "", 0, "", 0);
    check_limit(&LIMITS, HEADER "<a b='' c='' d='' e='' f='' g='' h='", "", 0, "", E_LIMIT);
    check_limit(&LIMITS, HEADER "<a xmlns='x' xmlns:a='x' c='' d='' e='' f='' g=''/>", "", 0, "",
                E_LIMIT);
    /* elements 10 */
    check_limit(&LIMITS, HEADER "<a>", "<b/>", 9, "</a>", 0);
    check_limit(&LIMITS, HEADER "<a>", "<b/>", 10, "", E_LIMIT);
    check_limit(&LIMITS, HEADER, "<b/>", 100, "", 0);
    /* names 40 */
    check_limit(&LIMITS, HEADER "<", "n", 40, "/>", 0);
    check_limit(&LIMITS, HEADER "<", "n", 41, "", E_LIMIT);
    check_limit(&LIMITS, HEADER "<a ", "n", 40, "=''/>", 0);
    check_limit(&LIMITS, HEADER "<a ", "n", 41, "", E_LIMIT);
    check_limit(&LIMITS, HEADER "<a b='' ", "\u00E4", 21, "", E_LIMIT);
    check_limit(&LIMITS, HEADER "<a></", "n", 41, "", E_LIMIT);
    check_limit(&LIMITS, HEADER "<a xmlns='", "n", 40, "'/>", 0);
    check_limit(&LIMITS, HEADER "<a xmlns='", "n", 41, "", E_LIMIT);
    check_limit(&LIMITS, HEADER "<a b='' xmlns:x = '", "n", 41, "", E_LIMIT);
    check_limit(&LIMITS, HEADER "<a xmlns='' b='", "n", 41, "'/>", 0);
}

static void
test_stanza_bytes(void **state)
{
    (void)state;
    /* 7 bytes are around the text. */
    check_limit(&LIMITS, HEADER "<a>", "x", 993, "</a>", 0);
    check_limit(&LIMITS, HEADER "<a>", "x", 994, "</a>", E_TOO_BIG);
    check_limit(&LIMITS, HEADER "<a>", "x", 998, "", E_TOO_BIG);
    check_limit(&LIMITS, HEADER "<a b='", "x", 991, "'/>", 0);
    check_limit(&LIMITS, HEADER "<a b='", "x", 992, "'/>", E_TOO_BIG);
    check_limit(&LIMITS, HEADER "<a b='", "x", 995, "", E_TOO_BIG);
    check_limit(&LIMITS, HEADER "<a", " ", 1000, "", E_TOO_BIG);
    check_limit(&LIMITS, HEADER "<a>", "<![CDATA[", 1, "", 0);
    check_limit(&LIMITS, HEADER "<a><![CDATA[", "x", 1000, "", E_TOO_BIG);
    check_limit(&LIMITS, HEADER "<a></a", " ", 1000, "", E_TOO_BIG);
    check_limit(&LIMITS, HEADER "<a/>", " ", 5000, "<a/>", 0);
    check_limit(&LIMITS, "<?xml version='1.0'", " ", 1000, "", E_TOO_BIG);
    check_limit(&LIMITS, "", " ", 5000, HEADER, 0);
    check_limit(&LIMITS, "<a b='", "x", 992, "'>", 0);
    check_limit(&LIMITS, "<a b='", "x", 993, "'>", E_TOO_BIG);
    check_limit(&LIMITS, "<a", " ", 2000, "", E_TOO_BIG);
    check_limit(&LIMITS, HEADER, " ", 5000, "</stream:stream>", 0);
}

static void
test_arena_bytes(void **state)
{
    struct xml_limits limits = XML_LIMITS_DEFAULT;
    (void)state;
    limits.arena_bytes = 8 * 1024;
    check_limit(&limits, HEADER "<a>", "<b/>", 10, "</a>", 0);
    check_limit(&limits, HEADER "<a>", "<b/>", 200, "", E_LIMIT);
    check_limit(&limits, HEADER "<a>", "text, text, ", 1000, "</a>", E_LIMIT);
    check_limit(&limits, HEADER "<a b='", "text, text, ", 1000, "'/>", E_LIMIT);
}

/* What was short to say may not be long to pass on: a prefix, a quotation mark. */
static void
test_written_bytes(void **state)
{
    static const char begin[] = HEADER
        "<p:a xmlns:q='urn:1234567890123456789012345678901234567890123456789012345678901234'>";
    struct xml_limits limits = XML_LIMITS_DEFAULT;
    (void)state;
    check_limit(&limits, begin, "<q:b><p:c/></q:b>", 100, "</p:a>", 0);
    check_limit(&limits, begin, "<q:b><p:c/></q:b>", 1000, "</p:a>", 0);
    check_limit(&limits, HEADER "<a b=\"", "'", 150000, "\"/>", 0);
    check_limit(&limits, HEADER "<a b=\"", "'", 200000, "\"/>", E_LIMIT);
    check_limit(&limits, HEADER "<a>", "\"", 200000, "</a>", E_LIMIT);
    limits.written_bytes = 1000;
    check_limit(&limits, begin, "<q:b><p:c/></q:b>", 3, "</p:a>", 0);
    check_limit(&limits, begin, "<q:b><p:c/></q:b>", 20, "</p:a>", E_LIMIT);
}

/* A thousand bytes of namespace, twice, that take turns: kept once each, but not to be written. */
static void
test_long_namespaces(void **state)
{
    struct xml_limits limits = XML_LIMITS_DEFAULT;
    struct buffer begin;
    (void)state;
    buffer_init(&begin, 8 * 1024);
    buffer_append(&begin, STR(HEADER "<q:a xmlns:q='"));
    for (int i = 0; i < 1000; i++)
        buffer_append_char(&begin, 'q');
    buffer_append(&begin, STR("' xmlns:r='r"));
    for (int i = 0; i < 1000; i++)
        buffer_append_char(&begin, 'r');
    buffer_append(&begin, STR("'>"));
    buffer_append_char(&begin, '\0');
    const char *text = buffer_str(&begin).data;
    limits.arena_bytes = 64 * 1024;
    check_limit(&limits, text, "<r:b><q:c/></r:b>", 8, "</q:a>", 0);
    check_limit(&limits, text, "<r:b><q:c/></r:b>", 60, "</q:a>", E_LIMIT);
    buffer_fini(&begin);
}

/* The limits of a piece are those that held when it began. */
static void
test_new_limits_hold_from_the_next_stanza_on(void **state)
{
    struct xml_limits larger = LIMITS;
    struct xml_reader *reader = xml_reader_new(&LIMITS);
    (void)state;
    larger.depth = 6;
    xml_reader_feed(reader, STR(HEADER "<a><a><a><a>"));
    assert_int_equal(xml_reader_next(reader).type, XML_STREAM_HEADER);
    assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
    xml_reader_set_limits(reader, &larger);
    xml_reader_feed(reader, STR("<a></a></a></a></a></a><a><a><a><a><a><a>"));
    const struct xml_event event = xml_reader_next(reader);
    assert_int_equal(event.type, XML_STANZA);
    stanza_unref(event.stanza);
    assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
    xml_reader_set_limits(reader, &LIMITS);
    xml_reader_feed(reader, STR("<a>"));
    assert_int_equal(xml_reader_next(reader).error, E_LIMIT);
    xml_reader_free(reader);
}

/* --- Order, restart, rest ----------------------------------------------------------------------
 */

/* STARTTLS: nothing behind the stanza may have been looked at (RFC 6120 5.4.3.3). */
static void
test_nothing_is_read_ahead(void **state)
{
    struct xml_reader *reader = xml_reader_new(&LIMITS);
    (void)state;
    xml_reader_feed(reader, STR(HEADER "<starttls/>\xFF\xFF<<<"));
    assert_int_equal(xml_reader_next(reader).type, XML_STREAM_HEADER);
    const struct xml_event event = xml_reader_next(reader);
    assert_int_equal(event.type, XML_STANZA);
    stanza_unref(event.stanza);
    xml_reader_restart(reader);
    assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
    xml_reader_feed(reader, STR("<?xml version='1.0'?>" HEADER));
    assert_int_equal(xml_reader_next(reader).type, XML_STREAM_HEADER);
    assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
    xml_reader_free(reader);
}

static void
test_restart_anywhere(void **state)
{
    const struct str text = STR("<?xml version='1.0'?>" HEADER "<a b='c'>d<e/><![CDATA[f]]></a>");
    (void)state;
    for (size_t len = 0; len <= text.len; len++) {
        struct xml_reader *reader = xml_reader_new(&LIMITS);
        struct buffer notes;
        buffer_init(&notes, 10000);
        xml_reader_feed(reader, str_slice(text, 0, len));
        while (note(&notes, xml_reader_next(reader)))
            ;
        xml_reader_restart(reader);
        buffer_clear(&notes);
        xml_reader_feed(reader, text);
        while (note(&notes, xml_reader_next(reader)))
            ;
        assert_true(str_is(buffer_str(&notes), OPENED "<a b='c'>d<e/>f</a>"));
        buffer_fini(&notes);
        xml_reader_free(reader);
    }
}

static size_t
heap_in_use(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* mallinfo2() counts nothing under a sanitizer, and then these tests say nothing; they do in the
 * other builds. */
static void
test_rest_gives_memory_back(void **state)
{
    struct xml_reader *reader = xml_reader_new(&LIMITS);
    struct buffer notes;
    (void)state;
    buffer_init(&notes, 1024 * 1024);
    xml_reader_feed(reader, STR(HEADER));
    while (note(&notes, xml_reader_next(reader)))
        ;
    xml_reader_rest(reader);
    const size_t before = heap_in_use();
    for (int i = 0; i < 100; i++) {
        buffer_clear(&notes);
        xml_reader_feed(reader, STR("<p:a>text</p:a> "));
        while (note(&notes, xml_reader_next(reader)))
            ;
        assert_true(str_is(buffer_str(&notes), "<a xmlns='urn:p'>text</a>"));
        xml_reader_rest(reader);
        xml_reader_rest(reader);
    }
    assert_true(heap_in_use() <= before + 2048);
    xml_reader_feed(reader, STR("</stream:stream>"));
    assert_int_equal(xml_reader_next(reader).type, XML_STREAM_END);
    xml_reader_rest(reader);
    xml_reader_free(reader);
    buffer_fini(&notes);
}

/* --- What it costs -----------------------------------------------------------------------------
 */

/* New names in each stanza, for long: expat would keep them all. */
static void
test_long_stream_takes_no_more_memory(void **state)
{
    struct xml_reader *reader = xml_reader_new(&XML_LIMITS_DEFAULT);
    size_t early = 0;
    size_t late = 0;
    (void)state;
    xml_reader_feed(reader, STR(HEADER));
    assert_int_equal(xml_reader_next(reader).type, XML_STREAM_HEADER);
    assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
    for (int i = 0; i < 200000; i++) {
        char text[100];
        const int len = snprintf(text, sizeof(text), "<name-%d attribute-%d='x'/>  ", i, i);
        xml_reader_feed(reader, (struct str){ text, (size_t)len });
        const struct xml_event event = xml_reader_next(reader);
        assert_int_equal(event.type, XML_STANZA);
        stanza_unref(event.stanza);
        assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
        size_t *most = i < 20000 ? &early : &late;
        if (i % 100 == 0 && heap_in_use() > *most)
            *most = heap_in_use();
    }
    assert_true(late <= early + 64 * 1024);
    xml_reader_free(reader);
}

static void
test_white_space_takes_no_memory(void **state)
{
    struct xml_reader *reader = xml_reader_new(&LIMITS);
    static char spaces[4096];
    (void)state;
    memset(spaces, ' ', sizeof(spaces));
    xml_reader_feed(reader, STR(HEADER));
    assert_int_equal(xml_reader_next(reader).type, XML_STREAM_HEADER);
    assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
    const size_t before = heap_in_use();
    for (int i = 0; i < 10000; i++) {
        xml_reader_feed(reader, (struct str){ spaces, sizeof(spaces) });
        assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
    }
    assert_true(heap_in_use() <= before + 4 * sizeof(spaces));
    xml_reader_free(reader);
}

/* Of this thread alone: the machine may have much else to do. */
static int64_t
worked_us(void)
{
    struct timespec time;
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time), 0);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* Microseconds for one stanza that begins with `begin` and goes on with `count` times `text`, fed
 * byte by byte. */
static int64_t
time_single_bytes(const char *begin, const char *text, size_t count)
{
    struct xml_limits limits = XML_LIMITS_DEFAULT;
    struct buffer bytes;
    limits.name_bytes = limits.stanza_bytes = 4 * 1024 * 1024;
    limits.attributes = limits.elements = 1000000;
    limits.arena_bytes = limits.written_bytes = 64 * 1024 * 1024;
    struct xml_reader *reader = xml_reader_new(&limits);
    buffer_init(&bytes, 16 * 1024 * 1024);
    append_repeated(&bytes, begin, 1);
    append_repeated(&bytes, text, count);
    xml_reader_feed(reader, STR(HEADER));
    assert_int_equal(xml_reader_next(reader).type, XML_STREAM_HEADER);
    assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
    const int64_t start = worked_us();
    for (size_t i = 0; i < buffer_len(&bytes); i++) {
        xml_reader_feed(reader, str_slice(buffer_str(&bytes), i, i + 1));
        assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
    }
    const int64_t took = worked_us() - start;
    xml_reader_free(reader);
    buffer_fini(&bytes);
    return took;
}

/* CVE-2023-52425 and its like. Eight times as many bytes may take no more than eight times as
 * long, with room for a busy machine; the square would be 64. */
static void
test_time_is_linear(void **state)
{
    static const struct {
        const char *begin, *text;
    } table[] = {
        { "<a b='", "x" }, { "<a b='", ">" },       { "<", "a" },      { "<a ", "a='b' " },
        { "<a ", " " },    { "<a>", "x" },          { "<a>", "]" },    { "<a>", "<b/>" },
        { "<a>", "&lt;" }, { "<a><![CDATA[", "]" }, { "<a></a", " " },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const size_t count = 40000 / strlen(table[i].text);
        const int64_t one = time_single_bytes(table[i].begin, table[i].text, count);
        const int64_t eight = time_single_bytes(table[i].begin, table[i].text, 8 * count);
        if (eight > 24 * one + 20000)
            fail_msg("%s%s: %d us, %d us", table[i].begin, table[i].text, (int)one, (int)eight);
    }
}

/* The worst that fits into the limits: memory per stanza stays below the arena's limit and a few
 * times its bytes. */
static void
test_memory_is_bounded(void **state)
{
    static const char *const texts[] = { "<b/>",  "<b a='' c='' d=''/>", "x<b/>", "x", "&lt;",
                                         "<p:b/>" };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct xml_limits limits = XML_LIMITS_DEFAULT;
        struct xml_reader *reader = xml_reader_new(&limits);
        struct buffer bytes;
        buffer_init(&bytes, 1024 * 1024);
        append_repeated(&bytes, texts[i], (limits.stanza_bytes - 10) / strlen(texts[i]));
        const size_t before = heap_in_use();
        xml_reader_feed(reader, STR(HEADER "<a>"));
        assert_int_equal(xml_reader_next(reader).type, XML_STREAM_HEADER);
        assert_int_equal(xml_reader_next(reader).type, XML_WAIT);
        for (size_t at = 0; at < buffer_len(&bytes); at += 4096) {
            xml_reader_feed(reader, str_slice(buffer_str(&bytes), at, at + 4096));
            if (xml_reader_next(reader).type == XML_ERROR)
                break;
        }
        assert_true(heap_in_use() <= before + limits.arena_bytes + 4 * limits.stanza_bytes);
        xml_reader_free(reader);
        buffer_fini(&bytes);
    }
}

/* --- xml_parse ---------------------------------------------------------------------------------
 */

static void
test_xml_parse(void **state)
{
    static const struct {
        const char *text;
        int result;
    } table[] = {
        { "<a/>", 0 },
        { " <a xmlns='urn:x'>y</a>\n", 0 },
        { "", E_XML_SYNTAX },
        { " ", E_XML_SYNTAX },
        { "<a>", E_XML_SYNTAX },
        { "<a", E_XML_SYNTAX },
        { "<a/><b/>", E_XML_SYNTAX },
        { "<a/>x", E_XML_SYNTAX },
        { "x", E_FORMAT },
        { "</stream>", E_XML_SYNTAX },
        { "</stream><stream>", E_XML_SYNTAX },
        { "<?xml version='1.0'?><a/>", E_XML_RESTRICTED },
        { "<a><!-- --></a>", E_XML_RESTRICTED },
        { "<a>\xFF</a>", E_XML_SYNTAX },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct arena arena;
        struct element *element = NULL;
        arena_init(&arena, 64 * 1024);
        const int r = xml_parse(&arena, str_from(table[i].text), STR("urn:'&"), &element);
        if (r != table[i].result)
            fail_msg("%s: %d", table[i].text, r);
        assert_true((r == 0) == (element != NULL));
        arena_fini(&arena);
    }
}

static void
test_xml_parse_default_namespace(void **state)
{
    struct arena arena;
    struct element *element;
    (void)state;
    arena_init(&arena, 64 * 1024);
    assert_int_equal(xml_parse(&arena, STR("<a/>"), STR("urn:'&"), &element), 0);
    assert_true(str_is(element->ns, "urn:'&"));
    assert_int_equal(xml_parse(&arena, STR("<a/>"), STR_EMPTY, &element), 0);
    assert_int_equal(element->ns.len, 0);
    arena_fini(&arena);
    arena_init(&arena, 100);
    assert_int_equal(xml_parse(&arena, STR("<a b='c'/>"), STR_EMPTY, &element), E_LIMIT);
    arena_fini(&arena);
}

/* A stanza is handed over with room for what others add. */
static void
test_reserve(void **state)
{
    struct xml_limits limits = LIMITS;
    struct xml_reader *reader;
    (void)state;
    limits.arena_bytes = 1024;
    reader = xml_reader_new(&limits);
    xml_reader_feed(reader, STR(HEADER "<iq id='x'/>"));
    assert_int_equal(xml_reader_next(reader).type, XML_STREAM_HEADER);
    struct xml_event event = xml_reader_next(reader);
    assert_int_equal(event.type, XML_STANZA);
    for (int i = 0; i < 8; i++)
        element_set(&event.stanza->arena, event.stanza->root, STR("x"), STR("0123456789"));
    char *much = calloc(1, 20000);
    assert_non_null(arena_dup(&event.stanza->arena, (struct str){ much, 20000 }).data);
    stanza_seal(event.stanza);
    stanza_unref(event.stanza);
    free(much);
    xml_reader_free(reader);
    xml_reader_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stanzas),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_not_well_formed),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_restricted),
        cmocka_unit_test(test_broken_utf8),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_stanza_bytes),
        cmocka_unit_test(test_arena_bytes),
        cmocka_unit_test(test_written_bytes),
        cmocka_unit_test(test_long_namespaces),
        cmocka_unit_test(test_new_limits_hold_from_the_next_stanza_on),
        cmocka_unit_test(test_nothing_is_read_ahead),
        cmocka_unit_test(test_restart_anywhere),
        cmocka_unit_test(test_rest_gives_memory_back),
        cmocka_unit_test(test_long_stream_takes_no_more_memory),
        cmocka_unit_test(test_white_space_takes_no_memory),
        cmocka_unit_test(test_time_is_linear),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_xml_parse),
        cmocka_unit_test(test_xml_parse_default_namespace),
        cmocka_unit_test(test_reserve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
