-- Secret ballots. Who voted stands in `voters`, what was voted in `ballot_box`; no column joins them,
-- and neither tells the time. PostgreSQL itself marks rows of one transaction alike (xmin) and keeps
-- their order, so while voting lasts somebody with the rights of the database's owner could match
-- them. At closing all ballots move, shuffled and in one transaction, to `ballots`; from then on
-- only old copies of the disk or the write-ahead log could tell. Two transactions per vote would not
-- help (their order matches too); blind tokens and a separate database will.

create table voters (
    round_id uuid not null,
    resident_id uuid not null,
    primary key (round_id, resident_id),
    constraint voters_are_electors foreign key (round_id, resident_id) references electors
);
create trigger voters_append_only before update or delete or truncate on voters
    for each statement execute function refuse_change();

-- The service may put a ballot in, but cannot look inside: nothing it answers can leak a count.
create table ballot_box (
    id uuid primary key check (uuid_extract_version(id) = 4),
    round_id uuid not null,
    project_ids uuid[] not null
);
create index ballot_box_round on ballot_box (round_id);

create function guard_ballot() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    voting rounds;
    known integer;
begin
    -- Shared among ballots, exclusive for the sealing: no ballot slips in behind the closing. An
    -- advisory lock writes nothing, which a lock on the round's row would do for every ballot.
    perform pg_advisory_xact_lock_shared(hashtextextended(new.round_id::text, 0));
    select * into voting from rounds where id = new.round_id;
    if voting.status is distinct from 'open' or clock_timestamp() >= voting.closes_at then
        raise exception 'no voting now' using errcode = '23514', constraint = 'ballot_box_open';
    end if;
    if cardinality(new.project_ids) not between voting.fewest_projects and voting.most_projects then
        raise exception 'too many or too few projects' using errcode = '23514', constraint = 'ballot_box_size';
    end if;
    select count(*) into known from projects where round_id = new.round_id and id = any (new.project_ids);
    if known <> cardinality(new.project_ids) then
        raise exception 'unknown or repeated project' using errcode = '23514', constraint = 'ballot_box_projects';
    end if;
    return new;
end $$;
create trigger ballot_box_guarded before insert on ballot_box for each row execute function guard_ballot();

create table ballots (
    id uuid primary key,
    round_id uuid not null references rounds,
    project_ids uuid[] not null
);
create index ballots_round on ballots (round_id);
create trigger ballots_append_only before update or delete or truncate on ballots
    for each statement execute function refuse_change();

-- Empties the box of a round whose time is over, in random order; returns how many ballots there are.
create function seal_ballots(closed_round uuid) returns integer language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    cast_ballots integer;
    roll integer;
begin
    perform pg_advisory_xact_lock(hashtextextended(closed_round::text, 0));
    perform from rounds where id = closed_round and status = 'open' and closes_at <= clock_timestamp();
    if not found then
        raise exception 'voting is not over' using errcode = '23514', constraint = 'ballots_sealed_after_closing';
    end if;
    insert into ballots (id, round_id, project_ids)
        select id, round_id, project_ids from ballot_box where round_id = closed_round order by gen_random_uuid();
    get diagnostics cast_ballots = row_count;
    delete from ballot_box where round_id = closed_round;
    select count(*) into roll from voters where round_id = closed_round;
    if roll <> cast_ballots then
        raise exception '% ballots of % voters', cast_ballots, roll
            using errcode = '23514', constraint = 'ballots_match_voters';
    end if;
    return cast_ballots;
end $$;
revoke execute on function seal_ballots(uuid) from public;

-- One decisive count per round, and others for comparison; with all it takes to repeat them.
create table counts (
    id uuid primary key default uuidv7(),
    round_id uuid not null references rounds,
    is_decisive boolean not null,
    parameters jsonb not null,
    engine_version text not null,
    digest text not null,
    ballots integer not null check (ballots >= 0),
    ballots_with_nothing integer not null check (ballots_with_nothing between 0 and ballots),
    winners uuid[] not null,
    cost_tiyn bigint not null check (cost_tiyn >= 0),
    explanations jsonb not null,
    counted_on date not null,
    counted_by uuid
);
create unique index counts_one_decisive on counts (round_id) where is_decisive;
create index counts_round on counts (round_id);
create trigger counts_append_only before update or delete or truncate on counts
    for each statement execute function refuse_change();

create function guard_count() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if (select status from rounds where id = new.round_id) is distinct from 'counted' then
        raise exception 'voting is not over' using errcode = '23514', constraint = 'counts_after_closing';
    end if;
    if (select coalesce(sum(cost_tiyn), 0) from projects where round_id = new.round_id and id = any (new.winners))
       <> new.cost_tiyn or new.cost_tiyn > (select budget_tiyn from rounds where id = new.round_id) then
        raise exception 'the winners do not fit the budget' using errcode = '23514', constraint = 'counts_within_budget';
    end if;
    return new;
end $$;
create trigger counts_guarded before insert on counts for each row execute function guard_count();
