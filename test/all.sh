#!/bin/sh
# Runs every test on a fresh Debian: installs what is missing (as root), starts Docker if none answers, builds, checks,
# tests. The last line is `tests: N passed, N failed, N skipped`; the exit code is 0 exactly when all passed.
set -eu
cd "$(dirname "$0")/.."

results=$PWD/.cache/results
own_docker=

main() {
  mkdir -p "$results"
  rm -f "$results"/*.json
  trap stop_docker EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  export CI=true NO_COLOR=1 npm_config_loglevel=error
  export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}"

  install_packages
  install_modules
  PATH=$PWD/node_modules/.bin:$PATH
  export PATH
  start_docker
  remove_leftovers

  : >"$results/steps"
  check types tsc -p .
  check lint biome check .
  check build node build.ts --executable
  check traefik node dist/handcar.cjs traefik-binary .cache
  suite quick --project tidy --project unit
  suite real --project real
  sum_up
}

heading() { printf '\n== %s (%s)\n' "$1" "$(date -u +%H:%M:%S)"; }

install_packages() {
  heading 'Debian packages'
  missing=
  for pair in git:git curl:curl chromium:chromium pebble:pebble dockerd:docker.io iptables:iptables strip:binutils; do
    command -v "${pair%:*}" >/dev/null || missing="$missing ${pair#*:}"
  done
  command -v npm >/dev/null || missing="$missing npm"
  [ -f /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
  # The list of packages is also what stand-in base images are made from.
  if [ -z "$missing" ] && ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1; then return; fi
  if [ "$(id -u)" != 0 ]; then
    echo " !     Missing:$missing. Run this as root, or install them first." >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 update -q </dev/null
  # shellcheck disable=SC2086 # a list of words
  [ -z "$missing" ] || apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends $missing </dev/null
}

install_modules() {
  heading 'node modules'
  if [ -d node_modules ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then return; fi
  npm ci --ignore-scripts --no-audit --no-fund </dev/null
}

docker_answers() {
  curl -sf --noproxy '*' --max-time 10 --unix-socket /var/run/docker.sock http://docker/_ping >/dev/null
}

start_docker() {
  heading 'Docker'
  if docker_answers; then return; fi
  pid=$(cat /var/run/docker.pid 2>/dev/null || :)
  [ "$(cat "/proc/${pid:-none}/comm" 2>/dev/null)" = dockerd ] || rm -f /var/run/docker.pid
  setsid dockerd >"$PWD/.cache/dockerd.log" 2>&1 </dev/null &
  own_docker=$!
  left=90
  until docker_answers; do
    left=$((left - 1))
    if [ "$left" = 0 ] || ! kill -0 "$own_docker" 2>/dev/null; then
      tail -n 20 "$PWD/.cache/dockerd.log" >&2
      echo ' !     Docker did not start; its last words are above.' >&2
      exit 1
    fi
    sleep 1
  done
}

stop_docker() {
  [ -n "$own_docker" ] || return 0
  kill "$own_docker" 2>/dev/null || :
  wait "$own_docker" 2>/dev/null || :
  own_docker=
}

# What a killed run left, by its label. What may be of a run beside this one, or of a Handcar that is used, stays.
remove_leftovers() {
  if ls /etc/handcar/*.env /var/lib/handcar/handcar.db >/dev/null 2>&1; then return; fi
  before=$(date -u -d '-30 minutes' +%Y-%m-%dT%H:%M:%S)
  [ -z "$own_docker" ] || before=$(date -u +%Y-%m-%dT%H:%M:%S)
  remove container 'ps --all --quiet' 'rm --force --volumes'
  remove network 'network ls --quiet' 'network rm'
  remove image 'image ls --quiet' 'image rm --force'
}

# remove KIND LIST REMOVE
remove() {
  # shellcheck disable=SC2086 # commands are lists of words
  ids=$(/usr/bin/docker $2 --filter label=handcar.install | sort -u)
  [ -n "$ids" ] || return 0
  # shellcheck disable=SC2086
  old=$(/usr/bin/docker inspect --type "$1" --format '{{json .Created}} {{.Id}}' $ids |
    tr -d '"' | awk -v before="$before" '$1 < before { print $2 }')
  # shellcheck disable=SC2086
  [ -z "$old" ] || /usr/bin/docker $3 $old >/dev/null || :
}

# check NAME COMMAND…: counts as one test.
check() {
  name=$1
  shift
  heading "$name"
  if "$@" </dev/null; then echo "passed $name" >>"$results/steps"; else echo "failed $name" >>"$results/steps"; fi
}

# suite NAME OPTIONS…: its counts are in the report that it writes. Without one (it hung, it crashed) it has failed.
suite() {
  name=$1
  shift
  heading "$name tests"
  echo "suite $name" >>"$results/steps"
  timeout --kill-after=30 1260 vitest run --config test/vitest.config.ts "$@" --reporter=default --reporter=json \
    --outputFile.json="$results/$name.json" </dev/null || :
}

sum_up() {
  heading 'sum'
  node -e '
    const { existsSync, readFileSync } = require("node:fs")
    const [folder] = process.argv.slice(1)
    const total = { passed: 0, failed: 0, skipped: 0 }
    const fail = (what) => { total.failed += 1; console.log(`failed: ${what}`) }
    for (const line of readFileSync(`${folder}/steps`, "utf8").trim().split("\n")) {
      const [kind, name] = line.split(" ")
      if (kind === "passed") total.passed += 1
      if (kind === "failed") fail(name)
      if (kind === "suite") count(name)
    }
    function count(name) {
      const file = `${folder}/${name}.json`
      if (!existsSync(file)) return fail(`${name}, without a report`)
      const report = JSON.parse(readFileSync(file, "utf8"))
      const before = total.failed
      for (const { assertionResults, status, name: path, message } of report.testResults) {
        if (assertionResults.length === 0 && status === "failed") fail(`${path}: ${message}`)
        for (const test of assertionResults) {
          if (test.status === "passed") total.passed += 1
          else if (test.status === "failed") fail(test.fullName)
          else total.skipped += 1
        }
      }
      if (!report.success && total.failed === before) fail(`${name}, outside of its tests`)
    }
    console.log(`tests: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
    process.exitCode = total.failed + total.skipped === 0 && total.passed > 0 ? 0 : 1
  ' "$results"
}

main "$@"
