-- What Dagster's sensors keep in mind between two ticks: games in bulk jobs, messages that could not be read, alerts; and
-- the proof of each report.

-- A game's way through bulk jobs: queued -> waiting (requests in jobs) -> ready (nothing left that a job could answer)
-- -> recording (a run records its partitions) -> done or failed.
create table bulk_games (
    appid         bigint primary key,
    state         text not null check (state in ('queued', 'waiting', 'ready', 'recording', 'done', 'failed')),
    run_key       text,                        -- of the run that records it
    attempts      integer not null default 0,  -- such runs that ended without a word about it
    error         text,
    requested_at  timestamptz not null default now(),
    changed_at    timestamptz not null default now()
);
create index bulk_games_open on bulk_games (state, appid) where state not in ('done', 'failed');

-- Messages of the queue that are no requests, set aside so that they do not come again and again.
create table queue_rejects (
    reject_id    bigint generated always as identity primary key,
    message_id   text not null unique,
    body         text not null,                -- its beginning, cleaned
    body_bytes   integer not null,
    reason       text not null,
    rejected_at  timestamptz not null default now()
);

-- What went wrong in runs, one row for each cause until it is mended.
create table alerts (
    alert_id      bigint generated always as identity primary key,
    cause         text not null,
    job_name      text not null,
    reason        text not null,
    runs          integer not null default 1,  -- failed runs of this cause
    last_run_id   text not null,
    opened_at     timestamptz not null default now(),
    last_seen_at  timestamptz not null default now(),
    told_at       timestamptz,                 -- the last notice
    resolved_at   timestamptz
);
create unique index alerts_open on alerts (cause) where resolved_at is null;

-- The games that an alert is about and that no later run has mended.
create table alert_games (
    alert_id  bigint not null references alerts on delete cascade,
    appid     bigint not null,
    stage     text not null,
    reason    text not null,
    primary key (alert_id, appid)
);
create index alert_games_by_game on alert_games (appid);

-- Messages to people, each for one channel, kept until they are delivered.
create table alert_notices (
    notice_id     bigint generated always as identity primary key,
    notice_key    text not null,               -- what it tells; told once on each channel
    channel       text not null,
    subject       text not null,
    body          text not null,
    attempts      integer not null default 0,
    due_at        timestamptz not null default now(),
    delivered_at  timestamptz,
    error         text,
    created_at    timestamptz not null default now(),
    unique (notice_key, channel)
);
create index alert_notices_due on alert_notices (due_at) where delivered_at is null;

-- Each report examined against the stored reviews and summaries, once: reports never change.
create table report_proofs (
    report_id    bigint primary key,
    quotes       integer not null,
    ungrounded   integer not null,             -- quotes that are not in the review they name
    repeated     integer not null,             -- statements that say what another says
    miscounted   integer not null,             -- numbers that do not equal what they count
    offenders    text[] not null,              -- the first of them, in words
    proven_at    timestamptz not null default now()
);
create index report_proofs_bad on report_proofs (report_id) where ungrounded + repeated + miscounted > 0;
create index crawl_state_incomplete on crawl_state (completeness) where completeness is not null;
