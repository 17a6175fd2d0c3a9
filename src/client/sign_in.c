#include "client/sign_in.h"
#include "client/text.h"
#include "client/words.h"
#include "xmpp/jid.h"

#define ARENA_BYTES        ((size_t)64 * 1024)
#define NICKNAME_BYTES_MAX 128

/* "[::1]" as in a URL is the address ::1. */
static char *
without_brackets(const char *server)
{
    g_autofree char *trimmed = g_strstrip(g_strdup(server ? server : ""));
    size_t len = strlen(trimmed);
    if (len > 2 && trimmed[0] == '[' && trimmed[len - 1] == ']')
        return g_strndup(trimmed + 1, len - 2);
    return g_steal_pointer(&trimmed);
}

static gboolean
is_domain(const char *text)
{
    struct arena arena;
    struct jid jid;
    arena_init(&arena, ARENA_BYTES);
    int result = jid_make(&arena, STR_EMPTY, str_from(text), STR_EMPTY, &jid);
    arena_fini(&arena);
    return result == 0;
}

static gboolean
check_server(struct sign_in *sign_in, GError **error)
{
    if (sign_in->server[0] == '\0') {
        g_set_error_literal(error, JD_CLIENT_ERROR, JD_CLIENT_ERROR_SERVER,
                            _("Enter the name of a server."));
        return FALSE;
    }
    if (g_hostname_is_ip_address(sign_in->server) || is_domain(sign_in->server))
        return TRUE;
    g_set_error(error, JD_CLIENT_ERROR, JD_CLIENT_ERROR_SERVER,
                _("“%s” is not the name of a server."), sign_in->server);
    return FALSE;
}

static gboolean
check_port(struct sign_in *sign_in, GError **error)
{
    if (sign_in->port <= G_MAXUINT16)
        return TRUE;
    g_set_error_literal(error, JD_CLIENT_ERROR, JD_CLIENT_ERROR_PORT,
                        _("A port is a number from 1 to 65535."));
    return FALSE;
}

gboolean
sign_in_check_nickname(const char *nickname, GError **error)
{
    struct arena arena;
    struct jid jid;

    if (nickname[0] == '\0') {
        g_set_error_literal(error, JD_CLIENT_ERROR, JD_CLIENT_ERROR_NICKNAME,
                            _("Enter a nickname."));
        return FALSE;
    }
    arena_init(&arena, ARENA_BYTES);
    int result = jid_make(&arena, STR("room"), STR("service"), str_from(nickname), &jid);
    arena_fini(&arena);
    if (result == 0 && strlen(nickname) <= NICKNAME_BYTES_MAX)
        return TRUE;
    g_set_error(error, JD_CLIENT_ERROR, JD_CLIENT_ERROR_NICKNAME,
                result == 0 ? _("“%s” is too long for a nickname.")
                            : _("“%s” cannot be a nickname."), nickname);
    return FALSE;
}

/* RFC 7622 3.3: an account's name may hold less than a nickname. */
static gboolean
take_account_name(struct sign_in *sign_in, GError **error)
{
    struct arena arena;
    struct str local;

    arena_init(&arena, ARENA_BYTES);
    if (jid_prepare_local(&arena, str_from(sign_in->nickname), &local) == 0)
        sign_in->name = text_dup(local);
    arena_fini(&arena);
    if (sign_in->name)
        return TRUE;
    g_set_error(error, JD_CLIENT_ERROR, JD_CLIENT_ERROR_NICKNAME,
                _("“%s” cannot be the name of an account: use letters and digits, no spaces."),
                  sign_in->nickname);
    return FALSE;
}

static gboolean
check(struct sign_in *sign_in, GError **error)
{
    if (!check_server(sign_in, error) || !check_port(sign_in, error) ||
        !sign_in_check_nickname(sign_in->nickname, error))
        return FALSE;
    return sign_in->password == NULL || take_account_name(sign_in, error);
}

struct sign_in *
sign_in_new(const JdSignIn *details, GError **error)
{
    struct sign_in *sign_in = g_new0(struct sign_in, 1);
    gboolean has_password = details->password && details->password[0];

    sign_in->server = without_brackets(details->server);
    sign_in->port = details->port ? details->port : SIGN_IN_DEFAULT_PORT;
    if (details->domain && details->domain[0])
        sign_in->domain = g_strdup(details->domain);
    sign_in->nickname = g_strstrip(g_strdup(details->nickname ? details->nickname : ""));
    sign_in->password = has_password ? g_strdup(details->password) : NULL;
    sign_in->registers = has_password && details->registers;
    if (check(sign_in, error))
        return sign_in;
    sign_in_free(sign_in);
    return NULL;
}

void
sign_in_free(struct sign_in *sign_in)
{
    if (sign_in == NULL)
        return;
    if (sign_in->password)
        explicit_bzero(sign_in->password, strlen(sign_in->password));
    g_free(sign_in->password);
    g_free(sign_in->name);
    g_free(sign_in->nickname);
    g_free(sign_in->domain);
    g_free(sign_in->server);
    g_free(sign_in);
}
