#!/bin/sh
# Runs a command with the secrets of /run/secrets as variables: the file ORTAQ_DATABASE_URL becomes
# the variable of that name. A secret is thus in no compose file and in no `docker inspect`.
set -eu
for file in /run/secrets/ORTAQ_*; do
    [ -r "$file" ] || continue
    name=$(basename "$file")
    case "$name" in
        *_FILE) ;; # a key that the program reads itself
        *) export "$name=$(cat "$file")" ;;
    esac
done
exec "$@"
