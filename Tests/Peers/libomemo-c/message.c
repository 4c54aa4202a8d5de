// Owns <encrypted> elements: what is in them, for whom, and the envelope of XEP-0420.
#include "peer.h"

#include <omemo/protocol.h>
#include <omemo/session_cipher.h>
#include <stdlib.h>
#include <string.h>

static const char sce[] = "urn:xmpp:sce:1";
enum { MATERIAL_2 = KEY_2 + MAC_2, MATERIAL_03 = KEY_03 + TAG_03, IV_LENGTH = 12 };

static session_cipher *cipher_with(const device *it, const signal_protocol_address *address)
{
    session_cipher *cipher = NULL;
    if (session_cipher_create(&cipher, it->stores, address, crypto_context()) < 0) exit(1);
    session_cipher_set_version(cipher, it->version);
    return cipher;
}

// ---- encrypting

static char *envelope(const device *it, const char *text, const char *to)
{
    char *xml = NULL;
    size_t length;
    uint8_t padding[96], size;
    crypto_random(&size, sizeof size);
    crypto_random(padding, sizeof padding);
    char *rpad = base64_encode(padding, 1 + size % sizeof padding);
    FILE *out = need(open_memstream(&xml, &length));
    fprintf(out, "<envelope xmlns='%s'><content><body xmlns='jabber:client'>", sce);
    xml_write(out, text);
    fprintf(out, "</body></content><rpad>%s</rpad><from jid='", rpad);
    xml_write(out, it->jid);
    fputs("'/><to jid='", out);
    xml_write(out, to);
    fputs("'/></envelope>", out);
    fclose(out);
    free(rpad);
    return xml;
}

static int write_key(FILE *out, device *it, const recipient *to, const uint8_t *material, size_t length)
{
    const signal_protocol_address address = {to->jid, strlen(to->jid), (int32_t)to->id};
    if (!signal_protocol_session_contains_session(it->stores, &address) && bundle_start(it, &address) < 0) return -1;
    session_cipher *cipher = cipher_with(it, &address);
    ciphertext_message *sealed = NULL;
    int result = session_cipher_encrypt(cipher, material, length, &sealed);
    if (result >= 0) {
        signal_buffer *serialized = ciphertext_message_get_serialized(sealed);
        char *text = base64_encode(signal_buffer_data(serialized), signal_buffer_len(serialized));
        const char *exchange = ciphertext_message_get_type(sealed) != CIPHERTEXT_PREKEY_TYPE ? ""
            : it->version == 4 ? " kex='true'" : " prekey='true'";
        fprintf(out, "<key rid='%u'%s>%s</key>", to->id, exchange, text);
        free(text);
    }
    SIGNAL_UNREF(sealed);
    session_cipher_free(cipher);
    return result < 0 ? refuse_code(result, "encrypting") : 0;
}

/// Ratchet plaintext and payload. A NULL text leaves the payload out.
static size_t seal(const device *it, const char *text, const char *to, const uint8_t *iv, uint8_t *material, bytes *payload)
{
    if (it->version == 4) {
        if (!text) {
            memset(material, 0, KEY_2);  // XEP-0384 0.9: an empty message is 32 zero bytes
            return KEY_2;
        }
        char *xml = envelope(it, text, to);
        *payload = payload_seal_2(xml, strlen(xml), material);
        free(xml);
        return MATERIAL_2;
    }
    if (!text) {
        crypto_random(material, KEY_03);  // XEP-0384 0.3: a key for whatever else
        return KEY_03;
    }
    *payload = payload_seal_03(text, strlen(text), iv, material);
    return MATERIAL_03;
}

char *message_encrypt(device *it, const recipient *to, size_t count, const char *text, const char *room)
{
    const char *whom = it->jid;
    for (size_t at = 0; at < count && !strcmp(whom, it->jid); at++) whom = to[at].jid;
    uint8_t iv[IV_LENGTH], material[MATERIAL_2];
    bytes payload = {0};
    crypto_random(iv, sizeof iv);
    size_t length = seal(it, text, room ? room : whom, iv, material, &payload);

    char *xml = NULL;
    size_t size;
    int result = 0;
    FILE *out = need(open_memstream(&xml, &size));
    fprintf(out, "<encrypted xmlns='%s'><header sid='%u'>", device_namespace(it), it->id);
    for (size_t at = 0; at < count && result == 0; at++) {
        bool first = true;
        for (size_t before = 0; before < at; before++) first &= strcmp(to[before].jid, to[at].jid) != 0;
        if (it->version == 3) {
            result = write_key(out, it, &to[at], material, length);
        } else if (first) {  // omemo:2 groups the devices of an address
            fputs("<keys jid='", out);
            xml_write(out, to[at].jid);
            fputs("'>", out);
            for (size_t each = at; each < count && result == 0; each++) {
                if (!strcmp(to[each].jid, to[at].jid)) result = write_key(out, it, &to[each], material, length);
            }
            fputs("</keys>", out);
        }
    }
    if (it->version == 3) {
        char *encoded = base64_encode(iv, sizeof iv);
        fprintf(out, "<iv>%s</iv>", encoded);
        free(encoded);
    }
    fputs("</header>", out);
    if (text) {
        char *encoded = base64_encode(payload.data, payload.length);
        fprintf(out, "<payload>%s</payload>", encoded);
        free(encoded);
    }
    fputs("</encrypted>", out);
    fclose(out);
    bytes_free(&payload);
    if (result == 0) return xml;
    free(xml);
    return NULL;
}

// ---- decrypting

typedef struct {
    const device *device;
    bool has_payload, has_iv;
    bytes payload, iv, text;
} content;

/// Called by libomemo-c before it stores the session, so that a payload that is not authentic changes nothing.
static int open_content(session_cipher *cipher, signal_buffer *plaintext, void *user)
{
    (void)cipher;
    content *it = user;
    const uint8_t *material = signal_buffer_data(plaintext);
    size_t length = signal_buffer_len(plaintext);
    if (it->device->version == 4) {
        if (it->has_payload) {
            if (length != MATERIAL_2) return SG_ERR_INVALID_MESSAGE;
            return payload_open_2(it->payload, material, &it->text) < 0 ? SG_ERR_INVALID_MESSAGE : 0;
        }
        uint8_t any = length != KEY_2;
        for (size_t at = 0; at < length; at++) any |= material[at];
        return any ? SG_ERR_INVALID_MESSAGE : 0;
    }
    if (!it->has_payload) return length >= KEY_03 ? 0 : SG_ERR_INVALID_MESSAGE;
    if (length < MATERIAL_03 || !it->has_iv) return SG_ERR_INVALID_MESSAGE;
    return payload_open_03(it->payload, it->iv, material, &it->text) < 0 ? SG_ERR_INVALID_MESSAGE : 0;
}

static int open_key(device *it, const signal_protocol_address *address, const element *key, content *into)
{
    bytes sealed;
    if (base64_decode(key->text, &sealed) < 0) return refuse("malformed", "a key is no base64");
    const char *flag = xml_attribute(key, it->version == 4 ? "kex" : "prekey");
    bool exchange = flag && (!strcmp(flag, "true") || !strcmp(flag, "1"));
    session_cipher *cipher = cipher_with(it, address);
    session_cipher_set_decryption_callback(cipher, open_content);
    signal_buffer *plaintext = NULL;
    int result;
    if (exchange) {
        pre_key_signal_message *message = NULL;
        result = it->version == 4
            ? pre_key_signal_message_deserialize_omemo(
                &message, sealed.data, sealed.length, (uint32_t)address->device_id, crypto_context())
            : pre_key_signal_message_deserialize(&message, sealed.data, sealed.length, crypto_context());
        if (result >= 0) result = session_cipher_decrypt_pre_key_signal_message(cipher, message, into, &plaintext);
        SIGNAL_UNREF(message);
    } else {
        signal_message *message = NULL;
        result = (it->version == 4 ? signal_message_deserialize_omemo : signal_message_deserialize)(
            &message, sealed.data, sealed.length, crypto_context());
        if (result >= 0) result = session_cipher_decrypt_signal_message(cipher, message, into, &plaintext);
        SIGNAL_UNREF(message);
    }
    signal_buffer_bzero_free(plaintext);
    session_cipher_free(cipher);
    bytes_free(&sealed);
    return result < 0 ? refuse_code(result, exchange ? "decrypting a key exchange" : "decrypting") : 0;
}

static json_t *open_envelope(bytes text)
{
    element *root = xml_parse((const char *)text.data, text.length);
    element *body = xml_child(xml_child(root, sce, "content", NULL), "jabber:client", "body", NULL);
    json_t *answer = NULL;
    if (xml_is(root, sce, "envelope") && body && xml_child(root, sce, "rpad", NULL)) {
        answer = json_pack("{s:s}", "text", body->text);
        const char *from = xml_attribute(xml_child(root, sce, "from", NULL), "jid");
        const char *to = xml_attribute(xml_child(root, sce, "to", NULL), "jid");
        if (from) json_object_set_new(answer, "envelope_from", json_string(from));
        if (to) json_object_set_new(answer, "envelope_to", json_string(to));
    } else {
        refuse("malformed", "no envelope with a body and padding");
    }
    xml_free(root);
    return answer;
}

/// Tries every key that may be this device's: in OMEMO 0.3 ids of different accounts can be the same.
static int open_keys(device *it, const signal_protocol_address *from, const element *header, content *into)
{
    const char *namespace = device_namespace(it);
    int result = refuse("notForThisDevice", "no key for %s %u", it->jid, it->id);
    const element *group = it->version == 4 ? xml_child(header, namespace, "keys", NULL) : header;
    while (group) {
        const char *jid = xml_attribute(group, "jid");
        const element *key = NULL;
        while ((key = xml_child(group, namespace, "key", key))) {
            if (it->version == 4 && (!jid || strcmp(jid, it->jid))) continue;
            if (xml_number(xml_attribute(key, "rid")) != it->id) continue;
            result = open_key(it, from, key, into);
            if (result == 0) return 0;
        }
        group = it->version == 4 ? xml_child(header, namespace, "keys", group) : NULL;
    }
    return result;
}

json_t *message_decrypt(device *it, const char *from, const char *xml)
{
    const char *namespace = device_namespace(it);
    element *root = xml_parse(xml, strlen(xml));
    element *header = xml_child(root, namespace, "header", NULL);
    element *payload = xml_child(root, namespace, "payload", NULL), *iv = xml_child(header, namespace, "iv", NULL);
    int64_t sid = xml_number(xml_attribute(header, "sid"));
    content into = {.device = it, .has_payload = payload != NULL, .has_iv = iv != NULL};
    json_t *answer = NULL;
    it->prekey_used = false;
    if (!xml_is(root, namespace, "encrypted") || !header || sid < 0 || sid > INT32_MAX
        || (payload && base64_decode(payload->text, &into.payload) < 0) || (iv && base64_decode(iv->text, &into.iv) < 0)) {
        refuse("malformed", "no <encrypted> element that can be read");
    } else {
        const signal_protocol_address address = {from, strlen(from), (int32_t)sid};
        if (open_keys(it, &address, header, &into) == 0 && device_replenish(it) == 0) {
            if (!payload) answer = json_pack("{s:b}", "empty", 1);
            else if (it->version == 4) answer = open_envelope(into.text);
            else answer = json_pack("{s:s%}", "text", into.text.data, into.text.length);
            if (!answer && it->version == 3) refuse("malformed", "the text is not UTF-8");
        }
    }
    if (answer) {
        json_object_set_new(answer, "device", json_integer(sid));
        json_object_set_new(answer, "prekey_used", json_boolean(it->prekey_used));
        json_object_set_new(answer, "sent", json_array());
    }
    bytes_free(&into.payload);
    bytes_free(&into.iv);
    bytes_free(&into.text);
    xml_free(root);
    return answer;
}
