// Owns the ciphers, on libgcrypt: what libomemo-c asks of its provider, and what payloads are encrypted with.
#include "peer.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16, HASH = 32, IV_03 = 12 };

void crypto_random(void *data, size_t length) { gcry_randomize(data, length, GCRY_STRONG_RANDOM); }

bytes bytes_copy(const void *data, size_t length)
{
    bytes value = {need(malloc(length + 1)), length};
    if (length) memcpy(value.data, data, length);
    value.data[length] = 0;
    return value;
}

void bytes_free(bytes *value)
{
    free(value->data);
    *value = (bytes){0};
}

// ---- base64

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *data, size_t length)
{
    const uint8_t *from = data;
    char *out = need(malloc((length + 2) / 3 * 4 + 1)), *to = out;
    for (size_t at = 0; at < length; at += 3) {
        size_t left = length - at;
        uint32_t word = (uint32_t)from[at] << 16 | (left > 1 ? from[at + 1] << 8 : 0) | (left > 2 ? from[at + 2] : 0);
        *to++ = alphabet[word >> 18];
        *to++ = alphabet[word >> 12 & 63];
        *to++ = left > 1 ? alphabet[word >> 6 & 63] : '=';
        *to++ = left > 2 ? alphabet[word & 63] : '=';
    }
    *to = 0;
    return out;
}

int base64_decode(const char *text, bytes *out)
{
    if (!text) return -1;
    uint8_t *data = need(malloc(strlen(text) + 4));
    size_t length = 0, digits = 0, padding = 0;
    uint32_t word = 0;
    for (; *text; text++) {
        if (strchr(" \t\r\n", *text)) continue;
        const char *digit = strchr(alphabet, *text);
        if (*text == '=' ? ++padding > 2 : !digit || padding) goto wrong;
        word = word << 6 | (*text == '=' ? 0 : (uint32_t)(digit - alphabet));
        if (++digits % 4 == 0) {
            data[length++] = word >> 16;
            data[length++] = word >> 8;
            data[length++] = word;
        }
    }
    if (digits % 4) goto wrong;
    length -= padding;
    data[length] = 0;
    *out = (bytes){data, length};
    return 0;
wrong:
    free(data);
    return -1;
}

// ---- AES

/// AES in a mode, over the whole input. `data` may be both input and output.
static int aes(int mode, bool encrypt, const uint8_t *key, size_t key_length, const uint8_t *iv, size_t iv_length,
               uint8_t *data, size_t length, uint8_t *tag)
{
    int algorithm = key_length == 16 ? GCRY_CIPHER_AES128 : key_length == 24 ? GCRY_CIPHER_AES192
                  : key_length == 32 ? GCRY_CIPHER_AES256 : 0;
    gcry_cipher_hd_t cipher;
    if (!algorithm || gcry_cipher_open(&cipher, algorithm, mode, 0)) return -1;
    gcry_error_t wrong = gcry_cipher_setkey(cipher, key, key_length);
    if (!wrong && mode == GCRY_CIPHER_MODE_CTR) wrong = gcry_cipher_setctr(cipher, iv, iv_length);
    if (!wrong && mode != GCRY_CIPHER_MODE_CTR) wrong = gcry_cipher_setiv(cipher, iv, iv_length);
    if (!wrong && length) {
        wrong = encrypt ? gcry_cipher_encrypt(cipher, data, length, NULL, 0)
                        : gcry_cipher_decrypt(cipher, data, length, NULL, 0);
    }
    if (!wrong && tag) {
        wrong = encrypt ? gcry_cipher_gettag(cipher, tag, TAG_03) : gcry_cipher_checktag(cipher, tag, TAG_03);
    }
    gcry_cipher_close(cipher);
    return wrong ? -1 : 0;
}

static int cbc_encrypt(bytes *out, const uint8_t *key, size_t key_length, const uint8_t *iv, const void *plain, size_t length)
{
    size_t padding = BLOCK - length % BLOCK;
    bytes padded = {need(malloc(length + padding)), length + padding};
    if (length) memcpy(padded.data, plain, length);
    memset(padded.data + length, (int)padding, padding);
    *out = padded;
    return aes(GCRY_CIPHER_MODE_CBC, true, key, key_length, iv, BLOCK, padded.data, padded.length, NULL);
}

static int cbc_decrypt(bytes *out, const uint8_t *key, size_t key_length, const uint8_t *iv, const void *sealed, size_t length)
{
    if (!length || length % BLOCK) return -1;
    bytes plain = bytes_copy(sealed, length);
    *out = plain;
    if (aes(GCRY_CIPHER_MODE_CBC, false, key, key_length, iv, BLOCK, plain.data, length, NULL) < 0) return -1;
    uint8_t padding = plain.data[length - 1];
    if (!padding || padding > BLOCK) return -1;
    for (size_t at = length - padding; at < length; at++) {
        if (plain.data[at] != padding) return -1;
    }
    out->length = length - padding;
    out->data[out->length] = 0;
    return 0;
}

// ---- what libomemo-c asks for

static int provide_random(uint8_t *data, size_t length, void *user)
{
    (void)user;
    crypto_random(data, length);
    return 0;
}

static int hmac_init(void **context, const uint8_t *key, size_t length, void *user)
{
    (void)user;
    gcry_mac_hd_t mac;
    if (gcry_mac_open(&mac, GCRY_MAC_HMAC_SHA256, 0, NULL)) return SG_ERR_UNKNOWN;
    if (gcry_mac_setkey(mac, key, length)) {
        gcry_mac_close(mac);
        return SG_ERR_UNKNOWN;
    }
    *context = mac;
    return 0;
}

static int hmac_update(void *context, const uint8_t *data, size_t length, void *user)
{
    (void)user;
    return gcry_mac_write(context, data, length) ? SG_ERR_UNKNOWN : 0;
}

static int hmac_final(void *context, signal_buffer **output, void *user)
{
    (void)user;
    uint8_t digest[HASH];
    size_t length = sizeof digest;
    if (gcry_mac_read(context, digest, &length)) return SG_ERR_UNKNOWN;
    *output = signal_buffer_create(digest, length);
    return *output ? 0 : SG_ERR_NOMEM;
}

static void hmac_cleanup(void *context, void *user)
{
    (void)user;
    gcry_mac_close(context);
}

static int sha512_init(void **context, void *user)
{
    (void)user;
    gcry_md_hd_t digest;
    if (gcry_md_open(&digest, GCRY_MD_SHA512, 0)) return SG_ERR_UNKNOWN;
    *context = digest;
    return 0;
}

static int sha512_update(void *context, const uint8_t *data, size_t length, void *user)
{
    (void)user;
    gcry_md_write(context, data, length);
    return 0;
}

static int sha512_final(void *context, signal_buffer **output, void *user)
{
    (void)user;
    *output = signal_buffer_create(gcry_md_read(context, GCRY_MD_SHA512), gcry_md_get_algo_dlen(GCRY_MD_SHA512));
    gcry_md_reset(context);
    return *output ? 0 : SG_ERR_NOMEM;
}

static void sha512_cleanup(void *context, void *user)
{
    (void)user;
    gcry_md_close(context);
}

static int provide_cipher(bool encrypt, signal_buffer **output, int cipher, const uint8_t *key, size_t key_length,
                          const uint8_t *iv, size_t iv_length, const uint8_t *data, size_t length)
{
    if (iv_length != BLOCK) return SG_ERR_INVAL;
    bytes out = {0};
    int result;
    if (cipher == SG_CIPHER_AES_CTR_NOPADDING) {
        out = bytes_copy(data, length);
        result = aes(GCRY_CIPHER_MODE_CTR, encrypt, key, key_length, iv, iv_length, out.data, length, NULL);
    } else if (cipher == SG_CIPHER_AES_CBC_PKCS5) {
        result = (encrypt ? cbc_encrypt : cbc_decrypt)(&out, key, key_length, iv, data, length);
    } else {
        return SG_ERR_INVAL;
    }
    if (result == 0) *output = signal_buffer_create(out.data, out.length);
    bytes_free(&out);
    return result < 0 ? SG_ERR_UNKNOWN : *output ? 0 : SG_ERR_NOMEM;
}

static int provide_encrypt(signal_buffer **output, int cipher, const uint8_t *key, size_t key_length,
                           const uint8_t *iv, size_t iv_length, const uint8_t *data, size_t length, void *user)
{
    (void)user;
    return provide_cipher(true, output, cipher, key, key_length, iv, iv_length, data, length);
}

static int provide_decrypt(signal_buffer **output, int cipher, const uint8_t *key, size_t key_length,
                           const uint8_t *iv, size_t iv_length, const uint8_t *data, size_t length, void *user)
{
    (void)user;
    return provide_cipher(false, output, cipher, key, key_length, iv, iv_length, data, length);
}

static signal_context *context;

signal_context *crypto_context(void) { return context; }

void crypto_begin(void)
{
    gcry_check_version(NULL);
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    const signal_crypto_provider provider = {
        .random_func = provide_random,
        .hmac_sha256_init_func = hmac_init,
        .hmac_sha256_update_func = hmac_update,
        .hmac_sha256_final_func = hmac_final,
        .hmac_sha256_cleanup_func = hmac_cleanup,
        .sha512_digest_init_func = sha512_init,
        .sha512_digest_update_func = sha512_update,
        .sha512_digest_final_func = sha512_final,
        .sha512_digest_cleanup_func = sha512_cleanup,
        .encrypt_func = provide_encrypt,
        .decrypt_func = provide_decrypt,
    };
    if (signal_context_create(&context, NULL) < 0 || signal_context_set_crypto_provider(context, &provider) < 0) {
        fputs("libomemo-c does not start\n", stderr);
        exit(1);
    }
}

// ---- payloads

static void hmac(const uint8_t *key, size_t key_length, const void *data, size_t length, uint8_t *out)
{
    gcry_mac_hd_t mac;
    size_t size = HASH;
    if (gcry_mac_open(&mac, GCRY_MAC_HMAC_SHA256, 0, NULL) || gcry_mac_setkey(mac, key, key_length)
        || gcry_mac_write(mac, data, length) || gcry_mac_read(mac, out, &size)) {
        fputs("no HMAC-SHA-256\n", stderr);
        exit(1);
    }
    gcry_mac_close(mac);
}

/// HKDF-SHA-256 with a salt of zeros (XEP-0384 0.9, "OMEMO Payload"): AES key 32, MAC key 32, IV 16.
static void payload_keys(const uint8_t *key, uint8_t *out)
{
    static const char info[] = "OMEMO Payload";
    uint8_t salt[HASH] = {0}, pseudorandom[HASH], block[HASH], input[HASH + sizeof info];
    hmac(salt, sizeof salt, key, KEY_2, pseudorandom);
    size_t written = 0, before = 0;
    for (uint8_t counter = 1; written < 80; counter++) {
        memcpy(input, block, before);
        memcpy(input + before, info, sizeof info - 1);
        input[before + sizeof info - 1] = counter;
        hmac(pseudorandom, HASH, input, before + sizeof info, block);
        before = HASH;
        size_t part = 80 - written < HASH ? 80 - written : HASH;
        memcpy(out + written, block, part);
        written += part;
    }
}

bytes payload_seal_2(const char *text, size_t length, uint8_t *material)
{
    uint8_t keys[80], tag[HASH];
    bytes sealed;
    crypto_random(material, KEY_2);
    payload_keys(material, keys);
    if (cbc_encrypt(&sealed, keys, 32, keys + 64, text, length) < 0) exit(1);
    hmac(keys + 32, 32, sealed.data, sealed.length, tag);
    memcpy(material + KEY_2, tag, MAC_2);
    return sealed;
}

int payload_open_2(bytes ciphertext, const uint8_t *material, bytes *out)
{
    uint8_t keys[80], tag[HASH], differing = 0;
    payload_keys(material, keys);
    hmac(keys + 32, 32, ciphertext.data, ciphertext.length, tag);
    for (int at = 0; at < MAC_2; at++) differing |= tag[at] ^ material[KEY_2 + at];
    if (differing) return -1;
    return cbc_decrypt(out, keys, 32, keys + 64, ciphertext.data, ciphertext.length);
}

bytes payload_seal_03(const char *text, size_t length, const uint8_t *iv, uint8_t *material)
{
    bytes sealed = bytes_copy(text, length);
    crypto_random(material, KEY_03);
    if (aes(GCRY_CIPHER_MODE_GCM, true, material, KEY_03, iv, IV_03, sealed.data, length, material + KEY_03) < 0) exit(1);
    return sealed;
}

int payload_open_03(bytes ciphertext, bytes iv, const uint8_t *material, bytes *out)
{
    uint8_t tag[TAG_03];
    memcpy(tag, material + KEY_03, TAG_03);
    *out = bytes_copy(ciphertext.data, ciphertext.length);
    return aes(GCRY_CIPHER_MODE_GCM, false, material, KEY_03, iv.data, iv.length, out->data, out->length, tag);
}
