/* xep0054_vcard.c - vCards (XEP-0054), with the picture where XEP-0084 keeps it (XEP-0398). */
#include "base/error.h"
#include "base/memory.h"
#include "server/account/account_feature.h"
#include "server/account/xep0398_avatar.h"
#include "server/core/router.h"
#include "server/core/settlement.h"
#include "server/pubsub/pubsub_profile.h"
#include "xmpp/ns.h"
#include "xmpp/xml_reader.h"
#include "xmpp/xml_writer.h"

#include <stdlib.h>

enum {
    TEXT_MAX = 1024 * 1024,       /* of a vCard with its picture */
    ARENA_MAX = 16 * 1024 * 1024, /* of the same, taken apart */
};

/* One request under way. */
struct vcard_request {
    struct pep_task task;
    struct account *account;
    struct stanza *request;
    struct arena arena;
    struct element *vcard;     /* get: what is stored; in the arena; NULL = nothing */
    struct avatar_image image; /* set: the new picture */
    bool has_image;
    bool has_photo; /* set: whatever it is, there is one */
};

static void
discard(struct pep_task *task)
{
    struct vcard_request *self = CONTAINER_OF(task, struct vcard_request, task);

    arena_fini(&self->arena);
    stanza_unref(self->request);
    free(self);
}

static void
end(struct vcard_request *self)
{
    struct account *account = self->account;

    settlement_release(self->request);
    discard(&self->task);
    entity_unpin(&account->entity);
}

static void
fail(struct vcard_request *self, int error)
{
    router_reply_error(account_worker(self->account), self->request, error);
    end(self);
}

static struct vcard_request *
begin(struct account *account,
      struct stanza *request,
      void (*run)(struct pep *pep, struct pep_task *task, int status))
{
    struct vcard_request *self = memory_new(1, sizeof(*self));

    self->task.run = run;
    self->task.discard = discard;
    self->account = account;
    self->request = stanza_ref(request);
    arena_init(&self->arena, ARENA_MAX);
    settlement_hold(request);
    entity_pin(&account->entity);
    return self;
}

/* ---- get: XEP-0054 3.1, 3.3 ---- */

/* `image` NULL: no picture. */
static void
answer(struct vcard_request *self, const struct avatar_image *image)
{
    struct account *account = self->account;
    struct element *vcard = self->vcard;
    struct buffer text;

    /* Who has no vCard is not told from who does not exist. */
    if (!vcard && !image && !account_is_owner(account, self->request)) {
        router_reply_condition(account_worker(account), self->request, "service-unavailable",
                               STR_EMPTY);
        end(self);
        return;
    }
    if (!vcard)
        vcard = element_new(&self->arena, NS_VCARD, STR("vCard"));
    if (image)
        avatar_add_photo(&self->arena, vcard, image);
    buffer_init(&text, TEXT_MAX);
    if (!arena_is_full(&self->arena))
        xml_write(&text, vcard, NS_CLIENT);
    if (buffer_failed(&text) || arena_is_full(&self->arena))
        router_reply_error(account_worker(account), self->request, E_FULL);
    else
        pep_answer_text(account, self->request, buffer_str(&text));
    buffer_fini(&text);
    end(self);
}

/* XEP-0398 3.1: only a picture that is what the metadata promise. */
static void
image_done(struct store_call *call, void *worker)
{
    struct store_pubsub_items_load *load = CONTAINER_OF(call, struct store_pubsub_items_load, call);
    struct vcard_request *self = call->owner;
    const struct avatar *avatar = &self->account->avatar;
    struct avatar_image image;
    bool fits = call->status == 0 && load->ret_count == 1 &&
                avatar_read_data(&self->arena, load->ret_items[0].xml, &image) &&
                str_is(str_from(image.avatar.hash), avatar->hash);

    (void)worker;
    if (fits && image.avatar.type[0] == '\0')
        memcpy(image.avatar.type, avatar->type, sizeof(image.avatar.type));
    store_call_free(call);
    answer(self, fits ? &image : NULL);
}

static bool
may_read(struct pep *pep, struct str name, struct jid who)
{
    const struct pubsub_node *node = pubsub_find(&pep->service, name);
    struct pubsub_asker asker = pep_asker(pep->account, who);

    return node && pubsub_may_read(&pep->service, node, &asker) == PUBSUB_OK;
}

/* XEP-0398 6: only for who has access to both nodes; and not over a picture that the vCard has
 * itself, because it could not be converted. */
static bool
has_image_for(struct pep *pep, const struct vcard_request *self)
{
    struct jid who = self->request->from;

    return self->account->avatar.hash[0] != '\0' &&
           !element_child(self->vcard, NS_VCARD, STR("PHOTO")) &&
           may_read(pep, PUBSUB_NODE_AVATAR_METADATA, who) &&
           may_read(pep, PUBSUB_NODE_AVATAR_DATA, who);
}

static void
vcard_done(struct store_call *call, void *worker)
{
    struct store_vcard_load *load = CONTAINER_OF(call, struct store_vcard_load, call);
    struct vcard_request *self = call->owner;
    struct str hash = str_from(self->account->avatar.hash);
    struct pubsub_read read = {
        .node = PUBSUB_NODE_AVATAR_DATA, .page = PUBSUB_PAGE_IDS, .ids = &hash, .id_count = 1
    };
    int status = call->status;

    (void)worker;
    if (status == 0)
        status = xml_parse(&self->arena, load->ret_xml, NS_CLIENT, &self->vcard);
    store_call_free(call);
    if (status < 0 && status != E_NOT_FOUND)
        fail(self, status);
    else if (has_image_for(self->account->pep, self))
        pep_load_items(self->account->pep, &read, image_done, self);
    else
        answer(self, NULL);
}

static void
get_run(struct pep *pep, struct pep_task *task, int status)
{
    struct vcard_request *self = CONTAINER_OF(task, struct vcard_request, task);
    struct account *account = pep->account;
    struct store_vcard_load *load;

    if (status < 0) {
        fail(self, status);
        return;
    }
    load = STORE_CALL(vcard_load, VCARD_LOAD, &account_worker(account)->mailbox, vcard_done, self);
    load->name = store_keep(&load->call, account->entity.jid.local);
    store_submit(account_server(account)->store, &load->call);
}

static void
handle_get(struct account *account, struct stanza *request)
{
    struct vcard_request *self = begin(account, request, get_run);

    self->task.reads = true;
    if (pep_when_ready(pep_of(account), &self->task) < 0)
        fail(self, E_FULL);
}

/* ---- set: XEP-0054 3.2 ---- */

static enum pubsub_fault
publish(struct pubsub_job *job,
        struct str node,
        struct str id,
        void (*write)(struct buffer *out, const struct avatar_image *image),
        const struct avatar_image *image)
{
    /* Whoever asks for a vCard gets it: a picture in it is for everybody, unless the user's nodes
     * say otherwise already. */
    struct pubsub_own_item item = { .node = node, .id = id, .access = ACCESS_OPEN };
    struct buffer text;
    enum pubsub_fault fault;

    buffer_init(&text, TEXT_MAX);
    write(&text, image);
    item.xml = buffer_str(&text);
    fault = buffer_failed(&text) ? PUBSUB_PAYLOAD_TOO_BIG : pubsub_publish_own(job, &item);
    buffer_fini(&text);
    return fault;
}

/* XEP-0398 3.2: first the data, then the metadata. A vCard without picture takes the old one back,
 * as its writer has seen it. */
static enum pubsub_fault
publish_avatar(struct pubsub_job *job, const struct vcard_request *self)
{
    const struct avatar *now = &self->account->avatar;
    const struct avatar_image *image = &self->image;
    struct str hash = str_from(image->avatar.hash);
    enum pubsub_fault fault;

    if (!self->has_image)
        return self->has_photo || now->hash[0] == '\0'
                   ? PUBSUB_OK
                   : publish(job, PUBSUB_NODE_AVATAR_METADATA, STR("none"), avatar_write_metadata,
                             NULL);
    if (str_is(hash, now->hash))
        return PUBSUB_OK;
    fault = publish(job, PUBSUB_NODE_AVATAR_DATA, hash, avatar_write_data, image);
    return fault == PUBSUB_OK
               ? publish(job, PUBSUB_NODE_AVATAR_METADATA, hash, avatar_write_metadata, image)
               : fault;
}

static void
set_run(struct pep *pep, struct pep_task *task, int status)
{
    struct vcard_request *self = CONTAINER_OF(task, struct vcard_request, task);
    enum pubsub_fault fault;
    struct pep_job job;

    if (status < 0) {
        fail(self, status);
        return;
    }
    pep_begin(pep, &job, self->request);
    fault = publish_avatar(&job.job, self);
    job.out.reply =
        fault == PUBSUB_OK ? stanza_result(self->request) : pubsub_error(self->request, fault);
    pep_commit(pep, &job.out, self->request);
    end(self);
}

static void
put_done(struct store_call *call, void *worker)
{
    struct vcard_request *self = call->owner;
    int status = call->status;

    (void)worker;
    store_call_free(call);
    if (status == 0)
        status = pep_when_ready(pep_of(self->account), &self->task);
    if (status < 0)
        fail(self, status);
}

/* What is stored: without the picture, when that goes where pictures are. */
static void
write_stored(struct buffer *out, struct vcard_request *self, const struct element *vcard)
{
    struct element *stored = element_dup(&self->arena, vcard);
    struct element *photo = element_child(stored, NS_VCARD, STR("PHOTO"));

    buffer_init(out, TEXT_MAX);
    if (photo && (self->has_image || !self->has_photo))
        element_remove(photo);
    if (stored)
        xml_write(out, stored, NS_CLIENT);
}

static void
handle_set(struct account *account, struct stanza *request)
{
    struct vcard_request *self = begin(account, request, set_run);
    const struct element *vcard = stanza_payload(request);
    const struct element *photo = element_child(vcard, NS_VCARD, STR("PHOTO"));
    struct store_vcard_put *put;
    struct buffer text;

    self->has_image = photo && avatar_read_photo(&self->arena, photo, &self->image);
    /* XEP-0153 4.3: an empty one says that there is none. */
    self->has_photo = photo && element_first_child(photo) &&
                      (self->has_image || !element_child(photo, NS_VCARD, STR("BINVAL")) ||
                       element_child(photo, NS_VCARD, STR("BINVAL"))->first);
    write_stored(&text, self, vcard);
    if (buffer_failed(&text) || arena_is_full(&self->arena)) {
        buffer_fini(&text);
        fail(self, E_TOO_BIG);
        return;
    }
    put = STORE_CALL(vcard_put, VCARD_PUT, &account_worker(account)->mailbox, put_done, self);
    put->name = store_keep(&put->call, account->entity.jid.local);
    put->xml = store_keep(&put->call, buffer_str(&text));
    buffer_fini(&text);
    store_submit(account_server(account)->store, &put->call);
}

/* ---- requests ---- */

static void
handle(struct worker *worker, struct entity *entity, struct stanza *request)
{
    struct account *account = account_of(entity);

    if (request->type == TYPE_SET && !account_trusts(account, request->from))
        router_reply_condition(worker, request, "service-unavailable", STR_EMPTY);
    else if (request->type == TYPE_SET && !account_is_owner(account, request))
        router_reply_error(worker, request, E_FORBIDDEN);
    else if (account->guest && request->type == TYPE_SET)
        router_reply_condition(worker, request, "not-allowed",
                               STR("Nothing is stored for a guest."));
    else if (account->guest)
        router_reply_condition(worker, request, "service-unavailable", STR_EMPTY);
    else if (request->type == TYPE_SET)
        handle_set(account, request);
    else
        handle_get(account, request);
}

static const struct iq_handler iqs[] = {
    { STR_INIT("vcard-temp"), "vCard", true, true, handle },
    { .name = NULL },
};

static const char *const disco[] = { "vcard-temp", NULL };

const struct account_feature account_xep0054_vcard = {
    .feature = { .name = "xep0054_vcard", .disco = disco, .iqs = iqs, .serves_strangers = true },
};
