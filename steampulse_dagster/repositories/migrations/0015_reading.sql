-- What the reading side needs: one small row a game to list, sort and filter by, and full-text search over reviews.

create extension if not exists pg_trgm;    -- parts of names
create extension if not exists btree_gin;  -- the words of one game's reviews in one index

-- Sorting and filtering games by what stands deep in their reports would unpack every report for every page. Kept by
-- triggers, so that a row is true whoever writes a game, ends a crawl or confirms a report.
create table game_figures (
    appid           bigint primary key references games on delete cascade,
    name            text not null,
    reviews         integer not null default 0,      -- stored, when the crawl last ended
    report_id       bigint references reports,       -- the current one; what follows is taken from it
    report_at       timestamptz,
    confirmed_at    timestamptz,
    data_time       timestamptz,
    sentiment       double precision,
    hidden_gem      double precision,
    figures         jsonb                            -- what read_report_figures takes from it
);
create index game_figures_by_name on game_figures (lower(name) collate "C", appid);
create index game_figures_by_part_of_name on game_figures using gin (lower(name) gin_trgm_ops);
create index game_figures_by_reviews on game_figures (reviews, appid);
create index game_figures_by_sentiment on game_figures (coalesce(sentiment, -1), appid);
create index game_figures_by_hidden_gem on game_figures (coalesce(hidden_gem, -1), appid);
create index game_figures_by_data_time on game_figures (coalesce(data_time, '-infinity'), appid);
create index game_figures_by_confirmation on game_figures (coalesce(confirmed_at, '-infinity'), appid);
create index game_genres_by_name on game_genres (lower(name), appid);
create index game_tags_by_name on game_tags (lower(name), appid);

create function read_top_item(section jsonb) returns jsonb language sql immutable as $$
    select case when section #> '{items,0}' is not null then jsonb_build_object(
        'label', section #> '{items,0,label}', 'mentions', section #> '{items,0,mentions}') end
$$;

create function read_report_figures(report jsonb) returns jsonb language sql immutable as $$
    select jsonb_build_object(
        'sentiment', report -> 'sentiment',
        'hidden_gem', report -> 'hidden_gem',
        'evidence_level', report -> 'evidence_level',
        'trend', jsonb_path_query_first(report, '$.trends[*] ? (@.days == 90)'),
        'top_strength', read_top_item(report -> 'design_strengths'),
        'top_friction', read_top_item(report -> 'gameplay_friction'),
        'months', jsonb_path_query_array(report, '$.facts.months[last - 35 to last]'))
$$;

create function put_game_figures() returns trigger language plpgsql as $$
begin
    insert into game_figures (appid, name, reviews)
    values (new.appid, new.name, coalesce((select stored from crawl_state where appid = new.appid), 0))
    on conflict (appid) do update set name = excluded.name where game_figures.name <> excluded.name;
    return null;
end
$$;

create function put_review_figures() returns trigger language plpgsql as $$
begin
    update game_figures set reviews = new.stored where appid = new.appid and reviews <> new.stored;
    return null;
end
$$;

create function put_report_figures() returns trigger language plpgsql as $$
begin
    update game_figures figure set
        report_id = r.report_id,
        report_at = r.created_at,
        confirmed_at = new.confirmed_at,
        data_time = (r.report #>> '{sample,data_time}')::timestamptz,
        sentiment = (r.report #>> '{sentiment,score}')::double precision,
        hidden_gem = (r.report #>> '{hidden_gem,score}')::double precision,
        figures = read_report_figures(r.report)
    from reports r
    where figure.appid = new.appid and r.report_id = new.report_id;
    return null;
end
$$;

create trigger games_put_figures after insert or update of name on games
    for each row execute function put_game_figures();
-- Not with every page of a crawl: `reviews` is indexed, and the row would be rewritten thousands of times.
create trigger crawl_state_puts_figures after update on crawl_state
    for each row when (old.finished_at is distinct from new.finished_at) execute function put_review_figures();
create trigger crawl_state_puts_first_figures after insert on crawl_state
    for each row execute function put_review_figures();
create trigger report_heads_put_figures after insert or update on report_heads
    for each row execute function put_report_figures();

insert into game_figures
    (appid, name, reviews, report_id, report_at, confirmed_at, data_time, sentiment, hidden_gem, figures)
    select g.appid, g.name, coalesce(s.stored, 0), r.report_id, r.created_at, h.confirmed_at,
        (r.report #>> '{sample,data_time}')::timestamptz, (r.report #>> '{sentiment,score}')::double precision,
        (r.report #>> '{hidden_gem,score}')::double precision, read_report_figures(r.report)
    from games g
    left join crawl_state s using (appid)
    left join report_heads h using (appid)
    left join reports r on r.report_id = h.report_id;

-- Words as they are written, in whatever language: `simple` knows no stems and drops no words.
create index reviews_by_words on reviews using gin (appid, to_tsvector('simple'::regconfig, review));

-- The reports of a game, newest first.
create index reports_by_game on reports (appid, report_id desc);

-- The same rows, found by the head's key: by the report's own appid, every head was read for one game.
create or replace view current_reports as
    select r.report_id, h.appid, r.report_key, r.analyst_key, r.report, r.created_at, h.confirmed_at
    from report_heads h join reports r using (report_id);
