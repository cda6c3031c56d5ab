-- When a game is crawled next, what went wrong last, and the dead letters: games that are no longer tried by themselves.
alter table crawl_state
    add column reviews_per_day double precision,
    add column due_every interval,
    add column last_error_kind text,
    add column last_failed_at timestamptz,
    add column dead_since timestamptz,
    add column dead_reason text;

-- One row for each thing that cannot be read: a later answer about the same thing takes the place of the earlier one.
alter table quarantine
    add column entry_key text,
    add column seen_at timestamptz not null default now();
update quarantine set entry_key = payload_hash, seen_at = created_at;
alter table quarantine
    alter column entry_key set not null,
    drop constraint quarantine_source_payload_hash_key,
    add constraint quarantine_source_entry_key_key unique (source, entry_key);
create index quarantine_by_appid on quarantine (appid, quarantine_id);
