// Owns the bytes of a record: numbers, bytes and big numbers, one after the other. It must not know what they mean.

#ifndef TERN_OTR_RECORD_H
#define TERN_OTR_RECORD_H

#include "include/COTRState.h"

#include <gcrypt.h>
#include <stdint.h>

void put_number(tern_otr_record *record, uint64_t number);
void put_bytes(tern_otr_record *record, const void *bytes, size_t length);
void put_counted(tern_otr_record *record, const void *bytes, size_t length);
void put_text(tern_otr_record *record, const char *text);
void put_mpi(tern_otr_record *record, gcry_mpi_t number);

typedef struct {
    const unsigned char *bytes;
    size_t left;
    int has_failed;
} reading;

uint64_t take_number(reading *from);
/// A number of at most `most`; more is a failure.
uint64_t take_bounded(reading *from, uint64_t most);
void take_bytes(reading *from, void *bytes, size_t length);
/// Bytes on libotr's terms: from malloc, with a zero behind them. NULL for none.
unsigned char *take_counted(reading *from, size_t most, size_t *length);
char *take_text(reading *from, size_t most);
gcry_mpi_t take_mpi(reading *from);

#endif
