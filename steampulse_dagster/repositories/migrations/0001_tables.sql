-- All tables of the product. Names are its vocabulary; each table has one writing repository.

create table app_catalog (
    appid                bigint primary key,
    name                 text not null,
    steam_last_modified  timestamptz,
    price_change_number  bigint,
    first_seen_at        timestamptz not null default now(),
    changed_at           timestamptz not null default now()
);

-- One row for each walk of the app list that finished.
create table catalog_crawls (
    crawl_id     bigint generated always as identity primary key,
    finished_at  timestamptz not null default now(),
    seen         integer not null,
    new          integer not null,
    renamed      integer not null,
    modified     integer not null
);

create table tracked_games (
    appid       bigint primary key,
    name        text not null,
    reason      text not null,
    tracked_at  timestamptz not null default now()
);

create table games (
    appid                bigint primary key,
    name                 text not null,
    slug                 text not null,
    type                 text not null,
    state                text not null,
    redirected_to        bigint,
    is_free              boolean not null,
    is_early_access      boolean not null,
    required_age         integer not null,
    short_description    text not null,
    about                text not null,
    website              text,
    header_image         text,
    developers           text[] not null,
    publishers           text[] not null,
    supported_languages  text[] not null,
    platforms            text[] not null,
    release_date_raw     text not null,
    release_date         date,
    price_currency       text,
    price_initial        integer,
    price_final          integer,
    metacritic_score     integer,
    recommendations_total integer,
    achievements_total   integer,
    parent_appid         bigint,
    dlc_appids           bigint[] not null,
    crawled_at           timestamptz not null default now()
);

create table game_tags (
    appid   bigint not null references games on delete cascade,
    tagid   bigint not null,
    name    text not null,
    weight  integer not null,
    primary key (appid, tagid)
);

create table game_genres (
    appid     bigint not null references games on delete cascade,
    genre_id  text not null,
    name      text not null,
    primary key (appid, genre_id)
);

create table game_categories (
    appid        bigint not null references games on delete cascade,
    category_id  integer not null,
    name         text not null,
    primary key (appid, category_id)
);

-- The key starts with appid because every query of the product is about one game at a time.
create table reviews (
    appid                        bigint not null,
    recommendationid             bigint not null,
    author_key                   text not null,
    author_num_games_owned       integer,
    author_num_reviews           integer,
    playtime_forever             integer not null,
    playtime_last_two_weeks      integer not null,
    playtime_at_review           integer,
    deck_playtime_at_review      integer not null,
    last_played                  timestamptz,
    language                     text not null,
    review                       text not null,
    timestamp_created            timestamptz not null,
    timestamp_updated            timestamptz not null,
    voted_up                     boolean not null,
    votes_up                     integer not null,
    votes_funny                  integer not null,
    weighted_vote_score          double precision not null,
    comment_count                integer not null,
    steam_purchase               boolean not null,
    received_for_free            boolean not null,
    refunded                     boolean not null,
    written_during_early_access  boolean not null,
    primarily_steam_deck         boolean not null,
    developer_response           text,
    timestamp_dev_responded      timestamptz,
    content_hash                 text not null,
    stored_at                    timestamptz not null default now(),
    changed_at                   timestamptz not null default now(),
    primary key (appid, recommendationid)
);
create index reviews_by_creation on reviews (appid, timestamp_created, recommendationid);

-- Earlier texts and votes of edited reviews.
create table review_revisions (
    appid              bigint not null,
    recommendationid   bigint not null,
    content_hash       text not null,
    review             text not null,
    voted_up           boolean not null,
    timestamp_updated  timestamptz not null,
    replaced_at        timestamptz not null default now(),
    primary key (appid, recommendationid, content_hash, timestamp_updated)
);

create table crawl_state (
    appid                 bigint primary key,
    phase                 text not null,
    cursor                text,
    high_water            timestamptz,
    pending_high_water    timestamptz,
    reported              jsonb,
    stored                integer not null,
    completeness          double precision,
    finished_at           timestamptz,
    next_due_at           timestamptz,
    last_error            text,
    consecutive_failures  integer not null default 0
);

create table quarantine (
    quarantine_id  bigint generated always as identity primary key,
    source         text not null,
    appid          bigint,
    payload        text not null,
    payload_hash   text not null,
    reason         text not null,
    created_at     timestamptz not null default now(),
    unique (source, payload_hash)
);

-- review_ids is the membership, in order. A game's chunks are appended, sealed at 50, never re-dealt.
create table chunks (
    appid         bigint not null,
    chunk_no      integer not null,
    sealed        boolean not null,
    review_ids    bigint[] not null,
    content_hash  text not null,
    changed_at    timestamptz not null default now(),
    primary key (appid, chunk_no)
);

-- summary_key: digest of analyst and content_hash. Old versions stay beside new ones.
create table chunk_summaries (
    appid         bigint not null,
    chunk_no      integer not null,
    analyst_key   text not null,
    content_hash  text not null,
    summary       jsonb not null,
    created_at    timestamptz not null default now(),
    primary key (appid, chunk_no, analyst_key, content_hash)
);

create table summary_nodes (
    appid        bigint not null,
    level        integer not null,
    node_no      integer not null,
    analyst_key  text not null,
    node_key     text not null,
    summary      jsonb not null,
    created_at   timestamptz not null default now(),
    primary key (appid, level, node_no, analyst_key, node_key)
);

-- Immutable: a report is never updated, a new one is written beside it.
create table reports (
    report_id    bigint generated always as identity primary key,
    appid        bigint not null,
    report_key   text not null,
    analyst_key  text not null,
    report       jsonb not null,
    created_at   timestamptz not null default now(),
    unique (appid, report_key)
);

-- Which report is the current one of a game: the one made last or confirmed last as still true.
create table report_heads (
    appid         bigint primary key,
    report_id     bigint not null references reports,
    confirmed_at  timestamptz not null default now()
);

create view current_reports as
    select r.report_id, r.appid, r.report_key, r.analyst_key, r.report, r.created_at, h.confirmed_at
    from report_heads h join reports r using (report_id);

-- Every (signal, topic, review) that the current summaries of a game's current report rest on.
create view signal_mentions as
    select s.appid, s.chunk_no, s.analyst_key, signal.key as signal, item.value ->> 'topic' as topic,
           (mention.value ->> 'recommendationid')::bigint as recommendationid, mention.value ->> 'quote' as quote
    from chunk_summaries s
    join chunks c on c.appid = s.appid and c.chunk_no = s.chunk_no and c.content_hash = s.content_hash
    join current_reports r on r.appid = s.appid and r.analyst_key = s.analyst_key
    cross join lateral jsonb_each(s.summary) signal
    cross join lateral jsonb_array_elements(signal.value) item
    cross join lateral jsonb_array_elements(item.value -> 'mentions') mention
    where signal.key in ('design_praise', 'gameplay_friction', 'wishlist_items', 'dropout_moments', 'competitor_refs');

create table llm_calls (
    call_id             bigint generated always as identity primary key,
    request_key         text not null unique,
    appid               bigint,
    model               text not null,
    prompt_version      text not null,
    mode                text not null,
    status              text not null,
    input_tokens        integer,
    output_tokens       integer,
    cache_read_tokens   integer,
    cache_write_tokens  integer,
    reserved_usd        numeric(12, 6),
    cost_usd            numeric(12, 6),
    latency_ms          integer,
    reply               jsonb,
    error               text,
    created_at          timestamptz not null default now(),
    finished_at         timestamptz
);

create table llm_batches (
    batch_id      bigint generated always as identity primary key,
    client_token  text not null unique,
    job_arn       text unique,
    model         text not null,
    status        text not null,
    input_uri     text,
    output_uri    text,
    error         text,
    created_at    timestamptz not null default now(),
    finished_at   timestamptz
);

create table llm_batch_records (
    batch_id     bigint not null references llm_batches,
    record_id    text not null,
    request_key  text not null,
    status       text not null,
    error        text,
    primary key (batch_id, record_id)
);

create table analysis_jobs (
    job_id       bigint generated always as identity primary key,
    appid        bigint not null,
    request_key  text not null unique,
    state        text not null,
    reason       text not null,
    mode         text not null,
    run_id       text,
    cost_usd     numeric(12, 6),
    error        text,
    created_at   timestamptz not null default now(),
    changed_at   timestamptz not null default now()
);

create table rate_limits (
    host              text primary key,
    next_slot_at      timestamptz not null default now(),
    open_until        timestamptz,
    last_status       integer
);

create table imported_games (
    steam_id          text not null,
    appid             bigint not null,
    name              text not null,
    classification    text not null,
    match_status      text not null,
    confidence        text,
    igdb_id           bigint,
    playtime_forever  integer not null,
    last_played       timestamptz,
    icon              text,
    changed_at        timestamptz not null default now(),
    primary key (steam_id, appid)
);

create table igdb_games (
    igdb_id             bigint primary key,
    slug                text,
    name                text not null,
    summary             text,
    first_release_date  date,
    cover_image_id      text,
    fetched_at          timestamptz not null default now()
);

create table igdb_game_genres (
    igdb_id   bigint not null references igdb_games on delete cascade,
    genre_id  bigint not null,
    name      text not null,
    primary key (igdb_id, genre_id)
);

create table igdb_game_platforms (
    igdb_id      bigint not null references igdb_games on delete cascade,
    platform_id  bigint not null,
    name         text not null,
    primary key (igdb_id, platform_id)
);

create table library_items (
    steam_id    text not null,
    igdb_id     bigint not null references igdb_games,
    status      text not null,
    changed_at  timestamptz not null default now(),
    primary key (steam_id, igdb_id)
);

create table import_runs (
    import_id       bigint generated always as identity primary key,
    steam_id        text not null,
    source_key      text not null,
    imported_count  integer not null,
    skipped_count   integer not null,
    finished_at     timestamptz not null default now()
);

-- Values that belong to this database, such as the salt of author keys.
create table database_values (
    name   text primary key,
    value  text not null
);
