-- Twice as many words (32 MB, about 35,000 reviews) wait before they are put into the index of words. What that costs
-- hangs on the pages touched and not on the words: in a table of 2,000,000 reviews storing came from 0.93 to 0.97 of
-- its speed in a small one. A search reads what waits, about a millisecond for a megabyte.
-- Who never searches may have dropped that index.
alter index if exists reviews_by_words set (gin_pending_list_limit = 32768);
