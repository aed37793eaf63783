#!/bin/sh
# Installs Handcar from this checkout, or upgrades it: safe to run again. See usage() below.
set -eu

usage() {
  cat <<'USAGE'
Usage: sh install.sh [OPTIONS]

  --http-port N    port for http (default 80)
  --https-port N   port for https (default 443)
  --data DIR       data directory (default /var/lib/handcar); another one makes a second, separate Handcar
  --domain HOST    put the dashboard at HOST and apps at names under it
  --demo           claim the server, push a sample app with git, and print its address
  --dry-run        say what would be done, change nothing
  --uninstall      stop Handcar and remove its programs; data and running apps stay
  --purge          with --uninstall: remove apps and data too
  --help           this text

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused.
USAGE
}

bin=/usr/local/bin/handcar
program=$bin
library=/usr/local/lib/handcar
downloads=/var/cache/handcar
demo_email=demo@example.com
proxy_user=handcar-proxy

# Everything is read before anything runs, so that a script cut off on its way here does nothing.
main() {
  here=$(cd "$(dirname "$0")" && pwd)
  step='reading the options'
  verdict=
  # What others have to pass or read must not depend on who calls; what they must not has its own mode.
  umask 022
  trap finish EXIT
  # dash would leave without the one above.
  trap 'interrupted 129' HUP
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM
  read_options "$@"
  name_things
  if [ "$uninstall" = yes ]; then
    require_root
    uninstall
    return
  fi
  check_machine
  read_settings
  check_ports
  [ "$demo" = no ] || check_demo
  say "Handcar goes to $data, http on port $http_port, https on port $https_port."
  install_packages
  start_docker
  install_programs
  install_traefik
  choose_base_images
  write_settings
  start_services
  set_domain
  look_at_firewall
  if [ "$demo" = yes ]; then run_demo; else print_setup; fi
}

# --- words -----------------------------------------------------------------------------------------------------------

say() { printf '%s\n' "$*"; }

complain() { printf ' !     %s\n' "$@" >&2; }

# refuse CODE LINE…: ends with a sentence of our own.
refuse() {
  verdict=$1
  shift
  complain "$@"
  exit "$verdict"
}

finish() {
  code=$?
  [ -z "${scratch:-}" ] || rm -rf "$scratch"
  if [ "$code" -ne 0 ] && [ -z "$verdict" ]; then
    complain "The installation stopped while $step." 'What it said is above. Mend that and run the same command again.'
    exit 1
  fi
}

interrupted() {
  verdict=$1
  complain "Interrupted while $step." 'Run the same command again to go on.'
  exit "$verdict"
}

# Runs a command, or with --dry-run says that it would.
change() {
  if [ "$dry_run" = yes ]; then say "would run: $*"; else "$@"; fi
}

# write_file PATH MODE: replaces the file by standard input, unless it is the same.
write_file() {
  text=$(cat)
  if [ -f "$1" ] && [ "$(cat "$1")" = "$text" ]; then return; fi
  if [ "$dry_run" = yes ]; then
    say "would write: $1"
    return
  fi
  mkdir -p "$(dirname "$1")"
  (umask 077 && printf '%s\n' "$text" >"$1.new")
  chmod "$2" "$1.new"
  mv "$1.new" "$1"
}

# --- what is wanted --------------------------------------------------------------------------------------------------

read_options() {
  data=/var/lib/handcar http_wish='' https_wish='' domain='' demo=no dry_run=no uninstall=no purge=no given=''
  while [ $# -gt 0 ]; do
    case $1 in
      --http-port | --https-port | --data | --domain)
        [ -n "${2:-}" ] || refuse 2 "$1 needs a value." 'See sh install.sh --help'
        case $1 in
          --http-port) http_wish=$2 ;;
          --https-port) https_wish=$2 ;;
          --data) data=$2 given="$given --data $2" ;;
          --domain) domain=$2 given="$given --domain $2" ;;
        esac
        shift
        ;;
      --demo) demo=yes given="$given --demo" ;;
      --dry-run) dry_run=yes ;;
      --uninstall) uninstall=yes ;;
      --purge) purge=yes ;;
      --help | -h)
        usage
        exit 0
        ;;
      *) refuse 2 "There is no option $1." 'See sh install.sh --help' ;;
    esac
    shift
  done
  for wish in "$http_wish" "$https_wish"; do
    case $wish in *[!0-9]* | ??????*) refuse 2 "$wish is not a port; ports are numbers from 1 to 65535." ;; esac
  done
  case $data in
    *[!A-Za-z0-9/._-]* | *..* | */./* | */.)
      refuse 2 'The data directory may only have letters, numbers, and / . _ - in its name.'
      ;;
  esac
  # One directory has one name here: another one would be another Handcar.
  data=$(printf %s "$data" | tr -s /)
  data=${data%/}
  case $data in
    /*) ;;
    *) refuse 2 '--data needs an absolute path of a directory of its own, such as /var/lib/handcar.' ;;
  esac
  [ -z "$domain" ] || is_host "$domain" || refuse 2 "$domain is not a host name, such as handcar.example.com."
  [ "$purge" = no ] || [ "$uninstall" = yes ] || refuse 2 '--purge goes with --uninstall.'
}

# Letters, digits and inner hyphens in labels of 1 to 63; what ends in a number is an address.
is_host() {
  label='[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
  printf %s "$1" | grep -Eqx "($label\.)*$label" && ! printf %s "$1" | grep -Eq '(^|\.)[0-9]+$'
}

# Another data directory is another Handcar: own settings, own units, own ports.
name_things() {
  name=handcar
  if [ "$data" != /var/lib/handcar ]; then
    name=handcar-$(basename "$data" | tr -c 'A-Za-z0-9\n' -)-$(printf %s "$data" | cksum | cut -d ' ' -f 1)
  fi
  settings=/etc/handcar/$name.env
  run=/run/handcar/$name
  logs=/var/log/handcar/$name
  units=/etc/systemd/system
  if [ -d /run/systemd/system ]; then keeper=systemd; else keeper=own; fi
}

require_root() {
  [ "$(id -u)" = 0 ] ||
    refuse 3 'Handcar is installed by root: it sets up Docker, ports and services.' 'Run: sudo sh install.sh'
}

check_machine() {
  step='looking at this machine'
  require_root
  [ "$(uname -s)" = Linux ] || refuse 3 'Handcar runs on Linux.'
  case $(uname -m) in
    x86_64 | aarch64) ;;
    *) refuse 3 "Handcar runs on x86_64 and aarch64, and this is $(uname -m)." ;;
  esac
  [ -f "$here/package.json" ] && [ -f "$here/build.ts" ] ||
    refuse 3 'This install.sh builds Handcar from its sources, and they are not beside it.' \
      'Clone the repository and run sh install.sh in it.'
  parent=$data
  while parent=$(dirname "$parent") && [ "$parent" != / ]; do
    [ ! -d "$parent" ] || [ -n "$(find "$parent" -maxdepth 0 -perm -001)" ] ||
      refuse 3 "Traefik, as its own user, cannot reach $data: $parent is closed to others." \
        'Choose another place with --data DIR'
  done
  # It becomes closed to everybody else, and --purge empties it.
  if [ -e "$data" ] && ! is_ours && [ ! -d "$data/keys" ] && ! is_empty; then
    refuse 3 "$data is there already, and what is in it is not Handcar's." 'Name a new or an empty one with --data DIR'
  fi
  ! command -v git >/dev/null || check_git
}

# Whether the data directory is a Handcar's, by the settings that name it or by its database.
is_ours() { grep -qsxF "HANDCAR_DATA=$data" "$settings" || [ -e "$data/handcar.db" ]; }

# A disk of its own may have its lost+found.
is_empty() { [ -d "$data" ] && [ -z "$(find "$data/" -mindepth 1 -maxdepth 1 ! -name lost+found)" ]; }

check_git() {
  # shellcheck disable=SC2046 # two words
  set -- $(git --version | sed -n 's/^git version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  if [ "${1:-0}" -gt 2 ] || { [ "${1:-0}" = 2 ] && [ "$2" -ge 29 ]; }; then return 0; fi
  refuse 3 "Handcar needs git 2.29 or newer, and here is ${1:-0}.${2:-0}." \
    'Install a newer git and run this again; Debian has one since 11, Ubuntu since 22.04.'
}

# Settings of an earlier run stay; options and the environment win over them.
read_settings() {
  step='reading the settings'
  old() { sed -n "s/^$1=//p" "$settings" 2>/dev/null || :; }
  old_http=$(old HANDCAR_HTTP_PORT) old_https=$(old HANDCAR_HTTPS_PORT)
  old_panel=$(old HANDCAR_PORT) old_api=$(old HANDCAR_TRAEFIK_API_PORT)
  http_port=${http_wish:-${HANDCAR_HTTP_PORT:-${old_http:-80}}}
  https_port=${https_wish:-${HANDCAR_HTTPS_PORT:-${old_https:-443}}}
  traefik_bin=${HANDCAR_TRAEFIK_BIN:-$(old HANDCAR_TRAEFIK_BIN)}
  base_prefix=${HANDCAR_BASE_PREFIX:-$(old HANDCAR_BASE_PREFIX)}
  case $traefik_bin$base_prefix in
    *[!A-Za-z0-9/._:@-]*) refuse 2 'HANDCAR_TRAEFIK_BIN and HANDCAR_BASE_PREFIX may not have spaces or quotes.' ;;
  esac
  panel_port=${HANDCAR_PORT:-$old_panel}
  [ -n "$panel_port" ] || panel_port=$(free_port 4400)
  api_port=${HANDCAR_TRAEFIK_API_PORT:-$old_api}
  [ -n "$api_port" ] || api_port=$(free_port 4401 "$panel_port")
  for port in "$http_port" "$https_port" "$panel_port" "$api_port"; do
    case $port in '' | *[!0-9]* | 0*) refuse 2 "$port is not a port; ports are numbers from 1 to 65535." ;; esac
    [ "$port" -le 65535 ] || refuse 2 "$port is not a port; ports are numbers from 1 to 65535."
  done
  [ "$(printf '%s\n' "$http_port" "$https_port" "$panel_port" "$api_port" | sort -u | wc -l)" = 4 ] ||
    refuse 2 'Each port can be used once.' \
      "These are wanted: http $http_port, https $https_port, dashboard $panel_port, Traefik's API $api_port."
  # From here on the settings file says them, to the program too.
  unset HANDCAR_HTTP_PORT HANDCAR_HTTPS_PORT HANDCAR_PORT HANDCAR_TRAEFIK_API_PORT
}

# Whether anybody listens on a port, by the kernel's table (state 0A).
is_taken() {
  hex=$(printf '%04X' "$1")
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -Eq "^ *[0-9]+: [0-9A-F]+:$hex [0-9A-F:]+ 0A "
}

# free_port FIRST [NOT]: for a port that only this machine uses.
free_port() {
  free=$1
  while is_taken "$free" || [ "$free" = "${2:-}" ] || grep -qsE "=$free\$" /etc/handcar/*.env; do
    free=$((free + 1))
  done
  printf '%s\n' "$free"
}

# All that is in the way at once, and one command that gets past all of it.
check_ports() {
  step='looking at the ports'
  busy='' environment='' http_way=$http_wish https_way=$https_wish
  if is_not_free "$http_port" "${old_http:-}"; then http_way=$(free_port 8080 "$https_port"); fi
  if is_not_free "$https_port" "${old_https:-}"; then https_way=$(free_port 8443 "${http_way:-$http_port}"); fi
  if is_not_free "$panel_port" "${old_panel:-}"; then environment="HANDCAR_PORT=$(free_port 4410) "; fi
  if is_not_free "$api_port" "${old_api:-}"; then
    environment="${environment}HANDCAR_TRAEFIK_API_PORT=$(free_port 4430) "
  fi
  [ -n "$busy" ] || return 0
  way="${environment}sh install.sh$given"
  [ -z "$http_way" ] || way="$way --http-port $http_way"
  [ -z "$https_way" ] || way="$way --https-port $https_way"
  printf %s "$busy" | while read -r line; do complain "$line"; done
  refuse 3 "Free what is taken, or choose other ports: $way"
}

# is_not_free PORT PORT-OF-OURS: adds a line to $busy when somebody else has it, now or once it is started.
is_not_free() {
  [ "$1" != "$2" ] || return 1
  holder=
  for file in /etc/handcar/*.env; do
    [ "$file" = "$settings" ] || ! grep -qsxE "HANDCAR_([A-Z_]+_)?PORT=$1" "$file" ||
      holder="another Handcar on this machine ($file)"
  done
  [ -n "$holder" ] || ! is_taken "$1" || holder='another program on this machine'
  [ -n "$holder" ] || return 1
  busy="${busy}Port $1 is taken by $holder.
"
}

# A firewall is its owner's; it is only told what keeps visitors out.
look_at_firewall() {
  command -v ufw >/dev/null || return 0
  rules=$(LC_ALL=C ufw status verbose 2>/dev/null) || return 0
  case $rules in *'Status: active'*) ;; *) return 0 ;; esac
  case $rules in *'Default: allow (incoming)'*) return 0 ;; esac
  for port in "$http_port" "$https_port"; do
    printf '%s\n' "$rules" | grep -Eq "^([0-9:,]+,)?$port(,[0-9:,]+)?(/tcp)?( \(.*\))? +ALLOW" ||
      say "Note: the firewall ufw lets no visitor in to port $port. To open it: ufw allow $port/tcp"
  done
}

# --- what is needed --------------------------------------------------------------------------------------------------

install_packages() {
  step='installing Debian packages'
  missing=
  command -v git >/dev/null || missing="$missing git"
  command -v curl >/dev/null || missing="$missing curl"
  command -v npm >/dev/null || missing="$missing npm"
  command -v strip >/dev/null || missing="$missing binutils"
  [ -f /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
  if ! docker_answers && ! command -v dockerd >/dev/null; then missing="$missing docker.io"; fi
  if [ "$keeper" = own ] && [ ! -e /sys/fs/cgroup/cgroup.controllers ] && [ ! -d /sys/fs/cgroup/memory ]; then
    missing="$missing cgroupfs-mount"
  fi
  command -v iptables >/dev/null || docker_answers || missing="$missing iptables"
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null ||
    refuse 3 "These programs are missing:$missing" \
      'This installer knows Debian and Ubuntu; on other systems install them first.'
  say "Installing from Debian:$missing"
  export DEBIAN_FRONTEND=noninteractive
  # Another apt may run, as on a server that has just been made.
  change apt-get -o DPkg::Lock::Timeout=300 update -q </dev/null
  # shellcheck disable=SC2086 # a list of words
  change apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends $missing </dev/null
  [ "$dry_run" = yes ] || check_git
}

# For what answers on this machine: never through a proxy that is set for the way out.
ask() { curl -s --noproxy '*' "$@"; }

docker_answers() {
  command -v curl >/dev/null && ask -f --max-time 10 --unix-socket /var/run/docker.sock http://docker/_ping >/dev/null
}

start_docker() {
  step='starting Docker'
  if docker_answers; then return; fi
  if [ "$keeper" = systemd ]; then
    change systemctl enable --now docker
  else
    say 'Docker does not run and there is no systemd: our own supervisor runs it.'
    drop_stale_pid /var/run/docker.pid dockerd
    docker_run=/run/handcar/docker
    printf 'exec dockerd\n' | write_file "$docker_run/docker.run" 0755
    own_keeper "$docker_run" /var/log/handcar/docker
    change keep_slot "$docker_run" docker
  fi
  [ "$dry_run" = yes ] || wait_for 90 'Docker did not start.' docker_answers
}

# A pid file whose process is gone, or is another program by now, keeps dockerd from starting.
drop_stale_pid() {
  [ -f "$1" ] || return 0
  [ "$(cat "/proc/$(cat "$1")/comm" 2>/dev/null)" = "$2" ] || change rm -f "$1"
}

# wait_for SECONDS COMPLAINT COMMAND…
wait_for() {
  left=$1
  complaint=$2
  shift 2
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || refuse 1 "$complaint" "Its log: $(log_hint)"
    sleep 1
  done
}

log_hint() {
  if [ "$keeper" = systemd ]; then say "journalctl -u docker -u $name -u $name-traefik"; else say "/var/log/handcar"; fi
}

build_programs() {
  step='building Handcar'
  export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}"
  say 'Building Handcar (about a minute).'
  cd "$here"
  if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null
  fi
  npm run --silent build </dev/null
}

install_programs() {
  if [ "$dry_run" = yes ]; then
    say "would build: $here/dist/handcar (about a minute), and copy it to $bin"
    return
  fi
  build_programs
  step='copying the programs'
  mkdir -p "$library"
  # By what went in: two builds of the same are not the same bytes.
  content=$(cat dist/handcar.cjs dist/better-sqlite3.node dist/public/* | cksum)
  if [ ! -x "$bin" ] || [ "$(cat "$library/content" 2>/dev/null)" != "$content" ]; then
    cp dist/handcar "$bin.new"
    chmod 0755 "$bin.new"
    mv "$bin.new" "$bin"
    printf '%s\n' "$content" >"$library/content"
  fi
  id "$proxy_user" >/dev/null 2>&1 ||
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$proxy_user"
  if [ ! -d "$data" ]; then mkdir -p "$data"; fi
  chmod 0700 "$data"
}

install_traefik() {
  step='getting Traefik'
  if [ "$dry_run" = yes ]; then
    say "would see to Traefik: ${traefik_bin:-$library/traefik}"
    return
  fi
  if [ -z "$traefik_bin" ] && [ ! -e "$library/traefik" ] && [ -x "$here/.cache/traefik" ]; then
    cp "$here/.cache/traefik" "$library/traefik"
    chmod 0755 "$library/traefik"
  fi
  traefik_program=$(HANDCAR_DATA=$data HANDCAR_TRAEFIK_BIN=$traefik_bin "$bin" traefik-binary "$library")
}

# Asks Docker for the description of one official image, which takes no download. A registry that has had enough of us
# for now is one. Without a version in the path: each Docker refuses others.
registry_answers() {
  said=$(ask --max-time 15 -w ' status %{http_code}' --unix-socket /var/run/docker.sock \
    http://docker/distribution/node:24-slim/json) || return 1
  case $said in *' status 200' | *' status 429' | *toomanyrequests*) ;; *) return 1 ;; esac
}

choose_base_images() {
  step='looking for base images'
  case $base_prefix in '' | handcar-base/) ;; *) return ;; esac
  # Official images that worked until now are not given up for one lost packet.
  if registry_answers || { [ -z "$base_prefix" ] && [ -f "$settings" ] && sleep 5 && registry_answers; }; then
    base_prefix=
    return
  fi
  say 'No image registry answers from here.'
  say 'Apps without a Dockerfile are built on stand-in base images, named handcar-base/….'
  if [ "$dry_run" = yes ]; then
    say 'would make: handcar-base/ images from Debian and npm packages'
    base_prefix=handcar-base/
    return
  fi
  ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1 ||
    apt-get -o DPkg::Lock::Timeout=300 update -q </dev/null
  base_prefix=$(HANDCAR_DATA=$data "$bin" base-images)
}

write_settings() {
  step='writing the settings'
  write_file "$settings" 0640 <<SETTINGS
# Settings of Handcar; the README lists all of them. Restart its services after a change.
HANDCAR_DATA=$data
HANDCAR_PORT=$panel_port
HANDCAR_HTTP_PORT=$http_port
HANDCAR_HTTPS_PORT=$https_port
HANDCAR_TRAEFIK_API_PORT=$api_port
$(kept_settings)
SETTINGS
}

# Settings that are empty are left out, and what a person added stays.
kept_settings() {
  [ -z "$traefik_bin" ] || say "HANDCAR_TRAEFIK_BIN=$traefik_bin"
  [ -z "$base_prefix" ] || say "HANDCAR_BASE_PREFIX=$base_prefix"
  written_here='DATA|PORT|HTTP_PORT|HTTPS_PORT|TRAEFIK_API_PORT|TRAEFIK_BIN|BASE_PREFIX'
  grep -vE "^(HANDCAR_($written_here)=|#|\$)" "$settings" 2>/dev/null || :
}

# --- services --------------------------------------------------------------------------------------------------------

start_services() {
  step='starting the services'
  if [ "$keeper" = systemd ]; then start_units; else start_slots; fi
  [ "$dry_run" = no ] || return 0
  wait_for 60 'Traefik did not start.' ask -f --max-time 2 -o /dev/null "http://127.0.0.1:$api_port/ping"
  wait_for 90 'The server did not start.' ask -f --max-time 5 -o /dev/null "http://127.0.0.1:$panel_port/healthz"
  # Only now: a run that stops before this leaves it to the next one to restart them.
  for service in server proxy; do
    started_with "$service" >"$library/$name.$service"
  done
}

# All that a service reads at its start, in short.
started_with() {
  if [ "$keeper" = own ]; then unit=$run/$1.run; else unit=$units/$(unit_of "$1").service; fi
  if [ "$1" = server ]; then
    cat "$unit" "$settings"
    stat -L -c '%i %Y %s' "$bin"
  else
    cat "$unit"
    handcar proxy --configuration
    stat -L -c '%i %Y %s' "$traefik_program"
  fi | cksum
}

# restart_changed SERVICE COMMAND…: unless the service runs with what is there now.
restart_changed() {
  if [ "$dry_run" = yes ]; then
    say "would run, if anything of it has changed: $2 $3 $4"
    return
  fi
  if [ "$(cat "$library/$name.$1" 2>/dev/null)" = "$(started_with "$1")" ]; then return; fi
  rm -f "$library/$name.$1"
  shift
  "$@"
}

unit_of() { if [ "$1" = server ]; then say "$name"; else say "$name-traefik"; fi; }

# Two units that know nothing of each other: restarting one never touches the other.
start_units() {
  write_file "$units/$name.service" 0644 <<UNIT
[Unit]
Description=Handcar ($data)
After=network-online.target docker.service
Wants=network-online.target
RequiresMountsFor=$data
StartLimitIntervalSec=0

[Service]
EnvironmentFile=$settings
ExecStart=$bin serve
Restart=always
RestartSec=1
UMask=0077
LimitNOFILE=65536
NoNewPrivileges=yes
PrivateTmp=yes
ProtectHome=read-only
ReadWritePaths=$data
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictSUIDSGID=yes

[Install]
WantedBy=multi-user.target
UNIT
  write_file "$units/$name-traefik.service" 0644 <<UNIT
[Unit]
Description=Traefik of Handcar ($data)
After=network-online.target
Wants=network-online.target
RequiresMountsFor=$data
StartLimitIntervalSec=0

[Service]
EnvironmentFile=$settings
ExecStart=$bin proxy
Restart=always
RestartSec=1
LimitNOFILE=1048576

[Install]
WantedBy=multi-user.target
UNIT
  change systemctl daemon-reload
  restart_changed proxy systemctl restart "$name-traefik"
  restart_changed server systemctl restart "$name"
  change systemctl enable --now "$name" "$name-traefik"
}

start_slots() {
  own_keeper "$run" "$logs"
  for slot in server:serve proxy:proxy; do
    write_file "$run/${slot%:*}.run" 0755 <<RUN
set -a
. $settings
set +a
ulimit -n 65536 2>/dev/null || ulimit -n "\$(ulimit -H -n)"
umask 0077
exec $bin ${slot#*:}
RUN
  done
  [ "$dry_run" = no ] || return 0
  restart_changed proxy end_child "$run" proxy
  restart_changed server end_child "$run" server
  keep_slot "$run" proxy
  keep_slot "$run" server
}

# The supervisor for machines without systemd: one small process per program, started again if it ends.
own_keeper() {
  change mkdir -p "$1" "$2"
  change ln -sfn "$2" "$1/logs"
  write_file "$1/keep" 0755 <<'KEEP'
# keep SLOT: keeps the program of ./SLOT.run running until ./SLOT.stop is there. Its pid and start time are in
# ./SLOT.pid. One per slot, by a lock that the kernel drops when we die; a program that outlived its keeper is adopted.
slot=$1
exec 9>"$slot.lock"
flock -n 9 || exit 0
printf '%s\n' "$$" >"$slot.keeper"
rm -f "$slot.stop"

start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

lives() {
  [ -n "$1" ] && [ "$(start_time "$1")" = "$2" ] && ! grep -q '^State:.[ZX]' "/proc/$1/status" 2>/dev/null
}

# Ten megabytes, and the ten before them. The program goes on writing to the same file.
rotate() {
  [ "$(wc -c <"logs/$slot.log" 2>/dev/null || echo 0)" -lt 10485760 ] && return
  cp "logs/$slot.log" "logs/$slot.log.1" && : >"logs/$slot.log"
}

# A keeper that was killed is started again by the one beside it.
revive_others() {
  for other in *.run; do
    other=${other%.run}
    [ "$other" = "$slot" ] || [ -e "$other.stop" ] || ! [ -e "$other.keeper" ] || ! flock -n "$other.lock" true ||
      setsid sh ./keep "$other" </dev/null >/dev/null 2>&1 9>&- &
  done
}

while [ ! -e "$slot.stop" ]; do
  pid= started=
  read -r pid started 2>/dev/null <"$slot.pid" || :
  if ! lives "$pid" "$started"; then
    sh "./$slot.run" </dev/null >>"logs/$slot.log" 2>&1 9>&- &
    pid=$!
    started=$(start_time "$pid")
    printf '%s %s\n' "$pid" "$started" >"$slot.pid"
  fi
  sleep 2 9>&-
  rotate
  revive_others
done
lives "$pid" "$started" && kill "$pid"
for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  lives "$pid" "$started" || break
  sleep 1 9>&-
done
lives "$pid" "$started" && kill -9 "$pid"
rm -f "$slot.pid" "$slot.keeper"
KEEP
}

# Starts the keeper of a slot unless it runs. Its command line does not name what it keeps.
keep_slot() {
  rm -f "$1/$2.stop"
  (cd "$1" && setsid sh ./keep "$2" </dev/null >/dev/null 2>&1 &)
}

# Ends the program of a slot and waits until it is gone; its keeper starts it again.
end_child() {
  pid='' started=''
  read -r pid started 2>/dev/null <"$1/$2.pid" || return 0
  ! runs "$pid" "$started" || kill "$pid" 2>/dev/null || :
  for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    runs "$pid" "$started" || return 0
    sleep 1
  done
  kill -9 "$pid" 2>/dev/null || :
}

# runs PID START-TIME: a number alone may be another program's by now.
runs() {
  [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20)" = "$2" ] &&
    ! grep -q '^State:.[ZX]' "/proc/$1/status" 2>/dev/null
}

stop_slot() {
  [ -d "$1" ] || return 0
  : >"$1/$2.stop"
  for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    ! flock -n "$1/$2.lock" true || break
    sleep 1
  done
}

# --- address, setup, demo --------------------------------------------------------------------------------------------

handcar() { HANDCAR_DATA=$data "$program" "$@"; }

# For a data directory without its installed program: the build of this checkout, made if need be.
find_program() {
  program=$bin
  [ ! -x "$program" ] || return 0
  program=$here/dist/handcar
  [ ! -x "$program" ] && [ "${1:-}" = build ] || return 0
  command -v npm >/dev/null && [ -f "$here/build.ts" ] ||
    refuse 3 "What runs for $data is removed by Handcar itself, and neither $bin nor $program is there." \
      'Nothing was removed. Install Handcar again, with the same options, and then run this again.'
  if [ "$dry_run" = yes ]; then say "would build: $program"; else build_programs; fi
}

set_domain() {
  step='setting the address'
  [ -z "$domain" ] || change handcar set-address "$domain"
}

# Sets $setup, but not once the server has an owner. Anything else that goes wrong is told as it is.
make_setup_token() {
  [ -n "${scratch:-}" ] || scratch=$(mktemp -d)
  if setup=$(handcar setup-token 2>"$scratch/said"); then return 0; fi
  if grep -q 'already has an owner' "$scratch/said"; then return 1; fi
  cat "$scratch/said" >&2
  exit 1
}

print_setup() {
  step='making a setup token'
  [ "$dry_run" = no ] || return 0
  if make_setup_token; then
    say 'Handcar runs. Open this address within an hour to become its owner:'
    say "setup: $setup"
  else
    say 'Handcar runs, and it has an owner already.'
  fi
}

# Before anything is built or replaced: the demo is for a new Handcar, or for one that an earlier demo has claimed.
check_demo() {
  step='looking whether the demo may have this Handcar'
  password=''
  [ "$dry_run" = no ] && [ -f "$data/handcar.db" ] || return 0
  find_program
  if [ -x "$program" ]; then
    scratch=$(mktemp -d)
    # A program that fails may be why somebody installs again; the new one is asked once more.
    password=$(handcar reset-password "$demo_email" 2>"$scratch/said") || password=''
    if [ -z "$password" ] && ! handcar setup-token >"$scratch/token" 2>"$scratch/said"; then
      ! grep -q 'already has an owner' "$scratch/said" || refuse_demo
    fi
  fi
  program=$bin
}

refuse_demo() {
  refuse 3 'This Handcar has an owner already, and the demo is for a new one.' 'For a demo beside it:' \
    "sh install.sh --demo --data /var/lib/handcar-demo --http-port $(free_port 8080) --https-port $(free_port 8443)"
}

# Its own host name, once it has one. Before that the address that this machine reaches itself by: names under sslip.io
# need a DNS that answers, localhost does not.
demo_origin() {
  panel=$(handcar status --json | sed -n 's/.*"panel":"\([^"]*\)".*/\1/p')
  ip=$(printf %s "$panel" | sed -n 's|^http://\([0-9.]*\)\(:[0-9]*\)*$|\1|p')
  if [ -n "$ip" ] && ! getent ahostsv4 "handcar.$(printf %s "$ip" | tr . -).sslip.io" | grep -q "^$ip "; then
    panel=$(printf %s "$panel" | sed "s,$ip,localhost,")
  fi
  say "$panel"
}

# Asks Traefik on this machine by any name, without its DNS.
ask_traefik() { ask --connect-to '::127.0.0.1:' "$@"; }

run_demo() {
  if [ "$dry_run" = yes ]; then
    say 'would claim the server, push a sample app to demo/hello and fetch its address'
    return
  fi
  step='claiming the server for the demo'
  [ -n "${scratch:-}" ] || scratch=$(mktemp -d)
  origin=$(demo_origin)
  wait_for 30 'The dashboard did not answer through Traefik.' \
    ask_traefik -f --max-time 5 -o /dev/null "$origin/healthz"
  if [ -n "$password" ]; then :; elif make_setup_token; then
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    post /setup/token "token=${setup#*#}"
    post /setup/owner "email=$demo_email" "password=$password"
  else
    reset_demo_password
  fi
  token=$(handcar token create demo --replace)
  push_sample
  step='fetching the sample app'
  at='"project":"demo","environment":"production","service":"hello","url":"\([^"]*\)"'
  url=$(handcar status --json | sed -n "s/.*$at.*/\1/p")
  wait_for 30 "The sample app does not answer at $url." ask_traefik -f --max-time 5 -o "$scratch/answer" "$url"
  say "The sample app answers: $(head -n 1 "$scratch/answer")"
  ask -f --max-time 5 -o /dev/null "$url" ||
    say "Note: its name does not lead to this server yet: DNS needs an A record for it."
  say "panel: $origin"
  say "email: $demo_email"
  say "password: $password"
  say "token: $token"
  say "url: $url"
}

# The owner may be that of an earlier demo.
reset_demo_password() {
  code=0
  password=$(handcar reset-password "$demo_email" 2>"$scratch/said") || code=$?
  case $code in
    0) ;;
    4) refuse_demo ;;
    *)
      cat "$scratch/said" >&2
      exit 1
      ;;
  esac
}

# post PATH FIELD…: as a browser does it; anything but a redirect is a refusal.
post() {
  path=$1
  shift
  for field in "$@"; do
    printf 'data-urlencode = "%s"\n' "$field"
  done >"$scratch/form"
  code=$(ask_traefik --max-time 30 -o "$scratch/page" -w '%{http_code}' \
    -H "Origin: $origin" -H 'Accept: application/json' \
    -b "$scratch/cookies" -c "$scratch/cookies" -K "$scratch/form" "$origin$path")
  case $code in 30[0-9]) ;; *) refuse 1 "The dashboard answered $code to $path: $(head -c 500 "$scratch/page")" ;; esac
}

push_sample() {
  step='pushing the sample app'
  say 'Pushing a sample app with git:'
  mkdir "$scratch/app"
  cd "$scratch/app"
  git init -q
  git config user.name 'Handcar demo'
  git config user.email "$demo_email"
  git config http.proxy ''
  # Not by the dashboard's name, which may have no DNS yet, or lead to another machine.
  git remote add handcar "http://demo:$token@127.0.0.1:$panel_port/git/demo/hello.git"
  if git fetch -q handcar main 2>/dev/null; then git reset -q --soft FETCH_HEAD; fi
  cat >package.json <<'SAMPLE'
{ "name": "hello", "private": true, "scripts": { "start": "node server.js" } }
SAMPLE
  cat >server.js <<'SAMPLE'
const { createServer } = require('node:http')

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain')
  response.end(`Hello from Handcar, deployment #${process.env.HANDCAR_DEPLOYMENT}\n`)
})

server.listen(Number(process.env.PORT))
process.once('SIGTERM', () => server.close())
SAMPLE
  git add .
  git commit -q --allow-empty -m 'Say hello'
  git push handcar HEAD:refs/heads/main </dev/null
  cd "$here"
}

# --- the way back ----------------------------------------------------------------------------------------------------

uninstall() {
  step='removing Handcar'
  if [ "$purge" = yes ] && [ -e "$data" ] && ! is_ours && ! is_empty; then
    refuse 3 "$data is not Handcar's: no settings name it, and it has no handcar.db. Nothing was removed." \
      'Name the right directory with --data, or leave out --purge to remove only services and programs.'
  fi
  was_here=yes had_database=no
  [ ! -f "$data/handcar.db" ] || had_database=yes
  [ -f "$settings" ] || [ "$had_database" = yes ] || was_here=no
  others=$(ls /etc/handcar/*.env 2>/dev/null | grep -vxF "$settings") || others=''
  # Refuses before anything has changed.
  [ "$purge$had_database" != yesyes ] || find_program build
  stop_service server
  [ "$purge$had_database" != yesyes ] || remove_apps
  stop_service proxy
  if [ "$purge" = yes ]; then
    drop "$logs"
    # The directory itself may be a disk of its own. Its settings go last: they say that it may be emptied.
    if is_ours && [ -d "$data" ]; then
      change find "$data/" -mindepth 1 -delete
      change rmdir "$data" 2>/dev/null || :
    fi
  fi
  drop "$run" "$settings" "$library/$name.server" "$library/$name.proxy"
  if [ -n "$others" ]; then
    say 'The programs stay: another Handcar on this machine uses them.'
  else
    remove_programs
  fi
  [ "$dry_run" = yes ] || say_what_stays
}

# By the label of this installation, which its database knows. Without that nothing of its data may go.
remove_apps() {
  step='removing its apps'
  [ "$dry_run" = yes ] || say 'Removing its apps, their images and their networks.'
  change handcar remove-everything ||
    refuse 1 "Its apps could not all be removed, so $data with their list and its keys stays. The server is stopped." \
      "What it said is above. When Docker answers again: sh install.sh --uninstall --purge$given" \
      "To give up on the apps and leave them as they are: rm -rf $data, and then the same."
  step='removing Handcar'
}

remove_programs() {
  drop "$bin" "$library" "$downloads" /etc/handcar
  # By force: a program in some container may run under the same number.
  ! id "$proxy_user" >/dev/null 2>&1 || change userdel --force "$proxy_user"
  # Docker's own supervisor may be in the first two, and without --purge the logs are.
  for folder in /run/handcar /var/log/handcar /run/handcar-proxy; do
    [ ! -d "$folder" ] || [ -n "$(ls -A "$folder")" ] || change rmdir "$folder"
  done
}

# drop PATH…: what is there of it, so that a dry run says no more.
drop() {
  for path in "$@"; do
    [ ! -e "$path" ] || change rm -rf "$path"
  done
}

say_what_stays() {
  if [ "$was_here" = no ]; then
    say "There was no Handcar with its data in $data. Another directory is named with --data DIR"
  elif [ "$purge" = yes ] && [ "$had_database" = no ]; then
    say "Handcar is gone. Without a database in $data nobody knows its apps: none was removed."
  elif [ "$purge" = yes ]; then
    say 'Handcar, its apps and its data are gone. Docker and the Debian packages stay.'
    say "Docker's build cache stays, with layers of the apps. To remove it, of all builds: docker builder prune --all"
  else
    say "Handcar is gone. Its data is in $data, and its apps go on running, but nothing leads to them any more."
    say "To bring it back: sh install.sh$given. To remove apps and data too: sh install.sh --uninstall --purge$given"
  fi
  if [ -n "$others" ] || ! command -v docker >/dev/null || ! docker_answers; then return 0; fi
  if [ -n "$(docker images -q 'handcar-base/*')" ]; then
    say "Stand-in base images stay, too. To remove them: docker rmi \$(docker images -q 'handcar-base/*')"
  fi
  if [ "$purge" = yes ] && [ -n "$(docker ps -aq --filter label=handcar.install)" ]; then
    say 'Apps of a Handcar without settings here are still there: docker ps -a --filter label=handcar.install'
  fi
}

stop_service() {
  if [ "$keeper" = own ]; then
    if [ "$dry_run" = no ]; then stop_slot "$run" "$1"; elif [ -d "$run" ]; then say "would stop: $1"; fi
    return
  fi
  unit=$(unit_of "$1")
  [ -f "$units/$unit.service" ] || return 0
  change systemctl disable --now "$unit"
  change rm -f "$units/$unit.service"
  change systemctl daemon-reload
}

main "$@"
