#!/bin/sh
# Brings the databases and roles of all services to their wanted state; safe to run again.
# Run by the image of PostgreSQL, with the passwords in /run/secrets.
set -eu
PGPASSWORD=$(cat /run/secrets/POSTGRES_PASSWORD)
export PGPASSWORD
for service in registry participation budget; do
    ORTAQ_OWNER_PASSWORD=$(cat "/run/secrets/${service}_owner") \
    ORTAQ_RUNTIME_PASSWORD=$(cat "/run/secrets/${service}") \
        psql --no-psqlrc --quiet --host=postgres --username=postgres --dbname=postgres \
        --variable="service=$service" --file=/deploy/service_database.sql
    echo "database $service is ready"
done
