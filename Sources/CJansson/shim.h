#include <jansson.h>

// Types and truth are macros: Swift sees neither.

/// The kind of a value.
static inline json_type tern_json_type(const json_t *value) {
    return json_typeof(value);
}

/// Whether a value is `true`.
static inline int tern_json_is_true(const json_t *value) {
    return json_is_true(value);
}
