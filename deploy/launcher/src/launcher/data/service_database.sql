-- The database of one service and its two roles; safe to run again, which also changes passwords.
--
-- `service` is a psql variable; ORTAQ_OWNER_PASSWORD and ORTAQ_RUNTIME_PASSWORD come from the
-- environment, because a command line can be read by every user of the machine.
--
-- <service>_owner  owns the database and its tables, runs migrations, is used for nothing else
-- <service>        may connect and name objects; what it may do with them is granted by migrations

\set ON_ERROR_STOP on
\getenv owner_password ORTAQ_OWNER_PASSWORD
\getenv runtime_password ORTAQ_RUNTIME_PASSWORD
\set owner :service _owner

-- Creating what exists would only say so.
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY[:'service', :'owner']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE :"owner" WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
    NOREPLICATION PASSWORD :'owner_password';
ALTER ROLE :"service" WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
    NOREPLICATION PASSWORD :'runtime_password';

-- A statement that hangs must not hold its locks for ever, nor a transaction that was forgotten.
ALTER ROLE :"service" SET statement_timeout = '30s';
ALTER ROLE :"service" SET lock_timeout = '5s';
ALTER ROLE :"service" SET idle_in_transaction_session_timeout = '60s';

SELECT format('CREATE DATABASE %I OWNER %I', :'service', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service')
\gexec

REVOKE CONNECT, TEMPORARY ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"service" TO :"service";
-- No service has business in the databases that every cluster has.
REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;

\connect :"service"
SET client_min_messages = warning;

-- Only a superuser may create these; a migration takes them as given.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE EXTENSION IF NOT EXISTS unaccent;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"service";
