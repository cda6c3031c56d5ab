-- Pages of games as they were last drawn: to look whether one is still true costs a tenth of drawing it anew. They may
-- be deleted at any time; not logged, so that they cost the server's log nothing and are gone after a crash of it.

create unlogged table drawn_pages (
    appid           bigint primary key references games on delete cascade,
    digest          text not null,       -- of everything that the page is made of
    html            bytea not null       -- gzip
);
alter table drawn_pages alter column html set storage external;
