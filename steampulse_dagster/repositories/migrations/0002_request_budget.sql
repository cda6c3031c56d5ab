-- One request budget per host for all processes: pauses that a host asked for, the circuit, and leases of open requests.

alter table rate_limits
    add column requests_per_second double precision,   -- as last used; null: unlimited
    add column concurrency         integer,
    add column held_until          timestamptz,
    add column refusals            integer not null default 0,
    add column probe_by            text,
    add column probe_until         timestamptz;

create table rate_leases (
    host              text not null,
    holder            text not null,
    slots             integer not null,
    wanted            integer not null,
    starved_since     timestamptz,
    expires_at        timestamptz not null,
    primary key (host, holder)
);
