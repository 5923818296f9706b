-- A service's own copy of units and grants, kept by the registry's events.
create table known_units (
    unit_id uuid primary key,
    kato text not null,
    kind text not null,
    name_kk text not null,
    name_ru text not null,
    name_en text not null,
    parent_id uuid,
    path uuid[] not null,
    self_government_id uuid,
    is_self_government boolean not null,
    valid daterange not null
);
create table known_grants (
    grant_id uuid primary key,
    holder_id uuid not null,
    role text not null,
    unit_id uuid,
    object_id uuid,
    valid daterange not null
);
create index known_grants_holder on known_grants (holder_id);
