-- Published acts, budgets of units by year, their lines and the decisions on them.

create function refuse_rewriting() returns trigger language plpgsql as $$
begin
    raise exception '% keeps history: it is only added to', tg_table_name using errcode = '2F002';
end $$;

-- Figures are data: acts began to print special receipts in 2025, and will print more.
create table acts (
    id uuid primary key default uuidv7(),
    unit_id uuid not null,
    fiscal_year smallint not null check (fiscal_year between 2000 and 2100),
    document text not null check (document <> ''),
    act_number text,
    act_date date,
    amends text,
    body text,
    source_url text,
    language text,
    unit_as_written text not null,
    note text,
    figures jsonb not null check (jsonb_typeof(figures) = 'object'),
    disagreements jsonb not null check (jsonb_typeof(disagreements) = 'array'),
    recorded_by uuid not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint acts_document unique (document, unit_id, fiscal_year)
);
create index acts_unit on acts (unit_id, fiscal_year);

create table budgets (
    id uuid primary key default uuidv7(),
    unit_id uuid not null,
    fiscal_year smallint not null check (fiscal_year between 2000 and 2100),
    status text not null default 'draft'
        check (status in ('draft', 'submitted', 'agreed', 'approved', 'executing', 'closed')),
    version integer not null default 1 check (version > 0),
    act_id uuid references acts,
    figures jsonb not null default '{}' check (jsonb_typeof(figures) = 'object'),
    disagreements jsonb not null default '[]' check (jsonb_typeof(disagreements) = 'array'),
    drafted_by uuid,
    drafted_at timestamptz not null default clock_timestamp(),
    submitted_by uuid,
    submitted_at timestamptz,
    agreed_by uuid,
    agreed_at timestamptz,
    minutes_number text,
    agreed_on date,
    returned_because text,
    approved_by uuid,
    approved_at timestamptz,
    constraint budgets_one_a_year unique (unit_id, fiscal_year),
    constraint budgets_agreed_before_approved check (
        status not in ('agreed', 'approved', 'executing', 'closed')
        or (minutes_number is not null and agreed_on is not null and agreed_by is not null)
    ),
    constraint budgets_submitted_by_somebody check (status = 'draft' or submitted_by is not null),
    constraint budgets_approved_by_somebody check (
        status not in ('approved', 'executing', 'closed') or approved_by is not null
    ),
    constraint budgets_four_eyes check (
        approved_by is null
        or (approved_by is distinct from drafted_by and approved_by is distinct from submitted_by)
    )
);

-- What each step may write; whatever else differs is refused, so that who decided is written once
-- and no stage is skipped or taken back, but for a draft that the assembly returns.
create function hold_budget() returns trigger
language plpgsql set search_path = pg_catalog, public as $$
declare
    free text[] := case old.status || '>' || new.status
        when 'draft>draft' then '{figures,disagreements,act_id,drafted_by}'
        when 'draft>submitted' then '{status,submitted_by,submitted_at,returned_because}'
        when 'submitted>draft' then '{status,submitted_by,submitted_at,returned_because}'
        when 'submitted>agreed' then '{status,agreed_by,agreed_at,agreed_on,minutes_number}'
        when 'agreed>approved' then '{status,approved_by,approved_at}'
        when 'approved>executing' then '{status}'
        when 'approved>closed' then '{status}'
        when 'executing>closed' then '{status}'
        else '{}'
    end;
begin
    if to_jsonb(new) - free <> to_jsonb(old) - free
        or (old.drafted_by is not null and new.drafted_by is distinct from old.drafted_by) then
        raise exception 'from % to % this is not written', old.status, new.status
            using errcode = '23514', constraint = 'budgets_stages';
    end if;
    return new;
end $$;
create trigger budgets_stages before update on budgets
    for each row execute function hold_budget();

-- Decisions of the maslikhat; a later amendment is a new version, the earlier ones stay as they were.
create table budget_decisions (
    id uuid primary key default uuidv7(),
    budget_id uuid not null references budgets,
    version integer not null check (version > 0),
    kind text not null check (kind in ('approve')),
    number text not null check (number <> ''),
    decided_on date not null,
    effective_from date not null,
    figures jsonb not null,
    recorded_by uuid not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint budget_decisions_one_a_version unique (budget_id, version)
);
create trigger budget_decisions_append_only before update or delete or truncate on budget_decisions
    for each statement execute function refuse_rewriting();

create table lines (
    id uuid primary key default uuidv7(),
    budget_id uuid not null references budgets,
    direction text not null check (direction in ('revenue', 'expenditure', 'financing')),
    kind text not null check (kind in ('taxes', 'non_tax', 'capital', 'special', 'transfers',
        'expenditure', 'net_lending', 'financial_assets', 'financing')),
    code text not null check (code <> ''),
    class_codes jsonb not null default '{}' check (jsonb_typeof(class_codes) = 'object'),
    name_kk text not null,
    name_ru text not null,
    name_en text not null,
    amount_tiyn bigint not null constraint lines_amount
        check (amount_tiyn >= 0 or kind in ('net_lending', 'financial_assets', 'financing')),
    status text not null default 'draft' check (status in ('draft', 'approved')),
    project_id uuid,
    revision integer not null default 1 check (revision > 0),
    drafted_by uuid,
    opened_at timestamptz not null default clock_timestamp(),
    unique (id, budget_id),
    constraint lines_project_once unique (budget_id, project_id)
);
create index lines_budget on lines (budget_id);

-- A line is opened and changed in a draft alone. The budget is locked, so that a line in flight is
-- there before the budget goes on, or is refused after it.
create function hold_line() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    stage text;
    free text[] := '{}';
begin
    select status into stage from budgets where id = new.budget_id for share;
    if tg_op = 'INSERT' then
        if stage <> 'draft' then
            raise exception 'the budget is no draft'
                using errcode = '23514', constraint = 'lines_in_draft';
        end if;
        return new;
    end if;
    if old.status = 'draft' and stage = 'draft' then
        free := '{amount_tiyn,revision,drafted_by}';
    elsif old.status = 'draft' and stage = 'approved' then
        free := '{status}';
    end if;
    if to_jsonb(new) - free <> to_jsonb(old) - free then
        raise exception 'the line is no draft'
            using errcode = '23514', constraint = 'lines_in_draft';
    end if;
    return new;
end $$;
create trigger lines_in_draft before insert or update on lines
    for each row execute function hold_line();
