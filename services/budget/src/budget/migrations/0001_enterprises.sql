-- Communal enterprises: what they sell, at which price, to whom, and what was received for it.

create table enterprises (
    id uuid primary key default uuidv7(),
    unit_id uuid not null,
    bin text not null constraint enterprises_bin_digits check (bin ~ '^[0-9]{12}$'),
    name_kk text not null,
    name_ru text not null,
    name_en text not null,
    founded_on date not null,
    registered_by uuid not null,
    constraint enterprises_bin unique (bin)
);
create index enterprises_unit on enterprises (unit_id);
alter table commitments add foreign key (enterprise_id) references enterprises;

create table communal_services (
    id uuid primary key default uuidv7(),
    enterprise_id uuid not null references enterprises,
    measure text not null,
    name_kk text not null,
    name_ru text not null,
    name_en text not null
);

create table tariffs (
    id uuid primary key default uuidv7(),
    service_id uuid not null references communal_services,
    payer_group text not null check (payer_group in ('household', 'firm', 'budget')),
    price_tiyn bigint not null check (price_tiyn > 0),
    valid daterange not null check (not isempty(valid) and not lower_inf(valid)),
    decision_number text not null check (decision_number <> ''),
    set_by uuid not null,
    constraint tariffs_one_at_a_time
        exclude using gist (service_id with =, payer_group with =, valid with &&)
);

-- A consumer is the enterprise's own account number: no name, no address, no IIN.
create table invoices (
    id uuid primary key default uuidv7(),
    enterprise_id uuid not null references enterprises,
    service_id uuid not null references communal_services,
    tariff_id uuid not null references tariffs,
    budget_id uuid not null,
    line_id uuid not null,
    number text not null check (number <> ''),
    consumer text,
    quantity_thousandths bigint not null check (quantity_thousandths > 0),
    amount_tiyn bigint not null check (amount_tiyn > 0),
    paid_tiyn bigint not null default 0,
    issued_on date not null,
    issued_by uuid not null,
    foreign key (line_id, budget_id) references lines (id, budget_id),
    constraint invoices_number_once unique (enterprise_id, number),
    constraint invoices_paid check (paid_tiyn between 0 and amount_tiyn)
);

create table receipts (
    id uuid primary key default uuidv7(),
    invoice_id uuid not null references invoices,
    number text not null check (number <> ''),
    amount_tiyn bigint not null check (amount_tiyn > 0),
    received_on date not null,
    received_by uuid not null,
    entry_id uuid not null unique references entries,
    constraint receipts_number_once unique (invoice_id, number)
);
create index receipts_invoice on receipts (invoice_id);
