/* domain.c - see domain.h */
#include "xmpp/domain.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <unicode/uidna.h>

/* RFC 1035 2.3.4. */
enum {
    LABEL_MAX = 63
};

static bool
is_ldh(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* Letters, digits and inner hyphens; nothing that could be an A-label. */
static bool
is_plain_label(struct str label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.data[0] == '-' ||
        label.data[label.len - 1] == '-')
        return false;
    if (label.len >= 4 && label.data[2] == '-' && label.data[3] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_ldh(label.data[i]))
            return false;
    return true;
}

bool
domain_is_plain(struct str text)
{
    struct str label;
    /* A final dot would give an empty last label, which str_split does not report. */
    if (text.len == 0 || text.len > JID_PART_MAX || text.data[text.len - 1] == '.')
        return false;
    while (str_split(&text, '.', &label))
        if (!is_plain_label(label))
            return false;
    return true;
}

/* "[::1]" (RFC 7622 3.2, RFC 3986 3.2.2), in the form of RFC 5952 so that equal ones compare so. */
static int
prepare_ipv6(struct str text, struct precis_text *ret_domain)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr binary;
    if (text.len < 2 || text.data[text.len - 1] != ']' || text.len - 2 >= sizeof(address))
        return E_JID;
    memcpy(address, text.data + 1, text.len - 2);
    address[text.len - 2] = '\0';
    if (memchr(address, '\0', text.len - 2) || inet_pton(AF_INET6, address, &binary) != 1 ||
        !inet_ntop(AF_INET6, &binary, address, sizeof(address)))
        return E_JID;
    ret_domain->len = strlen(address) + 2;
    ret_domain->data[0] = '[';
    memcpy(ret_domain->data + 1, address, ret_domain->len - 2);
    ret_domain->data[ret_domain->len - 1] = ']';
    return 0;
}

static bool
is_ok(const UIDNAInfo *info, UErrorCode status)
{
    /* The limit of the whole name is that of RFC 7622, in UTF-8. */
    return U_SUCCESS(status) && (info->errors & ~(uint32_t)UIDNA_ERROR_DOMAIN_NAME_TOO_LONG) == 0;
}

/* To U-labels, and to A-labels only to see that it can be done: that also holds each label to its
 * limit. */
static bool
convert(struct str text, struct precis_text *ret_domain)
{
    UErrorCode status = U_ZERO_ERROR;
    UIDNA *idna = uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                      UIDNA_CHECK_CONTEXTO | UIDNA_NONTRANSITIONAL_TO_ASCII |
                                      UIDNA_NONTRANSITIONAL_TO_UNICODE,
                                  &status);
    UIDNAInfo unicode = UIDNA_INFO_INITIALIZER;
    UIDNAInfo ascii = UIDNA_INFO_INITIALIZER;
    char a_labels[4 * JID_PART_MAX];
    const int32_t len = uidna_nameToUnicodeUTF8(idna, text.data, (int32_t)text.len,
                                                ret_domain->data, JID_PART_MAX, &unicode, &status);
    bool ok = is_ok(&unicode, status);
    if (ok) {
        ret_domain->len = (size_t)len;
        (void)uidna_nameToASCII_UTF8(idna, ret_domain->data, len, a_labels, sizeof(a_labels),
                                     &ascii, &status);
        ok = is_ok(&ascii, status);
    }
    uidna_close(idna);
    return ok && len > 0;
}

int
domain_prepare(struct str text, struct precis_text *ret_domain)
{
    /* RFC 7622 3.2: a final dot goes before anything else is done. */
    if (str_ends_with(text, STR(".")))
        text.len--;
    if (text.len == 0 || text.len > 4 * JID_PART_MAX || !str_is_utf8(text))
        return E_JID;
    if (text.data[0] == '[')
        return prepare_ipv6(text, ret_domain);
    if (!convert(text, ret_domain))
        return E_JID;
    /* UTS 46 lets symbols pass which IDNA 2008 does not. */
    const struct str domain = { ret_domain->data, ret_domain->len };
    return precis_is_identifier(domain) && domain.data[domain.len - 1] != '.' ? 0 : E_JID;
}
