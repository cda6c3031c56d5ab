-- Games whose reviews are not all analysed. A game without a row is analysed whole.
create table analysis_samples (
    appid       bigint primary key,
    -- Reviews whose digest lies below this are analysed; never falls.
    rate        double precision not null check (rate > 0 and rate <= 1),
    -- The cap that the rate was chosen by; null: none.
    cap         integer,
    changed_at  timestamptz not null default now()
);

-- The newest summaries of an analyst, whatever the game: what the length of coming answers is guessed from.
create index chunk_summaries_by_analyst on chunk_summaries (analyst_key, created_at desc);
