-- Reviews that the current report knows and that were edited since it was made or last found true, counted at the end of
-- each crawl. They speak of the report that was confirmed at edits_since; of a later one they say nothing.
alter table crawl_state
    add column recent_edits  integer,
    add column edits_since   timestamptz;

create index review_revisions_by_time on review_revisions (appid, replaced_at);
