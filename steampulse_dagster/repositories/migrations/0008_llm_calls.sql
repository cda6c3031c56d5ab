-- The ledger of language-model calls. Nothing wrote to the earlier table of this name.

drop table llm_calls;

-- One row for each call. Rows are never deleted; a request that failed and is asked again gets a new row.
-- Status: reserved (money set aside, no answer yet), answered, failed (nothing was or will be answered, cost known),
-- unknown (the answer was never seen: assumed spent).
create table llm_calls (
    call_id             bigint generated always as identity primary key,
    request_key         text not null,
    appid               bigint,
    run_id              text,
    purpose             text not null,
    model               text not null,
    prompt_version      text not null,
    delivery            text not null,
    status              text not null check (status in ('reserved', 'answered', 'failed', 'unknown')),
    attempts            integer not null,          -- which call of its request this is, from 1
    estimated_tokens    integer not null,          -- of the prompt, before any experience is applied
    reserved_usd        numeric(24, 12) not null check (reserved_usd >= 0),
    price               jsonb not null,            -- the price used, with its source and date
    lease_until         timestamptz,               -- while reserved: the holder is alive until then
    input_tokens        integer,
    output_tokens       integer,
    cache_read_tokens   integer,
    cache_write_tokens  integer,
    cost_usd            numeric(24, 12) check (cost_usd >= 0),
    latency_ms          integer,
    stop                text,
    stop_reason         text,
    reply               text,
    error               text,
    created_at          timestamptz not null default now(),
    finished_at         timestamptz,
    -- What this call counts in every budget, whatever became of it.
    counted_usd         numeric(24, 12) not null generated always as (
        coalesce(cost_usd, case when status in ('reserved', 'unknown') then reserved_usd else 0 end)
    ) stored,
    check (status <> 'answered' or (cost_usd is not null and reply is not null and stop is not null)),
    check (status <> 'reserved' or lease_until is not null)
);

-- A request is under way or answered at most once: what makes paying twice impossible.
create unique index llm_calls_live on llm_calls (request_key) where status in ('reserved', 'answered');
create index llm_calls_by_request on llm_calls (request_key);
create index llm_calls_leases on llm_calls (lease_until) where status = 'reserved';
create index llm_calls_by_time on llm_calls (created_at);
create index llm_calls_by_game on llm_calls (appid, created_at);
create index llm_calls_by_run on llm_calls (run_id);
create index llm_calls_experience on llm_calls (model, purpose, call_id) where status = 'answered';

-- Sums of counted_usd by day and month (UTC, of created_at) and by run: a limit is checked without adding up calls.
-- Kept by triggers, so that they are true whoever changes a row.
create table llm_spend (
    scope      text not null check (scope in ('day', 'month', 'run')),
    key        text not null,
    spent_usd  numeric(24, 12) not null,
    primary key (scope, key)
) with (fillfactor = 50);

create function llm_spend_keys(created_at timestamptz, run_id text)
    returns table (scope text, key text) language sql stable as $$
    select 'day', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD')
    union all select 'month', to_char(created_at at time zone 'UTC', 'YYYY-MM')
    union all select 'run', run_id where run_id is not null
$$;

create function add_llm_spend() returns trigger language plpgsql as $$
begin
    insert into llm_spend as spend (scope, key, spent_usd)
    select k.scope, k.key, sum(c.counted_usd)
    from new_calls c cross join lateral llm_spend_keys(c.created_at, c.run_id) k
    group by k.scope, k.key having sum(c.counted_usd) <> 0 order by k.scope, k.key
    on conflict (scope, key) do update set spent_usd = spend.spent_usd + excluded.spent_usd;
    return null;
end
$$;

create function move_llm_spend() returns trigger language plpgsql as $$
begin
    insert into llm_spend as spend (scope, key, spent_usd)
    select k.scope, k.key, sum(c.amount)
    from (
        select created_at, run_id, counted_usd as amount from new_calls
        union all select created_at, run_id, -counted_usd from old_calls
    ) c cross join lateral llm_spend_keys(c.created_at, c.run_id) k
    group by k.scope, k.key having sum(c.amount) <> 0 order by k.scope, k.key
    on conflict (scope, key) do update set spent_usd = spend.spent_usd + excluded.spent_usd;
    return null;
end
$$;

create function take_llm_spend() returns trigger language plpgsql as $$
begin
    update llm_spend spend set spent_usd = spend.spent_usd - gone.amount
    from (
        select k.scope, k.key, sum(c.counted_usd) as amount
        from old_calls c cross join lateral llm_spend_keys(c.created_at, c.run_id) k group by k.scope, k.key
    ) gone where spend.scope = gone.scope and spend.key = gone.key;
    return null;
end
$$;

create trigger llm_calls_inserted after insert on llm_calls
    referencing new table as new_calls for each statement execute function add_llm_spend();
create trigger llm_calls_updated after update on llm_calls
    referencing old table as old_calls new table as new_calls for each statement execute function move_llm_spend();
create trigger llm_calls_deleted after delete on llm_calls
    referencing old table as old_calls for each statement execute function take_llm_spend();
