// Owns the last failure, and which class of the protocol a code of libomemo-c belongs to.
#include "peer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *last_class = "other";
static char last_message[512];

int refuse(const char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(last_message, sizeof last_message, format, arguments);
    va_end(arguments);
    last_class = error;
    return -1;
}

int refuse_code(int code, const char *doing)
{
    const char *error = "other";
    switch (code) {
    case SG_ERR_DUPLICATE_MESSAGE: error = "duplicate"; break;
    case SG_ERR_INVALID_MESSAGE:
    case SG_ERR_INVALID_MAC:
    case SG_ERR_UNTRUSTED_IDENTITY: error = "unauthentic"; break;
    case SG_ERR_NO_SESSION:
    case SG_ERR_INVALID_KEY_ID: error = "noSession"; break;
    case SG_ERR_INVAL:  // what a message that is too short ends in
    case SG_ERR_INVALID_KEY:
    case SG_ERR_INVALID_VERSION:
    case SG_ERR_LEGACY_MESSAGE:
    case SG_ERR_INVALID_PROTO_BUF: error = "malformed"; break;
    }
    return refuse(error, "libomemo-c, %s: %d", doing, code);
}

const char *fault_class(void) { return last_class; }
const char *fault_message(void) { return last_message; }

void *need(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return memory;
}
