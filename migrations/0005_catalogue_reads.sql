-- The catalogue is written now and then and read all the time: index entries go to their place at once, instead of
-- to a pending list that every search reads and that makes the planner think the index dear.
ALTER INDEX events_by_words SET (fastupdate = off);
ALTER INDEX events_by_trigrams SET (fastupdate = off);
SELECT gin_clean_pending_list('events_by_words'), gin_clean_pending_list('events_by_trigrams');
