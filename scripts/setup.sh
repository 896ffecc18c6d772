#!/usr/bin/env bash
# Installs what the build, and with the word `test` the tests, need and this machine lacks. Never asks; quick when
# nothing is missing. As root on Debian it installs packages; anybody else is told which are missing, exit code 2.
#
# It leaves target/toolchain.env: which Rust to use, read by scripts/with-toolchain before every command.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
for_tests=${1:-}
rust_min=95 # 1.95: the oldest compiler that every library accepts
node_min=18
wasm=wasm32-unknown-unknown
work=$root/target/setup
mkdir -p "$work"

say() { printf '    %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
may_install() { have apt-get && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# --- packages ----------------------------------------------------------------------------------------------

missing=() # package names
reasons=() # why each is needed

need() { # PACKAGE WHY
    missing+=("$1")
    reasons+=("$2")
}

have_postgres() {
    local initdb
    for initdb in /usr/lib/postgresql/*/bin/initdb; do [ -x "$initdb" ] && return; done
    have initdb
}

node_is_new_enough() { [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge "$node_min" ]; }

list_missing_programs() {
    have cc || need build-essential "C compiler and linker, for two libraries and for linking Rust"
    [ -n "${DATABASE_URL:-}" ] && [ -z "$for_tests" ] || have_postgres || need postgresql "PostgreSQL, started as a child process"
    [ -n "${REDIS_URL:-}" ] && [ -z "$for_tests" ] || have redis-server || have valkey-server || need redis-server "Redis, started as a child process"
    node_is_new_enough || need nodejs "runs the tools that shrink WASM and CSS"
    have npm || need npm "fetches these tools and the fonts"
    if [ -n "$for_tests" ]; then
        have chromium || have chromium-browser || have google-chrome || need chromium "the browser tests"
        have psql || need postgresql-client "the tests of the child databases"
        have zbarimg || need zbar-tools "reads tickets' codes from paper and screen"
        { have pdftoppm && have pdffonts; } || need poppler-utils "draws and examines PDF tickets"
        python3 -c 'import ensurepip, venv' 2>/dev/null || need python3-venv "runs independent readers of codes, calendars and mail"
    fi
}

# Debian would start a server on the default port after installing it; ours are children of the product.
install_packages() { # PACKAGE…
    local log=$work/apt.log policy=/usr/sbin/policy-rc.d own_policy=""
    say "installing $* (log: ${log#"$root"/})"
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        own_policy=yes
    fi
    local status=0
    {
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update -q &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
                -o Dpkg::Options::=--force-confold install -y -q --no-install-recommends "$@"
    } >"$log" 2>&1 </dev/null || status=$?
    [ -z "$own_policy" ] || as_root rm -f "$policy"
    if [ "$status" != 0 ]; then
        tail -n 20 "$log" >&2
        echo "setup: installing $* failed" >&2
        exit 1
    fi
}

give_up_on_packages() {
    local i
    {
        echo "Parterre needs packages that are not installed, and this user may not install them:"
        for i in "${!missing[@]}"; do printf '  %-18s %s\n' "${missing[$i]}" "${reasons[$i]}"; done
        echo "On Debian, run as root:"
        echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
        case " ${missing[*]} " in *" rustc-web "*)
            echo "Instead of the Rust packages, rustup serves as well: a toolchain of 1.$rust_min or newer, with"
            echo "  rustup target add $wasm && rustup component add clippy rustfmt" ;;
        esac
    } >&2
    exit 2
}

install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    may_install || give_up_on_packages
    install_packages "${missing[@]}"
    missing=()
    reasons=()
}

# --- Rust --------------------------------------------------------------------------------------------------
# A toolchain is good when it is new enough, makes a WASM file (which takes a standard library of exactly this
# compiler and its linker), and can check the style. Asking it beats looking for files.

# SETTINGS… are NAME=VALUE words for `env`.
is_new_enough() { # SETTINGS…
    local minor
    minor=$(env "$@" rustc --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
    [ -n "$minor" ] && [ "$minor" -ge "$rust_min" ] && env "$@" cargo --version >/dev/null 2>&1
}

makes_wasm() { # SETTINGS…
    printf '#[unsafe(no_mangle)]\npub extern "C" fn f() -> usize { std::env::args().count() }\n' |
        env "$@" "${RUSTC:-rustc}" --edition 2024 --crate-name probe --crate-type cdylib --target "$wasm" \
            -o "$work/probe.wasm" - >"$work/probe.log" 2>&1
}

checks_style() { # SETTINGS…
    [ -z "$for_tests" ] || { env "$@" cargo fmt --version && env "$@" cargo clippy --version; } >/dev/null 2>&1
}

is_good() { is_new_enough "$@" && makes_wasm "$@" && checks_style "$@"; }

remember() { # SETTINGS…
    local setting
    {
        echo "# Written by scripts/setup.sh: the Rust of this machine."
        for setting in "$@"; do
            # The rest of the PATH is whatever it will be then.
            case $setting in PATH=*) echo 'export PATH=/usr/bin:"$PATH"' ;; *) printf 'export %q\n' "$setting" ;; esac
        done
    } >target/toolchain.env.new
    # A file that did not change keeps its date.
    cmp -s target/toolchain.env.new target/toolchain.env && rm target/toolchain.env.new && return
    mv target/toolchain.env.new target/toolchain.env
}

# Major version of the LLVM inside Debian's compiler; the newest known where there is none yet.
debian_llvm() {
    local llvm
    llvm=$(/usr/bin/rustc -vV 2>/dev/null | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p') || true
    echo "${llvm:-22}"
}

debian_lld() { echo "/usr/lib/llvm-$(debian_llvm)/bin/lld"; }

debian_packages() {
    [ -x /usr/bin/rustc ] && is_new_enough PATH=/usr/bin:/bin || need rustc-web "Rust 1.$rust_min or newer, as Debian builds it for its browsers"
    [ -x /usr/bin/cargo ] || need cargo-web "Rust's build tool"
    [ -e /usr/lib/rustlib/src/rust/library/Cargo.lock ] || need rust-web-src "sources of the standard library, to build it for WASM"
    [ -x "$(debian_lld)" ] || need "lld-$(debian_llvm)" "the linker for WASM"
    [ -x /usr/bin/cargo-fmt ] || need rustfmt-web "the format check"
    [ -x /usr/bin/cargo-clippy ] || need rust-web-clippy "the lint check"
}

# Debian has no standard library for WASM; its compiler can build one from its own sources.
build_std() { # FOLDER for the libraries
    local dest=$1 crate=$work/std log=$work/std.log
    say "building the standard library for WASM, about two minutes (log: ${log#"$root"/})"
    rm -rf "$crate"
    mkdir -p "$crate/src"
    printf '[package]\nname = "std_for_wasm"\nversion = "0.0.0"\nedition = "2024"\n[lib]\ncrate-type = ["cdylib"]\n[workspace]\n' >"$crate/Cargo.toml"
    : >"$crate/src/lib.rs"
    # The crate itself is linked last, and fails where the linker is not in its place yet: only std counts.
    (cd "$crate" && env -u RUSTC -u RUSTUP_TOOLCHAIN -u CARGO_TARGET_DIR -u RUSTFLAGS PATH=/usr/bin:/bin RUSTC_BOOTSTRAP=1 \
        cargo build --release --target "$wasm" -Zbuild-std=std,panic_abort) >"$log" 2>&1 || true
    local libs=$crate/target/$wasm/release/deps
    if ! compgen -G "$libs/libstd-*.rlib" >/dev/null; then
        tail -n 20 "$log" >&2
        echo "setup: building the standard library for WASM failed" >&2
        exit 1
    fi
    mkdir -p "$dest.new"
    cp "$libs"/lib*.rlib "$dest.new/"
    rm -rf "$dest"
    mv "$dest.new" "$dest"
    rm -rf "$crate"
}

debian_settings=()

# As root the libraries go where Debian's compiler looks for them; otherwise into a private copy of its tree,
# which is links but for them.
complete_debian_rust() {
    local host sysroot
    host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
    debian_settings=()
    if have rustup; then
        [ "$(rustup run debian rustc --print sysroot 2>/dev/null)" = /usr ] || rustup toolchain link debian /usr >/dev/null 2>&1
        debian_settings=(RUSTUP_TOOLCHAIN=debian)
    elif [ "$(command -v cargo)" != /usr/bin/cargo ]; then
        debian_settings=("PATH=/usr/bin:$PATH")
    fi
    ! makes_wasm "${debian_settings[@]}" || return 0
    if [ -w /usr/lib/rustlib ]; then
        sysroot=/usr
    else
        sysroot=$root/target/sysroot
        mkdir -p "$sysroot/bin" "$sysroot/lib/rustlib/$host/bin" "$sysroot/lib/rustlib/$wasm"
        ln -sfn "/usr/lib/rustlib/$host/lib" "$sysroot/lib/rustlib/$host/lib"
        printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot %q "$@"\n' "$sysroot" >"$sysroot/bin/rustc"
        chmod 755 "$sysroot/bin/rustc"
        debian_settings+=("RUSTC=$sysroot/bin/rustc" "SYSROOT=$sysroot")
    fi
    mkdir -p "$sysroot/lib/rustlib/$host/bin"
    [ -e "$sysroot/lib/rustlib/$host/bin/rust-lld" ] || ln -sfn "$(debian_lld)" "$sysroot/lib/rustlib/$host/bin/rust-lld"
    RUSTC=$sysroot/bin/rustc makes_wasm "${debian_settings[@]}" || build_std "$sysroot/lib/rustlib/$wasm/lib"
}

choose_rust() {
    local stored=()
    # 1. What an earlier run chose.
    if [ -f target/toolchain.env ]; then
        mapfile -t stored < <(env -i PATH="$PATH" bash -c '. target/toolchain.env; unset PWD SHLVL _; export -p' | sed -n 's/^declare -x \([A-Z_]*\)="\(.*\)"$/\1=\2/p')
        if RUSTC=$(printf '%s\n' "${stored[@]}" | sed -n 's/^RUSTC=//p') is_good "${stored[@]}"; then return; fi
    fi
    # 2. The Rust that is active here, with the WASM target added if rustup can fetch it. Its server may be out of
    #    reach, which shows only by silence.
    if is_good; then remember; return; fi
    if is_new_enough && have rustup && ! rustup run debian rustc --version >/dev/null 2>&1; then
        say "asking rustup for the WASM target (at most 40 s)"
        timeout 40 rustup target add "$wasm" >"$work/rustup.log" 2>&1 </dev/null || say "rustup's server does not answer"
        [ -z "$for_tests" ] || timeout 40 rustup component add clippy rustfmt >>"$work/rustup.log" 2>&1 </dev/null || true
        if is_good; then remember; return; fi
    fi
    # 3. Debian's own, completed here.
    debian_packages
    install_missing
    complete_debian_rust
    if ! RUSTC=$(printf '%s\n' "${debian_settings[@]}" | sed -n 's/^RUSTC=//p') is_good "${debian_settings[@]}"; then
        cat "$work/probe.log" >&2
        echo "setup: Debian's Rust does not build for WASM (see above)" >&2
        exit 1
    fi
    remember "${debian_settings[@]}"
}

# --- npm ---------------------------------------------------------------------------------------------------

install_npm_packages() {
    local stamp=end2end/node_modules/.installed
    cmp -s end2end/package-lock.json "$stamp" && return
    say "fetching tools and fonts from npm"
    if ! npm ci --prefix end2end --ignore-scripts --no-audit --no-fund --prefer-offline >"$work/npm.log" 2>&1 </dev/null; then
        tail -n 20 "$work/npm.log" >&2
        echo "setup: npm ci in end2end failed" >&2
        exit 1
    fi
    cp end2end/package-lock.json "$stamp"
}

# What is missing is named and installed all at once: the Rust packages only when no Rust here is good enough.
list_missing_programs
if [ ${#missing[@]} -gt 0 ] && ! have rustc && ! [ -x /usr/bin/rustc ]; then debian_packages; fi
install_missing
choose_rust
install_npm_packages
