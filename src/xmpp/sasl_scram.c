/* sasl_scram.c - see sasl_scram.h. */
#include "xmpp/sasl_scram.h"

#include "base/encoding.h"
#include "base/error.h"

int
scram_take_attribute(struct str *rest, char name, struct str *ret_value)
{
    struct str piece;

    if (!str_split(rest, ',', &piece))
        return E_FORMAT;
    if (piece.len < 2 || piece.data[0] != name || piece.data[1] != '=')
        return E_FORMAT;
    *ret_value = str_slice(piece, 2, piece.len);
    return 0;
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int
scram_check_extensions(struct str rest)
{
    struct str piece;

    while (str_split(&rest, ',', &piece)) {
        if (piece.len < 3 || !is_letter(piece.data[0]) || piece.data[1] != '=')
            return E_FORMAT;
    }
    return 0;
}

struct str
scram_extension(struct str rest, char name)
{
    struct str piece;

    while (str_split(&rest, ',', &piece)) {
        if (piece.len > 2 && piece.data[0] == name && piece.data[1] == '=')
            return str_slice(piece, 2, piece.len);
    }
    return STR_EMPTY;
}

bool
scram_is_nonce(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x21 || text.data[i] > 0x7e || text.data[i] == ',')
            return false;
    }
    return text.len > 0;
}

void
scram_append_name(struct buffer *out, struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == ',')
            buffer_append(out, STR("=2C"));
        else if (name.data[i] == '=')
            buffer_append(out, STR("=3D"));
        else
            buffer_append_char(out, name.data[i]);
    }
}

/* Reads the escape at the front of `text`; 0 when it is none. */
static char
read_escape(struct str text)
{
    if (str_starts_with(text, STR("=2C")))
        return ',';
    return str_starts_with(text, STR("=3D")) ? '=' : '\0';
}

int
scram_read_name(struct arena *arena, struct str text, struct str *ret_name)
{
    char *name = arena_alloc(arena, text.len);
    size_t len = 0;

    if (!name)
        return E_FULL;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '=') {
            c = read_escape(str_slice(text, i, text.len));
            i += 2;
        }
        if (c == '\0')
            return E_FORMAT;
        name[len++] = c;
    }
    if (len == 0)
        return E_FORMAT;
    *ret_name = (struct str){ name, len };
    return 0;
}

void
scram_append_binding(struct buffer *out,
                     const struct scram_exchange *scram,
                     const struct tls_info *tls)
{
    struct buffer bytes;

    buffer_init(&bytes, SASL_MESSAGE_MAX);
    buffer_append(&bytes, scram->gs2_header);
    if (scram->binding != CB_NONE)
        buffer_append(&bytes, (struct str){ (const char *)tls->binding[scram->binding],
                                            tls->binding_len[scram->binding] });
    base64_encode(out, buffer_str(&bytes));
    buffer_fini(&bytes);
}

void
scram_append_auth_message(struct buffer *out,
                          const struct scram_exchange *scram,
                          struct str client_final_without_proof)
{
    buffer_append(out, scram->client_first);
    buffer_append_char(out, ',');
    buffer_append(out, scram->server_first);
    buffer_append_char(out, ',');
    buffer_append(out, client_final_without_proof);
}
