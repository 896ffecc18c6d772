//! The entry of the browser half: starts the islands, nothing else.
