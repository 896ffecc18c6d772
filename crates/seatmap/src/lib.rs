//! The seat map's model: camera, hit-testing, level of detail, selection, focus.
