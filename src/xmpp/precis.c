/* precis.c - see precis.h; the classes of single characters are in precis_class.c */
#include "xmpp/precis.h"

#include "base/error.h"
#include "xmpp/precis_class.h"
#include "xmpp/utf16.h"

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

/* UTF-16 units. Preparation never shortens a text so much that one beyond this could end within
 * the limit of a part. */
enum {
    UNITS_MAX = 2 * JID_PART_MAX
};

struct units {
    int32_t len;
    UChar data[UNITS_MAX];
};

static bool
from_utf8(struct str text, struct units *ret_units)
{
    UErrorCode status = U_ZERO_ERROR;
    if (text.len > INT32_MAX)
        return false;
    u_strFromUTF8(ret_units->data, UNITS_MAX, &ret_units->len, text.data, (int32_t)text.len,
                  &status);
    return U_SUCCESS(status);
}

static bool
to_utf8(const struct units *units, struct precis_text *ret_text)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t len = 0;
    u_strToUTF8(ret_text->data, JID_PART_MAX, &len, units->data, units->len, &status);
    ret_text->len = (size_t)len;
    return U_SUCCESS(status) && len > 0;
}

static bool
append(struct units *units, const UChar *data, int32_t len)
{
    if (len > UNITS_MAX - units->len)
        return false;
    u_memcpy(units->data + units->len, data, len);
    units->len += len;
    return true;
}

static bool
append_character(struct units *units, UChar32 c)
{
    UChar pair[2];
    return append(units, pair, utf16_put(c, pair));
}

/* RFC 8264 5.2.1: fullwidth and halfwidth characters become what they are compatible with. */
static bool
map_width(const struct units *in, struct units *out)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
    out->len = 0;
    for (int32_t i = 0; i < in->len && U_SUCCESS(status);) {
        UChar mapped[8];
        int32_t len = -1;
        const UChar32 c = utf16_next(in->data, in->len, &i);
        const int32_t width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
        if (width == U_EA_FULLWIDTH || width == U_EA_HALFWIDTH)
            len = unorm2_getRawDecomposition(nfkc, c, mapped, (int32_t)ARRAY_LEN(mapped), &status);
        if (!(len >= 0 ? append(out, mapped, len) : append_character(out, c)))
            return false;
    }
    return U_SUCCESS(status);
}

/* RFC 8265 4.2.1: any space is the space. */
static void
map_spaces(struct units *units)
{
    /* There are none beyond the BMP. */
    for (int32_t i = 0; i < units->len; i++)
        if (u_charType(units->data[i]) == U_SPACE_SEPARATOR)
            units->data[i] = ' ';
}

static bool
to_lower(const struct units *in, struct units *out)
{
    UErrorCode status = U_ZERO_ERROR;
    out->len = u_strToLower(out->data, UNITS_MAX, in->data, in->len, "", &status);
    return U_SUCCESS(status);
}

static bool
to_nfc(const struct units *in, struct units *out)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
    out->len = unorm2_normalize(nfc, in->data, in->len, out->data, UNITS_MAX, &status);
    return U_SUCCESS(status);
}

static bool
is_same(const struct units *a, const struct units *b)
{
    return a->len == b->len && u_memcmp(a->data, b->data, a->len) == 0;
}

/* One round of the rules of RFC 8265 3.3.2; *units is in and out, `scratch` is anything. */
static bool
apply_username(struct units *units, struct units *scratch)
{
    return map_width(units, scratch) &&
           precis_is_class(scratch->data, scratch->len, PRECIS_IDENTIFIER) &&
           to_lower(scratch, units) && to_nfc(units, scratch) &&
           precis_bidi_ok(scratch->data, scratch->len) &&
           precis_is_class(scratch->data, scratch->len, PRECIS_IDENTIFIER) &&
           append((units->len = 0, units), scratch->data, scratch->len);
}

/* One round of the rules of RFC 8265 4.2.2. */
static bool
apply_opaque(struct units *units, struct units *scratch)
{
    if (!precis_is_class(units->data, units->len, PRECIS_FREEFORM))
        return false;
    map_spaces(units);
    return to_nfc(units, scratch) &&
           precis_is_class(scratch->data, scratch->len, PRECIS_FREEFORM) &&
           append((units->len = 0, units), scratch->data, scratch->len);
}

/* What the rules are applied in. */
struct workshop {
    struct units units, before, scratch;
};

/* RFC 8264 7: the rules are applied until nothing changes any more, four times at most. */
static bool
apply_until_stable(bool (*apply)(struct units *units, struct units *scratch),
                   struct workshop *workshop)
{
    for (unsigned round = 0; round < 4; round++) {
        workshop->before.len = 0;
        (void)append(&workshop->before, workshop->units.data, workshop->units.len);
        if (!apply(&workshop->units, &workshop->scratch))
            return false;
        if (is_same(&workshop->before, &workshop->units))
            return true;
    }
    return false;
}

static int
prepare(bool (*apply)(struct units *units, struct units *scratch),
        struct str text,
        struct precis_text *ret_text)
{
    struct workshop workshop;
    const bool ok = from_utf8(text, &workshop.units) && apply_until_stable(apply, &workshop) &&
                    to_utf8(&workshop.units, ret_text);
    /* It may have been a password. */
    explicit_bzero(&workshop, sizeof(workshop));
    return ok ? 0 : E_JID;
}

int
precis_username(struct str text, struct precis_text *ret_text)
{
    return prepare(apply_username, text, ret_text);
}

int
precis_opaque(struct str text, struct precis_text *ret_text)
{
    return prepare(apply_opaque, text, ret_text);
}

bool
precis_is_identifier(struct str text)
{
    struct units units;
    return from_utf8(text, &units) && precis_is_class(units.data, units.len, PRECIS_IDENTIFIER);
}
