// Owns bundles and device lists: written for this peer's devices, read for those of others.
#include "peer.h"

#include <omemo/session_builder.h>
#include <stdlib.h>
#include <string.h>

// The names in XML: OMEMO 0.3 first, omemo:2 second.
static const struct {
    const char *signed_key, *signed_id, *signature, *identity, *key, *id, *list;
} names[] = {
    {"signedPreKeyPublic", "signedPreKeyId", "signedPreKeySignature", "identityKey", "preKeyPublic", "preKeyId", "list"},
    {"spk", "id", "spks", "ik", "pk", "id", "devices"},
};

static int which(const device *it) { return it->version == 4; }

/// 33 bytes with their type in OMEMO 0.3. In omemo:2, 32 bytes: Ed25519 for the identity, Curve25519 for all others.
static char *public_text(const device *it, const ec_public_key *key, bool identity)
{
    signal_buffer *out = NULL;
    if (!which(it)) ec_public_key_serialize(&out, key);
    else out = identity ? ec_public_key_get_ed(key) : ec_public_key_get_mont(key);
    char *text = base64_encode(signal_buffer_data(need(out)), signal_buffer_len(out));
    signal_buffer_free(out);
    return text;
}

char *bundle_write(device *it)
{
    char *xml = NULL;
    size_t length;
    FILE *to = need(open_memstream(&xml, &length));
    session_signed_pre_key *signed_pre_key = NULL;
    ratchet_identity_key_pair *identity = device_identity(it);
    if (signal_protocol_signed_pre_key_load_key(it->stores, &signed_pre_key, 1) < 0) exit(1);

    char *text = public_text(it, ec_key_pair_get_public(session_signed_pre_key_get_key_pair(signed_pre_key)), false);
    fprintf(to, "<bundle xmlns='%s'><%s %s='%u'>%s</%s>", device_namespace(it), names[which(it)].signed_key,
            names[which(it)].signed_id, session_signed_pre_key_get_id(signed_pre_key), text, names[which(it)].signed_key);
    free(text);
    text = which(it) ? base64_encode(session_signed_pre_key_get_signature_omemo(signed_pre_key),
                                     session_signed_pre_key_get_signature_omemo_len(signed_pre_key))
                     : base64_encode(session_signed_pre_key_get_signature(signed_pre_key),
                                     session_signed_pre_key_get_signature_len(signed_pre_key));
    fprintf(to, "<%s>%s</%s>", names[which(it)].signature, text, names[which(it)].signature);
    free(text);
    text = public_text(it, ratchet_identity_key_pair_get_public(identity), true);
    fprintf(to, "<%s>%s</%s><prekeys>", names[which(it)].identity, text, names[which(it)].identity);
    free(text);

    const char *number;
    json_t *value;
    json_object_foreach(device_part(it, "prekeys"), number, value) {
        session_pre_key *key = NULL;
        if (signal_protocol_pre_key_load_key(it->stores, &key, (uint32_t)xml_number(number)) < 0) exit(1);
        text = public_text(it, ec_key_pair_get_public(session_pre_key_get_key_pair(key)), false);
        fprintf(to, "<%s %s='%s'>%s</%s>", names[which(it)].key, names[which(it)].id, number, text, names[which(it)].key);
        free(text);
        SIGNAL_UNREF(key);
    }
    fputs("</prekeys></bundle>", to);
    SIGNAL_UNREF(signed_pre_key);
    SIGNAL_UNREF(identity);
    fclose(to);
    return xml;
}

char *bundle_device_list(const device *it)
{
    char *xml = NULL;
    size_t length;
    FILE *to = need(open_memstream(&xml, &length));
    fprintf(to, "<%s xmlns='%s'><device id='%u'/></%s>", names[which(it)].list, device_namespace(it), it->id,
            names[which(it)].list);
    fclose(to);
    return xml;
}

// ---- reading

typedef struct {
    ec_public_key *identity, *signed_key, *one_time;
    int64_t signed_id, one_time_id;
    bytes signature;
} parts;

static void parts_free(parts *it)
{
    SIGNAL_UNREF(it->identity);
    SIGNAL_UNREF(it->signed_key);
    SIGNAL_UNREF(it->one_time);
    bytes_free(&it->signature);
}

static int read_key(const device *it, ec_public_key **out, const element *from, bool identity)
{
    bytes key;
    if (!from || base64_decode(from->text, &key) < 0) return -1;
    int result = -1;
    if (!which(it)) {
        if (key.length == 33) result = curve_decode_point(out, key.data, key.length, crypto_context());
    } else if (key.length == 32) {
        result = (identity ? curve_decode_point_ed : curve_decode_point_mont)(out, key.data, key.length, crypto_context());
    }
    bytes_free(&key);
    return result;
}

/// Reads a bundle, with one of its pre keys by chance.
static int read_bundle(const device *it, const char *xml, parts *out)
{
    *out = (parts){0};
    const char *namespace = device_namespace(it);
    element *root = xml_parse(xml, strlen(xml));
    element *signed_key = xml_child(root, namespace, names[which(it)].signed_key, NULL);
    element *signature = xml_child(root, namespace, names[which(it)].signature, NULL);
    element *keys = xml_child(root, namespace, "prekeys", NULL), *key = NULL;
    uint32_t count = 0, chosen;
    while ((key = xml_child(keys, namespace, names[which(it)].key, key))) count++;
    crypto_random(&chosen, sizeof chosen);
    for (chosen = count ? chosen % count + 1 : 0; chosen; chosen--) key = xml_child(keys, namespace, names[which(it)].key, key);

    out->signed_id = xml_number(xml_attribute(signed_key, names[which(it)].signed_id));
    out->one_time_id = xml_number(xml_attribute(key, names[which(it)].id));
    bool whole = xml_is(root, namespace, "bundle") && signature && base64_decode(signature->text, &out->signature) == 0
        && out->signed_id >= 0 && out->one_time_id >= 0
        && read_key(it, &out->identity, xml_child(root, namespace, names[which(it)].identity, NULL), true) >= 0
        && read_key(it, &out->signed_key, signed_key, false) >= 0 && read_key(it, &out->one_time, key, false) >= 0;
    xml_free(root);
    if (whole) return 0;
    parts_free(out);
    return refuse("malformed", "the bundle lacks something, or cannot be read");
}

int bundle_learn(device *it, const char *jid, uint32_t id, const char *xml)
{
    parts bundle;
    if (read_bundle(it, xml, &bundle) < 0) return -1;
    const signal_protocol_address address = {jid, strlen(jid), (int32_t)id};
    int trusted = signal_protocol_identity_is_trusted_identity(it->stores, &address, bundle.identity);
    if (trusted > 0) signal_protocol_identity_save_identity(it->stores, &address, bundle.identity);
    parts_free(&bundle);
    if (trusted <= 0) return refuse("unauthentic", "another identity key of this device is known");
    char *key = device_key(jid, id);
    json_object_set_new(device_part(it, "bundles"), key, json_string(xml));
    free(key);
    return 0;
}

int bundle_start(device *it, const signal_protocol_address *with)
{
    char *key = device_key(with->name, with->device_id);
    const char *xml = json_string_value(json_object_get(device_part(it, "bundles"), key));
    free(key);
    if (!xml) return refuse("noSession", "no bundle of %s %d was imported", with->name, with->device_id);
    parts bundle;
    if (read_bundle(it, xml, &bundle) < 0) return -1;

    session_pre_key_bundle *pre_key_bundle = NULL;
    session_builder *builder = NULL;
    int result = session_pre_key_bundle_create(&pre_key_bundle, (uint32_t)with->device_id, with->device_id,
        (uint32_t)bundle.one_time_id, bundle.one_time, (uint32_t)bundle.signed_id, bundle.signed_key,
        bundle.signature.data, bundle.signature.length, bundle.identity);
    if (result >= 0) result = session_builder_create(&builder, it->stores, with, crypto_context());
    if (result >= 0) {
        session_builder_set_version(builder, it->version);
        result = session_builder_process_pre_key_bundle(builder, pre_key_bundle);
    }
    session_builder_free(builder);
    SIGNAL_UNREF(pre_key_bundle);
    parts_free(&bundle);
    if (result == SG_ERR_INVALID_KEY) return refuse("unauthentic", "the signed pre key's signature is wrong");
    return result < 0 ? refuse_code(result, "starting a session") : 0;
}
