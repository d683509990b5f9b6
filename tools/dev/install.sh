# Installs the packages of tools/dev/packages that are missing. Sourced by ./dev; bash and apt-get
# only, since a fresh machine has no python3 yet.

install_fail() {
    echo "dev: $1" >&2
    exit 1
}

# missing_packages FILE GROUP...: the packages of these groups that this machine lacks.
missing_packages() {
    local file=$1 group package option wanted=()
    shift
    while read -r group package option; do
        case " $* " in *" $group "*) ;; *) continue ;; esac
        case $option in
            unless=*) if command -v "${option#unless=}" >/dev/null; then continue; fi ;;
        esac
        wanted+=("$package")
    done < <(grep -v -e '^ *#' -e '^ *$' "$file")
    [ ${#wanted[@]} -gt 0 ] || return 0
    # One call for all: dpkg-query prints what it knows and complains about the rest.
    local known
    known=$(dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' "${wanted[@]}" 2>/dev/null || true)
    for package in "${wanted[@]}"; do
        grep -q "^$package ii" <<<"$known" || echo "$package"
    done
}

# What apt-get does, as a line every few seconds instead of a thousand.
show_progress() {
    local total=$1 line package fetched=0 unpacked=0 done=0 next=$SECONDS
    while IFS= read -r line; do
        package=
        case $line in
            "Get:"*) fetched=$((fetched + 1)) ;;
            "Fetched "*) echo "dev:   $line" ;;
            "Unpacking "*) unpacked=$((unpacked + 1)) package=${line#Unpacking } ;;
            "Setting up "*) done=$((done + 1)) package=${line#Setting up } ;;
        esac
        if [ "$SECONDS" -ge "$next" ] && [ $((fetched + unpacked + done)) -gt 0 ]; then
            next=$((SECONDS + 5))
            if [ $((unpacked + done)) -eq 0 ]; then
                echo "dev:   $fetched of about $total downloaded"
            else
                echo "dev:   $unpacked unpacked, $done set up of about $total${package:+, now ${package%% *}}"
            fi
        fi
    done
}

apt_install() {
    local log=$1 total
    shift
    total=$(apt-get install -s --no-install-recommends "$@" 2>/dev/null | grep -c '^Inst ' || true)
    echo "dev: downloading and installing $total packages"
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "$@" </dev/null 2>&1 | tee -a "$log" | show_progress "$total"
}

apt_update() {
    echo "dev: updating the package lists"
    apt-get update -q -o DPkg::Lock::Timeout=300 >>"$1" 2>&1 ||
        install_fail "apt-get update failed: $(grep -E '^(E|Err|W):' "$1" | tail -n 1); check the network and /etc/apt"
}

# Debian starts a service when it installs one. We run our own Redis on ports of our own, so nothing
# may be started now, nor at the next boot.
forbid_services() {
    [ -e /usr/sbin/policy-rc.d ] && mv /usr/sbin/policy-rc.d /usr/sbin/policy-rc.d.adit-saved
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
}

allow_services() {
    rm -f /usr/sbin/policy-rc.d
    if [ -e /usr/sbin/policy-rc.d.adit-saved ]; then
        mv /usr/sbin/policy-rc.d.adit-saved /usr/sbin/policy-rc.d
    fi
}

# install_missing ROOT GROUP...
install_missing() {
    local root=$1 missing log
    shift
    command -v dpkg-query >/dev/null ||
        install_fail "this is not Debian; install what tools/dev/packages names, then use cmake --preset dev"
    mapfile -t missing < <(missing_packages "$root/tools/dev/packages" "$@")
    [ ${#missing[@]} -gt 0 ] || return 0

    case " ${missing[*]} " in
        *" libboost1.81-dev "*)
            if dpkg-query -W -f '${db:Status-Abbrev}' libboost1.74-dev 2>/dev/null | grep -q '^ii'; then
                install_fail "libboost1.74-dev is installed and excludes libboost1.81-dev, which adit needs; remove it first: apt-get remove libboost1.74-dev"
            fi
            ;;
    esac
    if [ "$(id -u)" -ne 0 ]; then
        install_fail "missing packages; run: sudo apt-get install --no-install-recommends ${missing[*]}"
    fi

    mkdir -p "$root/var"
    log=$root/var/install.log
    : >"$log"
    echo "dev: missing packages: ${missing[*]}"
    forbid_services
    trap allow_services EXIT
    trap 'exit 130' INT TERM

    if apt-cache policy "${missing[@]}" | grep -q 'Candidate: (none)' ||
        [ "$(apt-cache policy "${missing[@]}" | grep -c 'Candidate:')" -lt ${#missing[@]} ]; then
        apt_update "$log"
    fi
    # Lists that are too old name files that are gone: once more with fresh ones. An installation
    # that was stopped half-way must be finished before another begins.
    if ! apt_install "$log" "${missing[@]}"; then
        if grep -q 'dpkg was interrupted' "$log"; then
            echo "dev: finishing an installation that was interrupted"
            DEBIAN_FRONTEND=noninteractive dpkg --configure -a </dev/null >>"$log" 2>&1 || true
        else
            apt_update "$log"
        fi
        apt_install "$log" "${missing[@]}" ||
            install_fail "apt-get install failed: $(grep '^E:' "$log" | tail -n 1) (all of it: $log)"
    fi

    allow_services
    trap - EXIT INT TERM
    case " ${missing[*]} " in
        *" redis-server "*)
            if [ -d /run/systemd/system ]; then
                systemctl disable redis-server >>"$log" 2>&1 || true
            fi
            ;;
    esac
    echo "dev: packages installed"
}
