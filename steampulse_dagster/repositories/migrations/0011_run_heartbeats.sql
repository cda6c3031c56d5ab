-- Signs of life of Dagster's runs: a row while a step works on a set of games, renewed every few seconds. A run whose row
-- is not renewed any more was killed together with whoever could have told.
create table run_heartbeats (
    run_id   text primary key,
    beat_at  timestamptz not null default clock_timestamp()
);
create index run_heartbeats_by_time on run_heartbeats (beat_at);
