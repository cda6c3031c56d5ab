-- The import of libraries: what each row rests on, matches remembered with dates, overrides by hand, requests, the token.

-- fetched_at: when Steam was asked for the library that says so; an older file never takes the place of a newer one.
-- removed_at: since when Steam no longer lists the app in this library. Rows are marked and never deleted.
alter table imported_games
    add column classified_by     text not null default 'name',
    add column status            text,
    add column playtime_2weeks   integer not null default 0,
    add column fetched_at        timestamptz not null default now(),
    add column first_imported_at timestamptz not null default now(),
    add column removed_at        timestamptz;
create index imported_games_by_appid on imported_games (appid);
create index imported_games_unmatched on imported_games (appid) where match_status in ('UNMATCHED', 'PENDING');

alter table library_items
    add column appids           bigint[] not null default '{}',
    add column playtime_forever integer not null default 0,
    add column last_played      timestamptz,
    add column removed_at       timestamptz;

-- One row for each import that changed something, and at least one for each enriched file. reasons: rows that were
-- skipped, by reason.
alter table import_runs
    add column fetched_at      timestamptz,
    add column new_count       integer not null default 0,
    add column updated_count   integer not null default 0,
    add column unchanged_count integer not null default 0,
    add column outdated_count  integer not null default 0,
    add column removed_count   integer not null default 0,
    add column returned_count  integer not null default 0,
    add column reasons         jsonb not null default '{}',
    add column started_at      timestamptz;
create index import_runs_by_file on import_runs (source_key);
create index import_runs_by_library on import_runs (steam_id, finished_at);

-- What IGDB answered for an app, and when; igdb_id null: it knows none. moved_from: the game that it named before.
create table igdb_matches (
    appid       bigint primary key,
    igdb_id     bigint references igdb_games,
    confidence  text,
    checked_at  timestamptz not null,
    moved_from  bigint,
    moved_at    timestamptz
);

-- Matches by hand, which win over what IGDB says; igdb_id null: none of its games is this app.
create table igdb_overrides (
    appid    bigint primary key,
    igdb_id  bigint references igdb_games,
    made_at  timestamptz not null default now()
);

-- Twitch's app token, encrypted with a key derived from the client secret. renewing_until: a process fetches a new one.
create table igdb_tokens (
    client_key      text primary key,
    sealed          text,
    renewing_until  timestamptz
);

-- Libraries that somebody wants imported; a sensor takes them up.
create table library_requests (
    request_id    bigint generated always as identity primary key,
    request_key   text not null unique,
    steam_id      text not null,
    track_games   boolean not null default false,
    source        text not null,
    requested_at  timestamptz not null default now(),
    taken_at      timestamptz
);
create index library_requests_waiting on library_requests (request_id) where taken_at is null;

-- The release day that GetItems names: a match by title has to agree with it.
alter table store_items add column release_date date;
