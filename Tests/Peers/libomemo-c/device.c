// Owns a device's state, one JSON object, and libomemo-c's stores over it: every record is serialised at every step.
#include "peer.h"

#include <omemo/key_helper.h>
#include <stdlib.h>
#include <string.h>

enum { PRE_KEYS = 100, SIGNED_PRE_KEY = 1 };

// ---- bytes in the state, as base64

static void put(json_t *object, const char *key, const void *data, size_t length)
{
    char *text = base64_encode(data, length);
    json_object_set_new(object, key, json_string(text));
    free(text);
}

/// 1 for found, 0 for absent, as the session store wants it.
static int get(signal_buffer **out, const json_t *object, const char *key)
{
    bytes value;
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || base64_decode(text, &value) < 0) return 0;
    *out = signal_buffer_create(value.data, value.length);
    bytes_free(&value);
    return *out ? 1 : SG_ERR_NOMEM;
}

json_t *device_part(const device *it, const char *part) { return json_object_get(it->state, part); }

char *device_key(const char *jid, int64_t id)
{
    char *key = need(malloc(strlen(jid) + 24));
    sprintf(key, "%s %lld", jid, (long long)id);
    return key;
}

static char *address_key(const signal_protocol_address *address)
{
    char *name = need(strndup(address->name, address->name_len)), *key = device_key(name, address->device_id);
    free(name);
    return key;
}

static char *number_key(uint32_t number)
{
    char *key = need(malloc(12));
    sprintf(key, "%u", number);
    return key;
}

// ---- sessions

static int load_session(signal_buffer **record, signal_buffer **user_record, const signal_protocol_address *address, void *user)
{
    (void)user_record;
    char *key = address_key(address);
    int result = get(record, device_part(user, "sessions"), key);
    free(key);
    return result;
}

static int store_session(const signal_protocol_address *address, uint8_t *record, size_t length,
                         uint8_t *user_record, size_t user_length, void *user)
{
    (void)user_record, (void)user_length;
    char *key = address_key(address);
    put(device_part(user, "sessions"), key, record, length);
    free(key);
    return 0;
}

static int contains_session(const signal_protocol_address *address, void *user)
{
    char *key = address_key(address);
    int result = json_object_get(device_part(user, "sessions"), key) != NULL;
    free(key);
    return result;
}

static int delete_session(const signal_protocol_address *address, void *user)
{
    char *key = address_key(address);
    int result = json_object_del(device_part(user, "sessions"), key) == 0;
    free(key);
    return result;
}

/// Whether a session's key is of that address, and which device then.
static bool of_name(const char *key, const char *name, size_t length, int *id)
{
    if (strncmp(key, name, length) || key[length] != ' ') return false;
    *id = atoi(key + length + 1);
    return true;
}

static int sub_device_sessions(signal_int_list **sessions, const char *name, size_t length, void *user)
{
    const char *key;
    json_t *value;
    int id;
    *sessions = need(signal_int_list_alloc());
    json_object_foreach(device_part(user, "sessions"), key, value) {
        if (of_name(key, name, length, &id)) signal_int_list_push_back(*sessions, id);
    }
    return (int)signal_int_list_size(*sessions);
}

static int delete_all_sessions(const char *name, size_t length, void *user)
{
    const char *key;
    json_t *value;
    void *next;
    int id, count = 0;
    json_object_foreach_safe(device_part(user, "sessions"), next, key, value) {
        if (of_name(key, name, length, &id)) count += json_object_del(device_part(user, "sessions"), key) == 0;
    }
    return count;
}

// ---- pre keys and signed pre keys: the same four verbs over another part

static int load_numbered(signal_buffer **record, uint32_t id, void *user, const char *part)
{
    char *key = number_key(id);
    int result = get(record, device_part(user, part), key);
    free(key);
    return result == 1 ? SG_SUCCESS : result == 0 ? SG_ERR_INVALID_KEY_ID : result;
}

static int store_numbered(uint32_t id, uint8_t *record, size_t length, void *user, const char *part)
{
    char *key = number_key(id);
    put(device_part(user, part), key, record, length);
    free(key);
    return 0;
}

static int contains_numbered(uint32_t id, void *user, const char *part)
{
    char *key = number_key(id);
    int result = json_object_get(device_part(user, part), key) != NULL;
    free(key);
    return result;
}

static int remove_numbered(uint32_t id, void *user, const char *part)
{
    char *key = number_key(id);
    json_object_del(device_part(user, part), key);
    free(key);
    return 0;
}

static int load_pre_key(signal_buffer **record, uint32_t id, void *user) { return load_numbered(record, id, user, "prekeys"); }
static int store_pre_key(uint32_t id, uint8_t *record, size_t length, void *user)
{
    return store_numbered(id, record, length, user, "prekeys");
}
static int contains_pre_key(uint32_t id, void *user) { return contains_numbered(id, user, "prekeys"); }
static int remove_pre_key(uint32_t id, void *user)
{
    ((device *)user)->prekey_used = true;
    return remove_numbered(id, user, "prekeys");
}

static int load_signed(signal_buffer **record, uint32_t id, void *user) { return load_numbered(record, id, user, "signed"); }
static int store_signed(uint32_t id, uint8_t *record, size_t length, void *user)
{
    return store_numbered(id, record, length, user, "signed");
}
static int contains_signed(uint32_t id, void *user) { return contains_numbered(id, user, "signed"); }
static int remove_signed(uint32_t id, void *user) { return remove_numbered(id, user, "signed"); }

// ---- identities

static int identity_pair(signal_buffer **public, signal_buffer **private, void *user)
{
    const device *it = user;
    bool found = get(public, it->state, "identity_public") == 1 && get(private, it->state, "identity_private") == 1;
    return found ? 0 : SG_ERR_UNKNOWN;
}

static int registration_id(void *user, uint32_t *id)
{
    *id = ((device *)user)->id;  // OMEMO uses the device id for both
    return 0;
}

static int save_identity(const signal_protocol_address *address, uint8_t *data, size_t length, void *user)
{
    char *key = address_key(address);
    if (data) put(device_part(user, "identities"), key, data, length);
    else json_object_del(device_part(user, "identities"), key);
    free(key);
    return 0;
}

/// Whoever comes first is trusted; another key for the same device is not.
static int is_trusted(const signal_protocol_address *address, uint8_t *data, size_t length, void *user)
{
    char *key = address_key(address), *text = base64_encode(data, length);
    const char *known = json_string_value(json_object_get(device_part(user, "identities"), key));
    int result = !known || !strcmp(known, text);
    free(key);
    free(text);
    return result;
}

static void nothing(void *user) { (void)user; }

// ---- the device

device *device_open(json_t *state)
{
    device *it = need(calloc(1, sizeof *it));
    it->state = state;
    it->jid = json_string_value(json_object_get(state, "jid"));
    it->id = (uint32_t)json_integer_value(json_object_get(state, "device"));
    it->version = (uint32_t)json_integer_value(json_object_get(state, "version"));

    const signal_protocol_session_store sessions = {
        load_session, sub_device_sessions, store_session, contains_session, delete_session, delete_all_sessions, nothing, it};
    const signal_protocol_pre_key_store pre_keys = {
        load_pre_key, store_pre_key, contains_pre_key, remove_pre_key, nothing, it};
    const signal_protocol_signed_pre_key_store signed_pre_keys = {
        load_signed, store_signed, contains_signed, remove_signed, nothing, it};
    const signal_protocol_identity_key_store identities = {
        identity_pair, registration_id, save_identity, is_trusted, nothing, it};
    if (signal_protocol_store_context_create(&it->stores, crypto_context()) < 0
        || signal_protocol_store_context_set_session_store(it->stores, &sessions) < 0
        || signal_protocol_store_context_set_pre_key_store(it->stores, &pre_keys) < 0
        || signal_protocol_store_context_set_signed_pre_key_store(it->stores, &signed_pre_keys) < 0
        || signal_protocol_store_context_set_identity_key_store(it->stores, &identities) < 0) {
        fputs("libomemo-c takes no stores\n", stderr);
        exit(1);
    }
    return it;
}

void device_free(device *it)
{
    if (!it) return;
    signal_protocol_store_context_destroy(it->stores);
    json_decref(it->state);
    free(it);
}

device *device_create(const char *jid, uint32_t id, uint32_t version)
{
    ratchet_identity_key_pair *identity = NULL;
    session_signed_pre_key *signed_pre_key = NULL;
    signal_buffer *public = NULL, *private = NULL;
    device *it = device_open(json_pack("{s:s, s:I, s:i, s:i, s:{}, s:{}, s:{}, s:{}, s:{}}",
        "jid", jid, "device", (json_int_t)id, "version", (int)version, "next", 1,
        "sessions", "prekeys", "signed", "identities", "bundles"));
    int result = signal_protocol_key_helper_generate_identity_key_pair(&identity, crypto_context());
    if (result >= 0) result = ec_public_key_serialize(&public, ratchet_identity_key_pair_get_public(identity));
    if (result >= 0) result = ec_private_key_serialize(&private, ratchet_identity_key_pair_get_private(identity));
    if (result >= 0) {
        put(it->state, "identity_public", signal_buffer_data(public), signal_buffer_len(public));
        put(it->state, "identity_private", signal_buffer_data(private), signal_buffer_len(private));
        result = signal_protocol_key_helper_generate_signed_pre_key(
            &signed_pre_key, identity, SIGNED_PRE_KEY, 0, crypto_context());
    }
    if (result >= 0) result = signal_protocol_signed_pre_key_store_key(it->stores, signed_pre_key);
    if (result >= 0) result = device_replenish(it);
    SIGNAL_UNREF(identity);
    SIGNAL_UNREF(signed_pre_key);
    signal_buffer_free(public);
    signal_buffer_bzero_free(private);
    if (result >= 0) return it;
    refuse_code(result, "making keys");
    device_free(it);
    return NULL;
}

/// Fills up to 100 pre keys again, with ids that were never used.
int device_replenish(device *it)
{
    size_t have = json_object_size(device_part(it, "prekeys"));
    if (have >= PRE_KEYS) return 0;
    unsigned start = (unsigned)json_integer_value(json_object_get(it->state, "next")), count = PRE_KEYS - (unsigned)have;
    signal_protocol_key_helper_pre_key_list_node *list = NULL;
    int result = signal_protocol_key_helper_generate_pre_keys(&list, start, count, crypto_context());
    for (signal_protocol_key_helper_pre_key_list_node *each = list; each && result >= 0;
         each = signal_protocol_key_helper_key_list_next(each)) {
        result = signal_protocol_pre_key_store_key(it->stores, signal_protocol_key_helper_key_list_element(each));
    }
    signal_protocol_key_helper_key_list_free(list);
    json_object_set_new(it->state, "next", json_integer(start + count));
    return result < 0 ? refuse_code(result, "making pre keys") : 0;
}

const char *device_namespace(const device *it)
{
    return it->version == 4 ? "urn:xmpp:omemo:2" : "eu.siacs.conversations.axolotl";
}

/// The caller gives it up with SIGNAL_UNREF.
ratchet_identity_key_pair *device_identity(const device *it)
{
    ratchet_identity_key_pair *identity = NULL;
    if (signal_protocol_identity_get_key_pair(it->stores, &identity) < 0) {
        fputs("no identity\n", stderr);
        exit(1);
    }
    return identity;
}
