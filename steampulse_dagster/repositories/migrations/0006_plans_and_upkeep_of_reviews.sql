-- Keeps `reviews` fast at 10⁸ rows. Settings only: no row is rewritten, the lock is held for milliseconds.

-- No statistics of appid. Every question names one game, and the index is always the right way to it; with statistics the
-- server would read the whole table for a game that was most of it when it was last analyzed. Without them each game is
-- taken for half a percent of the table, always. Changing the type to itself forgets the statistics there are.
alter table reviews alter column appid type bigint;
alter table reviews alter column appid set statistics 0;

alter table reviews set (
    -- A game is read by one process: that guess would start helpers for games of a few reviews.
    parallel_workers = 0,
    -- Cleaned and analyzed after two changes in a hundred, not twenty: at 10⁸ rows twenty are 20,000,000, and until then
    -- counting a game's reviews has to visit the rows that came since.
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);
