#!/usr/bin/env bash
# Whether an actionmatchd is well: exit code 0 or 1. The image's health check.
#
#   deploy/health.sh [PID]    default: process 1, the one a container runs
#
# `serve` must answer /healthz, on the port that its flags or variables say. `work` has no port: while it trains nothing
# outside can tell that it is well but that it lives, and a worker that stops renewing its leases loses its jobs anyway.
set -euo pipefail
pid="${1-1}"
mapfile -d '' -t arguments <"/proc/$pid/cmdline" 2>/dev/null || exit 1
listen="${ACTIONMATCH_METRICS_LISTEN:-127.0.0.1:7448}"
role=""
for ((i = 1; i < ${#arguments[@]}; ++i)); do
  case "${arguments[i]}" in
    serve | work) role="${role:-${arguments[i]}}" ;;
    --metrics-listen=*) listen="${arguments[i]#*=}" ;;
    --metrics-listen) listen="${arguments[i + 1]-}" ;;
  esac
done
case "$role" in
  serve) ;;
  work) exit 0 ;;
  *) exit 1 ;;
esac
host="${listen%:*}"
host="${host#[}"
host="${host%]}"
# What listens on all addresses answers on loopback.
case "$host" in 0.0.0.0 | ::) host=127.0.0.1 ;; esac
exec 3<>"/dev/tcp/$host/${listen##*:}" || exit 1
printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3
read -r _ status _ <&3
[ "$status" = 200 ]
