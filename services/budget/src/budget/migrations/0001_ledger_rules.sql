-- What the database itself holds every entry to, whoever writes it.

-- The bytes that the chain seals: compact enough to publish, plain enough to recompute anywhere.
create function hash_postings(of_entry uuid) returns bytea
language sql stable set search_path = pg_catalog, public as $$
    select sha256(convert_to(coalesce(jsonb_agg(
        jsonb_build_array(n, account_id, line_id, amount_tiyn) order by n), '[]')::text, 'UTF8'))
    from postings where entry_id = of_entry
$$;

create function hash_entry(e entries) returns bytea
language sql stable set search_path = pg_catalog, public as $$
    select sha256(e.prev_hash || convert_to(jsonb_build_array(
        e.id, e.budget_id, e.seq, e.effective_on,
        to_char(e.posted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        e.kind, e.source_ref, e.reverses, e.reason, e.posted_by, e.approved_by, e.legs,
        encode(e.postings_hash, 'hex'))::text, 'UTF8'))
$$;

-- Takes the next number under the head's row lock, which is also what makes entries of one budget
-- queue: the state and the closed periods read after it are those of the last committed change.
create function number_entry() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    budget_status text;
    year smallint;
begin
    select seq + 1, hash into new.seq, new.prev_hash
    from ledger_heads where budget_id = new.budget_id for no key update;
    select status, fiscal_year into budget_status, year from budgets where id = new.budget_id;
    if budget_status is distinct from 'executing' and budget_status is distinct from 'approved' then
        raise exception 'the budget takes no entries'
            using errcode = '23514', constraint = 'entries_budget_open';
    end if;
    if extract(year from new.effective_on) <> year then
        raise exception 'the day is outside the fiscal year'
            using errcode = '23514', constraint = 'entries_in_year';
    end if;
    if exists (select from period_closings
               where budget_id = new.budget_id and through >= new.effective_on) then
        raise exception 'the period is closed'
            using errcode = '23514', constraint = 'entries_period_open';
    end if;
    if budget_status = 'approved' and new.kind not in ('appropriate', 'reverse') then
        update budgets set status = 'executing' where id = new.budget_id;
    end if;
    new.posted_at := clock_timestamp();
    new.hash := hash_entry(new);
    return new;
end $$;
create trigger entries_number before insert on entries
    for each row execute function number_entry();

-- After the row is in: an insert that ends in nothing (on conflict do nothing) moves no head.
create function move_head() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    update ledger_heads set seq = new.seq, hash = new.hash where budget_id = new.budget_id;
    return null;
end $$;
create trigger entries_head after insert on entries
    for each row execute function move_head();

create function check_entry() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    found record;
    broken text;
begin
    select count(*) as legs, coalesce(sum(p.amount_tiyn), 0) as total,
           coalesce(sum(p.amount_tiyn) filter (where a.is_money), 0) as money,
           array_agg(distinct (sign(p.amount_tiyn) * p.account_id)::smallint) as shape
    into found
    from postings p join accounts a on a.id = p.account_id where p.entry_id = new.id;
    if found.legs <> new.legs or found.total <> 0 or found.money <> 0 then
        broken := 'entries_balanced';
    elsif hash_postings(new.id) <> new.postings_hash then
        broken := 'entries_sealed';
    elsif found.legs > 2 and exists (
        select from postings p join accounts a on a.id = p.account_id
        where p.entry_id = new.id and not a.is_money
        group by p.line_id having sum(p.amount_tiyn) <> 0) then
        broken := 'entries_line_balanced';
    elsif found.legs = 2 and (select count(distinct line_id) from postings
                              where entry_id = new.id) > 1 then
        broken := 'entries_line_balanced';
    elsif new.reverses is null and found.shape is distinct from
        (select shape from entry_kinds where kind = new.kind) then
        broken := 'entries_shape';
    elsif new.reverses is not null then
        broken := check_reversal(new);
    end if;
    if broken is not null then
        raise exception 'entry % breaks %', new.id, broken
            using errcode = '23514', constraint = broken;
    end if;
    return null;
end $$;

-- Returns the rule that a reversal breaks, or null.
create function check_reversal(e entries) returns text
language plpgsql stable set search_path = pg_catalog, public as $$
begin
    if exists (select from entries where id = e.reverses
               and (budget_id <> e.budget_id or kind = 'reverse')) then
        return 'entries_reversible';
    end if;
    if exists (
        (select account_id, line_id, -amount_tiyn from postings where entry_id = e.reverses
         except all select account_id, line_id, amount_tiyn from postings where entry_id = e.id)
        union all
        (select account_id, line_id, amount_tiyn from postings where entry_id = e.id
         except all select account_id, line_id, -amount_tiyn from postings where entry_id = e.reverses)
    ) then
        return 'entries_mirrored';
    end if;
    return null;
end $$;
create constraint trigger entries_balanced after insert on entries
    deferrable initially deferred for each row execute function check_entry();

-- The only hand that moves balances. Lines ascend, so that two writers never wait for each other.
create function apply_postings() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    moved record;
begin
    for moved in
        select e.budget_id, p.line_id,
               coalesce(sum(p.amount_tiyn) filter (where a.bucket = 'available'), 0) as available,
               coalesce(sum(p.amount_tiyn) filter (where a.bucket = 'committed'), 0) as committed,
               coalesce(sum(p.amount_tiyn) filter (where a.bucket = 'accrued'), 0) as accrued,
               coalesce(sum(p.amount_tiyn) filter (where a.bucket = 'paid'), 0) as paid,
               -coalesce(sum(p.amount_tiyn) filter (where a.bucket = 'received'), 0) as received
        from added p join entries e on e.id = p.entry_id join accounts a on a.id = p.account_id
        where p.line_id is not null group by e.budget_id, p.line_id order by p.line_id
    loop
        update line_balances set
            available_tiyn = available_tiyn + moved.available,
            committed_tiyn = committed_tiyn + moved.committed,
            accrued_tiyn = accrued_tiyn + moved.accrued,
            paid_tiyn = paid_tiyn + moved.paid,
            received_tiyn = received_tiyn + moved.received
        where line_id = moved.line_id and budget_id = moved.budget_id;
        if not found then
            raise exception 'a line of another budget'
                using errcode = '23503', constraint = 'postings_line_of_budget';
        end if;
        -- A line is given what the decision says, whatever the number of entries; others nothing.
        if exists (
            select from line_balances b join lines l on l.id = b.line_id
            where l.id = moved.line_id and b.available_tiyn + b.committed_tiyn + b.accrued_tiyn
                + b.paid_tiyn > case when l.kind = 'expenditure' then l.amount_tiyn else 0 end) then
            raise exception 'more than the decision gives the line'
                using errcode = '23514', constraint = 'line_balances_within_line';
        end if;
    end loop;
    update cash_balances cash set amount_tiyn = cash.amount_tiyn + moved_cash.amount_tiyn
    from (select e.budget_id, p.account_id, sum(p.amount_tiyn) as amount_tiyn
          from added p join entries e on e.id = p.entry_id where p.account_id = 6
          group by e.budget_id, p.account_id) moved_cash
    where cash.budget_id = moved_cash.budget_id and cash.account_id = moved_cash.account_id;
    return null;
end $$;
create trigger postings_apply after insert on postings
    referencing new table as added for each statement execute function apply_postings();

create trigger entries_append_only before update or delete or truncate on entries
    for each statement execute function refuse_rewriting();
create trigger postings_append_only before update or delete or truncate on postings
    for each statement execute function refuse_rewriting();
create trigger period_closings_append_only before update or delete or truncate on period_closings
    for each statement execute function refuse_rewriting();

-- Waits for entries in flight, so that none of them lands in the period after it is closed.
create function close_period() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    perform from ledger_heads where budget_id = new.budget_id for no key update;
    if exists (select from entries where budget_id = new.budget_id
               and posted_by = new.closed_by and effective_on <= new.through) then
        raise exception 'who posted in a period does not close it'
            using errcode = '23514', constraint = 'period_closings_four_eyes';
    end if;
    return new;
end $$;
create trigger period_closings_wait before insert on period_closings
    for each row execute function close_period();

-- Walks a budget's chain from its beginning; returns the first entry that is not what was sealed.
create function first_broken_entry(of_budget uuid) returns uuid
language sql stable set search_path = pg_catalog, public as $$
    select id from (
        select e.id, e.seq,
               e.seq = row_number() over chain
               and e.prev_hash = coalesce(lag(e.hash) over chain, decode(repeat('00', 32), 'hex'))
               and e.postings_hash = hash_postings(e.id)
               and e.hash = hash_entry(e) as is_whole
        from entries e where e.budget_id = of_budget window chain as (order by e.seq)
    ) walked where not is_whole order by seq limit 1
$$;

-- One round trip per entry: entry, postings, and the new state of the lines it moved.
create function post_entry(
    to_budget uuid, of_kind text, source text, on_day date, author uuid, approver uuid,
    undoes uuid, because text, account_ids smallint[], line_ids uuid[], amounts_tiyn bigint[],
    out entry_id uuid, out seq bigint, out lines jsonb
) language plpgsql set search_path = pg_catalog, public as $$
#variable_conflict use_column
begin
    insert into entries (budget_id, effective_on, kind, source_ref, reverses, reason, posted_by,
                         approved_by, legs, postings_hash)
    select to_budget, on_day, of_kind, source, undoes, because, author, approver,
           cardinality(amounts_tiyn),
           sha256(convert_to(coalesce(jsonb_agg(
               jsonb_build_array(n, account_id, line_id, amount_tiyn) order by n), '[]')::text,
               'UTF8'))
    from unnest(account_ids, line_ids, amounts_tiyn)
        with ordinality as leg (account_id, line_id, amount_tiyn, n)
    returning entries.id, entries.seq into post_entry.entry_id, post_entry.seq;
    insert into postings (entry_id, legs, n, account_id, line_id, amount_tiyn)
    select post_entry.entry_id, cardinality(amounts_tiyn), n, account_id, line_id, amount_tiyn
    from unnest(account_ids, line_ids, amounts_tiyn)
        with ordinality as leg (account_id, line_id, amount_tiyn, n);
    select jsonb_agg(jsonb_build_object(
        'line_id', balance.line_id, 'project_id', line.project_id,
        'available_tiyn', balance.available_tiyn, 'committed_tiyn', balance.committed_tiyn,
        'accrued_tiyn', balance.accrued_tiyn, 'paid_tiyn', balance.paid_tiyn))
    into post_entry.lines
    from line_balances balance join lines line on line.id = balance.line_id
    where balance.line_id = any(line_ids);
end $$;
revoke execute on function post_entry, hash_entry, hash_postings, check_reversal, first_broken_entry
    from public;
