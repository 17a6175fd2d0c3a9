/* pep.h - an account's publish-subscribe service in memory, and its way to the disk and to those
 * who are told. Owns: the service, what is known of the clients that may be told, work that waits.
 * Threads: the account's home worker. Time: the loop's; wall clock where a stamp is sent. Errors:
 * as stanza errors to whoever asked. Spec: XEP-0163. Tests: tests/interop/test_pep.py
 *
 * Order: the service in memory changes at once; answers and notifications leave after the commit.
 * Work that reads items waits until what was published before is on the disk. When something could
 * not be stored the service is read again before anything else happens. */
#pragma once

#include "server/account/account.h"
#include "server/pubsub/caps.h"
#include "server/pubsub/pubsub.h"

struct pep {
    struct account *account;
    struct pubsub_service service; /* when `loaded` */
    struct pubsub_limits limits;
    bool loaded;
    bool loading;
    bool forgotten;      /* while it was loaded: what comes is not true any more */
    bool spoiled;        /* memory and disk may differ: read again when `writes` is 0 */
    bool running;        /* tasks are being run */
    unsigned writes;     /* commits under way */
    struct list waiting; /* struct pep_task */
    size_t waiting_count;
    struct map resources;  /* struct pep_resource by full JID */
    size_t stranger_count; /* of them, those that are neither the user's own nor contacts */
    char *old_bookmarks;   /* private to xep0402_bookmarks.c: stored before there was a node */
};

/* ---- work that needs the service ---- */

struct pep_task {
    struct list link;
    bool reads; /* after everything that is on its way to the disk */

    /* Must end and free the task. `status` < 0: the service could not be read. */
    void (*run)(struct pep *pep, struct pep_task *task, int status);

    /* Only frees it: the account leaves memory. */
    void (*discard)(struct pep_task *task);
};

/* The account's; made when it is first needed. Never for a guest. */
struct pep *pep_of(struct account *account);

/* Runs it now or later, in order. E_FULL (the task stays the caller's) when too much waits. */
MUST_CHECK int pep_when_ready(struct pep *pep, struct pep_task *task);

/* Between the two no other reader runs: for who reads, then changes. The second goes on with what
 * waits. */
void pep_block(struct pep *pep);
void pep_unblock(struct pep *pep);

/* Who somebody is to this service; views the account's roster. */
struct pubsub_asker pep_asker(struct account *account, struct jid jid);

/* A request to the account's service, from anybody. */
void pep_handle(struct account *account, struct stanza *request);

/* ---- changes ---- */

/* Something of the server's own that is published beside, or in place of, a request. */
struct pep_job {
    struct pubsub_job job;
    struct pubsub_outcome out;
    struct pubsub_asker asker;
};

/* Whoever sent the request; its outcome is not begun. The service is loaded. */
void pep_job_init(struct pep *pep, struct pep_job *job, const struct stanza *request);

/* Begins one in the owner's name. `request` may be NULL. */
void pep_begin(struct pep *pep, struct pep_job *job, const struct stanza *request);

/* Stores what `out` says, then sends the reply and tells who is to be told; takes `out` over.
 * `request` (may be NULL) is held meanwhile, and answered with an error when that fails. */
void pep_commit(struct pep *pep, struct pubsub_outcome *out, struct stanza *request);

/* The same for what a message brought beside other things: it waits for the commit to be settled,
 * but what goes wrong only the log is told. */
void pep_commit_beside(struct pep *pep, struct pubsub_outcome *out, struct stanza *message);

/* Answers with `payload` (XML), which may be larger than a stanza that we build. */
void pep_answer_text(struct account *account, const struct stanza *request, struct str payload);

/* What is asked for is read, then answered. */
void pep_read(struct pep *pep, const struct pubsub_read *read, struct stanza *request);

/* A page of a node's items from the disk; `done` gets the call and frees it. */
void pep_load_items(struct pep *pep,
                    const struct pubsub_read *read,
                    void (*done)(struct store_call *call, void *worker),
                    void *owner);

/* Is somebody there who hears of the user's news by presence? */
bool pep_has_audience(const struct account *account);

/* The account was removed; it leaves memory. */
void pep_forget(struct account *account);
void pep_free(struct account *account);

/* ---- who is told: pep_notify.c ---- */

/* `gone`: the event's node when the service has it no more, else NULL. */
void pep_tell(struct pep *pep, const struct pubsub_event *event, const struct pubsub_node *gone);

/* The newest items of the nodes that `to` wants by its new capabilities and did not by its old; or
 * of one node, whatever it wants. */
void pep_tell_newest(struct pep *pep, struct jid to, struct caps *now, struct caps *old);
void pep_tell_newest_of(struct pep *pep, struct jid to, struct str node);

/* ---- who wants to be told: xep0115_caps.c ---- */

struct pep_resource {
    struct map_node node;
    struct caps *caps;       /* what it wants; NULL while unknown */
    uint64_t claim_hash;     /* of what its last presence claimed */
    struct pep_claim *claim; /* while unknown: to be verified */
    uint64_t asked;          /* the question to it under way; 0 = none */
    int64_t asked_us;        /* monotonic */
    bool stranger;
    bool sees_presence; /* was told what contacts are told */
    uint16_t full_len, bare_len, local_len;
    char text[]; /* full JID */
};

struct jid pep_resource_jid(const struct pep_resource *resource);
struct pep_resource *pep_resource_next(const struct pep *pep, const struct pep_resource *resource);
void pep_forget_resources(struct pep *pep);
