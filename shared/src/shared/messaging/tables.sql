-- Outbox, inbox and dead letters; the same in every service's database.
-- Columns of the outbox keep the meanings of Debezium's outbox router, so an operator could swap it in.

create table event_subjects (
    subject text primary key,
    sequence bigint not null check (sequence > 0)
) with (fillfactor = 50);

create table outbox (
    id bigint generated always as identity primary key,
    event_id uuid not null unique default uuidv7(),
    type text not null,
    subject text not null,
    sequence bigint not null,
    topic text not null,
    key text not null,
    payload bytea not null check (octet_length(payload) <= 921600),
    headers jsonb not null default '{}',
    happened_at timestamptz not null default now(),
    recorded_at timestamptz not null default clock_timestamp(),
    published_at timestamptz,
    unique (subject, sequence)
);
create index outbox_pending on outbox (id) where published_at is null;

-- One row: counts how often the broker has lost what it had acknowledged.
create table relay_log (
    only_row boolean primary key default true check (only_row),
    epoch bigint not null default 0
);
insert into relay_log default values;

create table relay_partitions (
    topic text,
    partition integer,
    acknowledged_offset bigint not null,
    primary key (topic, partition)
);

create table inbox (
    consumer text,
    event_id uuid,
    handled_at timestamptz not null default now(),
    primary key (consumer, event_id)
);

create table consumer_partitions (
    consumer text,
    topic text,
    partition integer,
    epoch bigint not null,
    primary key (consumer, topic, partition)
);

create table dead_letters (
    id bigint generated always as identity primary key,
    consumer text not null,
    event_id uuid,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    key text not null,
    headers jsonb not null,
    payload bytea,
    reason text not null,
    attempts integer not null,
    parked_at timestamptz not null default now(),
    settled_at timestamptz,
    settlement text check (settlement in ('replayed', 'discarded')),
    -- What cannot be read has no id, and is one dead letter all the same.
    unique nulls not distinct (consumer, topic, partition, record_offset, event_id)
);
create index dead_letters_open on dead_letters (consumer, topic, key) where settled_at is null;
