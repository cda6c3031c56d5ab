-- Bulk jobs of language-model requests, and the re-analyses of games. Nothing wrote to the earlier tables of these names.

drop table llm_batch_records;
drop table llm_batches;
drop table analysis_jobs;

-- A row is written, with the money for all of its records, before the service is asked (status Intended, no job_arn): a
-- submit that was killed is found again by its token. Open until collected_at.
create table llm_batches (
    batch_id      bigint generated always as identity primary key,
    digest        text not null,              -- of the model and every request: equal digest, equal input file
    client_token  text not null unique,       -- the digest, with a number where an earlier job of the same set has ended
    job_name      text not null,
    job_arn       text unique,
    model         text not null,
    status        text not null,
    records       integer not null check (records > 0),
    input_uri     text not null,
    output_uri    text not null,
    error         text,
    renewed_at    timestamptz not null default now(),   -- when the reservations of its calls were last prolonged
    created_at    timestamptz not null default now(),
    finished_at   timestamptz,                -- the service was done with it
    collected_at  timestamptz                 -- every record has its answer or its failure in llm_calls
);
create index llm_batches_open on llm_batches (batch_id) where collected_at is null;
create index llm_batches_by_digest on llm_batches (digest);

-- Which call each record is; its state is that of the call.
create table llm_batch_records (
    batch_id   bigint not null references llm_batches,
    record_id  text not null,
    call_id    bigint not null references llm_calls,
    primary key (batch_id, record_id)
);
create index llm_batch_records_by_call on llm_batch_records (call_id);

-- One row for each re-analysis of a game that had something to do; at most one of a game is not done.
create table analysis_jobs (
    job_id       bigint generated always as identity primary key,
    appid        bigint not null,
    state        text not null check (state in ('queued', 'running', 'waiting_for_batch', 'done', 'failed')),
    reason       text not null,
    mode         text not null check (mode in ('real_time', 'batch')),
    analyst_key  text not null,               -- engine, models and prompts: another one is a reason of its own
    run_id       text,
    cost_usd     numeric(24, 12),             -- of the game's model calls since created_at
    error        text,
    created_at   timestamptz not null default now(),
    changed_at   timestamptz not null default now()
);
create unique index analysis_jobs_open on analysis_jobs (appid) where state <> 'done';
create index analysis_jobs_by_game on analysis_jobs (appid, job_id);
