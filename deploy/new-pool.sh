#!/bin/bash
# Makes the keys and passwords of a new pool for deploy/compose.yaml, and nothing twice.
#
# usage: deploy/new-pool.sh [FOLDER]        default: deploy/secrets
#
# Takes aditctl from the PATH, or as ADITCTL says. Miners are told the key that it prints. The
# authority's secret key signs the gateway's certificate again before it ends (30 days): keep
# FOLDER/authority.key where only you are, it is not mounted anywhere.
set -euo pipefail
umask 077

folder=${1:-$(dirname "${BASH_SOURCE[0]}")/secrets}
aditctl=${ADITCTL:-aditctl}
user=65532

fail() {
    echo "new-pool.sh: $1" >&2
    exit 1
}

[ ! -e "$folder" ] || fail "$folder is there already; another pool needs another folder"
aditctl=$(command -v "$aditctl") ||
    fail "aditctl is not in the PATH: ADITCTL=build/dev/bin/aditctl (after ./dev build)"
command -v openssl >/dev/null || fail "openssl is not installed: apt-get install openssl"

case $aditctl in
    /*) ;;
    *) aditctl=$PWD/$aditctl ;; # it is called from the folder
esac

mkdir -p "$folder"/{noise,redis,node,admin}
cd "$folder"
key=$("$aditctl" keys authority --out authority.key | tail -n 1)
key=${key##* }
"$aditctl" keys gateway --out noise/gateway.key >/dev/null
"$aditctl" keys sign --authority authority.key --gateway noise/gateway.key --valid-for 30d \
    --out noise/gateway.cert >/dev/null
"$aditctl" tls new --ca tls --server admin localhost 127.0.0.1 --client operator --role operator \
    >/dev/null
cp tls/ca.pem tls/server.pem tls/server.key admin/

password=$(openssl rand -hex 32)
printf '%s\n' "$password" >redis/password
printf 'requirepass %s\nmasterauth %s\n' "$password" "$password" >redis/auth.conf
openssl rand -hex 32 >node/password
printf '[[pools]]\nurl = "stratum2+tcp://gateway:24250/%s"\n' "$key" >pools.toml

# The images' user may read what is mounted, others may not.
chmod 0750 . noise redis node admin
chmod 0440 noise/* redis/* node/* admin/* pools.toml
if [ "$(id -u)" -eq 0 ]; then
    chgrp $user . noise noise/* redis redis/* node node/* admin admin/* pools.toml
else
    echo "new-pool.sh: the images' user must read these files. With Docker, or podman as root:" >&2
    echo "  sudo chgrp -R $user $PWD" >&2
    echo "with podman as yourself: podman unshare chgrp -R $user $PWD" >&2
fi

echo "miners connect to stratum2+tcp://THIS_HOST:24250/$key"
echo "operators: ADIT_ADMIN=localhost:24280 ADIT_TLS_CA=$PWD/tls/ca.pem" \
    "ADIT_TLS_CERT=$PWD/tls/operator.pem ADIT_TLS_KEY=$PWD/tls/operator.key aditctl problems"
