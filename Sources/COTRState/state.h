// Owns what writing and reading a conversation agree on: version and bounds of the record. It must not know its fields.

#ifndef TERN_OTR_RECORD_BOUNDS_H
#define TERN_OTR_RECORD_BOUNDS_H

enum { format = 1 };
enum { most_contexts = 80, most_keys = 1024, longest_text = 1 << 21, most_saved = 1 << 16 };
/// With more contexts than this, nothing is kept of programs that keys were never agreed on with.
enum { crowd = 32 };

/// How much of a pair of session keys there is.
enum session_kind {
    no_session = 0,
    live_session = 1,
    /// Its Diffie-Hellman keys are gone: nothing can be read or written with it, but codes of it are still to be published.
    past_session = 2,
};

#endif
