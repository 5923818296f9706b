-- What the budget tells about projects, kept as told: whatever order the facts come in, the same rows
-- stand here in the end.

create table project_lines (
    line_id uuid not null,
    status text not null,
    project_id uuid not null,
    budget_id uuid not null,
    fiscal_year integer not null,
    code text not null,
    amount_tiyn bigint not null,
    opened_on date not null,
    primary key (line_id, status)
);
create index project_lines_project on project_lines (project_id);

create table project_entries (
    entry_id uuid not null,
    line_id uuid not null,
    project_id uuid not null,
    entry_kind text not null,
    effective_on date not null,
    document text not null,
    available_tiyn bigint not null,
    committed_tiyn bigint not null,
    accrued_tiyn bigint not null,
    paid_tiyn bigint not null,
    primary key (entry_id, line_id)
);
create index project_entries_project on project_entries (project_id, entry_id);
