/* avatar.c - see avatar.h. */
#include "server/account/avatar.h"

#include "base/encoding.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <openssl/evp.h>

enum {
    ARENA_MAX = 4 * 1024 * 1024
};

static void
copy(char *to, size_t bytes, struct str text)
{
    size_t len = text.len < bytes - 1 ? text.len : bytes - 1;

    memcpy(to, text.data ? text.data : "", len);
    to[len] = '\0';
}

static bool
is_hash(struct str text)
{
    if (text.len != AVATAR_HASH_BYTES - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
            return false;
    }
    return true;
}

/* ---- reading ---- */

struct avatar
avatar_read_metadata(struct str xml)
{
    struct avatar avatar = { .hash = "" };
    const struct element *info;
    struct element *metadata;
    struct arena arena;

    arena_init(&arena, ARENA_MAX);
    if (xml.len > 0 && xml_parse(&arena, xml, NS_CLIENT, &metadata) == 0 &&
        element_is(metadata, NS_AVATAR_METADATA, STR("metadata"))) {
        info = element_child(metadata, NS_AVATAR_METADATA, STR("info"));
        while (info && element_has(info, STR("url")))
            info = element_next_named(info, NS_AVATAR_METADATA, STR("info"));
        if (info && is_hash(element_get(info, STR("id")))) {
            copy(avatar.hash, sizeof(avatar.hash), element_get(info, STR("id")));
            copy(avatar.type, sizeof(avatar.type), element_get(info, STR("type")));
        }
    }
    arena_fini(&arena);
    return avatar;
}

/* XEP-0084 4.1, XEP-0153 4.6: line feeds are accepted. */
static struct str
without_space(struct arena *arena, struct str text)
{
    char *kept = arena_alloc(arena, text.len);
    size_t len = 0;

    for (size_t i = 0; kept && i < text.len; i++) {
        char c = text.data[i];

        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            kept[len++] = c;
    }
    return (struct str){ kept, len };
}

static void
hash_image(struct str image, char ret[AVATAR_HASH_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct buffer hex;

    ret[0] = '\0';
    if (EVP_Digest(image.data, image.len, digest, &len, EVP_sha1(), NULL) != 1)
        return;
    buffer_init(&hex, AVATAR_HASH_BYTES);
    hex_encode(&hex, (struct str){ (const char *)digest, len });
    copy(ret, AVATAR_HASH_BYTES, buffer_str(&hex));
    buffer_fini(&hex);
}

/* XEP-0153 5: what the picture is, whatever is said of it. Empty: something else. */
static struct str
type_of(struct str image)
{
    if (str_starts_with(image, STR("\x89PNG\r\n\x1a\n")))
        return STR("image/png");
    if (str_starts_with(image, STR("\xff\xd8\xff")))
        return STR("image/jpeg");
    if (str_starts_with(image, STR("GIF8")))
        return STR("image/gif");
    if (str_starts_with(image, STR("RIFF")) && str_equal(str_slice(image, 8, 12), STR("WEBP")))
        return STR("image/webp");
    return STR_EMPTY;
}

static bool
read_image(struct arena *arena, struct str text, struct str claimed, struct avatar_image *ret)
{
    struct str image, type;

    *ret = (struct avatar_image){ .base64 = without_space(arena, text) };
    if (ret->base64.len == 0 || base64_decode(arena, ret->base64, &image) < 0)
        return false;
    type = type_of(image);
    ret->bytes = image.len;
    hash_image(image, ret->avatar.hash);
    copy(ret->avatar.type, sizeof(ret->avatar.type), type.len > 0 ? type : claimed);
    return true;
}

bool
avatar_read_data(struct arena *arena, struct str xml, struct avatar_image *ret)
{
    struct element *data;

    return xml_parse(arena, xml, NS_CLIENT, &data) == 0 &&
           element_is(data, NS_AVATAR_DATA, STR("data")) &&
           read_image(arena, element_text(arena, data), STR_EMPTY, ret);
}

bool
avatar_read_photo(struct arena *arena, const struct element *photo, struct avatar_image *ret)
{
    struct str type = str_trim(element_child_text(arena, photo, NS_VCARD, STR("TYPE")));

    return read_image(arena, element_child_text(arena, photo, NS_VCARD, STR("BINVAL")), type, ret);
}

/* ---- writing ---- */

void
avatar_write_data(struct buffer *out, const struct avatar_image *image)
{
    buffer_append(out, STR("<data xmlns='urn:xmpp:avatar:data'>"));
    xml_escape(out, image->base64);
    buffer_append(out, STR("</data>"));
}

void
avatar_write_metadata(struct buffer *out, const struct avatar_image *image)
{
    buffer_append(out, STR("<metadata xmlns='urn:xmpp:avatar:metadata'>"));
    if (image) {
        buffer_printf(out, "<info bytes='%zu'", image->bytes);
        xml_write_attribute(out, STR("id"), str_from(image->avatar.hash));
        xml_write_attribute(out, STR("type"), str_from(image->avatar.type));
        buffer_append(out, STR("/>"));
    }
    buffer_append(out, STR("</metadata>"));
}

void
avatar_add_photo(struct arena *arena, struct element *vcard, const struct avatar_image *image)
{
    struct element *photo = element_add(arena, vcard, NS_VCARD, STR("PHOTO"));

    if (image->avatar.type[0] != '\0')
        element_add_with_text(arena, photo, NS_VCARD, STR("TYPE"), str_from(image->avatar.type));
    element_add_with_text(arena, photo, NS_VCARD, STR("BINVAL"), image->base64);
}

/* ---- presence ---- */

/* What a presence says: nothing, that it is not ready, that there is none, or which. */
enum said {
    SAID_NOTHING,
    SAID_NOT_READY,
    SAID_NONE,
    SAID_ONE
};

static enum said
what_is_said(const struct element *update)
{
    const struct element *photo = element_child(update, NS_VCARD_UPDATE, STR("photo"));

    if (!update)
        return SAID_NOTHING;
    if (!photo)
        return SAID_NOT_READY;
    return photo->first ? SAID_ONE : SAID_NONE;
}

static void
say(struct stanza *presence, struct str hash)
{
    struct element *update;

    while ((update = stanza_child(presence, NS_VCARD_UPDATE, STR("x"))))
        element_remove(update);
    update = element_add(&presence->arena, presence->root, NS_VCARD_UPDATE, STR("x"));
    update = element_add(&presence->arena, update, NS_VCARD_UPDATE, STR("photo"));
    if (hash.len > 0)
        element_add_text(&presence->arena, update, hash);
}

bool
avatar_stamp(struct stanza *presence, const struct avatar *avatar)
{
    enum said said = what_is_said(stanza_child(presence, NS_VCARD_UPDATE, STR("x")));

    if (said == SAID_NONE)
        return false;
    if (avatar->hash[0] != '\0')
        say(presence, str_from(avatar->hash));
    return true;
}

void
avatar_stamp_again(struct stanza *presence, const struct avatar *avatar)
{
    enum said said = what_is_said(stanza_child(presence, NS_VCARD_UPDATE, STR("x")));

    if (avatar->hash[0] != '\0' || said == SAID_ONE)
        say(presence, str_from(avatar->hash));
}
