/* config_table.c - see config_table.h. */
#include "server/core/config_table.h"

#include "server/core/config_fault.h"

#define KILO INT64_C(1024)
#define MEGA (KILO * 1024)
#define GIGA (MEGA * 1024)

/* The member's place and size. */
#define MEMBER(member)                                                                             \
    .offset = offsetof(struct config, member), .size = sizeof(((struct config *)0)->member)

static const char *const registrations[] = { "open", "invite", "closed", NULL };
static const char *const durabilities[] = { "strict", "relaxed", NULL };
static const char *const push_contents[] = { "none", "sender", "body", NULL };
static const char *const log_levels[] = { "debug", "info", "notice", "warning", "error", NULL };
static const char *const log_formats[] = { "text", "json", NULL };

const struct config_row CONFIG_TABLE[] = {
    {
        .key = "domain",
        .type = CONFIG_TEXT,
        MEMBER(domain),
        .default_value = "localhost",
        .fault = config_fault_of_domain,
        .section = "The server",
        .help = "The right half of every address, as in anna@chat.example. Changing it later\n"
                "changes everybody's address. Rooms are at rooms.DOMAIN.",
    },
    {
        .key = "data_dir",
        .type = CONFIG_TEXT,
        MEMBER(data_dir),
        .default_value = "/var/lib/jackdaw",
        .fault = config_fault_of_path,
        .help = "Where the database, the certificate and the control socket are. It is made if\n"
                "it is missing. Nobody but the server's own user should be able to read it.",
    },
    {
        .key = "admins",
        .type = CONFIG_TEXT,
        MEMBER(admins),
        .default_value = "",
        .fault = config_fault_of_addresses,
        .help = "Addresses of the administrators, separated by commas.",
    },
    {
        .key = "workers",
        .type = CONFIG_NUMBER,
        MEMBER(workers),
        .default_value = "0",
        .max = 256,
        .unit = "threads",
        .help = "Threads that serve clients. 0 is one for each processor.",
    },
    {
        .key = "listen",
        .type = CONFIG_TEXT,
        MEMBER(listen),
        .default_value = "*",
        .fault = config_fault_of_listen,
        .section = "Network",
        .help = "Numeric addresses to accept connections on, separated by commas. * is all of\n"
                "this machine's, IPv4 and IPv6. With 127.0.0.1, ::1 only this machine itself\n"
                "can connect.",
    },
    {
        .key = "c2s_port",
        .type = CONFIG_NUMBER,
        MEMBER(c2s_port),
        .default_value = "5222",
        .max = 65535,
        .help = "For clients that connect in the clear and switch to TLS (STARTTLS). 0 is off.",
    },
    {
        .key = "c2s_tls_port",
        .type = CONFIG_NUMBER,
        MEMBER(c2s_tls_port),
        .default_value = "5223",
        .max = 65535,
        .help = "For clients that begin with TLS at once (XEP-0368). 0 is off.",
    },
    {
        .key = "certificate",
        .type = CONFIG_TEXT,
        MEMBER(certificate),
        .default_value = "",
        .reloadable = true,
        .section = "Encryption",
        .help = "A PEM file with the certificate and those that vouch for it. Empty: the server\n"
                "makes a self-signed one in data_dir, and clients ask their users to compare its\n"
                "fingerprint. A reload reads the file again.",
    },
    {
        .key = "private_key",
        .type = CONFIG_TEXT,
        MEMBER(private_key),
        .default_value = "",
        .reloadable = true,
        .help = "A PEM file with the certificate's key.",
    },
    {
        .key = "require_tls",
        .type = CONFIG_BOOL,
        MEMBER(require_tls),
        .default_value = "yes",
        .help = "Nobody signs in without TLS. Turn it off only for tests on one machine, or\n"
                "behind a proxy that does the TLS.",
    },
    {
        .key = "allow_plain_without_tls",
        .type = CONFIG_BOOL,
        MEMBER(allow_plain_without_tls),
        .default_value = "no",
        .help = "Clients may send their password readable to everybody on the way. Matters only\n"
                "when require_tls is off.",
    },
    {
        .key = "registration",
        .type = CONFIG_ONE_OF,
        MEMBER(registration),
        .default_value = "open",
        .words = registrations,
        .section = "Who may come in",
        .help = "open: anybody can make an account, from the client. invite: who has been invited\n"
                "(jackdawctl invite, or by a user) can. closed: accounts are made with\n"
                "jackdawctl user add.",
    },
    {
        .key = "user_invitations",
        .type = CONFIG_BOOL,
        MEMBER(user_invitations),
        .default_value = "yes",
        .help = "Whom a user invites can also make an account here, unless registration is\n"
                "closed. Otherwise it is only an invitation to become a contact.",
    },
    {
        .key = "invitation_hours",
        .type = CONFIG_NUMBER,
        MEMBER(invitation_hours),
        .default_value = "168",
        .min = 1,
        .max = 8760,
        .unit = "hours",
        .help = "How long an invitation holds that nobody uses.",
    },
    {
        .key = "max_invitations",
        .type = CONFIG_NUMBER,
        MEMBER(max_invitations),
        .default_value = "20",
        .max = 1000000,
        .help = "Open invitations of one user at a time.",
    },
    {
        .key = "guests",
        .type = CONFIG_BOOL,
        MEMBER(guests),
        .default_value = "no",
        .help = "People may come without an account, under a random address. Nothing of theirs\n"
                "is kept.",
    },
    {
        .key = "registrations_per_hour",
        .type = CONFIG_NUMBER,
        MEMBER(registrations_per_hour),
        .default_value = "10",
        .min = 1,
        .max = 1000000,
        .help = "Accounts that can be made from one network address (IPv6: one /64).",
    },
    {
        .key = "password_min",
        .type = CONFIG_NUMBER,
        MEMBER(password_min),
        .default_value = "8",
        .min = 1,
        .max = 128,
        .unit = "characters",
        .help = "The shortest password that can be chosen. Those in use stay.",
    },
    {
        .key = "login_seconds",
        .type = CONFIG_NUMBER,
        MEMBER(login_seconds),
        .default_value = "60",
        .min = 1,
        .max = 3600,
        .unit = "seconds",
        .help = "A connection that has not signed in by then is closed.",
    },
    {
        .key = "durability",
        .type = CONFIG_ONE_OF,
        MEMBER(durability),
        .default_value = "strict",
        .words = durabilities,
        .section = "Storage",
        .help = "strict: what the server has acknowledged is on the disk, whatever happens.\n"
                "relaxed: quicker on slow disks, but a power cut may take the last moments with\n"
                "it. The end of the server's process takes nothing either way.",
    },
    {
        .key = "archive",
        .type = CONFIG_BOOL,
        MEMBER(archive),
        .default_value = "on",
        .help =
            "What people say is kept, so that all their devices can show and search it; each\n"
            "can choose whose messages are not. Rooms keep what is said in them. Off: nothing\n"
            "more is kept than what waits for somebody who is not there; what is on its way to\n"
            "somebody who is there is lost in a crash of the machine.",
    },
    {
        .key = "archive_days",
        .type = CONFIG_NUMBER,
        MEMBER(archive_days),
        .default_value = "0",
        .max = 36500,
        .unit = "days",
        .help = "Messages that are older are taken out of the archive. 0 keeps them for ever.",
    },
    {
        .key = "push_content",
        .type = CONFIG_ONE_OF,
        MEMBER(push_content),
        .default_value = "none",
        .words = push_contents,
        .section = "Services",
        .help = "What a user's app server is told when a message waits and none of his clients is\n"
                "there (push notifications): only that (none), from whom (sender), or also the\n"
                "first words (body). App servers are other people's machines.",
    },
    {
        .key = "turn_hosts",
        .type = CONFIG_TEXT,
        MEMBER(turn_hosts),
        .default_value = "",
        .fault = config_fault_of_hosts,
        .help =
            "Names or numeric addresses of STUN and TURN servers (coturn, for one) that clients\n"
            "need for calls, separated by commas. Some clients use only IPv4 here.",
    },
    {
        .key = "turn_secret",
        .type = CONFIG_TEXT,
        MEMBER(turn_secret),
        .default_value = "",
        .help =
            "coturn's static-auth-secret (with use-auth-secret): users get passwords that hold\n"
            "for a while. Empty: no relay, only STUN. Keep this file to yourself.",
    },
    {
        .key = "turn_port",
        .type = CONFIG_NUMBER,
        MEMBER(turn_port),
        .default_value = "3478",
        .min = 1,
        .max = 65535,
        .help = "Where they listen, on UDP and on TCP.",
    },
    {
        .key = "turn_tls_port",
        .type = CONFIG_NUMBER,
        MEMBER(turn_tls_port),
        .default_value = "0",
        .max = 65535,
        .help = "Where they listen with TLS; 5349 as a rule. 0 is off.",
    },
    {
        .key = "turn_credential_seconds",
        .type = CONFIG_NUMBER,
        MEMBER(turn_credential_seconds),
        .default_value = "86400",
        .min = 60,
        .max = 2592000,
        .unit = "seconds",
        .help = "How long a password for the relay holds.",
    },
    {
        .key = "log_level",
        .type = CONFIG_ONE_OF,
        MEMBER(log_level),
        .default_value = "info",
        .words = log_levels,
        .reloadable = true,
        .section = "Log (on standard error)",
        .help = "The least that is written.",
    },
    {
        .key = "log_format",
        .type = CONFIG_ONE_OF,
        MEMBER(log_format),
        .default_value = "text",
        .words = log_formats,
        .help = "text: lines for people. json: one JSON object a line.",
    },
    {
        .key = "log_messages",
        .type = CONFIG_BOOL,
        MEMBER(log_messages),
        .default_value = "no",
        .help = "Writes what people say into the log, too. Only where everybody knows about it,\n"
                "as in a class or a laboratory.",
    },
    {
        .key = "limits",
        .type = CONFIG_BOOL,
        MEMBER(limits),
        .default_value = "on",
        .section = "Limits",
        .help = "off: no rates and no quotas, for laboratories and measurements. What protects\n"
                "the server from malformed input stays.",
    },
    {
        .key = "max_connections",
        .type = CONFIG_NUMBER,
        MEMBER(max_connections),
        .default_value = "10000",
        .min = 1,
        .max = 10000000,
        .help = "Connections at the same time.",
    },
    {
        .key = "max_connections_per_address",
        .type = CONFIG_NUMBER,
        MEMBER(max_connections_per_address),
        .default_value = "100",
        .min = 1,
        .max = 10000000,
        .help = "The same, from one network address (IPv6: one /64). Many people may share one.",
    },
    {
        .key = "max_sessions_per_account",
        .type = CONFIG_NUMBER,
        MEMBER(max_sessions_per_account),
        .default_value = "20",
        .min = 1,
        .max = 10000,
        .help = "Devices of one user at the same time.",
    },
    {
        .key = "max_roster_items",
        .type = CONFIG_NUMBER,
        MEMBER(max_roster_items),
        .default_value = "1000",
        .min = 1,
        .max = 1000000,
        .help = "Contacts of one user, with the requests that wait for an answer.",
    },
    {
        .key = "max_offline_messages",
        .type = CONFIG_NUMBER,
        MEMBER(max_offline_messages),
        .default_value = "1000",
        .max = 1000000,
        .help = "Messages kept for one user who is not there. 0 keeps none.",
    },
    {
        .key = "max_private_elements",
        .type = CONFIG_NUMBER,
        MEMBER(max_private_elements),
        .default_value = "200",
        .min = 1,
        .max = 1000000,
        .help = "Elements that one user's clients may keep here for themselves (XEP-0049).",
    },
    {
        .key = "max_private_bytes",
        .type = CONFIG_NUMBER,
        MEMBER(max_private_bytes),
        .default_value = "2M",
        .min = 16 * KILO,
        .max = GIGA,
        .unit = "bytes",
        .help = "What all of them together may come to.",
    },
    {
        .key = "max_blocked_addresses",
        .type = CONFIG_NUMBER,
        MEMBER(max_blocked_addresses),
        .default_value = "1000",
        .min = 1,
        .max = 1000000,
        .help = "Addresses that one user can block.",
    },
    {
        .key = "max_pep_nodes",
        .type = CONFIG_NUMBER,
        MEMBER(max_pep_nodes),
        .default_value = "200",
        .max = 1000000,
        .help = "Kinds of things that one user can publish: a picture, a nickname, keys.",
    },
    {
        .key = "max_pep_items",
        .type = CONFIG_NUMBER,
        MEMBER(max_pep_items),
        .default_value = "2000",
        .min = 1,
        .max = 1000000,
        .help = "Things of one kind that are kept: bookmarks, marks of what was read.",
    },
    {
        .key = "max_pep_bytes",
        .type = CONFIG_NUMBER,
        MEMBER(max_pep_bytes),
        .default_value = "8M",
        .min = 64 * KILO,
        .max = GIGA,
        .unit = "bytes",
        .help = "All that one user has published.",
    },
    {
        .key = "max_rooms_per_account",
        .type = CONFIG_NUMBER,
        MEMBER(max_rooms_per_account),
        .default_value = "20",
        .max = 1000000,
        .help = "Rooms that one user can own.",
    },
    {
        .key = "max_occupants",
        .type = CONFIG_NUMBER,
        MEMBER(max_occupants),
        .default_value = "1000",
        .min = 2,
        .max = 1000000,
        .help = "People in one room.",
    },
    {
        .key = "room_history",
        .type = CONFIG_NUMBER,
        MEMBER(room_history),
        .default_value = "50",
        .max = 10000,
        .unit = "messages",
        .help = "Shown at most to somebody who joins a room.",
    },
    {
        .key = "max_stanza_bytes",
        .type = CONFIG_NUMBER,
        MEMBER(max_stanza_bytes),
        .default_value = "256k",
        .min = 10000,
        .max = 512 * KILO,
        .unit = "bytes",
        .help = "The largest stanza a client can send. RFC 6120 asks for 10000 at least.",
    },
    {
        .key = "max_session_queue_bytes",
        .type = CONFIG_NUMBER,
        MEMBER(max_session_queue_bytes),
        .default_value = "4M",
        .min = 64 * KILO,
        .max = GIGA,
        .unit = "bytes",
        .help = "What waits for a client that does not read. Past it the client is cut off.",
    },
    {
        .key = "rate_stanzas_per_second",
        .type = CONFIG_NUMBER,
        MEMBER(rate_stanzas_per_second),
        .default_value = "50",
        .min = 1,
        .max = 1000000,
        .help = "What one client can send in the long run; short bursts are fine. A quicker one\n"
                "is read more slowly.",
    },
    {
        .key = "rate_bytes_per_second",
        .type = CONFIG_NUMBER,
        MEMBER(rate_bytes_per_second),
        .default_value = "128k",
        .min = KILO,
        .max = GIGA,
        .unit = "bytes",
        .help = "The same, in bytes.",
    },
    {
        .key = "idle_seconds",
        .type = CONFIG_NUMBER,
        MEMBER(idle_seconds),
        .default_value = "300",
        .min = 10,
        .max = 86400,
        .unit = "seconds",
        .help = "After this much silence the server asks whether the client is still there;\n"
                "after as much again it is taken to be gone.",
    },
    {
        .key = "save_traffic",
        .type = CONFIG_BOOL,
        MEMBER(save_traffic),
        .default_value = "yes",
        .help = "A client that says that nobody is looking at it (XEP-0352) hears who comes, goes\n"
                "and types only when something else is sent to it.",
    },
    {
        .key = "ack_seconds",
        .type = CONFIG_NUMBER,
        MEMBER(ack_seconds),
        .default_value = "60",
        .min = 5,
        .max = 3600,
        .unit = "seconds",
        .help = "A client that uses stream management (XEP-0198) and does not acknowledge for so\n"
                "long what it is sent has lost its connection.",
    },
    {
        .key = "token_days",
        .type = CONFIG_NUMBER,
        MEMBER(token_days),
        .default_value = "21",
        .max = 365,
        .unit = "days",
        .help = "How long a client that has signed in with a password may come back with a token\n"
                "instead (XEP-0484). A new password takes all tokens back. 0 turns it off.",
    },
    {
        .key = "resume_seconds",
        .type = CONFIG_NUMBER,
        MEMBER(resume_seconds),
        .default_value = "300",
        .max = 86400,
        .unit = "seconds",
        .help = "A client that has lost its connection can go on as if nothing had happened when\n"
                "it comes back within this time (XEP-0198). Until then its user is shown as\n"
                "there. 0 turns it off.",
    },
    {
        .key = "max_resume_bytes",
        .type = CONFIG_NUMBER,
        MEMBER(max_resume_bytes),
        .default_value = "1M",
        .min = 64 * KILO,
        .max = GIGA,
        .unit = "bytes",
        .help = "What waits for a client that has lost its connection. Past it the client is\n"
                "given up, and its messages wait for it elsewhere.",
    },
};
const size_t CONFIG_TABLE_LEN = ARRAY_LEN(CONFIG_TABLE);

_Static_assert(ARRAY_LEN(CONFIG_TABLE) <= CONFIG_TABLE_MAX, "room for every row");
