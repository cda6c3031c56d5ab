-- How far down a first walk has come, so that it goes on by date where Steam's cursor leads no further.
alter table crawl_state
    add column window_end     timestamptz,
    add column walked_to      timestamptz,
    add column doubtful_ends  integer not null default 0;
