#include "client/trust.h"
#include "client/words.h"

#include <errno.h>
#include <string.h>

#define FILE_NAME "trusted-servers.ini"
#define KEY       "sha256"
#define KEY_SINCE "since"

struct trust {
    char *path;
    GKeyFile *file;
    char *pinned; /* what trust_pinned() gave out last */
};

struct trust *
trust_new(const char *data_dir)
{
    struct trust *trust = g_new0(struct trust, 1);
    g_autofree char *folder =
        data_dir ? g_strdup(data_dir) : g_build_filename(g_get_user_data_dir(), "jackdaw", NULL);
    g_autoptr(GError) error = NULL;

    if (g_mkdir_with_parents(folder, 0700) != 0)
        g_warning("Cannot make the folder %s: %s", folder, g_strerror(errno));
    trust->path = g_build_filename(folder, FILE_NAME, NULL);
    trust->file = g_key_file_new();
    if (!g_key_file_load_from_file(trust->file, trust->path, G_KEY_FILE_KEEP_COMMENTS, &error) &&
        !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_warning("Cannot read %s: %s", trust->path, error->message);
    return trust;
}

void
trust_free(struct trust *trust)
{
    if (trust == NULL)
        return;
    g_key_file_unref(trust->file);
    g_free(trust->pinned);
    g_free(trust->path);
    g_free(trust);
}

/* "Chat.Example:5222" and "chat.example:5222" are one server. A host with a bracket or a control
 * character cannot name a group and was refused long before. */
static char *
group_for(const char *host, guint port)
{
    g_autofree char *lower = g_ascii_strdown(host, -1);
    return g_strdup_printf("%s:%u", lower, port);
}

const char *
trust_pinned(struct trust *trust, const char *host, guint port)
{
    g_autofree char *group = group_for(host, port);
    g_free(trust->pinned);
    trust->pinned = g_key_file_get_string(trust->file, group, KEY, NULL);
    return trust->pinned;
}

enum trust_verdict
trust_check(struct trust *trust, const char *host, guint port, const char *fingerprint)
{
    const char *pinned = trust_pinned(trust, host, port);
    if (pinned == NULL)
        return TRUST_UNKNOWN;
    return g_ascii_strcasecmp(pinned, fingerprint) == 0 ? TRUST_PINNED : TRUST_CHANGED;
}

static void
save(struct trust *trust)
{
    gsize len = 0;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_key_file_to_data(trust->file, &len, NULL);
    const GFileSetContentsFlags flags =
        G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE;
    if (!g_file_set_contents_full(trust->path, text, (gssize)len, flags, 0600, &error))
        g_warning("Cannot write %s: %s", trust->path, error->message);
}

void
trust_pin(struct trust *trust, const char *host, guint port, const char *fingerprint)
{
    g_autofree char *group = group_for(host, port);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *since = g_date_time_format_iso8601(now);
    g_key_file_set_string(trust->file, group, KEY, fingerprint);
    g_key_file_set_string(trust->file, group, KEY_SINCE, since);
    save(trust);
}

char *
trust_fingerprint(GTlsCertificate *certificate)
{
    g_autoptr(GByteArray) der = NULL;
    g_object_get(certificate, "certificate", &der, NULL);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize len = sizeof(digest);
    g_checksum_update(sum, der->data, (gssize)der->len);
    g_checksum_get_digest(sum, digest, &len);

    GString *text = g_string_sized_new(3 * len);
    for (gsize i = 0; i < len; i++)
        g_string_append_printf(text, i == 0 ? "%02X" : ":%02X", digest[i]);
    return g_string_free(text, FALSE);
}

static char *
describe_date(GDateTime *date, const char *sentence)
{
    if (date == NULL)
        return g_strdup(sentence);
    g_autofree char *text = g_date_time_format(date, "%x");
    return g_strdup_printf("%s (%s)", sentence, text);
}

char *
trust_describe_problem(GTlsCertificate *certificate, GTlsCertificateFlags problems)
{
    g_autoptr(GDateTime) from = g_tls_certificate_get_not_valid_before(certificate);
    g_autoptr(GDateTime) until = g_tls_certificate_get_not_valid_after(certificate);

    if (problems & G_TLS_CERTIFICATE_REVOKED)
        return g_strdup(_("Its issuer has revoked it."));
    if (problems & G_TLS_CERTIFICATE_EXPIRED)
        return describe_date(until, _("It has expired."));
    if (problems & G_TLS_CERTIFICATE_NOT_ACTIVATED)
        return describe_date(from, _("It is not valid yet."));
    if (problems & G_TLS_CERTIFICATE_INSECURE)
        return g_strdup(_("It uses an algorithm that is no longer safe."));
    if (problems & G_TLS_CERTIFICATE_UNKNOWN_CA)
        return g_strdup(_("Nobody your computer knows vouches for it."));
    if (problems & G_TLS_CERTIFICATE_BAD_IDENTITY)
        return g_strdup(_("It belongs to a server of another name."));
    return g_strdup(_("It could not be checked."));
}
