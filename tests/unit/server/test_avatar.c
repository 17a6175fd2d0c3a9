/* test_avatar.c - pictures between the two ways of publishing them, and what presence says. */
#include "server/account/avatar.h"

#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define HASH          "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed" /* of "hello world" */
#define IMAGE         "aGVsbG8gd29ybGQ="
#define META(content) "<metadata xmlns='urn:xmpp:avatar:metadata'>" content "</metadata>"

static void
metadata_name_a_picture(void **state)
{
    static const struct {
        const char *xml, *hash, *type;
    } cases[] = {
        { META("<info id='" HASH "' type='image/png' bytes='1'/>"), HASH, "image/png" },
        { META("<info id='" HASH "' url='http://x'/>"), "", "" },
        { META("<info id='0000' url='http://x'/><info id='" HASH "' type='t'/>"), HASH, "t" },
        { META("<info id='short' type='t'/>"), "", "" },
        { META("<info id='2aae6c35c94fcfb415dbe95f408b9ce91ee846e!' type='t'/>"), "", "" },
        { META(""), "", "" },
        { "<data xmlns='urn:xmpp:avatar:data'/>", "", "" },
        { "<nonsense", "", "" },
        { "", "", "" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct avatar avatar = avatar_read_metadata(str_from(cases[i].xml));

        assert_string_equal(avatar.hash, cases[i].hash);
        assert_string_equal(avatar.type, cases[i].type);
    }
}

static bool
read_photo(struct arena *arena, const char *text, struct avatar_image *ret)
{
    struct element *photo;

    assert_int_equal(xml_parse(arena, str_from(text), NS_VCARD, &photo), 0);
    return avatar_read_photo(arena, photo, ret);
}

static void
photos_are_read(void **state)
{
    static const struct {
        const char *text, *type; /* NULL: it is none */
    } cases[] = {
        { "<PHOTO><TYPE>image/x</TYPE><BINVAL>" IMAGE "</BINVAL></PHOTO>", "image/x" },
        { "<PHOTO><BINVAL>\n aGVsbG8g\r\n\td29ybGQ= </BINVAL></PHOTO>", "" },
        { "<PHOTO><TYPE>image/png</TYPE><BINVAL>/9j/4AAQ</BINVAL></PHOTO>", "image/jpeg" },
        { "<PHOTO><BINVAL>R0lGODlh</BINVAL></PHOTO>", "image/gif" },
        { "<PHOTO><BINVAL>iVBORw0KGgo=</BINVAL></PHOTO>", "image/png" },
        { "<PHOTO><BINVAL>UklGRgAAAABXRUJQ</BINVAL></PHOTO>", "image/webp" },
        { "<PHOTO><BINVAL>not base64</BINVAL></PHOTO>", NULL },
        { "<PHOTO><BINVAL/></PHOTO>", NULL },
        { "<PHOTO><EXTVAL>http://x</EXTVAL></PHOTO>", NULL },
        { "<PHOTO/>", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct avatar_image image;
        struct arena arena;

        arena_init(&arena, 100000);
        assert_int_equal(read_photo(&arena, cases[i].text, &image), cases[i].type != NULL);
        if (cases[i].type)
            assert_string_equal(image.avatar.type, cases[i].type);
        arena_fini(&arena);
    }
}

static void
what_is_written_is_read(void **state)
{
    struct avatar_image image, again;
    struct avatar avatar;
    struct buffer data, metadata;
    struct arena arena;

    (void)state;
    arena_init(&arena, 100000);
    buffer_init(&data, 10000);
    buffer_init(&metadata, 10000);
    assert_true(
        read_photo(&arena, "<PHOTO><TYPE>a'b</TYPE><BINVAL>" IMAGE "</BINVAL></PHOTO>", &image));
    assert_string_equal(image.avatar.hash, HASH);
    assert_int_equal(image.bytes, 11);
    avatar_write_data(&data, &image);
    avatar_write_metadata(&metadata, &image);
    assert_true(avatar_read_data(&arena, buffer_str(&data), &again));
    assert_string_equal(again.avatar.hash, HASH);
    avatar = avatar_read_metadata(buffer_str(&metadata));
    assert_string_equal(avatar.hash, HASH);
    assert_string_equal(avatar.type, "a'b");
    assert_false(avatar_read_data(&arena, STR("<data xmlns='other'>aGk=</data>"), &again));
    buffer_fini(&data);
    buffer_fini(&metadata);
    arena_fini(&arena);
}

static struct stanza *
parse_presence(const char *content)
{
    struct arena arena;
    struct element *root;
    struct stanza *stanza;
    char text[512];

    (void)snprintf(text, sizeof(text), "<presence>%s</presence>", content);
    arena_init(&arena, 100000);
    assert_int_equal(xml_parse(&arena, str_from(text), NS_CLIENT, &root), 0);
    stanza = stanza_take(arena, root);
    assert_non_null(stanza);
    return stanza;
}

#define X(content) "<x xmlns='vcard-temp:x:update'>" content "</x>"

static void
assert_says(const struct stanza *presence, const char *content)
{
    struct buffer out;
    char text[512];

    (void)snprintf(text, sizeof(text), *content ? "<presence>%s</presence>" : "<presence%s/>",
                   content);
    buffer_init(&out, 10000);
    xml_write(&out, presence->root, NS_CLIENT);
    buffer_append_char(&out, '\0');
    assert_string_equal(buffer_str(&out).data, text);
    buffer_fini(&out);
}

/* XEP-0398 4 */
static void
presence_is_stamped(void **state)
{
    static const struct {
        const char *sent, *without, *with, *again_without;
        bool shows;
    } cases[] = {
        { "", "", X("<photo>" HASH "</photo>"), "", true },
        { X(""), "<x xmlns='vcard-temp:x:update'/>", X("<photo>" HASH "</photo>"),
          "<x xmlns='vcard-temp:x:update'/>", true },
        { X("<photo/>"), X("<photo/>"), X("<photo/>"), X("<photo/>"), false },
        { X("<photo>1</photo>"), X("<photo>1</photo>"), X("<photo>" HASH "</photo>"), X("<photo/>"),
          true },
        { X("<photo>1</photo>") X(""), X("<photo>1</photo>") "<x xmlns='vcard-temp:x:update'/>",
          X("<photo>" HASH "</photo>"), X("<photo/>"), true },
    };
    static const struct avatar none = { .hash = "" }, one = { .hash = HASH };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stanza *presence = parse_presence(cases[i].sent);

        assert_int_equal(avatar_stamp(presence, &none), cases[i].shows);
        assert_says(presence, cases[i].without);
        avatar_stamp_again(presence, &none);
        assert_says(presence, cases[i].again_without);
        stanza_unref(presence);

        presence = parse_presence(cases[i].sent);
        assert_int_equal(avatar_stamp(presence, &one), cases[i].shows);
        assert_says(presence, cases[i].with);
        stanza_unref(presence);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(metadata_name_a_picture),
        cmocka_unit_test(photos_are_read),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(presence_is_stamped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
