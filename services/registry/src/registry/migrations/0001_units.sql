-- Territorial units. unit_versions is what we know now, along the time of law; unit_history adds the
-- time of knowing, so that a past answer can be given again.

create extension if not exists btree_gist;
create extension if not exists pg_trgm;

-- What search compares. Equal to fold() of registry/domain/names.py for every text (tested).
create function fold_name(name text) returns text
language sql immutable strict parallel safe
return regexp_replace(
    translate(name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZqАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯйЁёӘәҒғҚқҢңӨөҰұҮүҺһІіЌќЎўЇїЈј', 'abcdefghijklmnopkrstuvwxyzkабвгдежзииклмнопрстуфхцчшщъыьэюяиееааггккннооууууххииккууууаа') collate "C",
    '[^0-9a-zа-я]+', '', 'g');

-- A closed row of knowledge ends, and a new one begins, at the instant of the transaction. Whoever
-- changed the same row after that instant makes this transaction try again: known time never runs
-- backwards, and no hole opens between two clock readings.
create function keep_history() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    history text := quote_ident(tg_argv[0]);
    same text := format('h.%1$I = o.%1$I and h.valid = o.valid and upper_inf(h.known)', tg_argv[1]);
    later boolean;
begin
    if tg_op <> 'INSERT' then
        execute format('select exists (select from %s h join old_rows o on %s where lower(h.known) > now())',
                       history, same) into later;
        if later then
            raise exception 'changed by a later transaction' using errcode = '40001';
        end if;
        execute format('update %s h set known = tstzrange(lower(h.known), now()) from old_rows o where %s',
                       history, same);
    end if;
    if tg_op <> 'DELETE' then
        execute format('insert into %s select tstzrange(now(), null), n.* from new_rows n', history);
    end if;
    return null;
end $$;

-- History may only be closed, once; nothing in it is ever changed or removed.
create function refuse_rewriting() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and upper_inf(old.known) and not upper_inf(new.known)
       and to_jsonb(old) - 'known' = to_jsonb(new) - 'known'
       and (isempty(new.known) or lower(new.known) = lower(old.known)) then
        return new;
    end if;
    raise exception 'history is not rewritten' using errcode = '23001', constraint = tg_table_name || '_append_only';
end $$;

create table units (
    id uuid primary key default uuidv7(),
    recorded_at timestamptz not null default now()
);

create table unit_versions (
    unit_id uuid not null references units,
    valid daterange not null check (not isempty(valid) and not lower_inf(valid)),
    kato text not null check (kato ~ '^[0-9]{9}$'),
    kind text not null,
    level smallint not null check (level between 1 and 4),
    name_kk text not null check (name_kk <> ''),
    name_ru text not null check (name_ru <> ''),
    name_en text not null check (name_en <> ''),
    parent_id uuid,
    path uuid[] not null,
    self_government_id uuid,
    is_self_government boolean not null
        generated always as (coalesce(self_government_id = unit_id, false)) stored,
    search text not null
        generated always as (fold_name(name_kk) || ' ' || fold_name(name_ru) || ' ' || fold_name(name_en)) stored,
    primary key (unit_id, valid without overlaps),
    constraint unit_versions_one_unit_per_code exclude using gist (kato with =, valid with &&),
    constraint unit_versions_parent_fkey foreign key (parent_id, period valid)
        references unit_versions (unit_id, period valid) deferrable initially deferred,
    check (path[cardinality(path)] = unit_id),
    check (path[cardinality(path) - 1] is not distinct from parent_id),
    check ((parent_id is null) = (level = 1)),
    check (self_government_id is null or self_government_id = any (path))
);
create index unit_versions_unit on unit_versions (unit_id);
create index unit_versions_kato on unit_versions (kato);
create index unit_versions_parent on unit_versions (parent_id);
create index unit_versions_search on unit_versions using gin (search gin_trgm_ops);

create table unit_history (
    known tstzrange not null,
    like unit_versions,
    constraint unit_history_one_truth exclude using gist (unit_id with =, valid with &&, known with &&)
);

create trigger unit_versions_inserted after insert on unit_versions
    referencing new table as new_rows for each statement execute function keep_history('unit_history', 'unit_id');
create trigger unit_versions_updated after update on unit_versions
    referencing old table as old_rows new table as new_rows for each statement execute function keep_history('unit_history', 'unit_id');
create trigger unit_versions_deleted after delete on unit_versions
    referencing old table as old_rows for each statement execute function keep_history('unit_history', 'unit_id');
create trigger unit_history_append_only before update or delete on unit_history
    for each row execute function refuse_rewriting();
create trigger unit_history_never_emptied before truncate on unit_history
    for each statement execute function refuse_rewriting();

-- Which editions of the classifier were taken in, and what each changed.
create table classifier_imports (
    id uuid primary key default uuidv7(),
    edition text not null,
    file_sha256 bytea not null,
    valid_from date not null,
    created integer not null,
    changed integer not null,
    ended integer not null,
    imported_at timestamptz not null default now()
);

-- The units as the other services know them: the newest version that is in force or was. Written
-- without DISTINCT, so that a search for one unit looks at this unit's versions alone.
create view known_units as
select
    unit_id, kato, kind, name_kk, name_ru, name_en, parent_id, path, self_government_id,
    is_self_government, valid
from unit_versions version
where lower(valid) <= (now() at time zone 'Asia/Almaty')::date
and not exists (
    select from unit_versions later
    where later.unit_id = version.unit_id and lower(later.valid) > lower(version.valid)
    and lower(later.valid) <= (now() at time zone 'Asia/Almaty')::date
);
