// Owns the requests: one JSON object a line in, one a line out. Tests/Peers/README.md has the protocol.
#include "peer.h"

#include <stdlib.h>
#include <string.h>

static device **devices;
static size_t device_count;

static device **find(const json_t *place)
{
    const char *jid = json_string_value(json_object_get(place, "jid"));
    const json_t *id = json_object_get(place, "device");
    for (size_t at = 0; jid && json_is_integer(id) && at < device_count; at++) {
        if (!strcmp(devices[at]->jid, jid) && devices[at]->id == json_integer_value(id)) return &devices[at];
    }
    refuse("other", "there is no such device here");
    return NULL;
}

/// An answer with a text in it that is given up.
static json_t *with_text(const char *name, char *text)
{
    json_t *answer = text ? json_pack("{s:s}", name, text) : NULL;
    free(text);
    return answer;
}

static json_t *create(const json_t *request)
{
    const char *jid, *version;
    json_int_t id;
    if (json_unpack((json_t *)request, "{s:s, s:I, s:s}", "jid", &jid, "device", &id, "version", &version) < 0
        || id < 1 || id > INT32_MAX || (strcmp(version, "2") && strcmp(version, "0.3")) || find(request)) {
        refuse("other", "the device exists already, or something about it is not known");
        return NULL;
    }
    device *made = device_create(jid, (uint32_t)id, strcmp(version, "2") ? 3 : 4);
    if (!made) return NULL;
    devices = need(realloc(devices, (device_count + 1) * sizeof *devices));
    devices[device_count++] = made;

    json_t *answer = with_text("bundle", bundle_write(made));
    json_t *list = with_text("devices", bundle_device_list(made));
    json_object_update(answer, list);
    json_decref(list);
    ratchet_identity_key_pair *identity = device_identity(made);
    signal_buffer *public = need(ec_public_key_get_mont(ratchet_identity_key_pair_get_public(identity)));
    char hex[65] = "";
    for (size_t at = 0; at < 32; at++) sprintf(hex + 2 * at, "%02x", signal_buffer_data(public)[at]);
    json_object_set_new(answer, "identity_hex", json_string(hex));
    json_object_set_new(answer, "device", json_integer(id));
    signal_buffer_free(public);
    SIGNAL_UNREF(identity);
    return answer;
}

static json_t *learn(device *as, const json_t *request)
{
    const char *jid, *bundle;
    json_int_t id;
    if (json_unpack((json_t *)request, "{s:s, s:I, s:s}", "jid", &jid, "device", &id, "bundle", &bundle) < 0
        || id < 1 || id > INT32_MAX) {
        refuse("other", "import takes jid, device and bundle");
        return NULL;
    }
    return bundle_learn(as, jid, (uint32_t)id, bundle) < 0 ? NULL : json_object();
}

static json_t *encrypt(device *as, const json_t *request, bool empty)
{
    const json_t *to = json_object_get(request, "to");
    const char *text = json_string_value(json_object_get(request, "text"));
    size_t count = json_array_size(to);
    recipient *recipients = need(calloc(count + 1, sizeof *recipients));
    bool whole = count > 0 && (empty || text);
    for (size_t at = 0; at < count; at++) {
        json_int_t id = json_integer_value(json_object_get(json_array_get(to, at), "device"));
        recipients[at].jid = json_string_value(json_object_get(json_array_get(to, at), "jid"));
        recipients[at].id = (uint32_t)id;
        whole &= recipients[at].jid && id > 0 && id <= INT32_MAX;
    }
    json_t *answer = NULL;
    if (whole) {
        const char *room = json_string_value(json_object_get(request, "room"));
        answer = with_text("element", message_encrypt(as, recipients, count, empty ? NULL : text, room));
    } else {
        refuse("other", "encrypt takes to and text, empty takes to");
    }
    free(recipients);
    return answer;
}

static json_t *decrypt(device *as, const json_t *request)
{
    const char *from, *element;
    if (json_unpack((json_t *)request, "{s:s, s:s}", "from", &from, "element", &element) < 0) {
        refuse("other", "decrypt takes from and element");
        return NULL;
    }
    return message_decrypt(as, from, element);
}

/// Everything but what was stored is dropped.
static json_t *restart(device **as)
{
    char *stored = need(json_dumps((*as)->state, JSON_COMPACT));
    device_free(*as);
    *as = device_open(need(json_loads(stored, 0, NULL)));
    free(stored);
    return json_object();
}

static json_t *answer_to(const json_t *request)
{
    const char *op = json_string_value(json_object_get(request, "op"));
    if (!op) op = "";
    if (!strcmp(op, "create")) return create(request);
    if (!strcmp(op, "quit")) return json_object();
    device **as = find(!strcmp(op, "bundle") ? request : json_object_get(request, "as"));
    if (!as) return NULL;
    if (!strcmp(op, "bundle")) return with_text("bundle", bundle_write(*as));
    if (!strcmp(op, "import")) return learn(*as, request);
    if (!strcmp(op, "encrypt")) return encrypt(*as, request, false);
    if (!strcmp(op, "empty")) return encrypt(*as, request, true);
    if (!strcmp(op, "decrypt")) return decrypt(*as, request);
    if (!strcmp(op, "restart")) return restart(as);
    refuse("other", "unknown operation '%s'", op);
    return NULL;
}

int main(void)
{
    crypto_begin();
    char *line = NULL;
    size_t room = 0;
    for (bool more = true; more && getline(&line, &room, stdin) > 0;) {
        json_t *request = json_loads(line, 0, NULL);
        if (!request) refuse("other", "the request is no JSON");
        json_t *answer = request ? answer_to(request) : NULL;
        json_t *whole = answer ? json_pack("{s:b}", "ok", 1)
            : json_pack("{s:b, s:s, s:s}", "ok", 0, "error", fault_class(), "message", fault_message());
        if (answer) json_object_update(whole, answer);
        json_t *id = json_object_get(request, "id");
        if (id) json_object_set(whole, "id", id);
        char *text = need(json_dumps(whole, JSON_COMPACT));
        puts(text);
        fflush(stdout);
        const char *op = json_string_value(json_object_get(request, "op"));
        more = !op || strcmp(op, "quit");
        free(text);
        json_decref(whole);
        json_decref(answer);
        json_decref(request);
    }
    free(line);
    for (size_t at = 0; at < device_count; at++) device_free(devices[at]);
    free(devices);
    signal_context_destroy(crypto_context());
    return 0;
}
