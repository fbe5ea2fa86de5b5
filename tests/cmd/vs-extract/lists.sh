#!/bin/bash
# Lists as people have them: byte order mark, CRLF, blank lines; and what a list cannot be.
source "$(dirname "$0")/lib_extract.sh"

cp "$videos/low_fps_1.mp4" a.mp4
cp "$videos/low_fps_1.mp4" "b c.mp4"
printf '\xef\xbb\xbfa.mp4\r\n\r\nb c.mp4\n' >list.txt
status 0 "$extract" -q --list list.txt -o out
equal 10 "$(files out)" "two videos of five frames"
printf 'a.mp4\nb\0c.mp4\n' >nul.txt
status 2 "$extract" --list nul.txt -o nul
says "nul.txt:2: holds a NUL byte"

# What is written may not be what is read, nor two things at once; devices stay devices.
cp a.mp4 whole.mp4
status 2 "$extract" -o one --failed a.mp4 a.mp4
says "is an input of this run"
status 2 "$extract" -o one --depfile list.txt --list list.txt
status 2 "$extract" -o one --failed x --depfile x a.mp4
says "--depfile"
status 2 "$extract" -o one --failed none/x a.mp4
says "there is no folder"
cmp a.mp4 whole.mp4 || fail "an input was changed"
mkdir d
cp a.mp4 d/clip
status 2 "$extract" --force -o d d/clip
[[ -f d/clip ]] || fail "an input was replaced by its frames"
mkfifo pipe
timeout -s TERM 1 "$extract" -o piped --list pipe a.mp4 2>/dev/null && fail "a pipe nobody fills was read"
[[ $? != 124 || ! -e piped ]] || fail "output although nothing was read"
ln -s target.txt link.txt
status 1 "$extract" -o two --failed link.txt a.mp4 "$videos/not_a_video.mp4"
[[ -L link.txt && -s target.txt ]] || fail "the link is not followed"
echo ok
