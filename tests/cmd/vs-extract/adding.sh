#!/bin/bash
# A finished folder takes more videos; a stopped run is known however its files are spelt; an index is only a cache.
source "$(dirname "$0")/lib_extract.sh"

mkdir set
for name in a b c; do cp "$videos/low_fps_1.mp4" set/$name.mp4; done
cp "$videos/not_a_video.mp4" set/d.mp4
options=(--size 64x36 -o out)
names() { sed -n '/"outputs"/,/"counts"/p' out/manifest.json | sed -n 's/.*"path": "\([^"]*\)".*/\1/p' | paste -sd' '; }
inputs() { sed -n '/"inputs"/,/"outputs"/p' out/manifest.json | sed -n 's/.*"path": "\([^"]*\)".*/\1/p' | paste -sd' '; }
counts() { grep '"counts"' out/manifest.json | grep -o '[0-9]*' | paste -sd' '; }

status 1 "$extract" "${options[@]}" set/a.mp4 set/d.mp4
echo mine >out/a/note
# More videos: what is there stays, what failed stays named until it is done.
status 0 "$extract" "${options[@]}" ./set/../set/b.mp4 "$PWD/set/a.mp4"
says "5 frames of 1 videos, 1 were there"
equal "a b" "$(names)" "all folders are in the manifest"
equal "1 1 1" "$(counts)" "done, skipped, failed"
equal mine "$(cat out/a/note)" "finished folders are left alone"
grep -q '"id": "d"' out/manifest.json || fail "the failed one is forgotten"
rm out/a/note
# Repaired, by the same command; and another one.
cp "$videos/low_fps_1.mp4" set/d.mp4
status 0 "$extract" --json "${options[@]}" set >json.txt
grep -q '"videos": 2' json.txt || fail "videos: $(cat json.txt)"
grep -q '"skipped": 2' json.txt || fail "skipped: $(cat json.txt)"
equal "a b c d" "$(names)" "a repaired one and a new one"
equal "2 2 0" "$(counts)" "counts of the last run"
equal "../set/a.mp4 ../set/b.mp4 ../set/c.mp4 ../set/d.mp4" "$(inputs)" "inputs in the order of the folders"
"$extract" -q --size 64x36 -o at_once set
same_frames at_once out
equal "$(grep -A1 -w '"path": "d"' at_once/manifest.json)" "$(grep -A1 -w '"path": "d"' out/manifest.json)" "hashes"
# Nothing left to do, other options, another video of that name, a changed one: said before any work.
status 2 "$extract" "${options[@]}" set
says "out/manifest.json: exists and names all these videos"
cp "$videos/low_fps_1.mp4" set/e.mp4
status 2 "$extract" --size 32x18 -o out set
says "made with other options: parameters.size was \"64x36\", is \"32x18\""
mkdir other && cp "$videos/mpeg4_bframes.avi" other/a.avi
status 2 "$extract" "${options[@]}" other/a.avi
says 'other/a.avi: has the same name "a" as set/a.mp4, whose frames lie in out/a'
cp "$videos/bbb_720p.mp4" set/a.mp4
status 2 "$extract" "${options[@]}" set
says "set/a.mp4: has changed since its frames were written to out/a"
cp "$videos/low_fps_1.mp4" set/a.mp4
equal "videos  1" "$("$extract" -n "${options[@]}" set | grep videos)" "a dry run tells what is new"
# The same file in another place is the same video; a folder that was deleted is written again.
mv set moved
rm -r out/b
status 0 "$extract" -q "${options[@]}" moved
equal "a c d b e" "$(names)" "after moving"
equal 25 "$(files out)" "frames of five videos"
# Killed while adding, at any moment: the same command goes on.
for i in 1 2 3 4 5 6; do cp "$videos/mpeg4_bframes.avi" "moved/x$i.avi"; done
for try in $(seq 100); do
  "$extract" -q --jobs 2 "${options[@]}" moved 2>stderr &
  child=$!
  sleep "$(awk -v r=$RANDOM -v t="$try" 'BEGIN {print 0.02 + r / 32768 * (0.05 + 0.02 * t)}')"
  kill -KILL $child 2>/dev/null || true
  code=0
  wait $child 2>/dev/null || code=$?
  [[ $code == 137 ]] || break
done
[[ $code == 0 ]] || says "exists and names all these videos"  # killed after its last write
equal "a c d b e x1 x2 x3 x4 x5 x6" "$(names)" "after kills"
rm -rf at_once && "$extract" -q --size 64x36 -o at_once moved
same_frames at_once out
equal "" "$(find out -name '.*' -mindepth 1)" "nothing is left of the killed runs"
# A plan: its content counts, not its name.
printf '{"schema": "vs.plan/1", "rule": "x", "parameters": {}, "seed": null, "videos": [{"id": "a", "path": "", "total_frames": 5, "frame_index": [[1, 3]]}, {"id": "c", "path": "", "total_frames": 5, "frame_index": [[2]]}]}' >plan.json
status 0 "$extract" -q -o planned --at plan.json moved/a.mp4
cp plan.json same.json
status 0 "$extract" -q -o planned --at same.json moved/c.mp4
equal 3 "$(files planned)" "planned frames"
sed 's/\[2\]/[4]/' plan.json >different.json
status 2 "$extract" -q -o planned --at different.json moved/c.mp4
says "made with another plan"
# A pack is not added to, and says what is done instead.
"$extract" -q -o p.h5 --num-frames 1 moved/a.mp4
status 2 "$extract" -o p.h5 --num-frames 1 moved
says "p.h5: exists (a finished pack is not added to: write another one and join them with vs-annot merge"

# A stopped run, which --strict makes: the same files are the same run; another one differs by name.
stop() { cp "$videos/not_a_video.mp4" moved/x9.avi; status 1 "$extract" -q --strict --jobs 1 "$@"; cp "$videos/mpeg4_bframes.avi" moved/x9.avi; }
for out in stopped stopped.h5; do
  stop -o $out moved
  status 2 "$extract" -o $out moved/a.mp4 moved/e.mp4
  says "video 2 was \"b\" ($PWD/moved/b.mp4), is \"e\" ($PWD/moved/e.mp4)"
  status 2 "$extract" -o $out --every 2 moved
  says "parameters.every was null, is 2"
  find "$PWD/moved" -name '*.*' -type f | LC_ALL=C sort | sed 's,/moved/,/moved/./,' >spelt.txt
  status 0 "$extract" -o "./$out" --list spelt.txt
  says "goes on after 11 of 12 videos"
done

# An index that cannot be written: one warning, and the run goes on.
touch no_folder
status 0 "$extract" -o indexed --index no_folder --num-frames 1 moved
equal 1 "$(grep -c 'warning: --index: no_folder' stderr)" "one warning for all videos"
equal 12 "$(files indexed)" "frames without an index"
echo ok
