/* sqlite_pubsub.c - publish-subscribe nodes of accounts, and who has to do with them (XEP-0060). */
#include "base/error.h"
#include "server/store/sqlite.h"

int
sqlite_pubsub_node(struct store_connection *connection,
                   struct str account,
                   struct str node,
                   int64_t *ret_id,
                   int64_t *ret_item_count)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_NODE);
    bool found;
    int r;

    sqlite_bind_str(&query, account);
    sqlite_bind_str(&query, node);
    found = sqlite_row(&query);
    if (found) {
        *ret_id = sqlite_int(&query, 0);
        if (ret_item_count)
            *ret_item_count = sqlite_int(&query, 1);
    }
    r = sqlite_finish(&query);
    return r == 0 && !found ? E_NOT_FOUND : r;
}

/* ---- loading ---- */

static int
load_nodes(struct store_connection *connection, struct store_pubsub_load *load, int64_t account)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_NODES);
    struct arena *arena = &load->call.arena;

    sqlite_bind_int(&query, account);
    while (sqlite_row(&query)) {
        load->ret_nodes = sqlite_grow(&query, arena, load->ret_nodes, load->ret_node_count,
                                      sizeof(*load->ret_nodes));
        if (!load->ret_nodes)
            break;
        load->ret_nodes[load->ret_node_count++] = (struct store_pubsub_node){
            .name = sqlite_str(&query, 0, arena),
            .config = sqlite_str(&query, 1, arena),
            .created_us = sqlite_int(&query, 2),
        };
    }
    return sqlite_finish(&query);
}

static int
load_relations(struct store_connection *connection,
               enum sqlite_statement which,
               int64_t account,
               struct arena *arena,
               struct store_pubsub_relation **ret_relations,
               size_t *ret_count)
{
    struct sqlite_query query = sqlite_query(connection, which);

    sqlite_bind_int(&query, account);
    while (sqlite_row(&query)) {
        *ret_relations =
            sqlite_grow(&query, arena, *ret_relations, *ret_count, sizeof(**ret_relations));
        if (!*ret_relations)
            break;
        (*ret_relations)[(*ret_count)++] = (struct store_pubsub_relation){
            .node = sqlite_str(&query, 0, arena),
            .jid = sqlite_str(&query, 1, arena),
            .value = (int)sqlite_int(&query, 2),
        };
    }
    return sqlite_finish(&query);
}

int
sqlite_pubsub_load(struct store_connection *connection, struct store_call *call)
{
    struct store_pubsub_load *load = CONTAINER_OF(call, struct store_pubsub_load, call);
    int64_t account = 0;
    int r = sqlite_account_id(connection, load->name, &account);

    if (r == 0)
        r = load_nodes(connection, load, account);
    if (r == 0)
        r = load_relations(connection, SQL_PUBSUB_AFFILIATIONS, account, &call->arena,
                           &load->ret_affiliations, &load->ret_affiliation_count);
    if (r == 0)
        r = load_relations(connection, SQL_PUBSUB_SUBSCRIPTIONS, account, &call->arena,
                           &load->ret_subscriptions, &load->ret_subscription_count);
    return r;
}

/* ---- writing ---- */

static int
put_node(struct store_connection *connection,
         int64_t account,
         const struct store_pubsub_node *node,
         int64_t *ret_id)
{
    struct sqlite_query query = sqlite_query(connection, SQL_PUBSUB_NODE_PUT);

    sqlite_bind_int(&query, account);
    sqlite_bind_str(&query, node->name);
    sqlite_bind_str(&query, node->config);
    sqlite_bind_int(&query, node->created_us);
    if (sqlite_row(&query))
        *ret_id = sqlite_int(&query, 0);
    return sqlite_finish(&query);
}

int
sqlite_pubsub_node_put(struct store_connection *connection, struct store_call *call)
{
    const struct store_pubsub_node_put *put =
        CONTAINER_OF(call, struct store_pubsub_node_put, call);
    int64_t account = 0, node = 0;
    int r = sqlite_account_id(connection, put->name, &account);

    if (r == 0)
        r = put_node(connection, account, &put->node, &node);
    return r < 0 ? r : sqlite_pubsub_evict(connection, node, put->keep, NULL);
}

int
sqlite_pubsub_node_remove(struct store_connection *connection, struct store_call *call)
{
    const struct store_pubsub_node_remove *remove =
        CONTAINER_OF(call, struct store_pubsub_node_remove, call);
    struct sqlite_query query;
    int64_t node = 0;
    int r = sqlite_pubsub_node(connection, remove->name, remove->node, &node, NULL);

    if (r < 0)
        return r;
    query = sqlite_query(connection, SQL_PUBSUB_NODE_DELETE);
    sqlite_bind_int(&query, node);
    return sqlite_finish_change(&query);
}

static int
put_relation(struct store_connection *connection,
             enum sqlite_statement put,
             enum sqlite_statement drop,
             struct str account,
             const struct store_pubsub_relation *relation)
{
    struct sqlite_query query;
    int64_t node = 0;
    int r = sqlite_pubsub_node(connection, account, relation->node, &node, NULL);

    if (r < 0)
        return r;
    query = sqlite_query(connection, relation->value == 0 ? drop : put);
    sqlite_bind_int(&query, node);
    sqlite_bind_str(&query, relation->jid);
    if (relation->value != 0)
        sqlite_bind_int(&query, relation->value);
    return sqlite_run(&query);
}

int
sqlite_pubsub_affiliation_put(struct store_connection *connection, struct store_call *call)
{
    const struct store_pubsub_affiliation_put *put =
        CONTAINER_OF(call, struct store_pubsub_affiliation_put, call);

    return put_relation(connection, SQL_PUBSUB_AFFILIATION_PUT, SQL_PUBSUB_AFFILIATION_DELETE,
                        put->name, &put->relation);
}

int
sqlite_pubsub_subscription_put(struct store_connection *connection, struct store_call *call)
{
    const struct store_pubsub_subscription_put *put =
        CONTAINER_OF(call, struct store_pubsub_subscription_put, call);

    return put_relation(connection, SQL_PUBSUB_SUBSCRIPTION_PUT, SQL_PUBSUB_SUBSCRIPTION_DELETE,
                        put->name, &put->relation);
}
