#!/bin/sh
# reskd.sh LIST VIDEO_FOLDER OUT_FOLDER
#
# Frames for ResKD as published: videos that cannot be decoded are left out, of the others PNG at 4 frames a second, 360
# pixels high, a folder a video, and the list of those folders for its recipes, OUT_FOLDER/list.txt.
set -eu
mkdir -p "$3"
vs-annot check --json --depth decode --data-prefix "$2" "$1" | vs-annot filter --quiet --data-prefix "$2" --drop - --force -o "$3/videos.txt" "$1"
vs-extract --quiet --layout reskd --format png --template 'img_{:05}.png' --rate 4 --annotations "$3/videos.txt" --data-prefix "$2" -o "$3/frames"
vs-annot convert --quiet --frames "$3/frames" --to rawframes --force -o "$3/list.txt" "$3/videos.txt"
