#!/bin/sh
# What `aditctl keys` writes, shows and refuses: keys_test.sh PATH_OF_ADITCTL
set -u
aditctl=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
umask 022
failures=0

fail() {
    echo "FAILED: $1"
    sed 's/^/    /' output
    failures=$((failures + 1))
}
# succeeds WHAT IT_SAYS COMMAND...
succeeds() {
    what=$1 says=$2
    shift 2
    if ! "$@" >output 2>&1; then fail "$what"; elif ! grep -q -- "$says" output; then
        fail "$what: it does not say '$says'"
    fi
}
# refuses WHAT IT_SAYS COMMAND...
refuses() {
    what=$1 says=$2
    shift 2
    if "$@" >output 2>&1; then fail "$what was not refused"; elif ! grep -q -- "$says" output; then
        fail "$what: it does not say '$says'"
    fi
}
mode_is() {
    stat -c 'mode %a' "$1" >output
    [ "$(cat output)" = "mode $2" ] || fail "$1 should have mode $2"
}

succeeds "an authority key is made" "authority key 9" \
    "$aditctl" keys authority --out authority.key --public authority.pub
mode_is authority.key 600
mode_is authority.pub 644
key=$(sed -n 's/^public_key = //p' authority.pub)
succeeds "a gateway key is made" "gateway key " "$aditctl" keys gateway --out gateway.key
mode_is gateway.key 600
succeeds "a certificate is signed" "valid until" \
    "$aditctl" keys sign --authority authority.key --gateway gateway.key --out gateway.cert
mode_is gateway.cert 644

from=$(sed -n 's/^valid_from = //p' gateway.cert)
until=$(sed -n 's/^not_valid_after = //p' gateway.cert)
echo "$from to $until" >output
[ $((until - from)) -eq $((25 * 3600)) ] || fail "24 hours and the hour before"

secret=$(sed -n 's/^secret_key = //p' authority.key)
for file in authority.key authority.pub gateway.cert; do
    succeeds "$file is shown" "authority key $key" "$aditctl" keys show $file
    if grep -q -e "$secret" output; then fail "$file is shown with its secret"; fi
done
succeeds "the certificate is checked" "signature good, valid now" "$aditctl" keys show gateway.cert
succeeds "the gateway's key is shown" "^gateway key $(sed -n 's/^public_key = //p' gateway.key)$" \
    "$aditctl" keys show gateway.key

cp gateway.key before
refuses "an existing secret" "gateway.key exists already" "$aditctl" keys gateway --out gateway.key
cmp -s before gateway.key || fail "the existing secret was changed"
refuses "an existing certificate" "gateway.cert exists already" \
    "$aditctl" keys sign --authority authority.key --gateway gateway.key --out gateway.cert
chmod 644 gateway.key
succeeds "--force replaces a secret" "gateway key" "$aditctl" keys gateway --out gateway.key --force
mode_is gateway.key 600
if cmp -s before gateway.key; then fail "--force did not replace the secret"; fi
succeeds "--force renews a certificate" "valid until" "$aditctl" keys sign --force \
    --authority authority.key --gateway gateway.key --out gateway.cert --valid-for 30m

chmod 640 gateway.key
succeeds "the group may read" "gateway key" "$aditctl" keys show gateway.key
chmod 644 gateway.key
refuses "a secret open to all" "chmod 600 gateway.key" "$aditctl" keys sign \
    --authority authority.key --gateway gateway.key --out another.cert
refuses "showing a secret open to all" "chmod 600 gateway.key" "$aditctl" keys show gateway.key
chmod 600 gateway.key
for valid_for in 0s 24 1w -1h 24hours 99999999d 4294967295s; do
    refuses "--valid-for $valid_for" "valid-for" "$aditctl" keys sign \
        --authority authority.key --gateway gateway.key --out another.cert --valid-for=$valid_for
done
refuses "keys in each other's place" "of kind gateway-secret-key" "$aditctl" keys sign \
    --authority gateway.key --gateway authority.key --out another.cert
refuses "a missing file" "missing.key: No such file" "$aditctl" keys sign \
    --authority missing.key --gateway gateway.key --out another.cert
[ -e another.cert ] && fail "a refused certificate was written"
refuses "a folder that is not there" "none/a.key: No such file" \
    "$aditctl" keys gateway --out none/a.key
sed 's/^not_valid_after = .*/not_valid_after = 4294967295/' gateway.cert >forged.cert
refuses "a forged certificate" "forged.cert: .signature." "$aditctl" keys show forged.cert
refuses "no verb" "subcommand" "$aditctl" keys
refuses "no --out" "--out" "$aditctl" keys gateway
ls -A | grep '\.new$' >output && fail "a temporary file was left"

[ "$failures" -eq 0 ] && echo "aditctl keys: all as it should be"
exit "$failures"
