// What the parts of this peer share. Tests/Peers/README.md has the protocol that it speaks.
#ifndef PEER_H
#define PEER_H

#include <jansson.h>
#include <omemo/signal_protocol.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// ---- fault.c: the last failure, as the answer will tell it

/// Remembers a failure, and returns -1.
int refuse(const char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Remembers a failure of libomemo-c under the class that its code belongs to, and returns -1.
int refuse_code(int code, const char *doing);
const char *fault_class(void);
const char *fault_message(void);
void *need(void *memory);

// ---- crypto.c: libgcrypt, as libomemo-c asks for it and for payloads

typedef struct {
    uint8_t *data;
    size_t length;
} bytes;

enum { KEY_2 = 32, MAC_2 = 16, KEY_03 = 16, TAG_03 = 16 };

void crypto_begin(void);
signal_context *crypto_context(void);
void crypto_random(void *data, size_t length);
bytes bytes_copy(const void *data, size_t length);
void bytes_free(bytes *value);
char *base64_encode(const void *data, size_t length);
/// Ignores white space; -1 for what is no base64.
int base64_decode(const char *text, bytes *out);

/// omemo:2: fills `material` (48 bytes: key and tag), and gives the ciphertext.
bytes payload_seal_2(const char *text, size_t length, uint8_t *material);
int payload_open_2(bytes ciphertext, const uint8_t *material, bytes *out);
/// OMEMO 0.3: fills `material` (32 bytes: key and tag), and gives the ciphertext.
bytes payload_seal_03(const char *text, size_t length, const uint8_t *iv, uint8_t *material);
int payload_open_03(bytes ciphertext, bytes iv, const uint8_t *material, bytes *out);

// ---- xml.c: a small tree of elements

typedef struct element element;
struct element {
    char *name;         // namespace|local name
    char **attributes;  // name, value, name, value, ..., NULL
    char *text;
    element *parent, *child, *next;
};

/// NULL for what is no XML, or has a document type.
element *xml_parse(const char *text, size_t length);
void xml_free(element *root);
const char *xml_attribute(const element *of, const char *name);
/// The first child of that name, from `after` on where it is given.
element *xml_child(const element *of, const char *namespace, const char *local, const element *after);
bool xml_is(const element *it, const char *namespace, const char *local);
void xml_write(FILE *to, const char *text);
/// An unsigned 32 bit number, or -1.
int64_t xml_number(const char *text);

// ---- device.c: a device's state, and libomemo-c's stores over it

typedef struct {
    json_t *state;  // everything: what is not in here does not survive a restart
    signal_protocol_store_context *stores;
    const char *jid;
    uint32_t id;
    uint32_t version;  // of libomemo-c: 3 is OMEMO 0.3, 4 is omemo:2
    bool prekey_used;
} device;

device *device_create(const char *jid, uint32_t id, uint32_t version);
device *device_open(json_t *state);
void device_free(device *it);
const char *device_namespace(const device *it);
char *device_key(const char *jid, int64_t id);
json_t *device_part(const device *it, const char *part);
int device_replenish(device *it);
ratchet_identity_key_pair *device_identity(const device *it);

// ---- bundle.c: bundles and device lists as XML

char *bundle_write(device *it);
char *bundle_device_list(const device *it);
int bundle_learn(device *it, const char *jid, uint32_t id, const char *xml);
/// Starts a session with a device whose bundle was learnt.
int bundle_start(device *it, const signal_protocol_address *with);

// ---- message.c: <encrypted> elements

typedef struct {
    const char *jid;
    uint32_t id;
} recipient;

/// A NULL text makes an empty message, or a key transport.
char *message_encrypt(device *it, const recipient *to, size_t count, const char *text, const char *room);
json_t *message_decrypt(device *it, const char *from, const char *xml);

#endif
