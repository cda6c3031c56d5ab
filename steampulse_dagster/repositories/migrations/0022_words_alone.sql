-- The index of words without the game: to fill it takes an eighth less than with the game in front of the words, it is a
-- tenth smaller, and searches within a game take as long. Where words are rare, those of other games are soon left out;
-- where they are common, the game's reviews are read from the newest on until there are enough.
-- 48 MB of words wait instead of 32, of about 50,000 reviews: what it costs to put them into a large index hangs on the
-- pages touched, and an edit of an old review touches one for each of its words.
-- Who never searches may have dropped the index; for everybody else it is made anew: a minute for 2,000,000 reviews.
do $$
begin
    if to_regclass('reviews_by_words') is not null then
        drop index reviews_by_words;
        create index reviews_by_words on reviews using gin (to_tsvector('simple'::regconfig, review))
            with (gin_pending_list_limit = 49152);
        -- How common words are is known of an index, and of a new one not before. A table that is known to be empty is
        -- read whole by plans, and connections keep plans: an empty one is left unknown.
        if exists (select from reviews) then
            analyze reviews;
        end if;
    end if;
end
$$;
