-- Answers by idempotency key; kept for ever so far. The key row is written first in the business transaction.
create table idempotency_keys (
    account_id uuid not null,
    key text not null,
    route text not null,
    request_hash bytea not null,
    status integer,
    body bytea,
    headers jsonb,
    created_at timestamptz not null default now(),
    primary key (account_id, key, route)
);
