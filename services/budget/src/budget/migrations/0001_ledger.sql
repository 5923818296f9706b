-- The ledger: append-only double entry, one chain of hashes per budget, balances kept by triggers.

-- `bucket` is the column of line_balances that an account's postings move; money accounts (cash and
-- what it came from and went to) and appropriation accounts balance separately within each entry.
create table accounts (
    id smallint primary key,
    code text not null unique,
    bucket text check (bucket in ('available', 'committed', 'accrued', 'paid', 'received')),
    is_money boolean not null,
    name_kk text not null,
    name_ru text not null,
    name_en text not null
);
insert into accounts (id, code, bucket, is_money, name_kk, name_ru, name_en) values
    (1, 'appropriation', null, false, 'Бекітілген қаражат', 'Утверждённые ассигнования', 'Appropriation'),
    (2, 'available', 'available', false, 'Бос қаражат', 'Свободный остаток', 'Available'),
    (3, 'committed', 'committed', false, 'Шарт бойынша міндеттеме', 'Обязательства по договорам', 'Committed'),
    (4, 'accrued', 'accrued', false, 'Қабылданған жұмыс', 'Принятые работы', 'Accrued'),
    (5, 'paid', 'paid', false, 'Төленген', 'Оплачено', 'Paid'),
    (6, 'cash', null, true, 'Бақылау шотындағы ақша', 'Контрольный счёт наличности', 'Cash control account'),
    (7, 'expense', null, true, 'Шығыс', 'Расход', 'Expense'),
    (8, 'revenue', 'received', true, 'Түсім', 'Поступления', 'Revenue');

-- The accounts that a kind of entry moves, ascending, negative where it takes away; null: mirrored.
create table entry_kinds (
    kind text primary key,
    shape smallint[]
);
insert into entry_kinds (kind, shape) values
    ('appropriate', '{-1,2}'),
    ('commit', '{-2,3}'),
    ('accrue', '{-3,4}'),
    ('pay', '{-6,-4,5,7}'),
    ('receive', '{-8,6}'),
    ('reverse', null);

create table ledger_heads (
    budget_id uuid primary key references budgets,
    seq bigint not null default 0,
    hash bytea not null default decode(repeat('00', 32), 'hex')
) with (fillfactor = 50);

create table line_balances (
    line_id uuid primary key references lines,
    budget_id uuid not null references budgets,
    available_tiyn bigint not null default 0
        constraint line_balances_available check (available_tiyn >= 0),
    committed_tiyn bigint not null default 0
        constraint line_balances_committed check (committed_tiyn >= 0),
    accrued_tiyn bigint not null default 0
        constraint line_balances_accrued check (accrued_tiyn >= 0),
    paid_tiyn bigint not null default 0 constraint line_balances_paid check (paid_tiyn >= 0),
    received_tiyn bigint not null default 0
        constraint line_balances_received check (received_tiyn >= 0)
) with (fillfactor = 50);
create index line_balances_budget on line_balances (budget_id);

create table cash_balances (
    budget_id uuid not null references budgets,
    account_id smallint not null references accounts,
    amount_tiyn bigint not null default 0
        constraint cash_balances_amount check (amount_tiyn >= 0),
    primary key (budget_id, account_id)
) with (fillfactor = 50);

-- A posting names its entry together with the number of legs, and `n` counts 1..legs: once an entry
-- is whole there is no room for another posting, in this transaction or any later one.
create table entries (
    id uuid primary key default uuidv7(),
    budget_id uuid not null references budgets,
    seq bigint not null,
    effective_on date not null,
    posted_at timestamptz not null,
    kind text not null references entry_kinds,
    source_ref text not null check (source_ref <> ''),
    reverses uuid constraint entries_reversed_once unique references entries,
    reason text,
    posted_by uuid not null,
    approved_by uuid,
    legs smallint not null constraint entries_legs check (legs >= 2),
    postings_hash bytea not null,
    prev_hash bytea not null,
    hash bytea not null,
    unique (id, legs),
    constraint entries_seq unique (budget_id, seq),
    constraint entries_source_once unique (budget_id, kind, source_ref),
    constraint entries_reason check ((kind = 'reverse') = (reverses is not null)
        and (reverses is null or reason is not null)),
    constraint entries_four_eyes check (approved_by is distinct from posted_by),
    constraint entries_second_person check (
        kind not in ('appropriate', 'pay', 'reverse') or approved_by is not null
    )
);

create table postings (
    entry_id uuid not null,
    legs smallint not null,
    n smallint not null,
    account_id smallint not null references accounts,
    line_id uuid references lines,
    amount_tiyn bigint not null constraint postings_amount check (amount_tiyn <> 0),
    primary key (entry_id, n),
    foreign key (entry_id, legs) references entries (id, legs),
    constraint postings_leg check (n between 1 and legs),
    constraint postings_line check (line_id is not null or account_id in (6, 8))
);
create index postings_line on postings (line_id);

create table period_closings (
    budget_id uuid not null references budgets,
    through date not null,
    closed_by uuid not null,
    closed_at timestamptz not null default clock_timestamp(),
    constraint period_closings_once primary key (budget_id, through)
);

create function open_ledger() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    insert into ledger_heads (budget_id) values (new.id);
    insert into cash_balances (budget_id, account_id) values (new.id, 6);
    return null;
end $$;
create trigger budgets_open_ledger after insert on budgets
    for each row execute function open_ledger();

create function open_balance() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    insert into line_balances (line_id, budget_id) values (new.id, new.budget_id);
    return null;
end $$;
create trigger lines_open_balance after insert on lines
    for each row execute function open_balance();
