//! Redis: holds and the live stream. All keys and Lua of Parterre are here.
