-- Residents as the registry tells of them, proposals, and who supports what.

create extension if not exists pg_trgm;

create table known_residents (
    resident_id uuid primary key,
    account_id uuid,
    unit_id uuid not null,
    self_government_id uuid not null,
    may_vote_from date not null,
    lives_here_from date not null,
    left_on date
);
create index known_residents_account on known_residents (account_id);
create index known_residents_self_government on known_residents (self_government_id);

-- What has happened stays as it happened, for the owner of the tables too.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name
        using errcode = '23001', constraint = tg_table_name || '_append_only';
end $$;

create table proposals (
    id uuid primary key default uuidv7(),
    unit_id uuid not null,
    self_government_id uuid not null,
    author_id uuid not null,
    title_kk text not null check (title_kk <> ''),
    title_ru text not null check (title_ru <> ''),
    title_en text not null check (title_en <> ''),
    body text not null check (body <> ''),
    latitude double precision check (latitude between -90 and 90),
    longitude double precision check (longitude between -180 and 180),
    status text not null default 'submitted'
        check (status in ('submitted', 'costed', 'admitted', 'won', 'withdrawn')),
    cost_tiyn bigint constraint proposals_cost_positive check (cost_tiyn > 0),
    created_at timestamptz not null default now(),
    supported_at timestamptz,
    costed_at timestamptz,
    withdrawn_at timestamptz,
    search text not null generated always as (lower(title_kk || ' ' || title_ru || ' ' || title_en || ' ' || body)) stored,
    check ((latitude is null) = (longitude is null)),
    check ((cost_tiyn is null) = (costed_at is null)),
    check (status not in ('costed', 'admitted', 'won') or cost_tiyn is not null),
    check ((status = 'withdrawn') = (withdrawn_at is not null))
);
create index proposals_unit on proposals (unit_id, id);
create index proposals_self_government on proposals (self_government_id, id);
create index proposals_search on proposals using gin (search gin_trgm_ops);

-- Apart from the proposals: a row this small is updated in place, and its lock holds up nobody who
-- costs, admits or reads the proposal.
create table support_counters (
    proposal_id uuid primary key references proposals,
    supporters integer not null default 0 check (supporters >= 0)
) with (fillfactor = 50);

create table supports (
    proposal_id uuid not null references support_counters,
    resident_id uuid not null,
    primary key (proposal_id, resident_id)
);

-- Every figure that the akimat gave; the proposal shows the last one.
create table costings (
    id uuid primary key default uuidv7(),
    proposal_id uuid not null references proposals,
    cost_tiyn bigint not null check (cost_tiyn > 0),
    basis text not null check (basis <> ''),
    costed_by uuid not null,
    costed_at timestamptz not null
);
create index costings_proposal on costings (proposal_id);
create trigger costings_append_only before update or delete or truncate on costings
    for each statement execute function refuse_change();
