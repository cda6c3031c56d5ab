-- Wishes of people and programs that a game be crawled or analysed; Dagster takes them up.
create table work_requests (
    request_id   bigint generated always as identity primary key,
    request_key  text unique,
    kind         text not null,
    appid        bigint not null,
    source       text not null,
    state        text not null default 'queued',
    run_id       text,
    error        text,
    created_at   timestamptz not null default now(),
    changed_at   timestamptz not null default now()
);

-- A wish without a key that still waits stands for every equal one.
create unique index work_requests_waiting on work_requests (kind, appid) where state = 'queued' and request_key is null;
create index work_requests_queued on work_requests (request_id) where state = 'queued';
create index work_requests_launched on work_requests (run_id) where state = 'launched';
