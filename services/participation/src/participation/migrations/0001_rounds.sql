-- Budgeting rounds, the projects admitted to them, and who may vote.

create table rounds (
    id uuid primary key default uuidv7(),
    unit_id uuid not null,
    title_kk text not null check (title_kk <> ''),
    title_ru text not null check (title_ru <> ''),
    title_en text not null check (title_en <> ''),
    fiscal_year integer not null check (fiscal_year between 2018 and 2200),
    budget_tiyn bigint not null check (budget_tiyn > 0),
    parameters jsonb not null,
    fewest_projects smallint not null check (fewest_projects >= 1),
    most_projects smallint not null check (most_projects between fewest_projects and 50),
    eligible_on date not null,
    opens_at timestamptz not null,
    closes_at timestamptz not null,
    status text not null default 'draft' check (status in ('draft', 'confirmed', 'open', 'counted')),
    created_by uuid not null,
    created_at timestamptz not null default now(),
    confirmed_by uuid,
    confirmed_at timestamptz,
    rules text,
    rules_digest text,
    opened_at timestamptz,
    counted_at timestamptz,
    constraint rounds_voting_has_a_length check (closes_at > opens_at),
    constraint rounds_confirmed_by_another check (confirmed_by <> created_by),
    check (coalesce(parameters->>'seed', '') <> ''),
    check (status = 'draft' or confirmed_by is not null),
    check (status not in ('open', 'counted') or (rules is not null and rules_digest = encode(sha256(convert_to(rules, 'UTF8')), 'hex')))
);
create index rounds_unit on rounds (unit_id, id);
create index rounds_waiting on rounds (status, opens_at) where status in ('confirmed', 'open');

-- From the second person's confirmation on, nobody changes what residents will vote by; and a round
-- goes forward alone, by the clock of the database.
create function guard_round() returns trigger language plpgsql as $$
begin
    if old.status <> 'draft' and
       (new.unit_id, new.fiscal_year, new.budget_tiyn, new.parameters, new.fewest_projects, new.most_projects,
        new.eligible_on, new.opens_at, new.closes_at, new.created_by, new.confirmed_by)
       is distinct from
       (old.unit_id, old.fiscal_year, old.budget_tiyn, old.parameters, old.fewest_projects, old.most_projects,
        old.eligible_on, old.opens_at, old.closes_at, old.created_by, old.confirmed_by)
       or old.rules is not null and (new.rules, new.rules_digest) is distinct from (old.rules, old.rules_digest) then
        raise exception 'the rules of a round are frozen' using errcode = '23514', constraint = 'rounds_rules_frozen';
    end if;
    if new.status <> old.status and (old.status, new.status) not in
       (('draft', 'confirmed'), ('confirmed', 'open'), ('open', 'counted'))
       or new.status = 'open' and old.status = 'confirmed'
          and (clock_timestamp() < new.opens_at or clock_timestamp() >= new.closes_at)
       or new.status = 'counted' and clock_timestamp() < new.closes_at then
        raise exception 'not the time for this' using errcode = '23514', constraint = 'rounds_in_order';
    end if;
    return new;
end $$;
create trigger rounds_guarded before update on rounds for each row execute function guard_round();

create table projects (
    id uuid primary key default uuidv7(),
    round_id uuid not null references rounds,
    proposal_id uuid not null references proposals,
    unit_id uuid not null,
    title_kk text not null check (title_kk <> ''),
    title_ru text not null check (title_ru <> ''),
    title_en text not null check (title_en <> ''),
    cost_tiyn bigint not null check (cost_tiyn > 0),
    admitted_by uuid not null,
    admitted_at timestamptz not null default now(),
    constraint projects_once_per_round unique (round_id, proposal_id)
);
create index projects_proposal on projects (proposal_id);

create function guard_admission() returns trigger language plpgsql as $$
begin
    -- The lock keeps the round from opening under the admission.
    perform from rounds where id = new.round_id and status in ('draft', 'confirmed') for share;
    if not found then
        raise exception 'admission is over' using errcode = '23514', constraint = 'projects_admission_over';
    end if;
    return new;
end $$;
create trigger projects_admitted_in_time before insert on projects for each row execute function guard_admission();
create trigger projects_append_only before update or delete or truncate on projects
    for each statement execute function refuse_change();

-- Who may vote, as of the round's day; written at the opening, so that moving away later changes
-- nothing. Only somebody whom the registry reports late is added.
create table electors (
    round_id uuid not null references rounds,
    resident_id uuid not null,
    primary key (round_id, resident_id)
);
create trigger electors_append_only before update or delete or truncate on electors
    for each statement execute function refuse_change();
