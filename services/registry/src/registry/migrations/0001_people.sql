-- Posts and who holds them; residents; grants of role.

create table posts (
    id uuid not null default uuidv7(),
    valid daterange not null check (not isempty(valid) and not lower_inf(valid)),
    unit_id uuid not null references units,
    kind text not null,
    name_kk text not null,
    name_ru text not null,
    name_en text not null,
    recorded_by uuid not null,
    primary key (id, valid without overlaps)
);
create index posts_unit on posts (unit_id);
create table post_history (
    known tstzrange not null,
    like posts,
    constraint post_history_one_truth exclude using gist (id with =, valid with &&, known with &&)
);
create trigger posts_inserted after insert on posts
    referencing new table as new_rows for each statement execute function keep_history('post_history', 'id');
create trigger posts_updated after update on posts
    referencing old table as old_rows new table as new_rows for each statement execute function keep_history('post_history', 'id');
create trigger posts_deleted after delete on posts
    referencing old table as old_rows for each statement execute function keep_history('post_history', 'id');
create trigger post_history_append_only before update or delete on post_history
    for each row execute function refuse_rewriting();
create trigger post_history_never_emptied before truncate on post_history
    for each statement execute function refuse_rewriting();

create table mandates (
    id uuid primary key default uuidv7(),
    post_id uuid not null,
    valid daterange not null check (not isempty(valid) and not lower_inf(valid)),
    kind text not null check (kind in ('elected', 'appointed', 'acting')),
    holder_name text not null check (holder_name <> ''),
    account_id uuid,
    act text not null check (act <> ''),
    end_reason text,
    recorded_by uuid not null,
    constraint mandates_one_holder exclude using gist (post_id with =, valid with &&),
    constraint mandates_within_post foreign key (post_id, period valid) references posts (id, period valid)
);
create table mandate_history (
    known tstzrange not null,
    like mandates,
    constraint mandate_history_one_truth exclude using gist (id with =, known with &&)
);
create trigger mandates_inserted after insert on mandates
    referencing new table as new_rows for each statement execute function keep_history('mandate_history', 'id');
create trigger mandates_updated after update on mandates
    referencing old table as old_rows new table as new_rows for each statement execute function keep_history('mandate_history', 'id');
create trigger mandates_deleted after delete on mandates
    referencing old table as old_rows for each statement execute function keep_history('mandate_history', 'id');
create trigger mandate_history_append_only before update or delete on mandate_history
    for each row execute function refuse_rewriting();
create trigger mandate_history_never_emptied before truncate on mandate_history
    for each statement execute function refuse_rewriting();

-- The IIN is kept sealed, with a keyed hash to find it by; nobody can read either without the key.
create table residents (
    id uuid primary key,
    unit_id uuid not null references units,
    account_id uuid,
    name text not null check (name <> ''),
    search text not null generated always as (fold_name(name)) stored,
    born_on date not null,
    iin_sealed bytea not null,
    iin_index bytea not null check (octet_length(iin_index) = 32),
    iin_masked text not null check (iin_masked ~ '^[0-9]{4}[*]{6}[0-9]{2}$'),
    iin_flags text[] not null default '{}',
    lives_here_from date not null,
    left_on date check (left_on > lives_here_from),
    registered_by uuid not null,
    registered_at timestamptz not null default now(),
    constraint residents_one_home exclude using gist
        (iin_index with =, daterange(lives_here_from, left_on) with &&),
    constraint residents_one_account exclude using gist
        (account_id with =, daterange(lives_here_from, left_on) with &&)
);
create index residents_unit on residents (unit_id, id);
create index residents_search on residents using gin (search gin_trgm_ops);

-- Who looked at a whole IIN, and why (Law of 21 May 2013 No. 94-V on personal data).
create table iin_reveals (
    id uuid primary key default uuidv7(),
    resident_id uuid not null references residents,
    account_id uuid not null,
    reason text not null check (reason <> ''),
    revealed_at timestamptz not null default now()
);

create table grants (
    id uuid primary key default uuidv7(),
    holder_id uuid not null,
    role text not null check (role in ('resident', 'assembly_member', 'akim', 'accountant', 'deputy',
                                       'manager', 'region', 'auditor', 'admin')),
    unit_id uuid references units,
    object_id uuid,
    valid daterange not null check (not lower_inf(valid)),
    basis text not null check (basis <> ''),
    given_by uuid,
    given_at timestamptz not null default now(),
    ended_by uuid,
    ended_at timestamptz,
    end_basis text,
    constraint grants_unit_by_role check ((unit_id is null) = (role = 'admin')),
    constraint grants_object_by_role check (object_id is not null or role not in ('manager', 'resident')),
    constraint grants_not_to_oneself check (role = 'resident' or given_by is distinct from holder_id),
    constraint grants_given_once exclude using gist
        (holder_id with =, role with =, (coalesce(unit_id, '00000000-0000-0000-0000-000000000000')) with =,
         (coalesce(object_id, '00000000-0000-0000-0000-000000000000')) with =, valid with &&)
);
create index grants_holder on grants (holder_id);
create index grants_unit on grants (unit_id);

-- An auditor does not run what he audits, and who orders a payment does not book it.
create function refuse_incompatible_grant() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended(new.holder_id::text, 7216101));
    if exists (
        select from grants held
        left join known_units held_unit on held_unit.unit_id = held.unit_id
        left join known_units new_unit on new_unit.unit_id = new.unit_id
        where held.holder_id = new.holder_id and held.id <> new.id and held.valid && new.valid and (
            (new.role = 'auditor' and held.role in ('akim', 'accountant', 'manager')
                and new.unit_id = any (held_unit.path))
            or (held.role = 'auditor' and new.role in ('akim', 'accountant', 'manager')
                and held.unit_id = any (new_unit.path))
            or (array[new.role, held.role] <@ array['akim', 'accountant'] and new.role <> held.role
                and new.unit_id = held.unit_id))
    ) then
        raise exception 'incompatible roles' using errcode = '23514', constraint = 'grants_compatible';
    end if;
    return new;
end $$;
create trigger grants_compatible before insert on grants
    for each row execute function refuse_incompatible_grant();

-- A grant is ended, once and no later than it would have ended; it is never changed otherwise.
create function refuse_changed_grant() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.ended_at is null and new.ended_at is not null
       and new.valid <@ old.valid and new.end_basis <> ''
       and (isempty(new.valid) or lower(new.valid) = lower(old.valid))
       and to_jsonb(old) - array['valid', 'ended_by', 'ended_at', 'end_basis']
         = to_jsonb(new) - array['valid', 'ended_by', 'ended_at', 'end_basis'] then
        return new;
    end if;
    raise exception 'a grant is ended, not changed' using errcode = '23001', constraint = 'grants_append_only';
end $$;
create trigger grants_append_only before update or delete on grants
    for each row execute function refuse_changed_grant();
create trigger grants_never_emptied before truncate on grants
    for each statement execute function refuse_changed_grant();

create view known_grants as
select id as grant_id, holder_id, role, unit_id, object_id, valid from grants;
