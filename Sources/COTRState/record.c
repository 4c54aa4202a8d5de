// Owns how numbers and bytes stand in a record. It must not know what they mean.

#include "record.h"

#include <stdlib.h>
#include <string.h>

// DH numbers have 192 bytes.
static const size_t longest_mpi = 512;

static void wipe(void *bytes, size_t length) {
    if (bytes) explicit_bzero(bytes, length);
}

void tern_otr_record_free(tern_otr_record *record) {
    wipe(record->bytes, record->capacity);
    free(record->bytes);
    record->bytes = NULL;
    record->length = record->capacity = 0;
}

void put_bytes(tern_otr_record *record, const void *bytes, size_t length) {
    if (record->has_failed) return;
    if (length > record->capacity - record->length) {
        size_t capacity = 2 * (record->capacity + length) + 1024;
        unsigned char *larger = malloc(capacity);
        if (!larger) {
            record->has_failed = 1;
            return;
        }
        if (record->length) memcpy(larger, record->bytes, record->length);
        wipe(record->bytes, record->capacity);
        free(record->bytes);
        record->bytes = larger;
        record->capacity = capacity;
    }
    if (length) memcpy(record->bytes + record->length, bytes, length);
    record->length += length;
}

void put_number(tern_otr_record *record, uint64_t number) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(number >> (56 - 8 * i));
    put_bytes(record, bytes, 8);
}

void put_counted(tern_otr_record *record, const void *bytes, size_t length) {
    put_number(record, bytes ? (uint64_t)length + 1 : 0);
    if (bytes) put_bytes(record, bytes, length);
}

void put_text(tern_otr_record *record, const char *text) { put_counted(record, text, text ? strlen(text) : 0); }

void put_mpi(tern_otr_record *record, gcry_mpi_t number) {
    if (!number) {
        put_number(record, 0);
        return;
    }
    unsigned char bytes[512];
    size_t length = 0;
    if (gcry_mpi_print(GCRYMPI_FMT_USG, bytes, sizeof bytes, &length, number)) {
        record->has_failed = 1;
    } else {
        put_counted(record, bytes, length);
    }
    wipe(bytes, sizeof bytes);
}

uint64_t take_number(reading *from) {
    unsigned char bytes[8] = {0};
    take_bytes(from, bytes, 8);
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) number = number << 8 | bytes[i];
    return number;
}

uint64_t take_bounded(reading *from, uint64_t most) {
    uint64_t number = take_number(from);
    if (number <= most) return number;
    from->has_failed = 1;
    return 0;
}

void take_bytes(reading *from, void *bytes, size_t length) {
    if (from->has_failed || length > from->left) {
        from->has_failed = 1;
        memset(bytes, 0, length);
        return;
    }
    memcpy(bytes, from->bytes, length);
    from->bytes += length;
    from->left -= length;
}

unsigned char *take_counted(reading *from, size_t most, size_t *length) {
    uint64_t count = take_bounded(from, (uint64_t)most + 1);
    if (length) *length = 0;
    if (from->has_failed || count == 0) return NULL;
    count -= 1;
    unsigned char *bytes = count <= from->left ? malloc(count + 1) : NULL;
    if (!bytes) {
        from->has_failed = 1;
        return NULL;
    }
    take_bytes(from, bytes, count);
    bytes[count] = 0;
    if (length) *length = count;
    return bytes;
}

char *take_text(reading *from, size_t most) {
    size_t length;
    char *text = (char *)take_counted(from, most, &length);
    // a text ends at its first zero
    if (text && strlen(text) != length) from->has_failed = 1;
    return text;
}

gcry_mpi_t take_mpi(reading *from) {
    size_t length;
    unsigned char *bytes = take_counted(from, longest_mpi, &length);
    if (!bytes) return NULL;
    gcry_mpi_t number = NULL;
    if (gcry_mpi_scan(&number, GCRYMPI_FMT_USG, bytes, length, NULL)) from->has_failed = 1;
    wipe(bytes, length);
    free(bytes);
    return number;
}
