//! The use cases of Parterre, one module a noun.
