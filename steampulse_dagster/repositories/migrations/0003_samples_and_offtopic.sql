-- How much of a game is kept, and which reviews Steam counts as off-topic.

-- The share of a game's reviews that is stored (1: all) and the cap it was chosen by.
alter table crawl_state
    add column sample_rate  double precision not null default 1,
    add column sample_cap   integer,
    add column offtopic     jsonb;

-- Posted in a period that Steam leaves out of its own score; never part of content_hash.
alter table reviews add column offtopic boolean not null default false;
