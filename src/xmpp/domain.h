/* domain.h - the domain part of an address: a host name or an IP address.
 * Owns: nothing. Threads: any. Errors: E_JID. Spec: RFC 7622 3.2; RFC 5890-5895 by UTS 46.
 * Tests: tests/unit/xmpp/test_jid.c */
#pragma once

#include "xmpp/precis.h"

/* Without final dot, lower case, U-labels instead of A-labels; IPv6 in brackets, shortest form. */
MUST_CHECK int domain_prepare(struct str text, struct precis_text *ret_domain);

/* True if the text is plain lower-case ASCII that domain_prepare would leave as it is. False says
 * nothing. */
bool domain_is_plain(struct str text);
