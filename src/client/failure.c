#include "client/failure.h"
#include "client/text.h"
#include "client/words.h"

G_DEFINE_QUARK(jd - client - error - quark, jd_client_error)

static GError *fail(JdClientError code, const char *format, ...) G_GNUC_PRINTF(2, 3);

static GError *
fail(JdClientError code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    GError *error = g_error_new_valist(JD_CLIENT_ERROR, (gint)code, format, args);
    va_end(args);
    return error;
}

/* ---- GIO ---- */

static GError *
from_resolver(const struct sign_in *sign_in, const GError *error)
{
    if (error->code == G_RESOLVER_ERROR_NOT_FOUND)
        return fail(JD_CLIENT_ERROR_SERVER, _("There is no server “%s”."), sign_in->server);
    return fail(JD_CLIENT_ERROR_NETWORK,
                _("The address of “%s” could not be looked up. Is the network there?"),
                  sign_in->server);
}

static GError *
from_io(const struct sign_in *sign_in, const GError *error)
{
    switch (error->code) {
    case G_IO_ERROR_CONNECTION_REFUSED:
        return fail(JD_CLIENT_ERROR_PORT, _("Nothing answers at port %u of %s."), sign_in->port,
                                            sign_in->server);
    case G_IO_ERROR_TIMED_OUT:
    case G_IO_ERROR_HOST_UNREACHABLE:
        return fail(JD_CLIENT_ERROR_SERVER, _("No server answers at %s."), sign_in->server);
    case G_IO_ERROR_HOST_NOT_FOUND:
        return fail(JD_CLIENT_ERROR_SERVER, _("There is no server “%s”."), sign_in->server);
    case G_IO_ERROR_NETWORK_UNREACHABLE:
        return fail(JD_CLIENT_ERROR_NETWORK, _("The network cannot be reached."));
    default:
        return fail(JD_CLIENT_ERROR_NETWORK, _("The connection to %s broke: %s."), sign_in->server,
                                               error->message);
    }
}

static GError *
from_gio(const struct sign_in *sign_in, const GError *error)
{
    if (error->domain == G_RESOLVER_ERROR)
        return from_resolver(sign_in, error);
    if (error->domain == G_IO_ERROR)
        return from_io(sign_in, error);
    if (error->domain == G_TLS_ERROR)
        return fail(JD_CLIENT_ERROR_NETWORK, _("No secure connection to %s: %s."), sign_in->server,
                                               error->message);
    return g_error_copy(error);
}

/* ---- the stream ---- */

static GError *
from_name_taken(const struct sign_in *sign_in)
{
    return fail(JD_CLIENT_ERROR_NICKNAME_TAKEN,
                _("%s is registered already, and this is not its password."), sign_in->name);
}

static GError *
from_no_mechanism(const struct sign_in *sign_in)
{
    if (sign_in->password == NULL)
        return fail(JD_CLIENT_ERROR_NO_GUESTS, _("This server takes no guests: enter a password."));
    return fail(JD_CLIENT_ERROR_PROTOCOL, _("This server offers no safe way to sign in."));
}

static GError *
with_server_text(JdClientError code, const char *sentence, struct str text)
{
    g_autofree char *words = text_dup(text);
    if (words[0] == '\0')
        return fail(code, "%s", sentence);
    g_autofree char *apart = text_isolate(words);
    return fail(code, "%s (%s)", sentence, apart);
}

static GError *
from_sign_in(const struct sign_in *sign_in, const struct client_stream_failure *failure)
{
    switch ((int)failure->kind) {
    case CLIENT_NO_MECHANISM:
        return from_no_mechanism(sign_in);
    case CLIENT_WRONG_PASSWORD:
        return fail(JD_CLIENT_ERROR_CREDENTIALS,
                    _("The password is wrong, or nobody is registered as %s."),
                      sign_in->name ? sign_in->name : sign_in->nickname);
    case CLIENT_ACCOUNT_DISABLED:
        return with_server_text(JD_CLIENT_ERROR_REFUSED, _("This account is disabled."),
                                                           failure->text);
    case CLIENT_SERVER_NOT_PROVEN:
        return fail(JD_CLIENT_ERROR_CERTIFICATE,
                    _("This is not the server that knows your password. Nothing was sent."));
    case CLIENT_NAME_TAKEN:
        return from_name_taken(sign_in);
    case CLIENT_NAME_NOT_ALLOWED:
        return with_server_text(JD_CLIENT_ERROR_NICKNAME,
                                _("The server does not allow this nickname."), failure->text);
    case CLIENT_REGISTRATION_CLOSED:
        return with_server_text(JD_CLIENT_ERROR_REGISTRATION,
                                _("This server makes no new accounts."), failure->text);
    case CLIENT_TRY_LATER:
        return with_server_text(JD_CLIENT_ERROR_NETWORK, _("The server asks to try again later."),
                                                           failure->text);
    default:
        return NULL;
    }
}

static GError *
from_stream(const struct sign_in *sign_in, const struct client_stream_failure *failure)
{
    switch ((int)failure->kind) {
    case CLIENT_CLOSED:
    case CLIENT_SHUTDOWN:
        return fail(JD_CLIENT_ERROR_NETWORK, _("The server has shut down."));
    case CLIENT_NO_TLS:
        return fail(JD_CLIENT_ERROR_PROTOCOL,
                    _("The server offers no encryption, so no connection is made."));
    case CLIENT_BIND_REFUSED:
        return with_server_text(JD_CLIENT_ERROR_REFUSED, _("The server lets no more devices in."),
                                                           failure->text);
    case CLIENT_REPLACED:
        return fail(JD_CLIENT_ERROR_REPLACED, _("You are signed in somewhere else."));
    case CLIENT_HOST_UNKNOWN:
        return fail(JD_CLIENT_ERROR_SERVER, _("The server there does not go by the name “%s”."),
                                              sign_in->domain ? sign_in->domain : sign_in->server);
    case CLIENT_STREAM_ERROR:
        return with_server_text(JD_CLIENT_ERROR_NETWORK, _("The server has ended the connection."),
                                                           failure->text);
    default:
        return fail(JD_CLIENT_ERROR_PROTOCOL,
                    _("The server said something that cannot be understood."));
    }
}

GError *
failure_from_end(const struct connection_end *end, const struct sign_in *sign_in)
{
    if (end->refused)
        return fail(JD_CLIENT_ERROR_CERTIFICATE, _("The certificate of %s is not trusted."),
                                                   sign_in->server);
    if (end->not_xmpp)
        return fail(JD_CLIENT_ERROR_PORT, _("What answers at port %u of %s is no chat server."),
                                            sign_in->port, sign_in->server);
    if (end->error)
        return from_gio(sign_in, end->error);
    g_assert(end->failure);
    GError *error = from_sign_in(sign_in, end->failure);
    return error ? error : from_stream(sign_in, end->failure);
}

/* ---- rooms and messages ---- */

/* XEP-0045 7.2.8: a room says the same when the nickname is in use and when it is kept for whoever
 * has registered it. */
static GError *
from_conflict(const char *nickname, gboolean guest)
{
    g_autofree char *other = text_next_nickname(nickname);
    if (guest)
        return fail(JD_CLIENT_ERROR_NICKNAME_TAKEN,
                    _("The nickname %s is in use, or belongs to a registered user: choose another, "
                      "such as %s, or sign in with its password."),
                      nickname, other);
    return fail(JD_CLIENT_ERROR_NICKNAME_TAKEN, _("The nickname %s is taken, try %s."), nickname,
                                                  other);
}

/* XEP-0045 7.2: what the conditions mean here. */
GError *
failure_from_join(const struct stanza *error, const char *nickname, gboolean guest)
{
    struct str condition = stanza_error_condition(error);
    if (str_is(condition, "conflict"))
        return from_conflict(nickname, guest);
    if (str_is(condition, "not-acceptable") || str_is(condition, "jid-malformed"))
        return fail(JD_CLIENT_ERROR_NICKNAME, _("The room does not allow the nickname %s."),
                                                nickname);
    if (str_is(condition, "registration-required"))
        return fail(JD_CLIENT_ERROR_REFUSED, _("The room is for its members only."));
    if (str_is(condition, "forbidden"))
        return fail(JD_CLIENT_ERROR_REFUSED, _("You are banned from the room."));
    if (str_is(condition, "not-authorized"))
        return fail(JD_CLIENT_ERROR_REFUSED, _("The room wants a password."));
    if (str_is(condition, "service-unavailable"))
        return fail(JD_CLIENT_ERROR_REFUSED, _("The room is full."));
    if (str_is(condition, "item-not-found"))
        return fail(JD_CLIENT_ERROR_REFUSED, _("There is no such room."));
    if (str_is(condition, "not-allowed"))
        return fail(JD_CLIENT_ERROR_REFUSED, _("You may not make rooms there."));
    if (str_is(condition, "remote-server-not-found"))
        return fail(JD_CLIENT_ERROR_REFUSED, _("There is no such room service."));
    return fail(JD_CLIENT_ERROR_NETWORK, _("The room could not be joined just now."));
}

char *
failure_of_message(const struct stanza *error)
{
    struct str condition = stanza_error_condition(error);
    if (str_is(condition, "item-not-found") || str_is(condition, "remote-server-not-found"))
        return g_strdup(_("There is nobody of this name."));
    if (str_is(condition, "service-unavailable") || str_is(condition, "recipient-unavailable"))
        return g_strdup(_("They cannot be reached now."));
    if (str_is(condition, "forbidden") || str_is(condition, "not-allowed"))
        return g_strdup(_("You may not write here."));
    if (str_is(condition, "not-acceptable"))
        return g_strdup(_("You are not in this room, or they do not take messages from you."));
    if (str_is(condition, "policy-violation") || str_is(condition, "resource-constraint"))
        return g_strdup(_("The server refused it: too much or too long."));
    return g_strdup(_("The server could not deliver it."));
}

gboolean
failure_is_passing(const GError *error)
{
    if (error->domain != JD_CLIENT_ERROR)
        return TRUE;
    switch ((JdClientError)error->code) {
    case JD_CLIENT_ERROR_SERVER:
    case JD_CLIENT_ERROR_PORT:
    case JD_CLIENT_ERROR_NETWORK:
    case JD_CLIENT_ERROR_PROTOCOL:
    case JD_CLIENT_ERROR_OFFLINE:
        return TRUE;
    case JD_CLIENT_ERROR_NICKNAME:
    case JD_CLIENT_ERROR_NICKNAME_TAKEN:
    case JD_CLIENT_ERROR_CREDENTIALS:
    case JD_CLIENT_ERROR_NO_GUESTS:
    case JD_CLIENT_ERROR_REGISTRATION:
    case JD_CLIENT_ERROR_CERTIFICATE:
    case JD_CLIENT_ERROR_REPLACED:
    case JD_CLIENT_ERROR_REFUSED:
        break;
    }
    return FALSE;
}
