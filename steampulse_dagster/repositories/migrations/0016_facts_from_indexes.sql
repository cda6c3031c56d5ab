-- A game's rows lie scattered over the table, in the end one to a page: the facts of a game of 100,000 reviews out of 10⁷
-- read 49,000 pages. From indexes alone they are 1,000. Writing to `reviews` waits while the indexes are made, about half a
-- minute for each 10⁷ rows.

create index reviews_by_creation_with_facts on reviews (appid, timestamp_created, recommendationid) include (
    timestamp_updated, voted_up, language, playtime_at_review, steam_purchase, received_for_free, refunded,
    written_during_early_access, primarily_steam_deck
);
drop index reviews_by_creation;
alter index reviews_by_creation_with_facts rename to reviews_by_creation;

-- Few reviews are blank and few are answered, and both show in long texts alone. The pattern is VISIBLE_PATTERN of
-- utils/text.py; a question with another pattern would read the texts.
create index reviews_blank on reviews (appid, recommendationid) where review !~
    E'[^\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0]';
create index reviews_answered on reviews (appid, recommendationid) where developer_response is not null;
