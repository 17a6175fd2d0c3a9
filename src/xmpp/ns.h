/* ns.h - the namespaces we speak, each named once.
 * Owns: constants. Threads: any. Spec: beside each name. */
#pragma once

#include "base/str.h"

#define NS_STREAM           STR("http://etherx.jabber.org/streams")    /* RFC 6120 4.8.2 */
#define NS_CLIENT           STR("jabber:client")                       /* RFC 6120 4.8.3 */
#define NS_SERVER           STR("jabber:server")                       /* RFC 6120 4.8.3 */
#define NS_TLS              STR("urn:ietf:params:xml:ns:xmpp-tls")     /* RFC 6120 5 */
#define NS_SASL             STR("urn:ietf:params:xml:ns:xmpp-sasl")    /* RFC 6120 6 */
#define NS_BIND             STR("urn:ietf:params:xml:ns:xmpp-bind")    /* RFC 6120 7 */
#define NS_SESSION          STR("urn:ietf:params:xml:ns:xmpp-session") /* RFC 3921 3, obsolete */
#define NS_STANZAS          STR("urn:ietf:params:xml:ns:xmpp-stanzas") /* RFC 6120 8.3 */
#define NS_STREAM_ERRORS    STR("urn:ietf:params:xml:ns:xmpp-streams") /* RFC 6120 4.9 */
#define NS_XML              STR("http://www.w3.org/XML/1998/namespace")
#define NS_ROSTER           STR("jabber:iq:roster")                       /* RFC 6121 2 */
#define NS_ROSTER_VER       STR("urn:xmpp:features:rosterver")            /* RFC 6121 2.6 */
#define NS_PRE_APPROVAL     STR("urn:xmpp:features:pre-approval")         /* RFC 6121 3.4 */
#define NS_DATA_FORM        STR("jabber:x:data")                          /* XEP-0004 */
#define NS_DISCO_INFO       STR("http://jabber.org/protocol/disco#info")  /* XEP-0030 */
#define NS_DISCO_ITEMS      STR("http://jabber.org/protocol/disco#items") /* XEP-0030 */
#define NS_MUC              STR("http://jabber.org/protocol/muc")         /* XEP-0045 */
#define NS_MUC_USER         STR("http://jabber.org/protocol/muc#user")    /* XEP-0045 */
#define NS_MUC_ADMIN        STR("http://jabber.org/protocol/muc#admin")   /* XEP-0045 */
#define NS_MUC_OWNER        STR("http://jabber.org/protocol/muc#owner")   /* XEP-0045 */
#define NS_REGISTER         STR("jabber:iq:register")                     /* XEP-0077 */
#define NS_REGISTER_FEATURE STR("http://jabber.org/features/iq-register") /* XEP-0077 8 */
#define NS_CHATSTATES       STR("http://jabber.org/protocol/chatstates")  /* XEP-0085 */
#define NS_VERSION          STR("jabber:iq:version")                      /* XEP-0092 */
#define NS_CAPS             STR("http://jabber.org/protocol/caps")        /* XEP-0115 */
#define NS_RECEIPTS         STR("urn:xmpp:receipts")                      /* XEP-0184 */
#define NS_SM               STR("urn:xmpp:sm:3")                          /* XEP-0198 */
#define NS_PING             STR("urn:xmpp:ping")                          /* XEP-0199 */
#define NS_TIME             STR("urn:xmpp:time")                          /* XEP-0202 */
#define NS_DELAY            STR("urn:xmpp:delay")                         /* XEP-0203 */
#define NS_FORWARD          STR("urn:xmpp:forward:0")                     /* XEP-0297 */
#define NS_CONFERENCE       STR("jabber:x:conference")                    /* XEP-0249 */
#define NS_CORRECT          STR("urn:xmpp:message-correct:0")             /* XEP-0308 */
#define NS_MAM              STR("urn:xmpp:mam:2")                         /* XEP-0313 */
#define NS_MARKERS          STR("urn:xmpp:chat-markers:0")                /* XEP-0333 */
#define NS_HINTS            STR("urn:xmpp:hints")                         /* XEP-0334 */
#define NS_SID              STR("urn:xmpp:sid:0")                         /* XEP-0359 */
#define NS_CSI              STR("urn:xmpp:csi:0")                         /* XEP-0352 */
#define NS_PREAUTH          STR("urn:xmpp:pars:0")                        /* XEP-0379 */
#define NS_BOOKMARKS        STR("urn:xmpp:bookmarks:1")                   /* XEP-0402 */
#define NS_OCCUPANT_ID      STR("urn:xmpp:occupant-id:0")                 /* XEP-0421 */
#define NS_RETRACT          STR("urn:xmpp:message-retract:1")             /* XEP-0424 */
#define NS_MODERATE         STR("urn:xmpp:message-moderate:1")            /* XEP-0425 */
#define NS_FALLBACK         STR("urn:xmpp:fallback:0")                    /* XEP-0428 */
#define NS_SASL2            STR("urn:xmpp:sasl:2")                        /* XEP-0388 */
#define NS_BIND2            STR("urn:xmpp:bind:0")                        /* XEP-0386 */
#define NS_CARBONS          STR("urn:xmpp:carbons:2")                     /* XEP-0280 */
#define NS_FAST             STR("urn:xmpp:fast:0")                        /* XEP-0484 */
#define NS_SASL_CB          STR("urn:xmpp:sasl-cb:0")                     /* XEP-0440 */
#define NS_REACTIONS        STR("urn:xmpp:reactions:0")                   /* XEP-0444 */
#define NS_IBR_TOKEN        STR("urn:xmpp:ibr-token:0")                   /* XEP-0445 */
#define NS_LIMITS           STR("urn:xmpp:stream-limits:0")               /* XEP-0478 */
