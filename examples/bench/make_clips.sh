#!/usr/bin/env bash
# make_clips.sh OUT_DIR VIDEO_DIR
#
# Makes the clips of the benchmark: 24 of 10 s at 340x256 and 6 of 10 s at 1280x720, H.264 by x264's defaults, no audio.
# VIDEO_DIR: the six videos of the recorded figures where they are (tears_battle.webm, flower.mp4, friday.mp4,
# nasa_13013.mp4, bbb_720p.mp4, city_mpeg2.mkv), else the two that vs bundles (bbb_720p.mp4, city_mpeg2.mkv).
# Every encoder runs with one thread and bit-exact scaling: the same FFmpeg makes the same clips.
# JOBS: clips encoded at once (default 2). A clip that is there is kept.
set -euo pipefail
out=$1
videos=$2
mkdir -p "$out"
out=$(cd "$out" && pwd)
videos=$(cd "$videos" && pwd)
export out videos

# NAME SOURCE START STREAM WxH POSITION(0..1) EXTRA_FILTER CRF
clip() {
  local name=$1 source=$2 start=$3 stream=$4 width=${5%x*} height=${5#*x} position=$6 extra=$7 crf=$8
  local file=$out/$name.mp4 filter
  [[ -s $file ]] && return 0
  filter="scale=w='if(gt(a,$width/$height),-2,$width)':h='if(gt(a,$width/$height),$height,-2)'"
  filter+=":flags=bicubic+accurate_rnd+bitexact+full_chroma_int"
  filter+=",crop=$width:$height:(iw-ow)*$position:(ih-oh)/2:exact=1,setsar=1"
  [[ $extra = - ]] || filter+=",$extra"
  ffmpeg -nostdin -v error -y -threads 1 -filter_threads 1 -stream_loop -1 -i "$videos/$source" -ss "$start" -t 10 \
    -map "$stream" -an -sn -vf "$filter" -pix_fmt yuv420p -c:v libx264 -preset medium -crf "$crf" -threads 1 \
    -flags:v +bitexact -fflags +bitexact -map_metadata -1 "$file.part.mp4"
  mv "$file.part.mp4" "$file"
}
export -f clip

noise() { echo "noise=c0s=$1:c0f=t:c0_seed=$2"; }

whole_collection() {
  local i=0 start
  for start in 0 10 20 30 40 50 60; do
    i=$((i + 1)); printf 'small_%02d tears_battle.webm %s 0:v:0 340x256 0.20 - 23\n' $i $start
    i=$((i + 1)); printf 'small_%02d tears_battle.webm %s 0:v:0 340x256 0.80 hflip 23\n' $i $start
  done
  cat <<END
small_15 flower.mp4 0 0:v:0 340x256 0.5 - 23
small_16 flower.mp4 2.5 0:v:0 340x256 0.2 hflip 26
small_17 friday.mp4 0 0:v:0 340x256 0.5 - 23
small_18 friday.mp4 3 0:v:0 340x256 0.5 hflip 20
small_19 nasa_13013.mp4 0 0:3 340x256 0.5 - 23
small_20 nasa_13013.mp4 3 0:3 340x256 0.9 hflip 23
small_21 bbb_720p.mp4 0 0:v:0 340x256 0.3 - 23
small_22 bbb_720p.mp4 2 0:v:0 340x256 0.7 hflip 20
small_23 city_mpeg2.mkv 0 0:v:0 340x256 0.2 - 23
small_24 city_mpeg2.mkv 1 0:v:0 340x256 0.8 hflip 23
hd_01 bbb_720p.mp4 0 0:v:0 1280x720 0.5 - 23
hd_02 flower.mp4 0 0:v:0 1280x720 0.5 $(noise 4 11) 23
hd_03 friday.mp4 0 0:v:0 1280x720 0.5 $(noise 5 12) 23
hd_04 tears_battle.webm 4 0:v:0 1280x720 0.4 $(noise 5 13) 23
hd_05 tears_battle.webm 44 0:v:0 1280x720 0.5 $(noise 5 14) 23
hd_06 city_mpeg2.mkv 0 0:v:0 1280x720 0.5 $(noise 4 15) 23
END
}

bundled_only() {
  local i=0 start position flip
  for start in 0 1 2 3; do
    for position in 0.2 0.5 0.8; do
      flip=-
      [[ $position = 0.8 ]] && flip=hflip
      i=$((i + 1)); printf 'small_%02d bbb_720p.mp4 %s 0:v:0 340x256 %s %s 23\n' $i $start $position $flip
      i=$((i + 1)); printf 'small_%02d city_mpeg2.mkv 0.%s 0:v:0 340x256 %s %s 23\n' $i $start $position $flip
    done
  done
  for i in 1 2 3; do
    echo "hd_0$i bbb_720p.mp4 $i 0:v:0 1280x720 0.5 $(noise $i 1$i) 23"
    echo "hd_0$((i + 3)) city_mpeg2.mkv 0.$i 0:v:0 1280x720 0.5 $(noise $((i + 3)) 2$i) 23"
  done
}

if [[ -s $videos/tears_battle.webm ]]; then list=whole_collection; else list=bundled_only; fi
$list | xargs -P "${JOBS:-2}" -d '\n' -I{} bash -c 'clip {}'
made=$(find "$out" -name 'small_*.mp4' -o -name 'hd_*.mp4' | grep -vc part)
[[ $made = 30 ]] || { echo "make_clips.sh: made $made clips, not 30" >&2; exit 1; }
