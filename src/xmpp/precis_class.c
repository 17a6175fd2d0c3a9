/* precis_class.c - see precis_class.h */
#include "xmpp/precis_class.h"

#include "base/attributes.h"
#include "xmpp/utf16.h"

#include <stddef.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

/* RFC 8264 8: the derived property value of a code point. */
enum value {
    PVALID,     /* in both classes */
    FREE_PVAL,  /* only in the FreeformClass */
    CONTEXT,    /* where the rules of RFC 5892 A allow it: CONTEXTJ and CONTEXTO */
    DISALLOWED, /* also UNASSIGNED */
};

/* RFC 8264 9.6, which is RFC 5892 2.6. */
static const struct {
    UChar32 first, last;
    enum value value;
} EXCEPTIONS[] = {
    { 0x00B7, 0x00B7, CONTEXT },    { 0x00DF, 0x00DF, PVALID },     { 0x0375, 0x0375, CONTEXT },
    { 0x03C2, 0x03C2, PVALID },     { 0x05F3, 0x05F4, CONTEXT },    { 0x0640, 0x0640, DISALLOWED },
    { 0x0660, 0x0669, CONTEXT },    { 0x06F0, 0x06F9, CONTEXT },    { 0x06FD, 0x06FE, PVALID },
    { 0x07FA, 0x07FA, DISALLOWED }, { 0x0F0B, 0x0F0B, PVALID },     { 0x3007, 0x3007, PVALID },
    { 0x302E, 0x302F, DISALLOWED }, { 0x3031, 0x3035, DISALLOWED }, { 0x303B, 0x303B, DISALLOWED },
    { 0x30FB, 0x30FB, CONTEXT },
};

/* RFC 8264 9.17: NFKC of the character is not the character. */
static bool
has_compatibility(UChar32 c)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&status);
    UChar text[2];
    const int32_t len = utf16_put(c, text);
    const UNormalizationCheckResult check = unorm2_quickCheck(nfkc, text, len, &status);
    return U_FAILURE(status) || check == UNORM_NO;
}

/* RFC 8264 9.9 (LetterDigits), 9.13-9.16 and 9.18. */
static enum value
value_of_category(UChar32 c)
{
    const uint32_t category = U_GET_GC_MASK(c);
    const uint32_t letter_digits = U_GC_LL_MASK | U_GC_LU_MASK | U_GC_LO_MASK | U_GC_ND_MASK |
                                   U_GC_LM_MASK | U_GC_MN_MASK | U_GC_MC_MASK;
    const uint32_t other_letter_digits = U_GC_LT_MASK | U_GC_NL_MASK | U_GC_NO_MASK | U_GC_ME_MASK;
    const uint32_t free = other_letter_digits | U_GC_ZS_MASK | U_GC_S_MASK | U_GC_P_MASK;
    if (category & letter_digits)
        return PVALID;
    return category & free ? FREE_PVAL : DISALLOWED;
}

static bool
is_old_hangul_jamo(UChar32 c)
{
    const int32_t type = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);
    return type == U_HST_LEADING_JAMO || type == U_HST_VOWEL_JAMO || type == U_HST_TRAILING_JAMO;
}

/* RFC 8264 8, in its order. */
static enum value
value_of(UChar32 c)
{
    if (c > 0x20 && c < 0x7F)
        return PVALID;
    for (size_t i = 0; i < ARRAY_LEN(EXCEPTIONS); i++)
        if (c >= EXCEPTIONS[i].first && c <= EXCEPTIONS[i].last)
            return EXCEPTIONS[i].value;
    if (u_charType(c) == U_UNASSIGNED)
        return DISALLOWED;
    if (u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL))
        return CONTEXT;
    if (is_old_hangul_jamo(c) || u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
        u_hasBinaryProperty(c, UCHAR_NONCHARACTER_CODE_POINT) || u_charType(c) == U_CONTROL_CHAR)
        return DISALLOWED;
    if (has_compatibility(c))
        return FREE_PVAL;
    return value_of_category(c);
}

static bool
is_script(UChar32 c, UScriptCode script)
{
    UErrorCode status = U_ZERO_ERROR;
    return c >= 0 && uscript_getScript(c, &status) == script;
}

static int32_t
joining_type(UChar32 c)
{
    return c < 0 ? U_JT_NON_JOINING : u_getIntPropertyValue(c, UCHAR_JOINING_TYPE);
}

/* RFC 5892 A.1: a cursive connection may be broken where there is one, between `at` and `end`. */
static bool
joins_around(const UChar *text, int32_t at, int32_t end, int32_t len)
{
    int32_t before;
    int32_t after;
    do {
        before = joining_type(utf16_previous(text, &at));
    } while (before == U_JT_TRANSPARENT);
    do {
        after = joining_type(utf16_next(text, len, &end));
    } while (after == U_JT_TRANSPARENT);
    return (before == U_JT_LEFT_JOINING || before == U_JT_DUAL_JOINING) &&
           (after == U_JT_RIGHT_JOINING || after == U_JT_DUAL_JOINING);
}

/* RFC 5892 A.7: somewhere in the text is a character of a Japanese script. */
static bool
has_japanese(const UChar *text, int32_t len)
{
    for (int32_t i = 0; i < len;) {
        const UChar32 c = utf16_next(text, len, &i);
        if (is_script(c, USCRIPT_HIRAGANA) || is_script(c, USCRIPT_KATAKANA) ||
            is_script(c, USCRIPT_HAN))
            return true;
    }
    return false;
}

/* RFC 5892 A.8 and A.9: the two sets of digits do not mix. */
static bool
has_between(const UChar *text, int32_t len, UChar first, UChar last)
{
    for (int32_t i = 0; i < len; i++)
        if (text[i] >= first && text[i] <= last)
            return true;
    return false;
}

/* RFC 5892 A. The character takes up [at, end). */
static bool
context_allows(const UChar *text, int32_t at, int32_t end, int32_t len)
{
    enum {
        COMBINING_CLASS_VIRAMA = 9
    };
    int32_t at_before = at;
    int32_t at_after = end;
    const UChar32 before = utf16_previous(text, &at_before);
    const UChar32 after = utf16_next(text, len, &at_after);
    switch (text[at]) {
    case 0x200C:
        return (before >= 0 && u_getCombiningClass(before) == COMBINING_CLASS_VIRAMA) ||
               joins_around(text, at, end, len);
    case 0x200D:
        return before >= 0 && u_getCombiningClass(before) == COMBINING_CLASS_VIRAMA;
    case 0x00B7:
        return before == 'l' && after == 'l';
    case 0x0375:
        return is_script(after, USCRIPT_GREEK);
    case 0x05F3:
    case 0x05F4:
        return is_script(before, USCRIPT_HEBREW);
    case 0x30FB:
        return has_japanese(text, len);
    default:
        return text[at] < 0x06F0 ? !has_between(text, len, 0x06F0, 0x06F9)
                                 : !has_between(text, len, 0x0660, 0x0669);
    }
}

bool
precis_is_class(const UChar *text, int32_t len, enum precis_class string_class)
{
    for (int32_t i = 0; i < len;) {
        const int32_t at = i;
        const UChar32 c = utf16_next(text, len, &i);
        const enum value value = value_of(c);
        if (value == DISALLOWED || (value == FREE_PVAL && string_class == PRECIS_IDENTIFIER) ||
            (value == CONTEXT && !context_allows(text, at, i, len)))
            return false;
    }
    return true;
}

/* Sets of directions, for the rules below. */
#define DIRECTION(name) (1u << U_##name)

static const unsigned RTL = DIRECTION(RIGHT_TO_LEFT) | DIRECTION(RIGHT_TO_LEFT_ARABIC);
static const unsigned NEUTRAL = DIRECTION(EUROPEAN_NUMBER) | DIRECTION(EUROPEAN_NUMBER_SEPARATOR) |
                                DIRECTION(COMMON_NUMBER_SEPARATOR) |
                                DIRECTION(EUROPEAN_NUMBER_TERMINATOR) | DIRECTION(OTHER_NEUTRAL) |
                                DIRECTION(BOUNDARY_NEUTRAL) | DIRECTION(DIR_NON_SPACING_MARK);

bool
precis_bidi_ok(const UChar *text, int32_t len)
{
    unsigned first = 0;
    unsigned last = 0; /* without trailing non-spacing marks */
    unsigned seen = 0;
    for (int32_t i = 0; i < len;) {
        const UChar32 c = utf16_next(text, len, &i);
        const unsigned direction = 1u << u_charDirection(c);
        if (!first)
            first = direction;
        if (direction != DIRECTION(DIR_NON_SPACING_MARK))
            last = direction;
        seen |= direction;
    }
    if (!(seen & (RTL | DIRECTION(ARABIC_NUMBER))))
        return true;
    if (first == DIRECTION(LEFT_TO_RIGHT)) /* rules 5 and 6 */
        return !(seen & ~(DIRECTION(LEFT_TO_RIGHT) | NEUTRAL)) &&
               (last & (DIRECTION(LEFT_TO_RIGHT) | DIRECTION(EUROPEAN_NUMBER)));
    const unsigned numbers = DIRECTION(EUROPEAN_NUMBER) | DIRECTION(ARABIC_NUMBER);
    return (first & RTL) &&                                         /* rule 1 */
           !(seen & ~(RTL | DIRECTION(ARABIC_NUMBER) | NEUTRAL)) && /* rule 2 */
           (last & (RTL | numbers)) && (seen & numbers) != numbers; /* rules 3 and 4 */
}
