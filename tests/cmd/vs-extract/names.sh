#!/bin/bash
# Names of videos that no output can hold fail by themselves; two files of one stem; a suffix that is kept.
source "$(dirname "$0")/lib_extract.sh"

good=$videos/low_fps_1.mp4
bad=$(printf 'clip\xe9.mp4')
mkdir set
cp "$good" set/good.mp4
cp "$good" "set/$bad"
cp "$good" "$(printf 'set/clip\xef\xbf\xbd.mp4')"

# Not UTF-8: in a folder that is searched, in a list, in packs too; the others are done.
status 1 "$extract" -o searched set
says 'set/clip\xe9.mp4: file name is not UTF-8; rename it (convmv -f latin1 -t utf8)'
equal 10 "$(files searched)" "the two good ones"
equal 1 "$(grep -c '"path": "../set/clip\\\\xe9.mp4"' searched/manifest.json)" "the failure by its name"
grep -q '"done": 2' searched/manifest.json || fail "counts"
find set -type f | sort >list.txt
status 1 "$extract" -o listed --failed failed.txt --list list.txt
says 'clip\xe9.mp4: file name is not UTF-8'
cmp failed.txt <(find set -type f | grep -a "$(printf 'clip\xe9.mp4')") || fail "the list of failed items names the file"
status 1 "$extract" -o pack.h5 --num-frames 1 set
says 'clip\xe9.mp4: file name is not UTF-8'
status 1 "$extract" --dry-run -o never set
says 'clip\xe9.mp4: file name is not UTF-8'
status 0 "$extract" -o - --format raw-gray --size 2x2 --num-frames 1 "set/$bad" >pixels
equal 4 "$(stat -c %s pixels)" "a stream needs no name"
mkdir "$(printf 'k\xe9')" && cp "$good" "$(printf 'k\xe9')/a.mp4"
status 1 "$extract" -o below "$(printf 'k\xe9')"
says 'the name of a folder above it is not UTF-8'

# Names that collide with our own, hidden ones, and those too long for a folder that is being written.
mkdir own
long=$(printf 'n%.0s' $(seq 248))
fits=$(printf 'f%.0s' $(seq 246))
for name in manifest.json good "$long" "$fits"; do cp "$good" "own/$name.mp4"; done
cp "$good" own/.dot.mp4
find "$PWD/own" -type f | sort >own.txt
status 1 "$extract" -o kept --list own.txt
says 'manifest.json.mp4: would get the folder "manifest.json", where the manifest lies'
says '.dot.mp4: would get the hidden folder'
says 'its name is too long for a folder of the output: 248 bytes of at most 246'
equal "$fits good manifest.json" "$(ls -A kept | paste -sd' ')" "the good ones are written"
equal 3 "$(grep -c '"reason"' kept/manifest.json)" "reasons in the manifest"
# A pack has no folders.
status 0 "$extract" -o kept.h5 --num-frames 1 --list own.txt

# Two files of one stem.
mkdir twins
cp "$good" twins/a.mp4
cp "$videos/mpeg4_bframes.avi" twins/a.avi
status 2 "$extract" -o twice twins
says 'twins/a.mp4: has the same name "a" as twins/a.avi (--names file keeps the suffix in the name)'
[[ ! -e twice ]] || fail "nothing is written on wrong usage"
status 0 "$extract" -q -o twice --names file twins
equal "a.avi a.mp4 manifest.json" "$(ls twice | paste -sd' ')" "names with their suffix"
grep -q '"names": "file"' twice/manifest.json || fail "the manifest tells how names were made"
status 0 "$extract" -q -o twice.h5 --num-frames 2 --names file twins
status 2 "$extract" -o three --names ending twins
echo ok
