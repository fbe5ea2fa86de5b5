#!/usr/bin/env bash
# SIGINT, SIGTERM and SIGHUP: exit 130, 143 and 129, nothing half-written under a final name, and the same command goes on.
source "$(dirname "$0")/lib_runs.sh"
for name in "${!runs[@]}"; do
  mkdir "$work/$name-whole"
  (cd "$work/$name-whole" && ${runs[$name]} --jobs 2)
  digest "$work/$name-whole/$(output_of "$name")" > "$work/whole.sum"
  for pair in INT:130 TERM:143 HUP:129; do
    signal=${pair%:*}
    mkdir "$work/$name-$signal"
    cd "$work/$name-$signal"
    status=0
    # A background job of a script ignores SIGINT; env gives it back its default.
    env --default-signal=INT,HUP ${runs[$name]} --jobs 1 &
    pid=$!
    sleep 0.15
    kill -s $signal $pid 2>/dev/null || true
    wait $pid || status=$?
    if [[ $status != 0 && $status != "${pair#*:}" ]]; then fail "$name: exit $status after SIG$signal"; fi
    if [[ $status != 0 && $name != folders && -e out.h5 ]]; then fail "$name: an output stands although it was stopped"; fi
    ${runs[$name]} --jobs 2 2>/dev/null || [[ $status = 0 ]] || fail "$name: cannot go on after SIG$signal"
    digest "$(output_of "$name")" > "$work/again.sum"
    cmp "$work/again.sum" "$work/whole.sum" || fail "$name: other bytes after SIG$signal"
  done
done
# A run that waits for input.
mkfifo "$work/pipe"
status=0
timeout --preserve-status -s HUP 0.5 env --default-signal=HUP vs-extract --list "$work/pipe" -o "$work/x" 2>/dev/null || status=$?
[[ $status = 129 ]] || fail "exit $status of a waiting run after SIGHUP, not 129"
# Under nohup the terminal may close.
cd "$work" && mkdir nohup && cd nohup
env --ignore-signal=HUP ${runs[folders]} --jobs 1 &
pid=$!
sleep 0.1
kill -s HUP $pid 2>/dev/null || true
wait $pid || fail "SIGHUP ended a run that ignores it: exit $?"
echo ok
