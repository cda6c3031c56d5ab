-- What schedules and sensors choose games by, so that no tick counts reviews; rules that follow games by themselves.

-- What the current report of a game rests on. Written with the report; rows from before are filled from their reports.
alter table report_heads
    add column analyst_key       text,
    add column reviews           integer,       -- stored when it was written
    add column positive          integer,
    add column newest_review_at  timestamptz;   -- creation time of the newest of them
update report_heads head set
    analyst_key = made.analyst_key,
    reviews = (made.report #>> '{facts,stored}')::integer,
    positive = (made.report #>> '{facts,positive}')::integer,
    newest_review_at = (made.report #>> '{facts,last_created}')::timestamptz
from reports made where made.report_id = head.report_id;

-- Reviews created after the newest one that the current report knew, counted at the end of each crawl. They speak of the
-- report whose newest_review_at is recent_since; of another report they say nothing.
alter table crawl_state
    add column recent_reviews   integer,
    add column recent_positive  integer,
    add column recent_since     timestamptz;

-- What rules ask of apps that are not crawled: names of their user tags, and who made them.
alter table store_items
    add column tags        text[] not null default '{}',
    add column developers  text[] not null default '{}';

-- Follow every game that meets all of the conditions, most reviews first, up to so many games that this rule added.
create table tracking_rules (
    rule_id      bigint generated always as identity primary key,
    min_reviews  integer check (min_reviews > 0),
    tag          text,
    genre        text,
    developer    text,
    up_to        integer not null check (up_to > 0),
    created_at   timestamptz not null default now(),
    applied_at   timestamptz,      -- the walk of the catalogue that it was last applied to; null: not yet
    added        integer not null default 0,
    check (num_nonnulls(min_reviews, tag, genre, developer) > 0)
);
alter table tracked_games add column rule_id bigint;   -- the rule that added it, which may be gone by now
create index tracked_games_by_rule on tracked_games (rule_id) where rule_id is not null;

-- Games that a person stopped following: no rule adds them again, and their partitions go. Following one by hand ends it.
create table untracked_games (
    appid         bigint primary key,
    name          text not null,
    untracked_at  timestamptz not null default now()
);
