-- From contract to payment: each step rests on the one before it and has an entry of its own.

create table commitments (
    id uuid primary key default uuidv7(),
    budget_id uuid not null references budgets,
    line_id uuid not null,
    enterprise_id uuid not null,
    contract_number text not null check (contract_number <> ''),
    signed_on date not null,
    amount_tiyn bigint not null check (amount_tiyn > 0),
    accrued_tiyn bigint not null default 0,
    state text not null default 'reserved' check (state in ('reserved', 'released')),
    committed_by uuid not null,
    entry_id uuid not null unique references entries,
    foreign key (line_id, budget_id) references lines (id, budget_id),
    constraint commitments_accrued check (accrued_tiyn between 0 and amount_tiyn),
    constraint commitments_released check (state <> 'released' or accrued_tiyn = 0)
);
create index commitments_line on commitments (line_id);

create table obligations (
    id uuid primary key default uuidv7(),
    commitment_id uuid not null references commitments,
    act_number text not null check (act_number <> ''),
    worked_on date not null,
    amount_tiyn bigint not null check (amount_tiyn > 0),
    paid_tiyn bigint not null default 0,
    state text not null default 'handed_in'
        check (state in ('handed_in', 'accepted', 'rejected', 'reversed')),
    handed_in_by uuid not null,
    handed_in_at timestamptz not null default clock_timestamp(),
    accepted_by uuid,
    accepted_on date,
    rejected_because text,
    entry_id uuid unique references entries,
    constraint obligations_act_once unique (commitment_id, act_number),
    constraint obligations_dates_in_order check (accepted_on >= worked_on),
    constraint obligations_paid check (paid_tiyn between 0 and amount_tiyn),
    constraint obligations_four_eyes check (accepted_by is distinct from handed_in_by),
    constraint obligations_entry check (state <> 'accepted' or entry_id is not null),
    constraint obligations_paid_if_accepted check (paid_tiyn = 0 or state = 'accepted')
);

create table payments (
    id uuid primary key default uuidv7(),
    budget_id uuid not null references budgets,
    obligation_id uuid not null references obligations,
    number text not null check (number <> ''),
    amount_tiyn bigint not null check (amount_tiyn > 0),
    state text not null default 'prepared' check (state in ('prepared', 'paid', 'returned')),
    prepared_by uuid not null,
    prepared_at timestamptz not null default clock_timestamp(),
    approved_by uuid,
    paid_on date,
    entry_id uuid unique references entries,
    constraint payments_order_once unique (budget_id, number),
    constraint payments_four_eyes check (approved_by is distinct from prepared_by),
    constraint payments_approved check (
        state = 'prepared' or (approved_by is not null and entry_id is not null)
    )
);
create index payments_obligation on payments (obligation_id);

create table reversals (
    id uuid primary key default uuidv7(),
    entry_id uuid not null references entries,
    reason text not null check (reason <> ''),
    prepared_by uuid not null,
    prepared_at timestamptz not null default clock_timestamp(),
    approved_by uuid,
    reversal_entry_id uuid unique references entries,
    constraint reversals_one_an_entry unique (entry_id),
    constraint reversals_four_eyes check (approved_by is distinct from prepared_by),
    constraint reversals_approved check ((approved_by is null) = (reversal_entry_id is null))
);
