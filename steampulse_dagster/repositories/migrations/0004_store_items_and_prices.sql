-- What GetItems says of the catalogue, what each game's details were fetched for, and prices outside sales.

-- One row for each app that GetItems was asked for: sizes for tracking, so that only what is new or stale is asked again.
create table store_items (
    appid         bigint primary key,
    type          text not null,
    name          text not null,
    shown         boolean not null,
    review_count  integer,
    checked_at    timestamptz not null
);
create index store_items_by_reviews on store_items (review_count) where review_count is not null;

-- details_at: when appdetails was last asked. store_mark: what GetItems said at that time (StoreMark).
alter table games
    add column release_date_precision text,
    add column price_country text,
    add column price_discount_percent integer,
    add column review_count integer,
    add column details_at timestamptz,
    add column store_mark jsonb;

-- Append-only: the price outside sales, one row each time it changes. 0: free to keep; currency is null then.
create table game_prices (
    appid        bigint not null references games on delete cascade,
    country      text not null,
    currency     text,
    initial      integer not null,
    observed_at  timestamptz not null,
    primary key (appid, country, observed_at)
);
