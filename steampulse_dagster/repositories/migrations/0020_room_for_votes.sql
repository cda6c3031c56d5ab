-- A tenth of each page of the table stays free, for the next version of a review beside the last one. Votes and hours
-- change far more often than texts; with room on the page no index learns of them, the words of a review least of all.
-- Pages that are full stay as they are.
alter table reviews set (fillfactor = 90);

-- So many words (16 MB instead of 4, about 17,000 reviews) wait before they are put into the index of words all at once.
-- Each time nearly all pages of a large index are touched, and written whole to the log once after each checkpoint.
-- Who never searches may have dropped that index.
alter index if exists reviews_by_words set (gin_pending_list_limit = 16384);
